"""What is loaded only to be asked for help, or to read a charter: little. Judged by modules, never by time."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from charter.base.lazy import given_by

ROOT = Path(__file__).parents[2]
HEAVY = {
    *("airflow", "boto3", "dbt", "duckdb", "great_expectations", "holidays", "matplotlib", "numpy", "openlineage"),
    *("openpyxl", "pandas", "paramiko", "pikepdf", "PIL", "psycopg", "pyarrow", "requests", "scipy", "sqlalchemy"),
    *("sqlglot", "typst"),
}
# What reading a charter takes, and help does not.
OF_DEFINITIONS = {"babel", "pydantic", "ruamel"}
# Rooms that give their things when they are asked for.
ROOMS = ["assertions", "deliver", "evidence", "explain", "extract", "report", "transform"]


def loaded(program: str) -> set[str]:
    """The packages that are loaded when ``program`` has ended, in a Python of its own."""
    end = "\nimport sys; print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program + end], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_help_loads_nothing_heavy_whichever_command_is_asked() -> None:
    found = loaded("""
from click.testing import CliRunner
from charter.cli import main

def ask(group, *names):
    assert CliRunner().invoke(main, [*names, "--help"]).exit_code == 0, names
    for name, command in getattr(group, "commands", {}).items():
        ask(command, *names, name)

ask(main)
""")
    assert "click" in found
    assert not (found & (HEAVY | OF_DEFINITIONS))


@pytest.mark.parametrize(
    "program",
    ["from charter import line", "from charter.definitions import load_agency", "import charter.schedule"],
)
def test_what_every_task_and_dag_file_begins_with_loads_no_engine(program: str) -> None:
    # The line asks DuckDB whose the state is; it reads no table with it.
    assert not loaded(program) & (HEAVY - {"duckdb"})


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_what_it_gives_and_loads_none_of_it_before_it_is_asked(room: str) -> None:
    assert not loaded(f"import charter.{room}") & (HEAVY | OF_DEFINITIONS)
    package = import_module(f"charter.{room}")
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    imported, given = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            imported = {a.name: each.module for each in node.body for a in getattr(each, "names", ())}  # type: ignore[attr-defined]
        elif isinstance(node, ast.Dict):
            given = {name: module for module, names in ast.literal_eval(node).items() for name in names}
    # What mypy has checked is what Python will find.
    assert given == imported
    assert sorted(package.__all__) == sorted(given)
    # A module of the same name would stand in its place.
    assert not {module.name for module in pkgutil.iter_modules(package.__path__)} & set(given)


def test_a_name_that_a_room_does_not_give_is_told() -> None:
    get = given_by("charter.report", {"charter.report.declared": ("declared_report",)})
    with pytest.raises(AttributeError, match=r"module 'charter\.report' has no attribute 'nothing'"):
        get("nothing")

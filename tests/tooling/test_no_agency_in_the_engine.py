"""The engine knows no agency: what it says of tables, departments and zones stands in the agencies' folders.

Its models' unit tests speak of a small agency that does not ship (tests/agencies/town).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

HOME = Path(__file__).parents[2]
AGENCIES = sorted(path.parent for path in (HOME / "charters").glob("*/charter.yaml"))
FOLDERS = ("src/charter", "dbt_project", "reports/templates", "reports/styles", "dags")
TOWN = HOME / "tests" / "agencies" / "town"
# Where a unit test's rows hold the name of a standard, of a table, and so on.
NAMED = {
    "standards": {"standard_id", "broken_standard_id"},
    "tables": {"subject_table", "table_name", "input"},
    "departments": {"department_id", "owner_department", "parent_id", "before_department_id", "after_department_id"},
    "sources": {"source_id", "uncovered_source_id"},
    "exclusions": {"exclusion_rule"},
}
# Where the shipped charter is what a new installation begins with, or stands in an example of use.
ALLOWED = {
    ("src/charter/base/settings.py", "charters/kotra"),
    ("src/charter/base/known_settings.py", "charters/kotra"),
    ("src/charter/definitions/freeze_calendar.py", "charters/kotra"),
    ("src/charter/definitions/models/common.py", "such as Asia/Seoul"),
    ("src/charter/commands/init.py", "Europe/Berlin"),
    ("src/charter/definitions/new_agency.py", "such as Europe/Berlin"),
    ("src/charter/base/languages.py", "``text_ko``"),
    ("src/charter/report/facts/warehouse.py", "(``text_ko``)"),
    ("src/charter/transform/control/tables.py", "(``text_ko``)"),
    ("dbt_project/macros/languages.sql", "`text_ko`"),
    ("dbt_project/dbt_project.yml", "../charters/kotra/models"),
}
# An agency called by an everyday word, which means something else in the engine.
WORDS = {"library"}


def engine_files() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for file in sorted((HOME / folder).rglob("*")):
            place = file.relative_to(HOME).as_posix()
            if file.suffix in {".py", ".sql", ".yml", ".yaml", ".j2", ".typ", ".css", ".csv"}:
                yield place, file.read_text(encoding="utf-8")


def found(pattern: str) -> list[tuple[str, str]]:
    lines = (
        (place, line.strip())
        for place, text in engine_files()
        if "target/" not in place and "logs/" not in place
        for line in text.splitlines()
        if re.search(pattern, line, re.I)
    )
    return [each for each in lines if not any(each[0] == file and text in each[1] for file, text in ALLOWED)]


def said(folder: Path, file: str) -> Any:
    return YAML(typ="safe").load(folder / file)


def names_of(folder: Path) -> dict[str, set[str]]:
    """What a charter calls its standards, tables, departments, sources and exclusions."""
    charter = said(folder, "charter.yaml")
    return {
        "standards": {each["id"] for each in charter["standards"]},
        "tables": set(said(folder, "subjects.yaml")["subjects"]),
        "departments": {each["id"] for each in said(folder, "departments.yaml")["departments"]},
        "sources": {each["id"] for each in said(folder, "sources.yaml")["sources"]},
        "exclusions": set(charter.get("exclusions", {})),
    }


@cache
def of_unit_tests() -> dict[str, set[str]]:
    """What the unit tests of the engine's models name, by kind."""
    tests = [said(file.parent, file.name) for file in sorted((HOME / "dbt_project").rglob("_*_units.yml"))]
    return {kind: set(named_in(tests, keys)) for kind, keys in NAMED.items()}


def named_in(content: Any, keys: set[str]) -> Iterator[str]:
    """The texts that stand under ``keys``, however deep; of an input such as ref('stg_letters'), the table."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in keys and isinstance(value, str):
                yield re.sub(r"^.*'(?:stg_|int_)?(\w+)'\)$", r"\1", value)
            else:
                yield from named_in(value, keys)
    elif isinstance(content, list):
        for each in content:
            yield from named_in(each, keys)


@pytest.fixture(params=AGENCIES, ids=lambda folder: folder.name)
def agency(request: pytest.FixtureRequest) -> Path:
    """The folder of each charter that ships."""
    folder: Path = request.param
    return folder


def test_no_agency_and_no_zone_is_named(agency: Path) -> None:
    charter = said(agency, "charter.yaml")
    zone = charter["time_zone"]
    names = {charter["id"], zone, zone.rpartition("/")[2], f"charters/{agency.name}", *charter["agency"].values()}
    assert found(rf"\b({'|'.join(map(re.escape, names - WORDS))})\b") == []


def test_no_model_of_an_agencys_table_is_named(agency: Path) -> None:
    names = "|".join(sorted(said(agency, "subjects.yaml")["subjects"]))
    assert found(rf"\b(stg|int)_({names})\b") == []


def test_no_department_is_named(agency: Path) -> None:
    departments = said(agency, "departments.yaml")["departments"]
    # A word of one piece may be anybody's; so may one that a test's agency has.
    ids = [each["id"] for each in departments if "-" in each["id"] and each["id"] != "head-office"]
    names = [name for each in departments for name in each["name"].values() if re.search(r"[^\x00-\x7f]| ", name)]
    known = ids + [name for name in names if name != "Head office"]
    assert known and found(rf"\b({'|'.join(map(re.escape, known))})\b") == []


def test_no_source_and_no_standard_is_named(agency: Path) -> None:
    sources = [each["id"] for each in said(agency, "sources.yaml")["sources"]]
    standards = [each["id"] for each in said(agency, "charter.yaml")["standards"]]
    names = [name for name in (*sources, *standards) if "-" in name]
    assert found(rf"\b({'|'.join(names)})\b") == []


def test_no_language_is_preferred(agency: Path) -> None:
    """Where a language is chosen, the charter or a recipient says which; unit tests speak that of their agency."""
    charter = said(agency, "charter.yaml")
    for language in charter.get("languages", list(charter["agency"])):
        lines = found(rf"(name|text|threshold|part|description)_{language}\b|language\s*==\s*['\"]{language}['\"]")
        assert [line for place, line in lines if not place.endswith("_units.yml")] == []


def test_unit_tests_of_the_engines_models_name_nothing_that_a_shipped_agency_has(agency: Path) -> None:
    named, theirs, towns = of_unit_tests(), names_of(agency), names_of(TOWN)
    assert named["standards"] & towns["standards"] and named["tables"] & towns["tables"]
    assert {kind: found for kind in NAMED if (found := named[kind] & (theirs[kind] - towns[kind]))} == {}

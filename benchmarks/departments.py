"""An agency of any number of departments: the demonstration's, with teams and offices beside those that it has.

Every further department has what the one that it is copied from has: its commitments, cases, results, ratings and
waivers. The whole agency's figures are those of all of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import duckdb
import yaml

from charter.base.settings import Settings
from charter.evidence import generate_signing_key

# What nothing is copied of: it would be told to be of this agency, and is not.
_LEFT = ("airflow", "site", "outbox", "evidence", "logs", "lineage", "*.lock")
_COPIED = ("team", "trade_office")
_SUMMED = ("met", "breached", "pending", "excluded", "breached_strict")
# Names of cases and entries, which no two departments share.
_OWN_IDS = ("commitment_id", "subject_id", "action_id", "comment_id", "entry_id", "waiver_id")


@dataclass(frozen=True)
class Copy:
    """A department (by its id) that is as ``of`` is; ``number`` tells the copies of one apart, from 2 on."""

    of: str
    number: int

    @property
    def id(self) -> str:
        return f"{self.of}-{self.number}"


def grown(home: Path, state: Path, agency: str, count: int, folder: Path) -> dict[str, str]:
    """Makes in ``folder`` an installation of ``count`` departments from the ``state`` that the demonstration of
    ``agency`` left. Gives the environment that names it."""
    charter, var = folder / "charter", folder / "var"
    shutil.copytree(home / "charters" / agency, charter, ignore=shutil.ignore_patterns("demo"))
    shutil.copytree(state, var, ignore=shutil.ignore_patterns(*_LEFT))
    file = charter / "departments.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    copies = _copies(told["departments"], count)
    told["departments"] = [*told["departments"], *_departments(told["departments"], copies)]
    file.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
    settings = Settings(home, charter, var, environment={})
    _multiply(settings.warehouse, copies)
    key = folder / "signing.key"
    key.touch(mode=0o600)
    key.write_bytes(generate_signing_key())
    return {
        "CHARTER_HOME": str(home),
        "CHARTER_DIR": str(charter),
        "CHARTER_VAR": str(var),
        "CHARTER_SIGNING_KEY_FILE": str(key),
    }


def _copies(departments: list[dict[str, Any]], count: int) -> list[Copy]:
    """As many as are lacking, of each team and office in turn."""
    copied = [each["id"] for each in departments if each["kind"] in _COPIED]
    lacking = max(count - len(departments), 0)
    return [Copy(of, number) for number, of in islice(_numbered(copied), lacking)]


def _numbered(names: list[str]) -> Iterator[tuple[int, str]]:
    for place, name in enumerate(cycle(names)):
        yield 2 + place // len(names), name


def _departments(departments: list[dict[str, Any]], copies: list[Copy]) -> Iterator[dict[str, Any]]:
    by_id = {each["id"]: each for each in departments}
    for copy in copies:
        department = by_id[copy.of]
        yield {
            **{key: value for key, value in department.items() if key != "aliases"},
            "id": copy.id,
            "name": {language: f"{text} {copy.number}" for language, text in department["name"].items()},
            "recipients": [
                {**each, "address": each["address"].replace("@", f"-{copy.number}@")}
                for each in department.get("recipients", ())
            ],
        }


def _multiply(warehouse: Path, copies: list[Copy]) -> None:
    """Gives every copy the rows of the department that it is copied from, and sums the whole agency's anew."""
    with duckdb.connect(str(warehouse)) as marts:
        marts.execute("CREATE TEMP TABLE copies (department_id VARCHAR, copy VARCHAR, number INTEGER)")
        marts.executemany("INSERT INTO copies VALUES (?, ?, ?)", [[each.of, each.id, each.number] for each in copies])
        tables = marts.execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE schema_name = 'marts'"
            " GROUP BY ALL HAVING list_contains(list(column_name), 'department_id') ORDER BY ALL"
        ).fetchall()
        for table, columns in tables:
            marts.execute(f"INSERT INTO marts.{table} {_copied_rows(table, columns)}")
        summed = ", ".join(f"{name} = coalesce(own.{name}, 0)" for name in _SUMMED)
        sums = ", ".join(f"sum({name}) AS {name}" for name in _SUMMED)
        marts.execute(
            f"UPDATE marts.standard_results AS whole SET {summed} FROM ("
            f"SELECT standard_id, period_kind, period_start, {sums} FROM marts.standard_results"
            " WHERE department_id IS NOT NULL GROUP BY ALL) AS own"
            " WHERE whole.department_id IS NULL AND whole.standard_id = own.standard_id"
            " AND whole.period_kind = own.period_kind AND whole.period_start = own.period_start"
        )


def _copied_rows(table: str, columns: list[str]) -> str:
    changed = {"department_id": "copies.copy"}
    changed |= {name: f"{name} || '-' || copies.number" for name in _OWN_IDS if name in columns}
    if table == "dim_department":
        changed |= {"path": "path || '-' || copies.number"}
        changed |= {name: f"{name} || ' ' || copies.number" for name in columns if name.startswith("name_")}
    replaced = ", ".join(f"{expression} AS {name}" for name, expression in changed.items() if name in columns)
    return (
        f"SELECT original.* REPLACE ({replaced}) FROM marts.{table} AS original INNER JOIN copies USING (department_id)"
    )

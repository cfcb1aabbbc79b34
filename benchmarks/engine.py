"""The full rebuild, and whether its marts are what the hand-written query gives over the same files."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import duckdb

from benchmarks.lake import as_of_night
from benchmarks.plain import Counts, counts_of
from charter.base.errors import CharterError
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.transform import build_warehouse, close_weeks, publish_warehouse
from charter.transform.build.nightly import run_dbt

# fmt: off
COLUMNS = [
    "commitment_id", "standard_id", "rule_version", "part", "subject_table", "subject_id", "department_id",
    "opened_at", "due_at", "original_due_at", "due_basis", "fulfilled_at", "decided_at", "opened_on", "decided_on",
    "status", "exclusion_rule", "measured_value", "limit_value", "unit", "source_id", "known_at",
]
# fmt: on


class FiguresDifferError(CharterError):
    """The two ways give different answers: neither time means anything."""


def build(settings: Settings, agency: Agency, day: int) -> dict[str, Any]:
    """Builds the warehouse at the night of ``day`` from nothing; gives the seconds dbt took for each kind of node."""
    settings.work_warehouse.unlink(missing_ok=True)
    as_of = as_of_night(agency, day)
    build_warehouse(settings, agency, as_of, as_of)
    return _seconds(settings)


def _seconds(settings: Settings) -> dict[str, Any]:
    results = json.loads((settings.work_dir / "dbt_target" / "run_results.json").read_text())["results"]
    seconds: Counter[str] = Counter()
    for node in results:
        seconds[node["unique_id"].split(".")[0]] += node["execution_time"]
    return {"models_s": seconds["model"], "tests_s": seconds["test"]}


def ledger(settings: Settings, agency: Agency, day: int) -> None:
    """Writes the ledger, and nothing that is made of it, of a warehouse whose scope a build has set: a full one."""
    run_dbt(settings, agency, ["run", "--full-refresh", "--select", "+fct_commitments"])


def increment(settings: Settings, agency: Agency, day: int) -> dict[str, Any]:
    """The night of ``day`` on the build of the night before; gives how many cases it reworked.

    Raises FiguresDifferError when everything was built instead: that would be another measure.
    """
    as_of = as_of_night(agency, day)
    receipt = build_warehouse(settings, agency, as_of, as_of)
    if receipt.cases is None:
        raise FiguresDifferError(
            "a full build was made where an increment was to be measured",
            where=str(settings.work_warehouse),
            remedy="build the night before first, with the same code",
        )
    return {"cases": receipt.cases, **_seconds(settings)}


def close(settings: Settings, agency: Agency, day: int) -> None:
    """What a night does after the build: publishes, and keeps the weeks that have ended."""
    publish_warehouse(settings)
    close_weeks(settings, agency, as_of_night(agency, day))


def compare(settings: Settings, file: str, counted: Counts) -> dict[str, int]:
    """Holds the marts against the hand-written query: its counts, and every column of every row it wrote to ``file``.

    Raises FiguresDifferError when anything differs.
    """
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        connection.execute(f"attach '{file}' as other (read_only)")
        marts = "(from marts.fct_commitments where subject_table in ('inquiries', 'calls'))"
        ours = counts_of(connection, marts)
        if ours != counted:
            keys = sorted(key for key in {*ours, *counted} if ours.get(key) != counted.get(key))
            told = ", ".join(f"{key}: {ours.get(key, 0)} and {counted.get(key, 0)}" for key in keys)
            raise FiguresDifferError(
                f"the marts and the hand-written query count differently: {told}",
                where="benchmarks/sql/hand_written.sql",
                remedy="find which of the two misreads the charter",
            )
        digests = [_digest(connection, table) for table in (marts, "other.commitments")]
        if digests[0] != digests[1]:
            names = [
                name for name, *pair in zip(COLUMNS, *(each[1] for each in digests), strict=True) if pair[0] != pair[1]
            ]
            raise FiguresDifferError(
                f"the marts and the hand-written query write different rows, in {', '.join(names)}",
                where="benchmarks/sql/hand_written.sql",
                remedy="find which of the two misreads the charter",
            )
        total = _one(connection, "select count(*) from marts.fct_commitments")
    return {"commitments": digests[0][0], "all_commitments": total}


def _digest(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, list[str]]:
    """How many rows, and for each column a number that changes with any value of any row."""
    texts = [
        f"cast(cast({name} as double) as varchar)" if name.endswith("_value") else f"cast({name} as varchar)"
        for name in COLUMNS
    ]
    parts = [f"cast(sum(hash(commitment_id, {text})) as varchar)" for text in texts]
    row = connection.execute(f"select count(*), {', '.join(parts)} from {relation}").fetchone()
    assert row is not None
    return int(row[0]), [str(each) for each in row[1:]]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])

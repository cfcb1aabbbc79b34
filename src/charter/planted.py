"""Holds what was measured against what an agency's demonstration planted, commitment by commitment.

A demonstration writes ``truth.csv`` beside its sources (``commitment_id`` and the columns of ``COMPARED``) and, if it
likes, ``truth_results.csv`` (each standard's result of the year), ``truth_quarantine.csv`` (each refused row) and
``truth_actions.csv`` (each action on the register that can be read, and how it stands).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from charter.base.errors import SettingError
from charter.base.files import write_whole
from charter.base.moments import last_ended_day, naive_utc
from charter.base.settings import Settings
from charter.definitions import load_agency

COMPARED = ("status", "department_id", "opened_at", "due_at", "decided_on", "exclusion_rule")
_COMMITMENTS = """
    SELECT commitment_id, status, department_id,
           strftime(opened_at, '%Y-%m-%dT%H:%M:%SZ') AS opened_at,
           strftime(due_at, '%Y-%m-%dT%H:%M:%SZ') AS due_at,
           CASE WHEN status IN ('met', 'breached') THEN strftime(decided_on, '%Y-%m-%d') ELSE '' END AS decided_on,
           coalesce(exclusion_rule, '') AS exclusion_rule
    FROM marts.fct_commitments
"""
_RESULTS = """
    SELECT standard_id, result, met, breached, pending, excluded
    FROM marts.standard_results
    WHERE period_kind = 'year' AND department_id IS NULL AND period_start = ?
"""
# What was withdrawn before the first night never arrived.
_ACTIONS = """
    SELECT action_id, standard_id, coalesce(department_id, '') AS department_id, state
    FROM marts.actions WHERE state <> 'withdrawn'
"""


@dataclass(frozen=True)
class Difference:
    """Something measured that was not planted so. ``what``: commitment, result, quarantine or action; ``name``: which
    one."""

    what: str
    name: str
    column: str
    planted: str
    measured: str

    def __str__(self) -> str:
        if self.column == "missing":
            return f"{self.what} {self.name}: planted as {self.planted}, but it was not measured"
        if self.column == "unexpected":
            return f"{self.what} {self.name}: measured as {self.measured}, but nothing of the kind was planted"
        planted, measured = self.planted or "nothing", self.measured or "nothing"
        return f"{self.what} {self.name}: {self.column} is {measured}, planted was {planted}"


@dataclass(frozen=True)
class TruthComparison:
    """How many things were compared, and every difference found."""

    checked: int
    differences: list[Difference]

    @property
    def agrees(self) -> bool:
        return not self.differences


def compare_with_truth(settings: Settings, as_of: datetime) -> TruthComparison:
    """Compares the published warehouse and the quarantine with the truth of the demo, built until the same night.

    ``as_of`` is the aware instant the warehouse stands at. Raises SettingError when the demo or the warehouse is
    missing, or when the warehouse was built for another night.
    """
    folder = settings.demo_dir
    if not (folder / "truth.csv").exists():
        raise SettingError("there is no truth to compare with", where=str(folder), remedy="build the demo first")
    if not settings.warehouse.exists():
        raise SettingError("there is no warehouse", where=str(settings.warehouse), remedy="run the night first")
    planted_actions = {row["action_id"]: row for row in _read_if_there(folder / "truth_actions.csv")}
    zone = load_agency(settings.charter_dir, settings.cache_dir).zone
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        _require_night(warehouse, as_of)
        measured = _rows(warehouse, _COMMITMENTS, [], "commitment_id")
        first_of_year = last_ended_day(as_of, zone).replace(month=1, day=1)
        results = _rows(warehouse, _RESULTS, [first_of_year], "standard_id")
        actions = _rows(warehouse, _ACTIONS, [], "action_id") if planted_actions else {}
    planted = {row["commitment_id"]: row for row in read_table(folder / "truth.csv")}
    planted_results = {row["standard_id"]: row for row in _read_if_there(folder / "truth_results.csv")}
    planted_quarantine = {
        f"{row['source']}/{row['origin']}": row["reason"] for row in _read_if_there(folder / "truth_quarantine.csv")
    }
    quarantine = _quarantine(settings, as_of)
    if not planted_results:
        results = {}
    differences = [
        *_compare("commitment", planted, measured, COMPARED, "status"),
        *_compare("result", planted_results, results, ("result", "met", "breached", "pending", "excluded"), "result"),
        *_compare("action", planted_actions, actions, ("standard_id", "department_id", "state"), "state"),
        *_compare_places(planted_quarantine, quarantine),
    ]
    checked = len(planted.keys() | measured.keys()) + len(planted_results) + len(planted_quarantine.keys() | quarantine)
    return TruthComparison(checked + len(planted_actions.keys() | actions.keys()), differences)


def _require_night(warehouse: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    found = warehouse.execute("SELECT as_of FROM marts.run").fetchone()
    if found is None or found[0] != naive_utc(as_of):
        stands = iso(found[0].replace(tzinfo=as_of.tzinfo)) if found else "nowhere"
        raise SettingError(
            f"the warehouse stands at {stands}, not at {iso(as_of)}", where="as-of", remedy="run that night first"
        )


def _rows(
    warehouse: duckdb.DuckDBPyConnection, query: str, parameters: list[Any], key: str
) -> dict[str, dict[str, str]]:
    cursor = warehouse.execute(query, parameters)
    names = [column[0] for column in cursor.description or []]
    rows = [
        {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
    return {row[key]: row for row in rows}


def _compare(
    what: str,
    planted: Mapping[str, Mapping[str, str]],
    measured: Mapping[str, Mapping[str, str]],
    columns: tuple[str, ...],
    shown: str,
) -> Iterator[Difference]:
    for name in sorted(planted.keys() | measured.keys()):
        if name not in measured:
            yield Difference(what, name, "missing", planted[name][shown], "")
        elif name not in planted:
            yield Difference(what, name, "unexpected", "", measured[name][shown])
        else:
            for column in columns:
                if planted[name][column] != measured[name][column]:
                    yield Difference(what, name, column, planted[name][column], measured[name][column])


def _compare_places(planted: Mapping[str, str], measured: Mapping[str, str]) -> Iterator[Difference]:
    """Only the places: each side has its own words for the reason."""
    for name in sorted(planted.keys() | measured.keys()):
        if name not in measured:
            yield Difference("quarantine", name, "missing", planted[name], "")
        elif name not in planted:
            yield Difference("quarantine", name, "unexpected", "", measured[name])


def _quarantine(settings: Settings, as_of: datetime) -> dict[str, str]:
    """The places of every row refused up to ``as_of``, with the reason."""
    files = settings.lake_dir / "quarantine"
    if not (refused := sorted(str(file) for file in files.rglob("*.parquet"))):
        return {}
    with duckdb.connect() as reader:
        rows = reader.execute(
            'SELECT source_id, origin, reason FROM read_parquet(?, hive_partitioning = false) WHERE "_known_at" <= ?',
            [refused, naive_utc(as_of)],
        ).fetchall()
    return {f"{source}/{origin}": reason for source, origin, reason in rows}


def iso(instant: datetime | None) -> str:
    """``2026-06-11T00:30:00Z``, or nothing."""
    return "" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Writes one of the files of truth."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_whole(path, buffer.getvalue().encode())


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of one of the files of truth."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read_if_there(path: Path) -> list[dict[str, str]]:
    return read_table(path) if path.exists() else []

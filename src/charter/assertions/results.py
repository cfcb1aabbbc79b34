"""Results as rows: the history in the lake, and the table marts.expectation_results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from charter.base.errors import CheckError
from charter.base.files import write_whole
from charter.base.languages import column_in
from charter.base.moments import naive_utc, stamp
from charter.base.settings import Settings
from charter.transform.build.engine import opened

Outcome = Literal["kept", "broken", "nothing_due", "no_data", "check_error"]


@dataclass(frozen=True)
class ExpectationResult:
    """One row of marts.expectation_results. ``as_of`` is naive UTC, periods are business dates with both ends included.

    ``error`` tells why nothing could be judged: the check's own error, or for ``no_data`` the silent sources and days.
    """

    as_of: datetime
    suite: str
    expectation: str
    kind: str
    standard_id: str | None
    table_name: str | None
    source_id: str | None
    period_kind: str | None
    period_start: date | None
    period_end: date | None
    description: str
    severity: str
    evaluated: int | None
    unexpected: int | None
    outcome: Outcome
    error: str | None


_TYPES = {
    "as_of": pa.timestamp("us"),
    "period_start": pa.date32(),
    "period_end": pa.date32(),
    "evaluated": pa.int64(),
    "unexpected": pa.int64(),
}
SCHEMA = pa.schema([(each.name, _TYPES.get(each.name, pa.string())) for each in fields(ExpectationResult)])


def results_path(settings: Settings, as_of: datetime) -> Path:
    return settings.lake_dir / "expectation_results" / f"as_of={stamp(as_of)}" / "part-0.parquet"


def latest_judged(settings: Settings, as_of: datetime) -> datetime | None:
    """The latest night before ``as_of`` (aware) whose results the lake holds; None when there is none."""
    stamps = [path.parent.name.removeprefix("as_of=") for path in _history_files(settings)]
    latest = max((each for each in stamps if each < stamp(as_of)), default=None)
    return None if latest is None else datetime.strptime(latest, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _history_files(settings: Settings) -> list[Path]:
    return sorted((settings.lake_dir / "expectation_results").glob("as_of=*/part-0.parquet"))


def as_table(results: Sequence[ExpectationResult], language: str) -> pa.Table:
    """The results as an Arrow table, ordered by suite and expectation; ``description`` in its language's column."""
    ordered = sorted(results, key=lambda result: (result.as_of, result.suite, result.expectation))
    columns: dict[str, list[Any]] = {name: [getattr(each, name) for each in ordered] for name in SCHEMA.names}
    written = column_in("description", language)
    names = [written if name == "description" else name for name in SCHEMA.names]
    return pa.table(columns, schema=SCHEMA).rename_columns(names)


def write_history(settings: Settings, as_of: datetime, results: Sequence[ExpectationResult], language: str) -> Path:
    """Writes one night's results to the lake, replacing those of an earlier try of the same night. Returns the file."""
    path = results_path(settings, as_of)
    sink = pa.BufferOutputStream()
    pq.write_table(as_table(results, language), sink)
    write_whole(path, memoryview(sink.getvalue()).cast("B"))
    return path


def load_results(settings: Settings, as_of: datetime, results: Sequence[ExpectationResult], language: str) -> None:
    """Replaces marts.expectation_results of the working warehouse: these results, and the history before ``as_of``."""
    earlier = [str(path) for path in _history_files(settings) if path.parent.name < f"as_of={stamp(as_of)}"]
    history = "SELECT * FROM these_results"
    if earlier:
        history = "SELECT * FROM read_parquet($paths, hive_partitioning = false) UNION ALL BY NAME " + history
    with opened(settings, settings.work_warehouse) as connection:
        connection.register("these_results", as_table(results, language))
        connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
        connection.execute(
            f"CREATE OR REPLACE TABLE marts.expectation_results AS {history} ORDER BY as_of, suite, expectation",
            {"paths": earlier} if earlier else None,
        )


def require_judged(settings: Settings, as_of: datetime) -> None:
    """Raises CheckError unless the working warehouse was judged as of ``as_of`` (aware) and no check of it erred."""
    where = f"{settings.work_warehouse}, table marts.expectation_results"
    try:
        with opened(settings, settings.work_warehouse, read_only=True) as connection:
            outcomes = connection.execute(
                "SELECT DISTINCT outcome FROM marts.expectation_results WHERE as_of = ?", [naive_utc(as_of)]
            ).fetchall()
    except duckdb.CatalogException:
        outcomes = []
    if not outcomes:
        raise CheckError("this night has not been judged", where=where, remedy="run the assertions of this night first")
    if ("check_error",) in outcomes:
        raise CheckError(
            "some checks of this night could not be evaluated",
            where=where,
            remedy="mend what they name, then run the assertions of this night again",
        )

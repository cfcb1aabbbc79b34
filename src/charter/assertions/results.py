"""Results as rows: the history in the lake, and the table marts.expectation_results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

_TABLE = "marts.expectation_results"
# Which files of the lake the table was filled from.
_HELD = "control.judged_nights"
# A file by its size and the instant of its last change, in nanoseconds.
_File = tuple[int, int]

Outcome = Literal["kept", "broken", "nothing_due", "no_data", "check_error"]


@dataclass(frozen=True)
class ExpectationResult:
    """One row of marts.expectation_results. ``as_of`` is naive UTC, periods are business dates with both ends included.

    ``error`` tells why nothing could be judged: the check's own error, or for ``no_data`` the silent sources and days.
    ``failing_ids`` are the first cases of a check that is broken; None where it counts what has no id of its own.
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
    failing_ids: tuple[str, ...] | None = None


_TYPES = {
    "as_of": pa.timestamp("us"),
    "period_start": pa.date32(),
    "period_end": pa.date32(),
    "evaluated": pa.int64(),
    "unexpected": pa.int64(),
    "failing_ids": pa.list_(pa.string()),
}
SCHEMA = pa.schema([(each.name, _TYPES.get(each.name, pa.string())) for each in fields(ExpectationResult)])


def results_path(settings: Settings, as_of: datetime) -> Path:
    return settings.lake_dir / "expectation_results" / f"as_of={stamp(as_of)}" / "part-0.parquet"


def latest_judged(settings: Settings, as_of: datetime) -> datetime | None:
    """The latest night before ``as_of`` (aware) whose results the lake holds; None when there is none."""
    stamps = [path.parent.name.removeprefix("as_of=") for path in history_files(settings)]
    latest = max((each for each in stamps if each < stamp(as_of)), default=None)
    return None if latest is None else _instant(latest)


def _instant(night: str) -> datetime:
    return datetime.strptime(night, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def history_files(settings: Settings) -> list[Path]:
    """The files of all nights' results in the lake, the oldest first."""
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
    """Makes marts.expectation_results of the working warehouse hold these results, and the history before ``as_of``.

    What it holds of the history is left as it is, and later nights are added: it costs what is new.
    """
    earlier = _earlier_nights(settings, as_of)
    with opened(settings, settings.work_warehouse) as connection:
        connection.register("these_results", as_table(results, language))
        held = _held_nights(connection)
        until = max(held, default="")
        if held and held == {night: file for night, file in earlier.items() if night <= until}:
            connection.execute(f"DELETE FROM {_TABLE} WHERE as_of > ?", [naive_utc(_instant(until))])
            added = {night: file for night, file in earlier.items() if night > until}
        else:
            connection.execute("CREATE SCHEMA IF NOT EXISTS marts; CREATE SCHEMA IF NOT EXISTS control")
            connection.execute(f"CREATE OR REPLACE TABLE {_TABLE} AS FROM these_results LIMIT 0")
            added = earlier
        for relation, values in _in_order(settings, added):
            _add_columns(connection, relation, values)
            connection.execute(f"INSERT INTO {_TABLE} BY NAME {relation} ORDER BY as_of, suite, expectation", values)
        connection.register("held", _nights_table(earlier))
        connection.execute(f"CREATE OR REPLACE TABLE {_HELD} AS FROM held")


def _in_order(settings: Settings, nights: Iterable[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    paths = [str(results_path(settings, _instant(night))) for night in nights]
    if paths:
        yield "FROM read_parquet($paths, hive_partitioning = false, union_by_name = true)", {"paths": paths}
    yield "FROM these_results", {}


def _add_columns(connection: duckdb.DuckDBPyConnection, relation: str, values: dict[str, list[str]]) -> None:
    """Descriptions in another language, and what later releases tell: rows without them have none."""
    present = {name for name, *_ in connection.execute(f"DESCRIBE {_TABLE}").fetchall()}
    for name, kind, *_ in connection.execute(f"DESCRIBE {relation}", values).fetchall():
        if name not in present:
            connection.execute(f'ALTER TABLE {_TABLE} ADD COLUMN "{name}" {kind}')


def _earlier_nights(settings: Settings, as_of: datetime) -> dict[str, _File]:
    """The nights before ``as_of`` that the lake holds results of, in order; and which file each is."""
    earlier: dict[str, _File] = {}
    for path in history_files(settings):
        night = path.parent.name.removeprefix("as_of=")
        if night < stamp(as_of):
            status = path.stat()
            earlier[night] = (status.st_size, status.st_mtime_ns)
    return earlier


def _held_nights(connection: duckdb.DuckDBPyConnection) -> dict[str, _File]:
    """The nights before the one judged last whose results the working warehouse holds, as it read them."""
    try:
        connection.execute(f"SELECT failing_ids FROM {_TABLE} LIMIT 0")
        rows = connection.execute(f"SELECT night, size, changed FROM {_HELD} ORDER BY night").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return {}
    return {night: (size, changed) for night, size, changed in rows}


def _nights_table(nights: Mapping[str, _File]) -> pa.Table:
    files = nights.values()
    columns = {"night": list(nights), "size": [size for size, _ in files], "changed": [each for _, each in files]}
    return pa.table(columns, schema=pa.schema([("night", pa.string()), ("size", pa.int64()), ("changed", pa.int64())]))


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

"""A feed's rows after its own SQL: an event log made into calls, many rows of one case made into one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import Feed
from charter.errors import Problem
from charter.extract.arrived_sql import LINE, PLACE, ArrivedSqlError, input_columns, result_columns, run
from charter.extract.faults import FeedFault
from charter.extract.mapping import FeedContract, Refused, recorded_at
from charter.extract.readers.batch import RawBatch
from charter.extract.readers.typed import UnreadableTypeError, arrow_texts
from charter.extract.receipts import FileDigest
from charter.extract.values import clean
from charter.moments import naive_utc


@dataclass(frozen=True)
class Derived:
    """What the SQL made (``batch``), and what it never saw: ``refused`` rows that could not be read, and the number of
    rows ``waiting`` for their night. ``read`` counts all that the source gave; ``inputs`` are its files."""

    batch: RawBatch
    read: int
    refused: list[Refused]
    waiting: int
    inputs: list[FileDigest]


def derive(contract: FeedContract, parts: Iterable[RawBatch], as_of: datetime, day: date | None, where: str) -> Derived:
    """Runs the feed's SQL over all rows of ``parts`` that were recorded at ``as_of`` (aware).

    Raises FeedFault (failed) when it can't be run, or does not give what the feed maps.
    """
    feed = contract.feed
    sql = feed.arrived_sql or ""
    refused: list[Refused] = []
    tables, inputs, names, waiting, read = [], [], dict[str, None](), 0, 0
    for part in parts:
        read += len(part) + len(part.broken)
        refused += [Refused(f"{part.place}:{row.position}", "", row.reason, "{}", day) for row in part.broken]
        table, unread, later = _recorded(contract, part, as_of, day)
        tables.append(table)
        refused += unread
        waiting += later
        names.update(dict.fromkeys(part.names))
        if part.input is not None and part.input not in inputs:
            inputs.append(part.input)
    result = _result(sql, pa.concat_tables(tables), where)
    batch = _batch(feed, result, tuple(names), _place(feed, inputs), where)
    return Derived(batch, read, refused, waiting, inputs)


def contract_of_derived(contract: FeedContract) -> FeedContract:
    """The contract that the derived rows are held against: what was recorded later has been left out already."""
    return dataclasses.replace(contract, feed=contract.feed.model_copy(update={"recorded_at": None}))


def _recorded(
    contract: FeedContract, part: RawBatch, as_of: datetime, day: date | None
) -> tuple[pa.Table, list[Refused], int]:
    """(the rows recorded at ``as_of``, those whose instant can't be read, how many were recorded later)."""
    table = _table(contract.feed, part)
    name = contract.feed.recorded_at
    if name is None:
        return table, [], 0
    texts = {name: clean(part.columns[name], contract.source.null_tokens)}
    instants = recorded_at(contract, texts, len(part), as_of)
    later = np.asarray(
        pc.fill_null(pc.greater(instants.values, pa.scalar(naive_utc(as_of), pa.timestamp("us"))), False)
    )
    unread = np.asarray(pc.is_null(instants.values))
    refused = []
    for index in np.flatnonzero(unread).tolist():
        text = texts[name][index].as_py()
        # Nobody has said yet which of these columns are personal: no value is repeated.
        said = "is empty, and required" if text is None else "is no instant as instant_format says"
        line = table[LINE][index].as_py()
        origin = part.place if line is None else f"{part.place}:{line}"
        refused.append(Refused(origin, "recorded_at", f"{name}: {said}", "{}", day))
    return table.filter(pa.array(~later & ~unread)), refused, int(later.sum())


def _table(feed: Feed, part: RawBatch) -> pa.Table:
    read = input_columns(feed.arrived_sql or "")
    lines = part.positions if part.positions is not None else pa.nulls(len(part), pa.int64())
    return pa.table(
        {
            **{
                name: pc.cast(part.columns[name], pa.string()) for name in dict.fromkeys([*read, *_recorded_name(feed)])
            },
            PLACE: pa.repeat(part.place, len(part)),
            LINE: pc.cast(lines, pa.int64()),
        }
    )


def _recorded_name(feed: Feed) -> list[str]:
    return [feed.recorded_at] if feed.recorded_at else []


def _result(sql: str, arrived: pa.Table, where: str) -> pa.Table:
    try:
        return run(sql, arrived)
    except ArrivedSqlError as error:
        raise sql_fault(error, where) from None


def sql_fault(error: ArrivedSqlError, where: str) -> FeedFault:
    """The statement can't be run: what it says of itself, and where it stands."""
    return FeedFault("failed", Problem(f"arrived_sql failed: {error}", where, "correct arrived_sql in sources.yaml"))


def _place(feed: Feed, inputs: list[FileDigest]) -> str:
    if len(inputs) == 1:
        return f"{inputs[0].path}/{feed.sheet}" if feed.sheet else inputs[0].path
    return feed.path or feed.table


def _batch(feed: Feed, result: pa.Table, names: tuple[str, ...], place: str, where: str) -> RawBatch:
    columns, observed = {}, {}
    for name in dict.fromkeys(mapped.source for mapped in feed.mapped().values()):
        if name not in result.column_names:
            given = ", ".join(result_columns(feed.arrived_sql or ""))
            problem = Problem(
                f"arrived_sql gives no column '{name}'; it gives: {given}", where, "name it AS its column is mapped"
            )
            raise FeedFault("failed", problem)
        try:
            columns[name], observed[name] = arrow_texts(result[name])
        except UnreadableTypeError as error:
            problem = Problem(
                f"arrived_sql gives '{name}' as {error}, which can't be mapped", where, "CAST it to a plain type"
            )
            raise FeedFault("failed", problem) from None
    lines = result[LINE] if LINE in result.column_names else pa.nulls(len(result), pa.int64())
    return RawBatch(
        columns=columns,
        names=names,
        place=place,
        positions=_one(pc.cast(lines, pa.int64())),
        places=_one(pc.cast(result[PLACE], pa.string())) if PLACE in result.column_names else None,
        observed=observed,
    )


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

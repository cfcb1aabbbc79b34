"""A feed's rows after its own SQL: an event log made into calls, many rows of one case made into one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.errors import Problem
from charter.base.moments import naive_utc
from charter.definitions.arrived_sql import LINE, PLACE, ROW, ROWS, ArrivedSqlError, result_columns, rows_where, run
from charter.definitions.models import Feed, Words
from charter.extract.contract.batch import RawBatch, columns_of_sql
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract, Refused, furthest, later_of, recorded_at
from charter.extract.contract.personal import header_sounds_personal, looks_personal, may_be_a_name
from charter.extract.contract.typed import UnreadableTypeError, arrow_texts
from charter.extract.contract.values import clean, failure, failures
from charter.lake.receipts import FileDigest, LeftOutRows

_EXAMPLES = 3
_LONGEST_KEY = 40


@dataclass(frozen=True)
class Derived:
    """What the SQL made (``batch``), and what it never saw or did not use: ``refused`` rows that could not be read, the
    number of rows ``waiting`` for their night and the furthest instant among them, and the rows ``left_out``.

    ``read`` counts all that the source gave, ``merged`` how many more rows the SQL used than it made; ``inputs`` are
    the source's files."""

    batch: RawBatch
    read: int
    refused: list[Refused]
    waiting: int
    waiting_until: datetime | None
    left_out: list[LeftOutRows]
    merged: int
    inputs: list[FileDigest]


@dataclass(frozen=True)
class _Key:
    """The ``column`` of the source that holds the key, and whether it is of persons: then no value is shown."""

    column: str
    is_personal: bool

    def may_tell(self, value: str | None) -> bool:
        if self.is_personal or value is None or len(value) > _LONGEST_KEY:
            return False
        return not (looks_personal(value) or may_be_a_name(value))


@dataclass
class _Seen:
    """What came of the parts of a feed, as far as it is there for the SQL to see."""

    tables: list[pa.Table] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: int = 0
    waiting_until: datetime | None = None
    read: int = 0
    left_out: list[LeftOutRows] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    inputs: list[FileDigest] = field(default_factory=list)


def derive(contract: FeedContract, parts: Iterable[RawBatch], as_of: datetime, day: date | None, where: str) -> Derived:
    """Runs the feed's SQL over all rows of ``parts`` that were recorded at ``as_of`` (aware).

    Raises FeedFault (failed) when it can't be run, or does not give what the feed maps.
    """
    feed = contract.feed
    seen = _Seen()
    for part in parts:
        seen.read += part.given
        seen.left_out += part.left_out
        seen.refused += [Refused(f"{part.place}:{row.position}", "", row.reason, "{}", day) for row in part.broken]
        _add_recorded(seen, contract, part, as_of, day)
        seen.names.update(dict.fromkeys(part.names))
        if part.input is not None and part.input not in seen.inputs:
            seen.inputs.append(part.input)
    arrived = pa.concat_tables(seen.tables)
    arrived = arrived.append_column(ROW, pa.array(np.arange(len(arrived))))
    declared, rest = _leave_out(feed, arrived, where)
    result = _result(feed.arrived_sql or "", rest, where)
    unused, merged = _not_used(contract, result, rest)
    return Derived(
        batch=_batch(feed, result, tuple(seen.names), _place(feed, seen.inputs), where),
        read=seen.read,
        refused=seen.refused,
        waiting=seen.waiting,
        waiting_until=seen.waiting_until,
        left_out=[*merged_reasons(seen.left_out), *declared, *unused],
        merged=merged,
        inputs=seen.inputs,
    )


def merged_reasons(left_out: Iterable[LeftOutRows]) -> list[LeftOutRows]:
    """What several files left out, each reason once with the first examples."""
    found: dict[str, LeftOutRows] = {}
    for rows in left_out:
        reason = f"{rows.why} {rows.because}"
        before = found.get(reason)
        if before is not None:
            examples = [*before.examples, *rows.examples][:_EXAMPLES]
            rows = rows.model_copy(update={"rows": before.rows + rows.rows, "examples": examples})
        found[reason] = rows
    return list(found.values())


def _leave_out(feed: Feed, arrived: pa.Table, where: str) -> tuple[list[LeftOutRows], pa.Table]:
    """(what the feed declares to be left out, by reason, the rest). The first reason that holds for a row counts."""
    left: list[LeftOutRows] = []
    taken = np.zeros(len(arrived), dtype=bool)
    for each in feed.left_out:
        holds = np.zeros(len(arrived), dtype=bool)
        holds[_result(rows_where(each.where), arrived, where)[ROW].to_numpy()] = True
        holds &= ~taken
        taken |= holds
        left += _left_out("declared", arrived, holds, each.because)
    return left, arrived.filter(pa.array(~taken))


def _not_used(contract: FeedContract, result: pa.Table, given: pa.Table) -> tuple[list[LeftOutRows], int]:
    """(the rows of ``given`` that the result was not made of, how many more it was made of than it has).

    SQL that does not tell is held to the keys of its rows, where these are a column of the source's: what has another
    key was left out, and what has the same was merged.
    """
    used = _used(result)
    key = _key_of_both(contract, result, given)
    if used is not None:
        is_used = np.isin(given[ROW].to_numpy(), used)
        return _left_out("not_used", given, ~is_used, key=key), int(is_used.sum()) - len(result)
    if key is not None:
        has_row = np.asarray(pc.is_in(given[key.column], value_set=_texts(result[key.column])))
        return _left_out("no_row_of_key", given, ~has_row, key=key), int(has_row.sum()) - len(result)
    fewer = len(given) - len(result)
    return ([LeftOutRows(why="not_told", rows=fewer)], 0) if fewer > 0 else ([], fewer)


def _key_of_both(contract: FeedContract, result: pa.Table, given: pa.Table) -> _Key | None:
    """The column that holds the key before the SQL and after it: all keys of the result were there before."""
    name = contract.feed.mapped()[contract.subject.key].source
    if name not in result.column_names or name not in given.column_names:
        return None
    if not pc.all(pc.is_in(_texts(result[name]), value_set=_texts(given[name])), min_count=0).as_py():
        return None
    is_pseudonym = contract.subject.columns[contract.subject.key].type == "pseudonym"
    return _Key(name, is_pseudonym or header_sounds_personal(name))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(column, pa.string()).drop_null()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([], pa.string())


def _used(result: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """The numbers of the rows that the result says it was made of; None when it does not say."""
    if ROWS in result.column_names:
        return np.asarray(pc.list_flatten(result[ROWS]).cast(pa.int64()).drop_null())
    return np.asarray(result[ROW].cast(pa.int64()).drop_null()) if ROW in result.column_names else None


def _left_out(
    why: Literal["declared", "not_used", "no_row_of_key"],
    rows: pa.Table,
    holds: np.ndarray[tuple[int], np.dtype[np.bool_]],
    because: Words | None = None,
    key: _Key | None = None,
) -> list[LeftOutRows]:
    """The rows that ``holds`` marks, with the places of the first; where there is a ``key``, the first of each key."""
    left = rows.filter(pa.array(holds))
    if not len(left):
        return []
    examples: dict[object, str] = {}
    names = left[key.column].to_pylist() if key is not None else range(len(left))
    for place, line, name in zip(left[PLACE].to_pylist(), left[LINE].to_pylist(), names, strict=True):
        where = place if line is None else f"{place}:{line}"
        examples.setdefault(name, f"{where} ({name})" if key is not None and key.may_tell(name) else where)
        if len(examples) == _EXAMPLES:
            break
    return [LeftOutRows(why=why, because=because, rows=len(left), examples=list(examples.values()))]


def contract_of_derived(contract: FeedContract) -> FeedContract:
    """The contract that the derived rows are held against: what was recorded later has been left out already."""
    return dataclasses.replace(contract, feed=contract.feed.model_copy(update={"recorded_at": None}))


def _add_recorded(seen: _Seen, contract: FeedContract, part: RawBatch, as_of: datetime, day: date | None) -> None:
    """Adds the rows recorded at ``as_of`` to what the SQL sees, and counts those recorded later or that can't be read.

    Cells are composed, and empty ones are NULL. A row is not given to the SQL when a cell that it reads holds what is
    no value: the SQL could make nothing of it but an empty one.
    """
    table = _table(contract.feed, part)
    name = contract.feed.recorded_at
    faults = _faults(contract, table, part)
    later = np.zeros(len(part), dtype=bool)
    if name is not None:
        texts = {name: clean(part.columns[name], contract.source.null_tokens)}
        instants = recorded_at(contract, texts, len(part), as_of)
        after = pc.greater(instants.values, pa.scalar(naive_utc(as_of), pa.timestamp("us")))
        later = np.asarray(pc.fill_null(after, False))
        seen.waiting_until = later_of(seen.waiting_until, furthest(instants.values, later))
        for index in np.flatnonzero(np.asarray(pc.is_null(instants.values))).tolist():
            # Nobody has said yet which of these columns are personal: no value is repeated.
            empty = texts[name][index].as_py() is None
            said = "is empty, and required" if empty else "is no instant as instant_format says"
            faults.setdefault(index, ("recorded_at", f"{name}: {said}"))
    for index, (column, reason) in sorted(faults.items()):
        if not later[index]:
            line = table[LINE][index].as_py()
            origin = part.place if line is None else f"{part.place}:{line}"
            seen.refused.append(Refused(origin, column, reason, "{}", day))
    kept = ~later
    kept[list(faults)] = False
    seen.tables.append(table.filter(pa.array(kept)))
    seen.waiting += int(later.sum())


def _faults(contract: FeedContract, table: pa.Table, part: RawBatch) -> dict[int, tuple[str, str]]:
    """For each row with a cell that holds what is no value: the column, and what it holds."""
    faults: dict[int, tuple[str, str]] = {}
    for name in (name for name in table.column_names if name in part.columns):
        for index, said in part.unreadable.get(name, {}).items():
            faults.setdefault(index, (name, f"{name}: {said}"))
        if failures(table[name].combine_chunks()) is None:
            continue
        texts = clean(table[name].combine_chunks(), contract.source.null_tokens)
        failed = failures(texts)
        for index in np.flatnonzero(np.asarray(failed)).tolist() if failed is not None else []:
            faults.setdefault(index, (name, f"{name}: {failure(texts[index].as_py())}"))
    return faults


def _table(feed: Feed, part: RawBatch) -> pa.Table:
    read = columns_of_sql(feed)
    lines = part.positions if part.positions is not None else pa.nulls(len(part), pa.int64())
    return pa.table(
        {
            **{name: clean(part.columns[name], []) for name in dict.fromkeys([*read, *_recorded_name(feed)])},
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
    for name in dict.fromkeys([*(mapped.source for mapped in feed.mapped().values()), *feed.deleted_when]):
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

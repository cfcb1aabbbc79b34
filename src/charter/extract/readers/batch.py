"""What every reader gives: rows as texts, with the place where each stood."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import Protocol

import pyarrow as pa

from charter.base.composing import heading
from charter.base.errors import Problem
from charter.definitions import feed as feed_columns
from charter.definitions.arrived_sql import ArrivedSqlError
from charter.definitions.models import Feed
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.shown import is_heading, told_names
from charter.extract.contract.values import TYPED_INSTANT, TYPED_UTC_INSTANT
from charter.extract.readers.allowance import Allowance, unhurried
from charter.lake.receipts import FileDigest, LeftOutRows

_EXAMPLES = 3


@dataclass(frozen=True)
class Window:
    """What to read: rows moved ``since`` (None: all), known at ``as_of``; of the file for ``day``, in daily feeds.

    ``allowance`` is what the reading may still take.
    """

    as_of: datetime
    since: datetime | None = None
    day: date | None = None
    allowance: Allowance = field(default_factory=unhurried, compare=False)


@dataclass(frozen=True)
class BrokenRow:
    """A row that can't be split into columns, or has nothing in any. Its text is not kept: nobody knows what it is."""

    position: int
    reason: str


@dataclass(frozen=True)
class RawBatch:
    """Some rows of a feed. ``columns`` holds the wanted source columns as texts, ``names`` all that the source has.

    ``positions`` are line or row numbers in ``place`` (a file or sheet); None when rows have no place but their key.
    ``places`` are given where rows come from several. ``unreadable`` says of cells that hold something that is no value
    what they hold: by column, then by the row's index in the batch. Their texts are null. ``left_out`` are lines that
    stand in the source and are no rows of its.
    ``observed`` says which kinds of value were seen in each column.
    """

    columns: dict[str, pa.Array]
    names: tuple[str, ...]
    place: str
    positions: pa.Array | None = None
    places: pa.Array | None = None
    broken: tuple[BrokenRow, ...] = ()
    left_out: tuple[LeftOutRows, ...] = ()
    unreadable: dict[str, dict[int, str]] = field(default_factory=dict)
    observed: dict[str, frozenset[str]] = field(default_factory=dict)
    input: FileDigest | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def given(self) -> int:
        """How many rows the source gave: these, those that are broken and those left out."""
        return len(self) + len(self.broken) + sum(rows.rows for rows in self.left_out)


class Reader(Protocol):
    """Reads one source. ``read`` yields at least one batch (perhaps of no rows) or raises FeedFault."""

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]: ...

    def close(self) -> None: ...


def wanted_columns(feed: Feed) -> list[str]:
    """The source columns that leave the source; raises FeedFault when the feed's SQL can't be read."""
    with _read_sql(feed):
        return feed_columns.wanted_columns(feed)


def columns_of_sql(feed: Feed) -> list[str]:
    """The source columns that a feed's SQL reads; raises FeedFault when it can't be read."""
    with _read_sql(feed):
        return feed_columns.columns_of_sql(feed)


@contextmanager
def _read_sql(feed: Feed) -> Iterator[None]:
    try:
        yield
    except ArrivedSqlError as error:
        problem = Problem(f"arrived_sql failed: {error}", f"feed '{feed.table}'", "correct it in sources.yaml")
        raise FeedFault("failed", problem) from None


def positions(names: Sequence[str], wanted: Sequence[str], where: str) -> dict[str, int]:
    """Where each wanted column of a file is among its ``names``, in whatever spelling: see ``require_columns``."""
    require_columns(names, wanted, where)
    there = [heading(name) for name in names]
    return {name: there.index(heading(name)) for name in wanted}


def require_columns(
    names: Sequence[str], wanted: Sequence[str], where: str, spelt: Callable[[str], str] = heading
) -> None:
    """Raises FeedFault (drifted) when a wanted column is not there, or is there twice, both as they are ``spelt``.

    The columns that are there are told only if some wanted one is among them, and then only those that are written as
    headings are: what stands in a row of headings may be somebody's data.
    """
    spellings = [spelt(name) for name in names]
    twice = [name for name in wanted if spellings.count(spelt(name)) > 1]
    if twice:
        what = f"the column '{twice[0]}' is there {spellings.count(spelt(twice[0]))} times"
        raise FeedFault("drifted", Problem(what, where, "give each column of the source its own name"))
    missing = [name for name in wanted if spelt(name) not in spellings]
    if not missing:
        return
    listed = ", ".join(f"'{name}'" for name in missing)
    if len(missing) == len(wanted):
        what = f"none of the mapped columns is there ({listed})"
        remedy = "check that the first row is the header (header_row, header_rows), the delimiter and the encoding"
        raise FeedFault("drifted", Problem(what, where, remedy), tuple(missing))
    there = [name for name in names if name]
    what = f"the column{'s' if len(missing) > 1 else ''} {listed} {'are' if len(missing) > 1 else 'is'} missing"
    told = [name for name in there if is_heading(name, wanted)]
    problem = Problem(f"{what}; there are: {told_names(there, wanted)}", where, _remedy(missing, told, wanted))
    raise FeedFault("drifted", problem, tuple(missing), tuple(told))


def _remedy(missing: Sequence[str], there: Sequence[str], wanted: Sequence[str]) -> str:
    free = [name for name in there if name not in wanted]
    for name in missing:
        if close := difflib.get_close_matches(name, free, n=1, cutoff=0.5):
            return f"was '{name}' renamed to '{close[0]}'? then map that in sources.yaml; else ask for it back"
    return "ask the source's keepers for the column back, or map its new name in sources.yaml"


def as_padding(place: str, lines: Sequence[int]) -> tuple[LeftOutRows, ...]:
    """The ``lines`` of a padded source in which nothing was entered, as rows left out."""
    examples = [f"{place}:{line}" for line in lines[:_EXAMPLES]]
    return (LeftOutRows(why="padding", rows=len(lines), examples=examples),) if lines else ()


def as_texts(values: Sequence[object]) -> tuple[pa.Array, frozenset[str]]:
    """Cells of any type as texts that ``values`` reads back exactly, and the kinds that were seen."""
    types = {type(value) for value in values} - {NoneType}
    kinds = frozenset(_KINDS.get(kind, "text") for kind in types)
    if types <= {str}:
        return pa.array(values, pa.string()), kinds
    texts = [None if value is None else _TEXTS.get(type(value), str)(value) for value in values]
    return pa.array(texts, pa.string()), kinds


def _instant_text(value: datetime) -> str:
    # Workbooks hold times as fractions of a day: what is below a millisecond is noise of that.
    if value.tzinfo is not None:
        return value.astimezone(UTC).strftime(TYPED_UTC_INSTANT)
    return value.isoformat(timespec="microseconds")


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _decimal_text(value: Decimal) -> str:
    return str(int(value)) if value.is_finite() and value == value.to_integral_value() else str(value)


_TEXTS: dict[type, Callable[..., str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    float: _float_text,
    Decimal: _decimal_text,
    datetime: _instant_text,
    date: lambda value: datetime.combine(value, time()).strftime(TYPED_INSTANT),
}
_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    Decimal: "number",
    datetime: "instant",
    date: "date",
    time: "time",
    timedelta: "duration",
}

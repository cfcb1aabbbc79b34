"""Rows as they arrive, before anyone has held them against the contract: texts, and where each stood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from charter.base.errors import Problem
from charter.definitions import feed as feed_columns
from charter.definitions.arrived_sql import ArrivedSqlError
from charter.definitions.models import Feed
from charter.extract.contract.faults import FeedFault
from charter.lake.receipts import FileDigest, LeftOutRows


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
    ``observed`` says which kinds of value were seen in each column. ``is_unended``: after the last row there is no end
    of a line, so that it may have been cut off.
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
    is_unended: bool = False

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def given(self) -> int:
        """How many rows the source gave: these, those that are broken and those left out."""
        return len(self) + len(self.broken) + sum(rows.rows for rows in self.left_out)


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

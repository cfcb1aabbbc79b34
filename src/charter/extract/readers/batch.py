"""What every reader gives: rows as texts, with the place where each stood."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from charter.base.composing import heading
from charter.base.errors import Problem
from charter.definitions.models import Feed
from charter.extract.contract.batch import RawBatch
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.shown import is_heading, shown_names
from charter.extract.readers.allowance import Allowance, unhurried
from charter.lake.receipts import LeftOutRows

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


class Reader(Protocol):
    """Reads one source. ``read`` yields at least one batch (perhaps of no rows) or raises FeedFault."""

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]: ...

    def close(self) -> None: ...


def positions(names: Sequence[str], wanted: Sequence[str], where: str) -> dict[str, int]:
    """Where each wanted column of a file is among its ``names``, in whatever spelling: see ``require_columns``."""
    require_columns(names, wanted, where)
    there = [heading(name) for name in names]
    return {name: there.index(heading(name)) for name in wanted}


def require_columns(
    names: Sequence[str], wanted: Sequence[str], where: str, spelt: Callable[[str], str] = heading
) -> None:
    """Raises FeedFault (drifted) when a wanted column is not there, or is there twice, both as they are ``spelt``.

    The message names the columns that are there only if some wanted one is among them, and then only those that are
    written as headings are: what stands in a row of headings may be somebody's data.
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
    headings = [name for name in there if is_heading(name, wanted)]
    problem = Problem(f"{what}; there are: {shown_names(there, wanted)}", where, _remedy(missing, headings, wanted))
    raise FeedFault("drifted", problem, tuple(missing), tuple(headings))


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

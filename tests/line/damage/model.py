"""What a damage is, where it is done, and how what goes wrong in a cell looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

# What stands in cells that went wrong, in sources that people and programs fill.
UNREADABLE = (
    "#N/A",
    "#REF!",
    "???",
    "26.13.45",
    "2026-02-31",
    "0026-07-01 10:00:00",
    "12:61",
    "모름",
    "\ufffd\ufffd",
    "1e999",
)
# What a program gives under a name that another file had.
OTHER_CONTENT = (
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    b"<!doctype html><html><title>503 Service Unavailable</title></html>\n",
    b'{"error": "session expired"}\n',
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    b"PK\x03\x04\x14\x00\x00\x00\x00\x00",
    b"\x00" * 4096,
)


@dataclass(frozen=True)
class Sources:
    """The source systems in ``folder`` at the end of ``last``.

    ``decisive`` are keys of rows on which a verdict hangs: of breached cases, and of rows that were refused.
    """

    folder: Path
    last: date
    decisive: frozenset[str]

    def path(self, pattern: str) -> Path:
        """The file that ``pattern`` names (``calls/calls_{last}.csv``)."""
        return self.folder / pattern.format(last=f"{self.last:%Y%m%d}")

    def path_before(self, pattern: str) -> Path:
        """The last file of the same kind before it: the day before may have none."""
        path = self.path(pattern)
        return max(file for file in path.parent.iterdir() if file.name < path.name)


@dataclass(frozen=True)
class Damage:
    """One thing that goes wrong. ``what`` reads as a sentence in a failing example."""

    what: str
    do: Callable[[Sources], None]

    def __repr__(self) -> str:
        return self.what


T = TypeVar("T")
Sort = st.SearchStrategy[Damage]


def a_row(rows: Sequence[T], is_decisive: Callable[[T], bool], number: int) -> T:
    """One of ``rows``: of those on which a verdict hangs, where there are any."""
    chosen = [row for row in rows if is_decisive(row)] or rows
    return chosen[number % len(chosen)]


_DATE = re.compile(r"(\d{4})([-.])(\d\d)\2(\d\d)")


def dated(value: object, day: date) -> str | datetime:
    """``value``, a cell that holds a date or an instant, on another day; a cell that holds neither gets the day."""
    if isinstance(value, datetime):
        return datetime.combine(day, value.time())
    if isinstance(value, str) and (found := _DATE.match(value)):
        mark = found[2]
        return f"{day:%Y}{mark}{day:%m}{mark}{day:%d}{value[found.end() :]}"
    return datetime.combine(day, datetime.min.time())


def day_of(value: object) -> date | None:
    """The day that a cell holds; None for one that holds none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str) and (found := _DATE.match(value)):
        return date(int(found[1]), int(found[3]), int(found[4]))
    return None


def earlier(day: date, days: int) -> date:
    return day - timedelta(days=days)


def another_spelling(text: str, how: int) -> str:
    """``text`` as another person, keyboard or program writes it: the same thing to whoever reads it."""
    ways: tuple[Callable[[str], str], ...] = (
        lambda said: f"{said}.",
        lambda said: f"{said[:1]}\u200b{said[1:]}",
        lambda said: f" {said[:2]} {said[2:]} ",
        lambda said: f"({said})",
        lambda said: said.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}) + "\u3000",
        lambda said: f"{said}\u00ad",
        lambda said: f"{said}·",
        lambda said: said.swapcase() + "\ufeff",
    )
    return ways[how % len(ways)](text)

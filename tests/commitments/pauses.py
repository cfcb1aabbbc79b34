"""The second reading of pauses: it walks through what happened, and lets a clock run from one stretch to the next.

The SQL sums up what stood still before each pause; this never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from charter.definitions.models import Pauses

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Stretch:
    """From when to when a clock stands still (aware instants); ``ends`` is None while it does."""

    begins: datetime
    ends: datetime | None

    def within(self, opened_at: datetime, finish: datetime | None) -> Stretch | None:
        """The part of it that lies between the opening and the finish; None when there is none."""
        begins = max(self.begins, opened_at)
        ends = self.ends if finish is None else finish if self.ends is None else min(self.ends, finish)
        return None if ends is not None and ends <= begins else Stretch(begins, ends)


@dataclass(frozen=True)
class Mark:
    """What one row says of a clock: that it is held until an instant at the latest, or let go (None)."""

    at: datetime
    until: datetime | None


def stretches(marks: Iterable[Mark], as_of: datetime) -> list[Stretch]:
    """The stretches that rows known by ``as_of`` make, in their order. At one instant what lets go comes last."""
    found: list[Stretch] = []
    begins: datetime | None = None
    until = as_of
    for each in sorted(marks, key=lambda row: (row.at, row.until is None)):
        if begins is not None and until < each.at:
            found.append(Stretch(begins, until))
            begins = None
        if each.until is not None:
            until = each.until if begins is None else max(until, each.until)
            begins = each.at if begins is None else begins
        elif begins is not None:
            found += [Stretch(begins, each.at)] if begins < each.at else []
            begins = None
    if begins is not None:
        found.append(Stretch(begins, until if until <= as_of else None))
    return found


def marks_in(
    pauses: Pauses,
    rows: Sequence[Row],
    meets: Callable[[Row, Any], bool],
    instant_of: Callable[[Any], datetime],
) -> list[Mark]:
    """What the rows of a subject say of its clock."""
    at_most = timedelta(**{pauses.at_most.unit: pauses.at_most.amount})
    marks = []
    for row in rows:
        at = instant_of(row[pauses.at])
        marks += [Mark(at, at + at_most)] if meets(row, pauses.where) else []
        marks += [Mark(at, None)] if meets(row, pauses.until) else []
    return marks


@dataclass(frozen=True)
class Ran:
    """How a limit ran out: ``at`` an instant or with a day, None while the clock stands. ``counted`` held it."""

    at: Any
    counted: tuple[Stretch, ...]


def run_instants(
    opened_at: datetime,
    amount: timedelta,
    stopped: Sequence[Stretch],
    ran: Callable[[datetime, datetime], timedelta],
    after: Callable[[datetime, timedelta], datetime],
) -> Ran:
    """A clock that runs an ``amount``: ``ran`` is how much runs between two instants, ``after`` when it is over."""
    at, left, counted = opened_at, amount, []
    for stretch in stopped:
        passed = ran(at, stretch.begins)
        if passed >= left:
            break
        counted.append(stretch)
        if stretch.ends is None:
            return Ran(None, tuple(counted))
        at, left = stretch.ends, left - passed
    return Ran(after(at, left), tuple(counted))


def move_instant(end: datetime, stopped: Sequence[Stretch]) -> Ran:
    """An end that the calendar gives, as a month does: each stretch that begins before it moves it."""
    counted = []
    for stretch in stopped:
        if stretch.begins >= end:
            break
        counted.append(stretch)
        if stretch.ends is None:
            return Ran(None, tuple(counted))
        end += stretch.ends - stretch.begins
    return Ran(end, tuple(counted))


def move_day(
    last_day: date,
    stopped: Sequence[Stretch],
    day_of: Callable[[datetime], date],
    later: Callable[[date, date, date], date],
) -> Ran:
    """A last day: each stretch that begins on or before it moves it. ``later`` moves a day as far as one lies after
    another."""
    counted = []
    for stretch in stopped:
        begins = day_of(stretch.begins)
        if begins > last_day:
            break
        counted.append(stretch)
        if stretch.ends is None:
            return Ran(None, tuple(counted))
        last_day = later(last_day, begins, day_of(stretch.ends))
    return Ran(last_day, tuple(counted))

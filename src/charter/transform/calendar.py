"""The agency's calendar as tables that clocks join with: days, working spans and slots, with running totals.

With the totals a due time is found by joins alone: the working second or working day that a limit ends on is
looked up, never walked to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from charter.definitions.models import CalendarDefinition
from charter.moments import end_of_day, local_midnight, naive_utc
from charter.transform.rules import RulePart


@dataclass(frozen=True)
class Day:
    """One business day and whether the agency works on it. Instants are naive UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime
    is_working: bool


@dataclass(frozen=True)
class ClockDay:
    """One day as a clock counts it. ``calendar`` is ``agency`` (its own working days) or ``statutory`` (Saturdays,
    Sundays and public holidays never count; the agency's own closures are days like others).

    ``working_day_number`` counts the working days up to and including this one, ``working_seconds_before`` the working
    time of all days before it. ``next_working_day`` is this day if it is a working one.
    """

    calendar: str
    day: date
    starts_at: datetime
    ends_at: datetime
    is_working: bool
    working_day_number: int
    next_working_day: date | None
    working_seconds_before: int


@dataclass(frozen=True)
class WorkingSpan:
    """One unbroken stretch of working time; ``seconds_before`` is all working time of its calendar before it."""

    calendar: str
    starts_at: datetime
    ends_at: datetime
    seconds_before: int
    seconds: int


@dataclass(frozen=True)
class Slot:
    """One slot of an occurrence part: days ``first_day`` to ``last_day``, both included."""

    standard_id: str
    rule_version: int
    part: str
    slot: str
    first_day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime


def _spans_of_day(calendar: CalendarDefinition, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    hours = calendar.working_hours
    edges: list[tuple[time, time]] = [(hours.start, hours.end)]
    if hours.break_start is not None and hours.break_end is not None:
        edges = [(hours.start, hours.break_start), (hours.break_end, hours.end)]
    return [
        (datetime.combine(day, start, zone).astimezone(UTC), datetime.combine(day, end, zone).astimezone(UTC))
        for start, end in edges
        if start < end
    ]


def working_days(calendar: CalendarDefinition, known_on: date, *, statutory: bool = False) -> list[tuple[date, bool]]:
    """Every day of the calendar and whether it is a working one, as known on ``known_on``.

    ``statutory`` leaves the agency's own closures out of account: only weekends and public holidays are days off.
    """
    off = calendar.public_holidays(known_on) if statutory else calendar.days_off(known_on)
    length = (calendar.last_day - calendar.first_day).days + 1
    days = (calendar.first_day + timedelta(days=offset) for offset in range(length))
    return [(day, day.isoweekday() in calendar.working_hours.days and day not in off) for day in days]


def build_days(calendar: CalendarDefinition, zone: ZoneInfo, known_on: date) -> list[Day]:
    """The agency's business days, as the calendar was known on ``known_on``."""
    return [
        Day(day, naive_utc(local_midnight(day, zone)), naive_utc(end_of_day(day, zone)), works)
        for day, works in working_days(calendar, known_on)
    ]


def build_clock(
    name: str, calendar: CalendarDefinition, zone: ZoneInfo, known_on: date
) -> tuple[list[ClockDay], list[WorkingSpan]]:
    """The days and working spans of the calendar ``name`` (``agency`` or ``statutory``), with their running totals."""
    flags = working_days(calendar, known_on, statutory=name == "statutory")
    next_working: dict[date, date | None] = {}
    upcoming: date | None = None
    for day, works in reversed(flags):
        upcoming = day if works else upcoming
        next_working[day] = upcoming
    days: list[ClockDay] = []
    spans: list[WorkingSpan] = []
    number = seconds = 0
    for day, works in flags:
        number += works
        starts_at, ends_at = naive_utc(local_midnight(day, zone)), naive_utc(end_of_day(day, zone))
        days.append(ClockDay(name, day, starts_at, ends_at, works, number, next_working[day], seconds))
        for start, end in _spans_of_day(calendar, day, zone) if works else []:
            length = int((end - start).total_seconds())
            spans.append(WorkingSpan(name, naive_utc(start), naive_utc(end), seconds, length))
            seconds += length
    return days, spans


def slots_of_year(slot: str, only: list[int], year: int) -> Iterator[tuple[str, date, date]]:
    """The slots of one year: name (``2026-03``, ``2026-Q1``, ``2026-H1``, ``2026``), first and last day."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[slot]
    prefix = {"month": "", "quarter": "Q", "half": "H", "year": ""}[slot]
    for number in range(1, 12 // months + 1):
        if only and number not in only:
            continue
        first = date(year, (number - 1) * months + 1, 1)
        after = date(year + (number * months) // 12, (number * months) % 12 + 1, 1)
        name = (
            str(year)
            if slot == "year"
            else f"{year}-{prefix}{number:02d}"
            if slot == "month"
            else f"{year}-{prefix}{number}"
        )
        yield name, first, after - timedelta(days=1)


def build_slots(parts: list[RulePart], zone: ZoneInfo, today: date) -> list[Slot]:
    """The slots of every occurrence part that begin while its rule is in force and have begun by ``today``."""
    slots: list[Slot] = []
    for part in parts:
        if part.slot is None:
            continue
        first_in_force = date.fromisoformat(part.effective_from)
        last_in_force = date.fromisoformat(part.effective_to) if part.effective_to else today
        for year in range(first_in_force.year, min(last_in_force, today).year + 1):
            for name, first, last in slots_of_year(part.slot, part.only, year):
                if first_in_force <= first <= min(last_in_force, today):
                    slots.append(
                        Slot(
                            part.standard_id,
                            part.rule_version,
                            part.part,
                            name,
                            first,
                            last,
                            naive_utc(local_midnight(first, zone)),
                            naive_utc(end_of_day(last, zone)),
                        )
                    )
    return slots

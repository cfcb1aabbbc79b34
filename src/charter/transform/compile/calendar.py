"""Calendars as tables that clocks join with: versions, days, working spans and slots, with running totals.

With the totals a due time is found by joins alone: the working second or working day that a limit ends on is
looked up, never walked to.

A calendar has **versions**: a day off or a schedule counts from the instant it was known. Version 1 is what was known
when the calendar begins; a further one begins with the agency's midnight of each later ``known_on`` that changes the
hours of a day. A row of days or spans holds for the versions ``first_version`` to ``last_version`` in which it is the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day, every_day, local_midnight, naive_utc, shown_at
from charter.definitions.models import Agency, Block, CalendarDefinition
from charter.definitions.models.working_time import WorkingTime

DAY = timedelta(days=1)
# Spans are cut where this much working time is full, so that an amount of it finds its span by a number.
BLOCK_SECONDS = 8 * 3600
# No row of an agency is dated earlier.
FIRST_DATE = date(1990, 1, 1)


@dataclass(frozen=True)
class Day:
    """One business day and whether the agency works on it. Instants are naive UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime
    is_working: bool


@dataclass(frozen=True)
class CalendarVersion:
    """A calendar as it was known from ``known_at`` until ``superseded_at`` (NULL: to this day), naive UTC."""

    calendar: str
    version: int
    known_at: datetime
    superseded_at: datetime | None
    time_zone: str


@dataclass(frozen=True)
class OfficeCalendar:
    """The calendar on which ``business_hours`` runs for what a department with hours of its own owns."""

    department_id: str
    calendar: str


@dataclass(frozen=True)
class ClockDay:
    """One day as a clock counts it, by the local time of its calendar. ``calendar`` is ``agency`` (its own working
    days), ``statutory`` (Saturdays, Sundays and public holidays never count; the agency's own closures are days like
    others) or ``office:<department>``.

    A working day is one on which working time begins. ``working_day_number`` counts them up to and including this one;
    ``next_working_day`` is this day if it is one, ``next_working_ends_at`` the midnight that ends it. ``closes_at`` is
    when the last working time that begins on this day ends, perhaps after midnight; NULL on a day off.
    """

    calendar: str
    first_version: int
    last_version: int
    day: date
    starts_at: datetime
    ends_at: datetime
    is_working: bool
    working_day_number: int
    next_working_day: date | None
    next_working_ends_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True)
class WorkingSpan:
    """From ``starts_at`` on, ``seconds`` of working time run without a break, then none until ``next_starts_at``.

    ``seconds_before`` is all working time of the calendar before it. Spans follow each other without a gap; each lies
    in one ``utc_day`` and in one ``block`` of eight working hours (block *n* follows *n* × 8 hours), so that an instant
    finds its span by its day, and an amount of working time by its block. Seconds are those that pass: a shift through
    a change of clocks is an hour shorter or longer.
    """

    calendar: str
    first_version: int
    last_version: int
    utc_day: date
    block: int
    starts_at: datetime
    next_starts_at: datetime
    seconds_before: int
    seconds: int


@dataclass(frozen=True)
class ClockRules:
    """What a calendar is made of: working time by the clocks of ``zone``; ``known_in`` is the agency's zone."""

    name: str
    zone: ZoneInfo
    known_in: ZoneInfo
    working_time: WorkingTime
    first_day: date
    last_day: date

    @cached_property
    def fewest_seconds(self) -> dict[date, int]:
        """The least working time, in seconds, that begins on each day of the calendar, whatever version of it holds."""
        fewest: dict[date, int] = {}
        for _, hours in _known_versions(self, self.last_day):
            for day, blocks in hours.items():
                edges = [(_local(day, block.start, self.zone), _local(day, block.end, self.zone)) for block in blocks]
                seconds = sum(int((end - start).total_seconds()) for start, end in edges)
                fewest[day] = min(fewest.get(day, seconds), seconds)
        return fewest


@dataclass(frozen=True)
class Clock:
    """One calendar as tables."""

    versions: list[CalendarVersion]
    days: list[ClockDay]
    spans: list[WorkingSpan]


def working_days(calendar: CalendarDefinition, known_on: date) -> list[tuple[date, bool]]:
    """Every day of the agency's calendar and whether it is a working one, as known on the day itself.

    Of what became known after ``known_on`` nothing is known yet; what became known after the day had passed changes
    nothing: the agency has worked on it, or has not.
    """
    working_time = calendar.working_time
    return [
        (day, bool(working_time.blocks(day, min(known_on, day))))
        for day in every_day(calendar.first_day, calendar.last_day)
    ]


def build_days(calendar: CalendarDefinition, zone: ZoneInfo, known_on: date) -> list[Day]:
    """The agency's business days, as the calendar was known on ``known_on``."""
    return [
        Day(day, naive_utc(local_midnight(day, zone)), naive_utc(end_of_day(day, zone)), works)
        for day, works in working_days(calendar, known_on)
    ]


def office_calendars(agency: Agency) -> list[OfficeCalendar]:
    """The departments whose working time is their own, each with the name of its calendar."""
    return [OfficeCalendar(each.department, f"office:{each.department}") for each in agency.calendar.offices]


def clock_rules(agency: Agency) -> list[ClockRules]:
    """Every calendar that clocks count on: the agency's, the law's, and one for each office."""
    calendar, zone = agency.calendar, agency.zone
    first, last = calendar.first_day, calendar.last_day
    rules = [
        ClockRules("agency", zone, zone, calendar.working_time, first, last),
        ClockRules("statutory", zone, zone, calendar.statutory_working_time, first, last),
    ]
    zones = {department.id: department.time_zone for department in agency.organisation.departments}
    for office, named in zip(calendar.offices, office_calendars(agency), strict=True):
        office_zone = ZoneInfo(office.time_zone or zones[office.department])
        rules.append(ClockRules(named.calendar, office_zone, zone, calendar.working_time_of(office), first, last))
    return rules


def build_clock(rules: ClockRules, known_on: date) -> Clock:
    """One calendar with all its versions that were known on ``known_on`` (a date of the agency)."""
    known = tuple((since, tuple(hours.items())) for since, hours in _known_versions(rules, known_on))
    return _clock(rules.name, rules.zone, rules.known_in, known)


# The stretches of working time that begin on each day of a calendar.
HoursByDay = dict[date, tuple[Block, ...]]
# From which date on which hours were known, as a key that a clock can be kept by.
_Versions = tuple[tuple[date, tuple[tuple[date, tuple[Block, ...]], ...]], ...]


# What is known of a calendar changes on few days: who builds several nights compiles it once.
@lru_cache(maxsize=16)
def _clock(name: str, zone: ZoneInfo, known_in: ZoneInfo, known: _Versions) -> Clock:
    starts = [naive_utc(local_midnight(since, known_in)) for since, _ in known]
    versions = [
        CalendarVersion(name, number, starts_at, starts[number] if number < len(starts) else None, zone.key)
        for number, starts_at in enumerate(starts, start=1)
    ]
    hours_known = [dict(hours) for _, hours in known]
    frame = _Frame.of(name, zone, hours_known[0])
    days = _merged([frame.days(hours) for hours in hours_known], lambda day: day.day, ClockDay)
    spans = _merged([frame.spans(hours) for hours in hours_known], lambda span: span.starts_at, WorkingSpan)
    return Clock(versions, days, spans)


def hours_by_day(rules: ClockRules, known_on: date) -> HoursByDay:
    """The hours of every day of a calendar, as known on ``known_on``."""
    return {day: rules.working_time.blocks(day, known_on) for day in every_day(rules.first_day, rules.last_day)}


def _known_versions(rules: ClockRules, known_on: date) -> list[tuple[date, HoursByDay]]:
    """From which date on which hours were known: the first since the calendar begins."""
    found = [(rules.first_day, hours_by_day(rules, rules.first_day))]
    for since in rules.working_time.changes(rules.first_day, known_on):
        hours = hours_by_day(rules, since)
        if hours != found[-1][1]:
            found.append((since, hours))
    return found


RowT = TypeVar("RowT", ClockDay, WorkingSpan)


def _merged(versions: list[list[RowT]], key: Callable[[RowT], object], row_type: type[RowT]) -> list[RowT]:
    """The rows of all versions, each once for the run of versions in which it is the same."""
    merged: list[RowT] = []
    open_rows: dict[object, tuple[int, RowT]] = {}
    for number, rows in enumerate(versions, start=1):
        current = {key(row): row for row in rows}
        for at, (since, row) in list(open_rows.items()):
            if current.get(at) != row:
                merged.append(_held(row_type, row, since, number - 1))
                del open_rows[at]
        for at, row in current.items():
            open_rows.setdefault(at, (number, row))
    merged += [_held(row_type, row, since, len(versions)) for since, row in open_rows.values()]
    return sorted(merged, key=lambda row: (row.first_version, row.starts_at))


def _held(row_type: type[RowT], row: RowT, first: int, last: int) -> RowT:
    return row_type(**{**row.__dict__, "first_version": first, "last_version": last})


@dataclass(frozen=True)
class _Frame:
    """What all versions of one calendar share: where its days begin and end."""

    name: str
    zone: ZoneInfo
    edges: list[tuple[date, datetime, datetime]]

    @classmethod
    def of(cls, name: str, zone: ZoneInfo, days: Iterable[date]) -> _Frame:
        edges = [(day, naive_utc(local_midnight(day, zone)), naive_utc(end_of_day(day, zone))) for day in days]
        return cls(name, zone, edges)

    def days(self, hours: HoursByDay) -> list[ClockDay]:
        numbered: list[tuple[date, datetime, datetime, int]] = []
        number = 0
        for day, starts_at, ends_at in self.edges:
            number += bool(hours[day])
            numbered.append((day, starts_at, ends_at, number))
        rows: list[ClockDay] = []
        upcoming: tuple[date | None, datetime | None] = (None, None)
        for day, starts_at, ends_at, number in reversed(numbered):
            works = bool(hours[day])
            upcoming = (day, ends_at) if works else upcoming
            closes_at = max((_local(day, block.end, self.zone) for block in hours[day]), default=None)
            rows.append(ClockDay(self.name, 0, 0, day, starts_at, ends_at, works, number, *upcoming, closes_at))
        return rows[::-1]

    def spans(self, hours: HoursByDay) -> list[WorkingSpan]:
        pieces = sorted(
            (_local(day, block.start, self.zone), _local(day, block.end, self.zone))
            for day, blocks in hours.items()
            for block in blocks
        )
        return list(_spans(self.name, pieces, self.edges[0][1], self.edges[-1][2]))


def _spans(
    name: str, working: list[tuple[datetime, datetime]], first: datetime, last: datetime
) -> Iterator[WorkingSpan]:
    """Working time from ``first`` to ``last``, cut where a day begins in UTC and where a block is full.

    What two stretches share counts once.
    """
    seconds_before = 0
    starts: list[tuple[datetime, int, int]] = []  # begin, working seconds before, working seconds
    worked_until = first
    for begin, end in working:
        begin, end = max(begin, worked_until), min(end, last)
        worked_until = max(worked_until, end)
        while begin < end:
            left_of_block = BLOCK_SECONDS - seconds_before % BLOCK_SECONDS
            cut = min(end, datetime.combine(begin.date() + DAY, time()), begin + timedelta(seconds=left_of_block))
            seconds = int((cut - begin).total_seconds())
            starts.append((begin, seconds_before, seconds))
            seconds_before += seconds
            begin = cut
    begun = {begin for begin, _, _ in starts}
    midnights = [first, *(datetime.combine(day, time()) for day in every_day(first.date() + DAY, last.date()))]
    totals = iter([*starts, (last, seconds_before, 0)])
    rows = list(starts)
    upcoming = next(totals)
    for at in midnights:
        while upcoming[0] < at:
            upcoming = next(totals)
        if at not in begun and at < last:
            rows.append((at, upcoming[1], 0))
    rows.sort(key=lambda row: row[0])
    for number, (at, before, seconds) in enumerate(rows):
        next_at = rows[number + 1][0] if number + 1 < len(rows) else last
        yield WorkingSpan(name, 0, 0, at.date(), before // BLOCK_SECONDS, at, next_at, before, seconds)


@cache
def _local(day: date, second: int, zone: ZoneInfo) -> datetime:
    return naive_utc(shown_at(day, second, zone))


def fixed_offset(zone: ZoneInfo, first: date, last: date) -> int | None:
    """The seconds by which ``zone`` is ahead of UTC if they are the same on every day from ``first`` to ``last``."""
    offsets = {datetime.combine(day, time(), zone).utcoffset() for day in every_day(first, last + DAY)}
    (offset, *others) = offsets
    return None if others or offset is None else int(offset.total_seconds())

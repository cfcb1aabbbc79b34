"""Checks of calendar.yaml: what it holds, and from when on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from charter.base.errors import Problem
from charter.base.moments import every_day
from charter.definitions.checks.common import overlapping, repeated
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import (
    CalendarDefinition,
    Holiday,
    LeadTimePart,
    Part,
    Rule,
    Schedule,
    WorkingHours,
)
from charter.definitions.models.working_time import WorkingTime

_DAY_SECONDS = 24 * 3600


def check_calendar(folder: Folder) -> Iterator[Problem]:
    document, calendar, charter = folder.documents["calendar.yaml"], folder.calendar, folder.charter
    if not calendar.first_day <= charter.in_force_from <= calendar.last_day:
        yield Problem(
            f"the calendar ({calendar.first_day} to {calendar.last_day}) does not hold {charter.in_force_from}, "
            "when the charter came into force",
            document.place(("first_day",)),
            "freeze the calendar for the years the charter is in force",
        )
    yield from _check_calendar_start(folder)
    yield from _check_hours(document, ("working_hours",), calendar.working_hours)
    yield from _check_schedules(document, ("working_hours",), calendar.working_hours, calendar)
    yield from _check_working_time(document, ("working_hours",), calendar.working_time, calendar)
    for key in ("holidays", "closures"):
        yield from _check_days_off(document, (key,), getattr(calendar, key), calendar)
    yield from _check_offices(folder)
    yield from _check_terms(folder)


def _check_offices(folder: Folder) -> Iterator[Problem]:
    document, calendar = folder.documents["calendar.yaml"], folder.calendar
    departments = {department.id for department in folder.organisation.departments}
    seen: set[str] = set()
    for index, office in enumerate(calendar.offices):
        place: Location = ("offices", index)
        if office.department not in departments:
            yield Problem(
                f"no department '{office.department}'",
                document.place((*place, "department")),
                "name a department of departments.yaml",
            )
        if office.department in seen:
            yield Problem(f"a second calendar for '{office.department}'", document.place(place), "keep one of the two")
        seen.add(office.department)
        hours: Location = place
        if office.working_hours is not None:
            hours = (*place, "working_hours")
            yield from _check_hours(document, hours, office.working_hours)
            yield from _check_schedules(document, hours, office.working_hours, calendar)
        for key in ("holidays", "closures"):
            yield from _check_days_off(document, (*place, key), getattr(office, key), calendar)
        yield from _check_working_time(document, hours, calendar.working_time_of(office), calendar)


def _check_terms(folder: Folder) -> Iterator[Problem]:
    document, terms = folder.documents["calendar.yaml"], folder.calendar.terms
    yield from repeated(document, ("terms",), [term.name for term in terms], "term")
    for late in overlapping([(term.first_day, term.last_day) for term in terms]):
        yield Problem(
            f"the term '{terms[late].name}' begins before another has ended",
            document.place(("terms", late)),
            "end the earlier one the day before",
        )


def _check_calendar_start(folder: Folder) -> Iterator[Problem]:
    """A clock that stands still on days off cannot start on a day that the calendar does not hold."""
    document, calendar = folder.documents["charter.yaml"], folder.calendar
    for index, standard in enumerate(folder.charter.standards):
        rules: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(rules):
            stands_still = any(part.clock not in ("elapsed", "calendar") for part in rule.parts)
            if stands_still and rule.effective_from < calendar.first_day:
                yield Problem(
                    f"'{standard.id}' counts working time from {rule.effective_from} on, and the calendar begins on "
                    f"{calendar.first_day}",
                    document.place(("standards", index, "rules", number, "effective_from")),
                    "set first_day of calendar.yaml to that day or earlier, and freeze it anew",
                )
                continue
            lead = max((_working_days_ahead(part) for part in rule.parts), default=0)
            if lead and _working_days_before(calendar, rule.effective_from) < lead:
                yield Problem(
                    f"'{standard.id}' counts {lead} working days back, and the calendar has fewer before "
                    f"{rule.effective_from}",
                    document.place(("standards", index, "rules", number, "effective_from")),
                    "set first_day of calendar.yaml to an earlier day, and freeze it anew",
                )


def _working_days_ahead(part: Part) -> int:
    """How many working days a lead time counts back from its event; 0 of any other part."""
    return part.limit.amount if isinstance(part, LeadTimePart) and part.clock == "working_days" else 0


def _working_days_before(calendar: CalendarDefinition, day: date) -> int:
    working_time = calendar.working_time
    return sum(bool(working_time.blocks(each, date.max)) for each in _days(calendar) if each < day)


def _days(calendar: CalendarDefinition) -> list[date]:
    """Every day of the calendar."""
    return every_day(calendar.first_day, calendar.last_day)


def _check_hours(document: Document, path: Location, hours: WorkingHours | list[Schedule]) -> Iterator[Problem]:
    if not isinstance(hours, WorkingHours):
        return
    if hours.start >= hours.end:
        yield Problem(
            "working hours end before they start",
            document.place((*path, "end")),
            'swap them; hours over midnight are written as a schedule: - hours: {mon-fri: ["22:00-06:00"]}',
        )
    if (hours.break_start is None) != (hours.break_end is None):
        yield Problem("a break has a start and an end", document.place(path), "give both break_start and break_end")
    elif hours.break_start and hours.break_end and not hours.start <= hours.break_start <= hours.break_end <= hours.end:
        yield Problem(
            "the break is not inside the working hours",
            document.place((*path, "break_start")),
            "put it between start and end",
        )


def _check_schedules(
    document: Document, path: Location, hours: WorkingHours | list[Schedule], calendar: CalendarDefinition
) -> Iterator[Problem]:
    """Whether one schedule holds on every day, whenever one looks, and every schedule on some day."""
    if isinstance(hours, WorkingHours):
        return
    days = _days(calendar)
    working_time = WorkingTime(tuple(hours), ())
    holding = {
        (known_on, day): working_time.schedule_on(day, known_on)
        for known_on in (calendar.first_day, *working_time.changes(calendar.first_day, calendar.last_day))
        for day in days
    }
    gaps = [(day, known_on) for (known_on, day), number in holding.items() if number is None]
    if gaps:
        day, known_on = gaps[0]
        yield Problem(
            f"no schedule holds on {day}, as was known on {known_on}: nobody can tell whether it is a working day",
            document.place(path),
            "let one run on without from, to and season: later ones hold where they are in force (no work: hours: {})",
        )
    for number, schedule in enumerate(hours):
        if number not in holding.values():
            yield Problem(
                "this schedule holds on no day of the calendar: it is in force on none, or later ones hold on each",
                document.place((*path, number)),
                "put it below those, or remove it",
            )
        if schedule.season is not None:
            yield from _check_seasons(document, path, hours, number, days)


def _check_seasons(
    document: Document, path: Location, schedules: list[Schedule], number: int, days: list[date]
) -> Iterator[Problem]:
    """Whether a season runs into an earlier one. Within it, it may lie."""
    mine = {day for day in days if schedules[number].holds(day)}
    for earlier in schedules[:number]:
        shared = {day for day in mine if earlier.season is not None and earlier.holds(day)}
        if shared and shared != mine and any(earlier.holds(day) for day in days if day not in mine):
            yield Problem(
                f"this season and that of {earlier.season} overlap, from {min(shared)} on",
                document.place((*path, number, "season")),
                "end one on the day before the other begins",
            )


def _check_working_time(
    document: Document, path: Location, working_time: WorkingTime, calendar: CalendarDefinition
) -> Iterator[Problem]:
    """Whether somebody works at all, and nobody twice at a time."""
    days = _days(calendar)
    hours = {day: working_time.blocks(day, date.max) for day in days}
    if not any(hours.values()):
        yield Problem(
            "nobody ever works by these hours",
            document.place(path),
            'give the hours of some day, such as mon-fri: ["09:00-18:00"]',
        )
    stretches = [(day, block) for day in days for block in hours[day]]
    for (day, block), (next_day, next_block) in pairwise(stretches):
        if block.end > next_block.start + (next_day - day).days * _DAY_SECONDS:
            yield Problem(
                f"the hours overlap: {block} of {day:%A %Y-%m-%d} and {next_block} of {next_day:%A %Y-%m-%d}",
                document.place(path),
                "end one where the other begins",
            )
            return


def _check_days_off(
    document: Document, path: Location, days_off: list[Holiday], calendar: CalendarDefinition
) -> Iterator[Problem]:
    said: dict[tuple[date, date], Holiday] = {}
    for index, off in enumerate(days_off):
        place = document.place((*path, index))
        if not calendar.first_day <= off.day <= calendar.last_day:
            yield Problem(f"{off.day} is outside the calendar", place, "remove it, or widen the calendar")
        if said.setdefault((off.day, off.known_on), off).hours != off.hours:
            yield Problem(f"{off.day} has two kinds of hours, known on one day", place, "keep one of the two")
        if off.hours and off.known_on > off.day:
            yield Problem(
                f"the hours of {off.day} became known on {off.known_on}, when it had passed",
                place,
                "remove them: what has been worked by then stays as it was",
            )

"""Checks of calendar.yaml: what it holds, and from when on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.document import Document, Location
from charter.definitions.load import Folder
from charter.definitions.models import (
    CalendarDefinition,
    Holiday,
    Rule,
    WorkingHours,
)


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
    for key in ("holidays", "closures"):
        yield from _check_days_off(document, (key,), getattr(calendar, key), calendar)
    departments = {department.id for department in folder.organisation.departments}
    seen: set[str] = set()
    for index, office in enumerate(calendar.offices):
        place = ("offices", index)
        if office.department not in departments:
            yield Problem(
                f"no department '{office.department}'",
                document.place((*place, "department")),
                "name a department of departments.yaml",
            )
        if office.department in seen:
            yield Problem(f"a second calendar for '{office.department}'", document.place(place), "keep one of the two")
        seen.add(office.department)
        if office.working_hours is not None:
            yield from _check_hours(document, (*place, "working_hours"), office.working_hours)
        yield from _check_days_off(document, (*place, "holidays"), office.holidays, calendar)


def _check_calendar_start(folder: Folder) -> Iterator[Problem]:
    """A clock that stands still on days off cannot start on a day that the calendar does not hold."""
    document, calendar = folder.documents["charter.yaml"], folder.calendar
    for index, standard in enumerate(folder.charter.standards):
        rules: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(rules):
            stands_still = any(part.clock in ("business_hours", "kr_civil_petition") for part in rule.parts)
            if stands_still and rule.effective_from < calendar.first_day:
                yield Problem(
                    f"'{standard.id}' counts working time from {rule.effective_from} on, and the calendar begins on "
                    f"{calendar.first_day}",
                    document.place(("standards", index, "rules", number, "effective_from")),
                    "set first_day of calendar.yaml to that day or earlier, and freeze it anew",
                )


def _check_hours(document: Document, path: Location, hours: WorkingHours) -> Iterator[Problem]:
    if hours.start >= hours.end:
        yield Problem("working hours end before they start", document.place((*path, "end")), "swap them")
    if (hours.break_start is None) != (hours.break_end is None):
        yield Problem("a break has a start and an end", document.place(path), "give both break_start and break_end")
    elif hours.break_start and hours.break_end and not hours.start <= hours.break_start <= hours.break_end <= hours.end:
        yield Problem(
            "the break is not inside the working hours",
            document.place((*path, "break_start")),
            "put it between start and end",
        )


def _check_days_off(
    document: Document, path: Location, days_off: list[Holiday], calendar: CalendarDefinition
) -> Iterator[Problem]:
    for index, off in enumerate(days_off):
        if not calendar.first_day <= off.day <= calendar.last_day:
            yield Problem(
                f"{off.day} is outside the calendar",
                document.place((*path, index)),
                "remove it, or widen the calendar",
            )

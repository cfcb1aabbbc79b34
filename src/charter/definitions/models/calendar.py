"""calendar.yaml: working hours and days off."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import Field

from charter.definitions.models.common import (
    Identifier,
    OneLine,
    Strict,
    ZoneName,
)


class WorkingHours(Strict):
    """When the agency works, by local time: ``days`` 1 (Monday) to 7, from ``start`` to ``end`` less the break."""

    days: list[Annotated[int, Field(ge=1, le=7)]]
    start: time
    end: time
    break_start: time | None = None
    break_end: time | None = None


class Holiday(Strict):
    """A day off, and the date on which it became known."""

    day: date
    name: OneLine
    known_on: date


class Office(Strict):
    """When one department works, where that differs from the agency: an office abroad.

    ``time_zone`` is the department's and ``working_hours`` the agency's where they are not given. ``holidays`` are its
    own days off; ``observes_agency_holidays`` adds the agency's (public holidays and closures).
    """

    department: Identifier
    time_zone: ZoneName | None = None
    working_hours: WorkingHours | None = None
    holidays: list[Holiday] = Field(default_factory=list)
    observes_agency_holidays: bool = False


class CalendarDefinition(Strict):
    """calendar.yaml: working hours and days off, frozen with the date each was known.

    ``holidays`` come from the ``holidays`` library (version in ``frozen_from``); ``closures`` are the agency's own.
    ``offices`` are the departments whose working time is their own.
    """

    country: str
    frozen_from: str
    first_day: date
    last_day: date
    working_hours: WorkingHours
    holidays: list[Holiday]
    closures: list[Holiday] = Field(default_factory=list)
    offices: list[Office] = Field(default_factory=list)

    def days_off(self, known_on: date) -> frozenset[date]:
        """The days off (holidays and closures) that were known on ``known_on``."""
        return self.public_holidays(known_on) | {off.day for off in self.closures if off.known_on <= known_on}

    def public_holidays(self, known_on: date) -> frozenset[date]:
        """The public holidays that were known on ``known_on``."""
        return frozenset(off.day for off in self.holidays if off.known_on <= known_on)

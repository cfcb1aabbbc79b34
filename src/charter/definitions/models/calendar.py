"""calendar.yaml: working hours and days off."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator

from charter.definitions.models.common import (
    Identifier,
    OneLine,
    Strict,
    ZoneName,
)
from charter.definitions.models.hours import EIGHT_HOURS, AnyHours, Block, DayLength, DayOfYear, schedules_of
from charter.definitions.models.working_time import DayOff, WorkingTime


class Holiday(Strict):
    """A day whose hours are not the usual ones, and the date on which that became known: off, or of ``hours`` of its
    own (half a day, or a Saturday that is worked on)."""

    day: date
    name: OneLine
    known_on: date
    hours: list[Block] = Field(default_factory=list)


class Office(Strict):
    """When one department works, where that differs from the agency: an office abroad, a branch with hours of its own.

    ``time_zone`` is the department's and ``working_hours`` the agency's where they are not given. ``holidays`` and
    ``closures`` are its own days off; ``observes_agency_holidays`` adds the agency's of both.
    """

    department: Identifier
    time_zone: ZoneName | None = None
    working_hours: AnyHours | None = None
    holidays: list[Holiday] = Field(default_factory=list)
    closures: list[Holiday] = Field(default_factory=list)
    observes_agency_holidays: bool = False


class Term(Strict):
    """A slot of the agency's own, such as a term of a school: ``name`` is what its commitments are called by.

    It lasts from ``from`` to ``to``, both days included.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Term:
        if self.last_day < self.first_day:
            raise ValueError(f"'{self.name}' ends on {self.last_day}, before it begins on {self.first_day}")
        return self


class CalendarDefinition(Strict):
    """calendar.yaml: working hours and days off, frozen with the date each was known.

    ``working_hours`` are the same all year, or schedules of which the last one that is in force on a day holds.
    ``working_day`` is how long a day of a limit in working time is. ``holidays`` come from the ``holidays`` library
    (version in ``frozen_from``); ``closures`` are the agency's own. ``offices`` are the departments whose working time
    is their own. ``terms`` and ``fiscal_year_starts`` (month and day) are slots of the calendar for what is promised
    once a term or a fiscal year.
    """

    country: str
    frozen_from: str
    first_day: date
    last_day: date
    working_hours: AnyHours
    working_day: DayLength = EIGHT_HOURS
    holidays: list[Holiday]
    closures: list[Holiday] = Field(default_factory=list)
    offices: list[Office] = Field(default_factory=list)
    terms: list[Term] = Field(default_factory=list)
    fiscal_year_starts: DayOfYear | None = None

    @field_validator("fiscal_year_starts")
    @classmethod
    def _is_there_every_year(cls, day: DayOfYear | None) -> DayOfYear | None:
        if day is not None and (day.month, day.day) == (2, 29):
            raise ValueError("most years lack 29 February: a fiscal year starts on a day of every year")
        return day

    @property
    def country_code(self) -> str:
        """The country alone (``DE``), where ``country`` names a part of it (``DE-SN``)."""
        return self.country.partition("-")[0]

    @property
    def working_time(self) -> WorkingTime:
        """When the agency works."""
        return WorkingTime(schedules_of(self.working_hours), self.days_off)

    def working_time_of(self, office: Office) -> WorkingTime:
        """When the department of ``office`` works. What it says of a day itself goes before what the agency says."""
        shared = self.days_off if office.observes_agency_holidays else ()
        own = (*_days_off(office.holidays, is_public=True), *_days_off(office.closures, is_public=False))
        return WorkingTime(schedules_of(office.working_hours or self.working_hours), (*shared, *own))

    @property
    def statutory_working_time(self) -> WorkingTime:
        """When the law counts: the agency's hours on Mondays to Fridays, whatever the agency has closed for itself, and
        none on a public holiday, whatever it works on it."""
        public = tuple(DayOff(each.day, each.known_on, (), is_public=False) for each in self.holidays)
        return WorkingTime(schedules_of(self.working_hours), public, weekdays=frozenset({1, 2, 3, 4, 5}))

    @property
    def days_off(self) -> tuple[DayOff, ...]:
        """The agency's public holidays, and its own closures."""
        return (*_days_off(self.holidays, is_public=True), *_days_off(self.closures, is_public=False))


def _days_off(days: list[Holiday], *, is_public: bool) -> tuple[DayOff, ...]:
    """The days off of one list: of two entries for one day, what became known later holds."""
    known = sorted(days, key=lambda each: each.known_on)
    return tuple(DayOff(each.day, each.known_on, tuple(sorted(each.hours)), is_public) for each in known)

"""Which hours are worked on a day, by the schedules of a calendar and its days off, as they were known on a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from charter.definitions.models.hours import Block, Schedule

_EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True)
class DayOff:
    """A day that is off, or of ``hours`` of its own, since that was known. On one that ``is_public`` and has no hours,
    the schedule may name hours of public holidays."""

    day: date
    known_on: date
    hours: tuple[Block, ...]
    is_public: bool


@dataclass(frozen=True)
class WorkingTime:
    """When somebody works. Of schedules that are in force on a day the last one holds.

    ``days_off`` come the more general first: of two that speak of one day, the later in the row holds, whenever each
    became known. Only ``weekdays`` (1 is Monday) count.
    """

    schedules: tuple[Schedule, ...]
    days_off: tuple[DayOff, ...]
    weekdays: frozenset[int] = _EVERY_DAY

    def blocks(self, day: date, known_on: date) -> tuple[Block, ...]:
        """The stretches of working time that begin on ``day``, as was known on ``known_on``; none on a day off."""
        weekday = day.isoweekday()
        if weekday not in self.weekdays:
            return ()
        special = [each for each in self._special.get(day, ()) if each.known_on <= known_on]
        if special and (special[-1].hours or not special[-1].is_public):
            return special[-1].hours
        number = self.schedule_on(day, known_on)
        if number is None:
            return ()
        return self._weeks[number][0 if special else weekday]

    def schedule_on(self, day: date, known_on: date) -> int | None:
        """Which schedule holds on ``day`` (its place in the row), as was known on ``known_on``; None: none does."""
        for number in range(len(self.schedules) - 1, -1, -1):
            schedule = self.schedules[number]
            if schedule.holds(day) and schedule.is_known(known_on):
                return number
        return None

    def changes(self, first_day: date, last_day: date) -> list[date]:
        """The dates after ``first_day`` and by ``last_day`` on which something became known."""
        said = {each.known_on for each in self.days_off} | {each.known_on for each in self.schedules}
        return sorted(known_on for known_on in said if known_on is not None and first_day < known_on <= last_day)

    @cached_property
    def _special(self) -> Mapping[date, list[DayOff]]:
        found: defaultdict[date, list[DayOff]] = defaultdict(list)
        for each in self.days_off:
            found[each.day].append(each)
        return found

    @cached_property
    def _weeks(self) -> list[list[tuple[Block, ...]]]:
        """Of each schedule the blocks of a public holiday (0) and of the weekdays (1 to 7)."""
        return [[each.blocks_of_holiday(), *(each.blocks(day) for day in range(1, 8))] for each in self.schedules]

"""The clocks, as a person would count them. Nothing here is shared with the warehouse."""

from __future__ import annotations

import calendar as months
from datetime import date, datetime, timedelta

from charter.base.moments import end_of_day, local_midnight
from charter.definitions.models import CalendarDefinition

from .world import SEOUL


def begins(day: date) -> datetime:
    """The instant (UTC) at which ``day`` begins in Seoul."""
    return local_midnight(day, SEOUL)


def ends(day: date) -> datetime:
    """The instant (UTC) at which ``day`` ends in Seoul."""
    return end_of_day(day, SEOUL)


def months_later(day: date, number: int) -> date:
    """The same day ``number`` months later (or earlier); the month's last day when it has no such day."""
    count = day.year * 12 + day.month - 1 + number
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


class Statutory:
    """Days as the Korean civil-petition count has them: Saturdays, Sundays and public holidays never count.

    An agency's own closure is no public holiday, so the count runs on through it.
    """

    def __init__(self, calendar: CalendarDefinition, known_on: date) -> None:
        self._holidays = {holiday.day for holiday in calendar.holidays if holiday.known_on <= known_on}

    def counts(self, day: date) -> bool:
        """Whether ``day`` is counted."""
        return day.weekday() < 5 and day not in self._holidays

    def last_day(self, received_on: date, limit: int) -> date:
        """The last day of a limit of ``limit`` days: the day of receipt is the first, if it counts."""
        day, left = received_on, limit
        while True:
            left -= self.counts(day)
            if left == 0:
                return day
            day += timedelta(days=1)

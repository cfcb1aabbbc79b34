"""How long after its opening a promise is decided at most, held against every opening of a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from charter.definitions import Agency
from charter.definitions.models import Schedule
from charter.definitions.models.working_time import DayOff, WorkingTime
from charter.transform.compile.calendar import ClockRules
from charter.transform.compile.rule_parts import Counting, RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.waits import longest_wait

DAY = timedelta(days=1)
SEOUL = ZoneInfo("Asia/Seoul")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
CLOSED = (date(2026, 8, 3), date(2026, 8, 21))
OFF = tuple(
    DayOff(CLOSED[0] + DAY * number, FIRST, (), is_public=False) for number in range((CLOSED[1] - CLOSED[0]).days + 1)
)


def on_hours(**hours: list[str]) -> ClockRules:
    """A calendar of 2026 whose summer closing takes three weeks."""
    schedule = Schedule.model_validate({"hours": {name.replace("_", "-"): blocks for name, blocks in hours.items()}})
    return ClockRules("agency", SEOUL, SEOUL, WorkingTime((schedule,), OFF), FIRST, LAST)


def counting(agency: Agency, how: Counting, count: int) -> RulePart:
    part = next(each for each in compile_rules(agency) if each.kind == "deadline")
    return replace(part, calendar="agency", counting=how, limit_count=count, extension_count=None)


def works(day: date) -> bool:
    return day.weekday() < 5 and not CLOSED[0] <= day <= CLOSED[1]


@pytest.mark.parametrize("days", [1, 3, 10, 40])
def test_working_days_are_over_no_later_than_told(agency: Agency, days: int) -> None:
    """From every day of the year: the last of so many working days after it."""
    wait = longest_wait(counting(agency, "working_days", days), [on_hours(mon_fri=["09:00-17:00"])])
    waits = []
    opened = FIRST
    while opened <= date(2026, 9, 30):
        left, day = days, opened
        while left:
            day += DAY
            left -= works(day)
        waits.append((day - opened).days)
        opened += DAY
    assert wait is not None and max(waits) <= wait <= max(waits) + 2


def test_a_desk_that_is_open_two_hours_a_week_takes_weeks(agency: Agency) -> None:
    """Eight hours there are four Wednesdays, and over the summer closing seven."""
    wait = longest_wait(counting(agency, "working_seconds", 8 * 3600), [on_hours(wed=["10:00-12:00"])])
    assert wait == 7 * 7 + 2


def test_months_roll_over_the_longest_row_of_days_off(agency: Agency) -> None:
    """From Friday 31 July to Monday 24 August nobody works."""
    wait = longest_wait(counting(agency, "rolled_months", 1), [on_hours(mon_fri=["09:00-17:00"])])
    assert wait == 31 + 24 + 2


def test_a_limit_that_no_opening_reaches_within_the_calendar_has_no_end(agency: Agency) -> None:
    part = counting(agency, "working_days", 300)
    assert longest_wait(part, [on_hours(mon_fri=["09:00-17:00"])]) is None


def test_a_limit_that_never_stands_still_needs_no_calendar(agency: Agency) -> None:
    assert longest_wait(counting(agency, "seconds", 48 * 3600), []) == 2
    assert longest_wait(counting(agency, "promised", 0), []) is None

"""The demo's own clocks, on examples that anybody can check with a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from charter.definitions import load_agency
from charters.kotra.demo.clocks import Statutory, begins, ends, months_later
from charters.kotra.demo.truth import earliest, latest
from charters.kotra.demo.world import at

CALENDAR = load_agency(Path(__file__).parents[2] / "charters" / "kotra").calendar
STATUTORY = Statutory(CALENDAR, date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-30", 1, "2026-02-28"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-31", -1, "2025-12-31"),
        ("2026-01-01", 12, "2027-01-01"),
    ],
)
def test_a_month_keeps_the_day_or_ends_with_the_month(day: str, months: int, expected: str) -> None:
    assert months_later(date.fromisoformat(day), months).isoformat() == expected


@pytest.mark.parametrize(
    ("received", "limit", "expected"),
    [
        ("2026-06-08", 10, "2026-06-19"),  # ten weekdays; the agency's own day off on the 19th counts
        ("2026-04-29", 10, "2026-05-14"),  # Labour Day and Children's Day left out
        ("2026-05-02", 10, "2026-05-18"),  # a Saturday: Monday the 4th is the first day
        ("2026-05-11", 20, "2026-06-09"),  # Buddha's Birthday (substitute) and the local elections left out
        ("2026-09-21", 10, "2026-10-07"),  # the harvest holidays and the substitute for 3 October left out
        ("2026-07-16", 2, "2026-07-20"),  # Constitution Day, a public holiday again since 2026
    ],
)
def test_statutory_days_count_the_first_and_leave_holidays_out(received: str, limit: int, expected: str) -> None:
    assert STATUTORY.last_day(date.fromisoformat(received), limit).isoformat() == expected


def test_a_holiday_counts_as_a_day_until_it_is_known() -> None:
    before = Statutory(CALENDAR, date(2026, 2, 9))
    assert before.counts(date(2026, 7, 17))
    assert not STATUTORY.counts(date(2026, 7, 17))


def test_a_day_ends_where_the_next_begins() -> None:
    assert ends(date(2026, 7, 5)) == begins(date(2026, 7, 6)) == at("2026-07-06 00:00")
    assert ends(date(2026, 7, 5)) - begins(date(2026, 7, 5)) == timedelta(hours=24)


def test_the_first_of_any_and_the_last_of_all() -> None:
    first, second = at("2026-06-01 09:00"), at("2026-06-02 09:00")
    assert earliest(None, second, first) == first
    assert earliest(None, None) is None
    assert latest(first, second) == second
    assert latest(first, None) is None

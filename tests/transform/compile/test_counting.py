"""Each clock's way of counting a limit and its extension, and the calendar it counts on."""

from __future__ import annotations

import pytest

from charter.definitions.models import Duration
from charter.transform.compile.counting import calendar_of, count_extension, count_limit
from charter.transform.compile.rule_parts import Counting


@pytest.mark.parametrize(
    ("clock", "limit", "granularity", "counted"),
    [
        ("elapsed", "9 seconds", "instant", ("seconds", 9)),
        ("elapsed", "10 minutes", "instant", ("seconds", 600)),
        ("elapsed", "48 hours", "instant", ("seconds", 172_800)),
        ("elapsed", "7 days", "instant", ("seconds", 604_800)),
        ("elapsed", "0 days", "instant", ("seconds", 0)),
        ("elapsed", "7 days", "date", ("days", 7)),
        ("elapsed", "1 month", "date", ("months", 1)),
        ("elapsed", "1 month", "instant", ("months", 1)),
        ("business_hours", "3 hours", "instant", ("working_seconds", 10_800)),
        ("business_hours", "30 minutes", "instant", ("working_seconds", 1_800)),
        ("business_hours", "6 days", "instant", ("working_seconds", 172_800)),
        ("business_hours", "1 month", "date", ("rolled_months", 1)),
        ("kr_civil_petition", "3 hours", "instant", ("working_seconds", 10_800)),
        ("kr_civil_petition", "5 days", "date", ("working_seconds", 144_000)),
        ("kr_civil_petition", "6 days", "date", ("working_days", 6)),
        ("kr_civil_petition", "10 days", "date", ("working_days", 10)),
        ("kr_civil_petition", "2 months", "date", ("rolled_months", 2)),
    ],
)
def test_a_clock_counts_a_limit_in_its_own_measure(
    clock: str, limit: str, granularity: str, counted: tuple[str, int]
) -> None:
    assert count_limit(clock, Duration.parse(limit), granularity) == counted


@pytest.mark.parametrize(
    ("counting", "extension", "count"),
    [
        ("seconds", "24 hours", 86_400),
        ("seconds", "2 days", 172_800),
        ("working_seconds", "4 hours", 14_400),
        ("working_seconds", "5 days", 144_000),
        ("working_days", "5 days", 5),  # and not five times eight hours, as a limit of five days would be
        ("days", "7 days", 7),
        ("months", "1 month", 1),
        ("rolled_months", "2 months", 2),
    ],
)
def test_an_extension_goes_on_counting_as_its_limit_does(counting: Counting, extension: str, count: int) -> None:
    assert count_extension(counting, Duration.parse(extension)) == count


def test_a_closure_of_the_agency_stops_its_own_clock_and_not_the_statutory_one() -> None:
    assert calendar_of("business_hours") == "agency"
    assert calendar_of("kr_civil_petition") == "statutory"
    assert calendar_of("elapsed") is None

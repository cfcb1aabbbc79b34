"""The examples of docs/forms.md: when a limit in working time ends by hours of every form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from charter.definitions import Agency, load_agency
from charter.transform.compile.calendar import build_clock, clock_rules

PARCELS = Path(__file__).parents[2] / "agencies" / "parcels"
BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = 'working_hours: [{hours: {mon-fri: ["09:00-17:00"]}}]\n'


def with_calendar(text: str) -> Agency:
    """The parcel service with another calendar.yaml."""
    agency = load_agency(PARCELS)
    said: dict[str, Any] = YAML(typ="safe").load(text)
    shipped = agency.calendar.model_dump(by_alias=True)
    calendar = type(agency.calendar).model_validate(shipped | said)
    return agency.model_copy(update={"calendar": calendar})


def ends(agency: Agency, opened: str, hours: float, calendar: str = "agency") -> str:
    """When so many working hours that begin to run at a local time have run, by local time."""
    rules = next(each for each in clock_rules(agency) if each.name == calendar)
    opened_at = datetime.fromisoformat(opened).replace(tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)
    built = build_clock(rules, rules.last_day)
    version = max(each.version for each in built.versions if each.version == 1 or each.known_at <= opened_at)
    spans = [each for each in built.spans if each.first_version <= version <= each.last_version]
    at = next(each for each in spans if each.starts_at <= opened_at < each.next_starts_at)
    spent = at.seconds_before + min(at.seconds, (opened_at - at.starts_at).total_seconds())
    wanted = spent + hours * 3600
    last = next(each for each in spans if each.seconds_before < wanted <= each.seconds_before + each.seconds)
    ended = last.starts_at + timedelta(seconds=wanted - last.seconds_before)
    return f"{ended.replace(tzinfo=UTC).astimezone(BERLIN):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("calendar", "opened", "hours", "due"),
    [
        (
            'working_hours: [{hours: {mon-thu: ["07:30-12:00", "13:00-16:00"], fri: ["07:30-12:00"]}}]',
            "2026-03-05 14:30",
            8,
            "Mon 2026-03-09 09:30",
        ),
        ('working_hours: [{hours: {mon-sun: ["22:00-06:00"]}}]', "2026-03-21 23:00", 6, "Sun 2026-03-22 05:00"),
        ('working_hours: [{hours: {mon-sun: ["22:00-06:00"]}}]', "2026-03-28 23:00", 6, "Sun 2026-03-29 06:00"),
        ('working_hours: [{hours: {mon-sun: ["22:00-06:00"]}}]', "2026-10-24 23:00", 6, "Sun 2026-10-25 04:00"),
        (
            'working_hours: [{hours: {mon-fri: ["09:00-17:00"]}}, {season: {from: 05-01, to: 09-30}, '
            'hours: {mon-fri: ["09:00-17:00"], sat: ["09:00-13:00"]}}]',
            "2026-07-03 16:00",
            3,
            "Sat 2026-07-04 11:00",
        ),
        (
            'working_hours: [{hours: {mon-fri: ["09:00-17:00"]}}, {season: {from: 05-01, to: 09-30}, '
            'hours: {mon-fri: ["09:00-17:00"], sat: ["09:00-13:00"]}}]',
            "2026-04-10 16:00",
            3,
            "Mon 2026-04-13 11:00",
        ),
        (
            'working_hours: [{hours: {mon-fri: ["09:00-17:00"]}}, {from: 2026-09-01, known_on: 2026-07-01, '
            'hours: {mon-fri: ["08:00-12:00", "13:00-18:30"]}}]',
            "2026-08-31 15:00",
            8,
            "Tue 2026-09-01 15:00",
        ),
        (
            NINE_TO_FIVE
            + 'closures: [{day: 2026-12-24, name: Eve, known_on: 2026-01-05, hours: ["09:00-12:00"]}]\n'
            + "holidays: [{day: 2026-12-25, name: Christmas, known_on: 2025-01-01},"
            " {day: 2026-12-26, name: Boxing Day, known_on: 2025-01-01}]",
            "2026-12-24 10:00",
            4,
            "Mon 2026-12-28 11:00",
        ),
        (NINE_TO_FIVE, "2026-07-06 09:00", 3 * 7.5, "Wed 2026-07-08 15:30"),
    ],
    ids=["by-weekday", "night", "short-night", "long-night", "summer", "spring", "new-hours", "half-day", "day-length"],
)
def test_a_limit_ends_where_the_page_says(calendar: str, opened: str, hours: float, due: str) -> None:
    assert ends(with_calendar(calendar), opened, hours) == due


def test_a_closed_branch_stands_still_alone() -> None:
    agency = with_calendar(
        NINE_TO_FIVE + "offices: [{department: north, observes_agency_holidays: true,"
        " closures: [{day: 2026-08-03, name: painters, known_on: 2026-06-01}]}]"
    )
    assert ends(agency, "2026-07-31 15:00", 4, "office:north") == "Tue 2026-08-04 11:00"
    assert ends(agency, "2026-07-31 15:00", 4) == "Mon 2026-08-03 11:00"


def test_the_law_counts_no_saturday_and_no_holiday_whatever_is_worked() -> None:
    agency = with_calendar(
        'working_hours: [{hours: {mon-sat: ["09:00-17:00"], holiday: ["10:00-12:00"]}}]\n'
        "holidays: [{day: 2026-05-01, name: Labour Day, known_on: 2025-01-01}]"
    )
    assert ends(agency, "2026-04-30 15:00", 3) == "Fri 2026-05-01 11:00"
    assert ends(agency, "2026-04-30 15:00", 3, "statutory") == "Mon 2026-05-04 10:00"

"""What `charter check` says of working hours: every schedule holds somewhere, every day has one, nobody works twice."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from charter.base.errors import Problem
from charter.definitions.models import Block, DayLength, Schedule, Season
from tests.definitions.folder import problems_of

PARCELS = Path(__file__).parents[1] / "agencies" / "parcels"
HEAD = "country: DE\nfrozen_from: by hand\nfirst_day: 2026-01-01\nlast_day: 2027-12-31\nholidays: []\n"
WEEK = 'working_hours:\n  - hours: {mon-fri: ["09:00-17:00"]}\n'


def problems(folder: Path, calendar: str) -> list[Problem]:
    """What is wrong with the parcel service when this is its calendar.yaml."""
    shutil.copytree(PARCELS, folder)
    (folder / "calendar.yaml").write_text(calendar, encoding="utf-8")
    return problems_of(folder)


@pytest.mark.parametrize(
    "calendar",
    [
        WEEK,
        # shifts that follow each other, the last over midnight
        'working_hours:\n  - hours: {mon-sun: ["06:00-14:00", "14:00-22:00", "22:00-06:00"]}\n',
        # closed in winter, longer in summer, and one week of it closed
        'working_hours:\n  - hours: {}\n  - {season: {from: 05-01, to: 09-30}, hours: {mon-sun: ["08:00-20:00"]}}\n'
        "  - {season: {from: 07-06, to: 07-12}, hours: {}}\n",
        # new hours from a date on, known two months before; a season over the turn of the year
        WEEK + '  - {from: 2026-09-01, known_on: 2026-07-01, hours: {mon-fri: ["08:00-12:00", "13:00-18:30"]}}\n'
        '  - {season: {from: 12-15, to: 01-06}, hours: {mon-thu: ["10:00-12:00"]}}\n',
        # half a day, a Saturday worked on, a branch closed, a day of seven and a half hours
        WEEK + "working_day: 7 hours 30 minutes\nclosures:\n"
        '  - {day: 2026-12-24, name: half, known_on: 2026-01-01, hours: ["09:00-12:00"]}\n'
        '  - {day: 2026-12-12, name: worked, known_on: 2026-12-12, hours: ["09:00-12:00"]}\n'
        "offices:\n  - {department: north, observes_agency_holidays: true, closures:"
        " [{day: 2026-08-03, name: paint, known_on: 2026-06-01}]}\n",
    ],
    ids=["all-year", "shifts", "seasons", "changes", "days"],
)
def test_hours_of_every_kind_are_sound(tmp_path: Path, calendar: str) -> None:
    assert problems(tmp_path / "parcels", HEAD + calendar) == []


@pytest.mark.parametrize(
    ("calendar", "line", "what"),
    [
        ('working_hours:\n  - hours: {mon-fry: ["09:00-17:00"]}\n', 7, "'fry' is no day; days are mon, tue"),
        ('working_hours:\n  - hours: {mon: ["09:00-25:00"]}\n', 7, "'09:00-25:00' is not a stretch of a day"),
        ('working_hours:\n  - hours: {mon: ["09:00-09:00"]}\n', 7, "ends where it starts"),
        ("working_hours:\n  - {season: {from: 13-01, to: 02-01}, hours: {}}\n", 7, "not a day of the year"),
        (
            'working_hours:\n  - hours: {mon-fri: ["09:00-13:00"], fri: ["12:00-18:00"]}\n',
            6,
            "overlap: 09:00-13:00 of Friday 2026-01-02 and 12:00-18:00 of Friday",
        ),
        (
            'working_hours:\n  - hours: {fri: ["22:00-06:00"], sat: ["05:00-09:00"]}\n',
            6,
            "overlap: 22:00-06:00 of Friday 2026-01-02 and 05:00-09:00 of Saturday",
        ),
        (
            WEEK.replace("- hours", "- to: 2026-05-31\n    hours")
            + '  - {from: 2026-06-02, hours: {mon: ["09:00-10:00"]}}\n',
            6,
            "no schedule holds on 2026-06-01",
        ),
        (
            WEEK.replace("- hours", "- to: 2026-05-31\n    hours")
            + '  - {from: 2026-06-01, known_on: 2026-05-04, hours: {mon: ["09:00-10:00"]}}\n',
            6,
            "no schedule holds on 2026-06-01, as was known on 2026-01-01",
        ),
        (
            WEEK
            + "  - {season: {from: 05-01, to: 09-30}, hours: {}}\n  - {season: {from: 09-01, to: 10-31}, hours: {}}\n",
            9,
            "this season and that of 05-01 to 09-30 overlap, from 2026-09-01 on",
        ),
        (WEEK + WEEK.partition("\n")[2], 7, "this schedule holds on no day of the calendar"),
        (WEEK + "  - {from: 2026-06-01, to: 2026-05-01, hours: {}}\n", 8, "ends on 2026-05-01, before it begins"),
        (WEEK + "  - {from: 2026-06-01, known_on: 2026-06-02, hours: {}}\n", 8, "became known on 2026-06-02"),
        ("working_hours:\n  - hours: {}\n", 6, "nobody ever works by these hours"),
        (WEEK + "working_day: 25 hours\n", 8, "'25 hours' is not the length of a day"),
        (
            WEEK + 'closures:\n  - {day: 2026-06-01, name: late, known_on: 2026-06-02, hours: ["09:00-10:00"]}\n',
            9,
            "the hours of 2026-06-01 became known on 2026-06-02, when it had passed",
        ),
        (
            WEEK + "closures:\n  - {day: 2026-06-01, name: off, known_on: 2026-01-01}\n"
            '  - {day: 2026-06-01, name: half, known_on: 2026-01-01, hours: ["09:00-10:00"]}\n',
            10,
            "2026-06-01 has two kinds of hours",
        ),
        (
            WEEK
            + "offices:\n  - department: north\n    closures: [{day: 2029-01-01, name: off, known_on: 2026-01-01}]\n",
            10,
            "2029-01-01 is outside the calendar",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line_and_a_remedy(tmp_path: Path, calendar: str, line: int, what: str) -> None:
    found = problems(tmp_path / "parcels", HEAD + calendar)
    expected = [problem for problem in found if what in problem.what]
    assert [problem.what for problem in expected] == [problem.what for problem in found]
    assert expected[0].where == f"parcels/calendar.yaml:{line}"
    assert expected[0].remedy


@pytest.mark.parametrize(
    ("text", "seconds"), [("8 hours", 28800), ("7 hours 30 minutes", 27000), ("450 minutes", 27000), ("1 hour", 3600)]
)
def test_the_length_of_a_day_is_hours_and_minutes(text: str, seconds: int) -> None:
    assert DayLength.parse(text).seconds == seconds
    assert DayLength.parse(str(DayLength.parse(text))) == DayLength.parse(text)


@pytest.mark.parametrize(
    "text", ["", "8", "7 hours30 minutes", "0 hours", "24 hours 1 minute", "30 minutes 7 hours", None]
)
def test_anything_else_is_not_the_length_of_a_day(text: object) -> None:
    with pytest.raises(ValueError, match="length of a day"):
        DayLength.parse(text)


def test_hours_over_midnight_end_on_the_next_day() -> None:
    night = Block.parse("22:00-06:00")
    assert (night.start, night.end) == (22 * 3600, 30 * 3600)
    assert [str(Block.parse(text)) for text in ("22:00-06:00", "00:00-24:00", "20:00-00:00")] == [
        "22:00-06:00",
        "00:00-24:00",
        "20:00-24:00",
    ]


def test_days_are_named_alone_or_from_one_to_another() -> None:
    hours = {"fri-mon": ["09:00-10:00"], "sat": ["07:00-08:00"], "holiday": ["11:00-12:00"]}
    schedule = TypeAdapter(Schedule).validate_python({"hours": hours})
    assert [len(schedule.blocks(day)) for day in range(1, 8)] == [1, 0, 0, 0, 1, 2, 1]
    assert [str(block) for block in schedule.blocks(6)] == ["07:00-08:00", "09:00-10:00"]
    assert [str(block) for block in schedule.blocks_of_holiday()] == ["11:00-12:00"]


def test_a_season_may_run_over_the_turn_of_the_year() -> None:
    winter = Season.model_validate({"from": "12-15", "to": "02-29"})
    inside = [date(2026, 12, 15), date(2027, 1, 1), date(2027, 2, 28), date(2028, 2, 29)]
    assert all(winter.holds(day) for day in inside)
    assert not any(winter.holds(day) for day in (date(2026, 12, 14), date(2027, 3, 1)))
    with pytest.raises(ValidationError, match="not a day of the year"):
        Season.model_validate({"from": "02-30", "to": "03-01"})

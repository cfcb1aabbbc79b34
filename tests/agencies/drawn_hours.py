"""Calendars drawn at random: hours by weekday, season and date, shifts over midnight, half days, offices of their own.

All of it may have become known while a drawn folder's cases were open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

Cells = dict[str, Any]
DAY = timedelta(days=1)
LONG_KNOWN = date(2025, 1, 1)
# Hours of a week that do not overlap, whichever schedule follows which.
WEEKS: tuple[Cells, ...] = (
    {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
    {"mon-thu": ["08:30-16:00"], "fri": ["08:30-12:30"]},
    {"mon-fri": ["09:00-17:00"], "sat": ["10:00-13:00"], "holiday": ["10:00-12:00"]},
    {"tue": ["00:00-24:00"], "thu-sat": ["07:00-11:30"], "sun": ["01:30-02:45"]},
    {"fri-mon": ["10:00-23:30"]},
)
SHIFTS: tuple[Cells, ...] = ({"mon-sun": ["22:00-06:00"]}, {"sat-wed": ["20:15-02:30"], "holiday": ["23:00-01:00"]})


def draw_calendar(random: Random, begins: date, departments: Sequence[str]) -> Cells:
    """What calendar.yaml says of a folder whose charter begins on a day: its hours, days off, terms and offices."""
    calendar: Cells = {
        "country": "DE",
        "frozen_from": "drawn",
        "first_day": date(2025, 1, 1),
        "last_day": date(2027, 12, 31),
        "working_hours": _hours(random, begins),
        "holidays": _days_off(random, begins, with_hours=False),
        "closures": _days_off(random, begins, with_hours=True),
        "terms": [
            {"name": "2026-a", "from": date(2026, 2, 2), "to": date(2026, 2, 20)},
            {"name": "2026-b", "from": date(2026, 3, 2), "to": date(2026, 3, 29)},
        ],
        "fiscal_year_starts": "03-16",
        "offices": [_office(random, begins, name) for name in departments if random.random() < 0.3],
    }
    if random.random() < 0.3:
        calendar["working_day"] = random.choice(["7 hours 30 minutes", "6 hours", "10 hours 15 minutes"])
    return calendar


def _hours(random: Random, begins: date) -> Any:
    """The same hours all year, or schedules: of the whole year, of a season, and of what came later."""
    if random.random() < 0.4:
        hours: Cells = {"days": random.choice([[1, 2, 3, 4, 5], [2, 4, 6], [1, 2, 3, 4, 5, 6, 7]]), "start": "09:00"}
        hours["end"] = random.choice(["18:00", "13:30", "23:59"])
        return hours | ({"break_start": "12:00", "break_end": "13:00"} if random.random() < 0.5 else {})
    weeks = SHIFTS if random.random() < 0.2 else WEEKS
    schedules: list[Cells] = [{"hours": random.choice(weeks)}]
    if random.random() < 0.4:
        season = random.choice([{"from": "02-15", "to": "03-20"}, {"from": "11-01", "to": "02-28"}])
        schedules.append({"season": season, "hours": random.choice(weeks)})
    if random.random() < 0.4:
        since = begins + DAY * random.randint(5, 50)
        later: Cells = {"from": since, "hours": random.choice(weeks)}
        if random.random() < 0.5:
            later["known_on"] = since - DAY * random.randint(0, 20)
        if random.random() < 0.5:
            later["to"] = since + DAY * random.randint(0, 30)
        schedules.append(later)
    return schedules


def _days_off(random: Random, begins: date, *, with_hours: bool) -> list[Cells]:
    """Days around those of the cases, known long before, shortly before, or only afterwards."""
    days = random.sample([begins + DAY * number for number in range(70)], random.randint(0, 3))
    found = []
    for day in sorted(days):
        known_on = random.choice([LONG_KNOWN, LONG_KNOWN, day - DAY * random.randint(1, 10), day + DAY])
        entry: Cells = {"day": day, "name": "off", "known_on": known_on}
        if with_hours and known_on < day and random.random() < 0.6:
            entry["hours"] = ["09:30-11:45"]
        found.append(entry)
    return found


def _office(random: Random, begins: date, department: str) -> Cells:
    office: Cells = {"department": department, "observes_agency_holidays": random.random() < 0.5}
    if random.random() < 0.5:
        office["working_hours"] = _hours(random, begins)
    if random.random() < 0.3:
        office["time_zone"] = random.choice(["America/Santiago", "Asia/Tokyo"])
    return office | {
        "holidays": _days_off(random, begins, with_hours=False),
        "closures": _days_off(random, begins, with_hours=True),
    }

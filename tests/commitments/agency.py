"""The charter under test: the agency's own standards, and beside them standards on which every clock is tried."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from charter.definitions import Agency, load_agency
from charter.definitions.models import CalendarDefinition, Holiday, Schedule, WorkingHours
from charter.definitions.models.calendar import Office
from charter.definitions.models.hours import Block, Season
from tests.commitments.reading import DAY, Calendar, Calendars, Hours, Known, begins

KOTRA = Path(__file__).parents[2] / "charters" / "kotra"
CLOCKS = Path(__file__).parent / "clocks.yaml"

FIRST_DAY = date(2024, 1, 8)
FIRST_DAY_OF_DAYS = date(2026, 6, 1)
LAST_DAY_OF_FIRST_VERSION = date(2026, 6, 30)
FIRST_DAY_OF_SECOND_VERSION = date(2026, 7, 1)
FIRST_DAY_AFTER_A_GAP = date(2026, 8, 1)
WORDS = {"ko": "시험", "en": "test"}
FIXED_OWNER = "voc-team"


def build_agency(parent: Path) -> Agency:
    """The shipped charter folder with the standards of ``clocks.yaml`` added, read and checked as any other."""
    folder = parent / "agency"
    shutil.copytree(KOTRA, folder)
    yaml = YAML(typ="safe")
    charter = yaml.load(folder / "charter.yaml")
    clocks = yaml.load(CLOCKS)
    charter["exclusions"] |= clocks["exclusions"]
    charter["standards"] += [
        _standard(entry, number, charter["pledges"][0]["id"]) for number, entry in enumerate(clocks["standards"], 1)
    ]
    yaml.dump(charter, folder / "charter.yaml")
    calendar = yaml.load(folder / "calendar.yaml")
    calendar["offices"] = clocks["offices"]
    yaml.dump(calendar, folder / "calendar.yaml")
    return load_agency(folder)


def _standard(entry: dict[str, Any], number: int, pledge: str) -> dict[str, Any]:
    first = FIRST_DAY_OF_DAYS if entry["kind"] in ("level", "zero") else FIRST_DAY
    # A second version begins the day after, or a month later; a standard that is withdrawn has none.
    later = {"from_july": FIRST_DAY_OF_SECOND_VERSION, "from_august": FIRST_DAY_AFTER_A_GAP}
    ends = entry.get("withdrawn") or any(name in entry for name in later)
    rules = [_rule(entry, 1, first, LAST_DAY_OF_FIRST_VERSION if ends else None, entry["parts"])]
    rules += [_rule(entry, 2, begins, None, entry[name]) for name, begins in later.items() if name in entry]
    return {
        "id": entry["id"],
        "citation": f"시험/시계/{number}",
        "pledge": pledge,
        "kind": entry["kind"],
        "text": WORDS,
        "rules": rules,
    }


def _rule(entry: dict[str, Any], version: int, first: date, last: date | None, parts: list[Any]) -> dict[str, Any]:
    has_owner = entry["kind"] in ("deadline", "lead_time", "coverage")
    return {
        "version": version,
        "effective_from": first,
        **({"effective_to": last} if last else {}),
        "basis": "operational",
        "threshold": WORDS,
        "target": 1.0,
        "subject": entry["subject"],
        "where": entry.get("where", {}),
        "owner": {"column": "department_id"} if has_owner else {"department": FIXED_OWNER},
        "exclude": entry.get("exclude", []),
        "parts": parts,
    }


def read_calendars(agency: Agency, known_on: date = date.max) -> Calendars:
    """The hours of calendar.yaml, read by eye: what the last schedule in force says of a weekday, less what is off;
    offices by what they say of themselves. Each as it came to be known until a day."""
    definition = agency.calendar
    shared = _special(definition, 0)
    zones = {each.id: each.time_zone for each in agency.organisation.departments}
    return Calendars(
        agency=_known(agency, agency.zone, definition.working_hours, shared, known_on),
        statutory=_by_law(agency, known_on),
        offices={
            office.department: _known(
                agency,
                ZoneInfo(office.time_zone or zones[office.department]),
                office.working_hours or definition.working_hours,
                [*(shared if office.observes_agency_holidays else []), *_special(office, 2)],
                known_on,
            )
            for office in definition.offices
        },
    )


@dataclass(frozen=True)
class Special:
    """A day that is not like others of its weekday; on a public holiday a schedule may name hours.

    What an office says of a day goes before what the agency says of it, closures go before holidays: ``rank``.
    """

    day: Holiday
    rank: int
    is_public: bool


def _special(said: CalendarDefinition | Office, rank: int) -> list[Special]:
    """The days that the agency or an office speaks of."""
    return [
        *(Special(each, rank, True) for each in said.holidays),
        *(Special(each, rank + 1, False) for each in said.closures),
    ]


def _by_law(agency: Agency, known_on: date) -> tuple[Known, ...]:
    """The law's calendar: the agency's hours from Monday to Friday, none on public holidays, days of eight hours."""
    holidays = [Special(each.model_copy(update={"hours": []}), 0, is_public=False) for each in agency.calendar.holidays]
    found = _known(agency, agency.zone, agency.calendar.working_hours, holidays, known_on)
    return tuple(
        Known(
            each.since,
            replace(
                each.calendar,
                hours={day: hours for day, hours in each.calendar.hours.items() if day.isoweekday() <= 5},
                day_length=timedelta(hours=8),
            ),
        )
        for each in found
    )


def _known(
    agency: Agency, zone: ZoneInfo, hours: WorkingHours | list[Schedule], special: Sequence[Special], until: date
) -> tuple[Known, ...]:
    """A calendar as it came to be known until a day; ``special`` are its days."""
    definition = agency.calendar
    schedules = [hours.schedule()] if isinstance(hours, WorkingHours) else hours
    known = {each.day.known_on for each in special} | {each.known_on for each in schedules if each.known_on}
    dates = sorted({day for day in known if day <= until} | {date(2000, 1, 1)})
    days = [
        definition.first_day + DAY * offset for offset in range((definition.last_day - definition.first_day).days + 1)
    ]
    by_day: dict[date, list[Special]] = {}
    for each in special:
        by_day.setdefault(each.day.day, []).append(each)
    return tuple(
        Known(
            begins(since, agency.zone),
            Calendar(
                zone,
                {day: _hours_on(day, schedules, by_day.get(day, []), since) for day in days},
                definition.first_day,
                definition.last_day,
                timedelta(seconds=definition.working_day.seconds),
            ),
        )
        for since in dates
    )


def _hours_on(day: date, schedules: Sequence[Schedule], special: Sequence[Special], since: date) -> Hours:
    """When work begins and ends on a day, as was known on the date ``since``."""
    usual: dict[str, list[Block]] = {}
    for schedule in schedules:
        starts, ends, season = schedule.from_ or date.min, schedule.to or date.max, schedule.season
        year_round = season is None or _in_season(day, season)
        if starts <= day <= ends and year_round and (schedule.known_on or date.min) <= since:
            usual = schedule.hours
    weekday = [block for name, blocks in usual.items() if _names(name, day) for block in blocks]
    found = [(block.start, block.end) for block in weekday]
    known = [each for each in special if each.day.known_on <= since]
    # of two entries of one rank what became known later holds
    for each in sorted(known, key=lambda one: (one.rank, one.day.known_on)):
        blocks = each.day.hours or (usual.get("holiday", []) if each.is_public else [])
        found = [(block.start, block.end) for block in blocks]
    return tuple(sorted(found))


def _in_season(day: date, season: Season) -> bool:
    text, first, last = f"{day:%m-%d}", str(season.from_), str(season.to)
    return first <= text <= last if first <= last else text >= first or text <= last


def _names(name: str, day: date) -> bool:
    """Whether a name of days (``sat``, ``mon-fri``, ``fri-mon``) means the weekday of ``day``."""
    if name == "holiday":
        return False
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] * 2
    first, _, last = name.partition("-")
    start = week.index(first)
    return week[day.weekday()] in week[start : week.index(last or first, start) + 1]

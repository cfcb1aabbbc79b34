"""The charter under test: the agency's own standards, and beside them standards on which every clock is tried."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from charter.definitions import Agency, load_agency
from charter.definitions.models import CalendarDefinition, Holiday, Schedule, WorkingHours
from tests.commitments.reading import DAY, Calendar, Calendars, Known, begins

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
    """The working days of calendar.yaml, read by eye: the same hours all year, less what is off; offices by what they
    say of themselves. Each as it came to be known until a day."""
    definition = agency.calendar
    hours = _same_all_year(definition.working_hours)

    def known(off: Sequence[Holiday], zone: ZoneInfo, hours: WorkingHours) -> tuple[Known, ...]:
        sessions: tuple[tuple[time, time], ...] = ((hours.start, hours.end),)
        if hours.break_start and hours.break_end:
            sessions = ((hours.start, hours.break_start), (hours.break_end, hours.end))
        dates = sorted({each.known_on for each in off if each.known_on <= known_on} | {date(2000, 1, 1)})
        return tuple(
            Known(
                begins(since, agency.zone),
                Calendar(
                    zone,
                    _working_days(definition, hours, off, since),
                    sessions,
                    definition.first_day,
                    definition.last_day,
                ),
            )
            for since in dates
        )

    public, everything = definition.holidays, [*definition.holidays, *definition.closures]
    zones = {each.id: each.time_zone for each in agency.organisation.departments}
    return Calendars(
        agency=known(everything, agency.zone, hours),
        statutory=known(
            public, agency.zone, hours.model_copy(update={"days": [day for day in hours.days if day <= 5]})
        ),
        offices={
            office.department: known(
                [*office.holidays, *(everything if office.observes_agency_holidays else [])],
                ZoneInfo(office.time_zone or zones[office.department]),
                _same_all_year(office.working_hours or hours),
            )
            for office in definition.offices
        },
    )


def _same_all_year(hours: WorkingHours | list[Schedule]) -> WorkingHours:
    assert isinstance(hours, WorkingHours)
    return hours


def _working_days(
    definition: CalendarDefinition, hours: WorkingHours, off: Sequence[Holiday], since: date
) -> frozenset[date]:
    days = [
        definition.first_day + DAY * offset for offset in range((definition.last_day - definition.first_day).days + 1)
    ]
    known = {each.day for each in off if each.known_on <= since}
    return frozenset(day for day in days if day.isoweekday() in hours.days and day not in known)

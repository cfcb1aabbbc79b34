"""The charter under test: the agency's own standards, and beside them standards on which every clock is tried."""

from __future__ import annotations

import shutil
from datetime import date, time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from charter.definitions import Agency, load_agency
from tests.commitments.reading import DAY, Calendar, Calendars

KOTRA = Path(__file__).parents[2] / "charters" / "kotra"
CLOCKS = Path(__file__).parent / "clocks.yaml"

FIRST_DAY = date(2024, 1, 8)
FIRST_DAY_OF_DAYS = date(2026, 6, 1)
LAST_DAY_OF_FIRST_VERSION = date(2026, 6, 30)
FIRST_DAY_OF_SECOND_VERSION = date(2026, 7, 1)
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
    return load_agency(folder)


def _standard(entry: dict[str, Any], number: int, pledge: str) -> dict[str, Any]:
    first = FIRST_DAY_OF_DAYS if entry["kind"] in ("level", "zero") else FIRST_DAY
    rules = [_rule(entry, 1, first, LAST_DAY_OF_FIRST_VERSION if "from_july" in entry else None, entry["parts"])]
    if "from_july" in entry:
        rules.append(_rule(entry, 2, FIRST_DAY_OF_SECOND_VERSION, None, entry["from_july"]))
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
    """The working days of calendar.yaml as known on a day, read by eye: Monday to Friday, less what is off."""
    definition = agency.calendar
    assert (definition.working_hours.days, definition.working_hours.start, definition.working_hours.end) == (
        [1, 2, 3, 4, 5],
        time(9),
        time(18),
    )
    sessions = ((time(9), time(12)), (time(13), time(18)))
    weekdays = {
        definition.first_day + DAY * offset
        for offset in range((definition.last_day - definition.first_day).days + 1)
        if (definition.first_day + DAY * offset).weekday() < 5
    }
    holidays = {off.day for off in definition.holidays if off.known_on <= known_on}
    closures = {off.day for off in definition.closures if off.known_on <= known_on}
    return Calendars(
        agency=Calendar(agency.zone, frozenset(weekdays - holidays - closures), sessions),
        statutory=Calendar(agency.zone, frozenset(weekdays - holidays), sessions),
    )

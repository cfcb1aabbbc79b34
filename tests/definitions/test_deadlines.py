"""What `charter check` says of a deadline that could not be judged: with the line, and how to mend it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import Problem
from tests.definitions.folder import problems_of

PERMITS = Path(__file__).parents[1] / "agencies" / "permits"
PART = (
    "          - {id: three, opens: received_at, fulfilled_by: {any_of: [decided_at]}, clock: working_days,"
    " limit: 3 days, unit: days}"
)
DAY = "opens: received_at, fulfilled_by: {any_of: [decided_at]}, clock: elapsed, unit: days"
HOUR = DAY.replace("unit: days", "unit: hours")
WORKING = DAY.replace("elapsed", "working_days")
PAUSES = "pauses: {of: case_events, at: happened_at, where: {kind: asked}, until: {kind: replied}}"


def problems(folder: Path, part: str) -> tuple[list[Problem], int]:
    """What is wrong with the permits agency when one of its parts reads ``part``; and the line on which that stands."""
    shutil.copytree(PERMITS, folder)
    path = folder / "charter.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(PART, f"          - {{id: three, {part}}}"), encoding="utf-8")
    line = text.count("\n", 0, text.index(PART)) + 1
    return problems_of(folder), line


@pytest.mark.parametrize(
    "part",
    [
        f"{HOUR}, limit: {{by: priority, of: {{urgent: 4 hours, normal: 2 days, low: 5 days}}}}",
        f"{HOUR}, limit: {{column: sla_hours, unit: hours}}, {PAUSES}",
        f"{DAY}, due: promised_on, not_before: window_on",
        f"{WORKING}, limit: 0 days, cut_off: '13:00', ends: closing, {PAUSES}",
        f"{WORKING.replace('received_at', 'received_on')}, limit: 3 days, first_day: counted",
    ],
)
def test_what_can_be_judged_is_accepted(tmp_path: Path, part: str) -> None:
    assert problems(tmp_path / "permits", part) == ([], problems(tmp_path / "again", part)[1])


@pytest.mark.parametrize(
    ("part", "what", "remedy"),
    [
        (
            f"{HOUR}, limit: {{by: priority, of: {{urgnt: 4 hours}}, otherwise: 1 day}}",
            "'urgnt' is not a value",
            "urgent",
        ),
        (f"{HOUR}, limit: {{by: priority, of: {{urgent: 4 hours}}}}", "may say 'normal'", "add otherwise"),
        (
            f"{HOUR}, limit: {{by: sla_hours, of: {{'4': 4 hours}}, otherwise: 1 day}}",
            "is of type number",
            "of that type",
        ),
        (f"{HOUR}, limit: {{column: priority, unit: hours}}", "is of type code", "of that type"),
        (
            f"{HOUR.replace('elapsed', 'business_hours')},"
            " limit: {by: priority, of: {urgent: 1 month}, otherwise: 4 hours}",
            "counted in different ways",
            "parts of their own",
        ),
        (
            f"{HOUR.replace('elapsed', 'kr_civil_petition')}, limit: {{column: sla_days, unit: days}}",
            "has no one count",
            "list the limits",
        ),
        (f"{DAY.replace('received_at', 'received_on')}, limit: 4 hours", "which is a date", "in days or months"),
        (f"{HOUR}, due: promised_on", "measured in days", "unit: days"),
        (
            f"{DAY.replace('received_at', 'received_on')}, limit: 3 days, before: true",
            "a limit of 3 days ends with a day here",
            "remove before",
        ),
        (
            f"{HOUR.replace('elapsed', 'business_hours')}, limit: 1 month, before: true",
            "a limit of 1 month ends with a day here",
            "remove before",
        ),
        (f"{DAY}, due: promised_on, before: true", "all of that day is in time", "remove before"),
        (f"{DAY}, due: promised_on, not_before: window_from", "is an instant", "type date"),
        (f"{WORKING}, limit: 3 days, not_before: window_on", "told by plain time", "clock: elapsed"),
        (f"{DAY}, limit: 3 days, not_before: window_from, {PAUSES}", "has no pauses", "remove pauses"),
        (f"{WORKING}, limit: 4 hours", "not in working days", "business_hours"),
        (f"{WORKING}, limit: 0 days, first_day: counted", "has no first one", "1 day"),
        (f"{WORKING.replace('received_at', 'received_on')}, limit: 3 days, cut_off: '13:00'", "only a date", "cut_off"),
        (f"{WORKING.replace('unit: days', 'unit: hours')}, limit: 3 days", "measured in days", "unit: days"),
        (f"{DAY}, limit: 3 days, cut_off: '13:00'", "elapsed has no 'cut_off'", "working_days"),
        (f"{DAY}, due: promised_at, {PAUSES}", "is due then", "remove pauses"),
        (f"{DAY.replace('elapsed', 'business_hours')}, limit: 1 month, {PAUSES}", "has no one end", "in days"),
        (
            f"{DAY}, limit: 3 days, {PAUSES.replace('case_events', 'case_event')}",
            "is not a landed table",
            "case_events",
        ),
        (f"{DAY}, limit: 3 days, {PAUSES.replace('asked', 'askd')}", "'askd' is not a value of 'kind'", "asked"),
        (f"{DAY}, limit: 3 days, {PAUSES.replace('happened_at', 'kind')}", "is of type code", "of that type"),
        (f"{DAY}, limit: 3 days, {PAUSES[:-1]}, by: event}}", "'event' is not a column", "event_id"),
    ],
)
def test_what_could_not_be_judged_is_refused(tmp_path: Path, part: str, what: str, remedy: str) -> None:
    found, line = problems(tmp_path / "permits", part)
    assert [what in each.what for each in found] == [True], [str(each) for each in found]
    assert f":{line}" in found[0].where
    assert remedy in found[0].remedy


def test_a_pause_lasts_at_most_some_time(tmp_path: Path) -> None:
    found, _ = problems(tmp_path / "permits", f"{DAY}, limit: 3 days, {PAUSES[:-1]}, at_most: 0 days}}")
    assert ["at_most is more than none" in each.what for each in found] == [True]

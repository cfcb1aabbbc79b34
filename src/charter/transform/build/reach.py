"""How far calendar.yaml reaches: until which day something may open and still fall due before the calendar ends.

Only clocks that stand still on days off look into a calendar. Where it ends before a limit does, nobody can say when
the limit ends: such a commitment is set aside (``due_basis = 'beyond_calendar'``) until further years are frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from charter.base.errors import Problem
from charter.definitions.models import Agency, WorkingHours
from charter.transform.compile.calendar import ClockRules, clock_rules
from charter.transform.compile.rules import RulePart, compile_rules

# Whoever is told has three months to freeze further years.
NOTICE = timedelta(days=92)
FREEZE = "freeze further years: python -m charter.definitions.freeze_calendar --last-year … calendar.yaml"
SHOWN = 5


@dataclass(frozen=True)
class Reach:
    """The limit that runs out of the calendar first: what opens by ``last_opening`` falls due within the calendar, its
    extension included."""

    standard_id: str
    part: str
    last_opening: date


def shortest_reach(agency: Agency, today: date) -> Reach | None:
    """Of all rules that are in force ``today`` or later, the limit that runs out of the calendar first.

    None when no clock of theirs stands still.
    """
    reaches = [
        Reach(part.standard_id, part.part, _last_opening(part, rules))
        for part in compile_rules(agency)
        if part.calendar is not None and (part.effective_to is None or part.effective_to >= today.isoformat())
        for rules in clock_rules(agency)
        # business hours run by the agency's calendar or by an office's, petitions by the law's
        if (part.calendar == "statutory") == (rules.name == "statutory")
    ]
    return min(reaches, key=lambda reach: reach.last_opening, default=None)


def calendar_warning(agency: Agency, today: date, place: str = "calendar.yaml, last_day") -> Problem | None:
    """What to tell when something that opens within three months of ``today`` may fall due beyond the calendar."""
    reach = shortest_reach(agency, today)
    if reach is None or reach.last_opening >= today + NOTICE:
        return None
    return Problem(
        f"the calendar ends on {agency.calendar.last_day}, and what opens after {reach.last_opening} may fall due after"
        f" it ({reach.standard_id}/{reach.part}, with its extension): it would be set aside",
        place,
        FREEZE,
    )


def beyond_calendar(connection: duckdb.DuckDBPyConnection, agency: Agency) -> Problem | None:
    """The commitments of the ledger that are set aside because the calendar ends before they fall due; None: there are
    none. ``connection`` is to a warehouse that holds the ledger."""
    found = connection.execute(
        "select standard_id, subject_id from marts.fct_commitments"
        " where due_basis = 'beyond_calendar' and status = 'pending' order by opened_at, commitment_id"
    ).fetchall()
    if not found:
        return None
    shown = ", ".join(f"{subject_id} ({standard_id})" for standard_id, subject_id in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return Problem(
        f"calendar.yaml ends on {agency.calendar.last_day}, and {shown}{more} may fall due after it:"
        f" {len(found)} set aside, not judged",
        "calendar.yaml, last_day",
        FREEZE,
    )


def _last_opening(part: RulePart, rules: ClockRules) -> date:
    """The last day on which a subject may open and surely fall due within the calendar; the day before the calendar's
    first when there is none."""
    off = {each.day for each in rules.days_off}
    length = (rules.last_day - rules.first_day).days + 1
    days = [rules.first_day + timedelta(days=offset) for offset in range(length)]
    working = [day for day in days if day.isoweekday() in rules.hours.days and day not in off]
    none = rules.first_day - timedelta(days=1)
    assert part.limit_count is not None
    longest = part.limit_count + (part.extension_count or 0)
    if part.counting == "rolled_months":
        # A month has 31 days at most, and the limit ends on a working day.
        return max(none, working[-1] - timedelta(days=31 * longest)) if working else none
    needed = longest
    if part.counting == "working_seconds":
        # It may open in the last second of a working day, which then gives nothing.
        needed = -(-longest // max(_seconds_of(rules.hours), 1)) + 1
    return working[-needed] if 0 < needed <= len(working) else none


def _seconds_of(hours: WorkingHours) -> int:
    """The working time of one day, in seconds."""
    edges = [(hours.start, hours.end)]
    if hours.break_start is not None and hours.break_end is not None:
        edges = [(hours.start, hours.break_start), (hours.break_end, hours.end)]
    day = date.min
    return sum(int((datetime.combine(day, end) - datetime.combine(day, start)).total_seconds()) for start, end in edges)

"""How far calendar.yaml reaches: until which day something may open and still fall due before the calendar ends.

Only clocks that stand still on days off look into a calendar. Where it ends before a limit does, nobody can say when
the limit ends: such a commitment is set aside (``due_basis = 'beyond_calendar'``) until further years are frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from charter.base.errors import Problem
from charter.definitions.models import Agency
from charter.transform.compile.calendar import ClockRules, clock_rules
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.waits import LONGEST_MONTH, calendars_of, whole_count

# Whoever is told has three months to freeze further years.
NOTICE = timedelta(days=92)
FREEZE = "freeze further years: python -m charter.definitions.freeze_calendar --last-year … calendar.yaml"
SHOWN = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Reach:
    """The limit that runs out of the calendar first: what opens by ``last_opening`` falls due within the calendar, its
    extension included."""

    standard_id: str
    part: str
    last_opening: date


def shortest_reach(agency: Agency, today: date) -> Reach | None:
    """Of all rules that are in force ``today`` or later, the limit that runs out of the calendar first.

    None when no clock of theirs stands still. Of limits that rows name, and of clocks with pauses, nothing is foretold.
    """
    calendars = clock_rules(agency)
    reaches = [
        Reach(part.standard_id, part.part, _last_opening(part, rules))
        for part in compile_rules(agency)
        # a lead time is counted back: its event, not its limit, says how far it reaches
        if part.calendar is not None
        and part.kind != "lead_time"
        and part.longest_count is not None
        and (part.effective_to is None or part.effective_to >= today.isoformat())
        for rules in calendars_of(part, calendars)
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
    seconds = rules.fewest_seconds
    working = [day for day, amount in seconds.items() if amount]
    none = rules.first_day - DAY
    if part.counting == "rolled_months":
        # The limit ends on a working day.
        return max(none, working[-1] - LONGEST_MONTH * whole_count(part) * DAY) if working else none
    if part.counting == "working_days":
        needed = whole_count(part) + (0 if part.counts_first_day else 1)
        return working[-needed] if 0 < needed <= len(working) else none
    left = whole_count(part)
    for day in reversed(working):
        # It may open in the last second of a working day, which then gives nothing.
        if left <= 0:
            return day
        left -= seconds[day]
    return none

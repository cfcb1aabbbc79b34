"""What was planted of slots and days: story hours and book sales that must be held, machines that must work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from . import rows
from .clocks import berlin, days, ends, opening
from .truth import Judge, Verdict, months
from .world import BRANCHES, FIRST_DAY

# First and last day of the terms of the programme.
TERMS = {
    "2026-fruehjahr": (date(2026, 1, 13), date(2026, 4, 1)),
    "2026-sommer": (date(2026, 4, 14), date(2026, 7, 3)),
    "2026-herbst": (date(2026, 8, 18), date(2026, 12, 19)),
}
GRANT_YEAR = (date(2026, 4, 1), date(2027, 3, 31))


def story_hours(judge: Judge) -> Iterator[Verdict]:
    """The second story hour of each month in each branch."""
    for branch in BRANCHES:
        held = _held(judge, "story_hour", branch)
        for first, last in months(FIRST_DAY, judge.today):
            name = f"story-hour/second/{branch}/{first:%Y-%m}"
            yield _nth(judge, name, branch, held, 2, (first, last))


def sales(judge: Judge) -> Iterator[Verdict]:
    """A book sale in each term that has begun, and the third one of the year of the grant."""
    held = [day for branch in BRANCHES for day in _held(judge, "sale", branch)]
    for term, slot in TERMS.items():
        if slot[0] <= judge.today:
            yield _nth(judge, f"book-sale/term/{term}", "stadtbibliothek", held, 1, slot)
    if GRANT_YEAR[0] <= judge.today:
        yield _nth(judge, "book-sale/grant/FY2026-27", "stadtbibliothek", held, 3, GRANT_YEAR)


def _held(judge: Judge, kind: str, branch: str) -> list[date]:
    events = judge.world.seen(rows.Event, judge.now)
    return [each.held_on for each in events if (each.kind, each.branch, each.state) == (kind, branch, "held")]


def _nth(
    judge: Judge, name: str, department: str, held: Sequence[date], number: int, slot: tuple[date, date]
) -> Verdict:
    first, last = slot
    within = sorted(day for day in held if first <= day <= last)
    done = berlin(within[number - 1]) if len(within) >= number else None
    return judge.verdict(name, department, berlin(first), ends(last), done, before_midnight=True)


def machines(judge: Judge) -> Iterator[Verdict]:
    """A machine works in each branch on each day on which the library does, unless that was waived."""
    stretches = judge.world.seen(rows.Machine, judge.now)
    waivers = judge.world.seen(rows.Waiver, judge.now)
    for day in days(FIRST_DAY, judge.today):
        if opening(day, "stadtbibliothek", day) is None:
            continue
        for branch in BRANCHES:
            works = any(
                each.branch == branch and each.in_use_from <= day and (each.in_use_to is None or day <= each.in_use_to)
                for each in stretches
            )
            named = [each for each in waivers if each.department_id == branch and each.from_on <= day <= each.to_on]
            waived = f"waiver:{named[0].key}" if named else ""
            name = f"self-check-works/works/{branch}/{day}"
            yield judge.of_a_stretch(name, branch, (day, day), holds=works, waived=waived)


def incidents(judge: Judge) -> Iterator[Verdict]:
    """No day with a loss of data."""
    lost = {each.happened_on for each in judge.world.seen(rows.DataIncident, judge.now)}
    for day in days(FIRST_DAY, judge.today):
        yield judge.of_a_stretch(f"no-data-lost/day/{day}", "stadtbibliothek", (day, day), holds=day not in lost)

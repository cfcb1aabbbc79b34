"""Which promises follow from the breach of which others, for whatever is not known of the broken one.

All of them are judged of the same row, so a promise follows from every breach before its own as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from charter.definitions.breaches import FIRST_TIER, breach_behind
from charter.definitions.models import Agency
from charter.transform.compile.calendar import ClockRules, clock_rules
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.waits import longest_wait

# The moments of a breach that are known with it; when it ended comes later.
MOMENTS_OF_BREACH = frozenset({"breached_at", "breached_on", "breach_due_at", "breach_due_on"})


@dataclass(frozen=True)
class Follow:
    """A part of a rule that promises something of each breach of another part, in whichever version.

    What follows is decided ``days_at_most`` days after the day of the breach at the latest (None: nobody knows when).
    ``department_id`` answers for it; None: whoever answers for the breach. It opens from ``effective_from`` to
    ``effective_to``, both included.
    """

    broken_standard_id: str
    broken_part: str
    standard_id: str
    rule_version: int
    part: str
    department_id: str | None
    days_at_most: int | None
    effective_from: date
    effective_to: date | None


def follows(agency: Agency) -> list[Follow]:
    """Every part that follows from a breach, with each part whose breach it may follow from."""
    parts = compile_rules(agency)
    later = [part for part in parts if part.tier > FIRST_TIER]
    calendars = clock_rules(agency) if later else []
    return [follow for part in later for follow in _of(agency, parts, calendars, part)]


def broken_before(agency: Agency, parts: list[RulePart], part: RulePart) -> list[RulePart]:
    """The parts, in every version, whose breach is the subject of ``part``."""
    breach = breach_behind(agency.subjects, part.subject_table)
    return [
        each
        for each in parts
        if breach is not None and each.standard_id == breach.standard and breach.part in (None, each.part)
    ]


def _of(agency: Agency, parts: list[RulePart], calendars: list[ClockRules], part: RulePart) -> Iterator[Follow]:
    longest: dict[tuple[str, str], int | None] = {}
    for standard_id, name, days in _chain(agency, parts, calendars, part):
        key = standard_id, name
        longest[key] = days if key not in longest else _longer(longest[key], days)
    for (standard_id, name), days in longest.items():
        yield Follow(
            standard_id,
            name,
            part.standard_id,
            part.rule_version,
            part.part,
            part.owner_department,
            days,
            date.fromisoformat(part.effective_from),
            date.fromisoformat(part.effective_to) if part.effective_to else None,
        )


def _chain(
    agency: Agency, parts: list[RulePart], calendars: list[ClockRules], part: RulePart
) -> Iterator[tuple[str, str, int | None]]:
    """Each part on whose breach ``part`` rests, with how many days lie between at most."""
    own = _days(part, calendars)
    for broken in broken_before(agency, parts, part):
        yield broken.standard_id, broken.part, own
        for standard_id, name, before in _chain(agency, parts, calendars, broken):
            yield standard_id, name, None if own is None or before is None else own + before


def _days(part: RulePart, calendars: list[ClockRules]) -> int | None:
    if part.kind == "lead_time" or part.opens is None or part.opens.name not in MOMENTS_OF_BREACH:
        return None
    wait = longest_wait(part, calendars)
    # A breach at midnight counts on the day before.
    return None if wait is None else wait + 1


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)

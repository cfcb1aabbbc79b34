"""How long after its opening a promise is decided at most."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from charter.transform.compile.calendar import ClockRules
from charter.transform.compile.rule_parts import RulePart

DAY = timedelta(days=1)
LONGEST_MONTH = 31
# A shift may end on the day after the one on which it begins, and an office's day may be another date at home.
_BESIDE = 2


def calendars_of(part: RulePart, calendars: list[ClockRules]) -> list[ClockRules]:
    """The calendars that a part may be counted on: business hours run by the agency's or by an office's, petitions by
    the law's."""
    return [rules for rules in calendars if (part.calendar == "statutory") == (rules.name == "statutory")]


def longest_wait(part: RulePart, calendars: list[ClockRules]) -> int | None:
    """How many days after its opening a promise of this part is decided at most, its extension included; None when no
    limit says so."""
    if part.longest_count is None:
        return None
    count = whole_count(part)
    match part.counting:
        case "seconds":
            return count // 86400
        case "days":
            return count
        case "months":
            return count * LONGEST_MONTH
        case "rolled_months" | "working_seconds" | "working_days":
            waits = [_longest_wait_on(part, rules) for rules in calendars_of(part, calendars)]
            known = [wait for wait in waits if wait is not None]
            return max(known) + _BESIDE if known and len(known) == len(waits) else None
        case _:
            return None


def whole_count(part: RulePart) -> int:
    """The longest limit with its extension, in what the part counts; what opens after a cut-off has a day more."""
    return (part.longest_count or 0) + (0 if part.cut_off_seconds is None else 1)


def _longest_wait_on(part: RulePart, rules: ClockRules) -> int | None:
    """The longest wait on one calendar; None when the whole calendar is too short for the limit."""
    seconds = rules.fewest_seconds
    days = list(seconds)
    if part.counting == "rolled_months":
        worked = [days[0] - DAY, *(day for day in days if seconds[day]), days[-1] + DAY]
        return whole_count(part) * LONGEST_MONTH + max((after - before).days for before, after in pairwise(worked))
    gives = {day: amount if part.counting == "working_seconds" else int(amount > 0) for day, amount in seconds.items()}
    longest, total, last = None, 0, 0
    # It may open at the end of a day, which then gives nothing.
    for first in range(len(days)):
        while total < whole_count(part) and last + 1 < len(days):
            last += 1
            total += gives[days[last]]
        if total < whole_count(part):
            return longest
        longest = max(longest or 0, last - first)
        if last > first:
            total -= gives[days[first + 1]]
        else:
            last += 1
    return longest

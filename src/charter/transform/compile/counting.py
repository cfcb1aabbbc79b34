"""What a clock counts of a limit, and on which calendar.

The SQL never interprets a clock's name: it follows ``counting``, decided here once.
"""

from __future__ import annotations

from charter.definitions.models import Agency, Duration
from charter.definitions.models.hours import EIGHT_HOURS, DayLength
from charter.transform.compile.rule_parts import Counting

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# A limit that a row names is a slip, and no limit, when it is longer: ten years.
LONGEST_LIMIT_SECONDS = 3653 * 86400


def count_limit(
    clock: str, limit: Duration, granularity: str, working_day: DayLength = EIGHT_HOURS
) -> tuple[Counting, int]:
    """How a clock counts a limit, and how many of what.

    ``elapsed`` counts seconds from an instant and days or months from a date. ``business_hours`` counts working
    seconds, a day being ``working_day`` long, and ``working_days`` whole working days. ``kr_civil_petition`` counts
    working seconds up to 5 days, working days (first day included) from 6 days on (Civil Petitions Treatment Act, art.
    19, and its decree). Working time counts months by the calendar, rolled off a day off; see ``counts_first_day``.
    """
    if clock == "elapsed":
        if limit.unit == "months":
            return "months", limit.amount
        if granularity == "date":
            return "days", limit.amount
        return "seconds", limit.amount * SECONDS[limit.unit]
    if clock == "working_days":
        return "working_days", limit.amount
    if limit.unit == "months":
        return "rolled_months", limit.amount
    if clock == "kr_civil_petition" and limit.unit == "days" and limit.amount >= 6:
        return "working_days", limit.amount
    if limit.unit == "days":
        return "working_seconds", limit.amount * working_day.seconds
    return "working_seconds", limit.amount * SECONDS[limit.unit]


def counts_first_day(clock: str, counting: Counting) -> bool:
    """Whether the day of the opening is day 1, so that months end on the eve of the same day: the petitions act counts
    so, and a clock of working days where the charter says so."""
    return clock == "kr_civil_petition" and counting in ("rolled_months", "working_days")


def count_extension(counting: Counting, extension: Duration, working_day: DayLength = EIGHT_HOURS) -> int:
    """How many of what a limit counts an extension adds to it: it goes on counting as its limit does."""
    if counting == "working_seconds" and extension.unit == "days":
        return extension.amount * working_day.seconds
    if counting in ("seconds", "working_seconds"):
        return extension.amount * SECONDS[extension.unit]
    return extension.amount


def working_day_of(agency: Agency, clock: str) -> DayLength:
    """How long a day of a limit in working time is: by the petitions act 8 hours, else as the agency says."""
    return EIGHT_HOURS if clock == "kr_civil_petition" else agency.calendar.working_day


def calendar_of(clock: str) -> str | None:
    """The calendar a clock counts working time on: the agency's own closures do not stop a statutory limit."""
    return {"business_hours": "agency", "working_days": "agency", "kr_civil_petition": "statutory"}.get(clock)

"""Until when are holidays known? Beyond that day no deadline can be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.base.moments import local_date
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

# Deadlines of a quarter reach so far ahead; a month is time enough to freeze further years.
_WARN_DAYS = 90
_LATE_DAYS = 30


def look(place: Place, now: datetime) -> Iterator[Finding]:
    end = place.agency.calendar.last_day
    days = (end - local_date(now, place.zone)).days
    if days > _WARN_DAYS:
        yield in_order("calendar/end", f"known until {end}", "calendar.yaml")
        return
    yield Finding(
        cause="calendar/end",
        state=State.WARNING if days > _LATE_DAYS else State.FAILURE,
        code="calendar_ends" if days >= 0 else "calendar_ended",
        where="calendar.yaml, last_day",
        values={"day": end.isoformat(), "days": abs(days)},
    )

"""Which days an agency works, and until when a department must see to what falls due before it works again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from charter.base.moments import local_date, shown_at
from charter.definitions.models import Agency
from charter.definitions.models.working_time import WorkingTime

# No calendar has so many days off in a row.
_DAYS_LOOKED_AT = 60


def is_working_day(agency: Agency, day: date) -> bool:
    """Whether the agency works on ``day``, as was known then."""
    return bool(agency.calendar.working_time.blocks(day, day))


def horizon(agency: Agency, department_id: str | None, day: date) -> datetime:
    """The instant (UTC) before which a case of the department must be told of on the morning of ``day``.

    The agency's next digest comes when its next working day begins. Whoever works by a calendar of their own must know
    by then what falls due before their own first working hour from that instant on.
    """
    begins = next(
        _mornings(agency.calendar.working_time, day + timedelta(days=1), day, agency.zone),
        shown_at(day + timedelta(days=1), 0, agency.zone),
    )
    office = next((each for each in agency.calendar.offices if each.department == department_id), None)
    if office is None:
        return begins
    zone = ZoneInfo(office.time_zone or _zone_of(agency, office.department))
    mornings = _mornings(agency.calendar.working_time_of(office), local_date(begins, zone), day, zone)
    return next((morning for morning in mornings if morning >= begins), begins)


def _zone_of(agency: Agency, department_id: str) -> str:
    return next(each.time_zone for each in agency.organisation.departments if each.id == department_id)


def _mornings(time: WorkingTime, first: date, known_on: date, zone: ZoneInfo) -> Iterator[datetime]:
    """When work begins on each working day from ``first`` on, as was known on ``known_on``."""
    for number in range(_DAYS_LOOKED_AT):
        day = first + timedelta(days=number)
        if blocks := time.blocks(day, known_on):
            yield shown_at(day, min(block.start for block in blocks), zone)

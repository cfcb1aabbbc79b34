"""Which nights can be judged at all."""

from __future__ import annotations

from datetime import datetime

from charter.base.errors import SettingError
from charter.base.moments import last_ended_day
from charter.definitions import Agency


def require_night(agency: Agency, as_of: datetime, due: datetime) -> None:
    """Refuses a night that has not come by ``due`` (both aware), or that the charter's folder says nothing of.

    A mistyped year would otherwise land rows as known in the future, and every night until then would be a past one.
    Raises SettingError.
    """
    day = last_ended_day(as_of, agency.zone)
    if as_of > due:
        raise SettingError(
            f"the midnight that ends {day} has not come yet ({as_of.isoformat()})",
            where="as-of",
            remedy=f"choose a night up to that after {last_ended_day(due, agency.zone)}",
        )
    if day < agency.charter.in_force_from:
        raise SettingError(
            f"nothing was promised yet on {day}",
            where="as-of",
            remedy=f"choose a night from that after {agency.charter.in_force_from}, when the charter came into force",
        )
    if day > agency.calendar.last_day:
        raise SettingError(
            f"the calendar ends on {agency.calendar.last_day}, before {day}",
            where="calendar.yaml, last_day",
            remedy="freeze further years: python -m charter.definitions.freeze_calendar --last-year … calendar.yaml",
        )

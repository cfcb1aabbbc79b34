"""The period of a bundle: a day, a week, a month, a quarter or a year, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from charter.base.errors import SettingError
from charter.base.figure_name import NamedPeriod, parse_named_period
from charter.base.moments import end_of_day, local_midnight

_LENGTH_IN_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class BundlePeriod:
    """Business days ``first`` to ``last``, both included."""

    name: str
    kind: str
    first: date
    last: date

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which the first day begins in ``zone``."""
        return local_midnight(self.first, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which the last day ends in ``zone``."""
        return end_of_day(self.last, zone)


def parse_bundle_period(text: str) -> BundlePeriod:
    """Reads ``2026-Q2``, ``2026-06``, ``2026-W27``, ``2026`` or ``2026-07-05``.

    Raises SettingError for anything else.
    """
    try:
        named = parse_named_period(text.strip().upper())
    except SettingError as error:
        raise SettingError(error.problems[0].what, where="period", remedy=error.problems[0].remedy) from error
    first = named.start()
    if first is None or named.kind in ("fiscal_year", "rolling_year"):
        raise SettingError(
            f"'{text}' does not say which days a bundle is for",
            where="period",
            remedy="name a day, a week, a month, a quarter or a year with its year, such as 2026-Q2",
        )
    return BundlePeriod(str(named), named.kind, first, _last_day(named, first))


def _last_day(named: NamedPeriod, first: date) -> date:
    if named.kind == "day":
        return first
    if named.kind == "week":
        return first + timedelta(days=6)
    month = first.month - 1 + _LENGTH_IN_MONTHS[named.kind]
    return date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

"""Instants, business dates and weeks: the only place in Python that converts between them.

Instants are timezone-aware UTC ``datetime``; in tables they are naive UTC timestamps. Business
dates are ``date`` in the agency's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from charter.base.errors import SettingError

# The periods in which a standard may be judged. A rolling year is the 12 months that end with the last ended day.
PeriodKind = Literal["day", "week", "month", "quarter", "year", "fiscal_year", "rolling_year"]
PERIOD_KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)


@dataclass(frozen=True)
class Period:
    """Business days ``start`` to ``end``, both included. ``kind`` is a PeriodKind, or what a report calls a stretch."""

    kind: str
    start: date
    end: date

    def key(self) -> str:
        """A short, sortable name: ``2026-W27``, ``2026-07``, ``2026``; of other kinds the first day, ``2026-07-05``."""
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        return str(self.start.year) if self.kind == "year" else self.start.isoformat()


def every_day(first: date, last: date) -> list[date]:
    """The days from ``first`` to ``last``, both included; none when ``last`` is before ``first``."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def second_of_day(at: time) -> int:
    """How many seconds after midnight a clock shows ``at``."""
    return at.hour * 3600 + at.minute * 60 + at.second


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``day`` begins in ``zone``."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``day`` ends in ``zone``: the next midnight."""
    return local_midnight(day + timedelta(days=1), zone)


def shown_at(day: date, second: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which local clocks show the time ``second`` seconds after midnight (perhaps of a later day).

    Of a time that is shown twice the first; of one that clocks jump over, the instant at which they do.
    """
    days, rest = divmod(second, 24 * 3600)
    wanted = datetime.combine(day + timedelta(days=days), time(), zone) + timedelta(seconds=rest)
    instant = wanted.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    before = wanted.replace(fold=1).astimezone(UTC)
    while instant - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((instant - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == instant.astimezone(zone).utcoffset():
            instant = middle
        else:
            before = middle
    return instant


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The business date in ``zone`` on which ``instant`` (aware) falls."""
    return instant.astimezone(zone).date()


def last_ended_day(as_of: datetime, zone: ZoneInfo) -> date:
    """The last business day that had wholly ended at ``as_of``."""
    return local_date(as_of, zone) - timedelta(days=1)


def parse_as_of(text: str, zone: ZoneInfo) -> datetime:
    """Reads an as-of: a date (meaning the midnight that ends it in ``zone``) or an ISO instant with offset.

    Returns an aware UTC datetime. Raises SettingError for anything else.
    """
    remedy = (
        "write a date (2026-07-05: the night after that day) or an instant with its offset (2026-07-06T00:00:00+09:00)"
    )
    try:
        if len(text) == 10:
            return end_of_day(date.fromisoformat(text), zone)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"'{text}' is not a date or an instant", where="as-of", remedy=remedy) from error
    if instant.tzinfo is None:
        raise SettingError(f"'{text}' has no offset from UTC", where="as-of", remedy=remedy)
    return instant.astimezone(UTC)


def stamp(instant: datetime) -> str:
    """``20260705T150000Z``: an instant as used in folder names."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def naive_utc(instant: datetime) -> datetime:
    """The same instant as tables hold it: UTC without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def parse_week(text: str) -> Period:
    """Reads a week as ISO 8601 names it: ``2026-W27``. Raises SettingError for anything else."""
    try:
        year, number = text.split("-W")
        if len(year) != 4 or len(number) != 2:
            raise ValueError
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise SettingError(
            f"'{text}' is no week", where="week", remedy="write year and number as ISO 8601 does, such as 2026-W27"
        ) from error
    return Period("week", monday, monday + timedelta(days=6))


def month_of(day: date) -> Period:
    """The calendar month that ``day`` lies in."""
    first = day.replace(day=1)
    return Period("month", first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def parse_month(text: str) -> Period:
    """Reads a month: ``2026-06``. Raises SettingError for anything else."""
    try:
        if len(text) != 7:
            raise ValueError
        return month_of(date.fromisoformat(f"{text}-01"))
    except ValueError as error:
        raise SettingError(
            f"'{text}' is no month", where="month", remedy="write year and month, such as 2026-06"
        ) from error


def closed_month(as_of: datetime, zone: ZoneInfo) -> Period:
    """The last calendar month that had wholly ended at ``as_of``."""
    last = last_ended_day(as_of, zone)
    return month_of((last + timedelta(days=1)).replace(day=1) - timedelta(days=1))


def last_week_of(period: Period) -> Period:
    """A week itself; of another period the last week that had wholly ended with it."""
    if period.kind == "week":
        return period
    sunday = period.end - timedelta(days=(period.end.weekday() + 1) % 7)
    return Period("week", sunday - timedelta(days=6), sunday)


def earlier_starts(period: Period, count: int) -> list[date]:
    """The first days of the ``count`` weeks (months) before a week (a month), the oldest first."""
    starts: list[date] = []
    start = period.start
    for _ in range(count):
        before = start - timedelta(days=1)
        start = before.replace(day=1) if period.kind == "month" else start - timedelta(weeks=1)
        starts.append(start)
    return starts[::-1]


def between(earlier: Period, later: Period) -> list[Period]:
    """The weeks (months) between two weeks (months), the oldest first; none unless ``earlier`` is the earlier one."""
    found: list[Period] = []
    start = earlier.end + timedelta(days=1)
    while start < later.start:
        found.append(month_of(start) if later.kind == "month" else Period("week", start, start + timedelta(days=6)))
        start = found[-1].end + timedelta(days=1)
    return found


def parse_reported(text: str) -> Period:
    """Reads what a report is of: a week (``2026-W27``) or a month (``2026-06``). Raises SettingError."""
    return parse_week(text) if "W" in text else parse_month(text)


def closed_period(kind: str, as_of: datetime, zone: ZoneInfo) -> Period:
    """The last week or (``month``) month that had wholly ended at ``as_of``."""
    return closed_month(as_of, zone) if kind == "month" else closed_week(as_of, zone)


def closed_week(as_of: datetime, zone: ZoneInfo) -> Period:
    """The last Monday-to-Sunday week that had wholly ended at ``as_of``."""
    last = last_ended_day(as_of, zone)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return Period("week", sunday - timedelta(days=6), sunday)

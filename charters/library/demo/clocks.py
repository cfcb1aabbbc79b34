"""When the library is open, written out once more for whoever plants the truth: nothing here reads calendar.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
NORTH = "zweigstelle-nord"
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = 1, 2, 3, 4, 5

HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03"),
        *("2026-10-31", "2026-11-18", "2026-12-25", "2026-12-26", "2027-01-01"),
    )
)
STRIKE, STRIKE_KNOWN = date(2026, 3, 20), date(2026, 3, 18)
LONG_THURSDAYS, LONG_THURSDAYS_KNOWN = date(2026, 5, 5), date(2026, 4, 14)
HEATING = frozenset({date(2026, 5, 12), date(2026, 5, 14), date(2026, 5, 15)})
HEATING_KNOWN = date(2026, 4, 21)
HALF_DAYS = {date(2026, 4, 2): 14, date(2026, 12, 24): 13, date(2026, 12, 31): 13}
# Whenever the hours of some day changed, for somebody.
CHANGES = (STRIKE_KNOWN, LONG_THURSDAYS_KNOWN, HEATING_KNOWN)

Hours = tuple[int, int]


def berlin(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The instant (UTC) at which clocks in Berlin show that time; none of ours lies in an hour that comes twice."""
    return datetime.combine(day, time(hour, minute, second), BERLIN).astimezone(UTC)


def at(text: str) -> datetime:
    """The instant (UTC) of a time in Berlin such as ``2026-03-28 12:00`` or ``2026-03-28 12:00:01``."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """The date in Berlin."""
    return instant.astimezone(BERLIN).date()


def ends(day: date) -> datetime:
    """The midnight that ends ``day``."""
    return berlin(day + timedelta(days=1))


def days(first: date, last: date) -> list[date]:
    """Every date from ``first`` to ``last``, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def opening(day: date, department: str, known_on: date) -> Hours | None:
    """From which hour to which ``department`` is open on ``day``, as was known on ``known_on``; None: it is closed."""
    if department == NORTH and day in HEATING and known_on >= HEATING_KNOWN:
        return None
    if day in HOLIDAYS or (day == STRIKE and known_on >= STRIKE_KNOWN):
        return None
    if day in HALF_DAYS:
        return 10, HALF_DAYS[day]
    weekday = day.weekday()
    if department == NORTH:
        return {TUESDAY: (13, 18), THURSDAY: (13, 18), FRIDAY: (10, 14)}.get(weekday)
    if (6, 15) <= (day.month, day.day) <= (8, 31):
        return (10, 18) if TUESDAY <= weekday <= FRIDAY else None
    if weekday == THURSDAY and day >= LONG_THURSDAYS and known_on >= LONG_THURSDAYS_KNOWN:
        return 10, 20
    if weekday == SATURDAY:
        return 10, 14
    return (10, 19) if TUESDAY <= weekday <= FRIDAY else None


def open_days(first: date, department: str, known_on: date) -> Iterator[date]:
    """The days from ``first`` on, without end, on which ``department`` is open."""
    day = first
    while True:
        if opening(day, department, known_on) is not None:
            yield day
        day += timedelta(days=1)


def after_open_time(start: datetime, department: str, length: timedelta, known_on: date) -> datetime:
    """When ``department`` has been open for ``length`` since ``start``."""
    left = length
    for day in open_days(day_of(start), department, known_on):
        opens_at, closes_at = (berlin(day, hour) for hour in opening(day, department, known_on) or (0, 0))
        begins = max(start, opens_at)
        if closes_at <= begins:
            continue
        if closes_at - begins >= left:
            return begins + left
        left -= closes_at - begins
    raise AssertionError("there is always a next day")


def last_working_day(start: datetime, number: int, cut_off: time, known_on: date, department: str) -> date:
    """The ``number``-th open day after the one on which ``start`` counts: its own, or the next one, from ``cut_off`` on
    and where its own is none."""
    local = start.astimezone(BERLIN)
    counted_from = local.date() + timedelta(days=local.time() >= cut_off)
    following = open_days(counted_from, department, known_on)
    for _ in range(number):
        next(following)
    return next(following)


def working_day_before(day: date, number: int, department: str, known_on: date) -> date:
    """The ``number``-th open day before ``day``."""
    while number:
        day -= timedelta(days=1)
        number -= opening(day, department, known_on) is not None
    return day

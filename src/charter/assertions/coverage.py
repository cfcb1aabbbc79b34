"""Which business days each source has been heard of for each table, read from control.feed_days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from charter.base.moments import Period, end_of_day, every_day, naive_utc


@dataclass(frozen=True)
class Silence:
    """A source and the days of a period that it does not cover, in order."""

    source_id: str
    days: tuple[date, ...]

    def __str__(self) -> str:
        return f"{self.source_id} {', '.join(_ranges(self.days))}"


# A source and a table that it feeds.
FeedName = tuple[str, str]


@dataclass(frozen=True)
class Coverage:
    """The covered days of every feed, up to ``last_day``. Days before ``first_day`` were not promised anything."""

    first_day: date
    last_day: date
    covered: dict[FeedName, frozenset[date]]

    def silences(self, feeds: Iterable[FeedName], period: Period) -> tuple[Silence, ...]:
        """Which sources of ``feeds`` were silent on which days of ``period``; a day nobody wrote down was silent."""
        silent: dict[str, set[date]] = {}
        for source, table in feeds:
            silent.setdefault(source, set()).update(self._missing((source, table), period))
        return tuple(Silence(source, tuple(sorted(days))) for source, days in silent.items() if days)

    def silent_days(self, feeds: Iterable[FeedName], first: date, last: date) -> frozenset[date]:
        """The days from ``first`` to ``last`` on which any of ``feeds`` was silent."""
        period = Period("day", first, last)
        return frozenset(day for feed in feeds for day in self._missing(feed, period))

    def judged_until(self, feeds: Iterable[FeedName], zone: ZoneInfo) -> datetime | None:
        """The instant (naive UTC) up to which all of ``feeds`` have been heard; None when one never was."""
        last_days = [max(self.covered.get(feed, frozenset()), default=None) for feed in feeds]
        known = [day for day in last_days if day is not None]
        return naive_utc(end_of_day(min(known), zone)) if known and len(known) == len(last_days) else None

    def _missing(self, feed: FeedName, period: Period) -> Iterable[date]:
        first, last = max(period.start, self.first_day), min(period.end, self.last_day)
        return (day for day in every_day(first, last) if day not in self.covered.get(feed, frozenset()))


def read_coverage(connection: duckdb.DuckDBPyConnection, first_day: date, last_day: date) -> Coverage:
    """Reads the covered days up to ``last_day``. Raises duckdb.Error when control.feed_days is not as agreed."""
    rows = connection.execute(
        "SELECT source_id, table_name, day FROM control.feed_days WHERE covered AND day <= ? ORDER BY ALL", [last_day]
    ).fetchall()
    days: dict[FeedName, set[date]] = {}
    for source_id, table_name, day in rows:
        days.setdefault((source_id, table_name), set()).add(day)
    return Coverage(first_day, last_day, {feed: frozenset(covered) for feed, covered in days.items()})


def _ranges(days: tuple[date, ...]) -> list[str]:
    ranges: list[list[date]] = []
    for day in days:
        if ranges and day - ranges[-1][1] == timedelta(days=1):
            ranges[-1][1] = day
        else:
            ranges.append([day, day])
    return [f"{first}" if first == last else f"{first}–{last}" for first, last in ranges]

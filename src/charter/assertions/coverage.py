"""Which business days each source has been heard of, read from marts.source_status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from charter.moments import Period, end_of_day, naive_utc


@dataclass(frozen=True)
class Silence:
    """A source and the days of a period that it does not cover, in order."""

    source_id: str
    days: tuple[date, ...]

    def __str__(self) -> str:
        return f"{self.source_id} {', '.join(_ranges(self.days))}"


@dataclass(frozen=True)
class Coverage:
    """The covered days of every source, up to ``last_day``. Days before ``first_day`` were not promised anything."""

    first_day: date
    last_day: date
    covered: dict[str, frozenset[date]]

    def silences(self, sources: Iterable[str], period: Period) -> tuple[Silence, ...]:
        """Which of ``sources`` were silent on which days of ``period``; a day nobody wrote down counts as silent."""
        first = max(period.start, self.first_day)
        days = [first + timedelta(days=offset) for offset in range((period.end - first).days + 1)]
        missing = {source: tuple(day for day in days if day not in self._days(source)) for source in sources}
        return tuple(Silence(source, silent) for source, silent in missing.items() if silent)

    def judged_until(self, sources: Iterable[str], zone: ZoneInfo) -> datetime | None:
        """The instant (naive UTC) up to which all of ``sources`` have been heard; None when one never was."""
        last_days = [max(self._days(source), default=None) for source in sources]
        known = [day for day in last_days if day is not None]
        return naive_utc(end_of_day(min(known), zone)) if known and len(known) == len(last_days) else None

    def _days(self, source: str) -> frozenset[date]:
        return self.covered.get(source, frozenset())


def read_coverage(connection: duckdb.DuckDBPyConnection, first_day: date, last_day: date) -> Coverage:
    """Reads the covered days up to ``last_day``. Raises duckdb.Error when marts.source_status is not as agreed."""
    rows = connection.execute(
        "SELECT source_id, day FROM marts.source_status WHERE covered AND day <= ? ORDER BY source_id, day", [last_day]
    ).fetchall()
    days: dict[str, set[date]] = {}
    for source_id, day in rows:
        days.setdefault(source_id, set()).add(day)
    return Coverage(first_day, last_day, {source: frozenset(covered) for source, covered in days.items()})


def _ranges(days: tuple[date, ...]) -> list[str]:
    ranges: list[list[date]] = []
    for day in days:
        if ranges and day - ranges[-1][1] == timedelta(days=1):
            ranges[-1][1] = day
        else:
            ranges.append([day, day])
    return [f"{first}" if first == last else f"{first}–{last}" for first, last in ranges]

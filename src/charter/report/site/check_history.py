"""What every check came to, night after night: each night of the last weeks, earlier ones by month."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from charter.base.moments import last_ended_day, naive_utc
from charter.report.facts.models import Result
from charter.report.facts.warehouse import Warehouse, aware

# Night by night as far back as a quarter; what is older is counted by month, so that a page stays as long as it is.
WEEKS_OF_NIGHTS = 13

# A suite and an expectation.
CheckName = tuple[str, str]


@dataclass(frozen=True)
class CheckNight:
    """What a check came to in the night that ended ``day``."""

    day: date
    outcome: Result
    evaluated: int | None
    unexpected: int | None
    error: str


@dataclass(frozen=True)
class CheckMonth:
    """How often a check came to what in the nights of a month, by its first day."""

    month: date
    outcomes: Counter[str]


@dataclass(frozen=True)
class CheckFailure:
    """The newest night in which a check was broken; ``ids`` are the first of the cases that break it."""

    day: date
    unexpected: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class CheckHistory:
    """``nights`` the earliest first, ``months`` before them the newest first."""

    nights: tuple[CheckNight, ...]
    months: tuple[CheckMonth, ...]
    failure: CheckFailure | None


def nights_judged(warehouse: Warehouse, zone: ZoneInfo) -> dict[date, datetime]:
    """The days whose nights were judged, with each night's as-of (aware), the earliest first."""
    rows = warehouse.rows("SELECT DISTINCT as_of FROM marts.expectation_results ORDER BY as_of")
    return {last_ended_day(aware(as_of), zone): aware(as_of) for (as_of,) in rows}


def read_check_history(warehouse: Warehouse, zone: ZoneInfo, last_day: date) -> dict[CheckName, CheckHistory]:
    """The history of every check up to ``last_day``, the last day that had ended."""
    monday = last_day - timedelta(days=last_day.weekday())
    first = monday - timedelta(weeks=WEEKS_OF_NIGHTS - 1)
    judged = nights_judged(warehouse, zone)
    shown = [as_of for day, as_of in judged.items() if day >= first]
    since = naive_utc(shown[0]) if shown else datetime.max
    nights = _nights(warehouse, since, {naive_utc(as_of): day for day, as_of in judged.items()})
    months = _months(warehouse, {naive_utc(as_of): day for day, as_of in judged.items() if day < first})
    failures = _failures(warehouse, zone)
    return {
        name: CheckHistory(tuple(found), tuple(months.get(name, ())), failures.get(name))
        for name, found in nights.items()
    }


def _nights(warehouse: Warehouse, since: datetime, days: dict[datetime, date]) -> dict[CheckName, list[CheckNight]]:
    rows = warehouse.rows(
        """
        SELECT suite, expectation, as_of, outcome, evaluated, unexpected, coalesce(error, '')
        FROM marts.expectation_results WHERE as_of >= ? ORDER BY suite, expectation, as_of
        """,
        [since],
    )
    nights: dict[CheckName, list[CheckNight]] = defaultdict(list)
    for suite, expectation, as_of, *found in rows:
        nights[suite, expectation].append(CheckNight(days[as_of], *found))
    return nights


def _months(warehouse: Warehouse, days: dict[datetime, date]) -> dict[CheckName, list[CheckMonth]]:
    """Months are the agency's, which the engine does not know: it is told each night's."""
    if not days:
        return {}
    told = {"as_of": list(days), "month": [day.replace(day=1) for day in days.values()]}
    warehouse.connection.register("months_of_nights", pa.table(told))
    rows = warehouse.rows(
        """
        SELECT suite, expectation, month, outcome, count(*)
        FROM marts.expectation_results JOIN months_of_nights USING (as_of)
        GROUP BY ALL ORDER BY suite, expectation, month DESC
        """
    )
    warehouse.connection.unregister("months_of_nights")
    counted: dict[tuple[CheckName, date], Counter[str]] = defaultdict(Counter)
    for suite, expectation, month, outcome, count in rows:
        counted[(suite, expectation), month][outcome] += count
    months: dict[CheckName, list[CheckMonth]] = defaultdict(list)
    for (name, month), outcomes in counted.items():
        months[name].append(CheckMonth(month, outcomes))
    return months


def _failures(warehouse: Warehouse, zone: ZoneInfo) -> dict[CheckName, CheckFailure]:
    rows = warehouse.rows(
        f"""
        SELECT suite, expectation, max(as_of), coalesce(arg_max(unexpected, as_of), 0), {_newest_ids(warehouse)}
        FROM marts.expectation_results WHERE outcome = 'broken' GROUP BY suite, expectation
        """
    )
    return {
        (suite, expectation): CheckFailure(last_ended_day(aware(as_of), zone), unexpected, tuple(ids or ()))
        for suite, expectation, as_of, unexpected, ids in rows
    }


def _newest_ids(warehouse: Warehouse) -> str:
    """A night that an earlier release published names no cases."""
    columns = warehouse.rows("SELECT column_name FROM (DESCRIBE marts.expectation_results)")
    return "arg_max_null(failing_ids, as_of)" if ("failing_ids",) in columns else "NULL"

"""What permanent pages tell: nights as their checks were judged, and closed weeks."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from charter.base.moments import last_ended_day
from charter.report.facts.figures import standards_unchecked
from charter.report.facts.models import Result
from charter.report.facts.rates import Components
from charter.report.facts.warehouse import Warehouse, aware


@dataclass(frozen=True)
class JudgedNight:
    """A night by the day that it ended. ``figures`` is a hash of all that its checks came to."""

    day: date
    as_of: datetime
    figures: str


@dataclass(frozen=True)
class StandardWeek:
    """What one standard came to in a closed week, agency-wide."""

    standard_id: str
    components: Components
    days_without_data: int
    result: Result


@dataclass(frozen=True)
class ClosedWeek:
    """A week that has ended, and the nights of it that were judged. ``figures`` is a hash of both."""

    start: date
    standards: tuple[StandardWeek, ...]
    nights: tuple[JudgedNight, ...]
    figures: str


def judged_nights(warehouse: Warehouse, zone: ZoneInfo) -> list[JudgedNight]:
    """Every night that was judged, the newest first."""
    rows = warehouse.rows(
        """
        SELECT as_of, sha256(string_agg(
            concat_ws('|', suite, expectation, outcome, coalesce(evaluated, -1), coalesce(unexpected, -1), error),
            chr(10) ORDER BY suite, expectation))
        FROM marts.expectation_results GROUP BY as_of ORDER BY as_of DESC
        """
    )
    return [JudgedNight(last_ended_day(aware(as_of), zone), aware(as_of), figures) for as_of, figures in rows]


def closed_weeks(warehouse: Warehouse, nights: list[JudgedNight], last_day: date) -> list[ClosedWeek]:
    """Every week that had ended by ``last_day``, the newest first."""
    rows = warehouse.rows(
        """
        SELECT period_start, standard_id, met, breached, pending, excluded, coalesce(days_without_data, 0), result
        FROM marts.standard_results
        WHERE period_kind = 'week' AND department_id IS NULL AND period_start + 6 <= ?
        ORDER BY period_start DESC, standard_id
        """,
        [last_day],
    )
    found: dict[date, list[StandardWeek]] = defaultdict(list)
    newest = rows[0][0] if rows else last_day
    unchecked = standards_unchecked(warehouse, "week", newest)
    for start, standard_id, met, breached, pending, excluded, days, result in rows:
        counted = Components(met=met, breached=breached, pending=pending, excluded=excluded)
        shown: Result = "check_error" if start == newest and standard_id in unchecked else result
        found[start].append(StandardWeek(standard_id, counted, days, shown))
    by_week: dict[date, list[JudgedNight]] = defaultdict(list)
    for night in nights:
        by_week[night.day - timedelta(days=night.day.weekday())].append(night)
    return [_closed_week(start, standards, by_week[start][::-1]) for start, standards in found.items()]


def _closed_week(start: date, standards: list[StandardWeek], nights: list[JudgedNight]) -> ClosedWeek:
    told = (
        [(each.standard_id, each.components.model_dump(), each.days_without_data, each.result) for each in standards],
        [(str(night.day), night.figures) for night in nights],
    )
    figures = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return ClosedWeek(start, tuple(standards), tuple(nights), figures)

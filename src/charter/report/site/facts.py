"""The figures of the site's pages that no weekly report has: checks, sources, a standard's history and cases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from charter.base.languages import column_in
from charter.base.moments import naive_utc
from charter.report.facts.cases import case_query, read_case
from charter.report.facts.figures import standards_unchecked
from charter.report.facts.models import Case, CaseList, Result
from charter.report.facts.rates import Components
from charter.report.facts.warehouse import Warehouse, aware

DAYS_OF_SOURCES = 28
DAYS_OF_BREACHES = 28
CASES_ON_A_PAGE = 50


@dataclass(frozen=True)
class CheckRow:
    """One expectation and its outcome. ``evaluated`` and ``unexpected`` are None when it could not be evaluated."""

    suite: str
    expectation: str
    kind: str
    standard_id: str | None
    table_name: str | None
    source_id: str | None
    period_kind: str | None
    period_start: date | None
    period_end: date | None
    description: str
    severity: str
    evaluated: int | None
    unexpected: int | None
    outcome: Result
    error: str


@dataclass(frozen=True)
class SourceDay:
    """What one source gave on one day, and whether the day is covered."""

    source_id: str
    day: date
    covered: bool
    arrived: int
    landed: int
    unchanged: int
    quarantined: int
    reason: str


@dataclass(frozen=True)
class FateRow:
    """What became of ``rows`` of one source and table; ``dated_ahead`` of them hold a fact after as_of, up to
    ``furthest_on``. ``standard_id`` and ``condition`` are empty where no rule is the reason."""

    source_id: str
    table: str
    fate: str
    standard_id: str
    condition: str
    rows: int
    dated_ahead: int
    furthest_on: date | None
    example_key: str


@dataclass(frozen=True)
class HistoryWeek:
    """One closed week of a standard, agency-wide."""

    start: date
    end: date
    components: Components
    days_without_data: int
    result: Result


@dataclass(frozen=True)
class DepartmentResult:
    department_id: str
    components: Components
    result: Result


@dataclass(frozen=True)
class SiteTables:
    """Everything the pages show beside the agency's week. ``set_aside`` counts what the calendar ends before."""

    checks: tuple[CheckRow, ...]
    nights: tuple[datetime, ...]
    source_days: tuple[SourceDay, ...]
    gaps: dict[str, tuple[SourceDay, ...]]
    row_fates: tuple[FateRow, ...]
    last_covered: dict[str, date]
    history: dict[str, tuple[HistoryWeek, ...]]
    by_department: dict[str, tuple[DepartmentResult, ...]]
    pending: dict[str, CaseList]
    breached: dict[str, CaseList]
    set_aside: int


def read_site(warehouse: Warehouse, last_day: date, week_start: date, language: str) -> SiteTables:
    """Reads what the pages need: ``last_day`` is the last ended business day, ``week_start`` the closed week's,
    ``language`` the agency's own."""
    return SiteTables(
        checks=checks_of_night(warehouse, warehouse.run.as_of, language),
        nights=_nights(warehouse),
        source_days=_source_days(warehouse, last_day),
        gaps=_gaps(warehouse, last_day),
        row_fates=_row_fates(warehouse),
        last_covered=dict(
            warehouse.rows("SELECT source_id, max(day) FROM marts.source_status WHERE covered GROUP BY source_id")
        ),
        history=_history(warehouse, week_start),
        by_department=_by_department(warehouse, week_start),
        pending=_cases(warehouse, "c.status = 'pending'", [], "due_at NULLS FIRST, commitment_id"),
        breached=_cases(
            warehouse,
            "c.status = 'breached' AND c.decided_on > ?",
            [last_day - timedelta(days=DAYS_OF_BREACHES)],
            "due_at DESC, commitment_id",
        ),
        set_aside=warehouse.rows(
            "SELECT count(*) FROM marts.fct_commitments WHERE due_basis = 'beyond_calendar' AND status = 'pending'"
        )[0][0],
    )


def checks_of_night(warehouse: Warehouse, as_of: datetime, language: str) -> tuple[CheckRow, ...]:
    """What every check came to in the night ``as_of`` (aware); described in the agency's own ``language``."""
    rows = warehouse.rows(
        f"""
        SELECT suite, expectation, kind, standard_id, table_name, source_id, period_kind, period_start, period_end,
               coalesce({column_in("description", language)}, ''),
               coalesce(severity, ''), evaluated, unexpected, outcome, coalesce(error, '')
        FROM marts.expectation_results WHERE as_of = ?
        ORDER BY kind, suite, expectation
        """,
        [naive_utc(as_of)],
    )
    return tuple(CheckRow(*row) for row in rows)


def _nights(warehouse: Warehouse) -> tuple[datetime, ...]:
    rows = warehouse.rows("SELECT DISTINCT as_of FROM marts.expectation_results ORDER BY as_of DESC")
    return tuple(aware(as_of) for (as_of,) in rows)


_SOURCE_DAY = """
    SELECT source_id, day, covered, coalesce(arrived, 0), coalesce(landed, 0), coalesce(unchanged, 0),
           coalesce(quarantined, 0), coalesce(reason, '')
    FROM marts.source_status
"""


def _source_days(warehouse: Warehouse, last_day: date) -> tuple[SourceDay, ...]:
    first = last_day - timedelta(days=DAYS_OF_SOURCES - 1)
    rows = warehouse.rows(f"{_SOURCE_DAY} WHERE day BETWEEN ? AND ? ORDER BY source_id, day DESC", [first, last_day])
    return tuple(SourceDay(*row) for row in rows)


def _gaps(warehouse: Warehouse, last_day: date) -> dict[str, tuple[SourceDay, ...]]:
    rows = warehouse.rows(
        f"{_SOURCE_DAY} WHERE NOT covered AND day BETWEEN ? AND ? ORDER BY source_id, day",
        [last_day.replace(month=1, day=1), last_day],
    )
    gaps: dict[str, list[SourceDay]] = defaultdict(list)
    for row in rows:
        gaps[row[0]].append(SourceDay(*row))
    return {source_id: tuple(days) for source_id, days in gaps.items()}


def _row_fates(warehouse: Warehouse) -> tuple[FateRow, ...]:
    """What became of landed rows; nothing of a night that a release before this table published."""
    if not warehouse.rows("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'marts' AND table_name = 'row_fates'"):
        return ()
    rows = warehouse.rows(
        """
        SELECT source_id, table_name, fate, coalesce(standard_id, ''), coalesce(condition, ''), row_count,
               rows_dated_ahead, furthest_on, coalesce(example_key, '')
        FROM marts.row_fates
        ORDER BY source_id, table_name, row_count DESC, fate, standard_id, part, condition
        """
    )
    return tuple(FateRow(*row) for row in rows)


def _history(warehouse: Warehouse, week_start: date) -> dict[str, tuple[HistoryWeek, ...]]:
    unchecked = standards_unchecked(warehouse, "week", week_start)
    rows = warehouse.rows(
        """
        SELECT standard_id, period_start, period_end, met, breached, pending, excluded, days_without_data, result
        FROM marts.standard_results
        WHERE period_kind = 'week' AND department_id IS NULL AND period_start <= ?
        ORDER BY standard_id, period_start DESC
        """,
        [week_start],
    )
    history: dict[str, list[HistoryWeek]] = defaultdict(list)
    for standard_id, start, end, met, breached, pending, excluded, days, result in rows:
        components = Components(met=met, breached=breached, pending=pending, excluded=excluded)
        if start == week_start and standard_id in unchecked:
            result = "check_error"
        history[standard_id].append(HistoryWeek(start, end, components, days or 0, result))
    return {standard_id: tuple(weeks) for standard_id, weeks in history.items()}


def _by_department(warehouse: Warehouse, week_start: date) -> dict[str, tuple[DepartmentResult, ...]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, met, breached, pending, excluded, result
        FROM marts.standard_results
        WHERE period_kind = 'week' AND department_id IS NOT NULL AND period_start = ?
        ORDER BY standard_id, department_id
        """,
        [week_start],
    )
    found: dict[str, list[DepartmentResult]] = defaultdict(list)
    for standard_id, department_id, met, breached, pending, excluded, result in rows:
        components = Components(met=met, breached=breached, pending=pending, excluded=excluded)
        found[standard_id].append(DepartmentResult(department_id, components, result))
    return {standard_id: tuple(items) for standard_id, items in found.items()}


def _cases(warehouse: Warehouse, condition: str, values: list[Any], order: str) -> dict[str, CaseList]:
    rows = warehouse.rows(
        f"""
        SELECT *, count(*) OVER (PARTITION BY standard_id) AS cases
        FROM ({case_query(warehouse)} WHERE {condition})
        QUALIFY row_number() OVER (PARTITION BY standard_id ORDER BY {order}) <= {CASES_ON_A_PAGE}
        ORDER BY standard_id, {order}
        """,
        values,
    )
    cases: dict[str, list[Case]] = defaultdict(list)
    counts: dict[str, int] = {}
    for row in rows:
        case = read_case(row[:-1], warehouse.run.as_of)
        cases[case.standard_id].append(case)
        counts[case.standard_id] = row[-1]
    return {
        standard_id: CaseList(count=counts[standard_id], cases=tuple(found)) for standard_id, found in cases.items()
    }

"""The matrix with what the newest published warehouse says: the last result of each rule version, and of each check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from charter.audit.matrix.rows import LastResult, Matrix
from charter.base.figure_name import figure_name
from charter.base.moments import Period, closed_week, naive_utc
from charter.definitions.models import Agency
from charter.report.facts.figures import standards_unchecked
from charter.report.facts.models import Result
from charter.report.facts.warehouse import Warehouse


def with_results(matrix: Matrix, agency: Agency, warehouse: Warehouse) -> Matrix:
    """``matrix`` with the results and outcomes of the night that ``warehouse`` was published by."""
    week = closed_week(warehouse.run.as_of, agency.zone)
    results = dict(_results(warehouse, week))
    decided = _last_decided(warehouse, week)
    outcomes = _outcomes(warehouse)
    return matrix.model_copy(
        update={
            "night": warehouse.run.as_of,
            "rows": tuple(
                row.model_copy(
                    update={
                        "last": results.get(
                            (row.standard_id, decided.get((row.standard_id, row.rule_version), week.start))
                        )
                    }
                )
                for row in matrix.rows
            ),
            "checks": tuple(
                check.model_copy(update=dict(zip(_ASKED, outcomes[check.suite, check.check], strict=True)))
                if (check.suite, check.check) in outcomes
                else check
                for check in matrix.checks
            ),
        }
    )


_ASKED = ("outcome", "evaluated", "unexpected")


def _results(warehouse: Warehouse, newest: Period) -> Iterator[tuple[tuple[str, date], LastResult]]:
    """Every closed week of every standard, by standard and first day."""
    unchecked = standards_unchecked(warehouse, "week", newest.start)
    rows = warehouse.rows(
        """
        SELECT standard_id, period_start, period_end, result, met, breached, pending, excluded
        FROM marts.standard_results
        WHERE period_kind = 'week' AND department_id IS NULL AND period_start <= ?
        """,
        [newest.start],
    )
    for standard_id, start, end, result, met, breached, pending, excluded in rows:
        # What a check could not judge is judged by nobody.
        judged: Result = "check_error" if start == newest.start and standard_id in unchecked else result
        yield (
            (standard_id, start),
            LastResult(
                figure=str(figure_name(Period("week", start, end), standard_id, None)),
                period_start=start,
                period_end=end,
                result=judged,
                met=met,
                breached=breached,
                pending=pending,
                excluded=excluded,
                night=warehouse.run.as_of,
            ),
        )


def _last_decided(warehouse: Warehouse, newest: Period) -> dict[tuple[str, int], date]:
    """The first day of the newest closed week in which anything was decided, by standard and rule version."""
    rows = warehouse.rows(
        """
        SELECT standard_id, rule_version, CAST(date_trunc('week', max(decided_on)) AS DATE)
        FROM marts.fct_commitments
        WHERE status IN ('met', 'breached') AND decided_on <= ?
        GROUP BY ALL
        """,
        [newest.end],
    )
    return {(standard_id, version): start for standard_id, version, start in rows}


def _outcomes(warehouse: Warehouse) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = warehouse.rows(
        "SELECT suite, expectation, outcome, evaluated, unexpected FROM marts.expectation_results WHERE as_of = ?",
        [naive_utc(warehouse.run.as_of)],
    )
    return {(suite, expectation): (outcome, *counts) for suite, expectation, outcome, *counts in rows}

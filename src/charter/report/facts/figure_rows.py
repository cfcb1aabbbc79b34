"""The figures of a report as rows: what its workbook, its CSV and its JSON show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from charter.base.figure_name import figure_name
from charter.base.moments import Period
from charter.report.facts.models import DepartmentWeek, Frozen, Result, StandardWeek


class FigureRow(Frozen):
    """One figure: the components of a standard in a week, of a department (None: the whole agency), and its result.

    ``met_at_least`` to ``breached_at_least`` are the two ends between which the truth lies; both are what is known
    where nothing is open, and None where nothing bounds them. ``target`` is None where parts have targets of their own.
    """

    figure: str
    standard_id: str
    department_id: str | None
    rule_version: int
    period_start: date
    period_end: date
    result: Result
    met: int
    breached: int
    pending: int
    excluded: int
    breached_strict: int
    days_without_data: int
    met_at_least: int
    breached_at_most: int | None
    met_at_most: int | None
    breached_at_least: int
    target: float | None
    year_met: int
    year_breached: int
    year_result: Result


def figure_rows(facts: DepartmentWeek, revision: int = 1) -> Iterator[FigureRow]:
    """Every figure that a report shows of its week, in its order; named by the ``revision`` on file."""
    week = Period(facts.period_kind, facts.week_start, facts.week_end)
    standards = {standard.id: standard for standard in facts.catalogue}
    for each in facts.standards:
        own = revision if each.department_id in (None, facts.department.id) else 1
        yield FigureRow(
            figure=str(figure_name(week, each.standard_id, each.department_id, revision=own)),
            standard_id=each.standard_id,
            department_id=each.department_id,
            rule_version=standards[each.standard_id].rule_version,
            period_start=facts.week_start,
            period_end=facts.week_end,
            result=each.result,
            **each.components.model_dump(),
            breached_strict=each.breached_strict,
            days_without_data=each.days_without_data,
            **_ends(each),
            target=standards[each.standard_id].target,
            year_met=each.year.met,
            year_breached=each.year.breached,
            year_result=each.year_result,
        )


def _ends(week: StandardWeek) -> dict[str, int | None]:
    if week.ends is not None:
        return week.ends.model_dump()
    known = week.components
    return {
        "met_at_least": known.met,
        "breached_at_most": known.breached,
        "met_at_most": known.met,
        "breached_at_least": known.breached,
    }

"""The counted figures of a closed week: results, weeks before, exclusions, companions, silent sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from charter.base.moments import Period, earlier_starts, naive_utc
from charter.definitions.models import FELT, Agency
from charter.report.facts.models import (
    CompanionFigure,
    Department,
    InDoubt,
    MissingData,
    PartTarget,
    Result,
    Standard,
    TargetFigures,
)
from charter.report.facts.rates import Components, Ends
from charter.report.facts.warehouse import Warehouse

EARLIER_WEEKS = 12
NOTHING_IN_DOUBT = InDoubt()
_SIX_DAYS = timedelta(days=6)

# Standard and department; the department None is the whole agency.
Key = tuple[str, str | None]


@dataclass(frozen=True)
class ResultRow:
    components: Components
    breached_strict: int
    days_without_data: int
    result: Result
    reason: str
    in_doubt: InDoubt = NOTHING_IN_DOUBT
    ends: Ends | None = None


def read_catalogue(warehouse: Warehouse, week: Period) -> dict[str, Standard]:
    """Every standard, withdrawn ones and those that begin after the week too, under its newest rule by the week's end.

    In the charter's order.
    """
    rows = warehouse.rows(
        f"""
        SELECT standard_id, rule_version, position, section, citation, pledge, {warehouse.texts("text")}, kind, basis,
               {warehouse.texts("basis_note")}, {warehouse.texts("threshold")}, clock, target, owner, effective_from
        FROM marts.dim_standard
        QUALIFY row_number() OVER (
            PARTITION BY standard_id
            ORDER BY CASE WHEN effective_from <= ? THEN effective_from END DESC NULLS LAST, effective_from
        ) = 1
        ORDER BY position
        """,
        [week.end],
    )
    names = [name for name in Standard.model_fields if name != "targets"]
    standards = (Standard.model_validate(dict(zip(names, row, strict=True))) for row in rows)
    targets = read_targets_of_parts(warehouse)
    return {
        each.id: each.model_copy(update={"targets": targets.get((each.id, each.rule_version), ())})
        for each in standards
    }


def read_targets_of_parts(warehouse: Warehouse) -> dict[tuple[str, int], tuple[PartTarget, ...]]:
    """The parts with a target of their own, by standard and rule version."""
    rows = warehouse.rows(
        f"""
        SELECT standard_id, rule_version, part, {warehouse.texts("part")}, target
        FROM marts.dim_rule_part WHERE target IS NOT NULL ORDER BY standard_id, rule_version, part
        """
    )
    targets: dict[tuple[str, int], list[PartTarget]] = defaultdict(list)
    for standard_id, version, part, text, target in rows:
        targets[standard_id, version].append(PartTarget(part=part, text=text, target=target))
    return {key: tuple(found) for key, found in targets.items()}


def standards_shown(warehouse: Warehouse, week: Period) -> frozenset[str]:
    """The standards in force in the week (the month), or with commitments still counted in it."""
    counted = (
        "marts.compliance_weekly WHERE week_start = $first"
        if week.kind == "week"
        else "marts.standard_results WHERE period_kind = 'month' AND period_start = $first"
    )
    rows = warehouse.rows(
        f"""
        SELECT standard_id FROM marts.dim_standard
        WHERE effective_from <= $last AND (effective_to IS NULL OR effective_to >= $first)
        UNION
        SELECT standard_id FROM {counted}
        """,
        {"first": week.start, "last": week.end},
    )
    return frozenset(standard_id for (standard_id,) in rows)


def read_departments(warehouse: Warehouse, day: date) -> dict[str, Department]:
    """Every department as it stood on ``day``."""
    rows = warehouse.rows(
        f"""
        SELECT department_id, {warehouse.texts("name")}, kind, parent_id
        FROM marts.dim_department
        WHERE valid_from <= ?
        QUALIFY row_number() OVER (PARTITION BY department_id ORDER BY valid_from DESC) = 1
        ORDER BY department_id
        """,
        [day],
    )
    return {row[0]: Department(id=row[0], name=row[1], kind=row[2], parent_id=row[3]) for row in rows}


def members_of(departments: dict[str, Department], department_id: str) -> list[tuple[str, int]]:
    """The departments under this one, each with its depth below it, in the order of a tree."""
    found: list[tuple[str, int]] = []

    def visit(parent: str, level: int) -> None:
        for child in sorted((item for item in departments.values() if item.parent_id == parent), key=lambda d: d.id):
            found.append((child.id, level))
            visit(child.id, level + 1)

    visit(department_id, 1)
    return found


def read_results(warehouse: Warehouse, kind: str, start: date) -> dict[Key, ResultRow]:
    unchecked = standards_unchecked(warehouse, kind, start)
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, met, breached, pending, excluded, breached_strict, days_without_data,
               result, coalesce(reason, ''), met_at_least, breached_at_most, met_at_most, breached_at_least,
               refused, ahead, withdrawn, early
        FROM marts.standard_results
        WHERE period_kind = ? AND period_start = ?
        """,
        [kind, start],
    )
    return {
        (row[0], row[1]): ResultRow(
            components=components_of(row[2:6]),
            breached_strict=row[6] or 0,
            days_without_data=row[7] or 0,
            result="check_error" if row[0] in unchecked else row[8],
            reason="" if row[0] in unchecked else row[9],
            in_doubt=InDoubt(refused=row[14], ahead=row[15], withdrawn=row[16], early=row[17]),
            ends=ends_of(components_of(row[2:6]), row[10:14]),
        )
        for row in rows
    }


def read_target_figures(warehouse: Warehouse, kind: str, start: date) -> dict[Key, tuple[TargetFigures, ...]]:
    """What each target of a part came to in a period, of standards whose parts have targets of their own."""
    unchecked = standards_unchecked(warehouse, kind, start)
    rows = warehouse.rows(
        f"""
        SELECT result.standard_id, result.department_id, result.part, {warehouse.texts("part", "described")},
               result.target, result.rule_version, met, breached, 0, excluded, result, met_at_least, breached_at_most,
               met_at_most, breached_at_least
        FROM marts.target_results AS result
        INNER JOIN marts.dim_rule_part AS described USING (standard_id, rule_version, part)
        WHERE period_kind = ? AND period_start = ?
        ORDER BY result.standard_id, result.department_id, result.rule_version, result.part
        """,
        [kind, start],
    )
    targets: dict[Key, list[TargetFigures]] = defaultdict(list)
    for standard_id, department_id, part, text, target, version, *values in rows:
        components = components_of(values[:4])
        targets[standard_id, department_id].append(
            TargetFigures(
                part=part,
                text=text,
                target=target,
                rule_version=version,
                components=components,
                result="check_error" if standard_id in unchecked else values[4],
                ends=ends_of(components, values[5:9]),
            )
        )
    return {key: tuple(found) for key, found in targets.items()}


def standards_unchecked(warehouse: Warehouse, kind: str, start: date) -> frozenset[str]:
    """The standards for which a check of this period could not be evaluated the last time it was tried."""
    rows = warehouse.rows(
        """
        SELECT DISTINCT standard_id FROM (
            SELECT standard_id, outcome FROM marts.expectation_results
            WHERE standard_id IS NOT NULL
                AND (period_kind = ? AND period_start = ? OR period_kind IS NULL AND as_of = ?)
            QUALIFY row_number() OVER (PARTITION BY suite, expectation ORDER BY as_of DESC) = 1
        )
        WHERE outcome = 'check_error'
        """,
        [kind, start, naive_utc(warehouse.run.as_of)],
    )
    return frozenset(standard_id for (standard_id,) in rows)


def components_of(values: Sequence[Any]) -> Components:
    met, breached, pending, excluded = (int(value or 0) for value in values)
    return Components(met=met, breached=breached, pending=pending, excluded=excluded)


def ends_of(known: Components, values: Sequence[int | None]) -> Ends | None:
    """The two ends of a result by their columns; None when they are both what is known."""
    ends = Ends(
        met_at_least=values[0] or 0,
        breached_at_most=values[1],
        met_at_most=values[2],
        breached_at_least=values[3] or 0,
    )
    return ends if ends.leave_open(known) else None


def read_earlier(warehouse: Warehouse, period: Period) -> dict[Key, dict[date, Components]]:
    """The week (month) itself and those before it, by their first days."""
    return _read_monthly(warehouse, period) if period.kind == "month" else read_weekly(warehouse, period)


def _read_monthly(warehouse: Warehouse, month: Period) -> dict[Key, dict[date, Components]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, period_start, met, breached, pending, excluded
        FROM marts.standard_results
        WHERE period_kind = 'month' AND period_start BETWEEN ? AND ?
        ORDER BY ALL
        """,
        [earlier_starts(month, EARLIER_WEEKS)[0], month.start],
    )
    monthly: dict[Key, dict[date, Components]] = defaultdict(dict)
    for standard_id, department_id, start, *values in rows:
        monthly[standard_id, department_id][start] = components_of(values)
    return dict(monthly)


def read_weekly(warehouse: Warehouse, week: Period) -> dict[Key, dict[date, Components]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, week_start, met, breached, pending, excluded
        FROM marts.compliance_weekly
        WHERE week_start BETWEEN ? AND ?
        ORDER BY ALL
        """,
        [week.start - timedelta(weeks=EARLIER_WEEKS), week.start],
    )
    weekly: dict[Key, dict[date, Components]] = defaultdict(dict)
    for standard_id, department_id, week_start, *values in rows:
        components = components_of(values)
        if department_id is not None:
            weekly[standard_id, department_id][week_start] = components
        whole = weekly[standard_id, None]
        whole[week_start] = whole.get(week_start, Components()) + components
    return dict(weekly)


def read_exclusion_rules(warehouse: Warehouse) -> dict[str, tuple[dict[str, str], str]]:
    """What each rule that takes commitments out says, by language, and who approves it."""
    rows = warehouse.rows(
        f"SELECT exclusion_rule, {warehouse.texts('text')}, coalesce(approver, '') FROM marts.dim_exclusion"
    )
    return {rule: (text, approver) for rule, text, approver in rows}


def read_exclusions(warehouse: Warehouse, week: Period) -> dict[Key, dict[str, int]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, coalesce(exclusion_rule, ''), count(*)
        FROM marts.fct_commitments
        WHERE status = 'excluded' AND decided_on BETWEEN ? AND ?
        GROUP BY ALL ORDER BY ALL
        """,
        [week.start, week.end],
    )
    exclusions: dict[Key, dict[str, int]] = defaultdict(dict)
    for standard_id, department_id, rule, count in rows:
        exclusions[standard_id, department_id][rule] = count
    return dict(exclusions)


def read_companions(warehouse: Warehouse, agency: Agency, week: Period) -> dict[Key, list[CompanionFigure]]:
    """What stands beside the standards in the week; of a month, in the weeks that ended in it."""
    shares = {
        (standard.id, companion.id): companion.numerator is not None
        for standard in agency.charter.standards
        for rule in standard.rules
        for companion in rule.companions
    }
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, companion, sum(numerator), sum(denominator)
        FROM marts.companion_weekly
        WHERE week_start BETWEEN ? AND ? AND department_id IS NOT NULL AND companion <> ?
        GROUP BY ALL ORDER BY ALL
        """,
        [week.start if week.kind == "week" else week.start - _SIX_DAYS, week.end - _SIX_DAYS, FELT],
    )
    figures: dict[Key, list[CompanionFigure]] = defaultdict(list)
    for standard_id, department_id, companion, numerator, denominator in rows:
        figures[standard_id, department_id].append(
            CompanionFigure(
                standard_id=standard_id,
                companion=companion,
                share=shares.get((standard_id, companion), True),
                numerator=float(numerator or 0),
                denominator=int(denominator or 0),
            )
        )
    return dict(figures)


def read_uncovered(warehouse: Warehouse, week: Period) -> dict[str, MissingData]:
    rows = warehouse.rows(
        """
        SELECT source_id, day, coalesce(reason, '') FROM marts.source_status
        WHERE NOT covered AND day BETWEEN ? AND ? ORDER BY source_id, day
        """,
        [week.start, week.end],
    )
    days: dict[str, list[date]] = defaultdict(list)
    reasons: dict[str, list[str]] = defaultdict(list)
    for source_id, day, reason in rows:
        days[source_id].append(day)
        if reason and reason not in reasons[source_id]:
            reasons[source_id].append(reason)
    return {
        source_id: MissingData(source_id=source_id, days=tuple(found), reasons=tuple(reasons[source_id]))
        for source_id, found in days.items()
    }

"""Single commitments in view: what was breached, what is still open, what falls due next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from charter.base.moments import Period, naive_utc
from charter.report.facts.figures import Key
from charter.report.facts.models import Case, CaseList
from charter.report.facts.warehouse import Warehouse, aware_or_none

DAYS_AHEAD = 7
# Cases carried per standard and department; the counts beside them are of all.
MOST_CASES = 100

# A late answer still helps; a call that was missed, a day that fell short or a slot that passed cannot be mended.
_CORRECTABLE = """(
    s.kind = 'deadline' AND coalesce(p.limit_unit, '') <> 'seconds' OR s.kind = 'coverage' AND p.limit_amount > 0
)"""
_CASE_COLUMNS = (
    *(
        "commitment_id",
        "standard_id",
        "part",
        "part_text",
        "subject_id",
        "department_id",
        "opened_at",
        "due_at",
    ),
    *("due_basis", "fulfilled_at", "kind", "correctable", "measured", "limit", "unit", "comparison", "least"),
    *("paused_count", "paused_seconds", "broken_standard_id", "source_id", "missing_evidence"),
    "waited_seconds",
)


def case_query(warehouse: Warehouse) -> str:
    """Every commitment with what a case in view tells of it."""
    return f"""
    SELECT c.commitment_id, c.standard_id, c.part,
           {warehouse.texts("part", "p")} AS part_text,
           c.subject_id, c.department_id, c.opened_at, c.due_at, coalesce(c.due_basis, '') AS due_basis, c.fulfilled_at,
           s.kind, {_CORRECTABLE} AS correctable, c.measured_value, c.limit_value, coalesce(c.unit, '') AS unit,
           coalesce(p.comparison, '') AS comparison, coalesce(c.lower_limit_value, p.limit_least) AS least,
           c.paused_count, c.paused_seconds, p.broken_standard_id, coalesce(c.source_id, '') AS source_id,
           c.missing_evidence, c.waited_seconds
    FROM marts.fct_commitments AS c
    JOIN marts.dim_standard AS s USING (standard_id, rule_version)
    LEFT JOIN marts.dim_rule_part AS p USING (standard_id, rule_version, part)
"""


def read_case(row: Sequence[Any], as_of: datetime) -> Case:
    values = dict(zip(_CASE_COLUMNS, row, strict=True))
    for name in ("opened_at", "due_at", "fulfilled_at"):
        values[name] = aware_or_none(values[name])
    is_past_due = values["due_at"] is not None and values["due_at"] <= as_of
    return Case.model_validate({**values, "awaiting_data": is_past_due})


def read_breaches(warehouse: Warehouse, week: Period) -> dict[Key, list[Case]]:
    rows = warehouse.rows(
        f"""
        {case_query(warehouse)}
        WHERE c.status = 'breached' AND c.decided_on BETWEEN ? AND ?
        QUALIFY row_number() OVER (
            PARTITION BY c.standard_id, c.department_id
            ORDER BY correctable AND c.fulfilled_at IS NULL DESC, c.due_at, c.commitment_id
        ) <= {MOST_CASES}
        """,
        [week.start, week.end],
    )
    breaches: dict[Key, list[Case]] = defaultdict(list)
    for row in rows:
        case = read_case(row, warehouse.run.as_of)
        breaches[case.standard_id, case.department_id].append(case.model_copy(update={"awaiting_data": False}))
    return dict(breaches)


def read_still_open(warehouse: Warehouse, week: Period) -> dict[str | None, CaseList]:
    """Breached in another week, not fulfilled to this day, and still worth fulfilling."""
    return _case_lists(
        warehouse,
        f"c.status = 'breached' AND c.fulfilled_at IS NULL AND c.decided_on NOT BETWEEN ? AND ? AND {_CORRECTABLE}",
        [week.start, week.end],
        awaiting=False,
    )


def read_due_next(warehouse: Warehouse, as_of: datetime) -> dict[str | None, CaseList]:
    """Pending and due within DAYS_AHEAD days; also what is past due but undecided because its source is silent."""
    limit = naive_utc(as_of) + timedelta(days=DAYS_AHEAD)
    # Nobody can see to a day that must stand before it ends, or to a call that rang at midnight.
    condition = (
        "c.status = 'pending' AND c.due_at <= ? AND s.kind NOT IN ('level', 'zero')"
        " AND coalesce(p.limit_unit, '') <> 'seconds'"
    )
    return _case_lists(warehouse, condition, [limit], awaiting=True)


def _case_lists(
    warehouse: Warehouse, condition: str, values: Sequence[Any], *, awaiting: bool
) -> dict[str | None, CaseList]:
    rows = warehouse.rows(
        f"""
        SELECT *, count(*) OVER (PARTITION BY department_id) AS cases
        FROM ({case_query(warehouse)} WHERE {condition})
        QUALIFY row_number() OVER (PARTITION BY department_id ORDER BY due_at, commitment_id) <= {MOST_CASES}
        ORDER BY due_at, commitment_id
        """,
        values,
    )
    cases: dict[str | None, list[Case]] = defaultdict(list)
    counts: dict[str | None, int] = {}
    for row in rows:
        case = read_case(row[:-1], warehouse.run.as_of)
        if not awaiting:
            case = case.model_copy(update={"awaiting_data": False})
        cases[case.department_id].append(case)
        counts[case.department_id] = row[-1]
    return {department: CaseList(count=counts[department], cases=tuple(found)) for department, found in cases.items()}

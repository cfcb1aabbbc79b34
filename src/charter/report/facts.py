"""The figures of a closed week, read from the warehouse: per department, and for the whole agency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from charter.definitions.check import needed_tables
from charter.definitions.models import Agency
from charter.moments import Period, closed_week, naive_utc
from charter.report.models import (
    AgencyWeek,
    Case,
    CaseGroup,
    CaseList,
    CompanionFigure,
    Department,
    DepartmentSummary,
    DepartmentWeek,
    ExclusionCount,
    MissingData,
    PledgeWeek,
    Result,
    Standard,
    StandardWeek,
    WeekComponents,
)
from charter.report.rates import Components, direction, total
from charter.report.warehouse import Run, Warehouse, aware_or_none, open_warehouse
from charter.settings import Settings

EARLIER_WEEKS = 12
DAYS_AHEAD = 7
# Cases carried per standard and department; the counts beside them are of all.
MOST_CASES = 100

OUT_OF_ORDER = ("broken", "no_data", "check_error")
# A late answer still helps; a call that was missed, a day that fell short or a slot that passed cannot be mended.
_CORRECTABLE = """(
    s.kind = 'deadline' AND coalesce(p.limit_unit, '') <> 'seconds' OR s.kind = 'coverage' AND p.limit_amount > 0
)"""
CASE_QUERY = f"""
    SELECT c.commitment_id, c.standard_id, c.part,
           coalesce(p.part_ko, '') AS part_ko, coalesce(p.part_en, '') AS part_en,
           c.subject_id, c.department_id, c.opened_at, c.due_at, coalesce(c.due_basis, '') AS due_basis, c.fulfilled_at,
           s.kind, {_CORRECTABLE} AS correctable, c.measured_value, c.limit_value, coalesce(c.unit, '') AS unit,
           coalesce(p.comparison, '') AS comparison
    FROM marts.fct_commitments AS c
    JOIN marts.dim_standard AS s USING (standard_id, rule_version)
    LEFT JOIN marts.dim_rule_part AS p USING (standard_id, rule_version, part)
"""


_CASE_COLUMNS = (
    *(
        "commitment_id",
        "standard_id",
        "part",
        "part_ko",
        "part_en",
        "subject_id",
        "department_id",
        "opened_at",
        "due_at",
    ),
    *("due_basis", "fulfilled_at", "kind", "correctable", "measured", "limit", "unit", "comparison"),
)


@dataclass(frozen=True)
class _ResultRow:
    components: Components
    breached_strict: int
    days_without_data: int
    result: Result
    reason: str


_Key = tuple[str, str | None]


@dataclass(frozen=True)
class WeekTables:
    """Everything read for one closed week; departments' reports are cut from it. Department None is the agency."""

    run: Run
    agency: Agency
    week: Period
    synthetic: bool
    standards: dict[str, Standard]
    departments: dict[str, Department]
    exclusion_rules: dict[str, tuple[str, str, str]]
    week_results: dict[_Key, _ResultRow]
    year_results: dict[_Key, _ResultRow]
    weekly: dict[_Key, dict[date, Components]]
    breaches: dict[_Key, list[Case]]
    still_open: dict[str | None, CaseList]
    due_next: dict[str | None, CaseList]
    exclusions: dict[_Key, dict[str, int]]
    companions: dict[_Key, list[CompanionFigure]]
    uncovered: dict[str, MissingData]


def load_week(settings: Settings, agency: Agency, as_of: datetime) -> WeekTables:
    """Reads the last week that had ended at ``as_of`` (aware). Raises ReportError (see ``open_warehouse``)."""
    week = closed_week(as_of, agency.zone)
    with open_warehouse(settings, as_of) as warehouse:
        return WeekTables(
            run=warehouse.run,
            agency=agency,
            week=week,
            synthetic=is_synthetic(settings),
            standards=read_standards(warehouse, week.end),
            departments=read_departments(warehouse, week.end),
            exclusion_rules=_exclusion_rules(warehouse),
            week_results=_results(warehouse, "week", week.start),
            year_results=_results(warehouse, "year", week.end.replace(month=1, day=1)),
            weekly=_weekly(warehouse, week),
            breaches=_breaches(warehouse, week),
            still_open=_still_open(warehouse, week),
            due_next=_due_next(warehouse, as_of),
            exclusions=_exclusions(warehouse, week),
            companions=_companions(warehouse, agency, week),
            uncovered=_uncovered(warehouse, week),
        )


def is_synthetic(settings: Settings) -> bool:
    """Whether the sources are those of the made-up demo agency, which says so in a README."""
    return any(settings.demo_dir.glob("README*"))


def week_facts(settings: Settings, agency: Agency, as_of: datetime) -> list[DepartmentWeek]:
    """The closed week of each department below the agency for which something is due, by id.

    Raises ReportError when the warehouse is missing or was built for another as-of.
    """
    return department_weeks(load_week(settings, agency, as_of))


def agency_week(settings: Settings, agency: Agency, as_of: datetime) -> AgencyWeek:
    """The closed week of the whole agency, with every standard in force.

    Raises ReportError when the warehouse is missing or was built for another as-of.
    """
    return whole_week(load_week(settings, agency, as_of))


def department_weeks(tables: WeekTables) -> list[DepartmentWeek]:
    """The closed week of each department below the agency for which something is due, by id."""
    weeks = (
        _department_week(tables, department)
        for department in sorted(tables.departments.values(), key=lambda item: item.id)
        if department.parent_id is not None
    )
    return [week for week in weeks if week.something_due]


def whole_week(tables: WeekTables) -> AgencyWeek:
    """The closed week of the whole agency."""
    top = next(item for item in tables.departments.values() if item.parent_id is None)
    members: list[str | None] = [*tables.departments, None]
    standards = [_standard_week(tables, standard_id, None) for standard_id in tables.standards]
    whole = _assemble(tables, top, members, standards, whole_agency=True)
    pledges = tuple(
        PledgeWeek(
            id=pledge.id,
            text_ko=pledge.text.ko,
            text_en=pledge.text.en,
            standard_ids=tuple(item.id for item in tables.standards.values() if item.pledge == pledge.id),
        )
        for pledge in tables.agency.charter.pledges
    )
    return AgencyWeek(whole=whole, pledges=pledges)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read_standards(warehouse: Warehouse, day: date) -> dict[str, Standard]:
    """Every standard under the rule in force on ``day``, in the charter's order."""
    rows = warehouse.rows(
        """
        SELECT standard_id, rule_version, position, section, citation, pledge, text_ko, text_en, kind, basis,
               coalesce(basis_note_ko, ''), coalesce(basis_note_en, ''),
               threshold_ko, threshold_en, clock, target, owner, effective_from
        FROM marts.dim_standard
        WHERE effective_from <= ? AND (effective_to IS NULL OR effective_to >= ?)
        ORDER BY position
        """,
        [day, day],
    )
    names = list(Standard.model_fields)
    return {row[0]: Standard.model_validate(dict(zip(names, row, strict=True))) for row in rows}


def read_departments(warehouse: Warehouse, day: date) -> dict[str, Department]:
    """Every department as it stood on ``day``."""
    rows = warehouse.rows(
        """
        SELECT department_id, name_ko, name_en, kind, parent_id
        FROM marts.dim_department
        WHERE valid_from <= ?
        QUALIFY row_number() OVER (PARTITION BY department_id ORDER BY valid_from DESC) = 1
        ORDER BY department_id
        """,
        [day],
    )
    return {
        row[0]: Department(id=row[0], name_ko=row[1], name_en=row[2], kind=row[3], parent_id=row[4]) for row in rows
    }


def _results(warehouse: Warehouse, kind: str, start: date) -> dict[_Key, _ResultRow]:
    unchecked = standards_unchecked(warehouse, kind, start)
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, met, breached, pending, excluded, breached_strict, days_without_data,
               result, coalesce(reason, '')
        FROM marts.standard_results
        WHERE period_kind = ? AND period_start = ?
        """,
        [kind, start],
    )
    return {
        (row[0], row[1]): _ResultRow(
            components=_components(row[2:6]),
            breached_strict=row[6] or 0,
            days_without_data=row[7] or 0,
            result="check_error" if row[0] in unchecked else row[8],
            reason="" if row[0] in unchecked else row[9],
        )
        for row in rows
    }


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


def _components(values: Sequence[Any]) -> Components:
    met, breached, pending, excluded = (int(value or 0) for value in values)
    return Components(met=met, breached=breached, pending=pending, excluded=excluded)


def _weekly(warehouse: Warehouse, week: Period) -> dict[_Key, dict[date, Components]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, week_start, met, breached, pending, excluded
        FROM marts.compliance_weekly
        WHERE week_start BETWEEN ? AND ?
        ORDER BY ALL
        """,
        [week.start - timedelta(weeks=EARLIER_WEEKS), week.start],
    )
    weekly: dict[_Key, dict[date, Components]] = defaultdict(dict)
    for standard_id, department_id, week_start, *values in rows:
        components = _components(values)
        if department_id is not None:
            weekly[standard_id, department_id][week_start] = components
        whole = weekly[standard_id, None]
        whole[week_start] = whole.get(week_start, Components()) + components
    return dict(weekly)


def read_case(row: Sequence[Any], as_of: datetime) -> Case:
    values = dict(zip(_CASE_COLUMNS, row, strict=True))
    for name in ("opened_at", "due_at", "fulfilled_at"):
        values[name] = aware_or_none(values[name])
    return Case.model_validate({**values, "awaiting_data": values["due_at"] <= as_of})


def _breaches(warehouse: Warehouse, week: Period) -> dict[_Key, list[Case]]:
    rows = warehouse.rows(
        f"""
        {CASE_QUERY}
        WHERE c.status = 'breached' AND c.decided_on BETWEEN ? AND ?
        QUALIFY row_number() OVER (
            PARTITION BY c.standard_id, c.department_id
            ORDER BY correctable AND c.fulfilled_at IS NULL DESC, c.due_at, c.commitment_id
        ) <= {MOST_CASES}
        """,
        [week.start, week.end],
    )
    breaches: dict[_Key, list[Case]] = defaultdict(list)
    for row in rows:
        case = read_case(row, warehouse.run.as_of)
        breaches[case.standard_id, case.department_id].append(case.model_copy(update={"awaiting_data": False}))
    return dict(breaches)


def _still_open(warehouse: Warehouse, week: Period) -> dict[str | None, CaseList]:
    """Breached in another week, not fulfilled to this day, and still worth fulfilling."""
    return _case_lists(
        warehouse,
        f"c.status = 'breached' AND c.fulfilled_at IS NULL AND c.decided_on NOT BETWEEN ? AND ? AND {_CORRECTABLE}",
        [week.start, week.end],
        awaiting=False,
    )


def _due_next(warehouse: Warehouse, as_of: datetime) -> dict[str | None, CaseList]:
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
        FROM ({CASE_QUERY} WHERE {condition})
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


def _exclusion_rules(warehouse: Warehouse) -> dict[str, tuple[str, str, str]]:
    rows = warehouse.rows("SELECT exclusion_rule, text_ko, text_en, coalesce(approver, '') FROM marts.dim_exclusion")
    return {rule: (text_ko, text_en, approver) for rule, text_ko, text_en, approver in rows}


def _exclusions(warehouse: Warehouse, week: Period) -> dict[_Key, dict[str, int]]:
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, coalesce(exclusion_rule, ''), count(*)
        FROM marts.fct_commitments
        WHERE status = 'excluded' AND decided_on BETWEEN ? AND ?
        GROUP BY ALL ORDER BY ALL
        """,
        [week.start, week.end],
    )
    exclusions: dict[_Key, dict[str, int]] = defaultdict(dict)
    for standard_id, department_id, rule, count in rows:
        exclusions[standard_id, department_id][rule] = count
    return dict(exclusions)


def _companions(warehouse: Warehouse, agency: Agency, week: Period) -> dict[_Key, list[CompanionFigure]]:
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
        WHERE week_start = ? AND department_id IS NOT NULL
        GROUP BY ALL ORDER BY ALL
        """,
        [week.start],
    )
    figures: dict[_Key, list[CompanionFigure]] = defaultdict(list)
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


def _uncovered(warehouse: Warehouse, week: Period) -> dict[str, MissingData]:
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


# ── cutting ─────────────────────────────────────────────────────────────────────────────────────


def sources_of(agency: Agency, standard_id: str) -> frozenset[str]:
    """The sources whose rows the standard is judged from."""
    rules = [rule for standard in agency.charter.standards if standard.id == standard_id for rule in standard.rules]
    tables = {table for rule in rules for table in needed_tables(rule, agency.subjects)}
    return frozenset(source.id for source in agency.sources if any(feed.table in tables for feed in source.feeds))


def members_of(departments: dict[str, Department], department_id: str) -> list[tuple[str, int]]:
    """The departments under this one, each with its depth below it, in the order of a tree."""
    found: list[tuple[str, int]] = []

    def visit(parent: str, level: int) -> None:
        for child in sorted((item for item in departments.values() if item.parent_id == parent), key=lambda d: d.id):
            found.append((child.id, level))
            visit(child.id, level + 1)

    visit(department_id, 1)
    return found


def _nothing_counted(tables: WeekTables, standard_id: str) -> _ResultRow:
    """The result of a department that had nothing counted this week: nothing was due, unless data are missing.

    A standard that the warehouse has no result for at all was not judged: that is no data, never kept.
    """
    whole = tables.week_results.get((standard_id, None))
    days = whole.days_without_data if whole else 0
    result: Result = "no_data" if whole is None or days else "nothing_due"
    return _ResultRow(Components(), 0, days, result, whole.reason if whole else "")


def _standard_week(tables: WeekTables, standard_id: str, department_id: str | None) -> StandardWeek:
    key = (standard_id, department_id)
    row = tables.week_results.get(key) or _nothing_counted(tables, standard_id)
    year = tables.year_results.get(key)
    weeks = [tables.week.start - timedelta(weeks=back) for back in range(EARLIER_WEEKS, 0, -1)]
    weekly = tables.weekly.get(key, {})
    earlier = tuple(
        WeekComponents(week_start=start, components=weekly.get(start, Components()))
        for start in weeks
        if start >= tables.agency.charter.in_force_from - timedelta(days=6)
    )
    components = row.components
    return StandardWeek(
        standard_id=standard_id,
        department_id=department_id,
        components=components,
        breached_strict=row.breached_strict,
        days_without_data=row.days_without_data,
        result=row.result,
        reason=row.reason,
        earlier=earlier,
        direction=direction([week.components for week in earlier], components),
        year=year.components if year else Components(),
        year_result=year.result if year else row.result,
    )


def _own_standards(tables: WeekTables, department_id: str) -> list[StandardWeek]:
    """The department's standards: those with something decided, pending or excluded this week or this year."""
    weeks = (
        _standard_week(tables, standard_id, department_id)
        for standard_id in tables.standards
        if (standard_id, department_id) in tables.week_results or (standard_id, department_id) in tables.year_results
    )
    return list(weeks)


def _department_week(tables: WeekTables, department: Department) -> DepartmentWeek:
    below = [member for member, _ in members_of(tables.departments, department.id)]
    own = _own_standards(tables, department.id)
    theirs = [week for member in below for week in _own_standards(tables, member) if week.result in OUT_OF_ORDER]
    return _assemble(tables, department, [department.id, *below], [*own, *theirs], whole_agency=False)


def _summary(tables: WeekTables, department_id: str, level: int) -> DepartmentSummary:
    weeks = _own_standards(tables, department_id)
    still_open = tables.still_open.get(department_id)
    return DepartmentSummary(
        department_id=department_id,
        level=level,
        components=total([week.components for week in weeks]),
        broken=sum(week.result == "broken" for week in weeks),
        no_data=sum(week.result == "no_data" for week in weeks),
        check_error=sum(week.result == "check_error" for week in weeks),
        still_open=still_open.count if still_open else 0,
    )


def _assemble(
    tables: WeekTables,
    department: Department,
    members: Sequence[str | None],
    standards: Sequence[StandardWeek],
    *,
    whole_agency: bool,
) -> DepartmentWeek:
    run, agency = tables.run, tables.agency
    return DepartmentWeek(
        agency_name_ko=run.agency_name_ko,
        agency_name_en=run.agency_name_en,
        charter_version=run.charter_version,
        as_of=run.as_of,
        time_zone=agency.charter.time_zone,
        week_start=tables.week.start,
        week_end=tables.week.end,
        synthetic=tables.synthetic,
        whole_agency=whole_agency,
        department=department,
        components=_total_components(tables, members, standards, whole_agency=whole_agency),
        standards=tuple(standards),
        # First the standards under which something can still be done; a group begins with its open cases.
        breaches=tuple(sorted(_case_groups(tables, members), key=lambda group: not _to_do(group.cases[0]))),
        still_open=_joined(tables.still_open, members),
        due_next=_joined(tables.due_next, members),
        exclusions=tuple(_exclusion_counts(tables, members)),
        companions=tuple(_companion_figures(tables, members)),
        missing=tuple(_missing(tables, standards)),
        below=tuple(_summary(tables, member, level) for member, level in members_of(tables.departments, department.id)),
        catalogue=tuple(tables.standards.values()),
        departments=tuple(tables.departments.values()),
    )


def _total_components(
    tables: WeekTables, members: Sequence[str | None], standards: Sequence[StandardWeek], *, whole_agency: bool
) -> Components:
    if whole_agency:
        return total([week.components for week in standards])
    return total([week.components for member in members if member for week in _own_standards(tables, member)])


def _case_groups(tables: WeekTables, members: Sequence[str | None]) -> Iterator[CaseGroup]:
    for standard_id in tables.standards:
        cases = [case for member in members for case in tables.breaches.get((standard_id, member), [])]
        if not cases:
            continue
        cases.sort(key=lambda case: (not _to_do(case), case.due_at, case.commitment_id))
        counted = sum(
            tables.weekly.get((standard_id, member), {}).get(tables.week.start, Components()).breached
            for member in ([None] if None in members else members)
        )
        yield CaseGroup(standard_id=standard_id, count=max(counted, len(cases)), cases=tuple(cases[:MOST_CASES]))


def _to_do(case: Case) -> bool:
    return case.correctable and case.fulfilled_at is None


def _joined(lists: dict[str | None, CaseList], members: Sequence[str | None]) -> CaseList:
    found = [lists[member] for member in members if member in lists]
    cases = sorted((case for item in found for case in item.cases), key=lambda case: (case.due_at, case.commitment_id))
    return CaseList(count=sum(item.count for item in found), cases=tuple(cases[:MOST_CASES]))


def _exclusion_counts(tables: WeekTables, members: Sequence[str | None]) -> Iterator[ExclusionCount]:
    for standard_id in tables.standards:
        counts: dict[str, int] = defaultdict(int)
        for member in members:
            for rule, count in tables.exclusions.get((standard_id, member), {}).items():
                counts[rule] += count
        for rule, count in sorted(counts.items()):
            text_ko, text_en, approver = tables.exclusion_rules.get(rule, (rule, rule, ""))
            yield ExclusionCount(
                standard_id=standard_id, rule=rule, text_ko=text_ko, text_en=text_en, approver=approver, count=count
            )


def _companion_figures(tables: WeekTables, members: Sequence[str | None]) -> Iterator[CompanionFigure]:
    sums: dict[tuple[str, str], CompanionFigure] = {}
    for standard_id in tables.standards:
        for member in members:
            for figure in tables.companions.get((standard_id, member), []):
                key = (standard_id, figure.companion)
                sums[key] = _added(sums.get(key), figure)
    yield from sums.values()


def _added(known: CompanionFigure | None, figure: CompanionFigure) -> CompanionFigure:
    if known is None:
        return figure
    return known.model_copy(
        update={
            "numerator": known.numerator + figure.numerator,
            "denominator": known.denominator + figure.denominator,
        }
    )


def _missing(tables: WeekTables, standards: Iterable[StandardWeek]) -> list[MissingData]:
    """The sources that left days of the week uncovered, of those that these standards lack data from."""
    lacking = {week.standard_id for week in standards if week.days_without_data or week.result == "no_data"}
    needed = {source for standard_id in lacking for source in sources_of(tables.agency, standard_id)}
    return [item for source_id, item in sorted(tables.uncovered.items()) if source_id in needed]

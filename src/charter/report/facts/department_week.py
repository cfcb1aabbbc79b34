"""Cuts one department's closed week, or the whole agency's, out of what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from charter.base.moments import earlier_starts, last_ended_day, month_of
from charter.definitions.models import Agency, tables_of_standard
from charter.report.facts.allowance import allowance
from charter.report.facts.cases import MOST_CASES
from charter.report.facts.changes import department_moves, rule_changes
from charter.report.facts.felt import felt_of
from charter.report.facts.figures import EARLIER_WEEKS, Key, ResultRow, members_of
from charter.report.facts.mending import Scope, actions_of, mending_of
from charter.report.facts.models import (
    AgencyOverview,
    AgencyWeek,
    Allowance,
    Case,
    CaseGroup,
    CaseList,
    CompanionFigure,
    Department,
    DepartmentWeek,
    ExclusionCount,
    Mending,
    MissingData,
    Result,
    SeriesAction,
    StandardWeek,
    UnitFigures,
    WeekComponents,
)
from charter.report.facts.overview import Asked, agency_overview, pledge_week, units_below
from charter.report.facts.rates import Components, total
from charter.report.facts.series import series_of
from charter.report.facts.tables import WeekTables

OUT_OF_ORDER = ("broken", "no_data", "check_error")


def department_weeks(tables: WeekTables, also: Collection[str] = ()) -> list[DepartmentWeek]:
    """The closed week of each department below the agency for which something is due, or that is named in ``also``
    (those that have a report of it), by id."""
    weeks = (
        _department_week(tables, department)
        for department in sorted(tables.departments.values(), key=lambda item: item.id)
        if department.parent_id is not None
    )
    return [week for week in weeks if week.something_due or week.department.id in also]


def whole_week(tables: WeekTables) -> AgencyWeek:
    """The closed week of the whole agency."""
    top = next(item for item in tables.departments.values() if item.parent_id is None)
    members: list[str | None] = [*tables.departments, None]
    standards = [_standard_week(tables, standard_id, None) for standard_id in tables.standards]
    whole = _assemble(tables, top, members, standards, whole_agency=True)
    weeks = {week.standard_id: week for week in standards}
    pledges = tuple(
        pledge_week(
            pledge.id,
            pledge.text.root,
            tuple(item.id for item in tables.standards.values() if item.pledge == pledge.id),
            weeks,
        )
        for pledge in tables.agency.charter.pledges
    )
    return AgencyWeek(whole=whole, pledges=pledges, overview=_overview(tables, whole.mending))


def _overview(tables: WeekTables, mending: Mending | None) -> AgencyOverview:
    agency, departments = tables.agency, tables.departments
    return agency_overview(
        tables.overview,
        broken={key: row.result == "broken" for key, row in tables.week_results.items()},
        causes=mending.asked if mending else (),
        uncovered=tables.uncovered,
        asked=Asked(
            of_source={source.id: source.owner for source in agency.sources},
            # A standard that many departments answer for names the column of its owner instead.
            of_standard={each.id: each.owner for each in tables.catalogue.values() if each.owner in departments},
        ),
        last_day=last_ended_day(tables.run.as_of, agency.zone),
        calendar_ends=agency.calendar.last_day,
    )


def sources_of(agency: Agency, standard_id: str) -> frozenset[str]:
    """The sources whose rows the standard is judged from."""
    tables = tables_of_standard(agency, standard_id)
    return frozenset(source.id for source in agency.sources if any(feed.table in tables for feed in source.feeds))


def _nothing_counted(tables: WeekTables, standard_id: str) -> ResultRow:
    """The result of a department that had nothing counted this week: nothing was due, unless data are missing.

    A standard that the warehouse has no result for at all was not judged: that is no data, never kept.
    """
    whole = tables.week_results.get((standard_id, None))
    days = whole.days_without_data if whole else 0
    result: Result = "no_data" if whole is None or days else "nothing_due"
    silent = whole.reason.split("; ")[0] if whole and days else ""
    return ResultRow(Components(), 0, days, result, silent)


def _standard_week(tables: WeekTables, standard_id: str, department_id: str | None) -> StandardWeek:
    key = (standard_id, department_id)
    if key not in tables.standard_weeks:
        tables.standard_weeks[key] = _cut_standard_week(tables, standard_id, department_id)
    return tables.standard_weeks[key]


def _cut_standard_week(tables: WeekTables, standard_id: str, department_id: str | None) -> StandardWeek:
    key = (standard_id, department_id)
    row = tables.week_results.get(key) or _nothing_counted(tables, standard_id)
    year = tables.year_results.get(key)
    weekly = tables.weekly.get(key, {})
    earlier = tuple(
        WeekComponents(week_start=start, components=weekly.get(start, Components())) for start in _earlier_weeks(tables)
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
        in_doubt=row.in_doubt,
        ends=row.ends,
        earlier=earlier,
        direction=tables.signals.of(key),
        year=year.components if year else Components(),
        year_result=year.result if year else row.result,
        year_ends=year.ends if year else None,
        targets=tables.week_targets.get(key, ()),
        year_targets=tables.year_targets.get(key, ()),
        allowance=_allowance(tables, standard_id, year),
        series=series_of(
            tables.series,
            tables.standards[standard_id],
            department_id,
            tables.agency.charter.in_force_from,
            _actions(tables, key),
        ),
        felt=felt_of(tables.felt, standard_id, department_id),
        measured=tables.measured.get(key, ()),
    )


def _actions(tables: WeekTables, key: Key) -> tuple[SeriesAction, ...]:
    department = tables.departments.get(key[1] or "")
    return actions_of(tables.mending, key, _above(tables.departments, department) if department else ())


def _earlier_weeks(tables: WeekTables) -> list[date]:
    """The first days of the weeks (months) shown before the closed one, from the charter's first on; the oldest
    first."""
    since = tables.agency.charter.in_force_from
    first = month_of(since).start if tables.week.kind == "month" else since - timedelta(days=6)
    return [start for start in earlier_starts(tables.week, EARLIER_WEEKS) if start >= first]


def _earlier_totals(tables: WeekTables, members: Sequence[str | None]) -> tuple[WeekComponents, ...]:
    """What ``members`` decided in each earlier week under the standards of the closed week's report, in all."""
    own = [tables.weekly.get((standard_id, member), {}) for standard_id in tables.standards for member in members]
    return tuple(
        WeekComponents(week_start=start, components=total([weekly.get(start, Components()) for weekly in own]))
        for start in _earlier_weeks(tables)
    )


def _allowance(tables: WeekTables, standard_id: str, year: ResultRow | None) -> Allowance | None:
    target, days = tables.standards[standard_id].target, tables.changes.days.year
    return allowance(year.components, year.ends, target, days.start, days.end) if year and target is not None else None


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


def _unit(tables: WeekTables, department_id: str) -> UnitFigures:
    weeks = _own_standards(tables, department_id)
    still_open = tables.still_open.get(department_id)
    return UnitFigures(
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
        agency_name=run.agency_name,
        charter_version=run.charter_version,
        as_of=run.as_of,
        time_zone=agency.charter.time_zone,
        week_start=tables.week.start,
        week_end=tables.week.end,
        synthetic=tables.synthetic,
        whole_agency=whole_agency,
        period_kind="month" if tables.week.kind == "month" else "week",
        department=department,
        components=_total_components(tables, members, standards, whole_agency=whole_agency),
        series_looked_at=tables.signals.looked_at,
        earlier=_earlier_totals(tables, [None] if whole_agency else members),
        standards=tuple(standards),
        # First the standards under which something can still be done; a group begins with its open cases.
        breaches=tuple(sorted(_case_groups(tables, members), key=lambda group: not _to_do(group.cases[0]))),
        still_open=_joined(tables.still_open, members),
        due_next=_joined(tables.due_next, members),
        exclusions=tuple(_exclusion_counts(tables, members)),
        companions=tuple(_companion_figures(tables, members)),
        missing=tuple(_missing(tables, standards)),
        below=units_below(
            tables.departments,
            department.id,
            {member: _unit(tables, member) for member in _with_below(tables.departments, department.id)},
        ),
        rule_changes=tuple(
            rule_changes(
                tables.changes, _standards_shown(tables, members, standards), members, whole_agency=whole_agency
            )
        ),
        moves=tuple(
            department_moves(
                tables.changes,
                department.id,
                below=[member for member, _ in members_of(tables.departments, department.id)],
                above=_above(tables.departments, department),
                whole_agency=whole_agency,
            )
        ),
        catalogue=tuple(tables.catalogue.values()),
        departments=tuple(tables.departments.values()),
        mending=_mending(tables, members, standards),
        duties=tuple(duty for duty in tables.duties if duty.department_id in members),
    )


def _mending(tables: WeekTables, members: Sequence[str | None], standards: Sequence[StandardWeek]) -> Mending | None:
    if tables.mending is None:
        return None
    scope = Scope(
        week=tables.week,
        members=members,
        above={each.id: _above(tables.departments, each) for each in tables.departments.values()},
        standards=_standards_shown(tables, members, standards),
        results={key: row.result for key, row in tables.week_results.items()},
    )
    return mending_of(tables.mending, tables.series, scope)


def _with_below(departments: dict[str, Department], department_id: str) -> list[str]:
    """The department and all under it."""
    return [department_id, *(member for member, _ in members_of(departments, department_id))]


def _standards_shown(tables: WeekTables, members: Sequence[str | None], standards: Sequence[StandardWeek]) -> list[str]:
    """The standards that stand in the report, in the charter's order: named, or counted among what was decided."""
    named = {week.standard_id for week in standards}
    counted = {standard_id for standard_id, department_id in tables.week_results if department_id in members}
    return [standard_id for standard_id in tables.standards if standard_id in named | counted]


def _above(departments: dict[str, Department], department: Department) -> list[str]:
    """The departments above this one, the nearest first."""
    above: list[str] = []
    at = departments.get(department.parent_id or "")
    while at is not None:
        above.append(at.id)
        at = departments.get(at.parent_id or "")
    return above


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
        cases.sort(key=lambda case: (not _to_do(case), *case.due_order))
        counted = sum(
            tables.weekly.get((standard_id, member), {}).get(tables.week.start, Components()).breached
            for member in ([None] if None in members else members)
        )
        yield CaseGroup(standard_id=standard_id, count=max(counted, len(cases)), cases=tuple(cases[:MOST_CASES]))


def _to_do(case: Case) -> bool:
    return case.correctable and case.fulfilled_at is None


def _joined(lists: dict[str | None, CaseList], members: Sequence[str | None]) -> CaseList:
    found = [lists[member] for member in members if member in lists]
    cases = sorted((case for item in found for case in item.cases), key=lambda case: case.due_order)
    return CaseList(count=sum(item.count for item in found), cases=tuple(cases[:MOST_CASES]))


def _exclusion_counts(tables: WeekTables, members: Sequence[str | None]) -> Iterator[ExclusionCount]:
    for standard_id in tables.standards:
        counts: dict[str, int] = defaultdict(int)
        for member in members:
            for rule, count in tables.exclusions.get((standard_id, member), {}).items():
                counts[rule] += count
        for rule, count in sorted(counts.items()):
            text, approver = tables.exclusion_rules.get(rule, (dict.fromkeys(tables.run.agency_name, rule), ""))
            yield ExclusionCount(standard_id=standard_id, rule=rule, text=text, approver=approver, count=count)


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

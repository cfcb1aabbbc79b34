"""What the head of the agency sees on one page: pledges, units, what is new or persists, and what needs a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import Period, last_week_of
from charter.report.facts.figures import Key
from charter.report.facts.models import (
    AgencyOverview,
    BrokenRun,
    CauseAsked,
    Decision,
    Department,
    DepartmentSummary,
    MissingData,
    PledgeWeek,
    RestatedWeek,
    StandardWeek,
    UnitFigures,
)
from charter.report.facts.rates import total
from charter.report.facts.warehouse import Warehouse

# Restated weeks are shown as far back as the weeks beside the closed one.
RESTATED_WEEKS = 12
# Long enough to decide on a waiver before it ends, and to settle the next year's working days.
DAYS_BEFORE_A_WAIVER_ENDS = 28
DAYS_BEFORE_THE_CALENDAR_ENDS = 120


@dataclass(frozen=True)
class Waiver:
    """A waiver that stands, and the last day on which it excuses anything."""

    waiver_id: str
    standard_id: str
    department_id: str | None
    to_on: date
    approver: str


@dataclass(frozen=True)
class OverviewTables:
    """What was read for the overview: runs of broken weeks by standard and department, restated weeks, and waivers
    that end soon."""

    runs: Mapping[Key, BrokenRun]
    restated: tuple[RestatedWeek, ...]
    waivers: tuple[Waiver, ...]


def read_overview(warehouse: Warehouse, week: Period, last_day: date) -> OverviewTables:
    """Reads it as of the warehouse's night; ``last_day`` is the last day that had ended."""
    return OverviewTables(
        runs={(run.standard_id, run.department_id): run for run in _runs(warehouse, week)},
        restated=tuple(_restated(warehouse, week)),
        waivers=tuple(_ending_waivers(warehouse, last_day)),
    )


def _runs(warehouse: Warehouse, week: Period) -> Iterator[BrokenRun]:
    rows = warehouse.rows(
        """
        WITH judged AS (
            SELECT standard_id, department_id, period_start, result FROM marts.standard_results
            WHERE period_kind = $kind AND department_id IS NOT NULL AND period_start <= $start
                AND result IN ('kept', 'broken')
        ),
        kept AS (
            SELECT standard_id, department_id, max(period_start) AS kept_on
            FROM judged WHERE result = 'kept' GROUP BY ALL
        )
        SELECT standard_id, department_id, count(*), min(period_start)
        FROM judged LEFT JOIN kept USING (standard_id, department_id)
        WHERE result = 'broken' AND (kept_on IS NULL OR period_start > kept_on)
        GROUP BY ALL HAVING max(period_start) = $start
        ORDER BY ALL
        """,
        {"kind": week.kind, "start": week.start},
    )
    for standard_id, department_id, weeks, since in rows:
        yield BrokenRun(standard_id=standard_id, department_id=department_id, weeks=weeks, since=since)


def _restated(warehouse: Warehouse, week: Period) -> Iterator[RestatedWeek]:
    rows = warehouse.rows(
        """
        SELECT week_start, count(*), count(DISTINCT coalesce(after_department_id, before_department_id))
        FROM marts.restatements WHERE week_start BETWEEN ? AND ?
        GROUP BY ALL ORDER BY week_start DESC
        """,
        _looked_at(week),
    )
    for start, commitments, departments in rows:
        yield RestatedWeek(week_start=start, commitments=commitments, departments=departments)


def _looked_at(period: Period) -> list[date]:
    """The first and the last Monday of the weeks that may have been restated: before a week, and up to the end of a
    month."""
    if period.kind == "week":
        return [period.start - timedelta(weeks=RESTATED_WEEKS), period.start - timedelta(days=1)]
    last = last_week_of(period).start
    return [last - timedelta(weeks=RESTATED_WEEKS - 1), last]


def _ending_waivers(warehouse: Warehouse, last_day: date) -> list[Waiver]:
    rows = warehouse.rows(
        """
        SELECT waiver_id, standard_id, department_id, to_on, coalesce(approver, '') FROM marts.waivers
        WHERE ended_at IS NULL AND subject_id IS NULL AND to_on BETWEEN ? AND ?
        ORDER BY to_on, waiver_id
        """,
        [last_day + timedelta(days=1), last_day + timedelta(days=DAYS_BEFORE_A_WAIVER_ENDS)],
    )
    return [Waiver(*row) for row in rows]


# ── units ───────────────────────────────────────────────────────────────────────────────────────


def units_below(
    departments: Mapping[str, Department], department_id: str, own: Mapping[str, UnitFigures]
) -> tuple[DepartmentSummary, ...]:
    """The departments under this one as a tree, each parent before those under it, the gravest first under each."""
    children: dict[str | None, list[str]] = defaultdict(list)
    for each in departments.values():
        children[each.parent_id].append(each.id)

    def branch(unit_id: str, level: int) -> list[DepartmentSummary]:
        branches = [branch(child, level + 1) for child in children[unit_id]]
        branches.sort(key=lambda found: (found[0].in_all.gravity, found[0].department_id))
        in_all = sum((found[0].in_all for found in branches), own[unit_id])
        unit = DepartmentSummary(
            department_id=unit_id, level=level, own=own[unit_id], in_all=in_all, has_below=bool(branches)
        )
        return [unit, *(each for found in branches for each in found)]

    return tuple(branch(department_id, 0)[1:])


# ── pledges ─────────────────────────────────────────────────────────────────────────────────────


def pledge_week(
    pledge_id: str, text: Mapping[str, str], standard_ids: tuple[str, ...], weeks: Mapping[str, StandardWeek]
) -> PledgeWeek:
    """What the standards of a pledge came to, by their agency-wide ``weeks``."""
    found = [weeks[standard_id] for standard_id in standard_ids]
    results = [week.result for week in found]
    return PledgeWeek(
        id=pledge_id,
        text=dict(text),
        standard_ids=standard_ids,
        kept=results.count("kept"),
        broken=results.count("broken"),
        undecided=results.count("no_data") + results.count("check_error"),
        nothing_due=results.count("nothing_due"),
        components=total([week.components for week in found]),
    )


# ── what is new, what persists, what to decide ──────────────────────────────────────────────────


@dataclass(frozen=True)
class Asked:
    """Who can be asked: the owner of each source, and of each standard that one department owns."""

    of_source: Mapping[str, str | None]
    of_standard: Mapping[str, str]


def agency_overview(
    tables: OverviewTables,
    broken: Mapping[Key, bool],
    causes: Sequence[CauseAsked],
    uncovered: Mapping[str, MissingData],
    asked: Asked,
    last_day: date,
    calendar_ends: date,
) -> AgencyOverview:
    """``broken`` says of each standard and department whether the closed week's result is that: a check that failed is
    no breach, whatever the marts say. ``causes`` are those that nobody has told yet, ``uncovered`` the sources that
    left days of the week out.
    """
    runs = [run for key, run in tables.runs.items() if broken.get(key)]
    return AgencyOverview(
        new=tuple(run for run in runs if run.weeks == 1),
        persisting=tuple(sorted((run for run in runs if run.weeks > 1), key=lambda run: (-run.weeks, run.since))),
        restated=tables.restated,
        decisions=(
            *_causes(causes, asked),
            *_silent(uncovered, asked, last_day),
            *_ending(tables.waivers, asked),
            *_calendar(calendar_ends, last_day),
        ),
    )


def _causes(causes: Sequence[CauseAsked], asked: Asked) -> Iterator[Decision]:
    """Whoever broke standards says why: the one with the most of them, and the longest broken, comes first."""
    by_owner: dict[str | None, list[CauseAsked]] = defaultdict(list)
    for cause in causes:
        by_owner[cause.department_id or asked.of_standard.get(cause.standard_id)].append(cause)
    ordered = sorted(by_owner.items(), key=lambda item: (-len(item[1]), -max(cause.weeks for cause in item[1])))
    for owner_id, found in ordered:
        yield Decision(kind="cause", owner_id=owner_id, standard_ids=tuple(cause.standard_id for cause in found))


def _silent(uncovered: Mapping[str, MissingData], asked: Asked, last_day: date) -> Iterator[Decision]:
    """The sources that have not spoken to the last day, and since when they are silent without a break."""
    for source_id, missing in sorted(uncovered.items()):
        days, since = set(missing.days), last_day
        if last_day not in days:
            continue
        while since - timedelta(days=1) in days:
            since -= timedelta(days=1)
        yield Decision(kind="source", owner_id=asked.of_source.get(source_id), subject=source_id, on=since)


def _ending(waivers: tuple[Waiver, ...], asked: Asked) -> Iterator[Decision]:
    for waiver in waivers:
        yield Decision(
            kind="waiver",
            owner_id=waiver.department_id or asked.of_standard.get(waiver.standard_id),
            subject=waiver.waiver_id,
            standard_ids=(waiver.standard_id,) if waiver.standard_id else (),
            on=waiver.to_on,
            approver=waiver.approver,
        )


def _calendar(ends: date, last_day: date) -> Iterator[Decision]:
    if ends <= last_day + timedelta(days=DAYS_BEFORE_THE_CALENDAR_ENDS):
        yield Decision(kind="calendar", owner_id=None, on=ends)

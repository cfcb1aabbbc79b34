"""Everything read from the warehouse for one closed week."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from charter.base.moments import Period, closed_week, last_ended_day, last_week_of
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.allowance import read_duties
from charter.report.facts.cases import read_breaches, read_due_next, read_still_open
from charter.report.facts.changes import ChangeTables, ShownDays, read_changes
from charter.report.facts.durations import Durations, read_durations
from charter.report.facts.felt import FeltTables, read_felt
from charter.report.facts.figures import (
    Key,
    ResultRow,
    read_catalogue,
    read_companions,
    read_departments,
    read_earlier,
    read_exclusion_rules,
    read_exclusions,
    read_results,
    read_target_figures,
    read_uncovered,
    standards_shown,
)
from charter.report.facts.measured import MeasuredTables, read_measured
from charter.report.facts.mending import MendingTables, read_mending
from charter.report.facts.models import (
    Case,
    CaseList,
    CompanionFigure,
    Department,
    Duty,
    MissingData,
    Standard,
    StandardWeek,
    TargetFigures,
)
from charter.report.facts.overview import OverviewTables, read_overview
from charter.report.facts.rates import Components
from charter.report.facts.reported import ReportedFigures, read_reported
from charter.report.facts.series import SeriesTables, read_series
from charter.report.facts.signals import Signals, read_signals
from charter.report.facts.warehouse import Run, Warehouse, open_warehouse


@dataclass(frozen=True)
class WeekTables:
    """Everything read for one closed week; departments' reports are cut from it. Department None is the agency.

    ``standards`` are those that the week's report shows, ``catalogue`` all that a case of it may belong to.
    ``standard_weeks`` are those that were cut already: a department's stand in its own report and in those above it.
    """

    run: Run
    agency: Agency
    week: Period
    synthetic: bool
    standards: dict[str, Standard]
    catalogue: dict[str, Standard]
    departments: dict[str, Department]
    exclusion_rules: dict[str, tuple[dict[str, str], str]]
    week_results: dict[Key, ResultRow]
    year_results: dict[Key, ResultRow]
    week_targets: dict[Key, tuple[TargetFigures, ...]]
    year_targets: dict[Key, tuple[TargetFigures, ...]]
    weekly: dict[Key, dict[date, Components]]
    breaches: dict[Key, list[Case]]
    still_open: dict[str | None, CaseList]
    due_next: dict[str | None, CaseList]
    exclusions: dict[Key, dict[str, int]]
    companions: dict[Key, list[CompanionFigure]]
    uncovered: dict[str, MissingData]
    changes: ChangeTables
    signals: Signals
    series: SeriesTables
    measured: MeasuredTables
    duties: tuple[Duty, ...]
    durations: dict[Key, Durations]
    mending: MendingTables | None
    felt: FeltTables
    reported: dict[str, ReportedFigures]
    overview: OverviewTables
    standard_weeks: dict[Key, StandardWeek] = field(default_factory=dict, repr=False, compare=False)


def load_week(settings: Settings, agency: Agency, as_of: datetime) -> WeekTables:
    """Reads the last week that had ended at ``as_of`` (aware). Raises ReportError (see ``open_warehouse``)."""
    with open_warehouse(settings, as_of) as warehouse:
        return read_week(settings, warehouse, agency, closed_week(as_of, agency.zone))


def read_week(settings: Settings, warehouse: Warehouse, agency: Agency, week: Period) -> WeekTables:
    """Reads ``week``, or a month, which had ended by the warehouse's as-of, as it is known there."""
    as_of = warehouse.run.as_of
    days = ShownDays.of(week, agency.charter.in_force_from, last_ended_day(as_of, agency.zone))
    catalogue, shown = read_catalogue(warehouse, week), standards_shown(warehouse, week)
    week_results, weekly = read_results(warehouse, week.kind, week.start), read_earlier(warehouse, week)
    # Charts show weeks, whatever the report is of.
    last_week = last_week_of(week)
    changes = read_changes(warehouse, days)
    return WeekTables(
        run=warehouse.run,
        agency=agency,
        week=week,
        synthetic=is_synthetic(settings),
        standards={name: standard for name, standard in catalogue.items() if name in shown},
        catalogue=catalogue,
        departments=read_departments(warehouse, week.end),
        exclusion_rules=read_exclusion_rules(warehouse),
        week_results=week_results,
        year_results=read_results(warehouse, "year", week.end.replace(month=1, day=1)),
        week_targets=read_target_figures(warehouse, week.kind, week.start),
        year_targets=read_target_figures(warehouse, "year", week.end.replace(month=1, day=1)),
        weekly=weekly,
        breaches=read_breaches(warehouse, week),
        still_open=read_still_open(warehouse, week),
        due_next=read_due_next(warehouse, as_of),
        exclusions=read_exclusions(warehouse, week),
        companions=read_companions(warehouse, agency, week),
        uncovered=read_uncovered(warehouse, week),
        changes=changes,
        signals=read_signals(week, week_results, weekly, changes.steps),
        series=read_series(warehouse, last_week, changes.steps),
        measured=read_measured(warehouse, agency, week),
        duties=read_duties(warehouse, week.end.year, agency.zone),
        durations=read_durations(warehouse, last_week),
        felt=read_felt(warehouse, agency, week, catalogue),
        mending=read_mending(warehouse, agency, week, changes.steps),
        reported=read_reported(warehouse, week),
        overview=read_overview(warehouse, week, last_ended_day(as_of, agency.zone)),
    )


def is_synthetic(settings: Settings) -> bool:
    """Whether the sources are those of the made-up demo agency, which says so in a README."""
    return any(settings.demo_dir.glob("README*"))

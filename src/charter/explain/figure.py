"""What a figure counts: its result, the rules it is held against, the commitments behind it, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from charter.base.errors import ReportError, SettingError
from charter.base.figure_name import FigureName, NamedPeriod, figure_name, name_of_period
from charter.base.moments import Period
from charter.base.settings import Settings
from charter.definitions.columns import closest
from charter.definitions.models import REPORT_NAMES, Agency, tables_of_standard
from charter.explain.checks import checks_of
from charter.explain.ledger import Ledger
from charter.explain.models import (
    BesideTold,
    ExclusionTold,
    FigureExplanation,
    ReportedTold,
    RuleTold,
    SilenceTold,
    TargetTold,
)
from charter.explain.seals import Seals
from charter.report.facts.figures import components_of, ends_of
from charter.report.facts.filed import filed_figures, revisions, week_folder
from charter.report.facts.rates import Components
from charter.report.facts.reported import ReportedFigures, StandardFigures

MOST_COMMITMENTS = 30
_RESULT = (
    "met, breached, pending, excluded, breached_strict, result, coalesce(reason, ''), days_without_data, refused,"
    " ahead, withdrawn, early, awaited, met_at_least, breached_at_most, met_at_most, breached_at_least"
)


class FigureExplainer:
    """Explains figures of the published warehouse, and of the reports on file."""

    def __init__(self, settings: Settings, agency: Agency, ledger: Ledger, most: int = MOST_COMMITMENTS) -> None:
        self._settings = settings
        self._agency = agency
        self._ledger = ledger
        self._run = ledger.warehouse.run
        self._most = most

    def explain(self, name: FigureName) -> FigureExplanation:
        """Everything that the figure rests on.

        Raises SettingError for a standard, a department, a part or a period that there is none of.
        """
        rules = self._rules(name)
        self._require_department(name)
        period = self._period(name.period)
        in_period = [rule for rule in rules if _is_in_force(rule, period)] or rules[-1:]
        row = self._result(name, period)
        components = components_of(row[:4])
        return FigureExplanation(
            name=str(self._full_name(name, period)),
            as_of=self._run.as_of,
            known_at=self._run.known_at,
            agency=self._run.agency_name,
            time_zone=self._agency.zone.key,
            period_kind=period.kind,
            period_start=period.start,
            period_end=period.end,
            department_id=name.department_id,
            department=self._ledger.department(name.department_id),
            is_counted=components.any or row[5] == "broken",
            result=row[5],
            reason=row[6],
            components=components,
            breached_strict=row[4] or 0,
            ends=ends_of(components, row[13:17]),
            days_without_data=row[7] or 0,
            refused=row[8] or 0,
            ahead=row[9] or 0,
            withdrawn=row[10] or 0,
            early=row[11] or 0,
            awaited=row[12] or 0,
            targets=tuple(self._targets(name, period)),
            rules=tuple(in_period),
            reported=tuple(self._reported(name, period, components)),
            commitments=tuple(self._ledger.commitments(*self._counted(name, period), self._most)),
            shown_of=self._ledger.count(*self._counted(name, period)),
            exclusions=tuple(self._exclusions(name, period)),
            silences=tuple(self._silences(name.standard_id, period)),
            checks=checks_of(self._settings, self._agency, name.standard_id, self._run.as_of),
            seal=Seals(self._settings).of_night(self._run.as_of),
            beside=tuple(self._beside(name, period)),
        )

    # ── what the name means ─────────────────────────────────────────────────────────────────────

    def _rules(self, name: FigureName) -> list[RuleTold]:
        rules = self._ledger.rules(name.standard_id)
        if not rules:
            known = [row[0] for row in self._ledger.warehouse.rows("SELECT standard_id FROM marts.dim_standard")]
            raise SettingError(
                f"there is no standard '{name.standard_id}'",
                where=str(name),
                remedy=f"{closest(name.standard_id, known)}; charter results lists them",
            )
        if name.part is not None:
            parts = [part for rule in rules for part in rule.targets]
            if name.part not in parts:
                raise SettingError(
                    f"'{name.standard_id}' has no part '{name.part}' with a target of its own",
                    where=str(name),
                    remedy=f"leave the part out, or name one of {', '.join(parts)}" if parts else "leave the part out",
                )
        return rules

    def _require_department(self, name: FigureName) -> None:
        if name.department_id is not None and name.department_id not in self._ledger.departments:
            raise SettingError(
                f"there is no department '{name.department_id}'",
                where=str(name),
                remedy=f"{closest(name.department_id, self._ledger.departments)}, or leave it out for the whole agency",
            )

    def _period(self, named: NamedPeriod) -> Period:
        """The period of the warehouse that is meant; the newest where the year was left out."""
        rows = self._ledger.warehouse.rows(
            """
            SELECT DISTINCT period_start, period_end FROM marts.standard_results
            WHERE period_kind = ? ORDER BY period_start
            """,
            [named.kind],
        )
        found = [Period(named.kind, start, end) for start, end in rows]
        for period in reversed(found):
            name = name_of_period(period)
            if named.day is not None or named.kind not in ("week", "quarter", "fiscal_year"):
                is_meant = name == named
            else:
                is_meant = named.number == name.number and named.year in (None, name.year)
            if is_meant:
                return period
        names = [str(name_of_period(period)) for period in found]
        reach = f"it has {names[0]} to {names[-1]}" if names else f"it judges no {named.kind.replace('_', ' ')}"
        raise SettingError(
            f"the published warehouse has no result of {named}: {reach}",
            where=str(named),
            remedy="name a period that it has; a night is published by charter nightly",
        )

    def _full_name(self, name: FigureName, period: Period) -> FigureName:
        return FigureName(
            name_of_period(period), name.standard_id, name.department_id, name.part, revision=name.revision
        )

    # ── what was counted ────────────────────────────────────────────────────────────────────────

    def _result(self, name: FigureName, period: Period) -> Sequence[Any]:
        rows = self._ledger.warehouse.rows(
            f"""
            SELECT {_RESULT} FROM marts.standard_results
            WHERE period_kind = ? AND period_start = ? AND standard_id = ? AND department_id IS NOT DISTINCT FROM ?
            """,
            [period.kind, period.start, name.standard_id, name.department_id],
        )
        nothing = (0, 0, 0, 0, 0, "nothing_due", "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        return rows[0] if rows else nothing

    def _targets(self, name: FigureName, period: Period) -> Iterator[TargetTold]:
        rows = self._ledger.warehouse.rows(
            """
            SELECT part, rule_version, target, met, breached, excluded, result FROM marts.target_results
            WHERE period_kind = ? AND period_start = ? AND standard_id = ? AND department_id IS NOT DISTINCT FROM ?
              AND (? IS NULL OR part = ?)
            ORDER BY rule_version, part
            """,
            [period.kind, period.start, name.standard_id, name.department_id, name.part, name.part],
        )
        for part, version, target, met, breached, excluded, result in rows:
            components = Components(met=met, breached=breached, excluded=excluded)
            yield TargetTold(part=part, rule_version=version, target=target, components=components, result=result)

    def _counted(self, name: FigureName, period: Period) -> tuple[str, list[Any]]:
        """The commitments behind the figure: decided in the period, or open at its end, as SQL and its values."""
        open_then = "opened_on <= ? AND coalesce(decided_on, DATE '9999-12-31') > ?"
        where = f"standard_id = ? AND (decided_on BETWEEN ? AND ? OR {open_then})"
        values: list[Any] = [name.standard_id, period.start, period.end, period.end, period.end]
        if name.department_id is not None:
            where, values = f"{where} AND department_id = ?", [*values, name.department_id]
        if name.part is not None:
            where, values = f"{where} AND part = ?", [*values, name.part]
        return where, values

    def _exclusions(self, name: FigureName, period: Period) -> Iterator[ExclusionTold]:
        where, values = self._counted(name, period)
        rows = self._ledger.warehouse.rows(
            f"""
            SELECT exclusion_rule, count(*) FROM marts.fct_commitments
            WHERE {where} AND status = 'excluded' AND decided_on <= ? GROUP BY 1 ORDER BY 2 DESC, 1
            """,
            [*values, period.end],
        )
        for rule, count in rows:
            yield self._ledger.exclusion(rule, count)

    def _silences(self, standard_id: str, period: Period) -> Iterator[SilenceTold]:
        tables = tables_of_standard(self._agency, standard_id)
        sources = sorted({source for table in tables for source in self._agency.feeding(table)})
        rows = self._ledger.warehouse.rows(
            """
            SELECT source_id, count(*), min(day), coalesce(min_by(reason, day), '') FROM marts.source_status
            WHERE NOT covered AND day BETWEEN ? AND ? AND list_contains(?, source_id) GROUP BY 1 ORDER BY 1
            """,
            [period.start, period.end, sources],
        )
        for source_id, days, first, reason in rows:
            yield SilenceTold(source_id=source_id, days=days, first_day=first, reason=reason)

    def _beside(self, name: FigureName, period: Period) -> Iterator[BesideTold]:
        """The figures of the same standard and period: the agency's, and those of its departments."""
        rows = self._ledger.warehouse.rows(
            """
            SELECT department_id, met, breached, pending, excluded, result FROM marts.standard_results
            WHERE period_kind = ? AND period_start = ? AND standard_id = ? ORDER BY department_id NULLS FIRST
            """,
            [period.kind, period.start, name.standard_id],
        )
        for other, *counts, result in rows:
            if other != name.department_id:
                yield BesideTold(
                    name=str(figure_name(period, name.standard_id, other)),
                    department_id=other,
                    department=self._ledger.department(other),
                    components=components_of(counts),
                    result=result,
                )

    # ── what was reported ───────────────────────────────────────────────────────────────────────

    def _reported(self, name: FigureName, period: Period, now: Components) -> Iterator[ReportedTold]:
        """The figure as each revision of the week's (the month's) report had it; of the one that is named alone."""
        if period.kind not in REPORT_NAMES or name.part is not None:
            return
        top = next(each.id for each in self._ledger.departments.values() if each.parent_id is None)
        folder, department = week_folder(self._settings, period), name.department_id or top
        on_file = revisions(folder, department)
        if name.revision is not None and name.revision not in on_file:
            raise SettingError(
                f"revision {name.revision} of the report of {period.key()} is not on file",
                where=str(name),
                remedy="leave the revision out: all that are on file are told",
            )
        for revision in on_file if name.revision is None else [name.revision]:
            with suppress(ReportError):
                figures = filed_figures(folder, department, revision)
                rows = figures.standards if figures is not None else ()
                row = next((each for each in rows if each.key == (name.standard_id, name.department_id)), None)
                if figures is not None and row is not None:
                    yield _told(revision, figures, row, now)


def _told(revision: int, figures: ReportedFigures, row: StandardFigures, now: Components) -> ReportedTold:
    return ReportedTold(
        revision=revision,
        as_of=figures.as_of,
        met=row.met,
        breached=row.breached,
        excluded=row.excluded,
        result=row.result,
        stands=row.counts == (now.met, now.breached, now.excluded),
    )


def _is_in_force(rule: RuleTold, period: Period) -> bool:
    until = rule.effective_to or date.max
    return rule.effective_from <= period.end and until >= period.start

"""A page for each standard: its rule, its history, its departments and cases."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from charter.base.moments import Period
from charter.report.facts.changes import every_step
from charter.report.facts.department_week import sources_of
from charter.report.facts.durations import DURATION_WEEKS
from charter.report.facts.models import CaseList, RuleChange
from charter.report.render.charts.outputs import for_page
from charter.report.render.charts.overview import draw_distribution
from charter.report.render.charts.pictures import picture_of_page
from charter.report.render.templates import fill
from charter.report.site.blocks import DepartmentShare, HistoryLine
from charter.report.site.checks import ChecksPage
from charter.report.site.page import MOST_CHANGES, SitePage
from charter.report.site.permanent import figure_folder, newest_page
from charter.report.view.models import CasesView, ChangesView
from charter.report.view.overview_charts import distribution_view


class StandardPages(SitePage):
    """The page of each standard. ``checks`` words the checks of its thresholds."""

    def html(self, standard_id: str, checks_page: ChecksPage) -> str:
        week = next(item for item in self.facts.standards if item.standard_id == standard_id)
        standard = self.tables.standards[standard_id]
        words, view = self.words, self.maker.standard(week)
        change = every_step(self.tables.changes, standard_id)
        checks = [check for check in self.extra.checks if check.standard_id == standard_id]
        pledge = next(item for item in self.week.pledges if item.id == standard.pledge)
        return fill(
            self.settings,
            "site_standard.html.j2",
            frame=self.frame(standard_id, self.maker.title(standard_id), root="../"),
            t=words,
            view=view,
            pictures=tuple((chart, picture_of_page(chart)) for chart in view.charts),
            times=self._times(standard_id),
            weeks_of_times=DURATION_WEEKS,
            felt=self.maker.felt_of(week),
            figure_href=self._figure_page(standard_id),
            facts=(
                (words("site.clause"), standard.citation),
                (words("site.pledge"), words.pick(pledge.text)),
                (words("label.threshold"), words.pick(standard.threshold)),
                (words("label.basis"), self._basis(standard_id)),
                (words("site.kind"), words(f"kind.{standard.kind}")),
                (words("site.clock"), words.or_else(f"clock.{standard.clock}", standard.clock)),
                (words("label.target"), self.maker.target(standard_id)),
                (words("site.rule_version"), self._rule_version(standard_id)),
                (words("label.source"), self._sources_of(standard_id)),
            ),
            changes=self._changes(change),
            history=tuple(self._history(standard_id, change)),
            departments=tuple(self._shares(standard_id)),
            checks=tuple(checks_page.line(check) for check in checks),
            pending=self._cases(self.extra.pending.get(standard_id), breached=False),
            breached=self._cases(self.extra.breached.get(standard_id), breached=True),
        )

    def _times(self, standard_id: str) -> Markup:
        """How long answers took against the limit; empty where nothing is measured against one."""
        durations = self.tables.durations.get((standard_id, None))
        if durations is None:
            return Markup("")
        view = distribution_view(self.words, self.phrases, durations, self.maker.title(standard_id))
        return for_page(draw_distribution(view).svg(), f"times-{standard_id}", view.alt)

    def _figure_page(self, standard_id: str) -> str:
        """The way to the page of the week's figure; empty where there is none yet."""
        site = self.settings.site_dir
        page = newest_page(figure_folder(site, self.tables.week, standard_id), self.edition.ending)
        return f"../{page.relative_to(site).as_posix()}" if page is not None else ""

    def _basis(self, standard_id: str) -> str:
        standard = self.tables.standards[standard_id]
        note = self.words.pick(standard.basis_note)
        basis = self.words(f"basis.{standard.basis}")
        return f"{basis} – {note}" if note else basis

    def _rule_version(self, standard_id: str) -> str:
        standard = self.tables.standards[standard_id]
        return self.words(
            "site.rule_version_value",
            version=standard.rule_version,
            effective_from=self.phrases.full_day(standard.effective_from),
        )

    def _sources_of(self, standard_id: str) -> str:
        return self.phrases.list(
            [self.maker.source(name) for name in sorted(sources_of(self.tables.agency, standard_id))]
        )

    def _changes(self, change: RuleChange | None) -> ChangesView | None:
        return self.maker.changes_view([change], [], MOST_CHANGES) if change else None

    def _history(self, standard_id: str, change: RuleChange | None) -> Iterator[HistoryLine]:
        steps = change.steps if change else ()
        for week in self.extra.history.get(standard_id, ()):
            broken = week.components.broken_rate()
            yield HistoryLine(
                week=self.phrases.week(week.start),
                span=self.phrases.span(week.start, week.end),
                result=self.outcome(week.result),
                met=self.phrases.whole(week.components.met),
                breached=self.phrases.whole(week.components.breached),
                pending=self.phrases.whole(week.components.pending),
                excluded=self.phrases.whole(week.components.excluded),
                share=self.maker.share(week.components),
                broken=self.phrases.percent(broken.value) if broken else self.words("rate.none"),
                name=self.maker.figure(standard_id, None, week=Period("week", week.start, week.end)),
                changed=tuple(
                    self.words("standard.changed", day=self.phrases.full_day(step.on))
                    for step in steps
                    if week.start <= step.on <= week.end
                ),
                width=f"{broken.value * 100:.1f}" if broken else "0",
                no_data=self.words("standard.no_data_days", days=week.days_without_data)
                if week.days_without_data
                else "",
            )

    def _shares(self, standard_id: str) -> Iterator[DepartmentShare]:
        for item in self.extra.by_department.get(standard_id, ()):
            yield DepartmentShare(
                id=item.department_id,
                name=self.maker.name(item.department_id),
                result=self.outcome(item.result),
                components=self.maker.components(item.components),
                share=self.maker.share(item.components),
                figure=self.maker.figure(standard_id, item.department_id),
            )

    def _cases(self, found: CaseList | None, *, breached: bool) -> CasesView | None:
        if found is None:
            return None
        return self.maker.cases("", "", found, len(found.cases), breached=breached)

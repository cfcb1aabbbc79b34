"""The site's first page: the agency's week, its departments, checks and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from charter.base.moments import Period, end_of_day, stamp
from charter.report.render.charts.pictures import calendar_of_page
from charter.report.render.templates import fill
from charter.report.site.blocks import HeatCell, HeatLine, HeatMap, Link, PledgeBlock
from charter.report.site.facts import HistoryWeek
from charter.report.site.page import KINDS, MOST_CHANGES, OUTCOMES, SitePage
from charter.report.site.permanent import newest_page
from charter.report.view.models import Limits, RowView

# A quarter fits beside the titles.
WEEKS_OF_HEAT = 13
OVERVIEW = Limits(per_standard=0, in_all=0, still_open=0, due_next=0, below=1000, listed=30, decisions=30)


class OverviewPage(SitePage):
    """The agency's week, and ways to everything else."""

    def html(self) -> str:
        view, duties = self.maker.summary_view(), self.maker.duties()
        return fill(
            self.settings,
            "site_index.html.j2",
            frame=self.frame("index", self.words("site.title")),
            t=self.words,
            view=view,
            count=len(self.tables.standards),
            pledges=tuple(self._pledges()),
            changes=self.maker.changes(MOST_CHANGES),
            overview=self.maker.whole_overview(self.week, OVERVIEW),
            below=self.maker.below(OVERVIEW.below)[0],
            heat=self._heat(),
            duties=duties,
            calendar=calendar_of_page(duties) if duties else "",
            reports=self.reports_of(self.facts.department.id)[:1],
            checks=tuple(self._check_counts()),
            gaps=tuple(self._week_gaps()),
            evidence=tuple(self._evidence()),
            set_aside=self._set_aside(),
        )

    def _set_aside(self) -> str:
        """That commitments fall due beyond the calendar; empty when none does."""
        if not self.extra.set_aside:
            return ""
        last_day = self.phrases.full_day(self.tables.agency.calendar.last_day)
        return self.words("site.beyond_calendar", last_day=last_day, count=self.phrases.whole(self.extra.set_aside))

    def _pledges(self) -> Iterator[PledgeBlock]:
        weeks = {week.standard_id: week for week in self.facts.standards}
        for pledge in self.week.pledges:
            yield PledgeBlock(
                self.words.pick(pledge.text),
                tuple(self.maker.standard(weeks[standard_id]) for standard_id in pledge.standard_ids),
            )

    def _heat(self) -> HeatMap:
        """What every standard came to in the last weeks, agency-wide."""
        starts = [self.tables.week.start - timedelta(weeks=back) for back in range(WEEKS_OF_HEAT - 1, -1, -1)]
        starts = [start for start in starts if start + timedelta(days=6) >= self.tables.agency.charter.in_force_from]
        return HeatMap(
            weeks=tuple(self._heat_week(start) for start in starts),
            lines=tuple(self._heat_line(standard_id, starts) for standard_id in self.tables.standards),
            legend=tuple(self.outcome(result) for result in OUTCOMES),
        )

    def _heat_week(self, start: date) -> Link:
        folder = self.settings.site_dir / "weeks" / Period("week", start, start + timedelta(days=6)).key()
        page = newest_page(folder, self.edition.ending)
        href = page.relative_to(self.settings.site_dir).as_posix() if page else ""
        return Link(self.words("site.heat_week", number=start.isocalendar().week), href)

    def _heat_line(self, standard_id: str, starts: Sequence[date]) -> HeatLine:
        found = {week.start: week for week in self.extra.history.get(standard_id, ())}
        title, href = self.maker.title(standard_id), f"standards/{standard_id}{self.edition.ending}"
        return HeatLine(title, href, tuple(self._heat_cell(found.get(start)) for start in starts))

    def _heat_cell(self, week: HistoryWeek | None) -> HeatCell:
        if week is None:
            return HeatCell("nothing_due", "", self.words("rate.none"))
        outcome, components = self.outcome(week.result), week.components
        counted = f" {components.breached}/{components.n}" if components.breached else ""
        return HeatCell(week.result, outcome.mark, f"{outcome.text}{counted}")

    def _check_counts(self) -> Iterator[str]:
        for kind in KINDS:
            if counts := self.outcome_counts(kind):
                yield f"{self.words(f'site.expectation_kind_{kind}')}: {counts}"

    def _week_gaps(self) -> Iterator[str]:
        for source_id, item in sorted(self.tables.uncovered.items()):
            days = self.phrases.list([self.phrases.day(day) for day in item.days])
            yield f"{self.maker.source(source_id)}: {days}"

    def _evidence(self) -> Iterator[RowView]:
        """Where the seals are: beside the site, not in it, since they name more than a site should show."""
        night, sunday = self.facts.as_of, end_of_day(self.tables.week.end, self.tables.agency.zone)
        yield RowView(self.words("site.evidence_night"), f"evidence/{stamp(night)}-nightly/manifest.json", "")
        # Reports may have been rendered from a later night than that of the week's end.
        weekly = sorted(path.name for path in self.settings.evidence_dir.glob("*-weekly"))
        since = [name for name in weekly if f"{stamp(sunday)}-weekly" <= name <= f"{stamp(night)}-weekly"]
        place = since[0] if since else f"{stamp(sunday)}-weekly"
        yield RowView(self.words("site.evidence_week"), f"evidence/{place}/manifest.json", "")
        yield RowView(self.words("site.evidence_chain"), "evidence/chain.jsonl", "")

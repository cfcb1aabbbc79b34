"""The site's first page: the agency's week, its departments, checks and evidence."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.moments import end_of_day, stamp
from charter.report.facts.filed import filed_weeks, form_name, latest_revision, week_folder
from charter.report.facts.models import DepartmentWeek
from charter.report.render.templates import fill
from charter.report.site.blocks import DepartmentLine, Link, PledgeBlock
from charter.report.site.page import KINDS, MOST_CHANGES, SitePage
from charter.report.view.report import ViewMaker


class OverviewPage(SitePage):
    """The agency's week, and ways to everything else."""

    def html(self) -> str:
        view = self.maker.summary_view()
        return fill(
            self.settings,
            "site_index.html.j2",
            frame=self.frame("index", self.words("site.title")),
            t=self.words,
            view=view,
            count=len(self.tables.standards),
            pledges=tuple(self._pledges()),
            changes=self.maker.changes(MOST_CHANGES),
            departments=tuple(self._departments()),
            agency_links=self._report_links(self.facts.department.id)[1],
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

    def _departments(self) -> Iterator[DepartmentLine]:
        levels = {item.department_id: item.level for item in self.facts.below}
        for department_id in levels:
            if department_id in self.departments:
                yield self._department(self.departments[department_id], levels[department_id])

    def _department(self, facts: DepartmentWeek, level: int) -> DepartmentLine:
        view = ViewMaker(self.words, self.tables.agency, facts).summary_view()
        week, links = self._report_links(facts.department.id)
        return DepartmentLine(
            name=view.department,
            level=level,
            headline=view.headline,
            tone=view.tone,
            met=self.phrases.whole(facts.components.met),
            breached=self.phrases.whole(facts.components.breached),
            pending=self.phrases.whole(facts.components.pending),
            week=week,
            links=links,
        )

    def _report_links(self, department_id: str) -> tuple[str, tuple[Link, ...]]:
        """The newest rendered report up to the closed week: its week, and its three forms."""
        found = [
            (week.key(), revision)
            for week in filed_weeks(self.settings)
            if week.key() <= self.tables.week.key()
            and (revision := latest_revision(week_folder(self.settings, week), department_id))
        ]
        if not found:
            return "", ()
        newest, revision = found[-1]
        year, number = newest.split("-W")
        place = f"reports/{newest}/{department_id}/r{revision}"
        forms = ("site.html", "html"), ("site.pdf", "pdf"), ("site.text", "txt")
        return self.words("date.week", year=year, number=int(number)), tuple(
            self._report_link(self.words(key), place, ending) for key, ending in forms
        )

    def _report_link(self, text: str, place: str, ending: str) -> Link:
        """A report's file in the page's language; where there is none, in the agency's own, which is then named."""
        own, language = form_name(ending), self.words.language
        if self.edition.is_own:
            return Link(text, f"{place}/{own}")
        other = form_name(ending, language)
        if (self.settings.site_dir / place / other).exists():
            return Link(text, f"{place}/{other}")
        return Link(self.words.pick({self.edition.languages[0]: text}), f"{place}/{own}")

    def _check_counts(self) -> Iterator[str]:
        for kind in KINDS:
            if counts := self.outcome_counts(kind):
                yield f"{self.words(f'site.expectation_kind_{kind}')}: {counts}"

    def _week_gaps(self) -> Iterator[str]:
        for source_id, item in sorted(self.tables.uncovered.items()):
            days = self.phrases.list([self.phrases.day(day) for day in item.days])
            yield f"{self.maker.source(source_id)}: {days}"

    def _evidence(self) -> Iterator[Link]:
        night, sunday = self.facts.as_of, end_of_day(self.tables.week.end, self.tables.agency.zone)
        yield Link(self.words("site.evidence_night"), f"../evidence/{stamp(night)}-nightly/manifest.json")
        # Reports may have been rendered from a later night than that of the week's end.
        weekly = sorted(path.name for path in self.settings.evidence_dir.glob("*-weekly"))
        since = [name for name in weekly if f"{stamp(sunday)}-weekly" <= name <= f"{stamp(night)}-weekly"]
        place = since[0] if since else f"{stamp(sunday)}-weekly"
        yield Link(self.words("site.evidence_week"), f"../evidence/{place}/manifest.json")
        yield Link(self.words("site.evidence_chain"), "../evidence/chain.jsonl")

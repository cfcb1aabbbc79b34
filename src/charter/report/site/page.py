"""What every page of the site shares: the facts, the words, and the frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from charter.base.moments import last_ended_day
from charter.base.settings import Settings
from charter.extract.night.fates import FeedFates
from charter.report.facts.filed import filed_periods, form_name, latest_revision, week_folder
from charter.report.facts.models import AgencyWeek, DepartmentWeek
from charter.report.facts.tables import WeekTables
from charter.report.site.blocks import Frame, Link, Outcome, ReportLine
from charter.report.site.editions import Edition
from charter.report.site.facts import SiteTables
from charter.report.site.frame import frame_of
from charter.report.view.report import ViewMaker

OUTCOMES = ("check_error", "broken", "no_data", "kept", "nothing_due")
KINDS = ("threshold", "agreement", "contract")
# A site has room for all that change in a year.
MOST_CHANGES = 200


@dataclass(frozen=True)
class SiteFacts:
    """What the pages show, in whatever language."""

    tables: WeekTables
    extra: SiteTables
    fates: Sequence[FeedFates]
    week: AgencyWeek
    departments: Mapping[str, DepartmentWeek]


class SitePage:
    """A page in one language. ``descriptions`` is what the checks say in it, where the results do not."""

    def __init__(
        self,
        settings: Settings,
        facts: SiteFacts,
        edition: Edition,
        descriptions: Mapping[tuple[str, str], str],
    ) -> None:
        self.settings = settings
        self.edition = edition
        self.descriptions = descriptions
        self.fates = facts.fates
        self.tables = facts.tables
        self.extra = facts.extra
        self.words = edition.words
        self.week = facts.week
        self.departments = facts.departments
        self.facts: DepartmentWeek = facts.week.whole
        self.maker = ViewMaker(self.words, facts.tables.agency, self.facts)
        self.phrases = self.maker.phrases

    def frame(self, page: str, title: str, root: str = "") -> Frame:
        """``page`` is its name without ending, ``root`` the way from it to the first page's folder."""
        frame = frame_of(self.settings, self.edition, self.phrases, self.tables.run, page, title, root)
        weeks = sorted(self.facts.standards, key=lambda week: not week.components.any)
        if not weeks:
            return frame
        named = self.maker.figure(weeks[0].standard_id, weeks[0].department_id)
        return replace(frame, proof=(self.maker.origin(named), *frame.proof))

    def reports_of(self, department_id: str) -> tuple[ReportLine, ...]:
        """Its rendered reports of weeks and months up to the published night, the last ended first, each in its newest
        revision."""
        forms = ("site.html", "html"), ("site.pdf", "pdf"), ("site.text", "txt")
        last = last_ended_day(self.facts.as_of, self.phrases.zone)
        filed = [period for kind in ("week", "month") for period in filed_periods(self.settings, kind)]
        lines = []
        for period in sorted(filed, key=lambda each: (each.end, each.start), reverse=True):
            revision = latest_revision(week_folder(self.settings, period), department_id)
            if revision and period.end <= last:
                place = f"reports/{period.key()}/{department_id}/r{revision}"
                links = tuple(self._report_link(self.words(key), place, ending) for key, ending in forms)
                lines.append(ReportLine(self.phrases.period(period.kind, period.start), links))
        return tuple(lines)

    def _report_link(self, text: str, place: str, ending: str) -> Link:
        """A report's file in the page's language; where there is none, in the agency's own, which is then named."""
        own, language = form_name(ending), self.words.language
        if self.edition.is_own:
            return Link(text, f"{place}/{own}")
        other = form_name(ending, language)
        if (self.settings.site_dir / place / other).exists():
            return Link(text, f"{place}/{other}")
        return Link(self.words.pick({self.edition.languages[0]: text}), f"{place}/{own}")

    def outcome(self, result: str) -> Outcome:
        return Outcome(self.words(f"result.{result}"), result, self.words(f"mark.{result}"))

    def outcome_counts(self, kind: str) -> str:
        counts: Counter[str] = Counter(check.outcome for check in self.extra.checks if check.kind == kind)
        return self.phrases.list(
            [self.counted(f"result.{outcome}", counts[outcome]) for outcome in OUTCOMES if counts[outcome]]
        )

    def counted(self, key: str, count: int) -> str:
        return self.words("site.outcome_count", outcome=self.words(key), count=self.phrases.whole(count))

"""The at-risk digest as ready texts: the verdict first, then each case with its deadline, its age and who holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from charter.base.moments import local_date
from charter.definitions.models import Agency, ReportDefinition
from charter.report.facts.at_risk import AtRiskCase, AtRiskDay, ResolvedCase, Standing
from charter.report.view.links import case_address
from charter.report.view.models import Page
from charter.report.view.phrases import Phrases, from_source
from charter.report.view.proof import seal_lines
from charter.words import Words

# So many cases a section lists; the counts beside them are of all.
MOST_SHOWN = 10
# The sections of a report's definition, and which cases stand in each.
_STANDINGS: tuple[Standing, ...] = ("overdue", "due", "awaiting")
_SECTIONS: dict[str, tuple[Standing, ...]] = {"due": ("due", "awaiting"), "overdue": ("overdue",)}
_TONES = {"overdue": "overdue", "due": "due", "awaiting": "due"}


@dataclass(frozen=True)
class AtRiskCaseView:
    """``mark`` says what is new since the digest before; empty where nothing is. ``address`` is that of the case in its
    source system; empty where it has none."""

    mark: str
    title: str
    address: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class AtRiskSectionView:
    kind: str
    title: str
    cases: tuple[AtRiskCaseView, ...]
    rest: str


@dataclass(frozen=True)
class AtRiskView(Page):
    """The digest of one morning. ``brief`` stands under the headline."""

    subject: str
    title: str
    agency: str
    heading: str
    preheader: str
    period: str
    synthetic: str
    correction: str
    tone: str
    headline: str
    brief: tuple[str, ...]
    sections: tuple[AtRiskSectionView, ...]
    proof: tuple[str, ...]


def at_risk_view(
    words: Words, agency: Agency, definition: ReportDefinition, day: AtRiskDay, revision: int, head: str | None
) -> AtRiskView:
    """The digest ``day`` in the language of ``words``. A ``revision`` above 1 says that it is a correction; ``head`` is
    the hash of the night's seal."""
    return _Maker(words, agency, definition, day).view(revision, head)


class _Maker:
    def __init__(self, words: Words, agency: Agency, definition: ReportDefinition, day: AtRiskDay) -> None:
        self.words = words
        self.agency = agency
        self.definition = definition
        self.day = day
        self.phrases = Phrases(words, ZoneInfo(day.time_zone))
        self.titles = {each.id: words.pick(each.text) for each in day.catalogue}
        self.names = {each.id: words.pick(each.name) for each in day.departments}
        self.counts: dict[str, int] = {standing: len(day.standing(standing)) for standing in _STANDINGS}

    def view(self, revision: int, head: str | None) -> AtRiskView:
        words, day = self.words, self.day
        department = words("report.whole_agency") if day.whole_agency else words.pick(day.department.name)
        shown = self.phrases.day(day.day)
        counts = self.phrases.dotted(self._counts())
        headline = self.phrases.dotted(self._headline())
        return AtRiskView(
            language=words.language,
            subject=words(
                "at_risk.subject",
                synthetic=words("report.subject_synthetic") if day.synthetic else "",
                correction=words("first.correction", revision=revision) if revision > 1 else "",
                counts=counts,
                department=department,
                day=shown,
            ),
            title=words("at_risk.title"),
            agency=words.pick(day.agency_name),
            heading=words("at_risk.heading", department=department, day=shown),
            preheader=headline,
            period=words("at_risk.period", until=self.phrases.end(day.until), as_of=self.phrases.as_of(day.as_of)),
            synthetic=words("report.synthetic") if day.synthetic else "",
            correction=words("at_risk.correction", revision=revision) if revision > 1 else "",
            tone="bad" if self.counts["overdue"] else "warn" if self.day.has_news else "good",
            headline=headline,
            brief=tuple(self._brief()),
            sections=tuple(self._sections()),
            proof=tuple(seal_lines(words, self.phrases, day.as_of, head)),
        )

    @property
    def _due(self) -> str:
        """``due_today``, where the agency works tomorrow, too."""
        until = local_date(self.day.until, self.phrases.zone)
        return "due_today" if until == self.day.day + timedelta(days=1) else "due"

    def _counts(self) -> Iterator[str]:
        for standing, key in (("due", self._due), ("overdue", "overdue"), ("awaiting", "awaiting")):
            if self.counts[standing]:
                yield self.words(f"at_risk.count.{key}", count=self.phrases.whole(self.counts[standing]))
        if self.day.missing and not self.day.cases:
            yield self.words("at_risk.count.no_data", count=self.phrases.whole(len(self.day.missing)))
        elif not self.day.cases:
            yield self.words("at_risk.count.nothing")

    def _headline(self) -> Iterator[str]:
        if count := self.counts["due"]:
            until = self.phrases.end(self.day.until)
            yield self.words(f"at_risk.headline.{self._due}", count=self.phrases.whole(count), until=until)
        if count := self.counts["overdue"]:
            due = [each.case.due_at for each in self.day.standing("overdue") if each.case.due_at is not None]
            longest = self.phrases.age(self.day.as_of - min(due, default=self.day.as_of))
            yield self.words("verdict.overdue", count=self.phrases.whole(count), longest=longest)
        if count := self.counts["awaiting"]:
            yield self.words("doubt.awaited", count=self.phrases.whole(count))
        if not self.day.cases:
            yield self.words("at_risk.headline.unknown" if self.day.missing else "at_risk.headline.nothing")

    def _brief(self) -> Iterator[str]:
        day = self.day
        if day.since is None:
            yield self.words("at_risk.first")
        else:
            changes = [each.change for each in day.cases]
            yield self.words(
                "at_risk.since",
                day=self.phrases.day(day.since),
                new=self.phrases.whole(changes.count("new")),
                lapsed=self.phrases.whole(changes.count("lapsed")),
                same=self.phrases.whole(changes.count("same")),
                resolved=self.phrases.whole(len(day.resolved)),
            )
        sources = {source.id: source for source in self.agency.sources}
        for item in day.missing:
            source = self.words.pick(sources[item.source_id].text.root) if item.source_id in sources else item.source_id
            yield self.words(
                "at_risk.missing", source=source, days=self.phrases.list([self.phrases.day(each) for each in item.days])
            )

    def _sections(self) -> Iterator[AtRiskSectionView]:
        for section, standings in _SECTIONS.items():
            for standing in standings if self.definition.shows(section) else ():
                if found := self.day.standing(standing):
                    yield self._section(standing, found)
        if self.day.resolved and self.definition.shows("resolved"):
            yield self._resolved(self.day.resolved)

    def _section(self, standing: Standing, found: Sequence[AtRiskCase]) -> AtRiskSectionView:
        rest = len(found) - MOST_SHOWN
        return AtRiskSectionView(
            kind=_TONES[standing],
            title=self.words(f"at_risk.section.{standing}"),
            cases=tuple(self._case(each) for each in found[:MOST_SHOWN]),
            rest=self.words("case.rest", count=self.phrases.whole(rest)) if rest > 0 else "",
        )

    def _case(self, each: AtRiskCase) -> AtRiskCaseView:
        case = each.case
        mark = self.words(f"at_risk.mark.{each.change}") if each.change in ("new", "lapsed") else ""
        named = [self.titles.get(case.standard_id, case.standard_id), self.words.pick(case.part_text)]
        return AtRiskCaseView(
            mark=mark,
            title=from_source(case.subject_id),
            address=case_address(self.agency, case),
            lines=(self.phrases.titles([text for text in named if text]), self.phrases.dotted(self._details(each))),
        )

    def _details(self, each: AtRiskCase) -> Iterator[str]:
        case, as_of = each.case, self.day.as_of
        if case.due_at is not None:
            yield self.words("todo.due_at", due=self.phrases.end(case.due_at))
            # How much is left is another matter when the mail is read than at the as-of.
            if each.standing != "due":
                yield self.words("todo.age", age=self.phrases.age(as_of - case.due_at))
        elif f"case.due_unknown.{case.due_basis}" in self.words:
            yield self.words("todo.due_at", due=self.words(f"case.due_unknown.{case.due_basis}"))
        if each.standing == "due":
            yield self.words("at_risk.opened", opened=self.phrases.moment(case.opened_at))
        if each.standing == "awaiting":
            yield self.words("todo.awaiting_why")
        if case.department_id != self.day.department.id:
            name = self.names.get(case.department_id or "") or self.words("department.unknown")
            yield self.words("todo.held_by", department=name)

    def _resolved(self, resolved: Sequence[ResolvedCase]) -> AtRiskSectionView:
        rest = len(resolved) - MOST_SHOWN
        return AtRiskSectionView(
            kind="resolved",
            title=self.words("at_risk.section.resolved"),
            cases=tuple(
                AtRiskCaseView(
                    mark="",
                    title=from_source(each.told.subject_id),
                    address="",
                    lines=(
                        self.phrases.dotted(
                            [
                                self.words(f"at_risk.outcome.{each.outcome}"),
                                self.titles.get(each.told.standard_id, each.told.standard_id),
                            ]
                        ),
                    ),
                )
                for each in resolved[:MOST_SHOWN]
            ),
            rest=self.words("case.rest", count=self.phrases.whole(rest)) if rest > 0 else "",
        )

"""A report's figures as ready texts: what templates loop over. No layout here, no logic there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from charter.definitions.models import Agency, ReportDefinition
from charter.report.facts.department_week import OUT_OF_ORDER
from charter.report.facts.filed import form_name
from charter.report.facts.models import AgencyWeek, CompanionFigure, DepartmentWeek, MissingData, StandardWeek
from charter.report.facts.rates import rate as share_of
from charter.report.facts.restated import Restatement
from charter.report.view.charts import charts_to_show
from charter.report.view.felt import FeltWording
from charter.report.view.first_screen import FirstScreen
from charter.report.view.links import NO_LINKS, Links
from charter.report.view.mending import MendingWording
from charter.report.view.models import (
    FileView,
    GroupView,
    Limits,
    OverviewView,
    ReportView,
    RowView,
    StandardView,
    SummaryView,
)
from charter.report.view.overview import OverviewWording
from charter.report.view.phrases import from_source
from charter.report.view.restated import RestatedWording
from charter.report.view.sections import only_sections
from charter.report.view.standard import StandardWording
from charter.words import Words

_NAMED = 5

# A mail is read on a phone: it shows the first of everything, and the page and the PDF show all.
MAIL = Limits(
    per_standard=2,
    in_all=6,
    still_open=0,
    due_next=0,
    changes=3,
    restated=6,
    below=4,
    listed=1,
    decisions=3,
    holders=3,
    not_kept=6,
)
SHORT_MAIL = Limits(
    per_standard=1,
    in_all=3,
    still_open=0,
    due_next=0,
    changes=1,
    restated=3,
    below=4,
    listed=1,
    decisions=2,
    holders=2,
    not_kept=4,
)
PAPER = Limits(per_standard=15, in_all=45, still_open=15, due_next=20)


@dataclass(frozen=True)
class Known:
    """What is known of a report beside its facts: the revision it is ``filed_as``, by which its figures are named; the
    hash of the night's seal (``head``), None when the night is not sealed yet; and the ``links`` to the site."""

    filed_as: int = 1
    head: str | None = None
    links: Links = NO_LINKS


class ViewMaker(StandardWording, FirstScreen, OverviewWording, RestatedWording, MendingWording, FeltWording):
    """Puts the facts of one agency into the words of one language."""

    def report(
        self,
        limits: Limits,
        revision: int,
        agency: AgencyWeek | None = None,
        restatement: Restatement | None = None,
        *,
        known: Known | None = None,
    ) -> ReportView:
        """``revision`` is what the report says that it is to its reader; ``known`` tells where its figures stand.

        That of the whole ``agency`` has its overview, and its standards under their pledges.
        """
        known = known or Known()
        facts, words = self.facts, self.words
        breaches, breaches_rest = self.breaches(limits)
        week = self.phrases.period(facts.period_kind, facts.week_start)
        correction = words("report.correction", revision=revision) if revision > 1 else ""
        quiet = [self.title(item.standard_id) for item in facts.standards if not _worth_a_row(item)]
        pledges = [(words.pick(each.text), each.standard_ids) for each in agency.pledges] if agency else []
        groups = tuple(self._groups(pledges, known.filed_as))
        rows = [row for group in groups for row in group.standards]
        example = next((row.name for row in rows), None)
        not_kept = sorted((row for row in rows if row.result_class in OUT_OF_ORDER), key=_severity)
        unlisted = len(not_kept) - limits.not_kept
        todo = tuple(self.todo())
        below, below_rest = self.below(limits.below)
        definition = self.agency.reports.of(facts.period_kind)
        overview, mending = self._overview_of(agency, limits, definition), self.mending()
        if overview is not None:
            # The overview has them.
            mending = replace(mending, comments=())
        view = ReportView(
            language=words.language,
            subject=self.subject(revision),
            title=words("report.title_agency" if facts.whole_agency else "report.title"),
            agency=words.pick(facts.agency_name),
            department=self.scope(),
            week=week,
            week_of_year=self.phrases.period_of_year(facts.period_kind, facts.week_start),
            period=words(
                "report.period",
                span=self.phrases.span(facts.week_start, facts.week_end),
                as_of=self.phrases.as_of(facts.as_of),
            ),
            as_of=self.phrases.as_of(facts.as_of),
            synthetic=words("report.synthetic") if facts.synthetic else "",
            correction=correction,
            counts=self.counts(),
            restated=self.restated(restatement, limits.restated),
            tone=self.tone(),
            headline=self.headline(),
            preheader=self.preheader(todo),
            brief=tuple(filter(None, (*self.brief(), self._trend_summary(), mending.brief))),
            summary=(*self.summary(), self._trend_summary()),
            todo=todo,
            nothing_todo="" if todo else words("todo.nothing"),
            breaches=breaches,
            breaches_rest=breaches_rest,
            still_open=self.listed(facts.still_open, limits.still_open, breached=True),
            due_next=self.listed(facts.due_next, limits.due_next, breached=False),
            groups=groups,
            not_kept=tuple(not_kept[: limits.not_kept]),
            not_kept_rest=words("report.not_kept_rest", count=unlisted) if unlisted > 0 else "",
            kept=self._kept(),
            charts=tuple(charts_to_show(rows)),
            duties=self.duties(),
            heat=self.heat() if agency else None,
            quiet=words("report.quiet", count=len(quiet), names=self.phrases.titles(quiet)) if quiet else "",
            below=below,
            below_rest=below_rest,
            overview=overview,
            exclusions=tuple(self._exclusions()),
            companions=tuple(self._companions()),
            missing=tuple(self._missing(facts.missing)),
            changes=self.changes(limits.changes),
            mending=mending,
            felt=self.felt(),
            felt_title=words("felt.title"),
            felt_note=words("felt.note"),
            notes=tuple(self._notes()),
            proof=tuple(self.proof(known.head, example)),
            seal=self.seal(known.head),
            page=self._page(known.filed_as),
            files=tuple(self._files()),
            labels=words.section("label"),
        )
        return only_sections(view, definition)

    def _overview_of(
        self, agency: AgencyWeek | None, limits: Limits, definition: ReportDefinition | None
    ) -> OverviewView | None:
        if agency is None or (definition is not None and not definition.shows("overview")):
            return None
        shown = [name for name in ("felt", "comments") if definition is None or definition.shows(name)]
        return self.whole_overview(agency, limits, shown)

    def whole_overview(
        self, agency: AgencyWeek, limits: Limits, voices: Sequence[str] = ("felt", "comments")
    ) -> OverviewView:
        """The agency's overview with what customers feel and what owners say (``voices``): of standards that customers
        are asked about those come first in which measured and felt are furthest apart."""
        found = self.overview(agency, limits)
        spoken = {"felt": list(self._felt_lines()), "comments": list(self.mending().comments)}
        lists = (self.listed_lines(name, spoken[name], limits) for name in voices if spoken[name])
        return replace(found, lists=(*found.lists, *lists))

    def _felt_lines(self) -> Iterable[str]:
        asked = [week for week in self.facts.standards if week.felt is not None]
        for week in sorted(asked, key=_apart, reverse=True):
            view = self.felt_of(week)
            if view is not None:
                yield self.words("overview.felt_line", title=view.title, measured=view.measured, felt=view.felt)

    def summary_view(self) -> SummaryView:
        """What a line or a box about the department says: its name, the verdict and what stands behind it."""
        return SummaryView(
            department=self.scope(),
            headline=self.headline(),
            tone=self.tone(),
            summary=(*self.summary(), self._trend_summary()),
        )

    def _page(self, filed_as: int) -> str:
        return self.links.report(self.week.key(), self.facts.department.id, filed_as, self._other_language())

    def _files(self) -> Iterable[FileView]:
        """The other forms of the report; those that only programs read have no language."""
        for ending in ("pdf", "xlsx", "csv", "json", "txt"):
            language = None if ending in ("csv", "json") else self._other_language()
            yield FileView(self.words(f"label.form_{ending}"), form_name(ending, language))

    def _other_language(self) -> str | None:
        """The language of the report; None for the agency's own, which no file's name tells."""
        return None if self.words.language == self.agency.charter.language else self.words.language

    def _kept(self) -> str:
        kept = list(dict.fromkeys(week.standard_id for week in self.facts.standards if week.result == "kept"))
        if not kept:
            return ""
        names = self.phrases.titles([self.title(standard_id) for standard_id in kept[:_NAMED]])
        rest = len(kept) - _NAMED
        if rest > 0:
            return self.words("report.kept_more", count=len(kept), names=names, rest=rest)
        return self.words("report.kept", count=len(kept), names=names)

    def _trend_summary(self) -> str:
        worse = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "worse"]
        better = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "better"]
        unknown = sum(week.direction == "unknown" for week in self.facts.standards)
        judged = any(week.direction != "too_few" for week in self.facts.standards)
        looked_at = self.phrases.whole(self.facts.series_looked_at)
        if worse:
            named = self.phrases.titles(worse[:_NAMED])
            return self.words("verdict.worse", count=len(worse), names=named, looked_at=looked_at)
        if unknown:
            return self.words("verdict.unknown", count=unknown)
        if better:
            named = self.phrases.titles(better[:_NAMED])
            return self.words("verdict.better", count=len(better), names=named, looked_at=looked_at)
        return self.words("verdict.steady", looked_at=looked_at) if judged else self.words("verdict.too_few")

    def _groups(self, pledges: Sequence[tuple[str, Sequence[str]]], filed_as: int) -> Iterable[GroupView]:
        shown = [week for week in self.facts.standards if _worth_a_row(week)]
        if not pledges:
            ordered = sorted(shown, key=lambda week: _SEVERITY[week.result])
            if ordered:
                yield GroupView("", tuple(self.standard(week, filed_as) for week in ordered))
            return
        for title, ids in pledges:
            members = tuple(self.standard(week, filed_as) for week in shown if week.standard_id in ids)
            if members:
                yield GroupView(title, members)

    def _exclusions(self) -> Iterable[RowView]:
        for item in self.facts.exclusions:
            yield RowView(
                self.title(item.standard_id),
                self.words.or_else(item.rule.replace(":", "."), from_source(self.words.pick(item.text))),
                from_source(item.approver),
                self.words("case.count", count=self.phrases.whole(item.count)),
            )

    def _companions(self) -> Iterable[RowView]:
        for item in self.facts.companions:
            text, interval = self._companion(item)
            yield RowView(self.title(item.standard_id), self._companion_name(item), text, interval)

    def _companion_name(self, item: CompanionFigure) -> str:
        for standard in self.agency.charter.standards:
            for rule in standard.rules:
                for companion in rule.companions:
                    if (standard.id, companion.id) == (item.standard_id, item.companion):
                        return self.words.pick(companion.text.root)
        return item.companion

    def _companion(self, item: CompanionFigure) -> tuple[str, str]:
        if not item.denominator:
            return self.words("rate.nothing_decided"), ""
        if not item.share:
            value = item.numerator / item.denominator
            return self.words(
                "rate.mean", value=self.phrases.decimal(value, 2), n=self.phrases.whole(item.denominator)
            ), ""
        share = share_of(round(item.numerator), item.denominator)
        assert share is not None
        text = self.words(
            "rate.counted",
            count=self.phrases.whole(share.count),
            n=self.phrases.whole(share.n),
            rate=self.phrases.percent(share.value),
        )
        return text, self.phrases.interval(share)

    def _missing(self, missing: Sequence[MissingData]) -> Iterable[RowView]:
        for item in missing:
            yield RowView(
                self.source(item.source_id),
                self.days(item.days),
                self.phrases.list([self.phrases.reason(reason) for reason in item.reasons]),
            )

    def _notes(self) -> Iterable[str]:
        facts, words = self.facts, self.words
        yield words("note.decided")
        yield words("note.pending")
        yield words("note.elapsed")
        yield words("note.rate")
        yield words("note.trend")
        yield words("note.result")
        bases = {self.standards[week.standard_id].basis for week in facts.standards}
        if bases - {"charter"}:
            yield words("note.basis")
        if any(self._strict(week) for week in facts.standards):
            yield words("note.strict")
        yield words(
            "note.source",
            version=facts.charter_version,
            as_of=self.phrases.as_of(facts.as_of),
            zone=self.phrases.zone_name,
        )


_SEVERITY = {"check_error": 1, "broken": 0, "no_data": 2, "kept": 3, "nothing_due": 4}


def _severity(row: StandardView) -> int:
    return OUT_OF_ORDER.index(row.result_class)


def _apart(week: StandardWeek) -> float:
    """How far what is felt lies below what is measured, as a share; what nobody answered comes last."""
    measured, felt = week.year.kept_rate(), week.felt.rate() if week.felt else None
    return measured.value - felt.value if measured and felt else -2.0


def _worth_a_row(week: StandardWeek) -> bool:
    return week.result != "nothing_due" or week.components.any


def department_view(
    words: Words,
    agency: Agency,
    facts: DepartmentWeek,
    limits: Limits,
    revision: int = 1,
    restatement: Restatement | None = None,
    known: Known | None = None,
) -> ReportView:
    """One department's report, cases capped by ``limits``. A ``revision`` above 1 says that it is a correction, and
    what it corrects (``restatement``)."""
    known = known or Known()
    return ViewMaker(words, agency, facts, known.links).report(limits, revision, restatement=restatement, known=known)


def agency_view(
    words: Words,
    agency: Agency,
    facts: AgencyWeek,
    limits: Limits,
    revision: int = 1,
    restatement: Restatement | None = None,
    known: Known | None = None,
) -> ReportView:
    """The whole agency's report, standards under their pledges."""
    known = known or Known()
    maker = ViewMaker(words, agency, facts.whole, known.links)
    return maker.report(limits, revision, facts, restatement, known=known)

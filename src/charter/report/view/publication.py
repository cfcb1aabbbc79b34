"""The yearly publication as ready texts, and as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from charter.definitions.models import Agency, ReportDefinition
from charter.report.facts.publication import (
    OTHERS,
    Publication,
    PublishedAction,
    PublishedCounts,
    PublishedStandard,
)
from charter.report.facts.rates import points
from charter.report.view.models import Page
from charter.report.view.phrases import Phrases, from_source
from charter.words import Words

_RESULTS = ("kept", "broken", "no_data", "check_error", "nothing_due")


@dataclass(frozen=True)
class PublishedRowView:
    name: str
    met: str
    breached: str
    n: str
    rate: str


@dataclass(frozen=True)
class PublishedStandardView:
    """``rest`` are lines under the title; ``result_class`` is the result's name, empty where it is not shown."""

    id: str
    title: str
    citation: str
    rest: tuple[str, ...]
    result: str
    result_class: str
    total: PublishedRowView
    before: str
    change: str
    groups: tuple[PublishedRowView, ...]
    comments: tuple[str, ...]
    actions: tuple[str, ...]
    felt: tuple[str, ...]


@dataclass(frozen=True)
class PublishedPledgeView:
    title: str
    summary: str
    standards: tuple[PublishedStandardView, ...]


@dataclass(frozen=True)
class PublicationView(Page):
    """The publication in one language. ``csv`` and ``pdf`` are the names of the table and of the paper beside it,
    ``others`` the pages in other languages, by the name of each language.
    """

    title: str
    agency: str
    period: str
    notices: tuple[str, ...]
    intro: tuple[str, ...]
    pledges: tuple[PublishedPledgeView, ...]
    columns: dict[str, str]
    headings: dict[str, str]
    csv: str
    pdf: str
    others: tuple[tuple[str, str], ...]


def publication_view(
    words: Words,
    agency: Agency,
    definition: ReportDefinition,
    publication: Publication,
    revision: int,
    changed: Sequence[str],
    csv: str,
    pdf: str,
    others: Sequence[tuple[str, str]],
) -> PublicationView:
    """``publication`` as revision ``revision``, which corrects the standards ``changed`` (ids) of the one before."""
    return _Maker(words, agency, definition, publication).view(revision, changed, csv, pdf, others)


class _Maker:
    def __init__(self, words: Words, agency: Agency, definition: ReportDefinition, publication: Publication) -> None:
        self.words = words
        self.definition = definition
        self.publication = publication
        self.phrases = Phrases(words, ZoneInfo(agency.charter.time_zone))

    def view(
        self, revision: int, changed: Sequence[str], csv: str, pdf: str, others: Sequence[tuple[str, str]]
    ) -> PublicationView:
        words, told = self.words, self.publication
        return PublicationView(
            language=words.language,
            title=words("publication.title", year=told.year),
            agency=words.pick(told.agency_name),
            period=words(
                "publication.period",
                first=self.phrases.full_day(date(told.year, 1, 1)),
                last=self.phrases.full_day(told.last_day),
                as_of=self.phrases.as_of(told.as_of),
                version=told.charter_version,
            ),
            notices=tuple(self._notices(revision, changed)),
            intro=(
                words("publication.intro"),
                words(
                    "publication.suppressed",
                    mark=words("publication.mark"),
                    least=self.phrases.whole(told.least_n),
                ),
            ),
            pledges=tuple(self._pledges()),
            columns={
                "standard": words("publication.column.standard"),
                "result": words("publication.column.result"),
                "met": words("publication.column.met"),
                "breached": words("publication.column.breached"),
                "n": words("publication.column.n"),
                "rate": words("publication.column.rate"),
                "before": words("publication.column.before"),
                "change": words("publication.column.change"),
            },
            headings={
                "divisions": words("publication.divisions"),
                "comments": words("publication.comments"),
                "actions": words("publication.actions"),
                "felt": words("felt.title"),
                "csv": words("publication.csv"),
                "pdf": words("publication.pdf"),
            },
            csv=csv,
            pdf=pdf,
            others=tuple(others),
        )

    def _notices(self, revision: int, changed: Sequence[str]) -> Iterator[str]:
        told = self.publication
        if told.synthetic:
            yield self.words("report.synthetic")
        if told.is_draft:
            yield self.words("publication.draft", year=told.year, day=self.phrases.full_day(told.last_day))
        if revision > 1:
            titles = {each.id: self.words.pick(each.text) for each in told.standards}
            names = self.phrases.titles([titles.get(name, name) for name in changed])
            yield self.words("publication.corrected", before=revision - 1, names=names)

    def _pledges(self) -> Iterator[PublishedPledgeView]:
        for pledge in self.publication.pledges:
            standards = [each for each in self.publication.standards if each.pledge == pledge.id]
            if standards:
                yield PublishedPledgeView(
                    title=self.words.pick(pledge.text),
                    summary=self._summary(standards),
                    standards=tuple(self._standard(each) for each in standards),
                )

    def _summary(self, standards: Sequence[PublishedStandard]) -> str:
        counts = {result: sum(each.result == result for each in standards) for result in (*_RESULTS, None)}
        told = [
            self.words("verdict.result", result=self._result(result), count=count)
            for result, count in counts.items()
            if count
        ]
        return self.words("publication.standards", count=len(standards), results=self.phrases.list(told))

    def _result(self, result: str | None) -> str:
        return self.words(f"result.{result}") if result else self.words("publication.undecided")

    def _standard(self, standard: PublishedStandard) -> PublishedStandardView:
        words = self.words
        rest = [words.pick(standard.threshold)]
        if standard.target is not None:
            rest.append(words("publication.target", target=words.targets(standard.target, [])))
        if standard.days_without_data:
            rest.append(words("publication.no_data", count=self.phrases.whole(standard.days_without_data)))
        shows = self.definition.shows
        return PublishedStandardView(
            id=standard.id,
            title=words.pick(standard.text),
            citation=words("standard.citation", citation=standard.citation),
            rest=tuple(text for text in rest if text),
            result=self._result(standard.result),
            result_class=standard.result or "",
            total=self._row("", standard.total),
            before=self._rate(standard.before) if standard.before else "",
            change=self._change(standard.total, standard.before) if standard.before else "",
            groups=tuple(
                self._row(words.pick(each.name) if each.id != OTHERS else words("publication.others"), each.counts)
                for each in (standard.groups if shows("divisions") else ())
            ),
            comments=tuple(map(from_source, standard.comments)) if shows("comments") else (),
            actions=tuple(self._action(each) for each in standard.actions) if shows("actions") else (),
            felt=tuple(self._felt(standard)) if shows("felt") else (),
        )

    def _felt(self, standard: PublishedStandard) -> Iterator[str]:
        """What is measured and what is felt, each with its n, and what was asked."""
        felt = standard.felt
        if felt is None:
            return
        if felt.answered is None or felt.agreed is None:
            said = self.words("publication.mark")
        elif not felt.answered:
            said = self.words("felt.felt_no_data")
        else:
            rate = self.phrases.percent(felt.agreed / felt.answered)
            said = self.words("felt.felt", rate=rate, n=self.phrases.whole(felt.answered))
        total = standard.total
        measured = self._rate(total)
        if total.is_whole and total.n:
            measured = self.words("felt.measured", rate=measured, n=self.phrases.whole(total.n))
        yield self.words("publication.felt", measured=measured, felt=said)
        yield self.words(
            "felt.asked",
            question=self.words.pick(felt.terms.question),
            least=self.phrases.amount(felt.terms.least),
            most=self.phrases.amount(felt.terms.most),
            agrees=self.phrases.amount(felt.terms.agrees_from),
        )

    def _row(self, name: str, counts: PublishedCounts) -> PublishedRowView:
        return PublishedRowView(
            name, self._count(counts.met), self._count(counts.breached), self._count(counts.n), self._rate(counts)
        )

    def _count(self, count: int | None) -> str:
        return self.words("publication.mark") if count is None else self.phrases.whole(count)

    def _rate(self, counts: PublishedCounts) -> str:
        if counts.met is None or counts.breached is None or counts.n is None:
            return self.words("publication.mark")
        return self.phrases.percent(counts.met / counts.n) if counts.n else self.words("rate.none")

    def _change(self, now: PublishedCounts, before: PublishedCounts | None) -> str:
        shares = [_share(now), _share(before)]
        if shares[0] is None or shares[1] is None:
            return self.words("publication.change.none")
        difference = round(float(shares[0]) - float(shares[1]), 1)
        if not difference:
            return self.words("publication.change.same")
        key = "publication.change.up" if difference > 0 else "publication.change.down"
        return self.words(key, points=self.phrases.amount(abs(difference)))

    def _action(self, action: PublishedAction) -> str:
        measure = from_source(action.measure)
        if action.done_on is not None:
            done = self.phrases.full_day(action.done_on)
            return self.words("publication.action.done", measure=measure, day=done)
        if action.due_on is None:
            return self.words("publication.action.undated", measure=measure)
        return self.words("publication.action.open", measure=measure, day=self.phrases.full_day(action.due_on))


def _share(counts: PublishedCounts | None) -> float | None:
    """The share met in per cent, as it is shown, so that the change is that between the figures that readers see."""
    if counts is None or not counts.is_whole or not counts.n or counts.met is None:
        return None
    return float(points(counts.met / counts.n))

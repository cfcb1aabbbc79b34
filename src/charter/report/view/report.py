"""A report's figures as ready texts: what templates loop over. No layout here, no logic there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from charter.definitions.models import Agency
from charter.report.facts.department_week import OUT_OF_ORDER
from charter.report.facts.models import AgencyWeek, CaseList, CompanionFigure, DepartmentWeek, MissingData, StandardWeek
from charter.report.facts.rates import rate as share_of
from charter.report.facts.restated import Restatement
from charter.report.view.cases import CaseWording
from charter.report.view.models import BelowView, GroupView, Limits, ReportView, RowView, SummaryView
from charter.report.view.phrases import from_source
from charter.report.view.restated import RestatedWording
from charter.report.view.standard import StandardWording
from charter.words import Words

_NAMED = 5

MAIL = Limits(per_standard=6, in_all=30, still_open=8, due_next=8, changes=12, restated=12)
SHORT_MAIL = Limits(per_standard=2, in_all=10, still_open=3, due_next=3, changes=4, restated=4)
PAPER = Limits(per_standard=15, in_all=45, still_open=15, due_next=20)


class ViewMaker(StandardWording, CaseWording, RestatedWording):
    """Puts the facts of one agency into the words of one language."""

    def report(
        self,
        limits: Limits,
        revision: int,
        pledges: Sequence[tuple[str, Sequence[str]]] = (),
        restatement: Restatement | None = None,
        *,
        filed_as: int = 1,
        head: str | None = None,
    ) -> ReportView:
        """``revision`` is what the report says that it is to its reader, ``filed_as`` the one on file, by which its
        figures are named; ``head`` the hash of the night's seal, None when the night is not sealed yet."""
        facts, words = self.facts, self.words
        breaches, breaches_rest = self.breaches(limits)
        week = self.phrases.week(facts.week_start)
        correction = words("report.correction", revision=revision) if revision > 1 else ""
        quiet = [self.title(item.standard_id) for item in facts.standards if not _worth_a_row(item)]
        groups = tuple(self._groups(pledges, filed_as))
        example = next((row.name for group in groups for row in group.standards), None)
        return ReportView(
            language=words.language,
            subject=self._subject(week, revision),
            title=words("report.title_agency" if facts.whole_agency else "report.title"),
            agency=words.pick(facts.agency_name),
            department=self._scope(),
            week=week,
            period=words(
                "report.period",
                span=self.phrases.span(facts.week_start, facts.week_end),
                as_of=self.phrases.as_of(facts.as_of),
            ),
            as_of=self.phrases.as_of(facts.as_of),
            synthetic=words("report.synthetic") if facts.synthetic else "",
            correction=correction,
            restated=self.restated(restatement, limits.restated),
            tone=self._tone(),
            headline=self._headline(),
            summary=tuple(self._summary()),
            todo=tuple(self._todo()) or (words("todo.nothing"),),
            breaches=breaches,
            breaches_rest=breaches_rest,
            still_open=self._listed(facts.still_open, limits.still_open, breached=True),
            due_next=self._listed(facts.due_next, limits.due_next, breached=False),
            groups=groups,
            quiet=words("report.quiet", count=len(quiet), names=self.phrases.titles(quiet)) if quiet else "",
            below=tuple(self._below()),
            exclusions=tuple(self._exclusions()),
            companions=tuple(self._companions()),
            missing=tuple(self._missing(facts.missing)),
            changes=self.changes(limits.changes),
            notes=tuple(self._notes()),
            proof=tuple(self.proof(head, example)),
            seal=self.seal(head),
            labels=words.section("label"),
        )

    def summary_view(self) -> SummaryView:
        """What a line or a box about the department says: its name, the verdict and what stands behind it."""
        return SummaryView(
            department=self._scope(),
            headline=self._headline(),
            tone=self._tone(),
            summary=tuple(self._summary()),
        )

    def _scope(self) -> str:
        return self.words("report.whole_agency") if self.facts.whole_agency else self._named(self.facts.department)

    def _subject(self, week: str, revision: int) -> str:
        facts, words = self.facts, self.words
        return words(
            "report.subject_corrected" if revision > 1 else "report.subject",
            revision=revision,
            synthetic=words("report.subject_synthetic") if facts.synthetic else "",
            week=week,
            department=self._scope(),
            verdict=self._headline(),
        )

    def _counts(self) -> dict[str, int]:
        # A standard that several departments below have the same trouble with is one standard.
        found = {(week.result, week.standard_id) for week in self.facts.standards}
        results: list[str] = [result for result, _ in found]
        return {result: results.count(result) for result in ("kept", "broken", "no_data", "check_error", "nothing_due")}

    def _tone(self) -> str:
        counts = self._counts()
        if self.facts.components.breached or counts["broken"]:
            return "bad"
        return "warn" if counts["no_data"] or counts["check_error"] or self.facts.still_open.count else "good"

    def _headline(self) -> str:
        counts, breached = self._counts(), self.facts.components.breached
        if breached:
            return self.words("verdict.breached", count=self.phrases.whole(breached))
        if counts["no_data"] or counts["check_error"]:
            key = "verdict.none_but_unjudged" if counts["check_error"] else "verdict.none_but_no_data"
            return self.words(key, count=counts["no_data"] + counts["check_error"])
        if self.facts.still_open.count:
            return self._headline_of_overdue(self.facts.still_open)
        return self.words("verdict.none" if self.facts.components.n else "verdict.nothing_decided")

    def _headline_of_overdue(self, overdue: CaseList) -> str:
        """Nothing new was broken, but ``overdue`` are: how many, and for how long."""
        first = min((case.due_at for case in overdue.cases if case.due_at is not None), default=self.facts.as_of)
        longest = self.phrases.duration(self.facts.as_of - first)
        return self.words("verdict.none_but_overdue", count=self.phrases.whole(overdue.count), longest=longest)

    def _summary(self) -> Iterable[str]:
        facts, words, counts = self.facts, self.words, self._counts()
        if facts.below and not facts.whole_agency:
            counts = {result: count for result, count in counts.items() if result in OUT_OF_ORDER}
        components = facts.components
        yield words(
            "verdict.components",
            n=self.phrases.whole(components.n),
            met=self.phrases.whole(components.met),
            breached=self.phrases.whole(components.breached),
            pending=self.phrases.whole(components.pending),
            excluded=self.phrases.whole(components.excluded),
        )
        results = [
            words("verdict.result", result=words(f"result.{result}"), count=count)
            for result, count in counts.items()
            if count
        ]
        if results and facts.below and not facts.whole_agency:
            yield words("verdict.standards_below", results=self.phrases.list(results))
        elif results:
            yield words("verdict.standards", count=len(facts.standards), results=self.phrases.list(results))
        if changed := self.changes_in_the_week():
            yield changed
        yield self._trend_summary()

    def _trend_summary(self) -> str:
        worse = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "worse"]
        better = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "better"]
        judged = any(week.direction != "too_few" for week in self.facts.standards)
        looked_at = self.phrases.whole(self.facts.series_looked_at)
        if worse:
            named = self.phrases.titles(worse[:_NAMED])
            return self.words("verdict.worse", count=len(worse), names=named, looked_at=looked_at)
        if better:
            named = self.phrases.titles(better[:_NAMED])
            return self.words("verdict.better", count=len(better), names=named, looked_at=looked_at)
        return self.words("verdict.steady", looked_at=looked_at) if judged else self.words("verdict.too_few")

    def _todo(self) -> Iterable[str]:
        facts, words, counts = self.facts, self.words, self._counts()
        fresh = [case for group in facts.breaches for case in group.cases if case.correctable and not case.fulfilled_at]
        overdue = len(fresh) + facts.still_open.count
        if overdue:
            every = list(dict.fromkeys(case.subject_id for case in (*facts.still_open.cases, *fresh)))
            ids = [from_source(each) for each in every[:_NAMED]]
            key = "todo.overdue_more" if len(every) > len(ids) else "todo.overdue"
            yield words(key, count=self.phrases.whole(overdue), ids=self.phrases.list(ids))
        coming = [case for case in facts.due_next.cases if not case.awaiting_data]
        awaiting = len(facts.due_next.cases) - len(coming)
        if coming:
            first = coming[0]
            yield words(
                "todo.due_next",
                count=self.phrases.whole(facts.due_next.count - awaiting),
                first=self.due(first),
                id=from_source(first.subject_id),
            )
        past = sum(
            group.count - sum(case.correctable and not case.fulfilled_at for case in group.cases)
            for group in facts.breaches
        )
        if past:
            yield words("todo.past", count=self.phrases.whole(past))
        if facts.missing:
            names = [
                words("todo.missing_of", source=self.source(item.source_id), days=self._days(item.days))
                for item in facts.missing
            ]
            yield words("todo.missing", sources=self.phrases.titles(names))
        if awaiting:
            yield words("todo.awaiting_data", count=self.phrases.whole(awaiting))
        if counts["check_error"]:
            yield words("todo.check_error", count=counts["check_error"])

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

    def _below(self) -> Iterable[BelowView]:
        for item in self.facts.below:
            components = item.components
            if components.any or item.broken or item.no_data or item.check_error or item.still_open:
                yield BelowView(
                    id=item.department_id,
                    name=self.name(item.department_id),
                    level=item.level,
                    met=self.phrases.whole(components.met),
                    breached=self.phrases.whole(components.breached),
                    pending=self.phrases.whole(components.pending),
                    broken=self.phrases.whole(item.broken),
                    no_data=self.phrases.whole(item.no_data + item.check_error),
                    still_open=self.phrases.whole(item.still_open),
                    bad=bool(components.breached or item.broken),
                )

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
                self._days(item.days),
                self.phrases.list([self.phrases.reason(reason) for reason in item.reasons]),
            )

    def _days(self, days: Sequence[date]) -> str:
        return self.phrases.list([self.phrases.day(day) for day in days])

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


def _worth_a_row(week: StandardWeek) -> bool:
    return week.result != "nothing_due" or week.components.any


def department_view(
    words: Words,
    agency: Agency,
    facts: DepartmentWeek,
    limits: Limits,
    revision: int = 1,
    restatement: Restatement | None = None,
    *,
    filed_as: int = 1,
    head: str | None = None,
) -> ReportView:
    """One department's report, cases capped by ``limits``. A ``revision`` above 1 says that it is a correction, and
    what it corrects (``restatement``). ``filed_as`` and ``head`` as in ``ViewMaker.report``."""
    maker = ViewMaker(words, agency, facts)
    return maker.report(limits, revision, restatement=restatement, filed_as=filed_as, head=head)


def agency_view(
    words: Words,
    agency: Agency,
    facts: AgencyWeek,
    limits: Limits,
    revision: int = 1,
    restatement: Restatement | None = None,
    *,
    filed_as: int = 1,
    head: str | None = None,
) -> ReportView:
    """The whole agency's report, standards under their pledges."""
    pledges = [(words.pick(pledge.text), pledge.standard_ids) for pledge in facts.pledges]
    maker = ViewMaker(words, agency, facts.whole)
    return maker.report(limits, revision, pledges, restatement, filed_as=filed_as, head=head)

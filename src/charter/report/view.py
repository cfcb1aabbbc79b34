"""A report's figures as ready texts: what templates loop over. No layout here, no logic there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from charter.definitions.models import Agency
from charter.report.facts import OUT_OF_ORDER
from charter.report.models import (
    AgencyWeek,
    Case,
    CaseList,
    CompanionFigure,
    Department,
    DepartmentWeek,
    MissingData,
    StandardWeek,
)
from charter.report.phrases import Phrases, amount, percent, whole
from charter.report.rates import Components, total
from charter.report.rates import rate as share_of
from charter.words import Words

_NAMED = 5


@dataclass(frozen=True)
class Limits:
    """How many cases a medium lists; the counts beside them are always of all."""

    per_standard: int
    in_all: int
    still_open: int
    due_next: int


MAIL = Limits(per_standard=6, in_all=30, still_open=8, due_next=8)
SHORT_MAIL = Limits(per_standard=2, in_all=10, still_open=3, due_next=3)
PAPER = Limits(per_standard=15, in_all=45, still_open=15, due_next=20)


@dataclass(frozen=True)
class CaseView:
    subject: str
    detail: str
    opened: str
    due: str
    fulfilled: str
    state: str
    open: bool


@dataclass(frozen=True)
class CasesView:
    title: str
    citation: str
    count: str
    cases: tuple[CaseView, ...]
    rest: str


@dataclass(frozen=True)
class BarView:
    """One week of a trend: ``height`` is the share of breaches between 0 and 1 on the trend's scale, -1 when n is 0.

    ``now`` is the closed week itself.
    """

    height: float
    now: bool
    text: str


@dataclass(frozen=True)
class StandardView:
    id: str
    title: str
    department: str
    citation: str
    threshold: str
    target: str
    basis: str
    operational: bool
    basis_note: str
    result: str
    result_class: str
    mark: str
    nothing_counted: bool
    reason: str
    components: str
    met: str
    breached: str
    pending: str
    excluded: str
    n: str
    rate: str
    interval: str
    share: str
    few: str
    strict: str
    no_data: str
    trend: str
    trend_word: str
    trend_class: str
    trend_shown: bool
    bars: tuple[BarView, ...]
    bars_text: str
    bars_top: str
    year: str
    year_result: str
    year_class: str


@dataclass(frozen=True)
class GroupView:
    title: str
    standards: tuple[StandardView, ...]


@dataclass(frozen=True)
class BelowView:
    id: str
    name: str
    level: int
    met: str
    breached: str
    pending: str
    broken: str
    no_data: str
    still_open: str
    bad: bool


@dataclass(frozen=True)
class RowView:
    """One line of a small table: at most four texts."""

    first: str
    second: str
    third: str
    fourth: str = ""


@dataclass(frozen=True)
class ReportView:
    language: str
    subject: str
    title: str
    agency: str
    department: str
    week: str
    period: str
    as_of: str
    synthetic: str
    correction: str
    tone: str
    headline: str
    summary: tuple[str, ...]
    todo: tuple[str, ...]
    breaches: tuple[CasesView, ...]
    breaches_rest: str
    still_open: CasesView | None
    due_next: CasesView | None
    groups: tuple[GroupView, ...]
    quiet: str
    below: tuple[BelowView, ...]
    exclusions: tuple[RowView, ...]
    companions: tuple[RowView, ...]
    missing: tuple[RowView, ...]
    notes: tuple[str, ...]
    labels: dict[str, str]


@dataclass(frozen=True)
class SummaryView:
    department: str
    headline: str
    tone: str
    summary: tuple[str, ...]


class ViewMaker:
    """Puts the facts of one agency into the words of one language."""

    def __init__(self, words: Words, agency: Agency, facts: DepartmentWeek) -> None:
        self.words = words
        self.agency = agency
        self.facts = facts
        self.phrases = Phrases(words, ZoneInfo(facts.time_zone))
        self.standards = {standard.id: standard for standard in facts.catalogue}
        self.sources = {source.id: source for source in agency.sources}
        self.departments = {department.id: department for department in facts.departments}

    # ── names ───────────────────────────────────────────────────────────────────────────────────

    def title(self, standard_id: str) -> str:
        standard = self.standards[standard_id]
        return self.words.of(standard.text_ko, standard.text_en)

    def name(self, department_id: str | None) -> str:
        department = self.departments.get(department_id or "")
        return self._named(department) if department else self.words("department.unknown")

    def _named(self, department: Department) -> str:
        return self.words.of(department.name_ko, department.name_en)

    def _citation(self, standard_id: str) -> str:
        return self.words("standard.citation", citation=self.standards[standard_id].citation)

    def target(self, standard_id: str) -> str:
        return f"{amount(self.standards[standard_id].target * 100)}%"

    # ── one standard ────────────────────────────────────────────────────────────────────────────

    def standard(self, week: StandardWeek) -> StandardView:
        standard, words = self.standards[week.standard_id], self.words
        components, kept = week.components, week.components.kept_rate()
        bars, bars_text, bars_top = self._bars(week)
        return StandardView(
            id=standard.id,
            title=self.title(standard.id),
            department="" if week.department_id in (None, self.facts.department.id) else self.name(week.department_id),
            citation=self._citation(standard.id),
            threshold=words.of(standard.threshold_ko, standard.threshold_en),
            target=words("standard.target", target=self.target(standard.id)),
            basis=words(f"basis.{standard.basis}"),
            operational=standard.basis != "charter",
            basis_note=words.of(standard.basis_note_ko, standard.basis_note_en),
            result=words(f"result.{week.result}"),
            result_class=week.result,
            mark=words(f"mark.{week.result}"),
            nothing_counted=not components.any,
            reason=self._reason(week),
            components=self.components(components),
            met=whole(components.met),
            breached=whole(components.breached),
            pending=whole(components.pending),
            excluded=whole(components.excluded),
            n=whole(components.n),
            rate=percent(kept.value) if kept else words("rate.none"),
            interval=self.phrases.interval(kept) if kept else "",
            share=self.share(components),
            few=words("rate.few", n=kept.n) if kept and kept.few else "",
            strict=self._strict(week),
            no_data=words("standard.no_data_days", days=week.days_without_data) if week.days_without_data else "",
            trend=self._trend(week),
            trend_word=words(f"trend.{week.direction}"),
            trend_class=week.direction,
            trend_shown=week.direction in ("worse", "better"),
            bars=bars,
            bars_text=bars_text,
            bars_top=bars_top,
            year=self.share(week.year),
            year_result=words(f"result.{week.year_result}"),
            year_class=week.year_result,
        )

    def components(self, components: Components) -> str:
        return self.words(
            "standard.components",
            met=whole(components.met),
            breached=whole(components.breached),
            pending=whole(components.pending),
            excluded=whole(components.excluded),
        )

    def share(self, components: Components) -> str:
        """``5/8 · 62.5% (30.6–86.3%)``; that nothing was decided when n is 0."""
        kept = components.kept_rate()
        if kept is None:
            return self.words("rate.nothing_decided")
        return self.words(
            "rate.share",
            met=whole(kept.count),
            n=whole(kept.n),
            rate=percent(kept.value),
            interval=self.phrases.interval(kept),
        )

    def _reason(self, week: StandardWeek) -> str:
        if week.result not in ("no_data", "check_error"):
            return ""
        source_id, _, day = week.reason.partition(":")
        if source_id in self.sources and day:
            return self.words(
                "reason.source_silent", source=self.source(source_id), day=self.phrases.day(date.fromisoformat(day))
            )
        return self.words(f"reason.{week.result}")

    def _strict(self, week: StandardWeek) -> str:
        extra = week.breached_strict - week.components.breached
        if extra <= 0:
            return ""
        n = week.components.n + extra
        strict = share_of(week.components.met, n)
        assert strict is not None
        return self.words(
            "standard.strict",
            breached=whole(week.breached_strict),
            n=whole(n),
            rate=percent(strict.value),
            interval=self.phrases.interval(strict),
        )

    def _trend(self, week: StandardWeek) -> str:
        before = total([item.components for item in week.earlier]).broken_rate()
        now = week.components.broken_rate()
        if before is None or now is None:
            return ""
        return self.words(
            "trend.sentence",
            weeks=len(week.earlier),
            before=percent(before.value),
            before_n=whole(before.n),
            now=percent(now.value),
            now_n=whole(now.n),
        )

    def _bars(self, week: StandardWeek) -> tuple[tuple[BarView, ...], str, str]:
        weeks = [*week.earlier]
        shares = [item.components.broken_rate() for item in weeks] + [week.components.broken_rate()]
        known = [share.value for share in shares if share]
        if not known:
            return (), "", ""
        # Never a scale finer than 10 %: one late answer should not look like a collapse.
        top = max(0.1, *known)
        starts = [item.week_start for item in weeks] + [self.facts.week_start]
        bars = tuple(
            BarView(
                height=round(share.value / top, 4) if share else -1,
                now=start == self.facts.week_start,
                text=f"{self.phrases.day(start)}: " + (percent(share.value) if share else self.words("rate.none")),
            )
            for start, share in zip(starts, shares, strict=True)
        )
        values = self.phrases.list([percent(share.value) if share else self.words("rate.none") for share in shares])
        text = self.words("trend.bars", weeks=len(shares), top=percent(top), values=values)
        return bars, text, self.words("trend.top", top=percent(top))

    # ── cases ───────────────────────────────────────────────────────────────────────────────────

    def case(self, case: Case, *, breached: bool) -> CaseView:
        owner = case.department_id != self.facts.department.id and self.name(case.department_id)
        detail = [text for text in (owner, self.words.of(case.part_ko, case.part_en)) if text]
        if case.due_basis in ("extended", "promised") and f"due_basis.{case.due_basis}" in self.words:
            detail.append(self.words(f"due_basis.{case.due_basis}"))
        waiting = self.words("state.awaiting_data") if case.awaiting_data else self._time_left(case)
        return CaseView(
            subject=case.subject_id,
            detail=self.phrases.titles(detail),
            opened=self.phrases.moment(case.opened_at),
            due=self.phrases.end(case.due_at),
            fulfilled=self._fulfilled(case, breached=breached),
            state=self.phrases.state(case, self.facts.as_of) if breached else waiting,
            open=breached and case.correctable and case.fulfilled_at is None,
        )

    def _fulfilled(self, case: Case, *, breached: bool) -> str:
        if case.fulfilled_at:
            return self.phrases.moment(case.fulfilled_at)
        return self.words("case.not_yet" if case.correctable or not breached else "case.never")

    def _time_left(self, case: Case) -> str:
        return self.words("state.time_left", left=self.phrases.duration(case.due_at - self.facts.as_of))

    def cases(self, title: str, citation: str, found: CaseList, most: int, *, breached: bool) -> CasesView:
        shown = found.cases[: max(most, 0)]
        rest = found.count - len(shown)
        return CasesView(
            title=title,
            citation=citation,
            count=self.words("case.count", count=whole(found.count)),
            cases=tuple(self.case(case, breached=breached) for case in shown),
            rest=self.words("case.rest", count=whole(rest)) if rest else "",
        )

    def _listed(self, found: CaseList, most: int, *, breached: bool) -> CasesView | None:
        """Cases of several standards in one list: each says which standard it belongs to."""
        if not found.count:
            return None
        view = self.cases("", "", found, most, breached=breached)
        named = tuple(
            CaseView(
                subject=shown.subject,
                detail=self.phrases.titles([text for text in (self.title(case.standard_id), shown.detail) if text]),
                opened=shown.opened,
                due=shown.due,
                fulfilled=shown.fulfilled,
                state=shown.state,
                open=shown.open,
            )
            for shown, case in zip(view.cases, found.cases, strict=False)
        )
        return CasesView(view.title, view.citation, view.count, named, view.rest)

    def breaches(self, limits: Limits) -> tuple[tuple[CasesView, ...], str]:
        left, views = limits.in_all, []
        for group in self.facts.breaches:
            most = min(limits.per_standard, left)
            if most <= 0:
                break
            found = CaseList(count=group.count, cases=group.cases)
            views.append(
                self.cases(self.title(group.standard_id), self._citation(group.standard_id), found, most, breached=True)
            )
            left -= min(most, len(group.cases))
        unlisted = self.facts.breaches[len(views) :]
        rest = ""
        if unlisted:
            rest = self.words(
                "case.groups_rest",
                standards=len(unlisted),
                count=whole(sum(group.count for group in unlisted)),
                names=self.phrases.titles([self.title(group.standard_id) for group in unlisted]),
            )
        return tuple(views), rest

    # ── the whole ───────────────────────────────────────────────────────────────────────────────

    def report(self, limits: Limits, revision: int, pledges: Sequence[tuple[str, Sequence[str]]] = ()) -> ReportView:
        facts, words = self.facts, self.words
        breaches, breaches_rest = self.breaches(limits)
        week = self.phrases.week(facts.week_start)
        correction = words("report.correction", revision=revision) if revision > 1 else ""
        quiet = [self.title(item.standard_id) for item in facts.standards if not _worth_a_row(item)]
        return ReportView(
            language=words.language,
            subject=self._subject(week, revision),
            title=words("report.title_agency" if facts.whole_agency else "report.title"),
            agency=words.of(facts.agency_name_ko, facts.agency_name_en),
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
            tone=self._tone(),
            headline=self._headline(),
            summary=tuple(self._summary()),
            todo=tuple(self._todo()) or (words("todo.nothing"),),
            breaches=breaches,
            breaches_rest=breaches_rest,
            still_open=self._listed(facts.still_open, limits.still_open, breached=True),
            due_next=self._listed(facts.due_next, limits.due_next, breached=False),
            groups=tuple(self._groups(pledges)),
            quiet=words("report.quiet", count=len(quiet), names=self.phrases.titles(quiet)) if quiet else "",
            below=tuple(self._below()),
            exclusions=tuple(self._exclusions()),
            companions=tuple(self._companions()),
            missing=tuple(self._missing(facts.missing)),
            notes=tuple(self._notes()),
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
            return self.words("verdict.breached", count=whole(breached))
        if counts["no_data"] or counts["check_error"]:
            return self.words("verdict.none_but_unjudged", count=counts["no_data"] + counts["check_error"])
        return self.words("verdict.none" if self.facts.components.n else "verdict.nothing_decided")

    def _summary(self) -> Iterable[str]:
        facts, words, counts = self.facts, self.words, self._counts()
        if facts.below and not facts.whole_agency:
            counts = {result: count for result, count in counts.items() if result in OUT_OF_ORDER}
        yield words("verdict.components", n=whole(facts.components.n), components=self.components(facts.components))
        results = [
            words("verdict.result", result=words(f"result.{result}"), count=count)
            for result, count in counts.items()
            if count
        ]
        if results and facts.below and not facts.whole_agency:
            yield words("verdict.standards_below", results=self.phrases.list(results))
        elif results:
            yield words("verdict.standards", count=len(facts.standards), results=self.phrases.list(results))
        yield self._trend_summary()

    def _trend_summary(self) -> str:
        worse = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "worse"]
        better = [self.title(week.standard_id) for week in self.facts.standards if week.direction == "better"]
        judged = any(week.direction != "too_few" for week in self.facts.standards)
        if worse:
            return self.words("verdict.worse", count=len(worse), names=self.phrases.titles(worse[:_NAMED]))
        if better:
            return self.words("verdict.better", count=len(better), names=self.phrases.titles(better[:_NAMED]))
        return self.words("verdict.steady" if judged else "verdict.too_few")

    def _todo(self) -> Iterable[str]:
        facts, words, counts = self.facts, self.words, self._counts()
        fresh = [case for group in facts.breaches for case in group.cases if case.correctable and not case.fulfilled_at]
        overdue = len(fresh) + facts.still_open.count
        if overdue:
            every = list(dict.fromkeys(case.subject_id for case in (*facts.still_open.cases, *fresh)))
            ids = every[:_NAMED]
            key = "todo.overdue_more" if len(every) > len(ids) else "todo.overdue"
            yield words(key, count=whole(overdue), ids=self.phrases.list(ids))
        coming = [case for case in facts.due_next.cases if not case.awaiting_data]
        waiting = len(facts.due_next.cases) - len(coming)
        if coming:
            first = coming[0]
            yield words(
                "todo.due_next",
                count=whole(facts.due_next.count - waiting),
                first=self.phrases.end(first.due_at),
                id=first.subject_id,
            )
        past = sum(
            group.count - sum(case.correctable and not case.fulfilled_at for case in group.cases)
            for group in facts.breaches
        )
        if past:
            yield words("todo.past", count=whole(past))
        if facts.missing:
            names = [self.source(item.source_id) for item in facts.missing]
            yield words("todo.missing", sources=self.phrases.list(names))
        if waiting:
            yield words("todo.waiting", count=whole(waiting))
        if counts["check_error"]:
            yield words("todo.check_error", count=counts["check_error"])

    def _groups(self, pledges: Sequence[tuple[str, Sequence[str]]]) -> Iterable[GroupView]:
        shown = [week for week in self.facts.standards if _worth_a_row(week)]
        if not pledges:
            ordered = sorted(shown, key=lambda week: _SEVERITY[week.result])
            if ordered:
                yield GroupView("", tuple(self.standard(week) for week in ordered))
            return
        for title, ids in pledges:
            members = tuple(self.standard(week) for week in shown if week.standard_id in ids)
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
                    met=whole(components.met),
                    breached=whole(components.breached),
                    pending=whole(components.pending),
                    broken=whole(item.broken),
                    no_data=whole(item.no_data + item.check_error),
                    still_open=whole(item.still_open),
                    bad=bool(components.breached or item.broken),
                )

    def _exclusions(self) -> Iterable[RowView]:
        for item in self.facts.exclusions:
            yield RowView(
                self.title(item.standard_id),
                self.words.of(item.text_ko, item.text_en),
                item.approver,
                whole(item.count),
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
                        return self.words.pick(companion.text)
        return item.companion

    def _companion(self, item: CompanionFigure) -> tuple[str, str]:
        if not item.denominator:
            return self.words("rate.nothing_decided"), ""
        if not item.share:
            value = item.numerator / item.denominator
            return self.words("rate.mean", value=f"{value:.2f}", n=whole(item.denominator)), ""
        share = share_of(round(item.numerator), item.denominator)
        assert share is not None
        text = self.words("rate.counted", count=whole(share.count), n=whole(share.n), rate=percent(share.value))
        return text, self.phrases.interval(share)

    def source(self, source_id: str) -> str:
        return self.words.pick(self.sources[source_id].text) if source_id in self.sources else source_id

    def _missing(self, missing: Sequence[MissingData]) -> Iterable[RowView]:
        for item in missing:
            yield RowView(
                self.source(item.source_id),
                self.phrases.list([self.phrases.day(day) for day in item.days]),
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
            "note.source", version=facts.charter_version, as_of=self.phrases.as_of(facts.as_of), zone=facts.time_zone
        )


_SEVERITY = {"check_error": 1, "broken": 0, "no_data": 2, "kept": 3, "nothing_due": 4}


def _worth_a_row(week: StandardWeek) -> bool:
    return week.result != "nothing_due" or week.components.any


def department_view(
    words: Words, agency: Agency, facts: DepartmentWeek, limits: Limits, revision: int = 1
) -> ReportView:
    """One department's report, cases capped by ``limits``. A ``revision`` above 1 says that it is a correction."""
    return ViewMaker(words, agency, facts).report(limits, revision)


def agency_view(words: Words, agency: Agency, facts: AgencyWeek, limits: Limits, revision: int = 1) -> ReportView:
    """The whole agency's report, standards under their pledges."""
    pledges = [(words.of(pledge.text_ko, pledge.text_en), pledge.standard_ids) for pledge in facts.pledges]
    return ViewMaker(words, agency, facts.whole).report(limits, revision, pledges)

"""What a reader sees first: the verdict, how it compares with the weeks before, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from charter.report.facts.department_week import OUT_OF_ORDER, sources_of
from charter.report.facts.models import Case, MissingData
from charter.report.facts.rates import Components, total
from charter.report.view.ahead import AheadWording
from charter.report.view.cases import CaseWording
from charter.report.view.changes import ChangeWording
from charter.report.view.links import case_address
from charter.report.view.models import TodoView
from charter.report.view.phrases import from_source

MOST_TODO = 5
# So many of these are not single cases, where there are such. What the year can bear takes no case's place.
_KEPT_FOR_OTHERS = 3
_NAMED = 3


class FirstScreen(ChangeWording, CaseWording, AheadWording):
    """Puts the verdict of a week, and what follows from it, into words."""

    # ── the verdict ─────────────────────────────────────────────────────────────────────────────

    def results(self) -> dict[str, int]:
        """How many standards came to which result. One that several departments below share counts once."""
        found = {(week.result, week.standard_id) for week in self.facts.standards}
        results: list[str] = [result for result, _ in found]
        return {result: results.count(result) for result in ("kept", "broken", "no_data", "check_error", "nothing_due")}

    @property
    def unjudged(self) -> int:
        """How many standards could not be judged."""
        counts = self.results()
        return counts["no_data"] + counts["check_error"]

    def scope(self) -> str:
        """Whom the report is about."""
        return self.words("report.whole_agency") if self.facts.whole_agency else self._named(self.facts.department)

    def subject(self, revision: int) -> str:
        """The mail's subject: the verdict first, since phones show little of it."""
        words = self.words
        return words(
            "first.subject",
            synthetic=words("report.subject_synthetic") if self.facts.synthetic else "",
            correction=words("first.correction", revision=revision) if revision > 1 else "",
            counts=self.counts(),
            department=self.scope(),
            week=self.phrases.period_of_year(self.facts.period_kind, self.facts.week_start),
        )

    def counts(self) -> str:
        """What the subject counts: what was broken, is overdue or could not be judged."""
        return self.phrases.dotted(self._counted_first())

    def _counted_first(self) -> Iterator[str]:
        facts, counts = self.facts, self.results()
        found = {
            "breached": facts.components.breached,
            "overdue": facts.still_open.count,
            "no_data": counts["no_data"],
            "check_error": counts["check_error"],
        }
        told = [(name, count) for name, count in found.items() if count]
        for name, count in told:
            yield self.words(f"first.count.{name}", count=self.phrases.whole(count))
        if not told:
            n = facts.components.n
            yield self.words("first.count.kept" if n else "first.count.nothing", count=self.phrases.whole(n))

    def tone(self) -> str:
        """``bad``: something was broken or is overdue; ``warn``: not everything could be judged; ``quiet``: nothing was
        decided; ``good``: all that was decided was kept."""
        if self.facts.components.breached or self.results()["broken"] or self.facts.still_open.count:
            return "bad"
        if self.unjudged:
            return "warn"
        return "good" if self.facts.components.n else "quiet"

    def headline(self) -> str:
        """The verdict in a line: what was broken, what is overdue, and no more than is known."""
        return self.phrases.dotted(self._verdicts())

    def _verdicts(self) -> Iterator[str]:
        words, counts, overdue = self.words, self.results(), self.facts.still_open
        components = self.facts.components
        if components.breached:
            yield words("verdict.breached", count=self.phrases.whole(components.breached))
        elif self.unjudged:
            yield words("verdict.none_of_judged" if components.n else "verdict.none_judged")
        elif components.n:
            key = "verdict.none_new" if overdue.count else "verdict.none"
            yield words(key, count=self.phrases.whole(components.n))
        else:
            yield words("verdict.nothing_decided")
        if overdue.count:
            yield words("verdict.overdue", count=self.phrases.whole(overdue.count), longest=self._longest_overdue())
        if self.unjudged and not components.breached:
            key = "verdict.unchecked" if counts["check_error"] else "verdict.unjudged"
            yield words(key, count=self.phrases.whole(self.unjudged))

    def _longest_overdue(self) -> str:
        due = [case.due_at for case in self.facts.still_open.cases if case.due_at is not None]
        return self.phrases.age(self.facts.as_of - min(due, default=self.facts.as_of))

    # ── what stands behind it ───────────────────────────────────────────────────────────────────

    def brief(self) -> Iterator[str]:
        """The lines under the headline: what was decided, the weeks before, what lacks data, and the trend."""
        components = self.facts.components
        if components.n:
            yield self.words(
                "first.decided", met=self.phrases.whole(components.met), n=self.phrases.whole(components.n)
            )
        yield from self._compared()
        yield from self._unjudged_lines()
        if changed := self.changes_in_the_week():
            yield changed

    def _compared(self) -> Iterator[str]:
        earlier = self.facts.earlier
        before = total([week.components for week in earlier])
        if not before.n:
            return
        yield self.words(
            "first.compared",
            last=self._breached_of(earlier[-1].components),
            weeks=len(earlier),
            mean=self.phrases.amount(before.breached / len(earlier)),
            rate=self.phrases.percent(before.breached / before.n),
        )

    def _breached_of(self, components: Components) -> str:
        broken = components.broken_rate()
        if broken is None:
            return self.words("first.nothing_decided")
        return self.words(
            "first.breached_of",
            breached=self.phrases.whole(broken.count),
            n=self.phrases.whole(broken.n),
            rate=self.phrases.percent(broken.value),
        )

    def _unjudged_lines(self) -> Iterator[str]:
        """Every standard that could not be judged is counted under the source that was silent, or as in doubt."""
        no_data = {week.standard_id for week in self.facts.standards if week.result == "no_data"}
        told: set[str] = set()
        for item in self.facts.missing:
            lacking = {name for name in no_data if item.source_id in sources_of(self.agency, name)}
            told |= lacking
            yield self.words(
                "first.no_data" if lacking else "first.no_data_judged",
                source=self.source(item.source_id),
                days=self.days(item.days),
                count=self.phrases.whole(len(lacking)),
            )
        if in_doubt := no_data - told:
            yield self.words("first.in_doubt", count=self.phrases.whole(len(in_doubt)))
        unchecked = {week.standard_id for week in self.facts.standards if week.result == "check_error"}
        if unchecked:
            titles = [self.title(name) for name in self.standards if name in unchecked]
            names = self.phrases.titles(titles[:_NAMED])
            yield self.words("first.check_error", count=self.phrases.whole(len(titles)), names=names)

    def summary(self) -> Iterator[str]:
        """As ``brief``, in full: every count of commitments and of standards."""
        facts, words, counts = self.facts, self.words, self.results()
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
        yield from self._compared()
        results = [
            words("verdict.result", result=words(f"result.{result}"), count=count)
            for result, count in counts.items()
            if count
        ]
        if results and facts.below and not facts.whole_agency:
            yield words("verdict.standards_below", results=self.phrases.list(results))
        elif results:
            yield words("verdict.standards", count=len(facts.standards), results=self.phrases.list(results))
        yield from self._unjudged_lines()
        if changed := self.changes_in_the_week():
            yield changed

    # ── what to do ──────────────────────────────────────────────────────────────────────────────

    def todo(self) -> Iterator[TodoView]:
        """At most MOST_TODO things to do, the most urgent first."""
        overdue, due, others = self._overdue(), self._due(), list(self._other_todo())
        kept = sum(item.kind != "allowance" for item in others)
        room = MOST_TODO - min(kept, _KEPT_FOR_OTHERS)
        first = min(len(overdue), room - min(len(due), 1))
        second = min(len(due), room - first)
        made = [
            *self._cases_todo("overdue", overdue, first, self.facts.still_open.count + len(self._fresh())),
            *self._cases_todo("due", due, second, self._due_count()),
            *others,
        ]
        yield from made[:MOST_TODO]

    def _fresh(self) -> list[Case]:
        """What was broken this week and can still be mended."""
        groups = self.facts.breaches
        return [case for group in groups for case in group.cases if case.correctable and not case.fulfilled_at]

    def _overdue(self) -> list[Case]:
        return sorted((*self.facts.still_open.cases, *self._fresh()), key=lambda case: case.due_order)

    def _due(self) -> list[Case]:
        return [case for case in self.facts.due_next.cases if not case.awaiting_data]

    def _due_count(self) -> int:
        return self.facts.due_next.count - (len(self.facts.due_next.cases) - len(self._due()))

    def _cases_todo(self, kind: str, cases: list[Case], shown: int, count: int) -> Iterator[TodoView]:
        for number, case in enumerate(cases[:shown], 1):
            lines = [self.title(case.standard_id), self.phrases.dotted(self._urgency(case, kind))]
            if number == shown and count > shown:
                lines.append(self.words(f"todo.rest.{kind}", count=self.phrases.whole(count - shown)))
            yield self._item(kind, from_source(case.subject_id), lines, case_address(self.agency, case))

    def _urgency(self, case: Case, kind: str) -> Iterator[str]:
        yield self.words("todo.due_at", due=self.due(case))
        if case.due_at is not None and kind == "overdue":
            yield self.words("todo.age", age=self.phrases.age(self.facts.as_of - case.due_at))
        elif case.due_at is not None:
            yield self.words("todo.left", left=self.phrases.duration(case.due_at - self.facts.as_of))
        if case.department_id != self.facts.department.id:
            yield self.words("todo.held_by", department=self.name(case.department_id))

    def _item(self, kind: str, title: str, lines: list[str], address: str = "") -> TodoView:
        what = self.words(f"todo.what.{kind}")
        text = self.words("todo.text", what=what, title=title, lines=self.phrases.dotted(lines))
        return TodoView(kind, what, title, address, tuple(lines), text)

    def _other_todo(self) -> Iterator[TodoView]:
        """What can still be kept comes before what is to be found out."""
        for title, lines in self.duties_ahead():
            yield self._item("duty", title, lines)
        if causes := list(self._ended_by_standard()):
            ended = sum(count for _, count in causes)
            lines = [self.words("todo.of_standard", title=title, count=count) for title, count in causes[:_NAMED]]
            if len(causes) > _NAMED:
                lines.append(self.words("todo.rest.standards", count=len(causes) - _NAMED))
            yield self._item("cause", self.words("todo.ended", count=self.phrases.whole(ended)), lines)
        for item in self.facts.missing:
            yield self._item("missing", self.source(item.source_id), [self.phrases.dotted(self._asked(item))])
        for title, lines in self.allowances_ahead():
            yield self._item("allowance", title, lines)
        if awaiting := self.facts.due_next.count - self._due_count():
            title = self.words("todo.awaiting", count=self.phrases.whole(awaiting))
            yield self._item("awaiting", title, [self.words("todo.awaiting_why")])
        if errors := self.results()["check_error"]:
            title = self.words("todo.standards", count=self.phrases.whole(errors))
            yield self._item("check_error", title, [self.words("todo.check_error_why")])

    def _ended_by_standard(self) -> Iterator[tuple[str, int]]:
        """The standards with breaches that cannot be mended any more, and how many."""
        for group in self.facts.breaches:
            ended = group.count - sum(case.correctable and not case.fulfilled_at for case in group.cases)
            if ended:
                yield self.title(group.standard_id), ended

    def _asked(self, item: MissingData) -> Iterator[str]:
        yield self.words("todo.days_missing", days=self.days(item.days))
        source = self.sources.get(item.source_id)
        if source is not None and source.owner is not None:
            yield self.words("todo.held_by", department=self.name(source.owner))

    def days(self, days: Iterable[date]) -> str:
        """Days, one after another."""
        return self.phrases.list([self.phrases.day(day) for day in days])

    def preheader(self, todo: Sequence[TodoView]) -> str:
        """What a phone shows beside the subject: the most urgent thing, and the weeks before."""
        first = todo[0].text if todo else self.words("todo.nothing")
        return self.phrases.dotted([first, *self._compared()])

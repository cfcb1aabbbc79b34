"""What the status pages say, as ready texts in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from charter.definitions import Agency
from charter.observe.nodes import NodeRun, slowest
from charter.observe.status.gantt import Bar, PlacedBar, placed
from charter.observe.status.nights import OF_MAIL, OF_NIGHT, Nights, NightStatus
from charter.report.site.editions import Edition, LanguageLink
from charter.report.view.phrases import Phrases
from charter.runs.models import StepRun

# How a state looks, in the names of the site's style sheet.
_TONES = {
    "done": "kept",
    "failed": "broken",
    "unfinished": "broken",
    "missing": "broken",
    "incomplete": "no_data",
    "running": "no_data",
    "expected": "nothing_due",
}
_MAILS = ("sent", "queued", "refused", "failed", "unknown")


@dataclass(frozen=True)
class Head:
    """What stands at the head of a page."""

    title: str
    agency: str
    language: str
    direction: str
    switch: tuple[LanguageLink, ...]
    written: str


@dataclass(frozen=True)
class Mark:
    """A state: its look, its sign, and what it is called."""

    tone: str
    sign: str
    text: str


@dataclass(frozen=True)
class NightLine:
    day: str
    href: str
    state: Mark
    note: str
    steps: tuple[Mark, ...]
    sources: str
    sources_note: str
    took: str
    seal: str
    mail: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    head: Head
    gap: str
    newest: NightLine | None
    lines: tuple[NightLine, ...]
    legend: tuple[Mark, ...]


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong: what, where, and what to do."""

    what: str
    where: tuple[str, ...]
    remedy: str
    command: str


@dataclass(frozen=True)
class SourceRow:
    name: str
    state: Mark
    counts: tuple[str, ...]


@dataclass(frozen=True)
class NodeLine:
    name: str
    kind: str
    took: str
    rows: str


@dataclass(frozen=True)
class NightPage:
    head: Head
    back: str
    line: NightLine
    troubles: tuple[Trouble, ...]
    steps: Sequence[PlacedBar]
    sources: tuple[SourceRow, ...]
    counts: str
    slowest: tuple[NodeLine, ...]
    models: Sequence[PlacedBar]
    tests: Sequence[PlacedBar]


class StatusView:
    """The pages of ``agency`` in an edition, as they are at ``now`` (aware)."""

    def __init__(self, agency: Agency, edition: Edition, now: datetime) -> None:
        self.agency = agency
        self.edition = edition
        self.words = edition.words
        self.phrases = Phrases(edition.words, agency.zone)
        self.now = now

    def overview(self, nights: Nights) -> Overview:
        lines = tuple(self._line(night) for night in nights.shown)
        gap = ""
        if nights.missing is not None:
            first, last = nights.missing
            count = self.phrases.whole((last - first).days + 1)
            days = {"first": self.phrases.full_day(first), "last": self.phrases.full_day(last)}
            gap = self.words("runs.gap", count=count, **days)
        return Overview(
            head=self._head(self.words("runs.title"), "index"),
            gap=gap,
            newest=lines[0] if lines else None,
            lines=lines,
            legend=tuple(self._mark(state) for state in _TONES),
        )

    def night(self, night: NightStatus, nodes: Sequence[NodeRun]) -> NightPage:
        title = self.words("runs.night", day=self.phrases.full_day(night.day))
        models = [node for node in nodes if node.kind == "model"]
        tests = [node for node in nodes if node.kind != "model"]
        failed = sum(node.has_failed for node in nodes)
        counts = {"models": self.phrases.whole(len(models)), "tests": self.phrases.whole(len(tests))}
        return NightPage(
            head=self._head(title, str(night.day)),
            back=f"../index{self.edition.ending}",
            line=self._line(night),
            troubles=tuple(self._troubles(night, nodes)),
            steps=placed(self._step_bars(night.runs)),
            sources=tuple(self._source(run) for run in night.sources),
            counts=self.words("runs.built", **counts, failed=self.phrases.whole(failed)) if nodes else "",
            slowest=tuple(self._node(node) for node in slowest(nodes)),
            models=placed(self._node_bars(models)),
            tests=placed(self._node_bars(tests)),
        )

    def _head(self, title: str, stem: str) -> Head:
        words = self.words
        return Head(
            title=title,
            agency=words.pick(self.agency.charter.agency.root),
            language=words.language,
            direction=self.edition.direction,
            switch=self.edition.switch(stem),
            written=words("runs.written", moment=self.phrases.as_of(self.now), zone=self.phrases.zone_name),
        )

    def _line(self, night: NightStatus) -> NightLine:
        words = self.words
        return NightLine(
            day=self.phrases.full_day(night.day),
            href=f"nights/{night.day}{self.edition.ending}" if night.runs else "",
            state=self._mark(night.state),
            note=self._note(night),
            steps=tuple(self._step_marks(night)),
            sources=self._landed(night),
            sources_note=self._missing_sources(night),
            took=self._took(night.took),
            seal=words("runs.sealed") if night.is_sealed else words("runs.unsealed") if night.runs else "",
            mail=tuple(self._mail(night)),
        )

    def _note(self, night: NightStatus) -> str:
        if night.is_sealed and not night.of(OF_NIGHT):
            return self.words("runs.unrecorded")
        if night.late is not None:
            return self.words("runs.late", length=self.phrases.age(night.late))
        return ""

    def _mark(self, state: str, name: str = "") -> Mark:
        text = self.words(f"runs.state.{state}")
        return Mark(_TONES[state], self.words(f"runs.mark.{state}"), f"{name}: {text}" if name else text)

    def _step_marks(self, night: NightStatus) -> Iterator[Mark]:
        """One for each step of a night, the sources together by their gravest; one that did not run has none."""
        gravity = ("failed", "unfinished", "running", "done")
        for step in OF_NIGHT:
            outcomes = [run.outcome for run in night.of((step,))]
            if outcomes:
                yield self._mark(min(outcomes, key=gravity.index), self.words(f"runs.step.{step}"))

    def _landed(self, night: NightStatus) -> str:
        if not night.sources:
            return ""
        landed = sum(run.counts.get("status") == "landed" for run in night.sources)
        counts = {"landed": self.phrases.whole(landed), "all": self.phrases.whole(len(night.sources))}
        return self.words("runs.landed", **counts)

    def _missing_sources(self, night: NightStatus) -> str:
        away = [run for run in night.sources if run.outcome == "done" and run.counts.get("status") != "landed"]
        names = [self._source_name(run.source or "") for run in away]
        return self.words("runs.away", names=self.phrases.list(names)) if names else ""

    def _source_name(self, source_id: str) -> str:
        known = {source.id: source for source in self.agency.sources}
        return self.words.pick(known[source_id].text.root) if source_id in known else source_id

    def _mail(self, night: NightStatus) -> Iterator[str]:
        for run in night.of(OF_MAIL):
            if run.outcome != "done":
                name, state = self.words(f"runs.step.{run.step}"), self.words(f"runs.state.{run.outcome}")
                yield f"{name}: {state}"
            elif run.step == "deliver":
                counts = {state: run.counts.get(state, 0) for state in _MAILS}
                yield from (
                    self.words(f"runs.mail.{state}", count=self.phrases.whole(int(count)))
                    for state, count in counts.items()
                    if count
                )

    def _took(self, seconds: float | None) -> str:
        if seconds is None:
            return ""
        if seconds < 120:
            return self.words("duration.seconds", seconds=self.phrases.decimal(seconds, 1))
        return self.phrases.duration(timedelta(seconds=seconds))

    def _step_bars(self, runs: Sequence[StepRun]) -> Iterator[Bar]:
        for run in runs:
            name = self.words(f"runs.step.{run.step}") if f"runs.step.{run.step}" in self.words else run.step
            whole = f"{name} – {self._source_name(run.source)}" if run.source else name
            mark = self._mark(run.outcome)
            took = self._took(run.seconds)
            text = took if run.outcome == "done" else " · ".join(filter(None, (mark.text, took)))
            end = run.ended or (self.now if run.outcome == "running" else run.began)
            began = f"{run.began.astimezone(self.agency.zone):%H:%M:%S}"
            yield Bar(whole, mark.tone, run.began, end, f"{began} · {text}", mark.sign)

    def _node_bars(self, nodes: Sequence[NodeRun]) -> Iterator[Bar]:
        for node in nodes:
            if node.began is None or node.ended is None:
                continue
            rows = "" if node.rows is None else self.words("runs.rows", count=self.phrases.whole(node.rows))
            state = "failed" if node.has_failed else "done"
            text = " · ".join(filter(None, (self._took(node.seconds), rows)))
            sign = self.words(f"runs.mark.{state}")
            yield Bar(node.name, _TONES[state], node.began, node.ended, text, sign)

    def _node(self, node: NodeRun) -> NodeLine:
        rows = "" if node.rows is None else self.phrases.whole(node.rows)
        return NodeLine(node.name, self._kind(node), self._took(node.seconds), rows)

    def _kind(self, node: NodeRun) -> str:
        return self.words.or_else(f"runs.kind.{node.kind}", node.kind)

    def _source(self, run: StepRun) -> SourceRow:
        state = "done" if run.counts.get("status") == "landed" else "missing" if run.outcome == "done" else run.outcome
        fates = ("arrived", "landed", "unchanged", "quarantined")
        counts = tuple(self.phrases.whole(int(run.counts[fate])) if fate in run.counts else "" for fate in fates)
        return SourceRow(self._source_name(run.source or ""), self._mark(state), counts)

    def _troubles(self, night: NightStatus, nodes: Sequence[NodeRun]) -> Iterator[Trouble]:
        for run in night.runs:
            if run.outcome not in ("failed", "unfinished"):
                continue
            name = self.words.or_else(f"runs.step.{run.step}", run.step)
            what = f"{name}{f' {run.source}' if run.source else ''}: {self.words(f'runs.state.{run.outcome}')}"
            where = (run.error.where, run.error.kind) if run.error is not None else ()
            yield Trouble(what, tuple(filter(None, where)), self._remedy(run), self._command(night, run))
        for node in nodes:
            if node.has_failed:
                what = f"{self._kind(node)} {node.name}: {node.status}"
                places = (f"var/{node.sql}",) if node.sql else ()
                where = (*places, "var/work/dbt_logs/dbt.log")
                command = f"charter nightly --as-of {night.day}"
                yield Trouble(what, where, self.words("runs.remedy.node"), command)

    def _remedy(self, run: StepRun) -> str:
        return self.words(f"runs.remedy.{run.outcome}")

    def _command(self, night: NightStatus, run: StepRun) -> str:
        if run.step in ("digests", "seal_digests"):
            return "charter digest"
        if run.step not in OF_MAIL:
            return f"charter nightly --as-of {night.day}"
        monthly = any("month" in each.counts for each in night.runs if each.run == run.run)
        return f"charter {'monthly' if monthly else 'weekly'} --as-of {night.day}"

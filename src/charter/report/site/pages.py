"""The site: plain pages that open from disk, and link every published figure to what it rests on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from charter.assertions import build_suites
from charter.base.moments import end_of_day, last_ended_day, stamp
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.extract.night.fates import FeedFates, feed_fates
from charter.report.facts.changes import every_step
from charter.report.facts.department_week import department_weeks, sources_of, whole_week
from charter.report.facts.filed import filed_weeks, form_name, latest_revision, week_folder, write_file
from charter.report.facts.models import AgencyWeek, CaseList, DepartmentWeek, RuleChange
from charter.report.facts.tables import WeekTables, load_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.templates import fill, style
from charter.report.site.editions import Edition, LanguageLink
from charter.report.site.facts import CheckRow, FateRow, HistoryWeek, SiteTables, SourceDay, read_site
from charter.report.view.models import CasesView, ChangesView, RowView, StandardView
from charter.report.view.phrases import from_source
from charter.report.view.report import ViewMaker
from charter.words import words_in

_OUTCOMES = ("check_error", "broken", "no_data", "kept", "nothing_due")
# A site has room for all that change in a year.
_MOST_CHANGES = 200
# What landed and was never judged, though it may have had to be.
_TO_LOOK_AT = ("undecided", "unjudged", "orphan", "ahead")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KINDS = ("threshold", "agreement", "contract")


@dataclass(frozen=True)
class Link:
    """Where a reader can go; ``href`` is relative to the page, and empty when there is nothing to open."""

    text: str
    href: str


@dataclass(frozen=True)
class DepartmentLine:
    name: str
    level: int
    headline: str
    tone: str
    met: str
    breached: str
    pending: str
    week: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class PledgeBlock:
    title: str
    standards: tuple[StandardView, ...]


@dataclass(frozen=True)
class Outcome:
    text: str
    css: str
    mark: str


@dataclass(frozen=True)
class CheckLine:
    anchor: str
    expectation: str
    description: str
    standard_id: str
    severity: str
    period: str
    evaluated: str
    unexpected: str
    outcome: Outcome
    error: str


@dataclass(frozen=True)
class CheckGroup:
    title: str
    counts: str
    checks: tuple[CheckLine, ...]


@dataclass(frozen=True)
class SourceLine:
    day: str
    covered: bool
    arrived: str
    landed: str
    unchanged: str
    quarantined: str
    reason: str


@dataclass(frozen=True)
class FatesLine:
    """What became of the rows that one feed gave in its last night."""

    table: str
    night: str
    read: str
    landed: str
    unchanged: str
    refused: str
    waiting: str
    left_out: str
    merged: str
    deleted: str
    withheld: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RowFateLine:
    """``tone`` is a style: what somebody should look at stands out."""

    table: str
    fate: str
    tone: str
    rows: str
    why: str
    ahead: str
    example: str


@dataclass(frozen=True)
class SourceBlock:
    id: str
    name: str
    last_covered: str
    fates: tuple[FatesLine, ...]
    gaps: tuple[RowView, ...]
    row_fates: tuple[RowFateLine, ...]
    look_at: str
    days: tuple[SourceLine, ...]


@dataclass(frozen=True)
class HistoryLine:
    week: str
    span: str
    result: Outcome
    met: str
    breached: str
    pending: str
    excluded: str
    share: str
    broken: str
    changed: tuple[str, ...]
    width: str
    no_data: str


@dataclass(frozen=True)
class DepartmentShare:
    name: str
    result: Outcome
    components: str
    share: str


@dataclass(frozen=True)
class Frame:
    """What every page shows around its own content. ``root`` is the way to the site's first page's folder, ``ending``
    how the names of its pages end, ``switch`` leads to the same page in other languages."""

    title: str
    language: str
    direction: str
    switch: tuple[LanguageLink, ...]
    root: str
    ending: str
    agency: str
    as_of: str
    synthetic: str
    synthetic_href: str
    footer: str


@dataclass(frozen=True)
class _SiteFacts:
    """What the pages show, in whatever language."""

    tables: WeekTables
    extra: SiteTables
    fates: Sequence[FeedFates]
    week: AgencyWeek
    departments: Mapping[str, DepartmentWeek]


def build_site(settings: Settings, agency: Agency, as_of: datetime) -> list[Path]:
    """Writes ``var/site``: overview, checks, sources, and a page per standard, as of ``as_of`` (aware), in each of the
    agency's languages.

    Departments' reports are linked as far as they have been rendered. Returns the files written; pages in a language
    that the agency speaks no more are removed. Raises ReportError.
    """
    tables = load_week(settings, agency, as_of)
    day = last_ended_day(as_of, agency.zone)
    with open_warehouse(settings, as_of) as warehouse:
        extra = read_site(warehouse, day, tables.week.start, agency.charter.language)
    departments = {item.department.id: item for item in department_weeks(tables)}
    facts = _SiteFacts(tables, extra, feed_fates(settings, agency, as_of), whole_week(tables), departments)
    languages = tuple(agency.charter.languages)
    written = [write_file(settings.site_dir / "style.css", style(settings, "site.css").encode())]
    for language in languages:
        edition = Edition(words_in(settings, agency, language), languages)
        written += _Site(settings, facts, edition, _check_descriptions(agency, edition, day)).write()
    _remove_other_languages(settings.site_dir, written)
    return written


def _check_descriptions(agency: Agency, edition: Edition, on: date) -> dict[tuple[str, str], str]:
    """What each check says in the edition's language, by suite and expectation: by the rules in force on ``on``.

    The results say it in the agency's own language; of that nothing is needed here.
    """
    if edition.is_own:
        return {}
    suites = build_suites(agency, edition.words, on)
    return {(suite.name, check.name): check.description for suite in suites for check in suite.checks}


def _remove_other_languages(folder: Path, written: Collection[Path]) -> None:
    for path in [*folder.glob("*.*.html"), *folder.glob("standards/*.*.html")]:
        if path not in written:
            path.unlink()


class _Site:
    """The pages in one language. ``descriptions`` is what the checks say in it, where the results do not."""

    def __init__(
        self,
        settings: Settings,
        facts: _SiteFacts,
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

    def write(self) -> Iterator[Path]:
        folder, ending = self.settings.site_dir, self.edition.ending
        yield write_file(folder / f"index{ending}", self.index().encode())
        yield write_file(folder / f"expectations{ending}", self.expectations().encode())
        yield write_file(folder / f"sources{ending}", self.sources().encode())
        for standard_id in self.tables.standards:
            yield write_file(folder / "standards" / f"{standard_id}{ending}", self.standard(standard_id).encode())

    def frame(self, page: str, title: str, root: str = "") -> Frame:
        """``page`` is its name without ending, ``root`` the way from it to the first page's folder."""
        facts, words = self.facts, self.words
        as_of = self.phrases.as_of(facts.as_of)
        agency = words.pick(facts.agency_name)
        readme = next(iter(sorted(self.settings.demo_dir.glob("README*"))), None)
        return Frame(
            title=title,
            language=words.language,
            direction=self.edition.direction,
            switch=self.edition.switch(page),
            root=root,
            ending=self.edition.ending,
            agency=agency,
            as_of=words(
                "site.as_of",
                as_of=as_of,
                week=self.phrases.week(facts.week_start),
                span=self.phrases.span(facts.week_start, facts.week_end),
            ),
            synthetic=words("site.synthetic") if facts.synthetic else "",
            synthetic_href=f"{root}../demo/{readme.name}" if readme else "",
            footer=words(
                "site.footer", agency=agency, version=facts.charter_version, as_of=as_of, zone=self.phrases.zone_name
            ),
        )

    # ── overview ────────────────────────────────────────────────────────────────────────────────

    def index(self) -> str:
        view = self.maker.summary_view()
        return fill(
            self.settings,
            "site_index.html.j2",
            frame=self.frame("index", self.words("site.title")),
            t=self.words,
            view=view,
            count=len(self.tables.standards),
            pledges=tuple(self._pledges()),
            changes=self.maker.changes(_MOST_CHANGES),
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
        for kind in _KINDS:
            if counts := self._outcome_counts(kind):
                yield f"{self.words(f'site.expectation_kind_{kind}')}: {counts}"

    def _outcome_counts(self, kind: str) -> str:
        counts: Counter[str] = Counter(check.outcome for check in self.extra.checks if check.kind == kind)
        return self.phrases.list(
            [self._counted(f"result.{outcome}", counts[outcome]) for outcome in _OUTCOMES if counts[outcome]]
        )

    def _counted(self, key: str, count: int) -> str:
        return self.words("site.outcome_count", outcome=self.words(key), count=self.phrases.whole(count))

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

    # ── checks ──────────────────────────────────────────────────────────────────────────────────

    def expectations(self) -> str:
        # What went wrong first, then by suite.
        ordered = sorted(
            self.extra.checks, key=lambda check: (_OUTCOMES.index(check.outcome), check.suite, check.expectation)
        )
        groups = tuple(
            CheckGroup(
                title=self.words(f"site.expectation_kind_{kind}"),
                counts=self._outcome_counts(kind),
                checks=tuple(self._check(check) for check in ordered if check.kind == kind),
            )
            for kind in _KINDS
            if any(check.kind == kind for check in self.extra.checks)
        )
        frame = self.frame("expectations", self.words("site.expectations"))
        return fill(self.settings, "site_expectations.html.j2", frame=frame, t=self.words, groups=groups)

    def _check(self, check: CheckRow) -> CheckLine:
        words = self.words
        period = ""
        if check.period_kind and check.period_start and check.period_end:
            kind = words(f"period.{check.period_kind}")
            first, last = self.phrases.day(check.period_start), self.phrases.day(check.period_end)
            span = first if first == last else words("date.span", start=first, end=last)
            period = f"{kind}: {span}"
        return CheckLine(
            anchor=anchor(check),
            expectation=f"{check.suite} / {check.expectation}",
            description=self._described(check),
            standard_id=check.standard_id if check.standard_id in self.tables.standards else "",
            severity=words.or_else(f"site.severity_{check.severity}", check.severity),
            period=period,
            evaluated=words("rate.none") if check.evaluated is None else self.phrases.whole(check.evaluated),
            unexpected=words("rate.none") if check.unexpected is None else self.phrases.whole(check.unexpected),
            outcome=self._outcome(check.outcome),
            error=self._unanswered(check.error) if check.outcome == "no_data" else from_source(check.error),
        )

    def _described(self, check: CheckRow) -> str:
        """What a check says, with its standard's title in place of its id."""
        own = self.words.pick({self.edition.languages[0]: check.description})
        text = self.descriptions.get((check.suite, check.expectation), own)
        prefix, _, rest = text.partition(": ")
        if prefix == check.standard_id and prefix in self.tables.standards:
            return f"{self.maker.title(prefix)}: {rest}"
        return text

    def _unanswered(self, error: str) -> str:
        """What kept a check from an answer (``<source> <days>``, ``in_doubt:<rows>``) in words."""
        return self.phrases.titles([self._one_unanswered(part) for part in error.split("; ") if part])

    def _one_unanswered(self, part: str) -> str:
        code, _, count = part.partition(":")
        if code == "in_doubt" and count.isdigit():
            return self.words("site.check_in_doubt", count=self.phrases.whole(int(count)))
        source_id, _, days = part.partition(" ")
        if source_id not in self.maker.sources:
            return from_source(part)
        shown = _ISO_DAY.sub(lambda found: self.phrases.day(date.fromisoformat(found[0])), days)
        return self.words("site.check_silent", source=self.maker.source(source_id), days=shown)

    def _outcome(self, result: str) -> Outcome:
        return Outcome(self.words(f"result.{result}"), result, self.words(f"mark.{result}"))

    # ── sources ─────────────────────────────────────────────────────────────────────────────────

    def sources(self) -> str:
        blocks = tuple(self._source(source.id) for source in self.tables.agency.sources)
        frame = self.frame("sources", self.words("site.sources"))
        return fill(self.settings, "site_sources.html.j2", frame=frame, t=self.words, sources=blocks)

    def _source(self, source_id: str) -> SourceBlock:
        last = self.extra.last_covered.get(source_id)
        return SourceBlock(
            id=source_id,
            name=self.maker.source(source_id),
            last_covered=self.phrases.day(last) if last else self.words("rate.none"),
            fates=tuple(self._fates(each) for each in self.fates if each.source_id == source_id),
            gaps=tuple(self._gap_spans(self.extra.gaps.get(source_id, ()))),
            row_fates=tuple(self._row_fate(fate) for fate in self.extra.row_fates if fate.source_id == source_id),
            look_at=self._look_at(source_id),
            days=tuple(self._source_day(day) for day in self.extra.source_days if day.source_id == source_id),
        )

    def _fates(self, fates: FeedFates) -> FatesLine:
        return FatesLine(
            table=fates.table,
            night=self.phrases.day(fates.night),
            read=self.phrases.whole(fates.read),
            landed=self.phrases.whole(fates.landed),
            unchanged=self.phrases.whole(fates.unchanged),
            refused=self.phrases.whole(fates.refused),
            waiting=self.phrases.whole(fates.waiting),
            left_out=self.phrases.whole(fates.left_out),
            merged=self.phrases.whole(fates.merged),
            deleted=self.phrases.whole(fates.deleted),
            withheld=self.phrases.whole(sum(found.missed for found in fates.withheld)),
            notes=tuple(self._fate_notes(fates)),
        )

    def _fate_notes(self, fates: FeedFates) -> Iterator[str]:
        words = self.words
        if fates.waiting_until is not None:
            moment = self.phrases.moment(fates.waiting_until)
            yield words(
                "site.fate_waiting",
                count=self.phrases.whole(fates.waiting),
                moment=moment,
                year=fates.waiting_until.year,
            )
        if fates.of_other_days:
            yield words("site.fate_of_other_days", count=self.phrases.whole(fates.of_other_days))
        if fates.caught:
            yield words("site.fate_caught", count=self.phrases.whole(fates.caught))
        for left in fates.left_out_rows or ():
            if left.why == "not_told":
                yield words("site.fate_not_told", count=self.phrases.whole(left.rows))
                continue
            reason = words(f"fate.{left.why}") if left.because is None else words.pick(left.because.root)
            places = f" ({self.phrases.list([from_source(place) for place in left.examples])})" if left.examples else ""
            yield words("site.fate_left_out", count=self.phrases.whole(left.rows), reason=reason, places=places)
        for found in fates.withheld:
            day = self.phrases.day(found.day) if found.day is not None else fates.table
            reason = words(f"fate.{found.because}")
            missed, known = self.phrases.whole(found.missed), self.phrases.whole(found.known)
            yield words("site.fate_withheld", place=day, missed=missed, known=known, reason=reason)
        if fates.corrected:
            yield words("site.fate_corrected", count=self.phrases.whole(fates.corrected))

    def _row_fate(self, fate: FateRow) -> RowFateLine:
        standard = self.maker.title(fate.standard_id) if fate.standard_id in self.tables.standards else fate.standard_id
        ahead = ""
        if fate.dated_ahead and fate.furthest_on:
            day = self.phrases.full_day(fate.furthest_on)
            ahead = self.words("site.row_fates_ahead", rows=self.phrases.whole(fate.dated_ahead), day=day)
        return RowFateLine(
            table=fate.table,
            fate=self.words(f"row_fate.{fate.fate}"),
            tone="no_data" if fate.fate in _TO_LOOK_AT else "",
            rows=self.phrases.whole(fate.rows),
            why=": ".join(filter(None, [standard, self.phrases.row_reason(fate.condition)])),
            ahead=ahead,
            example=from_source(fate.example_key),
        )

    def _look_at(self, source_id: str) -> str:
        """How many rows of a source ended where somebody should look; empty when there are none."""
        counts: Counter[str] = Counter()
        for fate in self.extra.row_fates:
            if fate.source_id == source_id and fate.fate in _TO_LOOK_AT:
                counts[fate.fate] += fate.rows
        return self.phrases.list([self._counted(f"row_fate.{fate}", count) for fate, count in sorted(counts.items())])

    def _source_day(self, day: SourceDay) -> SourceLine:
        return SourceLine(
            day=self.phrases.day(day.day),
            covered=day.covered,
            arrived=self.phrases.whole(day.arrived),
            landed=self.phrases.whole(day.landed),
            unchanged=self.phrases.whole(day.unchanged),
            quarantined=self.phrases.whole(day.quarantined),
            reason=self.phrases.reason(day.reason),
        )

    def _gap_spans(self, days: Sequence[SourceDay]) -> Iterator[RowView]:
        """Days without data, those in a row and with the same reason taken together."""
        start: SourceDay | None = None
        for number, day in enumerate(days):
            start = start or day
            following = days[number + 1] if number + 1 < len(days) else None
            if following is None or following.day != day.day + timedelta(days=1) or following.reason != start.reason:
                text = self.phrases.day(day.day) if start == day else self.phrases.span(start.day, day.day)
                yield RowView(text, self.phrases.reason(start.reason), "")
                start = None

    # ── one standard ────────────────────────────────────────────────────────────────────────────

    def standard(self, standard_id: str) -> str:
        week = next(item for item in self.facts.standards if item.standard_id == standard_id)
        standard = self.tables.standards[standard_id]
        words = self.words
        change = every_step(self.tables.changes, standard_id)
        checks = [check for check in self.extra.checks if check.standard_id == standard_id]
        pledge = next(item for item in self.week.pledges if item.id == standard.pledge)
        return fill(
            self.settings,
            "site_standard.html.j2",
            frame=self.frame(standard_id, self.maker.title(standard_id), root="../"),
            t=words,
            view=self.maker.standard(week),
            facts=(
                (words("site.clause"), standard.citation),
                (words("site.pledge"), words.pick(pledge.text)),
                (words("label.threshold"), words.pick(standard.threshold)),
                (words("label.basis"), self._basis(standard_id)),
                (words("site.kind"), words(f"kind.{standard.kind}")),
                (words("site.clock"), words.or_else(f"clock.{standard.clock}", standard.clock)),
                (words("label.target"), self.maker.target(standard_id)),
                (words("site.rule_version"), self._rule_version(standard_id)),
                (words("label.source"), self._sources_of(standard_id)),
            ),
            changes=self._changes(change),
            history=tuple(self._history(self.extra.history.get(standard_id, ()), change)),
            departments=tuple(self._shares(standard_id)),
            checks=tuple(self._check(check) for check in checks),
            pending=self._cases(self.extra.pending.get(standard_id), breached=False),
            breached=self._cases(self.extra.breached.get(standard_id), breached=True),
        )

    def _basis(self, standard_id: str) -> str:
        standard = self.tables.standards[standard_id]
        note = self.words.pick(standard.basis_note)
        basis = self.words(f"basis.{standard.basis}")
        return f"{basis} – {note}" if note else basis

    def _rule_version(self, standard_id: str) -> str:
        standard = self.tables.standards[standard_id]
        return self.words(
            "site.rule_version_value",
            version=standard.rule_version,
            effective_from=self.phrases.full_day(standard.effective_from),
        )

    def _sources_of(self, standard_id: str) -> str:
        return self.phrases.list(
            [self.maker.source(name) for name in sorted(sources_of(self.tables.agency, standard_id))]
        )

    def _changes(self, change: RuleChange | None) -> ChangesView | None:
        return self.maker.changes_view([change], [], _MOST_CHANGES) if change else None

    def _history(self, weeks: Sequence[HistoryWeek], change: RuleChange | None) -> Iterator[HistoryLine]:
        steps = change.steps if change else ()
        for week in weeks:
            broken = week.components.broken_rate()
            yield HistoryLine(
                week=self.phrases.week(week.start),
                span=self.phrases.span(week.start, week.end),
                result=self._outcome(week.result),
                met=self.phrases.whole(week.components.met),
                breached=self.phrases.whole(week.components.breached),
                pending=self.phrases.whole(week.components.pending),
                excluded=self.phrases.whole(week.components.excluded),
                share=self.maker.share(week.components),
                broken=self.phrases.percent(broken.value) if broken else self.words("rate.none"),
                changed=tuple(
                    self.words("standard.changed", day=self.phrases.full_day(step.on))
                    for step in steps
                    if week.start <= step.on <= week.end
                ),
                width=f"{broken.value * 100:.1f}" if broken else "0",
                no_data=self.words("standard.no_data_days", days=week.days_without_data)
                if week.days_without_data
                else "",
            )

    def _shares(self, standard_id: str) -> Iterator[DepartmentShare]:
        for item in self.extra.by_department.get(standard_id, ()):
            yield DepartmentShare(
                name=self.maker.name(item.department_id),
                result=self._outcome(item.result),
                components=self.maker.components(item.components),
                share=self.maker.share(item.components),
            )

    def _cases(self, found: CaseList | None, *, breached: bool) -> CasesView | None:
        if found is None:
            return None
        return self.maker.cases("", "", found, len(found.cases), breached=breached)


def anchor(check: CheckRow) -> str:
    """A name for a check's line that can stand in an address."""
    text = f"{check.suite}.{check.expectation}"
    return "".join(character if character.isalnum() or character in "._-" else "-" for character in text)

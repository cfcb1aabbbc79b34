"""Puts a week's reports into the outbox, and a revision of every earlier report whose figures have changed.

A run reports one week (or one month), to everyone who has no report of it yet. It also goes through all weeks (months)
that were ever reported:
where a reported figure is not what is known tonight, the department's recipients get a further revision, which says
what changed and why. Where every figure stands nobody is written to. A run that nobody asked for a certain week also
reports those before it that were missed, since the newest one that was reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from pydantic import ValidationError

from charter.base.errors import CharterError, Problem, ReportError, StateError
from charter.base.files import is_full_disk, unusable
from charter.base.moments import Period, between, end_of_day, local_date, parse_reported
from charter.base.settings import Settings
from charter.definitions.models import Agency, Recipient
from charter.deliver import Letterhead, Message, Outbox, PostedMessage, enqueue
from charter.report.digest import DigestPart, digest_message
from charter.report.facts.digests import digest_folder, file_digest
from charter.report.facts.enclosed import paper_of, picture_of
from charter.report.facts.figures import read_departments
from charter.report.facts.filed import (
    adopt,
    decided_file,
    digest_of,
    filed_periods,
    is_digest,
    rendered_files,
    report_name,
    report_of,
    strange_folders,
    week_folder,
)
from charter.report.facts.issued import IssuedReport, read_issued
from charter.report.facts.models import Department
from charter.report.facts.readers import readers_on
from charter.report.facts.reported import ReportedFigures, members, read_reported
from charter.report.facts.restated import (
    FigureChange,
    Restatement,
    VerdictChange,
    figure_changes,
    keep_decided,
    verdict_changes,
)
from charter.report.facts.tables import WeekTables, read_week
from charter.report.facts.warehouse import Warehouse, open_warehouse
from charter.report.rendering import RenderJob, rendering
from charter.report.week import DigestReports, RenderedReport, Renderer, WeekReport, week_reports

# Of a holiday and an outage. What was paused for longer nobody wants in one morning's mail.
_MOST_MISSED = 5


@dataclass(frozen=True)
class PreparedWeek:
    """What a weekly run has rendered as of ``as_of`` (aware), and what waits to be posted.

    ``weeks`` are those of which something was rendered, and the week reported; ``missed`` are the earlier ones that are
    reported with it. ``already`` counts the recipients who have had these figures, ``revised`` the departments'
    reports, of whichever week, that are corrections. ``files`` are all of the weeks', less those of reports that were
    left out. ``problems`` has one for each report that could not be read, compared, rendered or written, and each
    recipient who could not be addressed: they stop none of the others.
    """

    week: Period
    as_of: datetime
    weeks: tuple[Period, ...]
    missed: tuple[Period, ...]
    reports: int
    revised: int
    messages: tuple[Message, ...]
    already: int
    files: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class PostedWeek:
    """``week`` is the period's key; ``new`` messages wait to be sent, ``already`` were in the outbox before.

    ``revised`` counts the departments' reports, of whichever week, that are corrections. ``missed`` are the keys of the
    earlier weeks that were reported with it. ``problems`` tell what was left out.
    """

    week: str
    reports: int
    new: int
    already: int
    revised: int = 0
    missed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def prepare_week(
    settings: Settings,
    agency: Agency,
    week: Period,
    heads: Mapping[datetime, str] | None = None,
    *,
    is_dry: bool = False,
    catches_up: bool = False,
) -> PreparedWeek:
    """Renders the reports of ``week`` that are due, and the revisions of any week, as the published warehouse has them.

    ``heads`` are the hashes of the nights' seals by as-of: every report prints that of the published night. With
    ``is_dry`` nothing is filed: what is prepared is to be looked at. With ``catches_up`` the weeks that were missed
    since the newest reported one are reported before it; where they are too many, a problem names them. Raises
    ReportError when nothing was published since the week's end; DeliveryError for the outbox.
    """
    with Outbox.open(settings) as outbox:
        posted = outbox.posted(report_of(week))
    with open_warehouse(settings) as warehouse:
        _require_ended(agency, week, warehouse)
        renderer = Renderer(settings, agency, (heads or {}).get(warehouse.run.as_of))
        reported = {each.key(): each for each in filed_periods(settings, week.kind)}
        reported |= {key: parse_reported(key) for key in {message.key.period for message in posted}}
        others = [
            each
            for key, each in sorted(reported.items())
            if key != week.key() and end_of_day(each.end, agency.zone) <= warehouse.run.as_of
        ]
        missed, too_many = _missed(week, others) if catches_up else ([], [])
        asked_for = {*missed, week}
        runs = [
            _WeekRun(settings, agency, warehouse, renderer, each, posted, is_asked_for=each in asked_for, is_dry=is_dry)
            for each in (*others, *missed, week)
        ]
        prepared = [run.prepare() for run in runs]
        touched = [run for run, made in zip(runs, prepared, strict=True) if made.is_touched or run.is_asked_for]
        return PreparedWeek(
            week=week,
            as_of=warehouse.run.as_of,
            weeks=tuple(run.week for run in touched),
            missed=tuple(missed),
            reports=prepared[-1].reports,
            revised=sum(made.revised for made in prepared),
            messages=tuple(message for made in prepared for message in made.messages),
            already=sum(made.already for made in prepared),
            files=tuple(file for run in touched for file in run.files()),
            problems=(*strange_folders(settings), *too_many, *(problem for run in runs for problem in run.problems)),
        )


def post_week(settings: Settings, agency: Agency, prepared: PreparedWeek) -> PostedWeek:
    """Puts what was prepared into the outbox. Raises SettingError (no sender) or DeliveryError (the outbox)."""
    enqueued = enqueue(settings, prepared.messages, prepared.as_of, Letterhead.of(settings, agency))
    return PostedWeek(
        week=prepared.week.key(),
        reports=prepared.reports,
        new=enqueued.new,
        already=enqueued.already + prepared.already,
        revised=prepared.revised,
        missed=tuple(each.key() for each in prepared.missed),
        problems=(*prepared.problems, *enqueued.problems),
    )


def _missed(week: Period, reported: Sequence[Period]) -> tuple[list[Period], list[Problem]]:
    """The weeks between the newest ``reported`` one before ``week`` and it, or the problem that they are too many.

    It is told once: the next run looks no further back than ``week``.
    """
    newest = max((each for each in reported if each.start < week.start), key=lambda each: each.start, default=None)
    missed = between(newest, week) if newest is not None else []
    if len(missed) <= _MOST_MISSED:
        return missed, []
    command = "monthly --month" if week.kind == "month" else "weekly --week"
    problem = Problem(
        f"{missed[0].key()} to {missed[-1].key()} were never reported, more than are made up for by themselves"
        f" ({_MOST_MISSED})",
        f"{week.kind}s before {week.key()}",
        f"report those that are still wanted: charter {command} {missed[-1].key()}",
    )
    return [], [problem]


def _require_ended(agency: Agency, week: Period, warehouse: Warehouse) -> None:
    if warehouse.run.as_of < end_of_day(week.end, agency.zone):
        raise ReportError(
            f"the warehouse was built as of {warehouse.run.as_of.isoformat()}, before {week.kind} {week.key()} had"
            " ended",
            where=week.kind,
            remedy=f"run a night first: charter nightly --as-of {week.end}",
        )


@dataclass(frozen=True)
class _Standing:
    """The name under which a person gets a report, the revision that it is to them, and whether it is ``new``."""

    person: Recipient
    report: str
    revision: int
    new: bool


@dataclass(frozen=True)
class _Edition:
    """What becomes of one department's report of a week: the revision with ``fingerprint``, and who gets it.

    ``is_new`` says that it has to be made and filed; ``restatement`` is what it corrects.
    """

    department_id: str
    revision: int
    fingerprint: str | None
    is_new: bool
    restatement: Restatement | None
    standing: tuple[_Standing, ...]

    @property
    def is_wanted(self) -> bool:
        return self.is_new or any(each.new for each in self.standing)


@dataclass(frozen=True)
class _PreparedReports:
    reports: int
    revised: int
    messages: tuple[Message, ...]
    already: int
    is_touched: bool


class _WeekRun:
    """One week in a run: whether it is the one asked for, or one of those that were reported before."""

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        warehouse: Warehouse,
        renderer: Renderer,
        week: Period,
        posted: Sequence[PostedMessage],
        *,
        is_asked_for: bool,
        is_dry: bool,
    ) -> None:
        self.settings = settings
        self.agency = agency
        self.warehouse = warehouse
        self.renderer = renderer
        self.week = week
        self.report = report_of(week)
        self.definition = agency.reports.of("month" if week.kind == "month" else "week")
        self.is_asked_for = is_asked_for
        self.is_dry = is_dry
        self.folder = week_folder(settings, week)
        self.posted = [message for message in posted if message.key.period == week.key()]
        self.departments: dict[str, Department] = read_departments(warehouse, week.end)
        self.now = read_reported(warehouse, week)
        self.problems: list[Problem] = []
        self.left_out: set[str] = set()
        self.issued = read_issued(settings, week, self.departments, self.posted, self._alone)
        self.top = next(item.id for item in self.departments.values() if item.parent_id is None)
        self._verdicts = cache(self._read_verdicts)

    def prepare(self) -> _PreparedReports:
        editions = self._editions()
        wanted = {name: edition for name, edition in editions.items() if edition.is_wanted}
        messages = tuple(self._messages(wanted)) if wanted else ()
        is_adopted = not self.is_dry and self._adopt(editions)
        made = [edition for name, edition in editions.items() if name not in self.left_out]
        return _PreparedReports(
            reports=len(made),
            revised=sum(edition.restatement is not None for edition in made),
            messages=messages,
            already=len({_mail_of(edition, each) for edition in made for each in edition.standing if not each.new}),
            is_touched=bool(wanted) or is_adopted,
        )

    def files(self) -> Iterator[Path]:
        """The week's files, less those of the reports that were left out: nobody knows that they are what was made."""
        for file in rendered_files(self.settings, self.week):
            if file.relative_to(self.folder).parts[0] not in self.left_out:
                yield file

    @contextmanager
    def _alone(self, department_id: str) -> Iterator[None]:
        """What fails of one department's report stops that report alone: it is a problem of the run.

        The next run tries again.

        A full disk is no one report's fault: it is raised.
        """
        try:
            yield
        except (ReportError, StateError, OSError) as error:
            self._note(error, f"{self.week.kind} {self.week.key()}, department '{department_id}'")
            self.left_out.add(department_id)

    def _note(self, error: CharterError | OSError, place: str) -> None:
        if is_full_disk(error):
            raise error
        found = [unusable(error, place)] if isinstance(error, OSError) else error.problems
        # A file that several reports need is one problem.
        self.problems += [problem for problem in found if problem not in self.problems]

    # ── what becomes of each report ─────────────────────────────────────────────────────────────

    def _editions(self) -> dict[str, _Edition]:
        editions: dict[str, _Edition] = {}
        for department_id in (name for name in self.now if name not in self.left_out):
            with self._alone(department_id):
                edition = self._edition(department_id)
                if edition is not None:
                    editions[department_id] = edition
        return editions

    def _edition(self, department_id: str) -> _Edition | None:
        now, issued = self.now[department_id], self.issued.get(department_id)
        if issued is None:
            if not self._is_first_due(now):
                return None
            return self._made(department_id, 1, now, None)
        changes = issued.still_wrong(self._changes(issued.measure, issued, now))
        if changes:
            assert issued.measure is not None
            restatement = Restatement(issued.measure.as_of, tuple(changes))
            return self._made(department_id, issued.revision + 1, now, restatement)
        standing = tuple(self._standing(issued.fingerprint, now, is_new=False))
        return _Edition(department_id, issued.revision, issued.fingerprint, False, None, standing)

    def _made(
        self, department_id: str, revision: int, now: ReportedFigures, restatement: Restatement | None
    ) -> _Edition:
        fingerprint = now.fingerprint()
        standing = tuple(self._standing(fingerprint, now, is_new=True))
        return _Edition(department_id, revision, fingerprint, True, restatement, standing)

    def _is_first_due(self, now: ReportedFigures) -> bool:
        """Whether a department that has no report of the week gets one.

        It does when the week is reported for the first time and something was due; later, when something of its own
        became otherwise. What a new release alone brings up is no news.
        """
        agency = self.issued.get(self.top)
        if agency is None or agency.measure is None:
            return self.is_asked_for and now.department_id in self._due
        before = agency.measure.of(now.department_id, members(self.departments, now.department_id))
        if any(any(row.counts) for row in before.standards) or before.engine == now.engine != "":
            return (self.is_asked_for and now.department_id in self._due) or bool(self._changes(before, agency, now))
        return bool(self._changes(before, agency, now))

    def _changes(
        self, before: ReportedFigures | None, issued: IssuedReport, now: ReportedFigures
    ) -> list[FigureChange]:
        # An older warehouse that was put back knows less than was reported: it corrects nothing.
        if before is None or now.known_at < before.known_at:
            return []
        within = members(self.departments, now.department_id)
        verdicts = self._verdicts(issued.decided, before.known_at) if issued.decided is not None else []
        return figure_changes(before, now, [each for each in verdicts if each.touches(within)])

    def _read_verdicts(self, decided: Path, known_at: datetime) -> list[VerdictChange]:
        return verdict_changes(self.settings, self.warehouse, self.week, decided, known_at)

    def _standing(self, fingerprint: str | None, now: ReportedFigures, *, is_new: bool) -> Iterator[_Standing]:
        """Who gets the revision with ``fingerprint``. One that was issued before goes to whoever has no report of
        the week asked for, and to whoever has only an older one."""
        for person in self._recipients.get(now.department_id, ()):
            own = report_name(self.agency, now.department_id, person.mailbox, self.report)
            last = self._last_to(person, now.department_id, own)
            # A report keeps its name, unless it came in a digest and comes alone now, or the other way round.
            keeps_name = last is not None and person.digest == is_digest(last.key.report)
            name = (
                last.key.report if last is not None and keeps_name else digest_of(self.report) if person.digest else own
            )
            if last is None:
                if is_new or self.is_asked_for:
                    yield _Standing(person, name, 1, new=True)
            elif fingerprint is None or last.fingerprint == fingerprint:
                yield _Standing(person, name, last.revision, new=False)
            else:
                yield _Standing(person, name, last.revision + 1, new=True)

    def _last_to(self, person: Recipient, department_id: str, name: str) -> PostedMessage | None:
        """The last message to a person about the department this week: one of its own, or a digest."""
        own = [
            message
            for message in self.posted
            if message.key.recipient == person.mailbox
            and (message.department_id == department_id or message.key.report == name == self.report)
        ]
        return max(own, key=lambda message: message.revision, default=None)

    # ── rendering ───────────────────────────────────────────────────────────────────────────────

    def _messages(self, editions: Mapping[str, _Edition]) -> Iterator[Message]:
        digests: dict[str, list[DigestPart]] = defaultdict(list)
        jobs = [
            RenderJob(self.week, replace(report, restatement=edition.restatement, filed_as=edition.revision))
            for report in self._reports
            if (edition := editions.get(report.department_id)) is not None
        ]
        with rendering(self.renderer, jobs) as under_way:
            for place, job in enumerate(jobs):
                report, edition = job.report, editions[job.report.department_id]
                with self._alone(report.department_id):
                    made = self._filed(edition, under_way.report(place))
                    for number, to in enumerate(edition.standing, start=1):
                        if to.new and to.person.digest:
                            digests[to.person.mailbox].append(_part(edition, made, report, to))
                        elif to.new:
                            with self._to(edition.department_id, number):
                                yield self._message(edition, made, report, to)
        # Only now is it known which reports could not be made: a digest names them.
        for parts in digests.values():
            yield from self._digest(parts)

    def _filed(self, edition: _Edition, made: RenderedReport) -> RenderedReport:
        if edition.is_new and not self.is_dry:
            keep_decided(self.warehouse, self.week, decided_file(self.folder, self.warehouse.run.as_of))
            made.file()
        return made

    @contextmanager
    def _to(self, department_id: str, number: int) -> Iterator[None]:
        """A message to the department's recipient ``number``: who can't be addressed is a problem, stops no other."""
        try:
            yield
        except (ValidationError, ReportError) as error:
            said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.problems[0].what
            self.problems.append(
                Problem(
                    f"{self.week.kind} {self.week.key()} can't be addressed to recipient {number}: {said}",
                    f"departments.yaml, department '{department_id}'",
                    f"correct the recipient's name or address, then report the {self.week.kind} again",
                )
            )

    def _digest(self, parts: Sequence[DigestPart]) -> Iterator[Message]:
        """The digest of ``parts``, filed, unless it can't be: then it comes with the next run."""
        person, department_id = parts[0].person, parts[0].report.department_id
        try:
            with self._to(department_id, 1 + self._recipients[department_id].index(person)):
                message = self._digest_message(person, parts)
                if not self.is_dry:
                    file_digest(digest_folder(self.folder, message.key), message, self.agency.language_of(person))
                yield message
        except (StateError, OSError) as error:
            self._note(error, f"{self.week.kind} {self.week.key()}, a digest")

    def _digest_message(self, person: Recipient, parts: Sequence[DigestPart]) -> Message:
        had = [
            message.key.revision
            for message in self.posted
            if is_digest(message.key.report) and message.key.recipient == person.mailbox
        ]
        left_out = tuple(
            department
            for name, department in self.departments.items()
            if name in self.left_out and self._is_digested(name, person.mailbox)
        )
        reports = tuple((part.report, part.revision) for part in parts)
        mail = self.renderer.digest(DigestReports(reports, left_out, bool(had), person.language))
        language = self.agency.language_of(person)
        return digest_message(self.week, parts, mail, revision=1 + max(had, default=0), language=language)

    def _is_digested(self, department_id: str, mailbox: str) -> bool:
        people = self._recipients.get(department_id, ())
        return any(person.digest and person.mailbox == mailbox for person in people)

    def _message(self, edition: _Edition, made: RenderedReport, report: WeekReport, to: _Standing) -> Message:
        forms = made.in_(to.person.language)
        mail = forms.mail
        if to.revision != made.revision:
            mail = self.renderer.mail(_for_recipient(report, to.revision), to.revision, to.person.language)
        return Message(
            report=to.report,
            period=self.week.key(),
            revision=to.revision,
            recipient=to.person.address,
            recipient_name=to.person.name,
            department_id=made.department_id,
            subject=mail.subject,
            html=mail.html,
            text=mail.text,
            attachments=(
                *(picture_of(picture.cid, picture.png) for picture in mail.pictures),
                paper_of(self.week, made.department_id, to.revision, forms.pdf),
            ),
            fingerprint=edition.fingerprint or made.figures.fingerprint(),
            language=self.agency.language_of(to.person),
            list_name=self.report,
        )

    def _adopt(self, editions: Mapping[str, _Edition]) -> bool:
        """Takes what this release makes of the reports that stand for their measure: from now on every difference is
        news. Says whether there was any."""
        adopted = False
        for department_id, edition in editions.items():
            now, issued = self.now[department_id], self.issued.get(department_id)
            if issued is None or edition.is_new or issued.fingerprint is None or not now.engine:
                continue
            measure = issued.measure
            if measure is None or (measure.engine != now.engine and measure.known_at <= now.known_at):
                with self._alone(department_id):
                    keep_decided(self.warehouse, self.week, decided_file(self.folder, now.as_of))
                    adopt(self.folder, issued.revision, now.without_errors())
                    adopted = True
        return adopted

    @cached_property
    def tables(self) -> WeekTables:
        return read_week(self.settings, self.warehouse, self.agency, self.week)

    @cached_property
    def _recipients(self) -> dict[str, tuple[Recipient, ...]]:
        day = local_date(self.warehouse.run.as_of, self.agency.zone)
        return readers_on(self.agency, self.definition, day)

    @cached_property
    def _reports(self) -> list[WeekReport]:
        """Those that are due, and those of the departments that have one."""
        return week_reports(self.tables, self.issued.keys())

    @cached_property
    def _due(self) -> frozenset[str]:
        """The departments that a report of the week would be made for."""
        return frozenset(report.department_id for report in self._reports if report.is_due)


def _part(edition: _Edition, made: RenderedReport, report: WeekReport, to: _Standing) -> DigestPart:
    return DigestPart(
        person=to.person,
        report=_for_recipient(report, to.revision),
        revision=to.revision,
        fingerprint=edition.fingerprint or made.figures.fingerprint(),
        pdf=made.in_(to.person.language).pdf,
    )


def _for_recipient(report: WeekReport, revision: int) -> WeekReport:
    """The report as a person gets it: a first report corrects nothing, also where it comes late and is a correction to
    the other recipients."""
    return replace(report, restatement=None) if revision == 1 else report


def _mail_of(edition: _Edition, to: _Standing) -> tuple[str, str, str]:
    """What tells mails of a week apart: a digest is one, whatever departments it carries."""
    return to.report, "" if is_digest(to.report) else edition.department_id, to.person.mailbox

"""Puts the digests of a working day's morning into the outbox: what is at risk, to whoever answers for it.

A recipient gets a morning's digest once. Run again from other figures of the same night it goes out as a visible
correction; from the same figures nobody is written to. Where nothing is at risk, and every source has spoken, nothing
is sent; where one was silent nobody can know that nothing is at risk, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydantic import ValidationError

from charter.base.errors import Problem
from charter.base.settings import Settings
from charter.definitions.models import Agency, Recipient, ReportDefinition
from charter.deliver import Letterhead, Message, Outbox, PostedMessage, enqueue
from charter.report.declared import declared_report
from charter.report.facts.at_risk import AtRiskDay, AtRiskTables, Before, Scope, department_scopes, whole_scope
from charter.report.facts.filed import mail_name, report_name
from charter.report.facts.mornings import is_working_day
from charter.report.facts.told import (
    WHOLE,
    Told,
    digest_files,
    digests_folder,
    file_told,
    filed_days,
    filed_told,
    revision_of,
    scope_name,
)
from charter.report.facts.warehouse import Warehouse, open_warehouse
from charter.report.render.mail import Mail, render_at_risk
from charter.report.view.at_risk import at_risk_view
from charter.words import Words, words_in


@dataclass(frozen=True)
class PreparedMorning:
    """The digests of the morning of ``day``, from the night ``as_of`` (aware), and what waits to be posted.

    There are none on a day that is no working day. ``already`` counts the recipients who have had them, ``files`` are
    all of the day's. A recipient who can't be addressed is among the ``problems``, and stops no other.
    """

    day: date
    as_of: datetime
    is_working_day: bool
    digests: int = 0
    messages: tuple[Message, ...] = ()
    already: int = 0
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class PostedMorning:
    """``new`` messages wait to be sent, ``already`` were in the outbox before."""

    new: int
    already: int
    problems: tuple[Problem, ...]


def prepare_morning(
    settings: Settings, agency: Agency, as_of: datetime, heads: Mapping[datetime, str] | None = None
) -> PreparedMorning:
    """Renders the digests of the morning after the published night ``as_of`` (aware), and files them.

    ``heads`` are the hashes of the nights' seals by as-of. Raises ReportError when that night is not the published one,
    or no digest is declared; DeliveryError for the outbox.
    """
    definition = declared_report(agency, "working_day")
    with Outbox.open(settings) as outbox:
        posted = outbox.posted(definition.id)
    with open_warehouse(settings, as_of) as warehouse:
        run = _MorningRun(settings, agency, definition, warehouse, posted, (heads or {}).get(as_of))
        return run.prepare()


def post_morning(settings: Settings, agency: Agency, prepared: PreparedMorning) -> PostedMorning:
    """Puts what was prepared into the outbox. Raises SettingError (no sender) or DeliveryError (the outbox)."""
    enqueued = enqueue(settings, prepared.messages, prepared.as_of, Letterhead.of(settings, agency))
    return PostedMorning(
        new=enqueued.new,
        already=prepared.already + enqueued.already,
        problems=(*prepared.problems, *enqueued.problems),
    )


@dataclass(frozen=True)
class _Reader:
    """Who reads a digest, the ``report`` by which the outbox knows theirs, and where they are named."""

    address: str
    name: str
    language: str | None
    report: str
    place: str


class _MorningRun:
    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        definition: ReportDefinition,
        warehouse: Warehouse,
        posted: Sequence[PostedMessage],
        head: str | None,
    ) -> None:
        self.settings = settings
        self.agency = agency
        self.definition = definition
        self.posted = posted
        self.head = head
        self.folder = digests_folder(settings, definition.id)
        self.tables = AtRiskTables(settings, agency, warehouse)
        self.day = self.tables.day
        self.as_of = warehouse.run.as_of
        self.days = [each for each in filed_days(self.folder) if each < self.day]
        self.problems: list[Problem] = []
        self._words: dict[str, Words] = {}

    def prepare(self) -> PreparedMorning:
        if not is_working_day(self.agency, self.day):
            return PreparedMorning(self.day, self.as_of, is_working_day=False)
        messages: list[Message] = []
        digests = already = 0
        for scope in self._scopes():
            day = self.tables.day_of(scope, self._before(scope))
            if day.has_news or self._told_today(day):
                digests += 1
                readers = list(self._readers(scope))
                self._file(day, readers)
                waiting = [reader for reader in readers if not self._has(reader, day)]
                already += len(readers) - len(waiting)
                messages += self._messages(day, waiting)
        return PreparedMorning(
            day=self.day,
            as_of=self.as_of,
            is_working_day=True,
            digests=digests,
            messages=tuple(messages),
            already=already,
            files=tuple(digest_files(self.folder, self.day)),
            problems=tuple(self.problems),
        )

    def _scopes(self) -> Iterator[Scope]:
        if self.definition.goes_to_heads:
            yield from department_scopes(self.tables.departments, lambda name: bool(self._recipients(name)))
        if self.definition.addresses:
            yield whole_scope(self.tables.departments)

    def _recipients(self, department_id: str) -> list[Recipient]:
        return next(
            (each.recipients_on(self.day) for each in self.agency.organisation.departments if each.id == department_id),
            [],
        )

    def _readers(self, scope: Scope) -> Iterator[_Reader]:
        if scope.whole_agency:
            for address in self.definition.addresses:
                report = f"{self.definition.id}-{WHOLE}"
                yield _Reader(address, "", None, report, f"reports.yaml, report '{self.definition.id}'")
            return
        department_id = scope.department.id
        for person in self._recipients(department_id):
            report = report_name(self.agency, department_id, person.mailbox, self.definition.id)
            place = f"departments.yaml, department '{department_id}'"
            yield _Reader(person.mailbox, person.name, person.language, report, place)

    # ── what was told before ────────────────────────────────────────────────────────────────────

    def _before(self, scope: Scope) -> Before | None:
        """The newest digest of an earlier day that was posted to somebody: one that was filed when its run was cut
        short was told to nobody."""
        name = WHOLE if scope.whole_agency else scope.department.id
        for day in self.days:
            sent = self._sent(day, scope)
            told = [each for each in filed_told(self.folder, day, name) if each.fingerprint in sent]
            if told:
                return day, told[-1].cases
        return None

    def _sent(self, day: date, scope: Scope) -> set[str]:
        """The fingerprints of a day's digests of ``scope`` that are in the outbox."""
        whole = f"{self.definition.id}-{WHOLE}"
        return {
            message.fingerprint
            for message in self.posted
            if message.key.period == day.isoformat()
            and message.department_id == scope.department.id
            and (message.key.report == whole) == scope.whole_agency
            and message.fingerprint
        }

    def _told_today(self, day: AtRiskDay) -> bool:
        """Whether a digest of today is in the outbox: if nothing is at risk any more, its readers are told."""
        return bool(self._sent(day.day, Scope(day.department, frozenset(), day.whole_agency)))

    def _has(self, reader: _Reader, day: AtRiskDay) -> bool:
        """Whether the newest digest of today that the reader has tells the same."""
        own = self._to(reader, day)
        return bool(own) and max(own, key=lambda each: each.key.revision).fingerprint == day.fingerprint()

    def _to(self, reader: _Reader, day: AtRiskDay) -> list[PostedMessage]:
        return [
            message
            for message in self.posted
            if message.key.period == day.day.isoformat()
            and message.key.recipient == reader.address
            and message.key.report == reader.report
        ]

    # ── rendering ───────────────────────────────────────────────────────────────────────────────

    def _file(self, day: AtRiskDay, readers: Sequence[_Reader]) -> None:
        """Files ``day`` as a further revision, unless the newest on file tells the same."""
        name, fingerprint = scope_name(day), day.fingerprint()
        told = filed_told(self.folder, self.day, name)
        if told and told[-1].fingerprint == fingerprint:
            return
        revision = len(told) + 1
        own = self.agency.charter.language
        languages = sorted({own, *(reader.language for reader in readers if reader.language)})
        mails = {language: self._mail(day, revision, language) for language in languages}
        files: dict[str, bytes] = {}
        for language, mail in mails.items():
            other = None if language == own else language
            files[mail_name("html", other)] = mail.html.encode()
            files[mail_name("txt", other)] = mail.text.encode()
        file_told(
            revision_of(self.folder, self.day, name, revision),
            files,
            Told(
                day=self.day,
                as_of=self.as_of,
                department_id=day.department.id,
                fingerprint=fingerprint,
                subjects={language: mail.subject for language, mail in mails.items()},
                cases=day.told(),
            ),
        )

    def _mail(self, day: AtRiskDay, revision: int, language: str) -> Mail:
        if language not in self._words:
            self._words[language] = words_in(self.settings, self.agency, language)
        view = at_risk_view(self._words[language], self.agency, self.definition, day, revision, self.head)
        return render_at_risk(self.settings, view)

    def _messages(self, day: AtRiskDay, readers: Sequence[_Reader]) -> Iterator[Message]:
        for number, reader in enumerate(readers, start=1):
            # What is a correction to others is the first digest to whoever joined since.
            had = max((message.key.revision for message in self._to(reader, day)), default=0)
            if not had and not day.has_news:
                continue
            language = reader.language or self.agency.charter.language
            mail = self._mail(day, had + 1, language)
            try:
                yield Message(
                    report=reader.report,
                    period=day.day.isoformat(),
                    revision=had + 1,
                    recipient=reader.address,
                    recipient_name=reader.name,
                    department_id=day.department.id,
                    subject=mail.subject,
                    html=mail.html,
                    text=mail.text,
                    fingerprint=day.fingerprint(),
                    language=language,
                    list_name=self.definition.id,
                )
            except ValidationError as error:
                said = f"the digest of {day.day} can't be addressed to recipient {number}: {error.errors()[0]['msg']}"
                remedy = "correct the recipient's name or address, then run charter digest again"
                self.problems.append(Problem(said, reader.place, remedy))

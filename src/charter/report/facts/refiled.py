"""The messages that a lost outbox held, from the reports on file and from what was sealed of their delivery."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Protocol

from charter.base.errors import ReportError
from charter.base.moments import Period, end_of_day, parse_reported
from charter.base.settings import Settings
from charter.definitions.models import REPORT_NAMES, Agency, Recipient
from charter.deliver import Attachment, Message, MessageKey, MessageState, Section
from charter.deliver.rebuild import KnownMessage
from charter.report.facts.digests import FiledDigest, digest_folder, filed_digest, fingerprint_of
from charter.report.facts.enclosed import filed_pictures, paper_of
from charter.report.facts.filed import (
    department_of_report,
    digest_of,
    filed_departments,
    filed_fingerprint,
    filed_periods,
    form_name,
    is_digest,
    is_of_a_period,
    latest_revision,
    mail_name,
    report_name,
    report_of,
    revision_folder,
    revisions,
    week_folder,
)
from charter.report.facts.readers import all_readers

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class Sealed(Protocol):
    """What a seal says of a message."""

    @property
    def state(self) -> str: ...

    @property
    def sha256(self) -> str | None: ...


def refiled_messages(settings: Settings, agency: Agency, sealed: Mapping[MessageKey, Sealed]) -> list[KnownMessage]:
    """Every message that was sealed, in its sealed state; and each report on file for each of its present recipients,
    which nobody sealed and which may have been sent, as ``unknown``.

    A recipient who has left since is known by the seals alone.
    """
    filed = (period for kind in REPORT_NAMES for period in filed_periods(settings, kind))
    on_file = {message.key: message for period in filed for message in _on_file(settings, agency, period)}
    known = [
        KnownMessage(
            on_file.get(key) or _unfiled(settings, agency, key),
            MessageState(seal.state),
            _as_of(agency, key),
            seal.sha256,
        )
        for key, seal in sealed.items()
        if is_of_a_period(key.report)
    ]
    unsealed = [
        KnownMessage(message, MessageState.UNKNOWN, _as_of(agency, key))
        for key, message in on_file.items()
        if key not in sealed
    ]
    return [*known, *unsealed]


def _on_file(settings: Settings, agency: Agency, week: Period) -> Iterator[Message]:
    for department_id in filed_departments(week_folder(settings, week)):
        yield from _filed(settings, agency, week, department_id)
    for mailbox, people in _digested(agency, week.kind).items():
        yield from _filed_digests(settings, agency, week, mailbox, people)


def _digested(agency: Agency, kind: str) -> dict[str, dict[str, Recipient]]:
    """Mailbox → the departments that it gets in a digest, and as whom."""
    found: dict[str, dict[str, Recipient]] = defaultdict(dict)
    for department_id, people in _readers(agency, kind).items():
        for person in people:
            if person.digest:
                found[person.mailbox][department_id] = person
    return found


def _filed_digests(
    settings: Settings, agency: Agency, week: Period, mailbox: str, people: Mapping[str, Recipient]
) -> Iterator[Message]:
    """Every digest on file for a mailbox."""
    folder = week_folder(settings, week)
    for revision in count(1):
        key = MessageKey(report=digest_of(report_of(week)), period=week.key(), revision=revision, recipient=mailbox)
        place = digest_folder(folder, key)
        try:
            digest = filed_digest(place)
            if digest is None:
                return
            yield _digest(agency, week, folder, key, digest, next(iter(people.values())))
        except (OSError, ValueError, ReportError):
            yield _unfiled(settings, agency, key)


def _digest(
    agency: Agency, week: Period, folder: Path, key: MessageKey, digest: FiledDigest, person: Recipient
) -> Message:
    """The message that carried a digest on file. Raises OSError, ValueError or ReportError when it is damaged."""
    place = digest_folder(folder, key)
    language = None if digest.language == agency.charter.language else digest.language
    page = (place / "digest.html").read_text(encoding="utf-8")
    return Message(
        **key.model_dump(),
        recipient_name=person.name,
        department_id="",
        subject=digest.subject,
        html=page,
        text=(place / "digest.txt").read_text(encoding="utf-8"),
        attachments=tuple(
            _paper(week, section, page, _pdf_of(folder, section, language)) for section in digest.sections
        ),
        fingerprint=fingerprint_of(digest.sections),
        sections=digest.sections,
        language=digest.language,
        list_name=report_of(week),
    )


def _paper(week: Period, section: Section, page: str, pdf: bytes) -> Attachment:
    """A section's PDF under the name that the mail tells: releases before 0.4.0 called it otherwise."""
    paper = paper_of(week, section.department_id, section.revision, pdf)
    before = f"report-{section.department_id}.pdf"
    return paper.model_copy(update={"filename": before}) if before in page else paper


def _pdf_of(folder: Path, section: Section, language: str | None) -> bytes:
    """The PDF that went with a section: that of the revision on file with its figures."""
    for revision in revisions(folder, section.department_id):
        if filed_fingerprint(folder, section.department_id, revision) == section.fingerprint:
            place = revision_folder(folder, section.department_id, revision)
            other = place / form_name("pdf", language)
            return (other if other.exists() else place / form_name("pdf")).read_bytes()
    raise FileNotFoundError(section.department_id)


def _filed(settings: Settings, agency: Agency, week: Period, department_id: str) -> Iterator[Message]:
    """Every revision on file of a department's report, for each of its recipients; without content when its files are
    damaged: it may have been sent all the same."""
    folder = week_folder(settings, week)
    for revision in revisions(folder, department_id):
        place = revision_folder(folder, department_id, revision)
        for person in _readers(agency, week.kind).get(department_id, ()):
            if person.digest:
                continue
            name = report_name(agency, department_id, person.mailbox, report_of(week))
            key = MessageKey(report=name, period=week.key(), revision=revision, recipient=person.address)
            try:
                fingerprint = filed_fingerprint(folder, department_id, revision)
                message = _message(place, key, person, department_id, fingerprint)
                yield message.model_copy(update={"language": agency.language_of(person), "list_name": report_of(week)})
            except (OSError, ValueError, ReportError):
                yield _without_content(key, department_id, None)


def _message(place: Path, key: MessageKey, person: Recipient, department_id: str, fingerprint: str | None) -> Message:
    """The message that carried the report in the folder ``place``. Raises OSError or ValueError when it is damaged."""
    # In the agency's own language the file's name tells none.
    language = person.language if (place / form_name("pdf", person.language)).exists() else None
    html_file, text_file = place / mail_name("html", language), place / mail_name("txt", language)
    pdf = (place / form_name("pdf", language)).read_bytes()
    paper = paper_of(parse_reported(key.period), department_id, key.revision, pdf)
    if not html_file.exists():
        html_file, text_file = place / form_name("html", language), place / form_name("txt", language)
        paper = paper.model_copy(update={"filename": "report.pdf"})
    page = html_file.read_text(encoding="utf-8")
    title = _TITLE.search(page)
    return Message(
        **key.model_dump(),
        recipient_name=person.name,
        department_id=department_id,
        subject=html.unescape(title[1].strip()) if title else key.period,
        html=page,
        text=text_file.read_text(encoding="utf-8"),
        attachments=(*filed_pictures(place, page, language), paper),
        fingerprint=fingerprint or "",
    )


def _unfiled(settings: Settings, agency: Agency, key: MessageKey) -> Message:
    """A sealed message that no report on file stands for: somebody who joined later has numbers of their own, and
    somebody who left has no department any more. It tells what the department's newest report tells."""
    period = parse_reported(key.period)
    folder = week_folder(settings, period)
    if is_digest(key.report):
        return _without_content(
            key, "", None, tuple(_newest(folder, _digested(agency, period.kind).get(key.recipient, {})))
        )
    department_id = department_of_report(key.report) or _department_of(agency, period.kind, key.recipient)
    newest = latest_revision(folder, department_id) if department_id else 0
    try:
        fingerprint = filed_fingerprint(folder, department_id, newest) if newest else None
    except ReportError:
        fingerprint = None
    return _without_content(key, department_id, fingerprint)


def _newest(folder: Path, departments: Iterable[str]) -> Iterator[Section]:
    """The newest report on file of each department: what a digest whose files are lost is taken to have carried."""
    for department_id in departments:
        if revision := latest_revision(folder, department_id):
            try:
                fingerprint = filed_fingerprint(folder, department_id, revision)
            except ReportError:
                fingerprint = None
            yield Section(department_id=department_id, revision=revision, fingerprint=fingerprint or "unknown")


def _without_content(
    key: MessageKey, department_id: str, fingerprint: str | None, sections: tuple[Section, ...] = ()
) -> Message:
    return Message(
        **key.model_dump(),
        recipient_name="",
        department_id=department_id,
        subject=f"{key.period} r{key.revision}",
        html="",
        text="",
        fingerprint=fingerprint or "unknown",
        sections=sections,
    )


def _readers(agency: Agency, kind: str) -> dict[str, tuple[Recipient, ...]]:
    return all_readers(agency, agency.reports.of("month" if kind == "month" else "week"))


def _department_of(agency: Agency, kind: str, address: str) -> str:
    """The department whose recipient has the address; empty when none has."""
    return next(
        (
            department_id
            for department_id, people in _readers(agency, kind).items()
            for person in people
            if person.mailbox == address
        ),
        "",
    )


def _as_of(agency: Agency, key: MessageKey) -> datetime:
    return end_of_day(parse_reported(key.period).end, agency.zone)

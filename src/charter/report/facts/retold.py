"""The digests that a lost outbox held, from those on file and from what was sealed of their delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from charter.base.errors import ReportError
from charter.base.moments import local_midnight
from charter.base.settings import Settings
from charter.definitions.models import Agency, ReportDefinition
from charter.deliver import Message, MessageKey, MessageState
from charter.deliver.rebuild import KnownMessage
from charter.report.facts.filed import mail_name, report_name
from charter.report.facts.refiled import Sealed
from charter.report.facts.told import WHOLE, Told, digests_folder, filed_days, filed_scopes, filed_told, revision_of


def refiled_digests(settings: Settings, agency: Agency, sealed: Mapping[MessageKey, Sealed]) -> list[KnownMessage]:
    """Every digest that was sealed, in its sealed state; and each on file for each of its present recipients, which
    nobody sealed and which may have been sent, as ``unknown``. None where the agency declares no digest."""
    definition = agency.reports.of("working_day")
    if definition is None:
        return []
    on_file = {message.key: message for message in _on_file(settings, agency, definition)}
    known = [
        KnownMessage(on_file.get(key) or _unfiled(key), MessageState(seal.state), _as_of(agency, key), seal.sha256)
        for key, seal in sealed.items()
        if key.report == definition.id or key.report.startswith(f"{definition.id}-")
    ]
    unsealed = [
        KnownMessage(message, MessageState.UNKNOWN, _as_of(agency, key))
        for key, message in on_file.items()
        if key not in sealed
    ]
    return [*known, *unsealed]


def _on_file(settings: Settings, agency: Agency, definition: ReportDefinition) -> Iterator[Message]:
    folder = digests_folder(settings, definition.id)
    for day in filed_days(folder):
        for scope in filed_scopes(folder, day):
            try:
                told = filed_told(folder, day, scope)
            except ReportError:
                continue
            for revision, each in enumerate(told, start=1):
                place = revision_of(folder, day, scope, revision)
                for report, mailbox, name, language in _readers(agency, definition, scope, day):
                    key = MessageKey(report=report, period=day.isoformat(), revision=revision, recipient=mailbox)
                    yield _message(place, key, name, language, agency.charter.language, each, definition.id)


def _readers(
    agency: Agency, definition: ReportDefinition, scope: str, day: date
) -> Iterator[tuple[str, str, str, str]]:
    """(report, mailbox, name, language) of each reader of a digest, as the agency's folder names them."""
    if scope == WHOLE:
        for address in definition.addresses:
            yield f"{definition.id}-{WHOLE}", address, "", agency.charter.language
        return
    department = next((each for each in agency.organisation.departments if each.id == scope), None)
    for person in department.recipients_on(day) if department else ():
        report = report_name(agency, scope, person.mailbox, definition.id)
        yield report, person.mailbox, person.name, agency.language_of(person)


def _message(place: Path, key: MessageKey, name: str, language: str, own: str, told: Told, list_name: str) -> Message:
    """The message that carried a digest on file; without its content where its files are damaged."""
    other = None if language == own else language
    try:
        html = (place / mail_name("html", other)).read_text(encoding="utf-8")
        text = (place / mail_name("txt", other)).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return _unfiled(key).model_copy(update={"fingerprint": told.fingerprint, "department_id": told.department_id})
    return Message(
        **key.model_dump(),
        recipient_name=name,
        department_id=told.department_id,
        subject=told.subjects.get(language, key.period),
        html=html,
        text=text,
        fingerprint=told.fingerprint,
        language=language,
        list_name=list_name,
    )


def _unfiled(key: MessageKey) -> Message:
    return Message(
        **key.model_dump(),
        recipient_name="",
        department_id="",
        subject=f"{key.period} r{key.revision}",
        html="",
        text="",
        fingerprint="unknown",
    )


def _as_of(agency: Agency, key: MessageKey) -> datetime:
    return local_midnight(date.fromisoformat(key.period), agency.zone)

"""Notices by mail: one to each reader of a round, through an outbox of their own, ``var/health/outbox.db``.

The outbox knows a notice by its round and mailbox: a round that is handed over again puts nothing in a second time. It
is not that of the reports: a refused notice makes no weekly run red, no seal names it, and a lost outbox of reports can
still be told by mail.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from charter.base.errors import CharterError
from charter.base.moments import local_date, stamp
from charter.base.settings import Settings
from charter.deliver import AllowedDomains, DeliveryRecord, DkimSigner, Letterhead, Message, Outbox, Pace, Sender
from charter.deliver import deliver as send
from charter.deliver.server import mail_server
from charter.health.place import Place
from charter.notices.compose import Composed, compose, language_of, view_of
from charter.notices.people import Person, operators, owners
from charter.notices.register import Register, Round

MAIL = "mail"
REPORT = "notice"
# The next run comes in minutes: this one waits for no server that is busy.
_PATIENCE_S = 10
_WAITS = ("queued", "claimed")


@dataclass(frozen=True)
class MailChannel:
    """Everybody who is named as an operator, and the people of each source that a notice is about."""

    place: Place
    name: str = MAIL

    def deliver(self, register: Register, now: datetime) -> None:
        rounds = register.waiting(self.name)
        if not rounds:
            return
        try:
            problem = self._hand_over(rounds, now)
        except CharterError as error:
            for told in rounds:
                register.not_done(told.id, self.name, error.problems[0].what, given_up=False)
            return
        records = self._records(rounds)
        for told in rounds:
            _settle(register, told, records[_period(told)], problem)

    def _hand_over(self, rounds: list[Round], now: datetime) -> str:
        """Puts what waits into the outbox and sends it. Returns what the mail server lacks, if anything."""
        settings, agency = self.place.settings, self.place.charter
        messages = [(told, list(self.messages(told))) for told in rounds]
        if not any(mails for _, mails in messages):
            # Of these rounds chats are told alone: no mail server is needed.
            return ""
        sender = Sender.from_settings(settings)
        letterhead = Letterhead.of(settings, agency) if agency is not None else None
        with Outbox(outbox_path(settings)) as outbox:
            for told, mails in messages:
                # What is there under the key is this notice, perhaps in an earlier release's words.
                outbox.enqueue(mails, sender=sender, as_of=told.at, letterhead=letterhead)
        with mail_server(settings) as server:
            receipt = send(
                settings,
                now,
                server,
                allowed=AllowedDomains.of(settings, agency) if agency is not None else None,
                signer=DkimSigner.from_settings(settings),
                pace=Pace(patience_s=_PATIENCE_S),
                box=outbox_path(settings),
            )
        return receipt.server_problem or ""

    def _records(self, rounds: list[Round]) -> dict[str, list[DeliveryRecord]]:
        by_period: dict[str, list[DeliveryRecord]] = defaultdict(list)
        if not outbox_path(self.place.settings).exists():
            return by_period
        with Outbox(outbox_path(self.place.settings)) as outbox:
            for told in rounds:
                by_period[_period(told)] = outbox.records(report=REPORT, period=_period(told))
        return by_period

    def messages(self, told: Round) -> Iterator[Message]:
        """The mails of a round. Raises ReportError when one can't be written."""
        composed: dict[tuple[str, str | None], Composed | None] = {}
        for person in self._people(told):
            language = person.language or language_of(self.place.settings, self.place.charter)
            which = (language, person.department)
            if which not in composed:
                view = view_of(self.place, language, told, department=person.department)
                composed[which] = compose(self.place.settings, view) if view is not None else None
            if (mail := composed[which]) is not None:
                yield _message(told, person, language, mail)

    def _people(self, told: Round) -> list[Person]:
        """Everybody once: an operator is told all, also of their own sources."""
        people = {person.address: person for person in operators(self.place.settings)}
        if self.place.charter is not None:
            day = local_date(told.at, self.place.zone)
            for department in sorted({each.finding.owner for each in told.notices if each.finding.owner}):
                for person in owners(self.place.charter, department, day):
                    people.setdefault(person.address, person)
        return list(people.values())


def outbox_path(settings: Settings) -> Path:
    """Where the outbox of notices is."""
    return settings.var_dir / "health" / "outbox.db"


def _message(told: Round, person: Person, language: str, mail: Composed) -> Message:
    content = json.dumps([each.model_dump(mode="json") for each in told.notices], sort_keys=True)
    return Message(
        report=REPORT,
        period=_period(told),
        revision=1,
        recipient=person.address,
        recipient_name=person.name,
        department_id=person.department or "",
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        fingerprint=hashlib.sha256(content.encode()).hexdigest(),
        language=language,
    )


def _period(told: Round) -> str:
    return f"{stamp(told.at)}-{told.id}"


def _settle(register: Register, told: Round, records: list[DeliveryRecord], problem: str) -> None:
    waiting = [record for record in records if record.state in _WAITS]
    lost = [record for record in records if record.is_unsettled]
    if waiting:
        register.not_done(told.id, MAIL, problem or waiting[0].server_reply, given_up=False)
    elif lost:
        register.not_done(told.id, MAIL, f"{lost[0].state}: {lost[0].server_reply}", given_up=True)
    else:
        register.done(told.id, MAIL)

"""Sends what the outbox holds, over SMTP, one message a recipient.

The conversation is led command by command, because what a failure means depends on when it comes:
before the content was sent nothing can have arrived; after it only the server's answer tells.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from charter.base.errors import Problem, SettingError
from charter.base.hosts import is_this_machine
from charter.base.lock import exclusive
from charter.base.mail_address import domain_of
from charter.base.settings import Settings
from charter.deliver.connection import ReusedConnection
from charter.deliver.dkim import DkimSigner
from charter.deliver.domains import NOT_ALLOWED, AllowedDomains
from charter.deliver.outbox import Outbox
from charter.deliver.pace import Clock, Pace, SendingQueue
from charter.deliver.records import Claim, DeliveryRecord, MessageState, Outcome, Waiting

_SETTINGS = {
    "host": ("CHARTER_SMTP_HOST", "the mail server's name"),
    "port": ("CHARTER_SMTP_PORT", "its port: 587 with starttls, 465 with ssl"),
    "security": ("CHARTER_SMTP_SECURITY", "starttls, ssl or none"),
}


# A connection that says nothing for so many seconds is a burden to the server.
_LONG_S = 10
_SEE_SETTINGS = "see that it runs and that these settings are right"


class SmtpServer(BaseModel):
    """A mail server and how to speak with it. Its certificate is checked against the system's authorities
    (``SSL_CERT_FILE`` names others). ``acceptance_s`` is how long its verdict on a message is awaited:
    RFC 5321 asks for ten minutes, and a shorter wait makes more messages ``unknown``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    security: Literal["starttls", "ssl", "none"]
    user: str | None = None
    password: SecretStr | None = Field(default=None, repr=False)
    timeout_s: float = 60
    acceptance_s: float = 600

    @classmethod
    def from_settings(cls, settings: Settings) -> SmtpServer:
        """Reads CHARTER_SMTP_HOST, _PORT and _SECURITY, and for servers that ask for it CHARTER_SMTP_USER and
        _PASSWORD (or their ``_FILE`` forms). Raises SettingError naming everything missing or malformed."""
        problems = [
            Problem(f"{name} is not set", "environment", f"set {name}: {meaning}")
            for name, meaning in _SETTINGS.values()
            if not settings.environment.get(name)
        ]
        if problems:
            raise SettingError.of(problems)
        user, password = _credentials(settings)
        given = {field: settings.environment[name] for field, (name, _) in _SETTINGS.items()}
        try:
            server = cls.model_validate({**given, "user": user, "password": password})
        except ValidationError as error:
            raise SettingError.of([_setting_problem(given, str(item["loc"][0])) for item in error.errors()]) from error
        if user and server.security == "none" and not is_this_machine(server.host):
            raise SettingError(
                "the password would cross the network in the clear",
                where="CHARTER_SMTP_SECURITY=none",
                remedy="set CHARTER_SMTP_SECURITY to starttls or ssl, or leave out CHARTER_SMTP_USER",
            )
        return server

    @contextmanager
    def connection(self) -> Iterator[smtplib.SMTP]:
        """A connection ready for messages: encrypted and authenticated as set. Raises OSError
        (smtplib's errors are such) when there is none to be had."""
        connection = self._connect()
        try:
            connection.ehlo_or_helo_if_needed()
            if self.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            if self.user and self.password:
                connection.login(self.user, self.password.get_secret_value())
            yield connection
        finally:
            # What became of the message is known by now; how the server says goodbye changes nothing.
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        if self.security == "ssl":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)


class DeliveryReceipt(BaseModel):
    """What one run of ``deliver`` did: every message it touched, and why the server could not be used, if so.

    ``as_of`` is the run's. ``unsettled`` are all messages in the outbox, of earlier runs too, that wait for a person.
    What became of *all* messages of a report is in ``Outbox.records``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: datetime
    records: tuple[DeliveryRecord, ...]
    unsettled: tuple[DeliveryRecord, ...] = ()
    server_problem: str | None = None
    server_remedy: str = _SEE_SETTINGS

    @property
    def counts(self) -> dict[MessageState, int]:
        """How many of the touched messages are in each state; every state is there."""
        found = Counter(record.state for record in self.records)
        return {state: found[state] for state in MessageState}

    def waiting(self) -> list[Problem]:
        """What is still to be sent, and why it was not; the next run tries again. Empty when nothing waits.

        Messages that wait because the server could not be used are told together.
        """
        for_server = [record for record in self.records if self._waits_for_server(record)]
        together = [
            Problem(
                f"{len(for_server)} message{'s wait' if len(for_server) > 1 else ' waits'} in the outbox: "
                f"the mail server can't be used ({self.server_problem})",
                "CHARTER_SMTP_HOST, CHARTER_SMTP_PORT, CHARTER_SMTP_SECURITY",
                f"{self.server_remedy}; the next run sends what waits, once",
            )
        ]
        alone = [
            record
            for record in self.records
            if record.state in (MessageState.QUEUED, MessageState.CLAIMED) and not self._waits_for_server(record)
        ]
        return [*(together if for_server else []), *map(problem_of, alone)]

    def problems(self) -> list[Problem]:
        """One for each message, of earlier runs too, that did not arrive for certain; empty when all is well."""
        return [*self.waiting(), *map(problem_of, self.unsettled)]

    def _waits_for_server(self, record: DeliveryRecord) -> bool:
        return record.state is MessageState.QUEUED and record.server_reply == self.server_problem


_REMEDIES = {
    MessageState.QUEUED: "nothing to do unless it repeats: the next run tries again",
    MessageState.CLAIMED: "another process is sending it: look again when that has ended",
    MessageState.REFUSED: "requeue it once the server takes it; a wrong address: correct it, and dismiss the message",
    MessageState.UNKNOWN: "ask the recipient, or the server's log, whether it arrived; resolve it as sent or requeue",
    MessageState.FAILED: "mend what the server complains of, then requeue the message, or dismiss it",
}


_ALLOW_IT = "a wrong address: correct it, and dismiss the message; a right one: allow its domain, and requeue it"


def problem_of(record: DeliveryRecord) -> Problem:
    """What is wrong with a message that was not sent, and what a person can do."""
    reply = f": {record.server_reply}" if record.server_reply else ""
    remedy = _ALLOW_IT if record.server_reply.startswith(NOT_ALLOWED) else _REMEDIES[record.state]
    return Problem(f"{record.state}{reply}", f"outbox, {record.key}", remedy)


def deliver(
    settings: Settings,
    as_of: datetime,
    transport: SmtpServer,
    *,
    allowed: AllowedDomains | None = None,
    signer: DkimSigner | None = None,
    pace: Pace | None = None,
    clock: Clock | None = None,
    max_attempts: int = 30,
    wait_s: float = 300,
    box: Path | None = None,
) -> DeliveryReceipt:
    """Sends every queued message of the installation's outbox, or of that in the file ``box``. With nothing queued no
    connection is made.

    One run at a time: a second one waits up to ``wait_s`` seconds for the first, then finds nothing to do.
    Claims left by a run that died become ``unknown`` first. A message to a domain that is not ``allowed`` is refused,
    and the server never hears of it. A message that the server turns away for now is tried again as ``pace`` says, and
    after ``max_attempts`` times becomes ``failed``. One message's trouble never stops the others; a server that
    can't be used ends the run and leaves the rest queued. Raises DeliveryError when the outbox is
    unreadable, a mail can't be signed, or another run never ends.
    """
    folder = settings.outbox_dir if box is None else box.parent
    with (
        exclusive(folder / "deliver.lock", wait_s=wait_s),
        Outbox.open(settings) if box is None else Outbox(box) as outbox,
    ):
        recovered = outbox.recover()
        refused = _refuse_strangers(outbox, allowed or AllowedDomains())
        queue = SendingQueue(outbox.waiting(), pace or Pace(), clock or Clock())
        run = _Run(outbox, transport, queue, signer, max_attempts)
        run.send_all()
        unsettled = tuple(outbox.unsettled())
    return DeliveryReceipt(
        as_of=as_of,
        records=(*recovered, *refused, *run.records.values()),
        unsettled=unsettled,
        server_problem=run.server_problem,
        server_remedy=run.server_remedy,
    )


def _refuse_strangers(outbox: Outbox, allowed: AllowedDomains) -> list[DeliveryRecord]:
    return [
        outbox.refuse(each.row, objection)
        for each in outbox.waiting()
        if (objection := allowed.objection(each.key.recipient)) is not None
    ]


class _Run:
    """One run over the queue. ``records`` has the last word on each message that it touched, by its row."""

    def __init__(
        self, outbox: Outbox, server: SmtpServer, queue: SendingQueue, signer: DkimSigner | None, max_attempts: int
    ) -> None:
        self._outbox = outbox
        self._server = server
        self._queue = queue
        self._sign = signer.signature if signer is not None else None
        self._max_attempts = max_attempts
        self.records: dict[int, DeliveryRecord] = {}
        self.server_problem: str | None = None
        self.server_remedy = _SEE_SETTINGS

    def send_all(self) -> None:
        with ReusedConnection(self._server.connection) as connection:
            while self._queue.left():
                if self._queue.wait() > _LONG_S:
                    connection.drop()
                if (message := self._queue.next()) is None:
                    return
                try:
                    connection.ready()
                except OSError as error:
                    self.server_problem = f"{self._server.host}:{self._server.port}: {_words(error)}"
                    self.server_remedy = _server_remedy(error)
                    self._postpone(self._queue.left(), self.server_problem)
                    return
                if not self._is_sent(message, connection):
                    # Servers that end a connection after an error take nothing else with it.
                    connection.drop()

    def _is_sent(self, message: Waiting, connection: ReusedConnection) -> bool:
        claim = self._outbox.claim(message.row, self._sign)
        if claim is None:
            self._queue.heard(message, is_for_now=False)
            return True
        outcome = _hand_over(connection, claim, self._server)
        record = self._outbox.settle(claim, outcome, max_attempts=self._max_attempts)
        self.records[message.row] = record
        waits = outcome.is_for_now and record.state is MessageState.QUEUED
        given_up = self._queue.heard(message, is_for_now=waits)
        domain = domain_of(message.key.recipient)
        self._postpone(given_up, f"not tried any more in this run: {domain} turns messages away ({outcome.reply})")
        return outcome.state is MessageState.SENT

    def _postpone(self, messages: list[Waiting], why: str) -> None:
        rows = [each.row for each in messages]
        postponed = self._outbox.postpone(rows, why) if rows else []
        by_key = {record.key: record for record in postponed}
        self.records |= {each.row: by_key[each.key] for each in messages if each.key in by_key}


def _server_remedy(error: OSError) -> str:
    """What a person can do about a server that can't be used."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate must name CHARTER_SMTP_HOST and be of an authority that is trusted here (SSL_CERT_FILE)"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "see that CHARTER_SMTP_USER and CHARTER_SMTP_PASSWORD are what it knows"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "set CHARTER_SMTP_SECURITY, CHARTER_SMTP_PORT and CHARTER_SMTP_USER to what it offers"
    return _SEE_SETTINGS


def _hand_over(connection: ReusedConnection, claim: Claim, server: SmtpServer) -> Outcome:
    """One try. Never raises for anything that server or network do."""
    try:
        refusal, ready = connection.attempt(lambda ready: (_envelope(ready, claim), ready))
    except OSError as error:
        return Outcome(MessageState.QUEUED, _words(error))
    return refusal or _content(ready, claim.mime, server)


def _envelope(connection: smtplib.SMTP, claim: Claim) -> Outcome | None:
    """Everything before the content: None when the server is ready for it."""
    code, reply = connection.mail(claim.sender)
    if not _is_success(code):
        # Whatever the server has against the sender concerns all messages; it is no refusal by a recipient.
        return Outcome(MessageState.QUEUED, _reply(code, reply), is_for_now=_is_for_now(code))
    code, reply = connection.rcpt(claim.key.recipient)
    if _is_success(code):
        code, reply = connection.docmd("DATA")
        if code == 354:
            return None
    permanent = 500 <= code <= 599
    state: Literal[MessageState.REFUSED, MessageState.QUEUED]
    state = MessageState.REFUSED if permanent else MessageState.QUEUED
    return Outcome(state, _reply(code, reply), is_for_now=_is_for_now(code))


def _is_for_now(code: int) -> bool:
    """Whether the server would go along later (RFC 5321, 4.2.1)."""
    return code // 100 == 4


def _is_success(code: int) -> bool:
    """Whether the server went along: any 2xx does (RFC 5321, 4.2.1), such as 251, 252 or an unlisted 260."""
    return code // 100 == 2


def _content(connection: smtplib.SMTP, mime: bytes, server: SmtpServer) -> Outcome:
    """Sends the content and hears the verdict. Without one the message may have arrived."""
    body = re.sub(rb"(?m)^\.", b"..", mime)
    end = b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        if connection.sock is not None:
            connection.sock.settimeout(server.acceptance_s)
        connection.send(body + end)
        code, reply = connection.getreply()
        if connection.sock is not None:
            connection.sock.settimeout(server.timeout_s)
    except OSError as error:
        return Outcome(MessageState.UNKNOWN, f"no answer after the content was sent: {_words(error)}")
    verdicts: dict[int, Literal[MessageState.SENT, MessageState.QUEUED, MessageState.REFUSED]] = {
        2: MessageState.SENT,
        4: MessageState.QUEUED,
        5: MessageState.REFUSED,
    }
    if code // 100 in verdicts:
        return Outcome(verdicts[code // 100], _reply(code, reply), is_for_now=_is_for_now(code))
    return Outcome(MessageState.UNKNOWN, f"no verdict after the content was sent: {_reply(code, reply)}")


def _credentials(settings: Settings) -> tuple[str | None, str | None]:
    if not {"CHARTER_SMTP_USER", "CHARTER_SMTP_USER_FILE"} & settings.environment.keys():
        return None, None
    values = []
    for name in ("CHARTER_SMTP_USER", "CHARTER_SMTP_PASSWORD"):
        try:
            values.append(settings.secret(name).decode("ascii"))
        except UnicodeDecodeError as error:
            raise SettingError(
                f"{name} holds letters that SMTP authentication cannot carry",
                where="environment",
                remedy="use a user name and a password of ASCII letters, digits and signs",
            ) from error
    return values[0], values[1]


def _setting_problem(given: dict[str, str], field: str) -> Problem:
    name, meaning = _SETTINGS[field]
    return Problem(f"'{given[field]}' cannot be used", name, f"set {name}: {meaning}")


def _reply(code: int, reply: bytes) -> str:
    return f"{code} {' '.join(reply.decode('utf-8', 'replace').split())}"


def _words(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return _reply(error.smtp_code, text if isinstance(text, bytes) else str(text).encode())
    return str(error) or type(error).__name__

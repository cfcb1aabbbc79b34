"""What was to be sent, and what became of it: one SQLite file, one row a message.

    queued → claimed → sent
                     → refused   the server will not take it for this recipient
                     → unknown   it may or may not have arrived: a person decides, nobody sends it again
                     → queued    it certainly did not arrive: the next run tries again
                     → failed    it certainly did not arrive, too many times: a person decides

What is refused, failed or unknown stays unsettled until a person says what becomes of it: it is sent again, it had
arrived, or the recipient does without it (``dismiss``).

A claim is committed before anything is sent. A claim that outlives its deliverer therefore says
"perhaps sent", and becomes ``unknown`` when the next one starts.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal
from uuid import uuid4

from charter.base.errors import CharterError, DeliveryError, Problem, StateError
from charter.base.files import full
from charter.base.lock import exclusive
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.deliver.kept import OF_REPORT, KeptMessage, messages_in
from charter.deliver.layout import LAYOUT, SCHEMA, UPGRADES
from charter.deliver.letterhead import Letterhead
from charter.deliver.mark import OutboxMark, mark_path, read_mark, write_mark
from charter.deliver.messages import Message, MessageKey, Sender, build_mime, dated
from charter.deliver.records import (
    FOR_A_PERSON,
    Claim,
    DeliveryRecord,
    Enqueued,
    MessageState,
    Outcome,
    PostedMessage,
    Transition,
    Waiting,
)
from charter.deliver.rows import (
    MESSAGES_OF_DEPARTMENTS,
    POSTED,
    READERS,
    RECORD,
    TRANSITION,
    delivery_record,
    posted_message,
    transition,
)
from charter.deliver.soundness import fault_in
from charter.telling import is_for_want_of_room

_DELIVERER = "deliver"


class Outbox:
    """The outbox in one SQLite file, created when missing. Open one per thread; close it after use.

    ``mark`` is the file that tells whether the outbox is the one that was used last (see ``mark``); without it nothing
    is compared. Raises DeliveryError when the file is not an outbox, lacks a row or holds one that nobody can read, or
    is not the one that the mark tells of, StateError when there is no room for it.
    """

    def __init__(self, path: Path, mark: Path | None = None) -> None:
        self.path = path
        self._mark = mark
        marked = read_mark(mark) if mark is not None else None
        if mark is not None and not path.exists() and (marked or _has_sealed_weeks(mark.parent)):
            raise self._lost("the outbox is gone")
        private_folder(path.parent)
        try:
            # Autocommit: each transaction is opened by _writing, in sight.
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
        except sqlite3.OperationalError as error:
            if is_for_want_of_room(error, path):
                raise StateError.of([full(path)]) from error
            raise self._unreadable(str(error)) from error
        try:
            # Two processes that both create the file would meet at the change to WAL, which waits for nobody.
            with exclusive(path.with_suffix(".lock"), wait_s=60):
                self._prepare(marked)
        except sqlite3.DatabaseError as error:
            self._db.close()
            if is_for_want_of_room(error, path):
                raise StateError.of([full(path)]) from error
            raise self._unreadable(str(error)) from error
        except CharterError:
            self._db.close()
            raise

    @classmethod
    def open(cls, settings: Settings) -> Outbox:
        """The installation's ``outbox.db``, held against its mark beside the evidence."""
        return cls(outbox_path(settings), mark_path(settings))

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    # -- filling ---------------------------------------------------------------------------------------

    def enqueue(
        self, messages: Iterable[Message], *, sender: Sender, as_of: datetime, letterhead: Letterhead | None = None
    ) -> Enqueued:
        """Puts messages into the outbox. One that is there already with the same content is left alone, with the bytes
        that it has.

        ``as_of`` (aware) is kept beside each. A message whose key is there with other content is not taken in, and is
        among the ``problems``: what was published changes by a new revision only.
        """
        new = already = 0
        problems: list[Problem] = []
        with self._writing():
            for message in messages:
                earlier = self._db.execute(
                    f"SELECT content_sha256, fingerprint, department_id FROM messages WHERE {_KEY}", _key(message.key)
                ).fetchone()
                if earlier is None:
                    self._insert(message, sender, as_of, build_mime(message, sender, letterhead).as_bytes())
                    new += 1
                elif earlier[0] == message.content_sha256():
                    already += 1
                else:
                    problems.append(self._conflict(message, fingerprint=earlier[1], department_id=earlier[2]))
        return Enqueued(new=new, already=already, problems=tuple(problems))

    def revision_for(self, report: str, period: str, recipient: str, fingerprint: str) -> int:
        """The revision under which figures with this fingerprint go to this recipient: 1 when nothing went
        yet, the latest one when it has the same figures, else the next."""
        latest = self._db.execute(
            "SELECT revision, fingerprint FROM messages WHERE report = ? AND period = ? AND recipient = ?"
            " ORDER BY revision DESC LIMIT 1",
            (report, period, recipient.lower()),
        ).fetchone()
        if latest is None:
            return 1
        return int(latest[0]) if latest[1] == fingerprint else int(latest[0]) + 1

    def posted(self, report: str) -> list[PostedMessage]:
        """Which figures every message of a report carries, in the order of entry; also those of a department's own
        (``weekly-desk`` of ``weekly``), and in digests."""
        rows = self._db.execute(
            f"SELECT {POSTED} FROM {MESSAGES_OF_DEPARTMENTS} WHERE {OF_REPORT} ORDER BY messages.id, sections.id",
            (report,),
        )
        return [posted_message(row) for row in rows]

    # -- sending ---------------------------------------------------------------------------------------

    def queued(self) -> list[int]:
        """The rows waiting to be sent, oldest first."""
        return [each.row for each in self.waiting()]

    def waiting(self) -> list[Waiting]:
        """The messages waiting to be sent, oldest first."""
        rows = self._db.execute(
            "SELECT id, report, period, revision, recipient FROM messages WHERE state = 'queued' ORDER BY id"
        )
        return [
            Waiting(row, MessageKey(report=report, period=period, revision=revision, recipient=recipient))
            for row, report, period, revision, recipient in rows
        ]

    def waiting_since(self) -> datetime | None:
        """When the oldest of the waiting messages was put in; None when none waits."""
        found = self._db.execute(
            "SELECT min(at) FROM attempts WHERE from_state = 'new'"
            " AND message IN (SELECT id FROM messages WHERE state = 'queued')"
        ).fetchone()[0]
        return datetime.fromisoformat(found) if found else None

    def counts(self) -> dict[str, int]:
        """How many messages are in each state; every state is there."""
        found = dict(self._db.execute("SELECT state, count(*) FROM messages GROUP BY state").fetchall())
        return {state.value: found.get(state.value, 0) for state in MessageState}

    def refuse(self, row: int, why: str) -> DeliveryRecord:
        """Takes a queued message out of sending, because it may not go where it is addressed: no server is asked.
        One that is no longer queued stays what it is."""
        with self._writing():
            if self._record(row).state is MessageState.QUEUED:
                self._move(row, MessageState.QUEUED, MessageState.REFUSED, detail=why)
        return self._record(row)

    def claim(self, row: int, sign: Callable[[bytes], bytes] | None = None) -> Claim | None:
        """Takes a queued message for sending, durably, and dates it now. None when somebody else has it.

        ``sign`` gives the field that signs the dated mail.
        """
        token = uuid4().hex
        now = datetime.now(UTC)
        with self._writing():
            found = self._db.execute(
                "UPDATE messages SET claim = ?, attempts = attempts + 1, handed_over_at = ?"
                " WHERE id = ? AND state = 'queued' RETURNING report, period, revision, recipient, sender, mime",
                (token, now.isoformat(), row),
            ).fetchone()
            if found is None:
                return None
            mime = dated(bytes(found[5]), now)
            signature = sign(mime) if sign is not None else b""
            self._db.execute("UPDATE messages SET signature = ? WHERE id = ?", (signature, row))
            mime = signature + mime
            detail = f"sha256 {hashlib.sha256(mime).hexdigest()}"
            self._move(row, MessageState.QUEUED, MessageState.CLAIMED, detail=detail)
        key = MessageKey(report=found[0], period=found[1], revision=found[2], recipient=found[3])
        return Claim(row=row, token=token, key=key, sender=found[4], mime=mime)

    def settle(self, claim: Claim, outcome: Outcome, *, max_attempts: int) -> DeliveryRecord:
        """Writes down what a claimed message's try came to. After ``max_attempts`` tries that certainly did
        not arrive it is ``failed``. A claim that is no longer held changes nothing."""
        with self._writing():
            held = self._db.execute(
                "SELECT state, attempts FROM messages WHERE id = ? AND claim = ?", (claim.row, claim.token)
            ).fetchone()
            if held is not None:
                given_up = outcome.state is MessageState.QUEUED and held[1] >= max_attempts
                state = MessageState.FAILED if given_up else outcome.state
                self._move(claim.row, MessageState(held[0]), state, detail=outcome.reply)
        return self._record(claim.row)

    def postpone(self, rows: Iterable[int], reply: str) -> list[DeliveryRecord]:
        """Counts a try for messages that stay queued because no server could be reached. It is not their
        fault, so it never makes them ``failed``."""
        with self._writing():
            postponed = [
                row
                for row in rows
                if self._db.execute(
                    "UPDATE messages SET attempts = attempts + 1 WHERE id = ? AND state = 'queued' RETURNING id", (row,)
                ).fetchall()
            ]
            for row in postponed:
                self._move(row, MessageState.QUEUED, MessageState.QUEUED, detail=reply)
        return [self._record(row) for row in postponed]

    def recover(self) -> list[DeliveryRecord]:
        """Turns claims left by a deliverer that died into ``unknown``. Call it only while no other delivers."""
        detail = "the deliverer stopped between claiming the message and hearing whether it was accepted"
        with self._writing():
            left = [row for (row,) in self._db.execute("SELECT id FROM messages WHERE state = 'claimed' ORDER BY id")]
            for row in left:
                self._move(row, MessageState.CLAIMED, MessageState.UNKNOWN, detail=detail)
        return [self._record(row) for row in left]

    # -- a person's decisions --------------------------------------------------------------------------

    def resolve_unknown(
        self, key: MessageKey, decision: Literal["sent", "requeue"], *, by: str, reason: str
    ) -> DeliveryRecord:
        """A person's word on an ``unknown`` message: it arrived (``sent``), or is to be sent once more (``requeue``).

        ``by`` and ``reason`` are logged. Raises DeliveryError when either is empty, or the message is not unknown.
        """
        state = MessageState.SENT if decision == "sent" else MessageState.QUEUED
        return self._decide(key, {MessageState.UNKNOWN}, state, by=by, reason=reason)

    def requeue(self, key: MessageKey, *, by: str, reason: str) -> DeliveryRecord:
        """A person's word that a ``refused`` or ``failed`` message is to be tried again.

        Raises DeliveryError when ``by`` or ``reason`` is empty, or the message is in another state.
        """
        allowed = {MessageState.REFUSED, MessageState.FAILED}
        return self._decide(key, allowed, MessageState.QUEUED, by=by, reason=reason)

    def dismiss(self, key: MessageKey, *, by: str, reason: str) -> DeliveryRecord:
        """A person's word that nothing more is done about a ``refused``, ``failed`` or ``unknown`` message.

        It keeps its state. Raises DeliveryError when ``by`` or ``reason`` is empty, or the message is in another state.
        """
        return self._decide(key, set(FOR_A_PERSON), None, by=by, reason=reason)

    # -- reading ---------------------------------------------------------------------------------------

    def records(self, *, report: str | None = None, period: str | None = None) -> list[DeliveryRecord]:
        """What became of the messages of a report and a period (all, when not named), in the order of entry."""
        rows = self._db.execute(
            f"SELECT {RECORD} FROM messages WHERE (?1 IS NULL OR {OF_REPORT}) AND period = coalesce(?2, period)"
            " ORDER BY id",
            (report, period),
        )
        return [delivery_record(row) for row in rows]

    def kept(self, *, report: str, period: str) -> list[KeptMessage]:
        """The messages of a report and a period as evidence has them."""
        return list(messages_in(self._db, report, period))

    def unsettled(self) -> list[DeliveryRecord]:
        """The messages of every report and period that wait for a person's decision, in the order of entry."""
        return [record for record in self.records() if record.is_unsettled]

    def history(self, key: MessageKey) -> list[Transition]:
        """Every transition of a message, oldest first. Raises DeliveryError when there is no such message."""
        rows = self._db.execute(f"SELECT {TRANSITION} FROM attempts WHERE message = ? ORDER BY id", (self._row(key),))
        return [transition(row) for row in rows]

    def mime(self, key: MessageKey) -> bytes:
        """The bytes of a message as they were last handed over; without a Date when they never were.

        Raises DeliveryError for an unknown key.
        """
        mime, at, signature = self._db.execute(
            "SELECT mime, handed_over_at, signature FROM messages WHERE id = ?", (self._row(key),)
        ).fetchone()
        return bytes(signature) + dated(bytes(mime), datetime.fromisoformat(at)) if at else bytes(mime)

    def mail(self, row: int) -> bytes:
        """The bytes of a message without its Date and signature."""
        return bytes(self._db.execute("SELECT mime FROM messages WHERE id = ?", (row,)).fetchone()[0])

    # -- inside ----------------------------------------------------------------------------------------

    def _prepare(self, marked: OutboxMark | None) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # A claim must survive a power cut, not only a crash.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            (layout,) = self._db.execute("PRAGMA user_version").fetchone()
            if layout == 0 and marked is not None:
                raise self._lost("the outbox is empty")
            if layout > LAYOUT:
                raise self._unreadable(f"it has layout {layout}, this version writes layout {LAYOUT}")
            if layout == 0:
                self._execute(SCHEMA)
            for wanted in range(max(layout, 1) + 1, LAYOUT + 1):
                self._execute(UPGRADES[wanted])
            self._db.execute(f"PRAGMA user_version = {LAYOUT}")
            self._require_sound()
        standing = self._standing()
        if marked is not None and marked.outbox != standing.outbox:
            raise self._lost("this is another outbox than the one used last")
        if marked is not None and marked.log > standing.log:
            raise self._lost(f"the outbox is an older copy: {standing.log} lines of its log, of {marked.log}")
        if self._mark is not None and marked != standing:
            write_mark(self._mark, standing)

    def _require_sound(self) -> None:
        """Raises DeliveryError when a row is missing, or is none that its readers can make anything of."""
        if fault := fault_in(self._db):
            raise self._damaged(fault)
        for what, query, read in READERS:
            for row in self._db.execute(query):
                try:
                    read(row)
                except ValueError as error:
                    raise self._damaged(f"{what} {row[0]} cannot be read") from error

    def _execute(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._db.execute(statement)

    def _standing(self) -> OutboxMark:
        outbox, log = self._db.execute(
            "SELECT (SELECT id FROM identity), (SELECT coalesce(max(id), 0) FROM attempts)"
        ).fetchone()
        return OutboxMark(outbox=outbox, log=log)

    def _unreadable(self, why: str) -> DeliveryError:
        return DeliveryError(
            f"the outbox cannot be used: {why}",
            where=str(self.path),
            remedy="restore the file from a copy; do not delete it, or messages already sent would be sent again",
        )

    def _damaged(self, what: str) -> DeliveryError:
        return self._lost(f"the outbox is damaged: {what}")

    def _lost(self, what: str) -> DeliveryError:
        return DeliveryError(
            f"{what}, and messages already sent would be sent again",
            where=str(self.path),
            remedy="put the newest outbox.db back (with its -wal file); if there is none: charter outbox rebuild",
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._transaction():
            yield
        if self._mark is not None:
            # One at a time, so that the mark never goes back. It may lag behind a crash, and is never ahead of the log.
            with exclusive(self.path.with_suffix(".lock"), wait_s=60):
                write_mark(self._mark, self._standing())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def restore(
        self,
        message: Message,
        mime: bytes,
        state: MessageState,
        *,
        sender: Sender,
        as_of: datetime,
        by: str,
        reason: str,
    ) -> None:
        """Puts in a message of a lost outbox, as the mail ``mime`` (without its Date), in the ``state`` that is known
        of it. ``by`` and ``reason`` are logged."""
        with self._writing():
            self._insert(message, sender, as_of, mime)
            self._move(self._row(message.key), MessageState.QUEUED, state, by=by, detail=reason)

    def _insert(self, message: Message, sender: Sender, as_of: datetime, mime: bytes) -> None:
        values = {
            **message.key.model_dump(),
            "department_id": message.department_id,
            "subject": message.subject,
            "fingerprint": message.fingerprint,
            "as_of": as_of.astimezone(UTC).isoformat(),
            "sender": sender.address,
            "message_id": message.key.message_id(sender.domain),
            "content_sha256": message.content_sha256(),
            "mime": mime,
            "state": MessageState.QUEUED.value,
            "content_known": bool(message.html or message.text),
        }
        row = self._db.execute(
            f"INSERT INTO messages ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values())
        ).lastrowid
        self._db.executemany(
            "INSERT INTO sections (message, department_id, revision, fingerprint) VALUES (?, ?, ?, ?)",
            [(row, each.department_id, each.revision, each.fingerprint) for each in message.sections],
        )
        detail = f"sha256 {hashlib.sha256(mime).hexdigest()}"
        self._log(row or 0, "new", MessageState.QUEUED, by="enqueue", detail=detail)

    def _conflict(self, message: Message, *, fingerprint: str, department_id: str) -> Problem:
        where = f"outbox, {message.key}"
        if department_id != message.department_id:
            return Problem(
                f"{message.recipient} stands for two departments, {department_id} and {message.department_id}",
                where,
                "give the recipient one message that covers both departments, or a mailbox for each",
            )
        if fingerprint == message.fingerprint:
            return Problem(
                "the message is in the outbox with the same figures but another wording",
                where,
                f"leave it as it is, or enqueue revision {message.revision + 1} if recipients must see the change",
            )
        return Problem(
            "the message is in the outbox with other figures, and a published figure never changes unseen",
            where,
            "enqueue it as a new revision (Outbox.revision_for gives its number)",
        )

    def _decide(
        self, key: MessageKey, allowed: set[MessageState], state: MessageState | None, *, by: str, reason: str
    ) -> DeliveryRecord:
        """Moves a message to ``state``; without one it stays where it is, and is dismissed."""
        if not by.strip() or not reason.strip():
            raise DeliveryError(
                "a decision needs who took it and why", where=f"outbox, {key}", remedy="give both a name and a reason"
            )
        row = self._row(key)
        with self._writing():
            current = self._record(row).state
            if state is MessageState.QUEUED and not self._has_content(row):
                raise DeliveryError(
                    "the message's content was lost with the former outbox",
                    where=f"outbox, {key}",
                    remedy="send the recipient the report's files by hand, and dismiss the message",
                )
            if current not in allowed:
                raise DeliveryError(
                    f"the message is {current}, not {' or '.join(sorted(allowed))}",
                    where=f"outbox, {key}",
                    remedy="look at the message's history; there is nothing to decide about it now",
                )
            self._move(row, current, state or current, by=by, detail=reason, dismissed=state is None)
        return self._record(row)

    def _has_content(self, row: int) -> bool:
        # Of a message that no report on file stands for, only its key is known.
        found = self._db.execute("SELECT content_known FROM messages WHERE id = ?", (row,)).fetchone()
        return bool(found[0])

    def _row(self, key: MessageKey) -> int:
        found = self._db.execute(f"SELECT id FROM messages WHERE {_KEY}", _key(key)).fetchone()
        if found is None:
            raise DeliveryError(
                "there is no such message", where=f"outbox, {key}", remedy="list the outbox to see the keys it holds"
            )
        return int(found[0])

    def _record(self, row: int) -> DeliveryRecord:
        return delivery_record(self._db.execute(f"SELECT {RECORD} FROM messages WHERE id = ?", (row,)).fetchone())

    def _move(
        self,
        row: int,
        origin: MessageState,
        state: MessageState,
        *,
        detail: str,
        by: str = _DELIVERER,
        dismissed: bool = False,
    ) -> None:
        # A requeued message gives up its claim: whatever its former deliverer still reports comes too late.
        keeps_claim = state in (MessageState.CLAIMED, MessageState.UNKNOWN)
        reply = detail if by == _DELIVERER and state is not MessageState.CLAIMED else None
        self._db.execute(
            "UPDATE messages SET state = ?, server_reply = coalesce(?, server_reply), dismissed = ?,"
            " claim = CASE WHEN ? THEN claim END WHERE id = ?",
            (state.value, reply, dismissed, keeps_claim, row),
        )
        self._log(row, origin.value, state, by=by, detail=detail)

    def _log(self, row: int, origin: str, state: MessageState, *, by: str, detail: str) -> None:
        self._db.execute(
            "INSERT INTO attempts (message, at, from_state, to_state, by, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (row, datetime.now(UTC).isoformat(), origin, state.value, by, detail),
        )


def _has_sealed_weeks(evidence: Path) -> bool:
    # Whatever release sealed them: reports are sealed with the outbox open, so there was one.
    return any(any(evidence.glob(f"*-{kind}/manifest*.json")) for kind in ("weekly", "monthly", "daily"))


def outbox_path(settings: Settings) -> Path:
    """Where the installation's outbox is."""
    return settings.outbox_dir / "outbox.db"


_KEY = "report = ? AND period = ? AND revision = ? AND recipient = ?"


def _key(key: MessageKey) -> tuple[str, str, int, str]:
    return (key.report, key.period, key.revision, key.recipient)


def enqueue(
    settings: Settings, messages: Iterable[Message], as_of: datetime, letterhead: Letterhead | None = None
) -> Enqueued:
    """Puts messages into the installation's outbox, from the mailbox CHARTER_MAIL_FROM. See ``Outbox.enqueue``.

    Raises SettingError for a missing sender.
    """
    sender = Sender.from_settings(settings)
    with Outbox.open(settings) as outbox:
        return outbox.enqueue(messages, sender=sender, as_of=as_of, letterhead=letterhead)

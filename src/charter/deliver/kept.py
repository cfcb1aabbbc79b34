"""What an outbox keeps of each message, for those who prove that nothing of it was altered."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from charter.base.errors import DeliveryError
from charter.base.head import heads_in
from charter.deliver.messages import MessageKey, unsent

# The texts come first, the plain one before the other; what is enclosed need not be read for them.
_HTML = b"Content-Type: text/html"
_TEXTS_WITHIN = 200_000
# A report for itself, and for a department that shares its mailbox with another.
OF_REPORT = "(report = ?1 OR substr(report, 1, length(?1) + 1) = ?1 || '-')"
_REMEDY = "put the newest outbox.db back; if there is none: charter outbox rebuild"


@dataclass(frozen=True)
class KeptMessage:
    """One message. ``sha256`` is that of its mail without the Date, None where the content is not known any more;
    ``log`` has the lines of what became of it, each as JSON, and ``heads`` the seals that its text prints."""

    key: MessageKey
    state: str
    message_id: str
    sha256: str | None
    log: tuple[str, ...]
    heads: tuple[str, ...] = ()

    def log_digest(self, lines: int) -> str:
        """The hash of the log's first ``lines`` lines, 64 hexadecimal digits."""
        return hashlib.sha256("".join(f"{line}\n" for line in self.log[:lines]).encode()).hexdigest()


def mail_digest(mail: bytes) -> str:
    """The hash of a mail as it was handed over, whatever its Date, its DKIM signature and its ends of lines."""
    return hashlib.sha256(unsent(mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))).hexdigest()


def heads_printed_in(mail: bytes) -> tuple[str, ...]:
    """The heads of seals that a mail prints: in its plain text, as ours have it; else in what a mail program made of
    that."""
    plain, html, _ = mail.partition(_HTML)
    return _heads_in_texts(plain) or (_heads_in_texts(mail[:_TEXTS_WITHIN]) if html else ())


def _heads_in_texts(mail: bytes) -> tuple[str, ...]:
    for part in message_from_bytes(mail).walk():
        content = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(content, bytes) and (found := heads_in(content.decode("utf-8", "replace"))):
            return tuple(found)
    return ()


def kept_name(recipient: str, message_id: str) -> str:
    """How a mail catcher calls the first copy of a message for ``recipient``, without the ``.eml``."""
    return f"{_plain(recipient)}__{_plain(message_id.strip('<> '))}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9@._+-]", "_", text).lstrip(".")[:90] or "_"


def kept_messages(path: Path) -> list[KeptMessage]:
    """Every message of the outbox in the file ``path``, which is not written to. Raises DeliveryError."""
    try:
        # A file that no writer has open needs no shared memory beside it: it may lie on a medium that is read-only.
        written = path.with_name(f"{path.name}-wal")
        still = not written.exists() or not written.stat().st_size
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?{'immutable=1' if still else 'mode=ro'}", uri=True)
        ) as db:
            return list(messages_in(db))
    except (OSError, sqlite3.Error, ValueError) as error:
        raise DeliveryError(f"the outbox cannot be read: {error}", where=str(path), remedy=_REMEDY) from error


def messages_in(db: sqlite3.Connection, report: str | None = None, period: str | None = None) -> Iterator[KeptMessage]:
    """The messages of a report and a period (all, when not named), in the order of entry."""
    chosen = f"FROM messages WHERE (?1 IS NULL OR {OF_REPORT}) AND period = coalesce(?2, period)"
    logs: dict[int, list[str]] = {}
    for message, *line in db.execute(
        "SELECT message, at, from_state, to_state, by, detail FROM attempts"
        f" WHERE message IN (SELECT id {chosen}) ORDER BY id",
        (report, period),
    ):
        logs.setdefault(message, []).append(json.dumps(line, ensure_ascii=False))
    known = "content_known" if "content_known" in _columns(db) else "1"
    rows = db.execute(
        f"SELECT id, report, period, revision, recipient, state, message_id, {known}, mime {chosen} ORDER BY id",
        (report, period),
    )
    for number, kind, of, revision, recipient, state, message_id, is_known, mime in rows:
        yield KeptMessage(
            key=MessageKey(report=kind, period=of, revision=revision, recipient=recipient),
            state=state,
            message_id=message_id,
            sha256=mail_digest(bytes(mime)) if is_known else None,
            log=tuple(logs.get(number, [])),
            heads=heads_printed_in(bytes(mime)) if is_known else (),
        )


def _columns(db: sqlite3.Connection) -> set[str]:
    return {name for _, name, *_ in db.execute("PRAGMA table_info(messages)")}

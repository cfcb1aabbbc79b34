"""A lost outbox made anew, from what was sealed and what was rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from charter.base.errors import DeliveryError
from charter.base.settings import Settings
from charter.deliver.kept import mail_digest
from charter.deliver.letterhead import Letterhead
from charter.deliver.mark import mark_path
from charter.deliver.messages import Message, Sender, build_mime
from charter.deliver.outbox import Outbox, outbox_path
from charter.deliver.records import MessageState

# What a seal found on its way may have arrived since.
_AS_REBUILT = {MessageState.QUEUED: MessageState.UNKNOWN, MessageState.CLAIMED: MessageState.UNKNOWN}


@dataclass(frozen=True)
class KnownMessage:
    """A message that was in the lost outbox, or may have been. ``state`` is the last that is known of it, ``as_of``
    (aware) the night of its report, ``sha256`` the hash of its mail (``mail_digest``) where that was sealed."""

    message: Message
    state: MessageState
    as_of: datetime
    sha256: str | None = None


def rebuild(
    settings: Settings,
    known: Iterable[KnownMessage],
    *,
    by: str,
    reason: str,
    letterhead: Letterhead | None = None,
) -> Counter[MessageState]:
    """Begins an outbox in which every known message is in its last known state; tells how many are in each.

    What had been on its way becomes ``unknown``, for a person. The damaged or older file is set aside, not deleted.
    Raises DeliveryError when ``by`` or ``reason`` is empty, SettingError without a sender.
    """
    if not by.strip() or not reason.strip():
        raise DeliveryError(
            "rebuilding needs who decided it and why", where="outbox", remedy="give a name and a reason"
        )
    sender = Sender.from_settings(settings)
    path = outbox_path(settings)
    # Filled under another name first: an outbox that was cut short must not be taken for whole.
    draft = path.with_name("outbox-rebuilding.db")
    _remove(draft)
    states: Counter[MessageState] = Counter()
    with Outbox(draft) as outbox:
        for each in known:
            state = _AS_REBUILT.get(each.state, each.state)
            mime = _mime(each, sender, letterhead)
            outbox.restore(each.message, mime, state, sender=sender, as_of=each.as_of, by=by, reason=reason)
            states[state] += 1
    _set_aside(path)
    mark_path(settings).unlink(missing_ok=True)
    draft.rename(path)
    Outbox.open(settings).close()
    return states


def _mime(known: KnownMessage, sender: Sender, letterhead: Letterhead | None) -> bytes:
    """The mail of a message: that which was sealed, where this release or an earlier one made it."""
    made = [build_mime(known.message, sender, head).as_bytes() for head in (letterhead, None)]
    return next((mime for mime in made if mail_digest(mime) == known.sha256), made[0])


def _files_of(path: Path) -> list[Path]:
    """A database's file with those that SQLite keeps beside it, as far as they are there."""
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    return [file for file in files if file.exists()]


def _remove(path: Path) -> None:
    for file in _files_of(path):
        file.unlink()


def _set_aside(path: Path) -> None:
    aside = f"outbox-set-aside-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}.db"
    for file in _files_of(path):
        file.rename(path.with_name(aside + file.name.removeprefix(path.name)))

"""How the rows of the outbox are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from charter.deliver.messages import MessageKey
from charter.deliver.records import DeliveryRecord, MessageState, PostedMessage, Transition

RECORD = "id, report, period, revision, recipient, department_id, state, attempts, message_id, server_reply, dismissed"
POSTED = (
    "report, period, messages.revision, recipient, coalesce(sections.department_id, messages.department_id),"
    " coalesce(sections.revision, messages.revision), coalesce(sections.fingerprint, messages.fingerprint), as_of"
)
MESSAGES_OF_DEPARTMENTS = "messages LEFT JOIN sections ON sections.message = messages.id"
TRANSITION = "at, from_state, to_state, by, detail"


def _instant(text: object) -> datetime:
    """An instant as the outbox keeps it. Raises ValueError for anything else."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return at


def posted_message(row: tuple[Any, ...]) -> PostedMessage:
    report, period, revision, recipient, department_id, report_revision, fingerprint, as_of = row
    return PostedMessage(
        key=MessageKey(report=report, period=period, revision=revision, recipient=recipient),
        department_id=department_id,
        revision=report_revision,
        fingerprint=fingerprint,
        as_of=_instant(as_of),
    )


def transition(row: tuple[Any, ...]) -> Transition:
    at, origin, to, by, detail = row
    return Transition(at=_instant(at), from_state=origin, to_state=MessageState(to), by=by, detail=detail)


def delivery_record(row: tuple[int, str, str, int, str, str, str, int, str, str, int]) -> DeliveryRecord:
    _, report, period, revision, recipient, department_id, state, attempts, message_id, server_reply, dismissed = row
    return DeliveryRecord(
        key=MessageKey(report=report, period=period, revision=revision, recipient=recipient),
        department_id=department_id,
        state=MessageState(state),
        attempts=attempts,
        message_id=message_id,
        server_reply=server_reply,
        dismissed=bool(dismissed),
    )


# Every row that somebody will read, its number first, and how they read it.
READERS: tuple[tuple[str, str, Callable[[tuple[Any, ...]], object]], ...] = (
    ("message", f"SELECT {RECORD} FROM messages", delivery_record),
    (
        "message",
        f"SELECT messages.id, {POSTED} FROM {MESSAGES_OF_DEPARTMENTS}",
        lambda row: posted_message(row[1:]),
    ),
    (
        "message",
        "SELECT id, handed_over_at FROM messages WHERE handed_over_at IS NOT NULL",
        lambda row: _instant(row[1]),
    ),
    ("line of its log", f"SELECT id, {TRANSITION} FROM attempts", lambda row: transition(row[1:])),
)

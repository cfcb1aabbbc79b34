"""What the outbox says of its messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from charter.base.errors import Problem
from charter.deliver.messages import MessageKey


class MessageState(StrEnum):
    """Where a message stands; the module's text says what leads where."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FAILED = "failed"


FOR_A_PERSON = (MessageState.REFUSED, MessageState.UNKNOWN, MessageState.FAILED)


class DeliveryRecord(BaseModel):
    """One message and what became of it. ``attempts`` counts tries; ``server_reply`` is the last word on it.

    ``dismissed`` says that a person decided to leave it as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: MessageKey
    department_id: str
    state: MessageState
    attempts: int
    message_id: str
    server_reply: str
    dismissed: bool = False

    @property
    def is_unsettled(self) -> bool:
        """Whether it waits for a person's decision."""
        return self.state in FOR_A_PERSON and not self.dismissed


class PostedMessage(BaseModel):
    """Which figures of a department a message carries: their ``fingerprint``, the ``as_of`` (aware UTC) that they are
    of, and the ``revision`` of the department's report. A digest is there once for each of its departments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: MessageKey
    department_id: str
    revision: int
    fingerprint: str
    as_of: datetime


class Enqueued(BaseModel):
    """How many messages were put into the outbox (``new``) and how many were there ``already``, unchanged.

    ``problems`` has one for each message that was not taken in. The others were.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    new: int
    already: int
    problems: tuple[Problem, ...] = ()


class Transition(BaseModel):
    """One line of a message's log. ``at`` is wall time (UTC), ``by`` a person or ``deliver``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    from_state: str
    to_state: MessageState
    by: str
    detail: str


@dataclass(frozen=True)
class Waiting:
    """A message that waits to be sent."""

    row: int
    key: MessageKey


@dataclass(frozen=True)
class Claim:
    """A message that this deliverer alone may send, once. ``mime`` holds the bytes to hand over, with their Date and
    signature."""

    row: int
    token: str
    key: MessageKey
    sender: str
    mime: bytes


@dataclass(frozen=True)
class Outcome:
    """What a try came to, and the server's words (or ours, when it said none). ``is_for_now`` says that the server
    turned the message away, and would take it later (4xx)."""

    state: Literal[MessageState.SENT, MessageState.REFUSED, MessageState.UNKNOWN, MessageState.QUEUED]
    reply: str
    is_for_now: bool = False

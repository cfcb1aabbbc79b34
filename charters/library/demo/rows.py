"""What the library's systems hold: one class for each table of subjects.yaml that arrives, with its columns.

Moments are UTC. ``AHEAD`` names those that are written down before they come; all others are empty until then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

RowT = TypeVar("RowT", bound="Row")


@dataclass(frozen=True)
class Row:
    """Of each table the first moment that is not ``AHEAD`` says when its row was written."""

    AHEAD: ClassVar[frozenset[str]] = frozenset()

    @property
    def key(self) -> str:
        return str(getattr(self, fields(self)[0].name))


@dataclass(frozen=True)
class Hold(Row):
    hold_id: str
    branch: str
    borrower: str
    returned_at: datetime
    cancelled_at: datetime | None = None


@dataclass(frozen=True)
class HoldEvent(Row):
    event_id: str
    hold_id: str
    kind: str
    happened_at: datetime


@dataclass(frozen=True)
class Suggestion(Row):
    suggestion_id: str
    borrower: str
    received_at: datetime
    decided_at: datetime | None
    price: float | None


@dataclass(frozen=True)
class Event(Row):
    AHEAD = frozenset({"held_on", "starts_at"})

    event_no: str
    branch: str
    kind: str
    announced_on: date
    held_on: date
    starts_at: datetime
    state: str
    cancelled_at: datetime | None = None


# The class of each table.
TABLES: dict[str, type[Row]] = {
    "holds": Hold,
    "hold_events": HoldEvent,
    "suggestions": Suggestion,
    "programme": Event,
}


def as_seen(row: RowT, now: datetime, today: date) -> RowT | None:
    """The row as its system shows it at ``now``, the end of ``today``, without what was still to come; None before it
    was written."""
    moments = {
        each.name: value
        for each in fields(row)
        if isinstance(value := getattr(row, each.name), date) and each.name not in row.AHEAD
    }
    to_come = [name for name, value in moments.items() if not _has_come(value, now, today)]
    if to_come and to_come[0] == next(iter(moments)):
        return None
    seen: dict[str, Any] = dict.fromkeys(to_come)
    if isinstance(row, Event) and row.state != "planned":
        seen["state"] = _state(row, now)
    return replace(row, **seen)


def _state(event: Event, now: datetime) -> str:
    if event.state == "cancelled":
        return "cancelled" if event.cancelled_at is not None and event.cancelled_at <= now else "planned"
    return "held" if event.starts_at <= now else "planned"


def _has_come(moment: date, now: datetime, today: date) -> bool:
    return moment <= now if isinstance(moment, datetime) else moment <= today

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
class InterlibraryLoan(Row):
    order_no: str
    branch: str
    ordered_at: datetime
    days_named: int | None
    arrived_at: datetime | None


@dataclass(frozen=True)
class InterlibraryEvent(Row):
    event_id: str
    order_no: str
    kind: str
    happened_at: datetime


@dataclass(frozen=True)
class StackOrder(Row):
    AHEAD = frozenset({"promised_on"})

    order_no: str
    ordered_at: datetime
    promised_on: date | None
    ready_at: datetime | None


@dataclass(frozen=True)
class Delivery(Row):
    AHEAD = frozenset({"window_from", "window_to"})

    delivery_no: str
    branch: str
    agreed_at: datetime
    window_from: datetime
    window_to: datetime
    arrived_at: datetime | None


@dataclass(frozen=True)
class Question(Row):
    question_no: str
    department: str
    topic: str | None
    borrower: str
    received_at: datetime


@dataclass(frozen=True)
class QuestionStep(Row):
    step_no: str
    question_no: str
    kind: str
    happened_at: datetime
    department: str | None


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


@dataclass(frozen=True)
class Credit(Row):
    credit_no: str
    hold_id: str
    credited_on: date
    euros: float


@dataclass(frozen=True)
class Reminder(Row):
    reminder_no: str
    borrower: str
    sent_on: date


@dataclass(frozen=True)
class Registration(Row):
    registration_no: str
    branch: str
    borrower: str
    registered_on: date
    papers_seen: bool | None
    privacy_explained_on: date | None
    card_given_on: date | None


@dataclass(frozen=True)
class DeskCall(Row):
    call_no: str
    rang_at: datetime
    waited_seconds: float


@dataclass(frozen=True)
class NewBook(Row):
    book_no: str
    delivered_on: date
    shelved_on: date | None
    price: float


@dataclass(frozen=True)
class Closure(Row):
    AHEAD = frozenset({"closed_on"})

    closure_no: str
    branch: str
    planned_on: date
    announced_on: date | None
    closed_on: date


@dataclass(frozen=True)
class SchoolClass(Row):
    entry_no: str
    branch: str
    school_class: str
    joined_on: date
    left_on: date | None


@dataclass(frozen=True)
class ClassVisit(Row):
    visit_no: str
    branch: str
    school_class: str
    visited_on: date


@dataclass(frozen=True)
class Machine(Row):
    stretch_no: str
    branch: str
    machine: str
    in_use_from: date
    in_use_to: date | None


@dataclass(frozen=True)
class DataIncident(Row):
    incident_no: str
    happened_on: date


@dataclass(frozen=True)
class Waiver(Row):
    AHEAD = frozenset({"from_on", "to_on"})

    waiver_id: str
    standard_id: str
    department_id: str
    subject_id: str
    from_on: date
    to_on: date
    reason: str
    approver: str
    decided_at: datetime


# The class of each table.
TABLES: dict[str, type[Row]] = {
    "holds": Hold,
    "hold_events": HoldEvent,
    "interlibrary": InterlibraryLoan,
    "interlibrary_events": InterlibraryEvent,
    "stack_orders": StackOrder,
    "deliveries": Delivery,
    "questions": Question,
    "question_steps": QuestionStep,
    "suggestions": Suggestion,
    "programme": Event,
    "credits": Credit,
    "reminders": Reminder,
    "registrations": Registration,
    "desk_calls": DeskCall,
    "new_books": NewBook,
    "closures": Closure,
    "classes": SchoolClass,
    "class_visits": ClassVisit,
    "machines": Machine,
    "data_incidents": DataIncident,
    "waivers": Waiver,
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

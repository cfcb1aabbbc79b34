"""Which columns of a landed table hold another landed table's key, and which moments must come after its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.definitions.models import Subject


@dataclass(frozen=True)
class Reference:
    """A ``column`` that holds the key of the landed table ``parent``."""

    column: str
    parent: str


@dataclass(frozen=True)
class Order:
    """A moment in ``column`` that may not be earlier than the ``moment`` of the row of ``parent`` whose key ``by``
    holds."""

    column: str
    by: str
    parent: str
    moment: str


def orders(subjects: Mapping[str, Subject], table: str) -> tuple[Order, ...]:
    """What ``table`` requires of the order of its moments and those of the rows that it refers to."""
    keyed = {reference.parent: reference.column for reference in references(subjects, table)}
    found = []
    for name, column in subjects[table].columns.items():
        parent, _, moment = (column.no_earlier_than or "").partition(".")
        if parent in keyed:
            found.append(Order(name, keyed[parent], parent, moment))
    return tuple(found)


def references(subjects: Mapping[str, Subject], table: str) -> tuple[Reference, ...]:
    """The references of ``table``, in the order of its columns.

    A column refers to a table because it says so (``refers_to``), or because it is the table's case and names the case
    of another landed table by that one's key, as the events of a ticket name the ticket.
    """
    subject = subjects[table]
    found = []
    for name, column in subject.columns.items():
        parent = column.refers_to or (_keyed_by_case(subjects, name) if name == subject.case != subject.key else None)
        if parent is not None and parent != table:
            found.append(Reference(name, parent))
    return tuple(found)


def _keyed_by_case(subjects: Mapping[str, Subject], case: str) -> str | None:
    keyed = (name for name, subject in subjects.items() if subject.landed and subject.key == subject.case == case)
    return next(keyed, None)

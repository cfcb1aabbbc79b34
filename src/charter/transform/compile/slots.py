"""The slots of the calendar in which something must happen, or of which a figure is taken, and for whom each counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from charter.base.moments import end_of_day, local_midnight, naive_utc
from charter.definitions.models import Agency, CalendarDefinition, SlotKind
from charter.transform.compile.organisation import DepartmentVersion, department_versions, standing_throughout
from charter.transform.compile.rule_parts import RulePart

_DAY = timedelta(days=1)
_MONTHS_OF_A_SLOT = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Slot:
    """One slot of a part: days ``first_day`` to ``last_day``, both included.

    ``department_id`` is whom it counts for, where the part has one commitment for each department of a kind; else NULL.
    """

    standard_id: str
    rule_version: int
    part: str
    slot: str
    department_id: str | None
    first_day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime


class NamedSlot(NamedTuple):
    """A slot as its commitments are called by it, with its days, both included."""

    name: str
    first_day: date
    last_day: date


def build_slots(agency: Agency, parts: Iterable[RulePart], today: date) -> list[Slot]:
    """The slots of every part that begin while its rule is in force and have begun by ``today``.

    A department has the slots on every day of which it stands.
    """
    versions = department_versions(agency.organisation)
    return [
        Slot(
            part.standard_id,
            part.rule_version,
            part.part,
            slot.name,
            department_id,
            slot.first_day,
            slot.last_day,
            naive_utc(local_midnight(slot.first_day, agency.zone)),
            naive_utc(end_of_day(slot.last_day, agency.zone)),
        )
        for part in parts
        if part.slot is not None
        for slot in _begun(agency.calendar, part, part.slot, today)
        for department_id in _whose(versions, part.per_kind, slot)
    ]


def _begun(calendar: CalendarDefinition, part: RulePart, kind: SlotKind, today: date) -> Iterator[NamedSlot]:
    first = date.fromisoformat(part.effective_from)
    last = min(date.fromisoformat(part.effective_to), today) if part.effective_to else today
    return (slot for slot in slots_begun(calendar, kind, part.only, first, last))


def _whose(versions: Sequence[DepartmentVersion], per_kind: str | None, slot: NamedSlot) -> Sequence[str | None]:
    return [None] if per_kind is None else standing_throughout(versions, per_kind, slot.first_day, slot.last_day)


def slots_begun(
    calendar: CalendarDefinition, kind: SlotKind, only: Sequence[int], first: date, last: date
) -> Iterator[NamedSlot]:
    """The slots that begin on ``first`` to ``last`` (both included); of a year those numbered in ``only``, if any."""
    if kind == "term":
        terms = sorted(calendar.terms, key=lambda term: term.first_day)
        slots: Iterable[NamedSlot] = (NamedSlot(term.name, term.first_day, term.last_day) for term in terms)
    else:
        # A year of weeks begins up to three days before 1 January.
        years = range(first.year, last.year + 2)
        slots = (slot for year in years for slot in _slots_of_year(calendar, kind, only, year))
    return (slot for slot in slots if first <= slot.first_day <= last)


def _slots_of_year(calendar: CalendarDefinition, kind: SlotKind, only: Sequence[int], year: int) -> Iterator[NamedSlot]:
    if kind == "fiscal_year":
        yield _fiscal_year(calendar, year)
        return
    numbered = _weeks(year) if kind == "week" else _months(kind, year)
    yield from (slot for number, slot in numbered if not only or number in only)


def _weeks(year: int) -> Iterator[tuple[int, NamedSlot]]:
    """The weeks of ISO 8601, from Monday to Sunday: ``2026-W01``."""
    monday, next_year = date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1)
    for number in range(1, (next_year - monday).days // 7 + 1):
        first = monday + timedelta(weeks=number - 1)
        yield number, NamedSlot(f"{year}-W{number:02d}", first, first + 6 * _DAY)


def _months(kind: str, year: int) -> Iterator[tuple[int, NamedSlot]]:
    """``2026-03``, ``2026-Q1``, ``2026-H1``, ``2026``."""
    months = _MONTHS_OF_A_SLOT[kind]
    for number in range(1, 12 // months + 1):
        first = date(year, (number - 1) * months + 1, 1)
        after = date(year + (number * months) // 12, (number * months) % 12 + 1, 1)
        suffix = {"month": f"-{number:02d}", "quarter": f"-Q{number}", "half": f"-H{number}", "year": ""}[kind]
        yield number, NamedSlot(f"{year}{suffix}", first, after - _DAY)


def _fiscal_year(calendar: CalendarDefinition, year: int) -> NamedSlot:
    """The fiscal year that begins in ``year``: ``FY2026-27``, or ``FY2026`` where it begins on 1 January."""
    starts = calendar.fiscal_year_starts
    assert starts is not None, "charter check asks for the day on which the fiscal year starts"
    first = date(year, starts.month, starts.day)
    last = date(year + 1, starts.month, starts.day) - _DAY
    return NamedSlot(f"FY{year}" if last.year == year else f"FY{year}-{last.year % 100:02d}", first, last)

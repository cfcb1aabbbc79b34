"""Whether a row meets a condition of the charter, and the condition as the charter's readers would write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from charter.base.moments import local_date, local_midnight
from charter.definitions.models import Scalar
from charter.explain.models import Cell, TestTold
from charter.transform.compile.rule_parts import Condition

Cells = Mapping[str, Cell]
_SIGNS = {"at_least": "≥", "at_most": "≤", "at_least_of": "≥", "at_most_of": "≤", "later_than": ">"}


def tested(conditions: Iterable[Condition], cells: Cells) -> tuple[TestTold, ...]:
    """Each condition with what the row says of its column."""
    return tuple(
        TestTold(condition=written(each), value=cells.get(each.column), holds=holds(each, cells)) for each in conditions
    )


def meets(conditions: Iterable[Condition], cells: Cells) -> bool:
    """Whether a row meets all conditions. As in SQL, a comparison with nothing is not met."""
    return all(holds(each, cells) for each in conditions)


def holds(condition: Condition, cells: Cells) -> bool:
    """Whether a row meets the condition; of an empty column only ``null`` holds."""
    value = cells.get(condition.column)
    if condition.operator == "null":
        return value is None
    if value is None:
        return False
    match condition.operator:
        case "not_null":
            return True
        case "in":
            return value in condition.values
        case "not_in":
            return value not in condition.values
        case "has_letters":
            return any(sign.isalnum() for sign in str(value))
        case "at_least" | "at_least_of":
            return _compared(value, _other(condition, cells)) in (0, 1)
        case "at_most" | "at_most_of":
            return _compared(value, _other(condition, cells)) in (0, -1)
        case "later_than":
            return _compared(value, _other(condition, cells)) == 1
    raise ValueError(f"unknown operator {condition.operator}")


def written(condition: Condition) -> str:
    """``kind = inquiry``, ``kind ∈ {inquiry, complaint}``, ``spam_marked_at ≠ ∅``."""
    listed = ", ".join(map(_value, condition.values))
    match condition.operator:
        case "null":
            return f"{condition.column} = ∅"
        case "not_null":
            return f"{condition.column} ≠ ∅"
        case "has_letters":
            return f"{condition.column} ≠ ∅"
        case "in":
            one = len(condition.values) == 1
            return f"{condition.column} = {listed}" if one else f"{condition.column} ∈ {{{listed}}}"
        case "not_in":
            one = len(condition.values) == 1
            return f"{condition.column} ≠ {listed}" if one else f"{condition.column} ∉ {{{listed}}}"
    return f"{condition.column} {_SIGNS[condition.operator]} {listed}"


def instant_of(value: Cell, zone: ZoneInfo) -> datetime | None:
    """A moment as an instant (UTC): a date is the midnight with which it begins. None for anything else."""
    if isinstance(value, datetime):
        return value
    return local_midnight(value, zone) if isinstance(value, date) else None


def day_of(value: Cell, zone: ZoneInfo) -> date | None:
    """A moment's business day. None for anything else."""
    if isinstance(value, datetime):
        return local_date(value, zone)
    return value if isinstance(value, date) else None


def has_come(value: Cell, as_of: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment has come by ``as_of``: an instant up to it, a date once its day has begun before it."""
    instant = instant_of(value, zone)
    if instant is None:
        return False
    return instant <= as_of if isinstance(value, datetime) else instant <= as_of - timedelta(microseconds=1)


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _other(condition: Condition, cells: Cells) -> Cell:
    if condition.operator.endswith("_of") or condition.operator == "later_than":
        return cells.get(str(condition.values[0]))
    return condition.values[0]


def _compared(one: Cell, other: Cell) -> int | None:
    """-1, 0 or 1 as ``one`` is less, equal or more; None where they can't be compared."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one > other) - (one < other)
    if isinstance(one, date) and isinstance(other, date) and not isinstance(one, datetime | str):
        return None if isinstance(other, datetime) else (one > other) - (one < other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (one > other) - (one < other)
    return None

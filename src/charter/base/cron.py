"""Schedules in cron's form: minute, hour, day of the month, month, weekday."""

from __future__ import annotations

import re
from typing import NamedTuple


class _Field(NamedTuple):
    """What one of the five may hold: numbers from ``first`` to ``last``, and names for them."""

    first: int
    last: int
    names: tuple[str, ...] = ()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (_Field(0, 59), _Field(0, 23), _Field(1, 31, ("l",)), _Field(1, 12, _MONTHS), _Field(0, 7, _WEEKDAYS))
_ITEM = re.compile(r"(?:\*|(?P<first>[0-9a-z]+)(?:-(?P<last>[0-9a-z]+))?)(?:/(?P<step>[0-9]{1,2}))?")


def is_cron(text: object) -> bool:
    """Whether Airflow can read it as a schedule. ``L`` is the last day of the month."""
    if not isinstance(text, str):
        return False
    fields = text.lower().split(" ")
    return len(fields) == len(_FIELDS) and all(map(_is_field, fields, _FIELDS))


def _is_field(text: str, field: _Field) -> bool:
    return all(_is_item(each, field) for each in text.split(","))


def _is_item(text: str, field: _Field) -> bool:
    found = _ITEM.fullmatch(text)
    if found is None or (found["step"] is not None and int(found["step"]) == 0):
        return False
    return all(_is_value(each, field) for each in (found["first"], found["last"]) if each is not None)


def _is_value(text: str, field: _Field) -> bool:
    return text in field.names or (text.isascii() and text.isdigit() and field.first <= int(text) <= field.last)

"""How the times of a source are written: strptime patterns and what they give, and formats that have a name."""

from __future__ import annotations

import re

UNIX, UNIX_MS, ISO = "unix", "unix_ms", "iso8601"
NAMED_FORMATS = (UNIX, UNIX_MS, ISO)

_MONTH_NAMES = (
    "(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_MERIDIEM = r"(?:오전|오후|(?i:[ap]\.?m\.?))"
_WEEKDAY = r"(?:[월화수목금토일](?:요일)?|(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
# Directive → the part that it gives, what it looks like, and what it looks like beside other digits.
_DIRECTIVES: dict[str, tuple[str, str, str]] = {
    "Y": ("year", "[0-9]{4}", "[0-9]{4}"),
    "y": ("year", "[0-9]{2}", "[0-9]{2}"),
    "m": ("month", "1[0-2]|0?[1-9]", "0[1-9]|1[0-2]"),
    "b": ("month_name", _MONTH_NAMES, _MONTH_NAMES),
    "B": ("month_name", _MONTH_NAMES, _MONTH_NAMES),
    "d": ("day", "3[01]|[12][0-9]|0?[1-9]", "0[1-9]|[12][0-9]|3[01]"),
    "H": ("hour", "2[0-3]|[01]?[0-9]", "[01][0-9]|2[0-3]"),
    "I": ("hour_of_12", "1[0-2]|0?[1-9]", "0[1-9]|1[0-2]"),
    "M": ("minute", "[0-5]?[0-9]", "[0-5][0-9]"),
    "S": ("second", "[0-5]?[0-9]", "[0-5][0-9]"),
    "f": ("fraction", "[0-9]{1,9}", "[0-9]{1,9}"),
    "g": ("fraction", "[0-9]{1,3}", "[0-9]{3}"),
    "n": ("fraction", "[0-9]{1,9}", "[0-9]{9}"),
    "p": ("meridiem", _MERIDIEM, _MERIDIEM),
    "z": ("offset", "[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?", "[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?"),
    "a": ("", _WEEKDAY, _WEEKDAY),
    "A": ("", _WEEKDAY, _WEEKDAY),
}
PIECES = re.compile(r"%-?[a-zA-Z%]|[^%]+|%")


class UnknownDirectiveError(ValueError):
    """A pattern has a directive that is not read. The text is the directive."""


def parts_of(form: str) -> frozenset[str]:
    """The parts of a time that texts of the pattern ``form`` give: ``year``, ``month``, ``hour``, ``offset`` …

    Raises UnknownDirectiveError.
    """
    return frozenset(
        "month" if part == "month_name" else part for part, _, _ in map(directive, _directives(form)) if part
    )


def _directives(form: str) -> list[str]:
    return [piece[-1] for piece in PIECES.findall(form) if piece.startswith("%") and piece != "%%"]


def directive(letter: str) -> tuple[str, str, str]:
    """What ``%<letter>`` is: the part it gives, what it looks like, and what it looks like beside other digits.

    Raises UnknownDirectiveError.
    """
    if letter not in _DIRECTIVES:
        raise UnknownDirectiveError(f"%{letter}" if letter != "%" else "%")
    return _DIRECTIVES[letter]

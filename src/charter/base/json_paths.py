"""Where a value stands in a JSON answer: dotted keys (``via.channel``), or, for what they can't say, JMESPath.

An expression is whatever holds one of its signs, such as ``custom_fields[?id==`27`].value | [0]``; a key that holds
one is written in its double quotes. Keys in any language and with blanks need no quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError

_SIGNS = re.compile(r"[\[\]|?&*@`(){}\"'!<>=,]")


@dataclass(frozen=True)
class JsonPath:
    """A path, ready to be looked up."""

    text: str
    _find: Callable[[object], tuple[bool, object]]

    @classmethod
    def of(cls, text: str) -> JsonPath:
        """The path that ``text`` says; raises ValueError when it says none."""
        return cls(text, _expression(text) if _SIGNS.search(text) else _keys(text))

    @classmethod
    def key(cls, name: str) -> JsonPath:
        """The path of a single key, whatever signs it holds."""
        return cls(name, _walker([name]))

    @staticmethod
    def written(key: str) -> str:
        """How a single key is written as a path."""
        return json.dumps(key, ensure_ascii=False) if "." in key or _SIGNS.search(key) else key

    def find(self, value: object) -> tuple[bool, object]:
        """(whether there is such a place in ``value``, what stands there).

        A place below one that holds null is there, and holds null. Raises ValueError when an expression does not fit
        the value.
        """
        return self._find(value)


def _keys(text: str) -> Callable[[object], tuple[bool, object]]:
    keys = text.split(".")
    if not all(key.strip() for key in keys):
        raise ValueError(f"'{text}' has an empty key")
    return _walker(keys)


def _walker(keys: list[str]) -> Callable[[object], tuple[bool, object]]:
    def find(value: object) -> tuple[bool, object]:
        for key in keys:
            if value is None:
                return True, None
            if not isinstance(value, dict) or key not in value:
                return False, None
            value = value[key]
        return True, value

    return find


def _expression(text: str) -> Callable[[object], tuple[bool, object]]:
    try:
        compiled = jmespath.compile(text)
        with suppress(JMESPathTypeError):
            # Functions are looked up only when they are called. That nothing is of no fitting type is no fault.
            compiled.search(None)
    except JMESPathError as error:
        raise ValueError(f"'{text}' is no JMESPath expression ({type(error).__name__})") from error
    first = _first_key(compiled.parsed)

    def find(value: object) -> tuple[bool, object]:
        try:
            found = compiled.search(value)
        except JMESPathError as error:
            raise ValueError(f"'{text}' can't be worked out ({type(error).__name__})") from error
        there = first is None or (isinstance(value, dict) and first in value)
        return there or found is not None, found

    return find


def _first_key(node: Any) -> str | None:
    """The key with which an expression begins, if it begins with one."""
    while node["type"] != "field":
        if not node["children"]:
            return None
        node = node["children"][0]
        if node["type"] in ("current", "identity", "literal", "function_expression"):
            return None
    return str(node["value"])

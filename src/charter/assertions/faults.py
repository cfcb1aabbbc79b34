"""What an error of a check may say: what went wrong and in which table or column, never a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Errors of these kinds speak of the query and the schema; others may quote the data.
_ABOUT_SCHEMA = re.compile(r"\b(?:Binder|Catalog|Parser) Error: [^\n]*")
_CATEGORY = re.compile(r"\b[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)? Error(?=:)")
_MISSING_COLUMN = re.compile(r'The column "\w+" in BatchData does not exist')
_OURS = re.compile(r"(?:\d+ commitments of )?rule version \S+ (?:have no comparison or limit|has no target)")
_QUOTED = re.compile(r"'[^']*'")
LONGEST = 200


def fault_text(message: str) -> str:
    """The part of an error message that can be kept: no literals, one line, the same for the same error."""
    for pattern in (_OURS, _MISSING_COLUMN, _ABOUT_SCHEMA):
        if found := pattern.search(message):
            return _QUOTED.sub("'…'", found[0])[:LONGEST].strip()
    category = _CATEGORY.search(message)
    return category[0] if category else "an error whose message cannot be kept"


def raised_fault(exception_info: Mapping[str, Any]) -> str | None:
    """The fault in Great Expectations' ``exception_info`` (one entry, or one per metric); None when nothing was raised.

    Without this an error of the engine would pass for a failed expectation.
    """
    entries = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    messages = sorted(str(entry["exception_message"]) for entry in entries if entry["raised_exception"])
    texts = list(dict.fromkeys(fault_text(message) for message in messages))
    return "; ".join(texts) if texts else None

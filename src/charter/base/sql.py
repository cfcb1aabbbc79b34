"""Values as SQL spells them."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A text as SQL spells it: between quotes, and its own quotes doubled."""
    return "'" + text.replace("'", "''") + "'"

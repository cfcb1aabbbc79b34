"""How far the tests go: with ``CHARTER_TESTS=long`` (``make test-long``) to more random histories and examples."""

from __future__ import annotations

import os

LONG = os.environ.get("CHARTER_TESTS") == "long"


def examples(usual: int, long: int) -> int:
    """How many examples a property is tried on."""
    return long if LONG else usual

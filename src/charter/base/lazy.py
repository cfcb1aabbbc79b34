"""What a room gives to others, imported when it is first asked for (PEP 562).

A room's ``__init__`` names what it gives and where that is. Whoever imports one thing of a room pays for that one: a
command that only reads definitions loads neither pandas nor DuckDB.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def given_by(package: str, places: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package``; ``places`` maps modules (``charter.extract.night.readiness``) to the names
    that they give.

    No module directly in the package may be called as one of the names: Python would put the module in its place.
    """
    module_of = {name: module for module, names in places.items() for name in names}

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get

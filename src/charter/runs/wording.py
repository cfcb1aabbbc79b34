"""What may be said of a run to machines and in logs: no person, and no place of this machine that ours is within."""

from __future__ import annotations

import re

from charter.base.settings import Settings

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[A-Za-z]{2,}")
# Telephone numbers as people write them; a date and an instant are none.
_TELEPHONE = re.compile(r"\+\d[\d ()/-]{6,}\d|\b0\d{1,4}[ /-]\d{3,4}[ -]?\d{3,5}\b|\b01\d{8,9}\b")


def without_persons(text: str) -> str:
    """``text`` with mail addresses and telephone numbers left out. Nothing of ours should hold any: this is for what
    slips through."""
    return _TELEPHONE.sub("[number]", _ADDRESS.sub("[address]", text)) if text else text


def place(settings: Settings, where: str) -> str:
    """A place as an error names it, in a line, relative to the installation's folders."""
    first = (where.splitlines() or [""])[0]
    for folder, name in ((settings.var_dir, "var"), (settings.charter_dir.parent, "charters"), (settings.home, ".")):
        first = first.replace(folder.as_posix(), name)
    return without_persons(first)[:200]

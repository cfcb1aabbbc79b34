"""A copy of the shipped charter folder in which one thing is changed at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

from charter.base.errors import DefinitionError, Problem
from charter.definitions import Agency, load_agency

KOTRA = Path(__file__).parents[2] / "charters" / "kotra"


def problems_of(folder: Path) -> list[Problem]:
    """Every problem that `charter check` tells of a folder; none when it is sound."""
    try:
        load_agency(folder)
    except DefinitionError as error:
        return list(error.problems)
    return []


class CharterFolder:
    """A charter folder to spoil: every change must hit exactly once, so that a test can't pass by missing."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / "kotra"
        shutil.copytree(KOTRA, self.path)

    def replace(self, file: str, old: str, new: str, *, nth: int = 1) -> int:
        """Replaces the ``nth`` occurrence of ``old``; returns the line it stood on."""
        text = (self.path / file).read_text(encoding="utf-8")
        start = -1
        for _ in range(nth):
            start = text.index(old, start + 1)
        (self.path / file).write_text(text[:start] + new + text[start + len(old) :], encoding="utf-8")
        return text.count("\n", 0, start) + 1

    def load(self) -> Agency:
        return load_agency(self.path)

    def problems(self) -> list[Problem]:
        """Every problem of the folder; none when it is sound."""
        return problems_of(self.path)

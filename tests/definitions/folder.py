"""A copy of a charter folder in which one thing is changed at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from charter.base.errors import DefinitionError, Problem
from charter.definitions import Agency, load_agency

KOTRA = Path(__file__).parents[2] / "charters" / "kotra"
TOWN = Path(__file__).parents[1] / "agencies" / "town"


def problems_of(folder: Path) -> list[Problem]:
    """Every problem that `charter check` tells of a folder; none when it is sound."""
    try:
        load_agency(folder)
    except DefinitionError as error:
        return list(error.problems)
    return []


class CharterFolder:
    """A charter folder to spoil: every change must hit exactly once, so that a test can't pass by missing."""

    def __init__(self, parent: Path, of: Path = KOTRA) -> None:
        self.path = parent / of.name
        shutil.copytree(of, self.path)

    def replace(self, file: str, old: str, new: str, *, nth: int = 1) -> int:
        """Replaces the ``nth`` occurrence of ``old``; returns the line it stood on."""
        text = (self.path / file).read_text(encoding="utf-8")
        start = -1
        for _ in range(nth):
            start = text.index(old, start + 1)
        (self.path / file).write_text(text[:start] + new + text[start + len(old) :], encoding="utf-8")
        return text.count("\n", 0, start) + 1

    def change(self, file: str, change: Callable[[Any], None]) -> None:
        """Changes the content of a file, where a text to replace would say less."""
        yaml = YAML()
        content = yaml.load(self.path / file)
        change(content)
        yaml.dump(content, self.path / file)

    def load(self) -> Agency:
        return load_agency(self.path)

    def problems(self) -> list[Problem]:
        """Every problem of the folder; none when it is sound."""
        return problems_of(self.path)

"""Changes that change nothing, each by the shape of its line and the change, with why no row can show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tests.mutants.changes import Mutant

FILE = Path(__file__).with_name("equivalents.yaml")


@dataclass(frozen=True)
class Equivalent:
    """The changes (``names``, as Mutant.name says them) in the lines of one shape of a model that no row can show."""

    model: str
    line: str
    names: tuple[str, ...]
    because: str

    def is_of(self, mutant: Mutant) -> bool:
        return (mutant.model, mutant.shape) == (self.model, self.line) and mutant.name in self.names


def read_equivalents(file: Path = FILE) -> list[Equivalent]:
    """What the file lists."""
    return [
        Equivalent(model, each["line"], tuple(each["changes"]), each["because"])
        for model, of_model in (YAML(typ="safe").load(file.read_text("utf-8")) or {}).items()
        for each in of_model
    ]


def stale(equivalents: Iterable[Equivalent], mutants: Iterable[Mutant]) -> list[Equivalent]:
    """Those of which no mutant is left: the line has been changed, and what was said of it holds no longer."""
    known = {(each.model, each.shape, each.name) for each in mutants}
    return [each for each in equivalents if any((each.model, each.line, name) not in known for name in each.names)]

"""What several checks of a charter folder need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from charter.base.errors import Problem
from charter.definitions.document import Document, Location


def repeated(document: Document, base: Location, ids: Sequence[str], noun: str) -> Iterator[Problem]:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield Problem(f"the {noun} '{name}' is given twice", document.place((*base, index)), "keep one of them")


def overlapping(periods: list[tuple[date, date | None]]) -> Iterator[int]:
    """Indexes of periods that begin before an earlier-starting one has ended. Ends are included; None is open."""
    order = sorted(range(len(periods)), key=lambda index: periods[index][0])
    for before, after in pairwise(order):
        end = periods[before][1]
        if end is None or end >= periods[after][0]:
            yield after

"""Checks that what a file names among a table's columns is there, and of a fitting type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from charter.base.errors import Problem
from charter.definitions.document import Document, Location
from charter.definitions.models import MOMENTS, Comparison, Subject, Where


def closest(name: str, known: Iterable[str]) -> str:
    """How to mend a name that is not among ``known``."""
    options = sorted(known)
    near = get_close_matches(name, options, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(options)}"


class Columns:
    """Checks that columns named in a file exist in one subject table and have a fitting type."""

    def __init__(self, document: Document, name: str, subject: Subject) -> None:
        self.document = document
        self.name = name
        self.subject = subject

    def column(self, place: Location, name: str, types: Iterable[str] | None) -> Iterator[Problem]:
        column = self.subject.columns.get(name)
        if column is None:
            yield Problem(
                f"'{name}' is not a column of '{self.name}'",
                self.document.place(place),
                closest(name, self.subject.columns),
            )
        elif types is not None and column.type not in types:
            yield Problem(
                f"'{name}' of '{self.name}' is of type {column.type}, not {' or '.join(sorted(types))}",
                self.document.place(place),
                "name a column of that type, or correct its type in subjects.yaml",
            )

    def where(self, place: Location, where: Where) -> Iterator[Problem]:
        for name, condition in where.items():
            yield from self.column((*place, name), name, None)
            column = self.subject.columns.get(name)
            if column is not None and isinstance(condition, Comparison) and condition.later_than is not None:
                yield from self.column((*place, name), name, MOMENTS)
                yield from self.column((*place, name, "later_than"), condition.later_than, {column.type})
            if column is None or column.values is None:
                continue
            given = condition.not_in or [] if isinstance(condition, Comparison) else condition
            for value in given if isinstance(given, list) else [given]:
                if value not in column.values:
                    yield Problem(
                        f"'{value}' is not a value of '{name}' in '{self.name}'",
                        self.document.place((*place, name)),
                        closest(str(value), column.values),
                    )

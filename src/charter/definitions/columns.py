"""Checks that what a file names among a table's columns is there, and of a fitting type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from charter.base.errors import Problem
from charter.definitions.document import Document, Location
from charter.definitions.models import MOMENTS, Comparison, Scalar, Subject, SubjectColumn, Where

NUMBERS = frozenset({"number", "integer"})
Condition = Scalar | list[Scalar] | Comparison


def closest(name: str, known: Iterable[str]) -> str:
    """How to mend a name that is not among ``known``."""
    options = sorted(known)
    near = get_close_matches(name, options, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(options)}"


def no_subject_table(document: Document, place: Location, name: str, subjects: Iterable[str]) -> Problem:
    """What is wrong where ``name`` should be one of the tables ``subjects``, and is none."""
    return Problem(f"'{name}' is not a subject table", document.place(place), closest(name, subjects))


class Columns:
    """Checks that columns named in a file exist in one subject table and have a fitting type.

    ``departments`` are the ids that a column of departments may be compared with; None where that is not checked.
    """

    def __init__(
        self, document: Document, name: str, subject: Subject, departments: Collection[str] | None = None
    ) -> None:
        self.document = document
        self.name = name
        self.subject = subject
        self.departments = departments

    def is_date(self, name: str | None) -> bool:
        """Whether the table has a column ``name`` that holds dates."""
        column = self.subject.columns.get(name or "")
        return column is not None and column.type == "date"

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
            if column is None:
                continue
            if isinstance(condition, Comparison) and condition.later_than is not None:
                yield from self.column((*place, name), name, MOMENTS)
                yield from self.column((*place, name, "later_than"), condition.later_than, {column.type})
            if isinstance(condition, Comparison):
                for edge in ("at_least", "at_most"):
                    if isinstance(other := getattr(condition, edge), str):
                        yield from self.column((*place, name, edge), other, NUMBERS)
            yield from self._fits((*place, name), name, column, condition)

    def _fits(self, place: Location, name: str, column: SubjectColumn, condition: Condition) -> Iterator[Problem]:
        """Whether a column of that type can be compared so: what the SQL would otherwise fail on, or never find."""
        if isinstance(condition, Comparison):
            if (condition.at_least is not None or condition.at_most is not None) and column.type not in NUMBERS:
                yield self._misfit(place, name, column, "at_least and at_most compare numbers")
            if condition.not_in is None:
                return
            given = condition.not_in
        else:
            given = condition if isinstance(condition, list) else [condition]
        if column.is_moment or column.type == "pseudonym":
            yield self._misfit(place, name, column, "no value is compared with that: use is_null or later_than")
            return
        if not given:
            yield Problem(
                f"no value is listed for '{name}'", self.document.place(place), "list one, or remove the condition"
            )
        known = self.departments if column.type == "department" else column.values
        for value in given:
            if not _is_of_type(value, column.type):
                what = f"{value!r} is no value of a column of type {column.type}"
                yield self._misfit(place, name, column, what)
            elif known is not None and value not in known:
                yield Problem(
                    f"'{value}' is not a value of '{name}' in '{self.name}'",
                    self.document.place(place),
                    closest(str(value), known),
                )

    def _misfit(self, place: Location, name: str, column: SubjectColumn, what: str) -> Problem:
        return Problem(
            f"'{name}' of '{self.name}' is of type {column.type}: {what}",
            self.document.place(place),
            "compare it with what such a column holds, or correct its type in subjects.yaml",
        )


def _is_of_type(value: Scalar, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return kind in NUMBERS if isinstance(value, int | float) else kind in ("text", "code", "department")

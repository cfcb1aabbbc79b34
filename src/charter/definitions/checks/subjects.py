"""Checks of subjects.yaml: what its tables refer to."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.errors import Problem
from charter.definitions.columns import closest
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import (
    Subject,
    SubjectColumn,
)


def check_subjects(folder: Folder) -> Iterator[Problem]:
    document, subjects = folder.documents["subjects.yaml"], folder.subjects.subjects
    landed = {name for name, subject in subjects.items() if subject.landed}
    for name, subject in subjects.items():
        for index, table in enumerate(subject.of):
            if table not in landed:
                yield Problem(
                    f"'{table}' is not a landed table",
                    document.place(("subjects", name, "of", index)),
                    closest(table, landed),
                )
        for column, rule in subject.columns.items():
            yield from _check_reference(document, ("subjects", name, "columns", column), rule, subjects)


def _check_reference(
    document: Document, place: Location, column: SubjectColumn, subjects: dict[str, Subject]
) -> Iterator[Problem]:
    if column.refers_to is None:
        return
    landed = {name for name, subject in subjects.items() if subject.landed}
    if column.refers_to not in landed:
        yield Problem(
            f"'{column.refers_to}' is not a landed table",
            document.place((*place, "refers_to")),
            closest(column.refers_to, landed),
        )
    elif column.type != "text":
        yield Problem(
            f"a column of type {column.type} can't hold a key of '{column.refers_to}'",
            document.place((*place, "refers_to")),
            "give it the type text, or remove refers_to",
        )

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
from charter.definitions.names import COLUMNS_OF_EVERY_ROW, ENGINE_MODELS, SQL_WORDS


def check_subjects(folder: Folder) -> Iterator[Problem]:
    document, subjects = folder.documents["subjects.yaml"], folder.subjects.subjects
    landed = {name for name, subject in subjects.items() if subject.landed}
    yield from _check_models(document, subjects)
    for name, subject in subjects.items():
        yield from _check_names(document, name, subject)
        for index, table in enumerate(subject.of):
            if table not in landed:
                yield Problem(
                    f"'{table}' is not a landed table",
                    document.place(("subjects", name, "of", index)),
                    closest(table, landed),
                )
        for column, rule in subject.columns.items():
            yield from _check_reference(document, ("subjects", name, "columns", column), rule, subjects)


def _check_names(document: Document, name: str, subject: Subject) -> Iterator[Problem]:
    """Whether the columns that the file itself names can stand in SQL, and are not there already."""
    is_written = subject.landed or subject.from_ is not None
    for column in subject.columns:
        place = document.place(("subjects", name, "columns", column))
        if column in SQL_WORDS:
            yield Problem(
                f"the column '{column}' of '{name}' is a word of SQL",
                place,
                f"call it otherwise, such as {column}_: sources.yaml maps it to whatever the source calls it",
            )
        elif is_written and column in COLUMNS_OF_EVERY_ROW:
            yield Problem(
                f"every row of '{name}' has a column '{column}' that says where it comes from",
                place,
                f"call it otherwise, such as own_{column}: sources.yaml maps it to whatever the source calls it",
            )


def _check_models(document: Document, subjects: dict[str, Subject]) -> Iterator[Problem]:
    """Whether each table has a model of its own."""
    owners: dict[str, str] = {}
    for name, subject in subjects.items():
        place = document.place(("subjects", name))
        if subject.model in ENGINE_MODELS:
            yield Problem(
                f"'{name}' has the model '{subject.model}', which is one of the engine's own",
                place,
                "call the table otherwise, or name another model",
            )
        elif (other := owners.setdefault(subject.model, name)) != name:
            yield Problem(
                f"'{other}' and '{name}' have the same model '{subject.model}'",
                place,
                "name another model for one of them, or call it otherwise",
            )


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

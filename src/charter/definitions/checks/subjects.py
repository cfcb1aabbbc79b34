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
from charter.definitions.references import Reference, references


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
            yield from _check_order(document, ("subjects", name, "columns", column), name, column, subjects)
        yield from _check_whose_rows(folder, name, subject)


def _check_whose_rows(folder: Folder, name: str, subject: Subject) -> Iterator[Problem]:
    """Whether the rows by which a table is told name its rows, also where several sources have the same keys."""
    document, facts = folder.documents["subjects.yaml"], [*subject.facts.items()]
    named: list[tuple[Location, str, str]] = [
        (("subjects", name, "columns", column), fact.of, fact.by) for column, fact in facts if fact.of and fact.by
    ]
    if subject.ownership is not None:
        owned = subject.ownership
        named.append((("subjects", name, "ownership"), owned.of, owned.by or subject.key))
    for place, table, column in named:
        yield from check_names_rows(folder, document, place, table, column, name)


def check_names_rows(
    folder: Folder, document: Document, place: Location, table: str, column: str, whose: str
) -> Iterator[Problem]:
    """Whether ``column`` of ``table`` holds keys of ``whose``. A key of a table that several sources feed tells its
    source, and so does a column that says that it refers to the table; any other would never hold the same."""
    subjects, parent = folder.subjects.subjects, _landed_base(folder.subjects.subjects, whose)
    feeding = [each.id for each in folder.sources.sources if any(feed.table == parent for feed in each.feeds)]
    landed = _landed_base(subjects, table)
    if len(feeding) < 2 or landed not in subjects or column not in subjects[landed].columns:
        return
    is_its_key = landed == parent and column == subjects[parent].key
    if not is_its_key and Reference(column, parent) not in references(subjects, landed):
        yield Problem(
            f"'{parent}' is fed by {' and '.join(feeding)},"
            f" and nothing says that '{column}' of '{landed}' names its rows",
            document.place(place),
            f"add refers_to: {parent} to '{column}' in subjects.yaml: their equal keys are two rows",
        )


def _landed_base(subjects: dict[str, Subject], table: str) -> str:
    """The landed table whose rows a table has."""
    subject = subjects.get(table)
    return table if subject is None or subject.from_ is None else _landed_base(subjects, subject.from_)


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
        if subject.model.partition("_tier_")[0] in ENGINE_MODELS:
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


def _check_order(
    document: Document, place: Location, table: str, name: str, subjects: dict[str, Subject]
) -> Iterator[Problem]:
    """Whether the moment that ``no_earlier_than`` names is one that the row's can be compared with."""
    column = subjects[table].columns[name]
    if column.no_earlier_than is None:
        return
    where = document.place((*place, "no_earlier_than"))
    parent, point, moment = column.no_earlier_than.partition(".")
    if not point:
        yield Problem(f"'{parent}' names no table", where, f"write the table before it: <table>.{parent}")
        return
    known = {reference.parent for reference in references(subjects, table)} if subjects[table].landed else set()
    theirs = subjects[parent].columns.get(moment) if parent in known else None
    if parent not in known:
        yield Problem(f"'{table}' refers to no table '{parent}'", where, closest(parent, known))
    elif theirs is None:
        yield Problem(f"'{parent}' has no column '{moment}'", where, closest(moment, subjects[parent].columns))
    elif theirs.type != column.type or not column.is_moment:
        yield Problem(
            f"'{name}' is of type {column.type}, '{moment}' of type {theirs.type}",
            where,
            "compare an instant with an instant, or a date with a date",
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

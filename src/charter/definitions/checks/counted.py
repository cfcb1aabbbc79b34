"""Checks of what is counted in slots and on days: that the slots exist, and that somebody answers for each count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.checks.common import repeated
from charter.definitions.checks.subjects import check_names_rows
from charter.definitions.columns import Columns, closest, no_subject_table
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import CountedPart, MeasurePart, Population, Rule, SlotKind


def check_periods(folder: Folder) -> Iterator[Problem]:
    """The periods in which the charter is judged are named once, and the calendar says when they begin."""
    document, periods = folder.documents["charter.yaml"], folder.charter.periods
    yield from repeated(document, ("periods",), periods, "period")
    for index, kind in enumerate(periods):
        if kind == "fiscal_year":
            yield from check_slot(folder, ("periods", index), kind)


def check_slot(folder: Folder, place: Location, slot: SlotKind) -> Iterator[Problem]:
    """Terms and fiscal years are the agency's own: calendar.yaml has to say when they are."""
    calendar, document = folder.calendar, folder.documents["charter.yaml"]
    if slot == "term" and not calendar.terms:
        yield Problem(
            "calendar.yaml names no terms",
            document.place(place),
            "add terms: [{name: 2026-spring, from: 2026-03-02, to: 2026-06-30}, …] to calendar.yaml",
        )
    if slot == "fiscal_year" and calendar.fiscal_year_starts is None:
        yield Problem(
            "calendar.yaml does not say when the fiscal year starts",
            document.place(place),
            "add fiscal_year_starts: 04-01 (month and day) to calendar.yaml",
        )


def check_departments(folder: Folder, document: Document, base: Location, rule: Rule[Any]) -> Iterator[Problem]:
    """A count is that of one department, or there is one for each department of a kind, named by the owner's column."""
    kinds = {kind for department in folder.organisation.departments for kind in department.kinds}
    for index, part in enumerate(rule.parts):
        if not isinstance(part, CountedPart):
            continue
        place: Location = (*base, "parts", index)
        each_row_has_its_own = isinstance(part, MeasurePart) and part.rolling is not None
        if part.per_kind is None and rule.owner.column is not None and not each_row_has_its_own:
            yield Problem(
                f"'{part.id}' is one count, and '{rule.owner.column}' names many departments that would answer for it",
                document.place(place),
                "add per: {department: <kind>} for one commitment each, or give owner: {department: …}",
            )
        if part.per_kind is not None and rule.owner.column is None:
            yield Problem(
                f"'{part.id}' has a commitment for each department, and no column says which row is whose",
                document.place((*place, "per")),
                "give owner: {column: …} in the rule, or leave per out",
            )
        if part.per_kind is not None and part.per_kind not in kinds:
            yield Problem(
                f"no department is of the kind '{part.per_kind}'",
                document.place((*place, "per", "department")),
                closest(part.per_kind, kinds),
            )


def check_population(
    folder: Folder, place: Location, population: Population, table: str, item: str
) -> Iterator[Problem]:
    """The table of those that should stand, its columns, and whether ``item`` of our ``table`` can name them."""
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(population.subject)
    if subject is None:
        yield no_subject_table(document, (*place, "subject"), population.subject, subjects)
        return
    check = Columns(document, population.subject, subject)
    yield from check.column((*place, "item"), population.item, None)
    yield from check.column((*place, "starts"), population.starts, {"date"})
    yield from check.column((*place, "ends"), population.ends, {"date"})
    if population.item == subject.key:
        yield from check_names_rows(folder, document, (*place, "item"), table, item, population.subject)

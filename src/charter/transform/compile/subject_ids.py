"""How rows are called where several sources feed one table: a key belongs to its source.

A table with rows of one source keeps its keys as they are. Where a second source feeds it, or ever landed in it, its
ids are ``source/key``, and a column that refers to it follows: to the row of the same source if that source feeds the
table. Of a row of another source the key is looked up: it must have been known from one source alone. What it then
refers to is told, never guessed: ``voc/17`` names the source itself, and ``?/17`` is no row's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from charter.base.settings import Settings
from charter.definitions.models import KINDS_OF_CASES, Agency
from charter.definitions.references import Reference, references
from charter.lake.files import landed_files
from charter.transform.compile.cases import case_tables

# Of each shared table the sources whose ids it holds, in order.
SharedTables = Mapping[str, tuple[str, ...]]
EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SharedReference:
    """A column that refers to a shared table ``parent``, which is keyed by ``key`` and has ids of ``sources``.

    ``is_looked_up`` says that a key of a source that does not feed ``parent`` can be looked up: a night that reworks a
    row must have that row's parents in view.
    """

    parent: str
    key: str
    sources: tuple[str, ...]
    is_looked_up: bool


@dataclass(frozen=True)
class TableIds:
    """``is_shared``: the table's own key tells the source. ``references``: its columns that refer to shared tables."""

    is_shared: bool
    references: dict[str, SharedReference] = field(default_factory=dict)


@dataclass(frozen=True)
class SharedStandard:
    """A standard whose subjects are called as the rows of a shared ``table`` are, which is keyed by ``key``."""

    standard_id: str
    table: str
    key: str
    sources: tuple[str, ...]


def shared_tables(settings: Settings, agency: Agency, known_at: datetime = EVER) -> SharedTables:
    """The tables that more than one source feeds, by sources.yaml or by what the lake held at ``known_at`` (aware).

    A source that was taken out of sources.yaml keeps its rows, and its rows keep their ids.
    """
    shared = {}
    for table, subject in agency.subjects.items():
        if subject.landed:
            landed = {
                file.parents[1].name.removeprefix("source=") for file in landed_files(settings, table, until=known_at)
            }
            sources = {*agency.feeding(table), *landed}
            if len(sources) > 1:
                shared[table] = tuple(sorted(sources))
    return shared


def table_ids(agency: Agency, shared: SharedTables) -> dict[str, TableIds]:
    """The tables whose rows are called otherwise than their sources call them, or refer to such rows."""
    found = {}
    for table, subject in agency.subjects.items():
        if not subject.landed:
            continue
        columns = {
            each.column: _shared_reference(agency, shared, table, each)
            for each in references(agency.subjects, table)
            if each.parent in shared
        }
        if columns or table in shared:
            found[table] = TableIds(table in shared, columns)
    return found


def _shared_reference(agency: Agency, shared: SharedTables, table: str, reference: Reference) -> SharedReference:
    parent = reference.parent
    return SharedReference(
        parent, agency.subjects[parent].key, shared[parent], in_view_together(agency, table, reference)
    )


def shared_standards(agency: Agency, shared: SharedTables) -> list[SharedStandard]:
    """The standards whose commitments tell the source in their subject's id."""
    found = []
    for standard in agency.charter.standards:
        if standard.kind not in KINDS_OF_CASES:
            continue
        tables = dict.fromkeys(
            table for rule in standard.rules for table in shared if _is_called_as(agency, rule.subject, table)
        )
        found += [
            SharedStandard(standard.id, table, agency.subjects[table].key, shared[table]) for table in list(tables)[:1]
        ]
    return found


def _is_called_as(agency: Agency, name: str, table: str) -> bool:
    """Whether the subjects ``name`` have the ids of the landed ``table``: itself, or derived of it by its key."""
    subject = agency.subjects[name]
    return name == table or (table in subject.of and subject.key == agency.subjects[table].key)


def in_view_together(agency: Agency, table: str, reference: Reference) -> bool:
    """Whether every night that shows a row of ``table`` shows the row that its ``reference`` names."""
    for tables in case_tables(agency):
        if table in tables.landed or reference.parent in tables.landed:
            is_of_case = reference.column == tables.case == agency.subjects[reference.parent].key
            return is_of_case and {table, reference.parent} <= set(tables.landed)
    return True

"""Rows that tell of a case which their own source's register does not have: what it promised may have been breached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.definitions.references import references
from charter.extract.corrections.refusals import key_text
from charter.lake.engine import connect
from charter.lake.files import landed_files, rows_of
from charter.lake.receipts import SourceReceipt
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import versions_where
from charter.transform.doubt.rows_ahead import lies_after
from charter.transform.doubt.rows_withdrawn import is_confirmed


@dataclass(frozen=True)
class _OfCase:
    """A landed ``table`` whose rows name their case in ``column``: the key of a row of ``parent``."""

    table: str
    column: str
    parent: str


def rows_orphaned(
    settings: Settings,
    agency: Agency,
    receipts: Sequence[SourceReceipt],
    as_of: datetime,
    known_at: datetime,
    refused: Sequence[DoubtedRow],
) -> Iterator[DoubtedRow]:
    """The rows in order at ``known_at`` whose case never landed, although their source feeds both tables.

    Not those dated after ``as_of`` (both aware), those of a case that was ``refused`` and stands in doubt itself, nor
    those that a person has confirmed since, or whose case's deletions are believed.
    """
    for each in _tables(agency):
        cases = _missing_cases(settings, each, known_at)
        key = agency.subjects[each.parent].key
        cases -= {(row.source_id, key_text(row.cells.get(key))) for row in refused if row.table == each.parent}
        columns = agency.subjects[each.table].columns
        moments = [name for name, column in columns.items() if column.required and column.is_moment]
        condition = _is_missing(settings, each, known_at)
        for versions in versions_where(settings, agency, each.table, condition, known_at) if cases else ():
            newest = versions[-1]
            if newest.deleted or (newest.source_id, key_text(newest.cells[each.column])) not in cases:
                continue
            is_ahead = any(lies_after(as_of, newest.cells[name], agency) for name in moments)
            if not is_ahead and not is_confirmed(agency, receipts, each.parent, versions[0]):
                yield DoubtedRow.landed(each.table, versions, "orphaned", newest.cells)


def _tables(agency: Agency) -> Iterator[_OfCase]:
    """The tables of cases of which one source feeds both: what another source says of a case may be mistyped there."""
    for table, subject in agency.subjects.items():
        for reference in references(agency.subjects, table) if subject.landed else ():
            if reference.column == subject.case and {*agency.feeding(table)} & {*agency.feeding(reference.parent)}:
                yield _OfCase(table, reference.column, reference.parent)


def _is_missing(settings: Settings, of_case: _OfCase, known_at: datetime) -> str:
    """SQL over the lake's columns: the row's own source has fed the parent's table, and never with its case."""
    cases = rows_of(landed_files(settings, of_case.parent, until=known_at))
    return (
        f'"{of_case.column}" IS NOT NULL AND _source_id IN (SELECT _source_id FROM {cases})'
        f" AND concat(_source_id, '/', \"{of_case.column}\") NOT IN"
        f" (SELECT concat(_source_id, '/', _row_key) FROM {cases})"
    )


def _missing_cases(settings: Settings, of_case: _OfCase, known_at: datetime) -> set[tuple[str, str | None]]:
    """The cases, by source and key, that some row names and no register ever had."""
    files = landed_files(settings, of_case.table, until=known_at)
    if not files or not landed_files(settings, of_case.parent, until=known_at):
        return set()
    with connect() as db:
        found = db.execute(
            f'SELECT DISTINCT _source_id, "{of_case.column}"::VARCHAR FROM {rows_of(files)}'
            f" WHERE {_is_missing(settings, of_case, known_at)}"
        ).fetchall()
    return {(source_id, key) for source_id, key in found}

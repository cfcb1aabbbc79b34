"""Rows that are dated before what they belong to: one of the two dates is wrong, and nobody knows which."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.definitions.references import Order, orders
from charter.lake.files import landed_files, rows_of
from charter.lake.newest import newest_versions
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import versions_where


def rows_disordered(settings: Settings, agency: Agency, known_at: datetime) -> Iterator[DoubtedRow]:
    """The rows whose newest version known at ``known_at`` (aware) has a moment earlier than it may be.

    What that moment says is not believed. A row whose parent has not landed is in order.
    """
    for table, subject in agency.subjects.items():
        for order in orders(agency.subjects, table) if subject.landed else ():
            condition = _is_disordered(settings, agency, table, order, known_at)
            for versions in versions_where(settings, agency, table, condition, known_at) if condition else ():
                cells = {name: cell for name, cell in versions[-1].cells.items() if name != order.column}
                yield DoubtedRow.landed(table, versions, "disordered", cells)


def _is_disordered(settings: Settings, agency: Agency, table: str, order: Order, known_at: datetime) -> str:
    """SQL over the lake's columns; empty where nothing has landed that could be compared.

    A source that feeds both tables speaks of its own cases; any other one may mean a case of whichever source.
    """
    files, parents = (landed_files(settings, each, until=known_at) for each in (table, order.parent))
    if not files or not parents:
        return ""
    feeding = ", ".join(f"'{source}'" for source in agency.feeding(order.parent))
    return (
        "(_source_id, _row_key) IN ("
        f"SELECT (own._source_id, own._row_key) FROM ({newest_versions(rows_of(files))}) own"
        f' JOIN ({newest_versions(rows_of(parents))}) parent ON own."{order.by}"::VARCHAR = parent._row_key'
        f" AND (own._source_id = parent._source_id OR own._source_id NOT IN ({feeding}))"
        f" WHERE NOT own._deleted AND NOT parent._deleted"
        f' AND own."{order.column}" < parent."{order.moment}")'
    )

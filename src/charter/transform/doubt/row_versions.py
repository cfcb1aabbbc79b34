"""The versions of landed rows, row by row, as far as somebody looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.extract.corrections.refusals import Cell
from charter.lake.engine import connect
from charter.lake.files import landed_files, rows_of
from charter.lake.newest import version_order

_LINEAGE = "_source_id, _row_key, _known_at, _deleted, _row_hash, _origin"


@dataclass(frozen=True)
class RowVersion:
    """One version of a landed row, from the night ``known_at`` (aware). ``cells`` are texts, by column."""

    source_id: str
    key: str
    known_at: datetime
    deleted: bool
    row_hash: str
    origin: str
    cells: dict[str, Cell]


def versions_where(
    settings: Settings, agency: Agency, table: str, condition: str, known_at: datetime, of_all: str = "true"
) -> Iterator[list[RowVersion]]:
    """All versions known at ``known_at`` (aware), oldest first, of each row of ``table`` one of whose versions meets
    ``condition`` (SQL over the lake's columns), while these versions together meet ``of_all`` (SQL of aggregates)."""
    columns = agency.subjects[table].columns
    files = landed_files(settings, table, until=known_at)
    if not files:
        return
    rows = rows_of(files)
    with connect() as db:
        db.execute(
            f"CREATE TEMP TABLE wanted AS SELECT _source_id, _row_key FROM {rows} WHERE {condition}"
            f" GROUP BY _source_id, _row_key HAVING {of_all}"
        )
        # Most nights there is none, and the rows themselves need not be read.
        if db.execute("SELECT count(*) FROM wanted").fetchone() == (0,):
            return
        texts = ", ".join(f'"{name}"::VARCHAR' for name in columns)
        found = db.execute(
            f"SELECT {_LINEAGE}, {texts} FROM {rows} SEMI JOIN wanted USING (_source_id, _row_key)"
            f" ORDER BY _source_id, _row_key, {version_order()}, _row_hash DESC"
        ).fetchall()
    for _, versions in groupby(found, key=lambda row: row[:2]):
        yield [
            RowVersion(
                source_id,
                key,
                night.replace(tzinfo=UTC),
                deleted,
                row_hash,
                origin,
                dict(zip(columns, cells, strict=True)),
            )
            for source_id, key, night, deleted, row_hash, origin, *cells in versions
        ]

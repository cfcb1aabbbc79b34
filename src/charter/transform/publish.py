"""Publishes the marts: a copy of its own that readers open while the next night is being built."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from charter.errors import TransformError
from charter.settings import Settings


def publish_warehouse(settings: Settings) -> list[str]:
    """Copies the schema ``marts`` into a new file and puts it in place of the published one atomically.

    Readers that have the old file open keep reading it. Returns the published tables' names.
    Raises TransformError when the working warehouse has not been built.
    """
    if not settings.work_warehouse.exists():
        raise TransformError(
            "there is no warehouse to publish",
            where=str(settings.work_warehouse),
            remedy="run the transform step first",
        )
    fresh = settings.warehouse.with_suffix(".duckdb.new")
    for leftover in (fresh, Path(f"{fresh}.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(f"attach '{settings.work_warehouse}' as work (read_only)")
        names = [
            str(row[0])
            for row in connection.execute(
                "select table_name from duckdb_tables() "
                "where database_name = 'work' and schema_name = 'marts' order by 1"
            ).fetchall()
        ]
        connection.execute("create schema marts")
        for name in names:
            connection.execute(f'create table marts."{name}" as select * from work.marts."{name}"')
        connection.execute("detach work")
    fresh.replace(settings.warehouse)
    return names


def published_as_of(settings: Settings) -> datetime | None:
    """The as-of (aware, UTC) of the published warehouse; None when nothing was published yet."""
    if not settings.warehouse.exists():
        return None
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        row = connection.execute("select as_of from marts.run").fetchone()
    assert row is not None
    return datetime.fromisoformat(str(row[0])).replace(tzinfo=UTC)

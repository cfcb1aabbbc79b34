"""Publishes the marts: a copy of its own that readers open while the next night is being built."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from charter.base.errors import TransformError
from charter.base.files import sql_text, whole_file
from charter.base.private import private_file
from charter.base.settings import Settings
from charter.transform.build.builds import read_made_by, write_made_by
from charter.transform.build.engine import damaged, opened

_NAMES = "select table_name from duckdb_tables() where database_name = {database} and schema_name = 'marts' order by 1"


def publish_warehouse(settings: Settings) -> list[str]:
    """Puts a copy of the schema ``marts``, and of nothing else, in place of the published warehouse atomically.

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
    with whole_file(settings.warehouse, half=fresh):
        # A log of an earlier attempt would be played into the new file.
        Path(f"{fresh}.wal").unlink(missing_ok=True)
        names = _copy_file(settings, fresh) if _is_mostly_marts(settings) else _copy_tables(settings, fresh)
        _write_out_log(settings, fresh)
        private_file(fresh)
    return names


def _is_mostly_marts(settings: Settings) -> bool:
    """After an increment the working warehouse holds little beside the marts; after a full build, every source row."""
    if Path(f"{settings.work_warehouse}.wal").exists():
        return False
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        try:
            return connection.execute("select is_full from control.build").fetchall() == [(False,)]
        except duckdb.CatalogException:
            return False


def _copy_file(settings: Settings, fresh: Path) -> list[str]:
    """Copies bytes, which is much faster than writing the ledger anew, and drops what is not for readers."""
    shutil.copyfile(settings.work_warehouse, fresh)
    with opened(settings, fresh) as connection:
        schemas = connection.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
        for (schema,) in schemas:
            if schema != "marts":
                connection.execute(f'drop schema "{schema}" cascade')
        return [name for (name,) in connection.execute(_NAMES.format(database="current_database()")).fetchall()]


def _copy_tables(settings: Settings, fresh: Path) -> list[str]:
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        made = read_made_by(connection)
    with opened(settings, fresh) as connection:
        connection.execute(f"attach {sql_text(settings.work_warehouse)} as work (read_only)")
        names = [str(name) for (name,) in connection.execute(_NAMES.format(database="'work'")).fetchall()]
        connection.execute("create schema marts")
        for name in names:
            connection.execute(f'create table marts."{name}" as select * from work.marts."{name}"')
        connection.execute("detach work")
        if made is not None:
            write_made_by(connection, made)
    return names


def _write_out_log(settings: Settings, fresh: Path) -> None:
    """Closing a file hides it when there was no room for what its log holds; and the log would stay behind."""
    with opened(settings, fresh) as connection:
        connection.execute("force checkpoint")


def published_as_of(settings: Settings) -> datetime | None:
    """The as-of (aware, UTC) of the published warehouse; None when nothing was published yet.

    Raises DamagedWarehouse when the file is there and can't tell.
    """
    if not settings.warehouse.exists():
        return None
    try:
        with opened(settings, settings.warehouse, read_only=True) as connection:
            row = connection.execute("select as_of from marts.run").fetchone()
    except duckdb.CatalogException as error:
        raise damaged(settings, settings.warehouse, "it holds no marts") from error
    if row is None:
        raise damaged(settings, settings.warehouse, "it names no night")
    return datetime.fromisoformat(str(row[0])).replace(tzinfo=UTC)

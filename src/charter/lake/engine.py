"""An in-memory DuckDB for set operations on Arrow tables. It never spills: what it holds may be personal."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session of its own: nothing on disk, nothing fetched, UTC. Its temporary tables go with it."""
    session = _database(os.getpid()).cursor()
    try:
        yield session
    finally:
        session.close()


@functools.cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    # One for each process (to start one costs more than most queries); threads do not survive a fork.
    database = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    database.execute("SET temp_directory = ''")
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    return database

"""DuckDB as the transform opens it: in UTC, in the memory it was given. What does not fit spills to ``var/work``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from charter.settings import Settings

MEMORY_LIMIT = "CHARTER_MEMORY_LIMIT"
DEFAULT_MEMORY_LIMIT = "4GB"


def memory_limit(settings: Settings) -> str:
    """How much memory DuckDB may use, as it spells it (``4GB``)."""
    return settings.environment.get(MEMORY_LIMIT) or DEFAULT_MEMORY_LIMIT


def spill_dir(settings: Settings) -> Path:
    return settings.work_dir / "duckdb_temp"


@contextmanager
def opened(settings: Settings, file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file of ours; raises duckdb.Error when it can't be opened or used."""
    bounds: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit(settings),
        "temp_directory": str(spill_dir(settings)),
    }
    connection = duckdb.connect(str(file), read_only=read_only, config=bounds)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()

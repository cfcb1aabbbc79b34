"""DuckDB as the transform opens it: in UTC, in the memory it was given. What does not fit spills to ``var/work``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from charter.base.errors import DamagedWarehouse
from charter.base.settings import Settings

MEMORY_LIMIT = "CHARTER_MEMORY_LIMIT"
DEFAULT_MEMORY_LIMIT = "4GB"

# What the engine says of a file that was cut short, overwritten in part or whole, or written by a later version.
_DAMAGE = re.compile(
    r"not a valid DuckDB database|could not read enough bytes|corrupt|checksum|version number|serializ", re.IGNORECASE
)
_LOCK = re.compile(r"could not set lock|conflicting lock", re.IGNORECASE)


def memory_limit(settings: Settings) -> str:
    """How much memory DuckDB may use, as it spells it (``4GB``)."""
    return settings.environment.get(MEMORY_LIMIT) or DEFAULT_MEMORY_LIMIT


def spill_dir(settings: Settings) -> Path:
    return settings.work_dir / "duckdb_temp"


def tells_damage(text: str) -> bool:
    """Whether the engine's words say that a database file is damaged."""
    return _DAMAGE.search(text) is not None


def tells_lock(text: str) -> bool:
    """Whether the engine's words say that another process has the file open."""
    return _LOCK.search(text) is not None


@contextmanager
def opened(settings: Settings, file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file of ours.

    Raises DamagedWarehouse when the file, wherever it is read, is not what was written; duckdb.Error when it can't be
    opened or used for another reason.
    """
    bounds: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit(settings),
        "temp_directory": str(spill_dir(settings)),
    }
    try:
        connection = duckdb.connect(str(file), read_only=read_only, config=bounds)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        if tells_damage(str(error)):
            raise damaged(settings, file, str(error)) from error
        raise


def damaged(settings: Settings, file: Path, said: str) -> DamagedWarehouse:
    """The error that names a damaged file, what the engine ``said`` of it, and what makes it whole."""
    remedy = "run the transform step again: it is built anew from the lake"
    if file == settings.warehouse:
        remedy = "run the last night again (charter nightly --rebuild): it is built and published anew from the lake"
    return DamagedWarehouse(
        f"the warehouse is damaged ({said.splitlines()[0].removeprefix('IO Error: ')})", where=str(file), remedy=remedy
    )


def discard(file: Path) -> None:
    """Removes a DuckDB file and its log."""
    for each in (file, Path(f"{file}.wal")):
        each.unlink(missing_ok=True)

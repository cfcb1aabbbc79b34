"""Which errors a person can mend, whoever runs the line: what a terminal prints, and what a task's log holds."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charter.base.agencies import in_own_names
from charter.base.errors import CharterError, StateError
from charter.base.files import full, unusable

_FULL = ("No space left", "disk is full", "disk quota", "out of disk")
# The modules that the errors of engines say they are of.
_ENGINES = ("duckdb", "_duckdb", "pyarrow", "sqlite3")
# What SQLite maps beside a database, in bytes.
_MAPPED = 32_768
_MENDED_BY = "restore what charter verify names from a copy; charter nightly --rebuild makes the warehouse anew"


def mendable(error: Exception) -> CharterError | None:
    """``error`` with its place and its remedy: one of ours, or what a disk, the memory or another process of ours is in
    the way of. None for anything else: that is our defect, and its traceback says where."""
    if isinstance(error, CharterError):
        return error
    if not isinstance(error, OSError | MemoryError) and not _is_of_an_engine(error):
        return None
    # A command that fails on its arguments need not wait for these.
    import duckdb
    import pyarrow as pa

    from charter.transform.build.engine import tells_lock

    said = (str(error).splitlines() or [""])[0]
    if isinstance(error, duckdb.Error | sqlite3.Error) and tells_full_disk(str(error)):
        return StateError.of([full(_place(error))])
    if isinstance(error, duckdb.IOException) and tells_lock(str(error)):
        remedy = (
            "one run at a time writes: wait for the other one (Airflow's, another terminal's) to end, then run again"
        )
        return StateError(said.removeprefix("IO Error: "), where="warehouse", remedy=remedy)
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        remedy = "free memory, or give CHARTER_MEMORY_LIMIT less of it (DuckDB then writes to disk sooner)"
        return StateError("there is not enough memory", where="this machine", remedy=remedy)
    if isinstance(error, duckdb.Error | sqlite3.Error | pa.ArrowException):
        what = f"a file of ours can't be read or written ({type(error).__name__}): {said}"
        return StateError(what, where="CHARTER_VAR", remedy=_MENDED_BY)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError) and error.errno is not None:
        return StateError.of([unusable(error, str(error.filename or "CHARTER_VAR"))])
    return None


def _is_of_an_engine(error: Exception) -> bool:
    return any(kind.__module__.partition(".")[0] in _ENGINES for kind in type(error).__mro__)


def _place(error: Exception) -> str:
    """The file that an engine named when it could not write. SQLite names none; it holds our outbox alone."""
    named = re.search(r'"([^"]+)"', str(error))
    return "outbox" if isinstance(error, sqlite3.Error) else named[1] if named else "CHARTER_VAR"


def tells_full_disk(text: str) -> bool:
    """Whether an engine's words say that there was no room to write."""
    return any(words in text for words in _FULL)


def is_for_want_of_room(error: sqlite3.Error, path: Path) -> bool:
    """Whether SQLite could not use the file ``path`` because its disk is full. Of the file that it maps into memory it
    only says that reading or writing failed."""
    found_none = "I/O error" in str(error) and shutil.disk_usage(path.parent).free < _MAPPED
    return tells_full_disk(str(error)) or found_none


@contextmanager
def ending_as_a_command(log: logging.Logger) -> Iterator[None]:
    """Ends the process as the command line does when what is done here fails for a reason that a person can mend.

    ``log`` gets each problem with its place and remedy, and the traceback at the level DEBUG. Raises SystemExit with
    the command's exit status, caused by the error.
    """
    try:
        yield
    except Exception as error:
        found = mendable(error)
        if found is None:
            raise
        for problem in found.problems:
            log.error("%s", in_own_names(str(problem)))
        log.debug("where it was raised", exc_info=error)
        raise SystemExit(found.exit_code) from found

"""Files of ours: written whole or not at all, named in SQL as they are, and what it means when that can't be."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from pathlib import Path

from charter.errors import Problem, StateError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_whole(path: Path, content: bytes | memoryview, *, half: Path | None = None, mode: int | None = None) -> None:
    """Puts ``content`` at ``path`` so that a reader, and whoever comes after a crash, sees the old file or the new one.

    ``half`` is where it grows (beside ``path`` when not given), on the same file system. Folders are made. ``mode`` is
    who may read and write the file, when that is not as usual. Raises StateError when the disk is full or does not let
    us write; then nothing has changed.
    """
    growing = half or path.with_name(f".{path.name}-{os.getpid()}")
    try:
        for folder in {growing.parent, path.parent}:
            folder.mkdir(parents=True, exist_ok=True)
        with growing.open("wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        growing.replace(path)
        _settle(path.parent)
    except OSError as error:
        with suppress(OSError):
            growing.unlink(missing_ok=True)
        raise StateError.of([unusable(error, path)]) from error


def _settle(folder: Path) -> None:
    """The name of a file outlives a loss of power only when its folder was written, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unusable(error: OSError, path: Path | str) -> Problem:
    """What stands in the way of a file of ours."""
    if error.errno in _FULL:
        return full(path)
    return Problem(
        f"the file or folder can't be used ({error.strerror})",
        str(path),
        "see that this user may read and write there; CHARTER_VAR names the folder in which all state is kept",
    )


def full(path: Path | str) -> Problem:
    """There is no room where ``path`` should be written."""
    return Problem(
        "the disk is full, or this user's share of it",
        str(path),
        "make room there, then run the same again: nothing half-written counts",
    )


def sql_text(path: Path) -> str:
    """A path as SQL spells a text."""
    return "'" + path.as_posix().replace("'", "''") + "'"


def sql_pattern(folder: Path) -> str:
    """A folder as it begins a pattern between the quotes of an SQL text: its own letters stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", folder.as_posix()).replace("'", "''")

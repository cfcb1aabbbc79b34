"""Files of ours: written whole or not at all, named in SQL as they are, and what it means when that can't be."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from charter.base.errors import Problem, StateError
from charter.base.sql import quoted

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def whole_file(path: Path, *, half: Path | None = None) -> Iterator[Path]:
    """Gives the place where what is to be at ``path`` grows: a reader, and whoever comes after a crash or a loss of
    power, sees the old file or the new one.

    It grows beside ``path``, or at ``half`` on the same file system, where nothing is left of an earlier attempt.
    Folders are made. Where anything is raised on the way nothing has changed. Raises StateError when the disk is full
    or does not let us write.
    """
    growing = half or path.with_name(f".{path.name}-{os.getpid()}")
    try:
        for folder in {growing.parent, path.parent}:
            folder.mkdir(parents=True, exist_ok=True)
        growing.unlink(missing_ok=True)
        yield growing
        _force_to_disk(growing)
        growing.replace(path)
        # The name of a file outlives a loss of power only when its folder was written, too.
        _force_to_disk(path.parent)
    except OSError as error:
        raise StateError.of([unusable(error, path)]) from error
    finally:
        with suppress(OSError):
            growing.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | memoryview, *, half: Path | None = None, mode: int | None = None) -> None:
    """Puts ``content`` at ``path``, whole or not at all; see :func:`whole_file`. ``mode`` is who may read and write the
    file, when that is not as usual. Raises StateError when the disk is full or does not let us write.
    """
    with whole_file(path, half=half) as growing, growing.open("wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(content)


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Puts ``files`` by their names into ``folder``, each whole or not at all, as :func:`write_whole` does, but waits
    for the disk about once, not twice for each. All of them are there when this returns. Raises StateError.
    """
    growing = {name: folder / f".{name}-{os.getpid()}" for name in files}
    # What stands in the way, should anything do so.
    at = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, half in growing.items():
            at = folder / name
            half.write_bytes(files[name])
        for name, half in growing.items():
            at = folder / name
            _force_to_disk(half)
        for name, half in growing.items():
            at = folder / name
            half.replace(at)
        _force_to_disk(folder)
    except OSError as error:
        raise StateError.of([unusable(error, at)]) from error
    finally:
        for half in growing.values():
            with suppress(OSError):
                half.unlink(missing_ok=True)


def _force_to_disk(path: Path) -> None:
    """Waits until what was written to a file or folder is on its disk."""
    descriptor = os.open(path, os.O_RDONLY)
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


def is_full_disk(error: BaseException) -> bool:
    """Whether ``error``, or what it was raised from, says that the disk is full."""
    return (isinstance(error, OSError) and error.errno in _FULL) or (
        error.__cause__ is not None and is_full_disk(error.__cause__)
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
    return quoted(path.as_posix())


def sql_pattern(folder: Path) -> str:
    """A folder as it begins a pattern between the quotes of an SQL text: its own letters stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", folder.as_posix()).replace("'", "''")

"""Folders and files that only their owner may open: landed rows, the warehouse, messages."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> Path:
    """``path``, made when it is missing, closed to everybody but its owner (one that was open, too)."""
    path.mkdir(parents=True, exist_ok=True)
    return _close(path)


def private_file(path: Path) -> Path:
    """``path``, an existing file, closed to everybody but its owner."""
    return _close(path)


def _close(path: Path) -> Path:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OF_OTHERS:
        # Of a folder that is somebody else's (a mounted volume), its owner decides.
        with suppress(PermissionError):
            path.chmod(mode & ~_OF_OTHERS)
    return path

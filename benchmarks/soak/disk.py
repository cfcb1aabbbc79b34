"""A small disk that can be filled to the last block, where the machine lets us have one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mounts a file system of that size on ``folder``. Gives whether that was allowed: it takes root."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=0700"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "soak", str(folder)], capture_output=True)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


@contextmanager
def filled(folder: Path, free_bytes: int) -> Iterator[None]:
    """The disk of ``folder`` with ``free_bytes`` left, for as long as this lasts."""
    ballast = folder / "ballast"
    found = os.statvfs(folder)
    too_many = max(0, found.f_bavail * found.f_frsize - free_bytes)
    try:
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(too_many, 1))
        yield
    finally:
        ballast.unlink(missing_ok=True)

"""Is there room for the next nights, and may we write?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

_GB = 1_000_000_000
# What a night writes beside the warehouse: landed rows, logs, pages, reports.
_BESIDE = _GB // 2
# So many nights' room is no worry.
_NIGHTS = 3
_FEWEST_FILES = 10_000


def look(place: Place, now: datetime) -> Iterator[Finding]:
    var = place.settings.var_dir
    folder = _first_there(var)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(cause="disk/right", state=State.FAILURE, code="disk_closed", where=var.as_posix())
    free, needed = shutil.disk_usage(folder).free, needed_by_a_night(place)
    state = State.FAILURE if free < needed else State.WARNING if free < _NIGHTS * needed else State.OK
    if state is State.OK:
        yield in_order("disk/free", f"{size(free)} free; a night needs about {size(needed)}", var.as_posix())
    else:
        values: dict[str, str | int] = {"free": size(free), "needed": size(needed)}
        yield Finding(cause="disk/free", state=state, code="disk_low", where=var.as_posix(), values=values)
    names = os.statvfs(folder)
    # Some file systems count none.
    if names.f_files and names.f_favail < _FEWEST_FILES:
        values = {"count": names.f_favail}
        yield Finding(cause="disk/files", state=State.WARNING, code="disk_files", where=var.as_posix(), values=values)


def needed_by_a_night(place: Place) -> int:
    """The bytes that a night takes at most: the warehouse built anew beside the old one, and published as a copy."""
    settings = place.settings
    built = [_size_of(settings.work_warehouse), _size_of(settings.warehouse)]
    return 2 * max(built) + _BESIDE


def size(count: int) -> str:
    """``1.2 GB``: a number of bytes for people."""
    return f"{count / _GB:,.1f} GB" if count >= _GB // 10 else f"{count / 1_000_000:,.1f} MB"


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _first_there(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())

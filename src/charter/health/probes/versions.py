"""Are the libraries those that this release was tested with?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from charter import __version__
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

_SHOWN = 5


def look(place: Place, now: datetime) -> Iterator[Finding]:
    lock = place.settings.home / "requirements" / "run.txt"
    if not lock.exists():
        yield Finding(
            cause="versions/lock", state=State.UNKNOWN, code="lock_missing", where=lock.as_posix(), quiet=True
        )
        return
    pinned = locked(lock)
    differing = [difference for name, wanted in pinned.items() if (difference := _difference(name, wanted))]
    if not differing:
        python = ".".join(map(str, sys.version_info[:3]))
        yield in_order("versions/libraries", f"charter {__version__}, Python {python}, {len(pinned)} as locked")
        return
    more = f" (+{len(differing) - _SHOWN})" if len(differing) > _SHOWN else ""
    yield Finding(
        cause="versions/libraries",
        state=State.WARNING,
        code="versions_differ",
        where=lock.as_posix(),
        values={"count": len(differing), "packages": ", ".join(differing[:_SHOWN]) + more},
        amount=len(differing),
    )


def locked(lock: Path) -> dict[str, str]:
    """The exact version of each library that a lock names for this machine."""
    found: dict[str, str] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if not line or line[0] in " #-":
            continue
        try:
            wanted = Requirement(line.rstrip("\\ "))
        except InvalidRequirement:
            continue
        exact = [each.version for each in wanted.specifier if each.operator == "=="]
        if exact and (wanted.marker is None or wanted.marker.evaluate()):
            found[wanted.name] = exact[0]
    return found


def _difference(name: str, wanted: str) -> str:
    try:
        there = version(name)
    except PackageNotFoundError:
        return f"{name} {wanted} (not there)"
    return "" if Version(there) == Version(wanted) else f"{name} {wanted} (here {there})"

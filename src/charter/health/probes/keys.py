"""Are the keys those that were used so far, and do they lie where they stay?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from charter.base.errors import CharterError
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

PSEUDONYM_KEY = "CHARTER_PSEUDONYM_KEY"
# Emptied at a restart, or by whoever cleans up.
_PASSING = ("/tmp", "/var/tmp", "/run", "/dev/shm")
# Secrets that a container's engine mounts: the originals are elsewhere.
_MOUNTED = ("/run/secrets",)


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.evidence.keys import SIGNING_KEY

    for name in (SIGNING_KEY, PSEUDONYM_KEY):
        yield from _about_to_be_lost(place, name)
    yield from _of_another_chain(place)


def _about_to_be_lost(place: Place, name: str) -> Iterator[Finding]:
    cause = f"keys/{name}"
    file = place.settings.environment.get(f"{name}_FILE", "")
    if place.settings.environment.get(name):
        yield in_order(cause, f"{name} is in the environment")
    elif file and Path(file).exists():
        path = Path(file).resolve()
        if _may_be_lost(path, place.settings.var_dir):
            yield Finding(
                cause=cause,
                state=State.WARNING,
                code="key_at_risk",
                where=f"{name}_FILE",
                values={"setting": name, "folder": path.parent.as_posix()},
            )
        else:
            yield in_order(cause, f"{name} is in a file of its owner's")


def _may_be_lost(path: Path, var_dir: Path) -> bool:
    if any(path.is_relative_to(folder) for folder in _MOUNTED):
        return False
    # The state folder may be made anew, and a copy of it would carry the key that its seals are proved by.
    return path.is_relative_to(var_dir.resolve()) or any(path.is_relative_to(folder) for folder in _PASSING)


def _of_another_chain(place: Place) -> Iterator[Finding]:
    from charter.evidence.keys import SIGNING_KEY, public_pem, signing_key

    used = place.settings.evidence_dir / "public_key.pem"
    if not used.exists():
        return
    try:
        mine = public_pem(signing_key(place.settings).public_key())
    except CharterError:
        # The probe of the settings tells it.
        return
    if mine == used.read_bytes():
        yield in_order("keys/chain", "the evidence is signed with this key", used.as_posix())
    else:
        values: dict[str, str | int] = {"setting": SIGNING_KEY}
        yield Finding(cause="keys/chain", state=State.FAILURE, code="key_differs", where=used.as_posix(), values=values)

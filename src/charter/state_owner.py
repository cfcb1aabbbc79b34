"""Whose state a folder holds, and in which formats: a lake, warehouse, outbox, evidence and site are of one charter.

``charter.json`` says it, with the release that wrote there last. A release reads what earlier ones wrote, and refuses
what a later one did: it would misread it, or write into it what that one does not expect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import duckdb

from charter import __version__
from charter.base.errors import SettingError, StateError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.deliver.layout import LAYOUT

_OWNER = "charter.json"
# Lies in a state folder while a restore puts files there.
RESTORING = ".restoring"
# The format of each part that outlives a night. A number grows when an earlier release could not read, or must not
# write, what this one writes; docs/upgrade.md says what each stands for.
FORMATS: Mapping[str, int] = {"lake": 1, "outbox": LAYOUT, "seals": 4}


def require_own_state(settings: Settings, agency: Agency) -> None:
    """Raises SettingError when the state folder is another charter's, StateError when a later release wrote there, or
    a restore of it was cut short."""
    if (marker := settings.var_dir / RESTORING).exists():
        raise StateError(
            "a restore of this state was cut short: not all of it is here",
            where=str(marker),
            remedy="run charter restore with the same backup again",
        )
    require_readable(formats_written(settings), str(settings.var_dir / _OWNER), _release_in(settings))
    owner = owner_of(settings)
    if owner is not None and owner != agency.charter.id:
        raise SettingError(
            f"the state folder is that of the charter '{owner}', and CHARTER_DIR is the charter '{agency.charter.id}'",
            where=str(settings.var_dir),
            remedy="name this charter's own folder in CHARTER_VAR (an empty one for a new agency), or the other"
            " charter's folder in CHARTER_DIR",
        )


def claim_state(settings: Settings, agency: Agency) -> None:
    """Says in the state folder whose it is, and which release writes there. Raises as ``require_own_state``."""
    require_own_state(settings, agency)
    path = settings.var_dir / _OWNER
    said = {"charter": agency.charter.id, "formats": dict(FORMATS), "release": this_release()}
    if not path.exists() or _said(settings) != said:
        write_whole(path, json.dumps(said).encode())


def this_release() -> str:
    """The release that runs."""
    return __version__


def formats_written(settings: Settings) -> dict[str, int]:
    """The formats that the state folder says it is written in; none where an earlier release than 0.5.0 wrote it."""
    return dict(_said(settings).get("formats", {}))


def require_readable(formats: Mapping[str, int], where: str, release: str) -> None:
    """Raises StateError when this release can't read one of ``formats``, as ``release`` wrote them."""
    for name, number in sorted(formats.items()):
        if number > FORMATS.get(name, 0):
            raise StateError(
                f"a later release ({release}) wrote this state: '{name}' has format {number}, and this one, "
                f"{this_release()}, reads {FORMATS.get(name, 0)} at most",
                where=where,
                remedy="go on with that release, or restore the backup that was made before the upgrade",
            )


def owner_of(settings: Settings) -> str | None:
    """The charter that the folder is of; None for a folder that holds nothing, or nothing that says so."""
    return str(_said(settings)["charter"]) if (settings.var_dir / _OWNER).exists() else _published_charter(settings)


def _release_in(settings: Settings) -> str:
    return str(_said(settings).get("release", "unknown"))


def _said(settings: Settings) -> dict[str, Any]:
    """What the file says; nothing where there is none."""
    path = settings.var_dir / _OWNER
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        charter, formats = said["charter"], said.get("formats", {})
        if not isinstance(charter, str) or not all(isinstance(number, int) for number in formats.values()):
            raise ValueError("it is of another form")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(
            "the file that says whose state this is can't be read",
            where=str(path),
            remedy='write {"charter": "<id in charter.yaml>"} into it, the id of the charter whose state this is',
        ) from error
    return dict(said)


def _published_charter(settings: Settings) -> str | None:
    """Whose figures are published: earlier releases left no other sign."""
    if not settings.warehouse.exists():
        return None
    try:
        with closing(duckdb.connect(str(settings.warehouse), read_only=True)) as warehouse:
            found = warehouse.execute("select charter_id from marts.run").fetchone()
    except duckdb.Error:
        # A damaged warehouse is told, and built anew, by whoever needs it.
        return None
    return None if found is None else str(found[0])

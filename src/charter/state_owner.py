"""Whose state a folder holds: a lake, warehouse, outbox, evidence and site are of one charter for ever."""

from __future__ import annotations

import json
from contextlib import closing

import duckdb

from charter.base.errors import SettingError, StateError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions import Agency

_OWNER = "charter.json"


def require_own_state(settings: Settings, agency: Agency) -> None:
    """Raises SettingError when the state folder is another charter's."""
    owner = _owner(settings)
    if owner is not None and owner != agency.charter.id:
        raise SettingError(
            f"the state folder is that of the charter '{owner}', and CHARTER_DIR is the charter '{agency.charter.id}'",
            where=str(settings.var_dir),
            remedy="name this charter's own folder in CHARTER_VAR (an empty one for a new agency), or the other"
            " charter's folder in CHARTER_DIR",
        )


def claim_state(settings: Settings, agency: Agency) -> None:
    """Says once, in the state folder, whose it is. Raises SettingError when it is another charter's."""
    require_own_state(settings, agency)
    path = settings.var_dir / _OWNER
    if not path.exists():
        write_whole(path, json.dumps({"charter": agency.charter.id}).encode())


def _owner(settings: Settings) -> str | None:
    """The charter that the folder is of; None for a folder that holds nothing, or nothing that says so."""
    path = settings.var_dir / _OWNER
    if path.exists():
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["charter"])
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(
                "the file that says whose state this is can't be read",
                where=str(path),
                remedy='write {"charter": "<id in charter.yaml>"} into it, the id of the charter whose state this is',
            ) from error
    return _published_charter(settings)


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

"""A charter folder as it was read last, kept under ``var/cache`` so that no step parses its YAML again.

What is kept are the files' plain values, and that nothing was wrong with them; the models are made of these anew. It
holds for exactly the files, and the code, that it was made of: their digests are its key, taken anew at each call.
Whatever is not as it should be (damaged, another's, for other files) is as if there were none. A folder in which
something is wrong is never kept. The file is JSON: reading it runs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from charter.base.errors import StateError
from charter.base.files import write_whole
from charter.base.private import private_folder

_NAME = "charter.json"
# More than any charter's values take.
_LARGEST = 50_000_000
_DATE, _MOMENT = "!date", "!moment"
# What else decides how a file is read, and whether something is wrong with it.
_LIBRARIES = ("pydantic", "ruamel.yaml", "babel", "duckdb")


class _OtherValueError(Exception):
    """A value that JSON and its tags can't tell; the folder is not kept."""


@lru_cache(maxsize=1)
def code_key() -> str:
    """The digest of the code that reads and checks a folder: its modules, the libraries' versions, Python's."""
    package = Path(__file__).resolve().parents[1]
    modules = sorted([*(package / "base").glob("*.py"), *(package / "definitions").rglob("*.py")])
    digest = hashlib.sha256(sys.version.encode())
    for path in modules:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(package).as_posix()} {len(content)} ".encode() + content)
    for library in _LIBRARIES:
        digest.update(f"\0{library} {version(library)}".encode())
    return digest.hexdigest()


def key_of(name: str, digests: Mapping[str, str]) -> str:
    """The key of the folder called ``name`` whose files have ``digests``, read by the code as it is."""
    return hashlib.sha256(json.dumps([code_key(), name, sorted(digests.items())]).encode()).hexdigest()


def kept_values(cache: Path, key: str) -> dict[str, Any] | None:
    """The files' values by their names, as kept in the folder ``cache`` under ``key``; None where they are not."""
    try:
        content = _own_file(cache / _NAME)
        said, _, body = content.partition(b"\n")
        if said.decode() != f"{key} {hashlib.sha256(body).hexdigest()}":
            return None
        values = json.loads(body, object_hook=_restored)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def keep_values(cache: Path, key: str, values: Mapping[str, Any]) -> None:
    """Keeps ``values`` in the folder ``cache`` under ``key``, for this user alone. Where that can't be done, nothing
    is kept: the state may not be there yet, or be there to be read only."""
    if not cache.parent.is_dir():
        return
    with suppress(_OtherValueError, ValueError, OSError, StateError):
        body = json.dumps({name: _told(value) for name, value in values.items()}, ensure_ascii=False).encode()
        head = f"{key} {hashlib.sha256(body).hexdigest()}\n".encode()
        write_whole(private_folder(cache) / _NAME, head + body, mode=0o600)


def _own_file(path: Path) -> bytes:
    """What a file holds that is this user's own, and nobody else's to read or write. Raises OSError, ValueError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        is_own = state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        if not is_own or not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            raise ValueError(f"{path} is no file of this user alone")
        return file.read()


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        if any(not isinstance(key, str) or key in (_DATE, _MOMENT) for key in value):
            raise _OtherValueError
        return {str(key): _told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise _OtherValueError


def _restored(found: dict[str, Any]) -> Any:
    if found.keys() == {_DATE}:
        return date.fromisoformat(found[_DATE])
    if found.keys() == {_MOMENT}:
        return datetime.fromisoformat(found[_MOMENT])
    return found


def plain_files(paths: Iterator[tuple[str, Path]]) -> dict[str, str] | None:
    """The digest of each file that is there, by its name; None where one can't be read, or is no plain file."""
    digests = {}
    try:
        for name, path in paths:
            if not path.exists():
                continue
            if not path.is_file() or path.stat().st_size > _LARGEST:
                return None
            digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
    return digests

"""Files as evidence names them: their place under the state folder, and the hash of their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from charter.base.errors import EvidenceError
from charter.base.settings import Settings

# How the names of time stamps end, each beside its seal.
STAMP = ".tsr"


def file_sha256(path: Path) -> str:
    """Hash of a file's content, 64 hexadecimal digits. Raises OSError when it can't be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_of(settings: Settings, file: Path) -> str:
    """The path of a file relative to the state folder. Raises EvidenceError when it lies outside."""
    try:
        return file.resolve().relative_to(settings.var_dir.resolve()).as_posix()
    except ValueError as error:
        raise EvidenceError(
            "a file to be sealed lies outside the state folder",
            where=str(file),
            remedy=f"write it under {settings.var_dir}",
        ) from error


def hash_of(file: Path) -> str:
    """As ``file_sha256``; raises EvidenceError, naming the file."""
    try:
        return file_sha256(file)
    except OSError as error:
        raise EvidenceError(
            f"a file to be sealed cannot be read ({error.strerror})",
            where=str(file),
            remedy="make it again by running the step that writes it",
        ) from error


def stamp_files(folder: Path) -> list[Path]:
    """Every time stamp in the evidence ``folder``."""
    return sorted(folder.glob(f"*/manifest*{STAMP}"))

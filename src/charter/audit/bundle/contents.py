"""What a bundle holds: its files, where each was in the state folder, and the signature over them all."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

CONTENTS = "contents.json"
SIGNATURE = "contents.sig"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BundledFile(Part):
    """A file of the bundle. ``place`` is where it was under the state folder, for seals to be compared with; None for
    what was made for the bundle."""

    path: str
    sha256: Sha256
    place: str | None = None


class BundledPartition(Part):
    """Rows of a published table in one month (or ``none``, ``all``), as lines of JSON in the file ``path``."""

    table: str
    partition: str
    path: str
    rows: Annotated[int, Field(ge=0)]


class Contents(Part):
    """Everything in a bundle. ``night`` is the published as-of; its seal vouches for the tables."""

    version: Literal[1] = 1
    agency: str
    charter: str
    period: str
    first_day: date
    last_day: date
    night: datetime
    seal: str | None
    files: tuple[BundledFile, ...]
    tables: tuple[BundledPartition, ...]

    def canonical(self) -> bytes:
        """The contents as a file: one way to write them."""
        return (json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def bundled(folder: Path, path: Path, place: str | None = None) -> BundledFile:
    """A file that was written into the bundle's ``folder``."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return BundledFile(path=path.relative_to(folder).as_posix(), sha256=digest, place=place)

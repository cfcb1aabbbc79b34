"""A mark kept beside the evidence: which outbox is ours, and how far its log had come.

An outbox that was lost, emptied or put back from an old copy no longer knows what was sent, and would send it again.
The mark is in another folder and is written after every change, so that such an outbox is noticed before it is used.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from charter.base.errors import DeliveryError, StateError
from charter.base.files import unusable, write_whole
from charter.base.settings import Settings


class OutboxMark(BaseModel):
    """``outbox`` is the outbox's own identifier, ``log`` how many transitions its log had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outbox: str
    log: int = Field(ge=0)


def mark_path(settings: Settings) -> Path:
    """Where the installation's mark is: not in the outbox's folder, which may be lost as a whole."""
    return settings.evidence_dir / "outbox.json"


def read_mark(path: Path) -> OutboxMark | None:
    """The mark in ``path``, or None when there is none yet.

    Raises DeliveryError when it cannot be read, StateError when it stands in no folder.
    """
    try:
        return OutboxMark.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        # It is the folder of all state that can't be one.
        raise StateError.of([unusable(error, path)]) from error
    except (OSError, ValidationError) as error:
        raise DeliveryError(
            "the outbox's mark cannot be read",
            where=str(path),
            remedy="restore the file from a copy; without it nobody can tell whether the outbox is the newest",
        ) from error


def write_mark(path: Path, mark: OutboxMark) -> None:
    """Replaces the mark in ``path``, durably."""
    write_whole(path, mark.model_dump_json().encode() + b"\n", mode=0o600)

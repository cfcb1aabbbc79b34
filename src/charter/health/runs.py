"""Which week, month and day was reported last: a mark that each run leaves when it has handed its messages over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from charter.base.files import write_whole
from charter.base.settings import Settings


class LastRun(BaseModel):
    """``of`` is the newest period that was reported, by its key (``2026-W27``); ``at`` when that was done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    at: AwareDatetime


def keep_run(settings: Settings, kind: str, of: str, at: datetime) -> None:
    """Writes down that the report of the period ``of`` is out. An earlier period again changes nothing."""
    known = last_run(settings, kind)
    if known is None or known.of < of:
        write_whole(_path(settings, kind), LastRun(of=of, at=at).model_dump_json().encode())


def last_run(settings: Settings, kind: str) -> LastRun | None:
    """The newest period of ``kind`` (week, month, working_day) that was reported; None when none is known."""
    try:
        return LastRun.model_validate_json(_path(settings, kind).read_bytes())
    except (OSError, ValidationError):
        return None


def _path(settings: Settings, kind: str) -> Path:
    return settings.var_dir / "health" / "reported" / f"{kind}.json"

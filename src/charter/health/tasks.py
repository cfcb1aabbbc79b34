"""Tasks that failed and have not run well since: one small file each, which the next good run takes away.

Airflow's callbacks write them, within the task's own process; the probe of the tasks reads them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from charter.base.errors import CharterError, Problem
from charter.base.files import write_whole
from charter.base.settings import Settings

_DEFECT = "read the task's log; if what it says mends nothing, it is a defect of ours: tell us"


class FailedTask(BaseModel):
    """``run`` is the failed run by its name, ``at`` when it ended, ``where`` the place that its error names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dag: str
    task: str
    run: str
    at: AwareDatetime
    what: str
    where: str
    remedy: str


def keep_failure(settings: Settings, failed: FailedTask) -> None:
    """Writes down that a task failed for good. Raises StateError."""
    path = _path(settings, failed.dag, failed.task)
    earlier = _read(path)
    # Since when it fails is since its first failure.
    at = earlier.at if earlier is not None else failed.at
    write_whole(path, failed.model_copy(update={"at": at}).model_dump_json(indent=1).encode(), mode=0o600)


def forget_failure(settings: Settings, dag: str, task: str) -> None:
    """The task ran well: whatever failed in it before is over."""
    _path(settings, dag, task).unlink(missing_ok=True)


def failed_tasks(settings: Settings) -> list[FailedTask]:
    """The tasks that failed and have not run well since, by DAG and task. A file that can't be read is left out: the
    task writes it anew."""
    found = [_read(path) for path in sorted(_folder(settings).glob("*.json"))]
    return sorted(filter(None, found), key=lambda each: (each.dag, each.task))


def problem_of(error: BaseException | None) -> Problem:
    """What a task's error tells a person. Of a defect of ours only its kind: its words may hold anything."""
    because = error.__cause__ if isinstance(error, SystemExit) and error.__cause__ is not None else error
    if isinstance(because, CharterError):
        return because.problems[0]
    if because is None:
        return Problem("its process was stopped from outside, or lost", "Airflow", _DEFECT)
    return Problem(f"it ended with {type(because).__name__}", "the task's log", _DEFECT)


def _folder(settings: Settings) -> Path:
    return settings.var_dir / "health" / "tasks"


def _path(settings: Settings, dag: str, task: str) -> Path:
    return _folder(settings) / f"{hashlib.sha256(f'{dag}/{task}'.encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> FailedTask | None:
    try:
        return FailedTask.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None

"""The log of runs: what our own code says within a step goes to a file, each record with its run, night, step, source
and agency.

A file holds one day (UTC): ``var/logs/charter-<day>.log``, or ``.jsonl`` with CHARTER_LOG=json. Every record is one
write at the end of the file, which no file system tears apart; nothing is ever renamed. So several processes write side
by side, which the rotation of Python's own handlers does not allow. What a terminal or Airflow shows is as it was.

No person is in it: other libraries' records are left out, of an error that is ours the words are kept, of any other
only its kind and the lines of code, and whatever looks like a mail address or a telephone number is struck out.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from charter.base.settings import Settings
from charter.runs.current import CurrentStep, current_step
from charter.runs.wording import without_persons

FORM, DAYS = "CHARTER_LOG", "CHARTER_LOG_DAYS"
USUAL_DAYS = 30
# A day's file beyond this size takes errors only: a loop that logs fills no disk.
_MOST_BYTES = 20_000_000
_OURS = logging.getLogger("charter")
# What the log alone says: a terminal and Airflow tell of steps in their own ways.
LOG_ONLY = logging.getLogger("charter.runs.log")
LOG_ONLY.propagate = False


class StepLog(logging.Handler):
    """Writes what is logged within a step to the log of its installation."""

    def emit(self, record: logging.LogRecord) -> None:
        step = current_step()
        try:
            if step is not None:
                _write(step, record)
        except Exception:
            # A log that can't be written stops nothing.
            pass
        # Without handlers Python shows warnings by itself; that one of ours is there must not silence them.
        last = logging.lastResort
        is_shown = logging.getLogger().handlers or record.name == LOG_ONLY.name
        if not is_shown and last is not None and record.levelno >= last.level:
            last.handle(record)


def keep_log() -> None:
    """From now on this process keeps the log of its steps."""
    for logger in (_OURS, LOG_ONLY):
        if not any(isinstance(each, StepLog) for each in logger.handlers):
            logger.addHandler(StepLog(logging.INFO))
        if logger.getEffectiveLevel() > logging.INFO:
            logger.setLevel(logging.INFO)


def log_folder(settings: Settings) -> Path:
    return settings.var_dir / "logs"


def _write(step: CurrentStep, record: logging.LogRecord) -> None:
    form = step.settings.environment.get(FORM, "text").lower()
    if form == "off":
        return
    now = datetime.fromtimestamp(record.created, UTC)
    path = log_folder(step.settings) / f"charter-{now.date().isoformat()}.{'jsonl' if form == 'json' else 'log'}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_old(step.settings, now.date())
    said = fields_of(step, record)
    line = json.dumps(said, ensure_ascii=False) if form == "json" else as_text(said)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < _MOST_BYTES or record.levelno >= logging.ERROR:
            os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


def fields_of(step: CurrentStep, record: logging.LogRecord) -> dict[str, Any]:
    """A record by its fields; those that have no value are left out."""
    run = step.run
    said = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "message": without_persons(record.getMessage()),
        "run": run.run,
        "night": run.night.isoformat() if run.night else None,
        "step": run.step,
        "source": run.source,
        "agency": run.agency,
        "replay": run.replay,
        "logger": record.name,
        "error": _error(record),
    }
    return {name: value for name, value in said.items() if value is not None}


def _error(record: logging.LogRecord) -> dict[str, Any] | None:
    """An error by its kind and the lines of code that it came through; its words and values are left out."""
    if not record.exc_info or record.exc_info[1] is None:
        return None
    error = record.exc_info[1]
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "kind": type(error).__name__,
        "frames": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


_ABOUT = ("agency", "night", "step", "source", "replay", "run")


def as_text(said: dict[str, Any]) -> str:
    """A record as a line for people. A line break within it is shown as one."""
    about = " ".join(f"{name}={said[name]}" for name in _ABOUT if name in said)
    error = said.get("error")
    behind = f" ({error['kind']}: {' < '.join(reversed(error['frames']))})" if error else ""
    message = "\\n".join(said["message"].splitlines())
    return f"{said['at']} {said['level']:<7} {message}{behind}  [{about}]"


def _remove_old(settings: Settings, today: date) -> None:
    said = settings.environment.get(DAYS, "")
    first = today - timedelta(days=int(said) if said.isdecimal() else USUAL_DAYS)
    for path in log_folder(settings).glob("charter-????-??-??.*"):
        if path.name[len("charter-") :][:10] < first.isoformat():
            path.unlink(missing_ok=True)

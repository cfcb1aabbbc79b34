"""Where runs are written down: ``var/runs/<night>.ndjson``, a line more when a step begins and when it ends.

While a step runs its process holds a lock of the system's own, so that everybody sees whether it is still there. A step
whose lock is free and that never wrote its end is *unfinished*: whatever begins next writes that down.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from charter.base.errors import StateError
from charter.base.lock import exclusive
from charter.base.moments import stamp
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.runs.models import StepRun, from_json

_PATIENCE_S = 10
_WITHOUT_NIGHT = "other"


class Running:
    """A step that has begun here: its run, and the lock that says so."""

    def __init__(self, run: StepRun, lock: TextIO, path: Path) -> None:
        self.run = run
        self._lock = lock
        self._path = path

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        self._lock.close()


def runs_folder(settings: Settings) -> Path:
    return settings.var_dir / "runs"


def began(settings: Settings, run: StepRun) -> tuple[Running, list[StepRun]]:
    """Writes down that ``run`` has begun. Also returns the earlier ones that were found to be unfinished.

    Raises OSError or StateError.
    """
    with _alone(settings):
        lost = list(_lost(settings))
        for each in lost:
            _append(settings, each)
        _append(settings, run)
        path = _marks(settings) / f"{run.attempt}.lock"
        mark = path.open("w", encoding="utf-8")
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        json.dump(run.as_json(), mark)
        mark.flush()
    return Running(run, mark, path), lost


def noted(settings: Settings, run: StepRun) -> None:
    """Writes down what is known of ``run`` by now. Raises OSError or StateError."""
    with _alone(settings):
        _append(settings, run)


def ended(settings: Settings, running: Running, run: StepRun) -> None:
    """Writes down how ``running`` ended. Raises OSError or StateError."""
    try:
        with _alone(settings):
            _append(settings, run)
    finally:
        running.release()


def runs_of_night(settings: Settings, night: datetime | None) -> list[StepRun]:
    """The runs of the steps of ``night`` (aware; None: those without one), the earliest first."""
    return _read(settings, [_file(settings, night)])


def runs_since(settings: Settings, since: datetime | None = None, *, most: int | None = None) -> list[StepRun]:
    """The runs of all nights from ``since`` on (aware; None: all), of the newest ``most`` nights; the earliest run
    first, and with those that have no night."""
    folder = runs_folder(settings)
    files = sorted(path for path in folder.glob("2*.ndjson") if since is None or path.stem >= stamp(since))
    return _read(settings, [*(files[-most:] if most else files), _file(settings, None)])


def _read(settings: Settings, files: Iterable[Path]) -> list[StepRun]:
    found: dict[str, StepRun] = {}
    for path in files:
        for run in _lines(path):
            found[run.attempt] = run
    here = _still_here(settings)
    told = (
        replace(run, outcome="unfinished") if run.outcome == "running" and run.attempt not in here else run
        for run in found.values()
    )
    return sorted(told, key=lambda run: (run.began, run.attempt))


def _lines(path: Path) -> Iterator[StepRun]:
    """What a file says; a line that was cut off when its writer died says nothing."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            yield from_json(json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue


def _file(settings: Settings, night: datetime | None) -> Path:
    return runs_folder(settings) / f"{_WITHOUT_NIGHT if night is None else stamp(night)}.ndjson"


def _append(settings: Settings, run: StepRun) -> None:
    _write_line(_file(settings, run.night), run.as_json())


def _write_line(path: Path, content: dict[str, Any]) -> None:
    line = json.dumps(content, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    with path.open("ab+") as file:
        # Behind a line that was cut off, a new one begins.
        if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            line = b"\n" + line
        file.write(line)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    private_folder(runs_folder(settings))
    _marks(settings).mkdir(exist_ok=True)
    with exclusive(runs_folder(settings) / ".lock", wait_s=_PATIENCE_S, error=StateError):
        yield


def _marks(settings: Settings) -> Path:
    return runs_folder(settings) / "running"


def _lost(settings: Settings) -> Iterator[StepRun]:
    """The runs whose process is gone, and takes their marks away. Their end is not known."""
    for path in sorted(_marks(settings).glob("*.lock")):
        if _is_held(path):
            continue
        for run in _lines(path):
            newest = [each for each in _lines(_file(settings, run.night)) if each.attempt == run.attempt]
            # One that could still say how it ended has ended.
            if not newest or newest[-1].outcome == "running":
                yield replace(newest[-1] if newest else run, outcome="unfinished")
        path.unlink(missing_ok=True)


def _still_here(settings: Settings) -> set[str]:
    return {path.stem for path in _marks(settings).glob("*.lock") if _is_held(path)}


def _is_held(path: Path) -> bool:
    try:
        with path.open("a") as mark:
            fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

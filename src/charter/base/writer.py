"""One writer at a time in a state folder: Airflow's tasks, a command line, a backfill.

The lock is the system's own (``flock`` on ``writer.lock``): it is free as soon as its holder has died, however that
happened. Beside it ``writer.json`` says who holds it, for whoever has to wait. Sources are extracted together, side by
side; every other step is alone. A command line holds the lock for its whole night, a task of Airflow for its step.
"""

from __future__ import annotations

import fcntl
import inspect
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TextIO, TypeVar

from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings

WAIT = "CHARTER_WRITER_WAIT"
_USUAL_WAIT_S = 1800.0
_LOOK_S = 0.1
# Shorter waits are no news: two steps that follow each other meet for a moment.
_TOLD_AFTER_S = 1.0

_log = logging.getLogger("charter.writer")
# The locks that what runs here holds, and whether alone: a step within a night waits for nobody.
_HELD: ContextVar[Mapping[Path, bool]] = ContextVar("held", default={})  # noqa: B039 - never changed, only replaced

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Writer:
    """Who writes: a process of a machine, what it was started as, and the night (ISO text) it works at, if it is one.

    ``since`` is the instant (ISO text, UTC) at which it got the lock.
    """

    pid: int
    host: str
    command: str
    step: str
    night: str | None
    since: str

    @classmethod
    def of_this_process(cls, step: str, night: str | None, environment: Mapping[str, str]) -> Writer:
        return cls(
            pid=os.getpid(),
            host=socket.gethostname(),
            command=_command(environment),
            step=step,
            night=night,
            since=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def is_gone(self) -> bool:
        """Whether it is known to have ended: a process of this machine that is no longer there."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    def __str__(self) -> str:
        night = f", night {self.night}" if self.night else ""
        return f"{self.command} ({self.step}{night}; process {self.pid} on {self.host}, since {self.since})"


def _command(environment: Mapping[str, str]) -> str:
    """What this process was started as: the task of an Airflow run, or a command without its arguments."""
    if run := environment.get("AIRFLOW_CTX_DAG_RUN_ID"):
        return f"Airflow, {environment.get('AIRFLOW_CTX_DAG_ID')} {run}"
    # Arguments may name people; the first word behind the program is the command's name.
    words = [Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if not word.startswith("-"))]
    return " ".join(words)


@contextmanager
def writing(settings: Settings, step: str, night: str | None = None, *, together: bool = False) -> Iterator[None]:
    """The right to write in the state folder, which ``step`` has alone, or ``together`` with others of its kind.

    Waits for it as long as CHARTER_WRITER_WAIT says (seconds, 1800 if not set), and logs for whom. What holds it
    already goes on at once. Raises StateError when others still write by then, SettingError for a malformed setting.
    """
    path = settings.var_dir / "writer.lock"
    held = _HELD.get().get(path)
    if held is not None:
        if not held and not together:
            raise RuntimeError(f"{step} has to be alone, and is begun while others may write")
        yield
        return
    wait_s = _wait_s(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _locked(path, together, wait_s)
    try:
        _tell(path, Writer.of_this_process(step, night, os.environ))
        token = _HELD.set({**_HELD.get(), path: not together})
        try:
            yield
        finally:
            _HELD.reset(token)
    finally:
        file.close()


def writes(step: str, *, together: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function a step that writes in the installation's state folder (see ``writing``).

    Its parameter ``as_of``, where it has one, is the night.
    """

    def made(run: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(run)

        @wraps(run)
        def alone(*arguments: P.args, **named: P.kwargs) -> R:
            night = parameters.bind(*arguments, **named).arguments.get("as_of")
            with writing(Settings.from_environment(), step, night, together=together):
                return run(*arguments, **named)

        return alone

    return made


def current_writer(settings: Settings) -> Writer | None:
    """Who wrote last, or still does; None when nobody ever did, or nobody can read it."""
    return _read(settings.var_dir / "writer.lock")


def _locked(path: Path, together: bool, wait_s: float) -> TextIO:
    """The open lock file, locked: close it to free it."""
    begun = time.monotonic()
    told: Writer | None = None
    while True:
        file = path.open("a")
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if together else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            if _is_still(path, file):
                return file
        except BlockingIOError:
            pass
        file.close()
        waited, other = time.monotonic() - begun, _read(path)
        if waited >= wait_s:
            raise _taken(path, other, wait_s)
        if waited >= _TOLD_AFTER_S and other is not None and other != told:
            told = other
            _log.warning("waits until another one has written: %s; for %g s at most", other, wait_s)
        time.sleep(min(_LOOK_S, wait_s - waited))


def _is_still(path: Path, file: TextIO) -> bool:
    """Whether the locked file is the one that others find: it may have been removed, and made anew, meanwhile."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _taken(path: Path, other: Writer | None, wait_s: float) -> StateError:
    if other is not None and other.is_gone():
        remedy = f"that process has ended, and one that it began still holds the lock: end it (`fuser {path}` names it)"
    else:
        remedy = (
            f"wait for it to end, then run again; {WAIT} (seconds) lets a step wait longer. The lock of a process that"
            " dies is free at once. Only on a network's file system, when the other machine is gone for good: remove"
            " this file"
        )
    who = str(other) if other is not None else "a process that has not said who it is"
    return StateError(f"another one writes, and did for {wait_s:g} s: {who}", where=str(path), remedy=remedy)


def _wait_s(settings: Settings) -> float:
    said = settings.environment.get(WAIT, "")
    if not said:
        return _USUAL_WAIT_S
    if not said.isdecimal():
        raise SettingError(f"'{said}' cannot be used", where=WAIT, remedy="give how many seconds to wait, such as 1800")
    return float(said)


def _tell(path: Path, writer: Writer) -> None:
    """Says who holds the lock. Only for people who wait: a disk that is full is told by the step that needs it."""
    place = path.with_suffix(".json")
    half = place.with_name(f".{place.name}-{writer.pid}")
    with suppress(OSError):
        half.write_text(json.dumps(asdict(writer)) + "\n", encoding="utf-8")
        half.replace(place)


def _read(path: Path) -> Writer | None:
    try:
        return Writer(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None

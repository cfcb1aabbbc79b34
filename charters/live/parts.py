"""The processes of a live installation: started apart from the terminal, found again, and ended as each wants it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import BaseModel

from charter.base.files import write_whole

# What a part is given to end its tasks after an interrupt, before it and all its children are killed.
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Part:
    """One process: what it is called and the module with arguments that it runs."""

    name: str
    command: Sequence[str]


class Running(BaseModel):
    """A part that was started. ``began`` is when, by the system's clock (seconds since 1970): the number of a process
    may by now be another's."""

    name: str
    pid: int
    began: float


class Started(BaseModel):
    """What was started, as the file beside the logs keeps it."""

    parts: list[Running] = []

    @classmethod
    def read(cls, path: Path) -> Started:
        """What ``path`` says; nothing where it is missing."""
        return cls.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else cls()

    def write(self, path: Path) -> None:
        write_whole(path, self.model_dump_json(indent=2).encode(), mode=0o600)

    def alive(self) -> dict[str, Running]:
        """The parts that run, by name."""
        return {part.name: part for part in self.parts if is_alive(part)}


def is_alive(part: Running) -> bool:
    """Whether the very process that was started still runs."""
    try:
        process = psutil.Process(part.pid)
        return bool(abs(process.create_time() - part.began) < 1 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def start(part: Part, environment: Mapping[str, str], log: Path) -> Running:
    """Starts ``part`` in a process group of its own, which outlives this program. Its words go to ``log``."""
    with log.open("a", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *part.command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(name=part.name, pid=process.pid, began=psutil.Process(process.pid).create_time())


def end(part: Running, patience: float = PATIENCE_S) -> bool:
    """Ends ``part``: interrupted, as by Ctrl-C, because Airflow orphans its children on a termination; what is left of
    its session after ``patience`` seconds is killed. Tells whether it ended by itself."""
    ended = True
    if is_alive(part):
        process = psutil.Process(part.pid)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(patience)
        except psutil.TimeoutExpired:
            ended = False
    for left in _session_of(part):
        with suppress(psutil.NoSuchProcess):
            left.kill()
    return ended


def _session_of(part: Running) -> list[psutil.Process]:
    """The processes of the session that ``part`` began. Its number is nobody else's while one of them lives; if the
    process of that number is another one by now, the session is gone."""
    if psutil.pid_exists(part.pid) and not is_alive(part):
        return []
    found = []
    for process in psutil.process_iter():
        with suppress(OSError):
            if os.getsid(process.pid) == part.pid:
                found.append(process)
    return found

"""An installation with its own state, keys and synthetic agency, and the command line run on it as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from charter.base.settings import Settings
from charter.evidence import generate_signing_key
from charters.kotra.demo import build_demo, write_connections

HOME = Path(__file__).parents[2]
# A kill gives no exit status of the program's own.
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, what it said, and how long it took."""

    command: tuple[str, ...]
    status: int
    said: str
    seconds: float

    @property
    def has_traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.said


@dataclass(frozen=True)
class Running:
    """A command under way, in a process group of its own, so that a kill takes its children too."""

    command: tuple[str, ...]
    process: subprocess.Popen[str]
    began: float

    def wait(self, kill_after_s: float | None = None) -> Ended:
        """Waits for the end, which is SIGKILL once ``kill_after_s`` seconds have passed."""
        try:
            said, _ = self.process.communicate(timeout=kill_after_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            said, _ = self.process.communicate()
        return Ended(self.command, self.process.returncode, said, time.perf_counter() - self.began)


@dataclass(frozen=True)
class Installation:
    """``settings`` hold the whole environment of the commands."""

    settings: Settings
    size: float
    seed: int

    @classmethod
    def new(cls, folder: Path, smtp_port: int, *, size: float, seed: int) -> Installation:
        """An empty installation in ``folder``, which mails to ``smtp_port`` on this machine."""
        keys = folder / "keys"
        keys.mkdir(parents=True, mode=0o700)
        for name, content in (("pseudonyms", os.urandom(32).hex().encode()), ("signing.pem", generate_signing_key())):
            path = keys / name
            path.touch(mode=0o600)
            path.write_bytes(content)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
        environment = {
            **inherited,
            "PYTHONUTF8": "1",
            "CHARTER_HOME": str(HOME),
            "CHARTER_VAR": str(folder / "var"),
            "CHARTER_PSEUDONYM_KEY_FILE": str(keys / "pseudonyms"),
            "CHARTER_SIGNING_KEY_FILE": str(keys / "signing.pem"),
            "CHARTER_SMTP_HOST": "127.0.0.1",
            "CHARTER_SMTP_PORT": str(smtp_port),
            "CHARTER_SMTP_SECURITY": "none",
            "CHARTER_MAIL_FROM": "Service charter <charter@agency.example>",
        }
        return cls(Settings.from_environment(environment), size, seed)

    def live_until(self, day: date) -> Installation:
        """The agency's days go on until the end of ``day``. Its source systems are outside of the state folder."""
        systems = replace(self.settings, var_dir=self.settings.var_dir.parent / "systems")
        build_demo(systems, until=day, size=self.size, seed=self.seed)
        environment = {**self.settings.environment, **write_connections(systems)}
        return replace(self, settings=replace(self.settings, environment=environment))

    def start(self, *command: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "charter.cli", *command],
            cwd=HOME,
            env=dict(self.settings.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        return Running(command, process, time.perf_counter())

    def run(self, *command: str, kill_after_s: float | None = None) -> Ended:
        return self.start(*command).wait(kill_after_s)

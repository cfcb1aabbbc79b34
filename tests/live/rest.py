"""A live installation as its operator drives it: by `python -m charters.live`, and by Airflow's REST API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from charters.live.parts import Running, Started
from tests.tooling.compose_file import HOME

ENDED = ("success", "failed")
# A night takes about a minute; a busy machine four.
PATIENCE_S = 900


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, taken together so that none is given twice."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports


def until(come: Callable[[], bool], what: str, patience: float = PATIENCE_S) -> None:
    """Waits for ``come``; the test fails with ``what`` when it does not."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if come():
            return
        time.sleep(2)
    pytest.fail(f"after {patience:.0f} s: {what}")


@dataclass
class Live:
    """One installation of ``agency`` in ``var``, whose synthetic days end with ``last_day``."""

    agency: str
    var: Path
    last_day: date
    ports: Sequence[int] = field(default_factory=lambda: free_ports(4))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CHARTER_HOME": str(HOME),
            "CHARTER_VAR": str(self.var),
            "CHARTER_DIR": f"charters/{self.agency}",
            "CHARTER_SCHEDULE": "on",
            "PYTHONPATH": os.pathsep.join([str(HOME / "src"), str(HOME)]),
        }

    def command(self, *arguments: str) -> str:
        """Runs a module's command; the test fails with what it said when it does."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments], env=self.environment, cwd=HOME, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def up(self) -> str:
        named = zip(("--airflow-port", "--site-port", "--mail-port", "--smtp-port"), self.ports, strict=True)
        options = [text for name, port in named for text in (name, str(port))]
        last_day = self.last_day.isoformat()
        self.__dict__.pop("_session", None)
        return self.command(
            "charters.live", "up", "--agency", self.agency, "--as-of", last_day, "--size", "0.3", *options
        )

    def down(self) -> str:
        return self.command("charters.live", "down", "--agency", self.agency)

    def running(self) -> dict[str, Running]:
        return Started.read(self.var / "live" / "started.json").alive()

    # ── Airflow's REST API ──

    @cached_property
    def _session(self) -> requests.Session:
        passwords = json.loads((self.var / "live" / "airflow" / "passwords.json").read_text(encoding="utf-8"))
        login = {"username": "admin", "password": passwords["admin"]}
        session = requests.Session()
        answer = session.post(f"http://127.0.0.1:{self.ports[0]}/auth/token", json=login, timeout=60)
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return session

    def ask(self, method: str, place: str, body: Any = None) -> Any:
        address = f"http://127.0.0.1:{self.ports[0]}/api/v2/{place}"
        answer = self._session.request(method, address, json=body, timeout=120)
        assert answer.ok, f"{method} {place}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def pause(self, dag: str, paused: bool) -> None:
        self.ask("PATCH", f"dags/{dag}", {"is_paused": paused})

    def trigger(self, dag: str, **conf: str) -> str:
        return str(self.ask("POST", f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"dags/{dag}/dagRuns?limit=100")["dag_runs"])

    def state(self, dag: str, run: str) -> str:
        return str(self.ask("GET", f"dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """The state of each task of a run; of a mapped one that of its last."""
        found = self.ask("GET", f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {each["task_id"]: str(each["state"]) for each in found}

    def ends_well(self, dag: str, run: str) -> None:
        until(lambda: self.state(dag, run) in ENDED, f"{dag} {run} has not ended: {self.tasks(dag, run)}")
        assert self.state(dag, run) == "success", self.tasks(dag, run)

    def mails(self) -> int:
        return len(list((self.var / "outbox" / "received").glob("*.eml")))

    def sealed(self, day: date, zone: ZoneInfo) -> bool:
        """Whether the night after ``day`` has its seal."""
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(ZoneInfo("UTC"))
        return (self.var / "evidence" / f"{midnight:%Y%m%dT%H%M%SZ}-nightly" / "manifest.json").exists()

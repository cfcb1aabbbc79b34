"""Findings, channels and receivers for the tests of notices."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from charter.health.examine import Examination
from charter.health.finding import Finding, State
from charter.notices.register import Register

NOW = datetime(2026, 7, 6, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def finding(cause: str = "disk/free", state: State = State.WARNING, **changes: Any) -> Finding:
    values: dict[str, Any] = {"code": "disk_low", "values": {"free": "1.2 GB", "needed": "0.6 GB"}}
    return Finding(cause=cause, state=state, **(values | changes))


def silent(source: str = "voc", owner: str | None = "voc-team", nights: int = 2) -> Finding:
    return Finding(
        cause=f"sources/{source}",
        state=State.FAILURE,
        code="source_silent",
        where=f"sources.yaml, {source}",
        values={"source": source, "count": nights, "day": "2026-07-04", "problem": "the export has not come"},
        amount=nights,
        owner=owner,
    )


def found(*findings: Finding, at: datetime = NOW, whole: Sequence[str] = ("disk", "sources", "tasks")) -> Examination:
    return Examination(at, findings, frozenset(whole))


class Killed(BaseException):
    """The process was stopped."""


@dataclass
class Chat:
    """A channel that keeps what it was told, and dies where a test says: before it claims, before it sends, after it
    has sent, or after it has heard. ``away`` takes nothing."""

    name: str = "chat"
    dies: str = ""
    away: bool = False
    heard: list[str] = field(default_factory=list)

    def deliver(self, register: Register, now: datetime) -> None:
        for told in register.waiting(self.name):
            self._point("before")
            register.claim(told.id, self.name)
            self._point("claimed")
            if self.away:
                register.not_done(told.id, self.name, "it was not reached", given_up=False)
                continue
            self.heard += [f"{notice.kind} {notice.finding.cause}" for notice in told.notices]
            self._point("sent")
            register.done(told.id, self.name)
            self._point("after")

    def _point(self, name: str) -> None:
        if self.dies == name:
            self.dies = ""
            raise Killed


@dataclass
class Hook:
    """A web hook on loopback. ``answers`` are the statuses that it gives in turn, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def listening(hook: Hook) -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if body:
                hook.got.append(json.loads(body))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            hook.asked.append(f"{self.command} {self.path}")
            status = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            self.send_response(status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Look = Callable[[datetime], Examination]

"""Messages, settings and servers for the delivery tests."""

from __future__ import annotations

import os
import socket
import threading
from asyncio import Transport
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

import charter
from charter.base.settings import Settings
from charter.deliver import Clock, Message, SmtpServer
from charter.deliver.catcher import OwnController

AS_OF = datetime(2026, 7, 5, 15, tzinfo=UTC)


def settings_in(folder: Path, **environment: str) -> Settings:
    values = {"CHARTER_MAIL_FROM": "KOTRA 서비스헌장 <charter@kotra.example>", **environment}
    return Settings(home=folder, charter_dir=folder / "charters", var_dir=folder / "var", environment=values)


def message(recipient: str = "kim@kotra.example", **changes: Any) -> Message:
    values: dict[str, Any] = {
        "report": "weekly",
        "period": "2026-W27",
        "revision": 1,
        "recipient": recipient,
        "recipient_name": "김부장",
        "department_id": recipient.partition("@")[0],
        "subject": "서비스헌장 주간 이행 현황",
        "html": "<p>지킨 약속 12건</p>",
        "text": "지킨 약속 12건",
        "fingerprint": "figures-1",
    }
    return Message(**(values | changes))


def server_at(port: int, **changes: Any) -> SmtpServer:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 5, "acceptance_s": 5}
    return SmtpServer(**(values | changes))


def clock_that_flies() -> Clock:
    """A clock whose time passes by sleeping alone, in no time."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Clock(seconds=lambda: now[0], sleep=sleep)


class Script:
    """An aiosmtpd handler that does as told, and counts the copies it accepted by Message-ID.

    ``at_data(recipient)`` names what happens when the content came: ``accept``, ``4xx``, ``5xx``, ``drop`` (the
    line is cut, nothing kept), ``accept and drop`` (kept, but the sender never hears of it), ``babble``.
    ``at_recipient`` answers RCPT: ``ok``, ``4xx``, ``5xx``, ``drop``.
    """

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.sessions = 0
        self.ends_after_each = False
        self.ends_at_the_second = False
        self._carried: set[int] = set()
        self.at_recipient: Callable[[str], str] = lambda recipient: "ok"
        self.at_data: Callable[[str], str] = lambda recipient: "accept"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.ends_at_the_second and id(session) in self._carried:
            _cut(server)
        self._carried.add(id(session))
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        action = self.at_recipient(address)
        if action == "ok":
            envelope.rcpt_tos.append(address)
            return "250 ok"
        if action == "drop":
            _cut(server)
        return "450 mailbox busy" if action == "4xx" else "550 no such mailbox"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        action = self.at_data(envelope.rcpt_tos[0])
        if action.startswith("accept") and envelope.original_content is not None:
            self.accepted[str(message_from_bytes(envelope.original_content)["Message-ID"]).strip()] += 1
        if action.endswith("drop"):
            _cut(server)
        if self.ends_after_each:
            server.loop.call_later(0.001, _cut, server)
        return {"4xx": "452 disk full", "5xx": "554 looks like spam", "babble": "hm"}.get(action, "250 kept")

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses


def _cut(server: SMTP) -> None:
    transport = server.transport
    assert isinstance(transport, Transport)
    transport.abort()


@contextmanager
def scripted(script: Script, port: int = 0, **options: Any) -> Iterator[int]:
    """Runs the script on loopback; gives its port."""
    controller = OwnController(script, port, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    """A port where nothing listens."""

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def source_path() -> str:
    """PYTHONPATH for a child process that runs this code."""

    return os.pathsep.join([str(Path(charter.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])


@contextmanager
def answering(codes: dict[str, int]) -> Iterator[int]:
    """The port of a mail server for one conversation that answers each command with the code given for it.

    ``.`` is the end of the content. What is not named is answered as usual.
    """
    usual = {"DATA": 354, "QUIT": 221}

    def converse(connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as lines:

            def say(code: int) -> None:
                lines.write(f"{code} so be it\r\n".encode())
                lines.flush()

            say(220)
            in_content = False
            for line in lines:
                word = line.decode("ascii").split()[0].upper() if line.strip() else ""
                if in_content and word != ".":
                    continue
                say(codes.get(word, usual.get(word, 250)))
                in_content = word == "DATA"
                if word == "QUIT":
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=lambda: converse(listening.accept()[0]), daemon=True)
        server.start()
        yield listening.getsockname()[1]
        server.join(timeout=10)

"""A mail server on this machine that is as bad as the random numbers say, and remembers what it accepted."""

from __future__ import annotations

import asyncio
import random
from asyncio import Transport
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session

from charter.deliver.catcher import OwnController

# What it does with a recipient, and with a message; the weights are parts of a whole.
AT_RECIPIENT = {"ok": 84, "later": 6, "refuse": 4, "hang up": 6}
AT_CONTENT = {"accept": 72, "later": 6, "refuse": 3, "hang up": 6, "accept and hang up": 9, "stall": 4}


class BadServer:
    """``accepted`` counts the copies taken of each message (its Message-ID), whether or not the sender heard of it.

    ``is_good`` makes it take everything.
    """

    def __init__(self, seed: int) -> None:
        self.accepted: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.is_good = False
        self._random = random.Random(seed)

    def _choose(self, weights: dict[str, int], usual: str) -> str:
        action = usual if self.is_good else self._random.choices(list(weights), list(weights.values()))[0]
        if action != usual:
            self.faults[action] += 1
        return action

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        action = self._choose(AT_RECIPIENT, "ok")
        if action == "ok":
            envelope.rcpt_tos.append(address)
            return "250 ok"
        if action == "hang up":
            _hang_up(server)
        return "550 no such mailbox" if action == "refuse" else "450 mailbox busy"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        action = self._choose(AT_CONTENT, "accept")
        if action == "stall":
            await asyncio.sleep(1)
            action = "accept"
        if action.startswith("accept") and envelope.original_content is not None:
            self.accepted[str(message_from_bytes(envelope.original_content)["Message-ID"]).strip()] += 1
        if action.endswith("hang up"):
            _hang_up(server)
        return {"later": "452 disk full", "refuse": "554 looks like spam"}.get(action, "250 kept")


def _hang_up(server: SMTP) -> None:
    transport = server.transport
    if isinstance(transport, Transport):
        transport.abort()


@contextmanager
def serving(server: BadServer) -> Iterator[int]:
    """Runs the server on loopback; gives its port."""
    controller = OwnController(server)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()

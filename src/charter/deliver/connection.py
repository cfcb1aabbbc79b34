"""One connection for many messages, as long as it is sound: whatever goes wrong with it takes no message with it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType

# Servers count what comes over one connection, and end it after some hundred messages.
_MOST = 50


class ReusedConnection:
    """``open`` makes a connection ready for messages; it is asked again when there is none that still answers."""

    def __init__(self, open: Callable[[], AbstractContextManager[smtplib.SMTP]]) -> None:
        self._open = open
        self._held = ExitStack()
        self._connection: smtplib.SMTP | None = None
        self._used = 0

    def __enter__(self) -> ReusedConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def ready(self) -> smtplib.SMTP:
        """A connection that answers now: the one before, or another. Raises OSError when there is none to be had."""
        if self._connection is None or self._used >= _MOST or not _answers(self._connection):
            self.drop()
            self._connection = self._held.enter_context(self._open())
            self._used = 0
        self._used += 1
        return self._connection

    def drop(self) -> None:
        """Ends the connection: after a refusal or a long wait nobody knows what the server makes of it."""
        self._connection = None
        self._held.close()


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] // 100 == 2
    except OSError:
        return False

"""One connection for many messages, as long as it is sound: whatever goes wrong with it takes no message with it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TypeVar

_Result = TypeVar("_Result")

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

    def attempt(self, step: Callable[[smtplib.SMTP], _Result]) -> _Result:
        """What ``step`` gives on the connection at hand. A server may end a connection just after it answered on it:
        a step that fails on one that carried messages before is done once more, on another. So ``step`` may be
        anything up to a message's content, and not the content. Raises OSError when it fails on a new one, too."""
        if self._connection is not None and self._used > 1:
            try:
                return step(self._connection)
            except OSError:
                self.drop()
                return step(self.ready())
        return step(self._connection or self.ready())

    def drop(self) -> None:
        """Ends the connection: after a refusal or a long wait nobody knows what the server makes of it."""
        self._connection = None
        self._held.close()


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] // 100 == 2
    except OSError:
        return False

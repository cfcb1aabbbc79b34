"""A line that breaks: passes a connection on to a server of this machine, and cuts it off after so many bytes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class BreakingLine:
    """Listens on ``port``. With ``after`` set, what the server says is cut off there and every connection closed."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.after: int | None = None
        self._passed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, number: int | None) -> None:
        """From now on, lets ``number`` bytes of answers pass; None mends the line."""
        self._passed = 0
        self.after = number

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, giver: socket.socket, taker: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while content := giver.recv(8192):
                if counted and self.after is not None:
                    content = content[: max(self.after - self._passed, 0)]
                    self._passed += len(content)
                    if not content:
                        break
                taker.sendall(content)
        for end in (giver, taker):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

"""Servers that do not do as they should: they say nothing, drip, never end, or lie about how much they will say."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class NastyServer:
    """Listens on ``port``. What it does with each connection is ``behaviour``; ``asked`` counts the connections."""

    def __init__(self, behaviour: Callable[[socket.socket], None]) -> None:
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in (self._listener, *self._taken):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                taken, _ = self._listener.accept()
                self._taken.append(taken)
                self.asked += 1
                threading.Thread(target=self._behave, args=(taken,), daemon=True).start()

    def _behave(self, taken: socket.socket) -> None:
        with suppress(OSError), taken:
            self._behaviour(taken)


@contextmanager
def running_nasty(behaviour: Callable[[socket.socket], None]) -> Iterator[NastyServer]:
    server = NastyServer(behaviour)
    try:
        yield server
    finally:
        server.close()


def silent(taken: socket.socket) -> None:
    """Takes the connection, reads what is said, and never answers."""
    while taken.recv(4096):
        pass


def dripping_head(taken: socket.socket) -> None:
    taken.recv(4096)
    _drip(taken, b"HTTP/1.1 200 OK\r\nX-Slow: ")


def dripping_body(taken: socket.socket) -> None:
    taken.recv(4096)
    taken.sendall(_HEAD + b"Content-Length: 1000000\r\n\r\n")
    _drip(taken, b"[")


def endless_body(taken: socket.socket) -> None:
    taken.recv(4096)
    taken.sendall(_HEAD + b"\r\n[")
    while True:
        taken.sendall(b'{"id": 1},' * 1000)


def saying(body: bytes, *headers: str) -> Callable[[socket.socket], None]:
    """Answers each request on a connection of its own with ``body`` under ``headers``, and hangs up."""

    def behave(taken: socket.socket) -> None:
        taken.recv(4096)
        lines = "".join(f"{header}\r\n" for header in headers).encode()
        taken.sendall(_HEAD + lines + b"Connection: close\r\n\r\n" + body)

    return behave


def _drip(taken: socket.socket, content: bytes) -> None:
    while True:
        for byte in content:
            taken.sendall(bytes([byte]))
            time.sleep(0.05)
        content = b" "

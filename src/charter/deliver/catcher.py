"""A mail server on this machine that keeps what it accepts: for the demo and for tests.

    python -m charter.deliver.catcher --port 2525 --page 8025 --folder var/outbox/received

It listens on loopback, if it is not told otherwise (``--host``, in a container of its own), and sends nothing anywhere.
With ``--page`` a browser shows what it has got.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
from asyncio import AbstractServer
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from email import message_from_bytes
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from charter.base.errors import DeliveryError
from charter.base.private import private_folder
from charter.deliver.kept import kept_name
from charter.deliver.mailbox import MailPage

_HOST = "127.0.0.1"


class SmtpCatcher:
    """The catcher as a context manager: ``folder`` gets ``<recipient>__<message-id>.eml`` for each copy accepted.

    ``port`` 0 takes a free one, told by ``.port`` once it runs. The file is on disk before the sender hears
    250. A second copy of the same message becomes a further file (``…__2.eml``): nothing is overwritten.
    Raises DeliveryError when the port is taken.
    """

    def __init__(self, folder: Path, port: int = 0, host: str = _HOST) -> None:
        self.folder = folder
        self.port = port
        self.host = host
        self._controller: OwnController | None = None

    def __enter__(self) -> SmtpCatcher:
        private_folder(self.folder)
        self._controller = OwnController(_Keeper(self.folder), self.port, self.host)
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._controller is not None:
            self._controller.stop()


class OwnController(Controller):
    """Runs an aiosmtpd handler in a thread, on loopback if not told otherwise, also on a port chosen by the system (0).
    ``options`` are aiosmtpd's."""

    def __init__(self, handler: object, port: int = 0, host: str = _HOST, **options: Any) -> None:
        try:
            self._listening = socket.create_server((host, port))
        except OSError as error:
            raise DeliveryError(
                f"nothing can listen there ({error.strerror})", where=f"{host}:{port}", remedy="choose another port"
            ) from error
        super().__init__(handler, hostname=host, port=self._listening.getsockname()[1], **options)

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


class _Keeper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: bytes = envelope.original_content or b""
        name = message_from_bytes(content).get("Message-ID") or "no-message-id"
        try:
            for recipient in envelope.rcpt_tos:
                keep(self._folder, kept_name(recipient, str(name)), content)
        except OSError as error:
            return f"451 the message cannot be kept: {error.strerror}"
        return "250 kept"


def keep(folder: Path, name: str, content: bytes) -> Path:
    """Writes ``content`` to ``folder/name.eml`` (or ``name__2.eml`` … if that exists), whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".arriving-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    copy = 1
    try:
        while True:
            target = folder / (f"{name}.eml" if copy == 1 else f"{name}__{copy}.eml")
            try:
                # A link, unlike a rename, refuses to replace what is there.
                os.link(temporary, target)
                break
            except FileExistsError:
                copy += 1
    finally:
        Path(temporary).unlink()
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the catcher until SIGINT or SIGTERM. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m charter.deliver.catcher", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port for mail; 0 takes a free one")
    parser.add_argument("--page", type=int, help="port of a page that shows what was kept; 0 takes a free one")
    parser.add_argument("--host", default=_HOST, help="address to listen at (default: this machine only)")
    parser.add_argument("--folder", type=Path, required=True, help="where accepted messages are kept")
    chosen = parser.parse_args(arguments)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with ExitStack() as running:
            catcher = running.enter_context(SmtpCatcher(chosen.folder, chosen.port, chosen.host))
            print(f"listening on {chosen.host}:{catcher.port}, keeping messages in {catcher.folder}", flush=True)
            if chosen.page is not None:
                page = running.enter_context(MailPage(chosen.folder, chosen.page, chosen.host))
                print(f"showing them at http://{chosen.host}:{page.port}/", flush=True)
            stopped.wait()
    except DeliveryError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

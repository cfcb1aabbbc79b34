"""HTTP servers of a test's own: an API that answers as the test says, tickets by pages, LimeSurvey's RemoteControl."""

from __future__ import annotations

import base64
import json
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """One request as it came, and when (seconds of the machine's clock)."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(frozen=True)
class Reply:
    """What to answer. ``body`` is sent as JSON, unless it is bytes. None: the connection is closed without a word."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


class Api:
    """A running server. ``troubles`` are answered first, one by one; then ``answer`` has its turn."""

    def __init__(self, answer: Callable[[Asked], Reply], port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.troubles: list[Reply] = []
        self._answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def speak_tls(self) -> None:
        """From now on with a certificate that nobody has issued."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(_self_signed())
            file.flush()
            context.load_cert_chain(file.name)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.troubles.pop(0) if self.troubles else self._answer(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                reply = api._reply(Asked(parts.path, query, dict(self.headers), body, time.monotonic()))
                if reply.hang_up:
                    self.close_connection = True
                    return
                content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815 - named by the library

            def log_message(self, format: str, *args: object) -> None:
                """What was asked is in ``asked``."""

        return Handler


@contextmanager
def running_api(answer: Callable[[Asked], Reply], port: int = 0) -> Iterator[Api]:
    api = Api(answer, port)
    # A developer's proxy knows nothing of this machine's own servers.
    with patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}):
        try:
            yield api
        finally:
            api.close()


def _self_signed() -> bytes:
    """A key and its certificate, valid for ever so long."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2120, 1, 1))
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded + certificate.public_bytes(Encoding.PEM)


class TicketSystem:
    """Tickets, told as Zendesk tells them: those that moved since an instant, by pages with a cursor.

    ``repeat``: each page begins with the last row of the one before, as when rows move while they are read.
    """

    PATH = "/api/v2/incremental/tickets/cursor.json"

    def __init__(self, tickets: list[dict[str, Any]], *, size: int = 2, repeat: bool = False) -> None:
        self.tickets = tickets
        self.size = size
        self.repeat = repeat
        self.url = ""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != self.PATH:
            return Reply({"error": "RecordNotFound"}, 404)
        if "cursor" in asked.query:
            since, start = (int(part) for part in base64.b64decode(asked.query["cursor"]).split(b"|"))
        else:
            since, start = int(asked.query["start_time"]), 0
        moved = sorted((row for row in self.tickets if _moved(row) >= since), key=_moved)
        first = max(start - 1, 0) if self.repeat else start
        end = start + self.size
        token = base64.b64encode(f"{since}|{min(end, len(moved))}".encode()).decode()
        body = {
            "tickets": moved[first:end],
            # As the real one: also on the last page, where it leads to that page's end.
            "after_url": f"{self.url}{self.PATH}?cursor={token}",
            "after_cursor": token,
            "end_of_stream": end >= len(moved),
        }
        return Reply(body)


def _moved(row: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(row["updated_at"].replace("Z", "+00:00")).timestamp())


class SurveySystem:
    """LimeSurvey's RemoteControl 2, as far as responses are exported through it. ``wrapped``: as version 3 did."""

    PATH = "/index.php/admin/remotecontrol"

    def __init__(self, surveys: dict[int, list[dict[str, Any]]], user: str, password: str) -> None:
        self.surveys = surveys
        self.wrapped = False
        self.sessions: set[str] = set()
        self.asked_for: list[tuple[str, list[Any]]] = []
        self._login = [user, password]

    def __call__(self, asked: Asked) -> Reply:
        call = json.loads(asked.body)
        method, parameters = call["method"], call["params"]
        self.asked_for.append((method, parameters))
        result = getattr(self, f"_{method}")(*parameters)
        return Reply({"id": call["id"], "result": result, "error": None})

    def _get_session_key(self, user: str, password: str) -> object:
        if [user, password] != self._login:
            return {"status": "Invalid user name or password"}
        key = f"session-{len(self.asked_for)}"
        self.sessions.add(key)
        return key

    def _release_session_key(self, key: str) -> object:
        self.sessions.discard(key)
        return "OK"

    def _export_responses(
        self, key: str, survey: int, kind: str, language: str | None, which: str, heading: str
    ) -> object:
        if key not in self.sessions:
            return {"status": "Invalid session key"}
        if survey not in self.surveys:
            return {"status": "No permission"}
        rows = self.surveys[survey]
        if not rows:
            return {"status": "No Data, could not get max id."}
        given = [row for row in rows if row.get("submitdate")] if which == "complete" else rows
        content: list[object] = [{str(row["id"]): row} for row in given] if self.wrapped else list(given)
        return base64.b64encode(json.dumps({"responses": content}).encode()).decode()

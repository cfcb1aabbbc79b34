"""A time-stamping authority (RFC 3161) on loopback: OpenSSL answers, behind a small web server that can misbehave."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from tests.servers.packages import program

Manner = Literal["answer", "error", "nonsense", "redirect", "replay", "flood", "hang up"]

_CONFIG = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
_USE = "extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"


@dataclass
class Tsa:
    """``certificate`` is its root's (PEM); ``manner`` how it answers from now on; ``asked`` counts requests."""

    folder: Path
    certificate: Path
    port: int = 0
    manner: Manner = "answer"
    asked: int = 0
    answers: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsr"

    def reply(self, request: bytes) -> bytes:
        """What OpenSSL answers to a request."""
        query, answer = self.folder / "query.tsq", self.folder / "answer.tsr"
        query.write_bytes(request)
        config = self.folder / "tsa.cnf"
        openssl("ts", "-reply", "-config", str(config), "-queryfile", str(query), "-out", str(answer))
        return answer.read_bytes()


def openssl(*arguments: str) -> None:
    subprocess.run([program("openssl", ["openssl"]), *arguments], check=True, capture_output=True)


def prepared(folder: Path) -> Tsa:
    """A TSA with a root of its own and nothing that listens yet."""
    folder.mkdir(parents=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "use.cnf").write_text(_USE)
    (folder / "serial").write_text("01\n")
    root, key = str(folder / "root.pem"), str(folder / "root.key")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(*new, "-x509", "-keyout", key, "-out", root, "-days", "3650", "-subj", "/CN=Root of the tests")
    request = str(folder / "tsa.csr")
    openssl(*new, "-keyout", str(folder / "tsa.key"), "-out", request, "-subj", "/CN=TSA of the tests")
    signed = ("-CA", root, "-CAkey", key, "-CAcreateserial", "-days", "3650", "-extfile", str(folder / "use.cnf"))
    openssl("x509", "-req", "-in", request, *signed, "-out", str(folder / "tsa.pem"))
    return Tsa(folder, folder / "root.pem")


@contextmanager
def listening(tsa: Tsa) -> Iterator[Tsa]:
    """Lets it answer on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            tsa.asked += 1
            request = self.rfile.read(int(self.headers["Content-Length"]))
            if tsa.manner == "hang up":
                self.close_connection = True
                return
            if tsa.manner == "redirect":
                self.send_response(307)
                self.send_header("Location", tsa.url.replace("/tsr", "/elsewhere"))
                self.end_headers()
                return
            self.send_response(503 if tsa.manner == "error" else 200)
            self.end_headers()
            self.wfile.write(self._content(request))

        def _content(self, request: bytes) -> bytes:
            match tsa.manner:
                case "nonsense":
                    return b"<html>Welcome</html>"
                case "flood":
                    return b"0" * 1_000_000
                case "replay":
                    return tsa.answers[0]
            tsa.answers.append(tsa.reply(request))
            return tsa.answers[-1]

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tsa.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tsa
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

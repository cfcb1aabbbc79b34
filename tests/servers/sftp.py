"""An SFTP server of its own: OpenSSH on a free port of this machine, with keys made for one test run."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.servers.packages import program

_PATIENCE = 20.0


class SftpServer:
    """A running server that lets this user in with ``key``, and shows the files below ``files``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files = folder / "served"
        self.files.mkdir()
        self.port = _free_port()
        self.user = getpass.getuser()
        self.key = self._make_key("user")
        self.host_key = self._make_key("host")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return self.address_at(self.port)

    def address_at(self, port: int) -> str:
        """The address of its files, reached through another port of this machine."""
        return f"sftp://{self.user}@127.0.0.1:{port}{self.files}"

    @property
    def known_host(self) -> str:
        """The line of a known-hosts file."""
        kind, key = self.host_key.with_suffix(".pub").read_text().split()[:2]
        return f"[127.0.0.1]:{self.port} {kind} {key}"

    def start(self) -> None:
        server = program("sshd", ["openssh-server"])
        if os.geteuid() == 0:
            # OpenSSH started by root asks for it, whatever the configuration says.
            Path("/run/sshd").mkdir(exist_ok=True)
        settings = [
            *(f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.host_key}"),
            *(f"AuthorizedKeysFile {self.key}.pub", f"PidFile {self._folder / 'sshd.pid'}"),
            *("StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin prohibit-password"),
            *("KbdInteractiveAuthentication no", "Subsystem sftp internal-sftp"),
        ]
        configuration = self._folder / "sshd_config"
        configuration.write_text("\n".join(settings) + "\n")
        with (self._folder / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen([str(server), "-D", "-e", "-f", str(configuration)], stderr=log)
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _make_key(self, name: str) -> Path:
        key = Ed25519PrivateKey.generate()
        path = self._folder / f"{name}_key"
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
        )
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        path.with_suffix(".pub").write_bytes(public + b"\n")
        return path

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(3) == b"SSH":
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self._folder / "sshd.log").read_text())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port

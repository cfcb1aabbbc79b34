"""A MariaDB server of its own: its data in a temporary folder, on a free port of this machine."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.servers.packages import program

# Without the package mariadb-server, which would start a service.
_PACKAGES = ("mariadb-server-core", "mariadb-client-core")
_PATIENCE = 60.0
PASSWORD = "only-for-tests"


class MariaDb:
    """A running server. ``reader`` may only read the database ``agency``; ``root`` may do everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = program("mariadbd", _PACKAGES)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._make_database(program("mariadb-install-db", _PACKAGES))

    def start(self) -> None:
        options = [
            *("--no-defaults", f"--datadir={self._folder / 'data'}", f"--socket={self._folder / 's'}"),
            *("--bind-address=127.0.0.1", f"--port={self._port}", f"--pid-file={self._folder / 'pid'}"),
            *(
                "--skip-name-resolve",
                "--skip-log-bin",
                "--innodb-buffer-pool-size=16M",
                "--character-set-server=utf8mb4",
            ),
            f"--user={getpass.getuser()}",
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([str(self._server), *options], stdout=log, stderr=log)
        self._wait()

    def kill(self) -> None:
        """Ends it at once, as a machine that loses power does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def url(self, user: str, database: str = "agency") -> str:
        """The address for ``user``, as a person writes it into a connection's variable."""
        secret = f"{user}:{PASSWORD}" if user != "root" else user
        return f"mariadb://{secret}@127.0.0.1:{self._port}/{database}"

    def engine(self, database: str = "agency") -> sa.Engine:
        """A connection of the administrator's, to lay out what a test reads."""
        address = sa.make_url(self.url("root", database)).set(drivername="mariadb+pymysql")
        return sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)

    def _make_database(self, install: Path) -> None:
        subprocess.run(
            [
                *(str(install), "--no-defaults", f"--datadir={self._folder / 'data'}", f"--user={getpass.getuser()}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ],
            check=True,
            capture_output=True,
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                with self.engine("").connect() as connection:
                    connection.exec_driver_sql("SELECT 1")
                return
            except OperationalError:
                if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                    raise AssertionError((self._folder / "log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.1)


@contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """A server with the database ``agency`` and its user ``reader``."""
    # Not pytest's folder: the path of a socket may have 107 letters.
    folder = Path(tempfile.mkdtemp(prefix="charter-mariadb-"))
    server = MariaDb(folder)
    try:
        server.start()
        with server.engine("").connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE agency")
            connection.exec_driver_sql(f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
            connection.exec_driver_sql("GRANT SELECT, EXECUTE ON agency.* TO reader@'127.0.0.1'")
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Does everybody answer whom a night and its reports ask? They are reached, and nothing is read.

Whether an account is right, and what a source gives, `charter sources test` tells.
"""

from __future__ import annotations

import os
import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from charter.base.errors import CharterError
from charter.definitions.models import Source
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

_PATIENCE_S = 5
_PORTS = {
    **{"http": 80, "https": 443, "sftp": 22, "postgresql": 5432, "mysql": 3306, "mariadb": 3306},
    **{"oracle": 1521, "mssql": 1433},
}
Reach = Callable[[], str]


def look(place: Place, now: datetime) -> Iterator[Finding]:
    sources = {source.id for source in place.agency.sources}
    waiting = {name: _Answer(reach) for name, reach in _all(place).items()}
    for name, answer in waiting.items():
        problem = answer.wait()
        cause = f"connections/{name}"
        if problem:
            yield Finding(
                cause=cause,
                state=State.FAILURE,
                code="connection_away" if name in sources else "server_away",
                where=name,
                values={"name": name, "problem": problem},
            )
        else:
            yield in_order(cause, f"{name} was reached")


class _Answer:
    """Asked at once; whoever says nothing in time keeps nobody waiting, and not the process from ending."""

    def __init__(self, reach: Reach) -> None:
        self._problem = f"it said nothing for {2 * _PATIENCE_S} s"
        self._thread = Thread(target=self._ask, args=(reach,), daemon=True)
        self._thread.start()

    def _ask(self, reach: Reach) -> None:
        try:
            self._problem = reach()
        except (OSError, ValueError) as error:
            words = error.strerror if isinstance(error, OSError) else None
            self._problem = f"{type(error).__name__} ({words})" if words else type(error).__name__
        except CharterError as error:
            self._problem = error.problems[0].what

    def wait(self) -> str:
        self._thread.join(2 * _PATIENCE_S)
        return self._problem


def _all(place: Place) -> dict[str, Reach]:
    from charter.evidence import tsa_url, witness_folder

    settings = place.settings
    asked: dict[str, Reach] = {
        source.id: lambda source=source: _reach_source(place, source)  # type: ignore[misc]
        for source in place.agency.sources
    }
    if settings.environment.get("CHARTER_SMTP_HOST"):
        asked["mail-server"] = lambda: _reach_mail(place)
    if settings.environment.get("CHARTER_TSA_URL"):
        asked["time-stamps"] = lambda: _reach_address(tsa_url(settings) or "")
    if settings.environment.get("CHARTER_WITNESS"):
        asked["witness"] = lambda: _reach_folder(witness_folder(settings) or Path(), os.W_OK)
    return asked


def _reach_source(place: Place, source: Source) -> str:
    from charter.extract.readers.opening import SQLITE, connection_address

    address = connection_address(place.settings, source)
    if address.startswith(SQLITE):
        return _reach_folder(place.settings.home / address.removeprefix(SQLITE), os.R_OK)
    if source.kind == "sql":
        try:
            url = make_url(address)
        except ArgumentError:
            return "its address is none of a database"
        return _reach_host(url.host or "localhost", url.port or _PORTS.get(url.get_backend_name(), 0))
    if "://" in address:
        return _reach_address(address)
    return _reach_folder(place.settings.home / address, os.R_OK)


def _reach_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme == "s3":
        # Its servers are the store's own business: a listing would be needed.
        return ""
    return _reach_host(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def _reach_host(host: str, port: int) -> str:
    if not port:
        return "its port is not known"
    with socket.create_connection((host, port), timeout=_PATIENCE_S):
        return ""


def _reach_folder(path: Path, right: int) -> str:
    if not path.exists():
        return "it is not there"
    return "" if os.access(path, right) else "this user may not use it"


def _reach_mail(place: Place) -> str:
    from charter.deliver import SmtpServer

    server = SmtpServer.from_settings(place.settings).model_copy(update={"timeout_s": float(_PATIENCE_S)})
    try:
        with server.connection():
            return ""
    except smtplib.SMTPResponseException as error:
        return f"it answered {error.smtp_code}"

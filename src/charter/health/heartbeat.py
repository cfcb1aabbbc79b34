"""A sign of life: after each published and sealed night, and after each watch, somebody outside hears that we run.

Whoever hears nothing in time raises the alarm: nobody here could, once nothing runs at all. An address is asked by
CHARTER_HEARTBEAT_<NAME> (NIGHT or WATCH), and the instant is always written to ``var/health/heartbeats/<name>``, for
whoever looks at files. Nothing of this ever fails a run.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from charter.base.errors import CharterError, SettingError, StateError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.base.unlogged import unlogged

Name = Literal["night", "watch"]
NAMES: tuple[Name, ...] = ("night", "watch")
_SETTINGS: dict[Name, str] = {"night": "CHARTER_HEARTBEAT_NIGHT", "watch": "CHARTER_HEARTBEAT_WATCH"}
METHOD = "CHARTER_HEARTBEAT_METHOD"
_PATIENCE_S = 10


class Beat(BaseModel):
    """The last sign of life, ``at`` an instant, for ``of`` (a night's as-of, or nothing). ``problem`` says why the
    address did not hear it, ``since`` the instant from which it has not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    of: str = ""
    problem: str = ""
    since: AwareDatetime | None = None


def setting(name: Name) -> str:
    """The variable that holds the address, or with ``_FILE`` behind it the file that does."""
    return _SETTINGS[name]


def address(settings: Settings, name: Name) -> str | None:
    """The address that is asked, None when none is set. It may be a secret: never show it. Raises SettingError."""
    if not {setting(name), f"{setting(name)}_FILE"} & settings.environment.keys():
        return None
    remedy = f"set {setting(name)} (or {setting(name)}_FILE) to an address such as https://hc.example/ping/…"
    try:
        text = settings.secret(setting(name)).decode("ascii")
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError("this is no web address", where=setting(name), remedy=remedy)
    return text


def beat(settings: Settings, name: Name, now: datetime, of: str = "") -> Beat:
    """Gives the sign of life ``name`` at ``now`` (aware). Raises nothing: what went wrong is in what it returns."""
    before = last_beat(settings, name)
    problem = _told(settings, name)
    since = (before.since if before is not None and before.problem else None) or now
    made = Beat(at=now, of=of, problem=problem, since=since if problem else None)
    with suppress(StateError):
        # On one line, and its first word is the instant: whoever looks needs no more than `cut`.
        write_whole(_path(settings, name).with_suffix(".txt"), f"{now.isoformat()} {of}".strip().encode() + b"\n")
        write_whole(_path(settings, name), made.model_dump_json().encode())
    return made


def last_beat(settings: Settings, name: Name) -> Beat | None:
    try:
        return Beat.model_validate_json(_path(settings, name).read_bytes())
    except (OSError, ValidationError):
        return None


def _told(settings: Settings, name: Name) -> str:
    """Asks the address. Returns what went wrong, without the address: it may be a secret."""
    try:
        url = address(settings, name)
        return _ask(url, settings.environment.get(METHOD, "GET").upper()) if url is not None else ""
    except CharterError as error:
        return error.problems[0].what


def _ask(url: str, method: str) -> str:
    import requests

    if method not in ("GET", "POST"):
        return f"{METHOD} is neither GET nor POST"
    try:
        with unlogged("urllib3"), requests.Session() as session:
            # No proxy, no password from elsewhere, no other host: what is set is what is asked.
            session.trust_env = False
            answer = session.request(method, url, timeout=_PATIENCE_S, allow_redirects=False, stream=True)
            answer.close()
    except requests.RequestException as error:
        return f"it was not reached ({type(error).__name__})"
    if not 200 <= answer.status_code < 300:
        return f"it answered with status {answer.status_code}"
    return ""


def _path(settings: Settings, name: Name) -> Path:
    return settings.var_dir / "health" / "heartbeats" / f"{name}.json"

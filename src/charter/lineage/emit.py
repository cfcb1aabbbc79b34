"""Where events go: a file for each night, and, where that is configured, a server."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

from charter.base.errors import StateError
from charter.base.lock import exclusive
from charter.base.moments import stamp
from charter.base.private import private_folder
from charter.base.settings import Settings

URL, KEY = "CHARTER_LINEAGE_URL", "CHARTER_LINEAGE_KEY"
_TIMEOUT_S = 5.0
_PATIENCE_S = 30
# A night waits for no server.
_NO_RETRY = {"total": 0, "allowed_methods": ["POST"]}
log = logging.getLogger(__name__)


def lineage_file(settings: Settings, as_of: datetime) -> Path:
    """The events of the night ``as_of`` (aware), one JSON text a line."""
    return settings.var_dir / "lineage" / f"{stamp(as_of)}.ndjson"


def emit(settings: Settings, as_of: datetime, events: Iterable[RunEvent]) -> None:
    """Appends the events to the night's file, and hands them to the server that CHARTER_LINEAGE_URL names, if any, with
    the key in CHARTER_LINEAGE_KEY.

    A server that does not answer is told in the log: the file has the events. Raises OSError, StateError, SettingError.
    """
    told = list(events)
    path = lineage_file(settings, as_of)
    private_folder(path.parent)
    # Sources are extracted side by side.
    with (
        exclusive(path.parent / ".lock", wait_s=_PATIENCE_S, error=StateError),
        path.open("a", encoding="utf-8") as file,
    ):
        file.writelines(f"{_line(event)}\n" for event in told)
    if url := settings.environment.get(URL):
        _post(settings, url, told)


def _line(event: RunEvent) -> str:
    return json.dumps(Serde.to_dict(event), ensure_ascii=False, sort_keys=True)


def _post(settings: Settings, url: str, events: Iterable[RunEvent]) -> None:
    has_key = any(settings.environment.get(name) for name in (KEY, f"{KEY}_FILE"))
    config = HttpConfig(url=url, timeout=_TIMEOUT_S, retry=_NO_RETRY)
    if has_key:
        config.auth = ApiKeyTokenProvider({"apiKey": settings.secret(KEY).decode()})
    transport = HttpTransport(config)
    try:
        for event in events:
            transport.emit(event)
    except Exception as error:  # a server's fault is of any kind, and none of the night's
        log.warning("lineage was not handed over (%s): the night's file has it", type(error).__name__)
    finally:
        transport.close()

"""Were the signs of life heard?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.health.finding import Finding, State, in_order
from charter.health.heartbeat import NAMES, last_beat, setting
from charter.health.place import Place


def look(place: Place, now: datetime) -> Iterator[Finding]:
    for name in NAMES:
        beat = last_beat(place.settings, name)
        if beat is None:
            yield in_order(f"heartbeats/{name}", f"no sign of life of the {name} yet")
        elif beat.problem:
            yield Finding(
                cause=f"heartbeats/{name}",
                state=State.WARNING,
                code="heartbeat_failed",
                where=setting(name),
                values={"name": name, "setting": setting(name), "problem": beat.problem},
                since=beat.since,
            )
        else:
            yield in_order(f"heartbeats/{name}", f"last sign of life of the {name}: {beat.at:%Y-%m-%d %H:%M} UTC")

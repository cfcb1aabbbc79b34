"""An installation examined as a whole: what the probes find, and how its notices themselves stand."""

from __future__ import annotations

from datetime import datetime

from charter.health.examine import ALL, OWN_STATE, Examination, Probe, examine, probe
from charter.health.place import Place

_NOTICES = "notices"


def examined(place: Place, now: datetime, *, everything: bool, is_now: bool = True) -> Examination:
    """How the installation stands at ``now`` (aware); with ``everything`` also what takes time, or asks others.

    Unless ``is_now`` the instant is one that a person asked about, and says nothing of the machine's clock.
    """
    names = [name for name in (ALL if everything else OWN_STATE) if is_now or name != "clock"]
    return examine(place, now, [*names, _NOTICES], _loaded)


def _loaded(name: str) -> Probe:
    if name != _NOTICES:
        return probe(name)
    from charter.notices.standing import look

    return look

"""An installation examined as a whole: what the probes find, and how its notices themselves stand."""

from __future__ import annotations

from datetime import datetime

from charter.health.examine import ALL, OWN_STATE, Examination, examine
from charter.health.place import Place


def examined(place: Place, now: datetime, *, everything: bool) -> Examination:
    """How the installation stands at ``now`` (aware); with ``everything`` also what takes time, or asks others."""
    return examine(place, now, ALL if everything else OWN_STATE)

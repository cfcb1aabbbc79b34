"""Bars over time that need no script: each has a place and a width in per cent of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# A bar of no time is seen all the same.
_LEAST = 0.4


@dataclass(frozen=True)
class Bar:
    """What began and ended, and how: ``tone`` is its look, ``text`` what stands behind it."""

    name: str
    tone: str
    began: datetime
    ended: datetime
    text: str
    mark: str = ""


@dataclass(frozen=True)
class PlacedBar:
    name: str
    tone: str
    start: float
    width: float
    text: str
    mark: str


def placed(bars: Iterable[Bar]) -> Sequence[PlacedBar]:
    """The bars on one scale, which begins with the first and ends with the last."""
    known = list(bars)
    if not known:
        return ()
    first = min(bar.began for bar in known)
    whole = (max(bar.ended for bar in known) - first).total_seconds() or 1.0
    return tuple(_placed(bar, first, whole) for bar in known)


def _placed(bar: Bar, first: datetime, whole: float) -> PlacedBar:
    width = max((bar.ended - bar.began).total_seconds() / whole * 100, _LEAST)
    start = min((bar.began - first).total_seconds() / whole * 100, 100 - width)
    return PlacedBar(bar.name, bar.tone, round(start, 2), round(width, 2), bar.text, bar.mark)

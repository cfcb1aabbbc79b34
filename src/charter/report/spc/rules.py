"""The four rules of NHS 'Making Data Count' for special causes. Each names the points that are part of its pattern.

A rule looks at points one after another. ``sides`` and ``values`` have no gaps: ``chart`` decides what stands beside
what where a week is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise

from charter.report.spc.models import Limits, Side, Signal

# So many points in a row make a shift or a trend.
IN_A_ROW = 7

Found = dict[int, Signal]
# A point's value and its limits.
Measured = tuple[float, Limits]


def outside(points: Sequence[Measured]) -> Found:
    """A single point outside the process limits."""
    return {
        at: Signal("outside", side)
        for at, (value, limits) in enumerate(points)
        if (side := _beyond(value, limits.lower, limits.upper))
    }


def shift(points: Sequence[Measured]) -> Found:
    """Seven points or more in a row on one side of the mean. One on the mean ends the row."""
    sides = [_beyond(value, limits.mean, limits.mean) for value, limits in points]
    return {at: Signal("shift", side) for at, side in _in_rows(sides, IN_A_ROW).items()}


def trend(points: Sequence[Measured]) -> Found:
    """Seven points or more in a row, each higher than the one before, or each lower."""
    steps = [_beyond(after, before, before) for (before, _), (after, _) in pairwise(points)]
    found: Found = {}
    for at, side in _in_rows(steps, IN_A_ROW - 1).items():
        # A step leads from one point to the next: both are part of the trend.
        found |= {at: Signal("trend", side), at + 1: Signal("trend", side)}
    return found


def two_of_three(points: Sequence[Measured]) -> Found:
    """Two points of three in a row beyond two sigma, on the same side; these two are named."""
    sides = [_beyond(value, limits.near_lower, limits.near_upper) for value, limits in points]
    found: Found = {}
    for first in range(len(sides) - 2):
        of_three = range(first, first + 3)
        for side in ("high", "low"):
            beyond = [at for at in of_three if sides[at] == side]
            if len(beyond) >= 2:
                found |= {at: Signal("two_of_three", side) for at in beyond}
    return found


RULES: tuple[Callable[[Sequence[Measured]], Found], ...] = (outside, shift, trend, two_of_three)


def _beyond(value: float, lower: float, upper: float) -> Side | None:
    if value > upper:
        return "high"
    return "low" if value < lower else None


def _in_rows(sides: Sequence[Side | None], length: int) -> dict[int, Side]:
    """The places of what stands in a row of equal sides of at least ``length``."""
    found: dict[int, Side] = {}
    for side, row in groupby(range(len(sides)), key=sides.__getitem__):
        places = list(row)
        if side is not None and len(places) >= length:
            found |= dict.fromkeys(places, side)
    return found

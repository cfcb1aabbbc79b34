"""What a control chart is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["p", "xmr"]
Rule = Literal["outside", "shift", "trend", "two_of_three"]
Side = Literal["high", "low"]
Variation = Literal["common", "improvement", "concern", "unjudged"]
# Why the newest week's variation is not judged.
Unjudged = Literal["", "no_data", "nothing_decided", "few_weeks", "rare"]
# ``none``: there is no target, or no limits to hold it against.
Assurance = Literal["passing", "hit_and_miss", "failing", "none"]


@dataclass(frozen=True)
class Observation:
    """One week: a ``value`` that stands on ``n`` commitments.

    ``value`` is None where there is no point. Then ``unknown`` says that data are missing; else nothing was decided.
    """

    value: float | None
    n: int = 1
    unknown: bool = False


@dataclass(frozen=True)
class Limits:
    """The mean, the process limits at three sigma and the lines at two, in the unit of the values."""

    mean: float
    lower: float
    upper: float
    near_lower: float
    near_upper: float


@dataclass(frozen=True)
class Signal:
    """A rule that a point is part of, and to which side of the mean (for a trend: which way it goes)."""

    rule: Rule
    side: Side


@dataclass(frozen=True)
class Point:
    """A week on the chart. ``limits`` are None where its process has too few weeks for any."""

    value: float | None
    n: int
    unknown: bool
    limits: Limits | None
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True)
class ControlChart:
    """A series with its limits, signals and icons.

    ``trial`` says that the newest process has fewer weeks than limits need to be firm. ``side`` is where the newest
    week's special cause lies, None without one. ``starts`` are the places of the points at which a process begins.
    ``unjudged`` is why there is no variation to tell, empty where there is.
    """

    kind: Kind
    points: tuple[Point, ...]
    starts: tuple[int, ...]
    trial: bool
    variation: Variation
    side: Side | None
    unjudged: Unjudged
    assurance: Assurance

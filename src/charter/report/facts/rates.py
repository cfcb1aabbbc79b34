"""Components of a result, and the rates computed from them where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

# Below this many decided commitments a rate says little, and the report says so.
FEW = 10
# Two-sided 95 %.
_Z = 1.959963984540054

Direction = Literal["worse", "better", "steady", "unknown", "too_few"]


class Rate(BaseModel):
    """A share of ``n``: value and 95 % Wilson interval, all between 0 and 1. ``few`` says that n is small."""

    model_config = ConfigDict(frozen=True)

    count: int
    n: int
    value: float
    low: float
    high: float

    @property
    def few(self) -> bool:
        return self.n < FEW


def rate(count: int, n: int) -> Rate | None:
    """``count`` out of ``n`` with its Wilson interval; None when n is 0 (nothing was decided)."""
    if n == 0:
        return None
    share = count / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == n else min(1.0, centre + half)
    return Rate(count=count, n=n, value=share, low=low, high=high)


class Components(BaseModel):
    """How many commitments were met, breached, pending and excluded. Rates are never stored."""

    model_config = ConfigDict(frozen=True)

    met: int = 0
    breached: int = 0
    pending: int = 0
    excluded: int = 0

    @property
    def n(self) -> int:
        """The decided ones: the denominator."""
        return self.met + self.breached

    @property
    def any(self) -> bool:
        return bool(self.met or self.breached or self.pending or self.excluded)

    def kept_rate(self) -> Rate | None:
        return rate(self.met, self.n)

    def broken_rate(self) -> Rate | None:
        return rate(self.breached, self.n)

    def __add__(self, other: Components) -> Components:
        return Components(
            met=self.met + other.met,
            breached=self.breached + other.breached,
            pending=self.pending + other.pending,
            excluded=self.excluded + other.excluded,
        )


class Ends(BaseModel):
    """The two ends between which the truth lies: counts if everything that is not known went wrong, or went well.

    None where nothing says how many commitments are not known.
    """

    model_config = ConfigDict(frozen=True)

    met_at_least: int
    breached_at_most: int | None
    met_at_most: int | None
    breached_at_least: int

    def worst(self) -> Rate | None:
        """The share met at the worst; None when it has no bound, or when nothing can have been decided."""
        return (
            None
            if self.breached_at_most is None
            else rate(self.met_at_least, self.met_at_least + self.breached_at_most)
        )

    def best(self) -> Rate | None:
        """The share met at the best; None as for ``worst``."""
        return None if self.met_at_most is None else rate(self.met_at_most, self.met_at_most + self.breached_at_least)

    def leave_open(self, known: Components) -> bool:
        """Whether anything is open, beside what is known."""
        return (self.met_at_least, self.breached_at_most) != (known.met, known.breached) or (
            (self.met_at_most, self.breached_at_least) != (known.met, known.breached)
        )


def at_worst(known: Components, ends: Ends | None) -> Components | None:
    """What was met and breached if everything that is not known went wrong; None where nothing bounds it."""
    if ends is None:
        return known
    return None if ends.breached_at_most is None else Components(met=ends.met_at_least, breached=ends.breached_at_most)


def at_best(known: Components, ends: Ends | None) -> Components | None:
    """As ``at_worst``, if everything that is not known went well."""
    if ends is None:
        return known
    return None if ends.met_at_most is None else Components(met=ends.met_at_most, breached=ends.breached_at_least)


def total(parts: Sequence[Components]) -> Components:
    """The sum of ``parts``."""
    result = Components()
    for part in parts:
        result = result + part
    return result


def reaches(components: Components, target: float) -> bool:
    """Whether the share met reaches ``target``; exact, with 0.95 meaning 95 in 100. Nothing decided reaches any."""
    return components.met >= Fraction(str(target)) * components.n


def points(share: float) -> Decimal:
    """The per cent of a share (0 to 1) as they are shown: one decimal, none for all and for nothing.

    What is not all is never shown as 100, nor what is some as 0.
    """
    text = f"{share * 100:.1f}"
    if text == "100.0" and share < 1:
        text = "99.9"
    elif text == "0.0" and share > 0:
        text = "0.1"
    return Decimal(text.removesuffix(".0") if text in ("100.0", "0.0") else text)


class ShownEnds(NamedTuple):
    """The two ends of a result as they are shown: per cent, and the smaller and the larger n."""

    low: Decimal
    high: Decimal
    fewest: int
    most: int


def shown_ends(ends: Ends) -> ShownEnds | None:
    """What is shown of ``ends``; None when no share bounds them."""
    worst, best = ends.worst(), ends.best()
    if worst is None or best is None:
        return None
    return ShownEnds(points(worst.value), points(best.value), *sorted((worst.n, best.n)))

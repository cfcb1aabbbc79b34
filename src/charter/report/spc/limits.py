"""Process limits: of shares (p-chart), and of single values by their moving ranges (XmR).

Sources: NIST/SEMATECH e-Handbook of Statistical Methods 6.3.3.2 (proportions) and 6.3.2.2 (individuals); NHS England,
Making Data Count; the screening of moving ranges as in its R package NHSRplotthedots.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from statistics import fmean

from charter.report.spc.models import Limits, Observation

# Three sigma of single values is this many mean moving ranges: 3 / 1.128.
THREE_SIGMA_IN_RANGES = 2.66
# The upper limit of the moving ranges themselves; a range above it is left out of their mean, once.
RANGE_LIMIT = 3.267


def p_limits(weeks: Sequence[Observation]) -> list[Limits | None]:
    """Limits of shares (0 to 1) of ``n``: mean ± 3·sqrt(p(1-p)/n) for each week, clipped to 0..1.

    The mean is that of all commitments together. A week without a value has no limits.
    """
    known = [(week.value, week.n) for week in weeks if week.value is not None and week.n]
    if not known:
        return [None] * len(weeks)
    mean = min(1.0, sum(value * n for value, n in known) / sum(n for _, n in known))
    return [_clipped(mean, sqrt(mean * (1 - mean) / week.n)) if week.value is not None else None for week in weeks]


def xmr_limits(values: Sequence[float], lowest: float | None = None, highest: float | None = None) -> Limits | None:
    """Limits of single values in their order: mean ± 2.66 mean moving ranges, clipped where values have an end.

    A moving range of 3.267 mean ranges or more is screened out and the mean taken again, unless nothing but ranges of
    zero were left: a series that moves at all has limits apart. None for fewer than two values.
    """
    if len(values) < 2:
        return None
    ranges = [abs(after - before) for before, after in pairwise(values)]
    screened = [each for each in ranges if each < RANGE_LIMIT * fmean(ranges)]
    sigma = THREE_SIGMA_IN_RANGES * fmean(screened if any(screened) else ranges) / 3
    return _clipped(fmean(values), sigma, lowest, highest)


def _clipped(mean: float, sigma: float, lowest: float | None = 0.0, highest: float | None = 1.0) -> Limits:
    def clip(value: float) -> float:
        if lowest is not None:
            value = max(lowest, value)
        return value if highest is None else min(highest, value)

    return Limits(
        mean=mean,
        lower=clip(mean - 3 * sigma),
        upper=clip(mean + 3 * sigma),
        near_lower=clip(mean - 2 * sigma),
        near_upper=clip(mean + 2 * sigma),
    )

"""Where this week differs from the weeks before, over many series at once.

Each series is tested exactly (Fisher 1922, one side), and what is called is chosen over all of them together by
Benjamini and Hochberg (1995, J. R. Stat. Soc. B 57: 289-300), so that the share of false calls among all calls is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, lgamma
from typing import TypeVar

Key = TypeVar("Key")


def chance_of_so_many(breached: int, n: int, breached_before: int, n_before: int) -> float:
    """The chance that at least ``breached`` of this week's ``n`` are, if both periods share one rate.

    Fisher's exact test, one side: hypergeometric, given how many are breached in both together.
    """
    everything, all_breached = n + n_before, breached + breached_before
    most = min(n, all_breached)
    return min(1.0, sum(_chance(count, n, all_breached, everything) for count in range(breached, most + 1)))


def chance_of_so_few(breached: int, n: int, breached_before: int, n_before: int) -> float:
    """The chance that at most ``breached`` are; otherwise as ``chance_of_so_many``."""
    everything, all_breached = n + n_before, breached + breached_before
    return min(1.0, sum(_chance(count, n, all_breached, everything) for count in range(breached + 1)))


def discoveries(chances: Mapping[Key, float], rate: float) -> frozenset[Key]:
    """The series whose difference is called: of all calls at most ``rate`` (0 to 1) are expected to be false.

    Benjamini and Hochberg: the k smallest chances, for the largest k whose k-th is at most rate·k/m, m being all series
    looked at. Where nothing has changed at all, ``rate`` is also the chance of any call.
    """
    ordered = sorted(chances.items(), key=lambda item: item[1])
    called = 0
    for place, (_, chance) in enumerate(ordered, start=1):
        if chance <= rate * place / len(ordered):
            called = place
    return frozenset(key for key, _ in ordered[:called])


def _chance(count: int, drawn: int, breached: int, everything: int) -> float:
    """That ``count`` of ``drawn`` are breaches when ``breached`` of ``everything`` are (hypergeometric)."""
    met = everything - breached
    if count > breached or drawn - count > met:
        return 0.0
    return exp(_log_choose(breached, count) + _log_choose(met, drawn - count) - _log_choose(everything, drawn))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

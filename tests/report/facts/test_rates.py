"""Rates: components, n and interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.facts.rates import Components, Ends, rate, total
from charter.report.view.phrases import percent


def week(met: int, breached: int = 0) -> Components:
    return Components(met=met, breached=breached)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Wilson's interval, from its formula worked out by hand to four places.
        (5, 8, 0.3057, 0.8632),
        (88, 91, 0.9075, 0.9887),
        (0, 1, 0.0, 0.7935),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_a_rate_has_the_wilson_interval(count: int, n: int, low: float, high: float) -> None:
    found = rate(count, n)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nothing_decided_has_no_rate() -> None:
    assert rate(0, 0) is None
    assert Components(pending=3, excluded=2).kept_rate() is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(drawn: tuple[int, int]) -> None:
    found = rate(*drawn)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_pending_and_excluded_are_not_in_the_denominator() -> None:
    found = Components(met=5, breached=3, pending=9, excluded=4).kept_rate()
    assert found is not None
    assert (found.count, found.n, found.few) == (5, 8, True)


def test_components_add_up() -> None:
    assert total([week(3, 1), Components(pending=2, excluded=1)]) == Components(
        met=3, breached=1, pending=2, excluded=1
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100%"), (0.0, "0%"), (0.99999, "99.9%"), (0.00001, "0.1%"), (0.625, "62.5%"), (0.5, "50.0%")],
)
def test_rounding_never_turns_some_into_all_or_none(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_two_ends_are_shares_with_their_own_n() -> None:
    ends = Ends(met_at_least=90, breached_at_most=10, met_at_most=95, breached_at_least=4)
    worst, best = ends.worst(), ends.best()
    assert worst is not None and best is not None
    assert ((worst.count, worst.n), (best.count, best.n)) == ((90, 100), (95, 99))
    assert ends.leave_open(Components(met=91, breached=5))
    assert not Ends(met_at_least=3, breached_at_most=1, met_at_most=3, breached_at_least=1).leave_open(
        Components(met=3, breached=1)
    )


def test_without_a_bound_there_are_no_ends_to_tell() -> None:
    ends = Ends(met_at_least=90, breached_at_most=None, met_at_most=None, breached_at_least=4)
    assert (ends.worst(), ends.best()) == (None, None)
    assert ends.leave_open(Components(met=90, breached=4))

"""Exact tests over many series at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.spc.significance import chance_of_so_few, chance_of_so_many, discoveries


def test_fisher_s_tea() -> None:
    """R's documentation of fisher.test (stats), TeaTasting, after Agresti (1990): three of four cups named right,
    alternative "greater", p = 0.2429. By hand 17/70: of 70 ways to choose four of eight cups 16 have three right, one
    all four."""
    assert chance_of_so_many(3, 4, 1, 4) == pytest.approx(0.2429, abs=5e-5)
    assert chance_of_so_many(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert chance_of_so_many(4, 4, 0, 4) == pytest.approx(1 / 70)


def test_benjamini_and_hochberg_s_own_example() -> None:
    """Benjamini and Hochberg (1995), section 3.2 (thrombolysis after heart attacks; the same chances are a data set of
    many libraries' tests): of 15 hypotheses at 5 %, the first four are rejected."""
    chances = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
        *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    assert discoveries(dict(enumerate(chances)), 0.05) == frozenset(range(4))


def test_of_nothing_nothing_is_called() -> None:
    assert discoveries({}, 0.05) == frozenset()


def test_a_lone_chance_of_two_percent_is_not_called_among_a_hundred_series() -> None:
    assert discoveries({0: 0.02}, 0.05) == frozenset({0})
    assert discoveries({0: 0.02, **dict.fromkeys(range(1, 100), 1.0)}, 0.05) == frozenset()


@given(st.dictionaries(st.integers(0, 60), st.floats(0, 1)), st.floats(0.001, 0.2))
def test_what_is_called_has_smaller_chances_than_what_is_not(chances: dict[int, float], rate: float) -> None:
    called = discoveries(chances, rate)
    assert all(chances[one] <= chances[other] for one in called for other in chances.keys() - called)
    assert all(chances[one] <= rate for one in called)


counts = st.integers(0, 40)


@given(counts, counts, counts, counts)
def test_both_chances_cover_every_outcome(bad: int, good: int, bad_before: int, good_before: int) -> None:
    n, before = bad + good, bad_before + good_before
    many, few = chance_of_so_many(bad, n, bad_before, before), chance_of_so_few(bad, n, bad_before, before)
    assert 0 <= many <= 1 and 0 <= few <= 1
    assert many + few >= 1 - 1e-9

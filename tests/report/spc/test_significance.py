"""Exact tests over many series at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.spc.significance import chance_of_so_few, chance_of_so_many, discoveries


def test_fisher_s_tea() -> None:
    """R. A. Fisher, The Design of Experiments (1935): all four of four cups named right by chance, 1 in 70."""
    assert chance_of_so_many(4, 4, 0, 4) == pytest.approx(1 / 70)
    # Three right of four: 17 in 70, as in the table of R's fisher.test (0.2429).
    assert chance_of_so_many(3, 4, 1, 4) == pytest.approx(17 / 70)


def test_benjamini_and_hochberg_s_own_example() -> None:
    """Benjamini and Hochberg (1995), section 3.2: of 15 hypotheses at 5 %, the first four are rejected."""
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

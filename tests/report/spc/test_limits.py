"""Process limits against published worked examples.

NIST/SEMATECH e-Handbook of Statistical Methods: https://www.itl.nist.gov/div898/handbook/pmc/section3/pmc332.htm
(proportions) and .../pmc322.htm (individuals). NHS-R's package for the charts of NHS 'Making Data Count', whose guides
show charts without their figures: https://github.com/nhs-r-community/NHSRplotthedots, at commit ea2177d.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.spc.limits import p_limits, xmr_limits
from charter.report.spc.models import Observation

# e-Handbook 6.3.3.2: misregistered chips on 30 wafers of 50 each. Montgomery's orange juice cans have the same counts
# (data set ``orangejuice`` of the R package qcc).
WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# e-Handbook 6.3.2.2: flow rates of ten batches.
FLOW_RATES = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# tests/testthat/test-ptd_spc_standard.R: R's rnorm(20) after set.seed(123).
PLOT_THE_DOTS = [
    *(-0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285),
    *(-0.44566197, 1.22408180, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716),
    *(0.70135590, -0.47279141),
]


def test_a_p_chart_has_nist_s_limits() -> None:
    limits = p_limits([Observation(bad / 50, 50) for bad in WAFERS])[0]
    assert limits is not None
    # The handbook rounds sigma to 0.0597 before it multiplies: 0.4102 and 0.0524.
    assert limits.mean == pytest.approx(0.2313, abs=5e-5)
    assert limits.lower == pytest.approx(0.0524, abs=2e-4)
    assert limits.upper == pytest.approx(0.4102, abs=2e-4)


def test_a_p_chart_s_limits_follow_each_week_s_n() -> None:
    """By hand: 0.8 ± 3·sqrt(0.16/10) = 0.8 ± 0.3795, clipped at 1; 0.8 ± 3·sqrt(0.16/1000) = 0.8 ± 0.0379."""
    wide, narrow = p_limits([Observation(0.8, 10), Observation(0.8, 1000)])
    assert wide is not None and narrow is not None
    assert wide.mean == narrow.mean == pytest.approx(0.8)
    assert wide.lower == pytest.approx(0.4205, abs=1e-4)
    assert wide.upper == 1.0
    assert narrow.lower == pytest.approx(0.7621, abs=1e-4)
    assert narrow.upper == pytest.approx(0.8379, abs=1e-4)


def test_an_xmr_chart_has_nist_s_limits() -> None:
    limits = xmr_limits(FLOW_RATES)
    assert limits is not None
    # Published: 50.81, 55.8041 and 45.8159, by 3/1.128 where 2.66 is the same rounded.
    assert limits.mean == pytest.approx(50.81)
    assert limits.upper == pytest.approx(55.8041, abs=2e-3)
    assert limits.lower == pytest.approx(45.8159, abs=2e-3)


def test_an_xmr_chart_has_the_limits_of_plot_the_dots() -> None:
    """Snapshot tests/testthat/_snaps/ptd_spc_standard.md, ``r1``: mean 0.1416238, limits -3.01138 and 3.294627."""
    limits = xmr_limits(PLOT_THE_DOTS)
    assert limits is not None
    assert limits.mean == pytest.approx(0.1416238, abs=1e-7)
    assert limits.lower == pytest.approx(-3.01138, abs=1e-5)
    assert limits.upper == pytest.approx(3.294627, abs=1e-6)


def test_moving_ranges_are_screened_as_in_plot_the_dots() -> None:
    """The same snapshot, ``r2``: the fifteenth value is 10, limits -2.383666 and 3.722497 once ranges are screened out.
    Without screening (``r3``) they are -4.596625 and 5.935457."""
    values = [*PLOT_THE_DOTS[:14], 10.0, *PLOT_THE_DOTS[15:]]
    limits = xmr_limits(values)
    assert limits is not None
    assert limits.mean == pytest.approx(0.6694159, abs=1e-7)
    assert limits.lower == pytest.approx(-2.383666, abs=1e-6)
    assert limits.upper == pytest.approx(3.722497, abs=1e-6)


def test_one_value_has_no_moving_range_and_no_limits() -> None:
    assert xmr_limits([0.5]) is None
    assert p_limits([Observation(None, 0)]) == [None]


def test_screening_never_leaves_a_series_that_moves_without_width() -> None:
    limits = xmr_limits([1.0] * 20 + [0.5] + [1.0] * 5, 0.0, 1.0)
    assert limits is not None
    assert limits.lower < limits.mean < limits.upper


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=40))
def test_limits_of_shares_stay_shares_and_stand_in_order(drawn: list[tuple[int, int]]) -> None:
    for limits in p_limits([Observation(min(met, n) / n, n) for met, n in drawn]):
        assert limits is not None
        in_order = [0, limits.lower, limits.near_lower, limits.mean, limits.near_upper, limits.upper, 1]
        assert in_order == sorted(in_order)

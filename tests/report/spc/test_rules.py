"""One test per rule of NHS 'Making Data Count', each on a published worked example.

The NHS's guides show charts without their figures. The rows of signs are those of NHS-R's package for these charts
(https://github.com/nhs-r-community/NHSRplotthedots, tests/testthat/test-ptd_calculate_point_type.R, commit 0b49a46).
It names a row's points from the seventh on and then goes back; we name the whole row at once, as its charts do.
The p-charts are of NIST's wafers (e-Handbook 6.3.3.2) and of SAS/QC's circuits (User's Guide, SHEWHART, PCHART,
"Creating a Chart with Revised Control Limits", data set CircOne).
"""

from __future__ import annotations

from charter.report.spc.limits import p_limits, xmr_limits
from charter.report.spc.models import Limits, Observation, Signal
from charter.report.spc.rules import Measured, outside, shift, trend, two_of_three

from .test_limits import WAFERS

CIRCUITS = [
    *(7, 6, 6, 9, 2, 11, 8, 8, 6, 19, 7, 5, 7, 5, 8, 13, 7, 14, 19, 5),
    *(7, 5, 7, 5, 11, 4, 6, 3, 11, 3),
]
# Mean 0, two sigma at ±2, limits at ±3.
LIMITS = Limits(mean=0, lower=-3, upper=3, near_lower=-2, near_upper=2)


def points(*values: float) -> list[Measured]:
    return [(value, LIMITS) for value in values]


def shares(counts: list[int], n: int) -> list[Measured]:
    weeks = [Observation(count / n, n) for count in counts]
    return [(week.value or 0, limits) for week, limits in zip(weeks, p_limits(weeks), strict=True) if limits]


def test_rule_a_a_point_outside_the_limits_wafers() -> None:
    """Samples 15 (22 of 50: 0.44) and 23 (24 of 50: 0.48) lie above the published upper limit of 0.4102; the lower one,
    0.0524, is below all others (4 of 50: 0.08)."""
    assert outside(shares(WAFERS, 50)) == {14: Signal("outside", "high"), 22: Signal("outside", "high")}


def test_rule_a_a_point_outside_the_limits_circuits() -> None:
    """SAS/QC: of 30 batches of 500 circuits, batches 10 and 19 have unusually high shares of failing ones."""
    assert outside(shares(CIRCUITS, 500)) == {9: Signal("outside", "high"), 18: Signal("outside", "high")}


def test_rule_a_a_point_on_a_limit_is_inside() -> None:
    """By the rule's words (a point outside the limits): no source has such a point."""
    assert outside(points(3, -3)) == {}


def test_rule_b_seven_in_a_row_on_one_side_of_the_mean() -> None:
    """Plot the dots: six and one beyond are nothing; of eight in a row all eight are part of the shift."""
    assert shift(points(*[1] * 6)) == {}
    assert shift(points(*[1] * 6, -1)) == {}
    assert shift(points(-1, *[1] * 8, -1)) == {at: Signal("shift", "high") for at in range(1, 9)}
    assert shift(points(1, *[-1] * 8, 1)) == {at: Signal("shift", "low") for at in range(1, 9)}


def test_rule_b_a_point_on_the_mean_ends_the_row() -> None:
    """By the rule's words (on one side of the mean): no source has such a point."""
    assert shift(points(*[1] * 6, 0, 1)) == {}


def test_rule_c_a_trend_of_seven_rising_or_falling() -> None:
    """Plot the dots: 1 to 6 is none, a value that stays ends it, seven rising after a fall are all seven."""
    assert trend(points(*range(1, 7))) == {}
    assert trend(points(1, 2, 3, 3, 4, 5, 6)) == {}
    assert trend(points(2, 1, 2, 3, 4, 5, 6, 7, 3)) == {at: Signal("trend", "high") for at in range(1, 8)}
    assert trend(points(2, 7, 6, 5, 4, 3, 2, 1, 3)) == {at: Signal("trend", "low") for at in range(1, 8)}


def test_rule_d_two_of_three_beyond_two_sigma() -> None:
    """Plot the dots: near the limit, not, near again are two of three; the two are named and not the one between."""
    assert two_of_three(points(2.5, 1, 2.5)) == {at: Signal("two_of_three", "high") for at in (0, 2)}
    assert two_of_three(points(1, 2.5, 2.5)) == {at: Signal("two_of_three", "high") for at in (1, 2)}
    assert two_of_three(points(2.5, 1, 1, 2.5)) == {}
    assert two_of_three(points(-2.5, 1, 1, -2.5, -2.5)) == {at: Signal("two_of_three", "low") for at in (3, 4)}


def test_rule_d_needs_both_on_the_same_side() -> None:
    """Plot the dots, test-ptd_spc_standard.R (commit 2ec4e36): after 1 and -1 seven times, 5.5 and -5.5 one after the
    other, both near a limit, are common cause."""
    values = [*[1.0, -1.0] * 7, 5.5, -5.5]
    limits = xmr_limits(values)
    assert limits is not None
    assert two_of_three([(value, limits) for value in values]) == {}

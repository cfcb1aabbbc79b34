"""A series of weeks becomes a chart: which kind, from when, with which icons."""

from __future__ import annotations

import pytest

from charter.report.spc.chart import control_chart
from charter.report.spc.icons import assurance
from charter.report.spc.models import Limits, Observation

NOTHING_DECIDED = Observation(None, 0)
NO_DATA = Observation(None, 0, unknown=True)


def weeks(*shares: float, n: int = 100) -> list[Observation]:
    return [Observation(share, n) for share in shares]


def limits(lower: float, mean: float, upper: float) -> Limits:
    return Limits(mean=mean, lower=lower, upper=upper, near_lower=lower, near_upper=upper)


@pytest.mark.parametrize(
    ("lower", "mean", "upper", "expected"),
    [(1, 2, 3, "failing"), (5, 6, 7, "passing"), (1, 4, 5, "hit_and_miss")],
)
def test_assurance_is_that_of_plot_the_dots(lower: float, mean: float, upper: float, expected: str) -> None:
    """NHSRplotthedots, tests/testthat/test-ptd_calculate_assurance_type.R (commit 47af41f): a target of 4, more is
    better, and the mirror of it."""
    mirrored = {"failing": "passing", "passing": "failing", "hit_and_miss": "hit_and_miss"}[expected]
    assert assurance(4, limits(lower, mean, upper), "high") == expected
    assert assurance(4, limits(lower, mean, upper), "low") == mirrored


def test_without_a_target_nothing_is_assured() -> None:
    assert assurance(None, limits(1, 2, 3), "high") == "none"
    assert assurance(0.95, None, "high") == "none"


def test_a_steady_standard_shows_common_cause() -> None:
    chart = control_chart(weeks(*[0.94, 0.96] * 8), target=0.95)
    assert (chart.kind, chart.variation, chart.side, chart.assurance) == ("p", "common", None, "hit_and_miss")
    assert not chart.trial


def test_a_week_far_below_is_a_concern() -> None:
    chart = control_chart(weeks(*[0.94, 0.96] * 8, 0.80), target=0.95)
    assert (chart.variation, chart.side) == ("concern", "low")


def test_seven_better_weeks_are_an_improvement() -> None:
    chart = control_chart(weeks(*[0.90, 0.92] * 6, *[0.95] * 7))
    assert (chart.variation, chart.side) == ("improvement", "high")


def test_where_less_is_better_high_is_the_concern() -> None:
    values = [Observation(value) for value in (*[4.0, 5.0] * 8, 12.0)]
    chart = control_chart(values, is_share=False, target=6, improvement="low")
    assert (chart.kind, chart.variation, chart.side) == ("xmr", "concern", "high")


def test_few_commitments_a_week_are_an_xmr_chart() -> None:
    assert control_chart(weeks(*[0.5, 0.75] * 8, n=4)).kind == "xmr"
    assert control_chart(weeks(*[0.5, 0.75] * 8, n=40)).kind == "p"


def test_new_limits_begin_where_the_rule_changed() -> None:
    before, after = [0.90, 0.92] * 6, [0.70, 0.72] * 6
    chart = control_chart(weeks(*before, *after), rebased_at=[12])
    assert chart.starts == (0, 12)
    assert [round(point.limits.mean, 2) for point in chart.points if point.limits] == [0.91] * 12 + [0.71] * 12
    # What the new rule brought about is no special cause.
    assert chart.variation == "common"


def test_a_new_rule_waits_for_seven_weeks() -> None:
    chart = control_chart(weeks(*[0.90, 0.92] * 6, 0.7, 0.7), rebased_at=[12], target=0.95)
    assert chart.points[-1].limits is None
    assert (chart.variation, chart.unjudged, chart.assurance) == ("unjudged", "few_weeks", "none")


def test_fewer_than_twelve_weeks_are_on_trial() -> None:
    assert control_chart(weeks(*[0.90, 0.92] * 5)).trial


def test_a_week_without_data_is_a_gap_and_is_not_judged() -> None:
    chart = control_chart([*weeks(*[0.94, 0.96] * 8), NO_DATA])
    assert (chart.variation, chart.unjudged) == ("unjudged", "no_data")
    assert control_chart([*weeks(*[0.94, 0.96] * 8), NOTHING_DECIDED]).unjudged == "nothing_decided"


def test_missing_data_end_a_row_of_better_weeks_but_not_of_worse_ones() -> None:
    """Damage never improves: a lost week in a bad row hides nothing, one in a good row proves nothing."""
    steady = [0.90, 0.92] * 6
    worse = control_chart([*weeks(*steady, *[0.88] * 4), NO_DATA, *weeks(*[0.88] * 3)])
    better = control_chart([*weeks(*steady, *[0.94] * 4), NO_DATA, *weeks(*[0.94] * 3)])
    assert worse.variation == "concern"
    assert better.variation == "common"
    assert control_chart([*weeks(*steady, *[0.94] * 4), NOTHING_DECIDED, *weeks(*[0.94] * 3)]).variation != "common"


def test_a_row_of_weeks_without_a_breach_is_nothing_where_breaches_are_rare() -> None:
    """One breach in twenty weeks of 40: seven weeks without any are no shift."""
    chart = control_chart(weeks(0.975, *[1.0] * 19, n=40))
    assert chart.variation == "common"
    # Three of 40 at once still are outside.
    assert control_chart(weeks(0.975, *[1.0] * 19, 0.9, n=40)).variation == "concern"


def test_rare_and_few_have_no_limits() -> None:
    chart = control_chart(weeks(0.75, *[1.0] * 19, n=4))
    assert (chart.points[-1].limits, chart.variation, chart.unjudged) == (None, "unjudged", "rare")

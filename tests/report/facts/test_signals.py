"""``worse`` and ``better`` are called over every series looked at, and hold under that many."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from charter.base.moments import Period
from charter.report.facts.figures import Key, ResultRow
from charter.report.facts.models import RuleStep, RuleTerms
from charter.report.facts.rates import Components, Ends
from charter.report.facts.signals import Compared, read_signals, signals

MONDAY = date(2026, 6, 29)
WEEK = Period("week", MONDAY, MONDAY + timedelta(days=6))
PHONE: Key = ("phone-answer", "voc-team")


def week(met: int, breached: int = 0) -> Components:
    return Components(met=met, breached=breached)


def alone(earlier: list[Components], now: Components) -> str:
    """What is said of a series that is the only one."""
    return signals({PHONE: Compared(earlier, now, now)}).of(PHONE)


def steady_series(count: int) -> dict[Key, Compared]:
    return {("phone-answer", f"d{at}"): Compared([week(9, 1)] * 6, week(9, 1), week(9, 1)) for at in range(count)}


def changed(on: date) -> list[RuleStep]:
    """A rule that began with the year and has a second version from ``on``."""
    first, second = (
        RuleTerms(version=version, threshold={}, clock="elapsed", target=0.95, effective_from=day, effective_to=None)
        for version, day in ((1, date(2026, 1, 1)), (2, on))
    )
    return [
        RuleStep(on=first.effective_from, before=None, after=first),
        RuleStep(on=on, before=first, after=second),
    ]


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        ([week(10)] * 12, week(5, 3), "worse"),
        ([week(5, 5)] * 12, week(20), "better"),
        ([week(9, 1)] * 12, week(9, 1), "steady"),
        # One late answer among ten is no trend.
        ([week(10)] * 12, week(9, 1), "steady"),
        ([week(2000, 100)] * 12, week(1900, 200), "worse"),
        ([week(0, 10)] * 12, week(0, 10), "steady"),
        ([week(10)] * 12, week(1, 3), "too_few"),
        ([week(10)] * 3, week(5, 5), "too_few"),
        ([week(0)] * 12, week(5, 5), "too_few"),
        ([], week(100), "too_few"),
    ],
)
def test_a_trend_is_called_only_when_clear(earlier: list[Components], now: Components, expected: str) -> None:
    assert alone(earlier, now) == expected


def test_what_is_clear_alone_is_chance_among_many() -> None:
    """Two of ten, where there was none of sixty: clear alone, and nothing to speak of among three hundred series."""
    lone = Compared([week(10)] * 6, week(8, 2), week(8, 2))
    others: dict[Key, Compared] = {
        ("phone-answer", f"d{i}"): Compared([week(9, 1)] * 6, week(9, 1), week(9, 1)) for i in range(299)
    }
    assert signals({PHONE: lone}).of(PHONE) == "worse"
    together = signals({PHONE: lone, **others})
    assert (together.of(PHONE), together.looked_at) == ("steady", 300)


def test_a_collapse_is_called_among_any_number() -> None:
    others: dict[Key, Compared] = {
        ("phone-answer", f"d{i}"): Compared([week(9, 1)] * 6, week(9, 1), week(9, 1)) for i in range(1000)
    }
    assert signals({PHONE: Compared([week(40)] * 12, week(20, 20), None), **others}).of(PHONE) == "worse"


def test_series_with_too_few_are_not_among_those_looked_at() -> None:
    few = Compared([week(1)] * 12, week(1), week(1))
    assert signals({PHONE: few}).looked_at == 0


def test_what_is_missing_never_makes_a_week_better() -> None:
    """Twenty answered and none late, but ten rows were refused: at the worst these ten are late."""
    row = ResultRow(
        components=week(20),
        breached_strict=0,
        days_without_data=0,
        result="no_data",
        reason="refused:10",
        ends=Ends(met_at_least=20, breached_at_most=10, met_at_most=30, breached_at_least=0),
    )
    earlier = {MONDAY - timedelta(weeks=back): week(10, 10) for back in range(1, 13)}
    known = ResultRow(week(20), 0, 0, "kept", "")
    assert read_signals(WEEK, {PHONE: known}, {PHONE: earlier}, {}).of(PHONE) == "better"
    assert read_signals(WEEK, {PHONE: row}, {PHONE: earlier}, {}).of(PHONE) == "steady"


def test_what_is_missing_may_hide_a_change_for_the_worse_and_is_never_called_steady() -> None:
    """One of ten was late as ever; if the ten that nobody heard of were late, too, the week was worse."""
    usual, now = [week(9, 1)] * 12, week(9, 1)
    for at_worst, expected in ((now, "steady"), (week(9, 2), "steady"), (week(9, 11), "unknown"), (None, "unknown")):
        assert signals({PHONE: Compared(usual, now, at_worst)}).of(PHONE) == expected


def test_weeks_under_an_older_rule_are_not_compared() -> None:
    """Since the limit was halved eight weeks ago, a quarter is late: no worse than the weeks since."""
    changed_on = MONDAY - timedelta(weeks=8)
    weeks = {MONDAY - timedelta(weeks=back): week(30, 10) if back <= 8 else week(40) for back in range(1, 13)}
    steps = changed(changed_on)
    now = ResultRow(week(27, 13), 13, 0, "broken", "")
    assert read_signals(WEEK, {PHONE: now}, {PHONE: weeks}, {}).of(PHONE) == "worse"
    assert read_signals(WEEK, {PHONE: now}, {PHONE: weeks}, {"phone-answer": steps}).of(PHONE) == "steady"


def test_a_rule_that_changed_within_the_week_has_nothing_to_compare_with() -> None:
    steps = changed(MONDAY + timedelta(days=2))
    weeks = {MONDAY - timedelta(weeks=back): week(40) for back in range(1, 13)}
    now = ResultRow(week(20, 20), 20, 0, "broken", "")
    assert read_signals(WEEK, {PHONE: now}, {PHONE: weeks}, {"phone-answer": steps}).of(PHONE) == "too_few"

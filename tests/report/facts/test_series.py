"""A standard's weeks in their order: without gaps, with what is missing as missing, and with the days of new rules."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from charter.report.facts.department_week import whole_week
from charter.report.facts.models import Series
from charter.report.facts.series import SERIES_WEEKS
from charter.report.facts.tables import load_week

from ..builders import MONDAY, Scenario, amended


def whole(scenario: Scenario, standard_id: str) -> Series:
    week = whole_week(load_week(scenario.settings, scenario.agency, scenario.as_of)).whole
    series = next(item.series for item in week.standards if item.standard_id == standard_id)
    assert series is not None
    return series


def test_a_series_ends_with_the_closed_week_and_has_every_week_since_the_charter_began(empty: Scenario) -> None:
    empty.earlier_weeks("phone-answer", "voc-team", [(20, 1), (18, 2)])
    empty.many_met("phone-answer", "voc-team", 21)
    weeks = whole(empty.build(), "phone-answer").weeks
    assert weeks[-1].week_start == MONDAY
    assert weeks[0].week_start == date(2026, 1, 5)
    assert len(weeks) == SERIES_WEEKS
    assert all(
        after.week_start - before.week_start == timedelta(weeks=1) for before, after in itertools.pairwise(weeks)
    )
    assert [(week.components.met, week.components.breached) for week in weeks[-3:]] == [(20, 1), (18, 2), (21, 0)]


def test_a_week_with_missing_days_keeps_its_ends(empty: Scenario) -> None:
    empty.many_met("phone-answer", "voc-team", 21)
    empty.no_data("phone-answer", "pbx", date(2026, 7, 3))
    week = whole(empty.build(), "phone-answer").weeks[-1]
    assert week.result == "no_data"
    assert week.ends is not None and week.ends.breached_at_most is not None
    assert (week.ends.met_at_least, week.ends.breached_at_most > 0) == (21, True)


def test_a_week_that_was_never_judged_is_no_data_and_not_a_quiet_one(empty: Scenario) -> None:
    empty.earlier_weeks("phone-answer", "voc-team", [(20, 1)])
    weeks = whole(empty.build(), "phone-answer").weeks
    assert [week.result for week in weeks[-3:]] == ["no_data", "kept", "nothing_due"]


def test_a_series_knows_since_when_another_rule_is_in_force(empty: Scenario) -> None:
    empty.agency = amended(empty.agency, "phone-answer", "2026-05-04", target=0.9)
    assert whole(empty.build(), "phone-answer").rebased_on == (date(2026, 5, 4),)
    assert whole(empty, "visit-comfort").rebased_on == ()

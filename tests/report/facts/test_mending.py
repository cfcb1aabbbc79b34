"""From breach to mending: a cause is asked for until somebody gives one that can be read and stands."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from charter.report import agency_week, week_facts
from charter.report.facts.models import CauseAsked, Mending, SeriesAction
from tests.report.builders import MONDAY, SUNDAY, Scenario

VISITS, TEAM, DIVISION = "visit-priority", "voc-team", "customer-division"
OTHERS = "branch-team"
WEEK_BEFORE = MONDAY - timedelta(weeks=1)


@pytest.fixture
def broken(tmp_path: Path) -> Scenario:
    """A week in which the team broke the standard, after five weeks in which it kept it."""
    scenario = Scenario(tmp_path)
    scenario.earlier_weeks(VISITS, TEAM, [(10, 0)] * 5)
    for number in range(3):
        scenario.commitment(VISITS, TEAM, f"V-{number}", "breached", opened="2026-07-01 09:00", due="2026-07-01 09:10")
    return scenario


def mending(scenario: Scenario, department_id: str = TEAM) -> Mending:
    weeks = week_facts(scenario.build().settings, scenario.agency, scenario.as_of)
    found = next(week.mending for week in weeks if week.department.id == department_id)
    assert found is not None
    return found


def on_chart(scenario: Scenario, department_id: str | None) -> tuple[SeriesAction, ...]:
    """What the chart of the standard shows of a department; None for the whole agency."""
    scenario.build()
    whole = agency_week(scenario.settings, scenario.agency, scenario.as_of).whole
    weeks = [whole, *week_facts(scenario.settings, scenario.agency, scenario.as_of)]
    series = [each.series for week in weeks for each in week.standards if each.standard_id == VISITS]
    return next(each.actions for each in series if each is not None and each.department_id == department_id)


def asked(scenario: Scenario, department_id: str = TEAM) -> list[tuple[str, str | None]]:
    return [(each.standard_id, each.department_id) for each in mending(scenario, department_id).asked]


class TestWhatIsAsked:
    def test_a_broken_standard_without_a_cause_is_asked_about(self, broken: Scenario) -> None:
        assert mending(broken).asked == (
            CauseAsked(standard_id=VISITS, department_id=TEAM, since=MONDAY, weeks=1, unread=False),
        )

    def test_broken_weeks_in_a_row_are_counted_from_the_first(self, broken: Scenario) -> None:
        broken.history.clear()
        broken.earlier_weeks(VISITS, TEAM, [(5, 5), (10, 0), (5, 5), (0, 0), (5, 5)])
        [found] = mending(broken).asked
        assert (found.since, found.weeks) == (MONDAY - timedelta(weeks=3), 3), "a week without any is passed over"

    def test_the_unit_above_and_the_head_of_the_agency_see_who_is_asked(self, broken: Scenario) -> None:
        assert asked(broken, DIVISION) == [(VISITS, TEAM)]
        whole = agency_week(broken.build().settings, broken.agency, broken.as_of).whole.mending
        assert whole is not None and [each.department_id for each in whole.asked] == [TEAM]

    def test_a_kept_standard_is_not_asked_about(self, broken: Scenario) -> None:
        broken.commitments.clear()
        broken.many_met(VISITS, TEAM, 3)
        assert asked(broken) == []

    @pytest.mark.parametrize("department_id", [TEAM, DIVISION, None])
    def test_a_cause_of_its_own_of_those_above_or_of_all_is_an_answer(
        self, broken: Scenario, department_id: str | None
    ) -> None:
        broken.action(VISITS, department_id)
        assert asked(broken) == []

    @pytest.mark.parametrize(("standard_id", "department_id"), [(VISITS, OTHERS), ("phone-answer", TEAM)])
    def test_a_cause_of_somebody_or_something_else_is_none(
        self, broken: Scenario, standard_id: str, department_id: str
    ) -> None:
        broken.action(standard_id, department_id)
        assert asked(broken) == [(VISITS, TEAM)]

    def test_a_cause_answers_for_its_own_period_alone(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, begins=WEEK_BEFORE, ends=MONDAY - timedelta(days=1))
        assert asked(broken) == [(VISITS, TEAM)]

    def test_without_a_last_day_it_answers_until_it_is_done(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, begins=WEEK_BEFORE)
        assert asked(broken) == []

    def test_broken_after_it_was_done_is_asked_anew(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, begins=WEEK_BEFORE, done=MONDAY - timedelta(days=2))
        assert asked(broken) == [(VISITS, TEAM)]


class TestDamage:
    def test_an_entry_that_cannot_be_read_is_no_cause_and_is_told(self, broken: Scenario) -> None:
        broken.unread_entry(VISITS)
        found = mending(broken)
        assert found.unread == 1
        assert [each.unread for each in found.asked] == [True]

    def test_one_of_which_not_even_the_standard_can_be_read_may_be_on_any(self, broken: Scenario) -> None:
        broken.unread_entry(None)
        found = mending(broken)
        assert (found.unread, [each.unread for each in found.asked]) == (1, [True])

    def test_a_cause_whose_newest_version_cannot_be_read_counts_no_more(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, unread=True)
        assert asked(broken) == [(VISITS, TEAM)]

    def test_a_withdrawn_action_is_told_and_is_no_cause(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, gone_on=SUNDAY)
        found = mending(broken)
        assert [(each.state, each.ended_on) for each in found.actions] == [("withdrawn", SUNDAY)]
        assert [each.standard_id for each in found.asked] == [VISITS]

    def test_a_register_that_was_not_heard_says_how_far_it_was(self, broken: Scenario) -> None:
        broken.gaps |= {("action-register", SUNDAY - timedelta(days=back)): "unreachable" for back in range(3)}
        found = mending(broken)
        assert (found.heard_on, found.is_current) == (SUNDAY - timedelta(days=3), False)


class TestWhatIsShown:
    def test_what_is_done_after_the_night_is_not_done_yet(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, due=SUNDAY - timedelta(days=1), done=SUNDAY + timedelta(days=1))
        [found] = mending(broken).actions
        assert found.state == "overdue"

    def test_an_overdue_action_says_for_how_many_days(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, due=date(2026, 6, 30))
        assert [each.days_overdue for each in mending(broken).in_state("overdue")] == [5]

    def test_the_owner_is_a_department_where_it_is_one(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, owner="고객안내센터")
        broken.action(VISITS, TEAM, owner="창구 담당")
        assert [each.owner_department_id for each in mending(broken).actions] == [TEAM, None]

    def test_what_is_done_long_ago_is_shown_no_more(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, begins=date(2025, 11, 3), done=date(2025, 12, 1))
        assert mending(broken).actions == ()

    def test_what_owners_said_of_the_week_before_is_there_and_older_is_not(self, broken: Scenario) -> None:
        broken.comment(VISITS, TEAM, WEEK_BEFORE, MONDAY - timedelta(days=1), "박람회 주간")
        older = WEEK_BEFORE - timedelta(weeks=1)
        broken.comment(VISITS, TEAM, older, WEEK_BEFORE - timedelta(days=1), "그 전 주")
        broken.comment(VISITS, OTHERS, WEEK_BEFORE, MONDAY - timedelta(days=1), "다른 부서")
        assert [each.comment for each in mending(broken).comments] == ["박람회 주간"]

    def test_what_was_done_and_what_is_due_stands_on_the_chart(self, broken: Scenario) -> None:
        broken.action(VISITS, TEAM, begins=WEEK_BEFORE, done=MONDAY - timedelta(days=2))
        broken.action(VISITS, None, due=SUNDAY + timedelta(days=9))
        broken.action(VISITS, TEAM, gone_on=SUNDAY)
        assert [(each.week, each.state) for each in on_chart(broken, TEAM)] == [
            (WEEK_BEFORE, "done"),
            (MONDAY + timedelta(weeks=2), "open"),
        ]

    def test_the_agency_s_chart_shows_what_any_department_does_and_a_department_s_its_own(
        self, broken: Scenario
    ) -> None:
        broken.action(VISITS, OTHERS, begins=WEEK_BEFORE, done=MONDAY - timedelta(days=2))
        assert on_chart(broken, TEAM) == ()
        assert [each.department_id for each in on_chart(broken, None)] == [OTHERS]


def test_an_agency_without_a_register_is_asked_nothing(broken: Scenario) -> None:
    sources = [source for source in broken.agency.sources if source.id != "action-register"]
    broken.agency = broken.agency.model_copy(update={"sources": sources})
    weeks = week_facts(broken.build().settings, broken.agency, broken.as_of)
    assert [week.mending for week in weeks] == [None] * len(weeks)

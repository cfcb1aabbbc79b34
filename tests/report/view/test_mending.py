"""Causes and actions in words: what is asked, who holds what, and whether anything changed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from charter.report import week_facts
from charter.report.view.mending_models import MendingView
from charter.report.view.report import PAPER, department_view
from charter.words import words_in
from tests.report.builders import MONDAY, SUNDAY, Scenario

VISITS, TEAM = "visit-priority", "voc-team"
TITLE = "Visitors come first; otherwise an apology and an appointment"
DONE = MONDAY - timedelta(weeks=6, days=-2)


@pytest.fixture
def broken(tmp_path: Path) -> Scenario:
    scenario = Scenario(tmp_path)
    scenario.commitment(VISITS, TEAM, "V-1", "breached", opened="2026-07-01 09:00", due="2026-07-01 09:10")
    return scenario


def shown(scenario: Scenario, language: str = "en") -> MendingView:
    scenario.build()
    facts = week_facts(scenario.settings, scenario.agency, scenario.as_of)
    own = next(each for each in facts if each.department.id == TEAM)
    words = words_in(scenario.settings, scenario.agency, language)
    return department_view(words, scenario.agency, own, PAPER).mending


def test_a_missing_cause_is_asked_for_with_its_standard_and_week(broken: Scenario) -> None:
    view = shown(broken)
    assert view.asked == (f"{TITLE}: not kept in 2026 week 27, and no cause is on record.",)
    assert view.brief == "1 standard not kept, without a cause on record"


def test_in_korean(broken: Scenario) -> None:
    [asked] = shown(broken, "ko").asked
    assert asked.endswith(": 2026년 27주차에 충족하지 못했으나 대장에 원인이 없습니다.")


def test_an_entry_that_cannot_be_read_is_told_beside_it(broken: Scenario) -> None:
    broken.unread_entry(VISITS)
    view = shown(broken)
    assert view.notes == ("1 entry of the register could not be read and counts as no cause.",)
    assert view.asked[0].endswith("An entry that could not be read may be on this standard.")


def test_overdue_comes_first_and_says_who_holds_it_and_since_when(broken: Scenario) -> None:
    broken.action(VISITS, TEAM)
    broken.action(VISITS, TEAM, due=date(2026, 6, 30), owner="the front desk")
    view = shown(broken)
    assert [action.state for action in view.actions] == ["Overdue", "Under way"]
    assert view.actions[0].lines[2] == "held by the front desk · due 30 Jun 2026 · 5 days late · A-2"
    assert view.actions[1].lines[2].startswith("held by Customer service team")
    assert view.brief == "1 overdue action"


def test_too_early_to_tell_is_said_with_both_sides(broken: Scenario) -> None:
    broken.earlier_weeks(VISITS, TEAM, [(9, 1)] * 6 + [(0, 0)] + [(10, 0)] * 2)
    broken.action(VISITS, TEAM, begins=DONE, done=DONE + timedelta(weeks=3))
    [action] = shown(broken).actions
    assert action.lines[-1].startswith("Too early to tell whether anything changed. Before ")
    [korean] = shown(broken, "ko").actions
    assert korean.lines[-1].startswith("달라졌는지 아직 판단하기 이릅니다.")


def test_fewer_breaches_are_said_with_the_test_and_how_many_were_looked_at(broken: Scenario) -> None:
    broken.commitments.clear()
    broken.earlier_weeks(VISITS, TEAM, [(6, 4)] * 6 + [(0, 0)] + [(10, 0)] * 5)
    broken.many_met(VISITS, TEAM, 3)
    broken.action(VISITS, TEAM, begins=DONE, done=DONE)
    [action] = shown(broken).actions
    assert action.lines[-1] == (
        "The share of breaches is lower since. Before 24/60 in 6 weeks (40.0%) → after 0/53 in 6 weeks (0%) "
        "(exact test; 1 action looked at)"
    )


def test_a_withdrawn_action_is_told_and_counts_as_no_cause(broken: Scenario) -> None:
    broken.action(VISITS, TEAM, gone_on=SUNDAY)
    view = shown(broken)
    assert "withdrawn 5 Jul 2026: counts as no cause" in view.actions[0].lines[2]
    assert len(view.asked) == 1


def test_a_register_that_was_not_heard_to_the_end_says_how_far(broken: Scenario) -> None:
    broken.gaps["action-register", SUNDAY] = "unreachable"
    assert shown(broken).notes[0].startswith("The register of actions was read up to 4 Jul 2026.")


def test_what_the_owner_says_of_the_week_before_names_the_week(broken: Scenario) -> None:
    broken.comment(VISITS, TEAM, MONDAY - timedelta(weeks=1), MONDAY - timedelta(days=1), "Fair\nweek\u202e")
    assert shown(broken).comments == (f"{TITLE}, Mon 22 Jun – Sun 28 Jun: Fair week – Customer service team",)


def test_without_a_register_the_report_says_so_and_asks_nothing(broken: Scenario) -> None:
    sources = [source for source in broken.agency.sources if source.id != "action-register"]
    broken.agency = broken.agency.model_copy(update={"sources": sources})
    view = shown(broken)
    assert view.notes == ("No register of actions is connected.",)
    assert (view.asked, view.actions, view.comments, view.brief) == ((), (), (), "")

"""Measured and felt stand side by side with their n; silence is no agreement, and no answer changes a verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.report import agency_week, week_facts
from charter.report.facts.models import DepartmentWeek, Felt, StandardWeek
from charter.report.view.felt_models import FeltView
from charter.report.view.report import PAPER, department_view
from charter.words import words_in
from tests.report.builders import MONDAY, SUNDAY, Scenario

REPLY, TEAM, OTHERS = "branch-first-reply", "branch-team", "tokyo"


@pytest.fixture
def answered(tmp_path: Path) -> Scenario:
    scenario = Scenario(tmp_path)
    scenario.many_met(REPLY, TEAM, 20)
    return scenario


def ratings(scenario: Scenario, department_id: str, agreed: int, of: int) -> None:
    scenario.companions.append((REPLY, "felt", department_id, float(agreed), of))


def of_team(scenario: Scenario) -> DepartmentWeek:
    weeks = week_facts(scenario.build().settings, scenario.agency, scenario.as_of)
    return next(week for week in weeks if week.department.id == TEAM)


def standard(facts: DepartmentWeek) -> StandardWeek:
    return next(week for week in facts.standards if week.standard_id == REPLY)


def felt(facts: DepartmentWeek) -> Felt:
    found = standard(facts).felt
    assert found is not None
    return found


def shown(scenario: Scenario, language: str = "en") -> FeltView:
    words = words_in(scenario.settings, scenario.agency, language)
    facts = of_team(scenario)
    return next(row for row in department_view(words, scenario.agency, facts, PAPER).felt)


def test_who_agrees_is_counted_of_those_who_answered(answered: Scenario) -> None:
    ratings(answered, TEAM, 9, 12)
    found = felt(of_team(answered))
    assert (found.agreed, found.answered, found.first_on, found.last_on) == (9, 12, MONDAY, SUNDAY)


def test_the_agency_has_the_answers_of_all(answered: Scenario) -> None:
    ratings(answered, TEAM, 9, 12)
    ratings(answered, OTHERS, 1, 8)
    whole = agency_week(answered.build().settings, answered.agency, answered.as_of).whole
    assert (felt(whole).agreed, felt(whole).answered) == (10, 20)


def test_both_stand_side_by_side(answered: Scenario) -> None:
    ratings(answered, TEAM, 9, 12)
    view = shown(answered)
    assert (view.measured, view.felt) == ("100% (n=20)", "75.0% (n=12)")
    assert view.asked.startswith("“Are you satisfied with the answer?” – 4 or more on a scale of 1 to 5")


def test_a_small_n_says_so(answered: Scenario) -> None:
    ratings(answered, TEAM, 3, 4)
    assert shown(answered).felt == "75.0% (n=4) · n=4: too few to rely on"


def test_nobody_answered_is_no_data_and_no_agreement(answered: Scenario) -> None:
    assert felt(of_team(answered)).rate() is None
    assert shown(answered).felt == "no data (nobody answered)"
    assert shown(answered, "ko").felt == "자료 없음(응답 0건)"


def test_what_is_felt_changes_no_verdict(answered: Scenario) -> None:
    before = standard(of_team(answered))
    ratings(answered, TEAM, 0, 50)
    after = standard(of_team(answered))
    assert after.model_copy(update={"felt": None}) == before.model_copy(update={"felt": None})


def test_it_is_no_companion_figure_of_the_week(answered: Scenario) -> None:
    ratings(answered, TEAM, 9, 12)
    assert of_team(answered).companions == ()


def test_a_standard_that_nobody_is_asked_about_has_no_line(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path)
    scenario.many_met("phone-answer", TEAM, 5)
    facts = of_team(scenario)
    assert [week.felt for week in facts.standards] == [None]

"""Whether a figure changed after an action: only an exact test says so, and what is not known speaks against it."""

from __future__ import annotations

from datetime import date, timedelta
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report import agency_week
from charter.report.facts.effect import CHANCE
from charter.report.facts.models import Effect
from charter.report.spc.significance import chance_of_so_few
from tests.report.builders import MONDAY, Scenario, amended

VISITS, TEAM = "visit-priority", "voc-team"
DONE_WEEK = MONDAY - timedelta(weeks=6)
DONE = DONE_WEEK + timedelta(days=2)
FIRST = DONE_WEEK - timedelta(weeks=6)


def effect(scenario: Scenario, *departments: str) -> Effect:
    """The effect of an action of the team that was done six weeks ago, with others of ``departments`` beside it."""
    for department_id in (TEAM, *departments):
        scenario.action(VISITS, department_id, begins=FIRST, done=DONE)
    whole = agency_week(scenario.build().settings, scenario.agency, scenario.as_of).whole.mending
    assert whole is not None
    [found] = [each.effect for each in whole.actions if each.department_id == TEAM]
    assert found is not None
    return found


def weeks(before: tuple[int, int], during: tuple[int, int], after: tuple[int, int]) -> list[tuple[int, int]]:
    """(met, breached) of six weeks before the action, of its own, and of the five closed ones after it."""
    return [before] * 6 + [during] + [after] * 5


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(tmp_path)


def test_fewer_breaches_by_far_are_fewer(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks((6, 4), (0, 9), (10, 0)))
    found = effect(scenario)
    assert found.change == "fewer"
    assert (found.before.weeks, found.before.components.breached, found.before.components.n) == (6, 24, 60)
    assert (found.after.weeks, found.after.components.breached, found.after.components.n) == (5, 0, 50)
    assert found.looked_at == 1


def test_the_week_in_which_it_was_done_belongs_to_neither_side(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks((10, 0), (0, 99), (10, 0)))
    found = effect(scenario)
    assert (found.before.components.breached, found.after.components.breached) == (0, 0)


def test_more_breaches_by_far_are_more(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks((10, 0), (10, 0), (6, 4)))
    assert effect(scenario).change == "more"


@pytest.mark.parametrize(
    ("before", "after"), [((9, 1), (19, 1)), ((10, 0), (10, 0)), ((6, 4), (7, 3))], ids=["one less", "none", "chance"]
)
def test_a_little_less_is_too_early_to_tell(
    scenario: Scenario, before: tuple[int, int], after: tuple[int, int]
) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks(before, (10, 0), after))
    assert effect(scenario).change == "undecided"


def test_three_weeks_are_too_early_to_tell(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, [(6, 4)] * 6 + [(0, 0)] * 3 + [(30, 0)] * 3)
    found = effect(scenario)
    assert (found.change, found.looked_at) == ("undecided", 0)


def test_what_holds_alone_need_not_hold_among_many(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks((14, 1), (15, 0), (15, 0)))
    assert chance_of_so_few(0, 75, 6, 90) < CHANCE
    for other in ("branch-team", "invest-centre"):
        scenario.earlier_weeks(VISITS, other, weeks((10, 0), (10, 0), (10, 0)))
    found = effect(scenario, "branch-team", "invest-centre")
    assert (found.looked_at, found.change) == (3, "undecided")


def test_weeks_under_another_rule_are_not_compared(scenario: Scenario) -> None:
    scenario.agency = amended(scenario.agency, VISITS, (DONE_WEEK - timedelta(weeks=2)).isoformat(), target=0.9)
    scenario.earlier_weeks(VISITS, TEAM, weeks((6, 4), (10, 0), (10, 0)))
    found = effect(scenario)
    assert found.before.weeks == 2
    assert found.change == "undecided"


def test_days_without_data_after_it_never_make_it_a_success(scenario: Scenario) -> None:
    scenario.earlier_weeks(VISITS, TEAM, weeks((6, 4), (0, 0), (10, 0)))
    silent = [MONDAY - timedelta(weeks=back) + timedelta(days=1) for back in range(1, 6)]
    scenario.no_data(VISITS, "registers", *silent)
    assert effect(scenario).change == "undecided"


@given(
    n=st.integers(1, 40), n_before=st.integers(1, 40), breached=st.integers(0, 40), breached_before=st.integers(0, 40)
)
def test_the_chance_is_fishers(n: int, n_before: int, breached: int, breached_before: int) -> None:
    """Held against whole numbers: the share of all ways to draw the later ones that give so few breaches."""
    breached, breached_before = min(breached, n), min(breached_before, n_before)
    everything, broken = n + n_before, breached + breached_before
    ways = sum(comb(broken, few) * comb(everything - broken, n - few) for few in range(breached + 1))
    assert chance_of_so_few(breached, n, breached_before, n_before) == pytest.approx(ways / comb(everything, n))


def test_the_action_is_of_a_half_year_at_most(scenario: Scenario) -> None:
    long_ago = date(2025, 6, 3)
    scenario.action(VISITS, TEAM, begins=long_ago, done=long_ago)
    whole = agency_week(scenario.build().settings, scenario.agency, scenario.as_of).whole.mending
    assert whole is not None and whole.actions == ()

"""The agency on one page: sums that add up, what is new, what persists, and what needs a decision."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report import AgencyWeek, agency_week
from charter.report.facts.models import Department, UnitFigures
from charter.report.facts.overview import units_below
from charter.report.facts.rates import Components
from tests.report.builders import MONDAY, Scenario

REPLY, TEAM, OTHER = "branch-first-reply", "branch-team", "champ-team"


def agency(scenario: Scenario) -> AgencyWeek:
    scenario.build()
    return agency_week(scenario.settings, scenario.agency, scenario.as_of)


def broken(scenario: Scenario, department_id: str, count: int = 1) -> None:
    for number in range(count):
        scenario.commitment(
            *(REPLY, department_id, f"LATE-{department_id}-{number}", "breached"),
            opened="2026-06-29 09:00",
            due="2026-07-01 09:00",
        )


def figures(breached: int, still_open: int = 0) -> UnitFigures:
    return UnitFigures(components=Components(breached=breached), broken=int(breached > 0), still_open=still_open)


# ── units ───────────────────────────────────────────────────────────────────────────────────────


def test_a_parent_has_the_sum_of_all_under_it_and_its_own_told_apart(empty: Scenario) -> None:
    broken(empty, "sme-division", 1)
    broken(empty, TEAM, 2)
    broken(empty, OTHER, 4)
    units = agency(empty).whole.below
    shown = [(unit.department_id, unit.level, unit.own.components.breached, unit.in_all.components.breached)
             for unit in units if unit.in_all.any]  # fmt: skip
    # The gravest first under a parent.
    assert shown == [("head-office", 1, 0, 7), ("sme-division", 2, 1, 7), (OTHER, 3, 4, 4), (TEAM, 3, 2, 2)]


def test_a_parent_without_figures_of_its_own_still_has_a_line(empty: Scenario) -> None:
    broken(empty, TEAM)
    division = next(unit for unit in agency(empty).whole.below if unit.department_id == "sme-division")
    assert (division.own.any, division.in_all.components.breached, division.has_below) == (False, 1, True)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_sums_add_up_in_every_tree(drawn: list[tuple[int, int, int]]) -> None:
    departments = {"top": Department(id="top", name={"en": "top"}, kind="agency", parent_id=None)}
    own = {"top": UnitFigures()}
    for number, (under, breached, still_open) in enumerate(drawn):
        parent = list(departments)[under % len(departments)]
        name = f"d{number}"
        departments[name] = Department(id=name, name={"en": name}, kind="team", parent_id=parent)
        own[name] = figures(breached, still_open)
    units = units_below(departments, "top", own)
    assert {unit.department_id for unit in units} == departments.keys() - {"top"}
    first = [unit for unit in units if unit.level == 1]
    assert sum(unit.in_all.components.breached for unit in first) == sum(breached for _, breached, _ in drawn)
    gravity = [unit.in_all.gravity for unit in first]
    assert gravity == sorted(gravity)


# ── pledges ─────────────────────────────────────────────────────────────────────────────────────


def test_pledges_count_standards_by_result_and_commitments_by_status(usual: Scenario) -> None:
    week = agency_week(usual.settings, usual.agency, usual.as_of)
    assert len(week.pledges) == 5
    for pledge in week.pledges:
        counted = pledge.kept + pledge.broken + pledge.undecided + pledge.nothing_due
        assert counted == len(pledge.standard_ids)
    assert sum(pledge.components.breached for pledge in week.pledges) == week.whole.components.breached
    results = [standard.result for standard in week.whole.standards]
    assert sum(pledge.undecided for pledge in week.pledges) == results.count("no_data") + results.count("check_error")


# ── what is new, what persists ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("earlier", "weeks", "back"),
    [
        ([(9, 1)], 2, 1),
        ([(9, 0)], 1, 0),
        ([(9, 0), (9, 1), (9, 1)], 3, 2),
        ([(9, 1), (9, 0), (9, 1)], 2, 1),
        ([(9, 1), (0, 0)], 2, 2),
        ([], 1, 0),
    ],
    ids=["after a broken week", "after a kept one", "for three weeks", "since it was last kept",
         "a week in which nothing was judged is passed over", "in the first week"],
)  # fmt: skip
def test_a_standard_is_broken_for_so_many_weeks(
    empty: Scenario, earlier: list[tuple[int, int]], weeks: int, back: int
) -> None:
    broken(empty, TEAM)
    empty.earlier_weeks(REPLY, TEAM, earlier)
    overview = agency(empty).overview
    (run,) = (*overview.new, *overview.persisting)
    assert (run.department_id, run.weeks, run.since) == (TEAM, weeks, MONDAY - timedelta(weeks=back))
    assert bool(overview.new) == (weeks == 1)


def test_a_check_that_failed_is_nothing_new(empty: Scenario) -> None:
    broken(empty, TEAM)
    empty.check("branch-first-reply/week", "threshold", "check_error", standard_id=REPLY, error="Binder Error")
    assert agency(empty).overview.new == ()


# ── decisions ───────────────────────────────────────────────────────────────────────────────────


def test_a_source_that_is_silent_to_the_last_day_needs_its_owner(empty: Scenario) -> None:
    empty.many_met("phone-answer", TEAM, 3)
    empty.no_data("phone-answer", "telephone", date(2026, 7, 1), date(2026, 7, 4), date(2026, 7, 5))
    (decision,) = agency(empty).overview.decisions
    assert (decision.kind, decision.subject, decision.on) == ("source", "telephone", date(2026, 7, 4))
    assert decision.owner_id == "digital-team"


def test_a_source_that_spoke_again_needs_nobody(empty: Scenario) -> None:
    empty.many_met("phone-answer", TEAM, 3)
    empty.no_data("phone-answer", "telephone", date(2026, 7, 3))
    assert agency(empty).overview.decisions == ()


def test_a_calendar_that_ends_soon_needs_a_decision(empty: Scenario) -> None:
    ends = empty.agency.calendar.last_day
    empty.as_of_day = ends - timedelta(days=(ends.weekday() + 1) % 7 + 7)
    (decision,) = agency(empty).overview.decisions
    assert (decision.kind, decision.on) == ("calendar", ends)

"""Facts: what a department answers for in the closed week, no more and no less."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from charter.base.errors import ReportError
from charter.report import DepartmentWeek, agency_week, week_facts
from charter.report.facts.rates import Components
from tests.report.builders import MONDAY, Scenario

REPLY, TEAM = "branch-first-reply", "branch-team"


def department(scenario: Scenario, department_id: str) -> DepartmentWeek:
    return next(
        item
        for item in week_facts(scenario.settings, scenario.agency, scenario.as_of)
        if item.department.id == department_id
    )


def test_the_closed_week_is_counted_by_status(usual: Scenario) -> None:
    week = next(item for item in department(usual, TEAM).standards if item.standard_id == REPLY)
    assert week.components == Components(met=5, breached=3, pending=2, excluded=3)
    assert week.result == "broken"
    assert [item.components.n for item in week.earlier] == [11, 10, 12, 10, 8, 0, 15, 12, 9, 13, 11, 11]
    assert week.earlier[-1].week_start == MONDAY - timedelta(weeks=1)
    assert week.direction == "worse"
    assert week.year.met == 5 + 119


def test_never_answered_comes_before_answered_late(usual: Scenario) -> None:
    group = next(item for item in department(usual, TEAM).breaches if item.standard_id == REPLY)
    assert [case.subject_id for case in group.cases] == ["VOC-2026-000420", "VOC-2026-000431", "VOC-2026-000412"]
    assert [case.fulfilled_at is None for case in group.cases] == [True, True, False]
    assert group.count == 3


def test_what_was_broken_in_another_week_and_is_still_open_stays_in_view(usual: Scenario) -> None:
    still_open = department(usual, TEAM).still_open
    assert [case.subject_id for case in still_open.cases] == ["VOC-2026-000388"]


def test_a_missed_call_is_nothing_that_can_still_be_done(usual: Scenario) -> None:
    group = next(item for item in department(usual, TEAM).breaches if item.standard_id == "phone-answer")
    assert not any(case.correctable for case in group.cases)


def test_due_next_is_ordered_by_due_time_within_seven_days(empty: Scenario) -> None:
    for subject, due in (("LATER", "2026-07-12 24:00"), ("SOON", "2026-07-06 09:00"), ("TOO-FAR", "2026-07-13 00:01")):
        empty.commitment(REPLY, TEAM, subject, "pending", opened="2026-07-04 09:00", due=due)
    found = department(empty.build(), TEAM).due_next
    assert [case.subject_id for case in found.cases] == ["SOON", "LATER"]
    assert not any(case.awaiting_data for case in found.cases)


def test_past_due_but_undecided_for_want_of_data_is_said_to_be_so(empty: Scenario) -> None:
    empty.commitment(REPLY, TEAM, "SILENT", "pending", opened="2026-07-01 09:00", due="2026-07-03 09:00")
    (case,) = department(empty.build(), TEAM).due_next.cases
    assert case.awaiting_data


def test_exclusions_are_counted_by_rule_with_their_approver(usual: Scenario) -> None:
    counted = {
        (item.standard_id, item.rule): (item.count, item.approver) for item in department(usual, TEAM).exclusions
    }
    assert counted == {
        (REPLY, "spam"): (2, "고객서비스팀장"),
        (REPLY, "waiver:W-2026-03"): (1, "감사실장"),
        ("phone-answer", "abandoned-within-limit"): (1, "고객서비스팀장"),
    }


def test_strict_and_adjusted_stand_side_by_side(usual: Scenario) -> None:
    week = next(item for item in department(usual, TEAM).standards if item.standard_id == "phone-answer")
    assert (week.components.breached, week.breached_strict) == (3, 4)


def test_a_day_without_data_is_named_with_its_source(usual: Scenario) -> None:
    week = department(usual, TEAM)
    phone = next(item for item in week.standards if item.standard_id == "phone-answer")
    assert (phone.result, phone.days_without_data) == ("no_data", 1)
    assert [(item.source_id, item.days) for item in week.missing] == [("telephone", (date(2026, 7, 3),))]


def test_a_silent_source_is_reported_even_when_nothing_at_all_arrived(empty: Scenario) -> None:
    """A department that got calls before, and none in the week its source was down, still hears of it."""
    empty.earlier_weeks("phone-answer", "new-york", [(20, 0)])
    empty.no_data("phone-answer", "telephone", *(MONDAY + timedelta(days=day) for day in range(7)))
    week = department(empty.build(), "new-york")
    (phone,) = week.standards
    assert (phone.result, phone.components) == ("no_data", Components())
    assert len(week.missing[0].days) == 7


def test_a_check_that_could_not_run_is_neither_kept_nor_broken(empty: Scenario) -> None:
    empty.many_met("info-website", "digital-team", 7)
    empty.check("info-website/week", "threshold", "check_error", standard_id="info-website", error="Binder Error")
    empty.build()
    (own,) = department(empty, "digital-team").standards
    whole = agency_week(empty.settings, empty.agency, empty.as_of).whole
    assert own.result == "check_error"
    assert next(item.result for item in whole.standards if item.standard_id == "info-website") == "check_error"


def test_companions_keep_their_components(usual: Scenario) -> None:
    figures = {
        item.companion: (item.share, item.numerator, item.denominator) for item in department(usual, TEAM).companions
    }
    assert figures == {"response-rate": (True, 3.0, 8), "mean-rating": (False, 12.5, 3)}


def test_a_division_sees_the_cases_of_its_teams_and_their_results(usual: Scenario) -> None:
    week = department(usual, "sme-division")
    assert [item.department_id for item in week.below] == ["branch-team", "aftercare-team", "champ-team"], (
        "the gravest first"
    )
    assert week.components == department(usual, TEAM).components
    assert {item.result for item in week.standards} == {"broken", "no_data"}
    assert {case.department_id for group in week.breaches for case in group.cases} == {TEAM}


def test_a_moved_office_reports_to_the_region_it_stands_under_now(empty: Scenario) -> None:
    """New Delhi moved to South-East Asia on 1 April 2026."""
    empty.commitment(
        "redress-correction", "new-delhi", "CM-1", "breached", opened="2026-06-25 09:00", due="2026-07-02 09:00"
    )
    empty.build()
    ids = [item.department.id for item in week_facts(empty.settings, empty.agency, empty.as_of)]
    assert ids == ["new-delhi", "southeast-asia"]


def test_a_department_with_nothing_due_gets_no_report(usual: Scenario) -> None:
    ids = {item.department.id for item in week_facts(usual.settings, usual.agency, usual.as_of)}
    assert "aftercare-team" not in ids
    assert "kotra" not in ids


def test_the_agency_has_every_standard_under_its_pledge(usual: Scenario) -> None:
    week = agency_week(usual.settings, usual.agency, usual.as_of)
    assert len(week.whole.standards) == 36
    assert sum(len(pledge.standard_ids) for pledge in week.pledges) == 36
    assert week.whole.components.breached == 10


def test_a_standard_without_a_result_is_no_data_and_never_kept(empty: Scenario) -> None:
    empty.build()
    with duckdb.connect(str(empty.settings.warehouse)) as connection:
        connection.execute("DELETE FROM marts.standard_results WHERE standard_id = 'invest-one-stop'")
    whole = agency_week(empty.settings, empty.agency, empty.as_of).whole
    assert next(item.result for item in whole.standards if item.standard_id == "invest-one-stop") == "no_data"


def test_commitments_of_an_unknown_department_count_for_the_agency(empty: Scenario) -> None:
    empty.commitment(REPLY, None, "VOC-1", "breached", opened="2026-06-29 09:00", due="2026-07-01 09:00")
    empty.build()
    week = agency_week(empty.settings, empty.agency, empty.as_of).whole
    assert [case.subject_id for group in week.breaches for case in group.cases] == ["VOC-1"]


def test_another_as_of_than_the_warehouse_is_refused(usual: Scenario) -> None:
    with pytest.raises(ReportError, match="built as of 2026-07-05T15:00:00Z"):
        week_facts(usual.settings, usual.agency, usual.as_of + timedelta(days=1))


def test_without_a_warehouse_the_remedy_is_named(empty: Scenario) -> None:
    with pytest.raises(ReportError, match="charter nightly"):
        week_facts(empty.settings, empty.agency, empty.as_of)


def test_something_else_than_a_warehouse_is_refused(empty: Scenario) -> None:
    empty.settings.warehouse.parent.mkdir(parents=True)
    empty.settings.warehouse.write_bytes(b"no warehouse")
    with pytest.raises(ReportError, match="is damaged"):
        week_facts(empty.settings, empty.agency, empty.as_of)

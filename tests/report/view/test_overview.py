"""The agency on one page, in words, and how much of it a mail shows."""

from __future__ import annotations

from datetime import date

from charter.definitions.models import ReportDefinition, Reports
from charter.report import agency_week, week_facts
from charter.report.view.models import Limits, ReportView
from charter.report.view.report import MAIL, PAPER, agency_view, department_view
from charter.words import Words
from tests.report.builders import Scenario

REPLY, TEAM, OTHER = "branch-first-reply", "branch-team", "champ-team"


def view_of(scenario: Scenario, limits: Limits) -> ReportView:
    facts = agency_week(scenario.settings, scenario.agency, scenario.as_of)
    return agency_view(Words.load(scenario.settings, "ko"), scenario.agency, facts, limits)


def broken(scenario: Scenario, department_id: str, count: int = 1) -> None:
    for number in range(count):
        scenario.commitment(
            *(REPLY, department_id, f"LATE-{department_id}-{number}", "breached"),
            opened="2026-06-29 09:00",
            due="2026-07-01 09:00",
        )


def test_on_paper_a_parent_stands_with_its_sum_before_those_under_it(empty: Scenario) -> None:
    broken(empty, "sme-division")
    broken(empty, TEAM, 2)
    rows = view_of(empty.build(), PAPER).below
    assert [(row.name, row.level, row.breached) for row in rows] == [
        ("본사", 1, "3"),
        ("중소중견기업본부", 2, "3"),
        ("지사화팀", 3, "2"),
    ]
    assert [row.own for row in rows] == ["", "직접 맡은 것: 못 지킴 1 · 밀림 0 · 자료 없음·오류 0", ""]


def test_a_mail_shows_the_four_gravest_units_and_counts_the_rest(empty: Scenario) -> None:
    offices = [item.id for item in empty.agency.organisation.departments if item.kind.startswith("trade")][:10]
    for number, office in enumerate(offices, 1):
        broken(empty, office, number)
    view = view_of(empty.build(), MAIL)
    assert [row.breached for row in view.below] == ["10", "9", "8", "7"]
    assert view.below_rest == "이 밖에 부서 6곳"
    assert view.below[0].parent, "what it belongs to is named beside it"


def test_a_division_of_few_keeps_its_tree_in_the_mail(usual: Scenario) -> None:
    weeks = week_facts(usual.settings, usual.agency, usual.as_of)
    facts = next(week for week in weeks if week.department.id == "sme-division")
    view = department_view(Words.load(usual.settings, "ko"), usual.agency, facts, MAIL)
    assert [row.name for row in view.below] == ["지사화팀"]
    assert view.overview is None


def test_what_persists_and_what_to_decide_is_said_with_its_owner(empty: Scenario) -> None:
    broken(empty, TEAM)
    broken(empty, OTHER)
    empty.earlier_weeks(REPLY, TEAM, [(9, 1), (9, 1)])
    empty.many_met("phone-answer", TEAM, 3)
    empty.no_data("phone-answer", "telephone", date(2026, 7, 5))
    overview = view_of(empty.build(), PAPER).overview
    assert overview is not None
    new, persisting, *_ = overview.lists
    assert new.heading == "이번 주에 새로 충족하지 못한 이행표준 1개"
    assert new.lines[0].endswith("– 월드챔프팀")
    assert persisting.lines[0].endswith("– 지사화팀, 25주차부터 3주 미충족")
    decision = next(each for each in overview.decisions if each.kind == "source")
    assert (decision.what, decision.owner) == ("자료 확인", "담당 디지털서비스팀")
    assert decision.text == "전화 교환기 통화기록: 2026. 7. 5.부터 자료가 오지 않음"


def test_pledges_stand_with_their_standards_and_their_commitments(usual: Scenario) -> None:
    overview = view_of(usual, MAIL).overview
    assert overview is not None
    assert len(overview.pledges) == 5
    assert all(row.commitments.startswith("약속: 지킴 ") for row in overview.pledges)


def test_causes_that_several_departments_owe_share_a_line_that_names_them(empty: Scenario) -> None:
    for number, department in enumerate(("sme-division", TEAM, "audit-office", "planning-team"), 1):
        broken(empty, department, number)
    in_mail, on_paper = (view_of(empty.build(), limits).overview for limits in (MAIL, PAPER))
    assert in_mail is not None and on_paper is not None
    causes = [each for each in in_mail.decisions if each.kind == "cause"]
    assert [each.text for each in causes] == ["미충족 이행표준 4개에 원인이 없음"]
    assert causes[0].owner.endswith("1개, 이 밖에 1곳")
    assert "이 밖에" not in next(each for each in on_paper.decisions if each.kind == "cause").owner


# ── what customers feel, and what owners say ────────────────────────────────────────────────────


def heard(scenario: Scenario) -> Scenario:
    """Branches keep all 20 replies and 6 of 12 customers agree; of another promise 11 of 12 agree."""
    scenario.many_met(REPLY, TEAM, 20)
    scenario.many_met("champ-first-reply", OTHER, 20)
    scenario.companions.append((REPLY, "felt", TEAM, 6.0, 12))
    scenario.companions.append(("champ-first-reply", "felt", OTHER, 11.0, 12))
    scenario.comment(REPLY, None, date(2026, 6, 29), date(2026, 7, 5), "주말 문의가 몰렸습니다.")
    return scenario.build()


def lists_of(view: ReportView) -> dict[str, tuple[str, ...]]:
    assert view.overview is not None
    return {each.heading.partition(" ")[0]: each.lines for each in view.overview.lists}


def test_the_overview_has_measured_and_felt_side_by_side_the_furthest_apart_first(empty: Scenario) -> None:
    first, second, *silent = lists_of(view_of(heard(empty), PAPER))["측정과"]
    assert first.endswith("측정 100% (n=20), 체감 50.0% (n=12)")
    assert second.endswith("측정 100% (n=20), 체감 91.7% (n=12)")
    assert silent, "promises that nobody answered about are told as such"
    assert all("자료 없음" in line for line in silent)


def test_the_owners_comment_stands_in_the_overview_and_only_there(empty: Scenario) -> None:
    view = view_of(heard(empty), MAIL)
    [comment] = lists_of(view)["담당"]
    assert "주말 문의가 몰렸습니다." in comment
    assert view.mending.comments == ()


def test_sections_that_are_left_out_are_left_out_of_the_overview_too(empty: Scenario) -> None:
    scenario = heard(empty)
    report = ReportDefinition(id="weekly", period="week", sections=["overview", "standards"])
    scenario.agency = scenario.agency.model_copy(update={"reports": Reports(reports=[report])})
    assert {"측정과", "담당"} & lists_of(view_of(scenario, PAPER)).keys() == set()


def test_without_an_overview_comments_stand_where_they_stand_for_a_department(empty: Scenario) -> None:
    scenario = heard(empty)
    report = ReportDefinition(id="weekly", period="week", sections=["comments"])
    scenario.agency = scenario.agency.model_copy(update={"reports": Reports(reports=[report])})
    assert "주말 문의가 몰렸습니다." in view_of(scenario, PAPER).mending.comments[0]

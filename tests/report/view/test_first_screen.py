"""What a department head sees first, on a phone, on Monday at 7:30."""

from __future__ import annotations

from datetime import date

import pytest

from charter.base.errors import SettingError
from charter.report import week_facts
from charter.report.view.first_screen import MOST_TODO
from charter.report.view.links import Links, case_address, site_links
from charter.report.view.models import ReportView
from charter.report.view.report import MAIL, Known, department_view
from charter.words import Words
from tests.report.builders import Scenario

TEAM = "branch-team"
REPLY = "branch-first-reply"


def view_of(scenario: Scenario, department_id: str = TEAM, known: Known | None = None) -> ReportView:
    weeks = week_facts(scenario.settings, scenario.agency, scenario.as_of)
    facts = next(week for week in weeks if week.department.id == department_id)
    return department_view(Words.load(scenario.settings, "ko"), scenario.agency, facts, MAIL, known=known)


def overdue(scenario: Scenario, name: str, department_id: str = TEAM, *, due: str = "2026-06-24 10:00") -> None:
    scenario.commitment(REPLY, department_id, name, "breached", opened="2026-06-22 10:00", due=due)


def due_soon(scenario: Scenario, name: str) -> None:
    scenario.commitment(REPLY, TEAM, name, "pending", opened="2026-07-05 10:00", due="2026-07-07 10:00")


# ── the verdict ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("met", "overdue_count", "tone", "headline"),
    [
        (0, 0, "quiet", "이번 주에 판정한 약속 없음"),
        (3, 0, "good", "판정한 약속 3건을 모두 지킴"),
        (0, 1, "bad", "이번 주에 판정한 약속 없음 · 밀린 약속 1건(최장 11일)"),
        (3, 2, "bad", "이번 주 새로 어긴 약속 없음 · 밀린 약속 2건(최장 11일)"),
    ],
)
def test_what_is_overdue_is_in_the_headline_and_nothing_decided_is_not_good(
    empty: Scenario, met: int, overdue_count: int, tone: str, headline: str
) -> None:
    due_soon(empty, "OPEN")
    empty.many_met(REPLY, TEAM, met)
    for number in range(overdue_count):
        overdue(empty, f"LATE-{number}")
    view = view_of(empty.build())
    assert (view.tone, view.headline) == (tone, headline)


def test_last_week_and_the_mean_of_the_weeks_before_stand_beside_the_verdict(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 10)
    empty.earlier_weeks(REPLY, TEAM, [(8, 2), (9, 1), (10, 0), (7, 3)])
    assert "직전 주 못 지킴 3/10건(30.0%) · 앞선 12주 평균 주 0.5건(15.0%)" in view_of(empty.build()).brief


def test_a_division_is_compared_with_what_all_below_it_decided(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 10)
    empty.earlier_weeks(REPLY, TEAM, [(8, 2)])
    empty.earlier_weeks(REPLY, "sme-division", [(5, 5)])
    assert any("직전 주 못 지킴 7/20건" in line for line in view_of(empty.build(), "sme-division").brief)


def test_without_a_week_before_nothing_is_compared(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 10)
    assert not any("지난주" in line for line in view_of(empty.build()).brief)


# ── what to do ──────────────────────────────────────────────────────────────────────────────────


def test_at_most_five_things_are_to_be_done_and_the_rest_is_counted(empty: Scenario) -> None:
    for number in range(9):
        overdue(empty, f"LATE-{number}", due=f"2026-06-{20 + number} 10:00")
        due_soon(empty, f"SOON-{number}")
    empty.no_data("phone-answer", "telephone", date(2026, 7, 3))
    empty.many_met("phone-answer", TEAM, 3)
    view = view_of(empty.build())
    assert [(item.kind, item.title) for item in view.todo] == [
        ("overdue", "LATE-0"),
        ("overdue", "LATE-1"),
        ("overdue", "LATE-2"),
        ("due", "SOON-0"),
        ("missing", "전화 교환기 통화기록"),
    ]
    assert len(view.todo) == MOST_TODO
    assert view.todo[2].lines[-1] == "이 밖에 밀린 약속 6건"
    assert view.todo[3].lines[-1] == "이 밖에 7일 안에 기한이 되는 약속 8건"
    assert view.todo[4].lines == ("7. 3.(금)분이 오지 않음 · 담당 디지털서비스팀",)


def test_each_case_tells_its_deadline_its_age_and_who_holds_it(empty: Scenario) -> None:
    overdue(empty, "LATE-1")
    [item] = view_of(empty.build(), "sme-division").todo
    assert item.lines[-1] == "기한 6. 24.(수) 10:00 · 11일 지남 · 담당 지사화팀"
    assert item.address == "https://voc.kotra.example/tickets/LATE-1"


def test_where_there_is_nothing_to_do_it_is_said(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 3)
    view = view_of(empty.build())
    assert (view.todo, view.nothing_todo) == ((), "따로 하실 일이 없습니다.")
    assert view.preheader == "따로 하실 일이 없습니다."


def test_a_duty_whose_last_day_is_near_can_still_be_kept_until_then(empty: Scenario) -> None:
    for slot, due in (("2026-07", "2026-07-31 24:00"), ("2026", "2026-12-31 24:00")):
        empty.commitment("branch-recruitment", TEAM, slot, "pending", opened="2026-07-01 00:00", due=due)
    [item] = view_of(empty.build()).todo
    assert (item.kind, item.what) == ("duty", "기한 전에 시행")
    assert item.lines == ("2026년 7월", "7. 31.(금)까지 · 26일 남음")
    [above] = view_of(empty, "sme-division").todo
    assert above.lines[-1] == "7. 31.(금)까지 · 26일 남음 · 담당 지사화팀"


def test_a_duty_of_the_coming_days_is_told_once(empty: Scenario) -> None:
    empty.commitment(
        "branch-recruitment", TEAM, "2026-07", "pending", opened="2026-07-01 00:00", due="2026-07-10 24:00"
    )
    assert [item.kind for item in view_of(empty.build()).todo] == ["due"]


def test_where_the_year_can_bear_little_more_it_is_said_in_time(empty: Scenario) -> None:
    """75 of 1,003 are broken in 186 days. Of 1,968 of the year 98 may be: 23 more, which last for 57 days."""
    empty.many_met("visit-priority", TEAM, 3)
    empty.earlier_weeks("visit-priority", TEAM, [(93, 7), (92, 8)] * 5)
    [item] = [item for item in view_of(empty.build()).todo if item.kind == "allowance"]
    assert item.lines == ("올해 목표까지 앞으로 23건, 지금 추세면 8. 31.(월)에 다 씀",)


# ── links ───────────────────────────────────────────────────────────────────────────────────────


def test_a_case_number_cannot_leave_the_address_of_its_system(empty: Scenario) -> None:
    overdue(empty, "../admin?x=1#y z")
    [item] = view_of(empty.build()).todo
    assert item.address == "https://voc.kotra.example/tickets/..%2Fadmin%3Fx%3D1%23y%20z"


def test_a_source_without_an_address_leads_nowhere(usual: Scenario) -> None:
    facts = next(iter(week_facts(usual.settings, usual.agency, usual.as_of)))
    case = facts.breaches[0].cases[0].model_copy(update={"source_id": "telephone"})
    assert case_address(usual.agency, case) == ""


def test_where_the_site_is_served_the_mail_leads_to_the_whole_report(usual: Scenario) -> None:
    known = Known(filed_as=2, links=Links("https://charter.agency.example/"))
    view = view_of(usual, known=known)
    assert view.page == "https://charter.agency.example/reports/2026-W27/branch-team/r2/report.html"
    assert view.not_kept[0].page.startswith("https://charter.agency.example/standards/")
    assert view_of(usual).page == ""


@pytest.mark.parametrize("address", ["charter.example", "ftp://charter.example", "https://me:pw@x.example", "https://"])
def test_what_is_no_address_of_a_site_is_refused(empty: Scenario, address: str) -> None:
    with pytest.raises(SettingError, match="CHARTER_SITE_ADDRESS"):
        site_links(type(empty.settings)(**{**vars(empty.settings), "environment": {"CHARTER_SITE_ADDRESS": address}}))

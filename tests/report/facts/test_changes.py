"""A report across a change says what changed, from which day, old and new, and how each side was judged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from charter.definitions.load import load_agency
from charter.definitions.models import Agency, Words
from charter.report import DepartmentWeek, agency_week, build_site, week_facts
from charter.report.render.mail import Page, render_mail, render_page
from charter.report.render.pdf import PdfPrinter
from charter.report.view.report import MAIL, PAPER, department_view
from charter.words import Words as Catalogue
from tests.report.builders import HOME, Scenario, amended, moved
from tests.report.golden import check_golden

REPLY, CALLS, TEAM = "branch-first-reply", "phone-answer", "branch-team"


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


def facts_of(scenario: Scenario, department_id: str) -> DepartmentWeek:
    weeks = week_facts(scenario.settings, scenario.agency, scenario.as_of)
    return next(week for week in weeks if week.department.id == department_id)


def page_of(scenario: Scenario, department_id: str, language: str = "ko") -> Page:
    words = Catalogue.load(scenario.settings, language)
    view = department_view(words, scenario.agency, facts_of(scenario, department_id), PAPER)
    return render_page(scenario.settings, view)


def missed_call(scenario: Scenario, day: str, number: int, department_id: str = TEAM) -> None:
    scenario.commitment(
        *(CALLS, department_id, f"C{day}-{number:05d}", "breached"),
        opened=f"{day} 10:00:00", due=f"{day} 10:00:09", fulfilled=f"{day} 10:00:12", measured=12.0, limit=9.0,
    )  # fmt: skip


def target_raised_in_mid_week(folder: Path, agency: Agency) -> Scenario:
    """From Wednesday 1 July 99.5 % of calls instead of 95 %: 38 of 40 calls kept before, 98 of 100 since."""
    scenario = Scenario(folder, agency=amended(agency, CALLS, "2026-07-01", target=0.995))
    scenario.many_met(CALLS, TEAM, 38, day="2026-06-29")
    scenario.many_met(CALLS, TEAM, 98, day="2026-07-02")
    for number, day in enumerate(("2026-06-29", "2026-06-30", "2026-07-02", "2026-07-03")):
        missed_call(scenario, day, number)
    return scenario.build()


def threshold_changed_within_the_trend(folder: Path, agency: Agency) -> Scenario:
    """Since 1 June first replies within 24 hours instead of 48."""
    threshold = Words(ko="24시간 이내", en="within 24 hours")
    scenario = Scenario(folder, agency=amended(agency, REPLY, "2026-06-01", threshold=threshold))
    for day in ("2026-05-12", "2026-05-19", "2026-05-26", "2026-06-09", "2026-06-16", "2026-06-23", "2026-07-01"):
        scenario.many_met(REPLY, TEAM, 10, day=day)
    scenario.commitment(REPLY, TEAM, "VOC-2026-000301", "breached", opened="2026-05-30 10:00", due="2026-06-01 10:00")
    return scenario.build()


def office_moved(folder: Path, agency: Agency) -> Scenario:
    """New York goes from North America to Europe on Thursday 2 July."""
    scenario = Scenario(folder, agency=moved(agency, "new-york", "2026-07-02", "europe"))
    scenario.many_met(CALLS, "new-york", 12, day="2026-06-30")
    scenario.many_met(CALLS, "new-york", 20, day="2026-07-03")
    scenario.many_met(CALLS, "silicon-valley", 15)
    scenario.many_met(CALLS, "london", 10)
    missed_call(scenario, "2026-07-01", 7, "new-york")
    return scenario.build()


# ── the rules ───────────────────────────────────────────────────────────────────────────────────


def test_a_target_raised_in_mid_week_as_people_see_it(tmp_path: Path, agency: Agency) -> None:
    scenario = target_raised_in_mid_week(tmp_path / "var", agency)
    made = page_of(scenario, TEAM)
    check_golden("target-raised.html", made.html)
    check_golden("target-raised.txt", made.text)
    check_golden("target-raised.en.txt", page_of(scenario, TEAM, "en").text)


def test_each_version_stands_with_its_own_counts_and_target(tmp_path: Path, agency: Agency) -> None:
    (change,) = facts_of(target_raised_in_mid_week(tmp_path / "var", agency), TEAM).rule_changes
    (step,) = change.steps
    assert (step.on, step.reach) == (date(2026, 7, 1), ("week", "trend", "year"))
    counted = {
        (count.reach, count.version): (count.components.met, count.components.breached, count.target)
        for count in change.counts
    }
    assert counted == {
        (reach, version): figures
        for reach in ("week", "trend", "year")
        for version, figures in ((1, (38, 2, 0.95)), (2, (98, 2, 0.995)))
    }


def test_a_version_that_missed_its_own_target_is_named_though_the_sum_would_reach_the_old_one(
    tmp_path: Path, agency: Agency
) -> None:
    text = page_of(target_raised_in_mid_week(tmp_path / "var", agency), TEAM).text
    assert "1판 지킴 38 · 못 지킴 2 · 제외 0, 목표 95% 달성" in text
    assert "2판 지킴 98 · 못 지킴 2 · 제외 0, 목표 99.5% 미달" in text


def test_the_pdf_and_the_standards_page_say_it_too(tmp_path: Path, agency: Agency) -> None:
    scenario = target_raised_in_mid_week(tmp_path / "var", agency)
    view = department_view(Catalogue.load(scenario.settings, "ko"), agency, facts_of(scenario, TEAM), PAPER)
    with_change = PdfPrinter(scenario.settings).render(view, scenario.as_of)
    assert view.changes is not None
    assert view.changes.changes[0].lines == ("2026. 7. 1.부터 1판에서 2판으로: 목표 95% → 99.5%",)
    unchanged = department_view(
        Catalogue.load(scenario.settings, "ko"),
        agency,
        facts_of(scenario, TEAM).model_copy(update={"rule_changes": ()}),
        PAPER,
    )
    assert with_change != PdfPrinter(scenario.settings).render(unchanged, scenario.as_of)

    build_site(scenario.settings, scenario.agency, scenario.as_of)
    page = (scenario.settings.site_dir / "standards" / f"{CALLS}.html").read_text(encoding="utf-8")
    assert "2026. 7. 1.부터 1판에서 2판으로: 목표 95% → 99.5%" in page
    history = page[page.index("주별 기록") :]
    assert "2026. 7. 1.부터 바뀐 규칙" in history
    index = (scenario.settings.site_dir / "index.html").read_text(encoding="utf-8")
    assert "2026. 7. 1.부터 1판에서 2판으로" in index


def test_a_threshold_changed_within_the_trend_as_people_see_it(tmp_path: Path, agency: Agency) -> None:
    scenario = threshold_changed_within_the_trend(tmp_path / "var", agency)
    check_golden("threshold-changed.txt", page_of(scenario, TEAM).text)


def test_what_fell_due_after_the_change_counts_for_the_version_it_opened_under(tmp_path: Path, agency: Agency) -> None:
    (change,) = facts_of(threshold_changed_within_the_trend(tmp_path / "var", agency), TEAM).rule_changes
    assert change.steps[0].reach == ("trend", "year")
    year = {count.version: count.components for count in change.counts if count.reach == "year"}
    assert (year[1].met, year[1].breached, year[2].met, year[2].breached) == (30, 1, 40, 0)


def test_a_change_before_the_week_matters_to_it_while_the_old_version_still_decides(
    tmp_path: Path, agency: Agency
) -> None:
    scenario = Scenario(tmp_path / "var", agency=amended(agency, REPLY, "2026-06-29", target=0.5))
    scenario.commitment(REPLY, TEAM, "OLD", "breached", opened="2026-06-28 10:00", due="2026-06-30 10:00")
    scenario.many_met(REPLY, TEAM, 3)
    (change,) = facts_of(scenario.build(), TEAM).rule_changes
    assert change.steps[0].reach == ("week", "trend", "year")
    week = [(count.version, count.components.met, count.components.breached) for count in change.counts[:2]]
    assert week == [(1, 0, 1), (2, 3, 0)]


def test_where_no_term_in_view_changed_the_report_still_says_that_the_rule_did(tmp_path: Path, agency: Agency) -> None:
    scenario = Scenario(tmp_path / "var", agency=amended(agency, REPLY, "2026-07-01", exclude=[]))
    scenario.many_met(REPLY, TEAM, 3)
    text = page_of(scenario.build(), TEAM).text
    assert "2026. 7. 1.부터 1판에서 2판으로: 기준과 목표는 그대로, 측정 방식이 바뀜" in text


def test_a_change_before_all_that_is_shown_is_no_news(tmp_path: Path, agency: Agency) -> None:
    scenario = Scenario(tmp_path / "var", agency=amended(agency, REPLY, "2026-01-01", target=0.5))
    scenario.many_met(REPLY, TEAM, 3)
    assert facts_of(scenario.build(), TEAM).rule_changes == ()


def test_a_change_to_come_is_not_reported_yet(tmp_path: Path, agency: Agency) -> None:
    scenario = Scenario(tmp_path / "var", agency=amended(agency, REPLY, "2026-07-06", target=0.5))
    scenario.many_met(REPLY, TEAM, 3)
    assert facts_of(scenario.build(), TEAM).rule_changes == ()


def test_a_change_of_a_standard_that_is_not_theirs_is_not_in_their_report(tmp_path: Path, agency: Agency) -> None:
    scenario = Scenario(tmp_path / "var", agency=amended(agency, "info-website", "2026-07-01", target=0.5))
    scenario.many_met(REPLY, TEAM, 3)
    scenario.build()
    assert facts_of(scenario, TEAM).rule_changes == ()
    whole = agency_week(scenario.settings, scenario.agency, scenario.as_of).whole
    assert [change.standard_id for change in whole.rule_changes] == ["info-website"]


def test_a_standard_that_ends_in_mid_week_is_still_answered_for(tmp_path: Path, agency: Agency) -> None:
    amended_once = amended(agency, REPLY, "2026-07-02")
    standards = [
        standard.model_copy(update={"rules": standard.rules[:1]}) if standard.id == REPLY else standard
        for standard in amended_once.charter.standards
    ]
    charter = amended_once.charter.model_copy(update={"standards": standards})
    scenario = Scenario(tmp_path / "var", agency=amended_once.model_copy(update={"charter": charter}))
    scenario.commitment(REPLY, TEAM, "LAST", "breached", opened="2026-07-01 10:00", due="2026-07-03 10:00")
    found = facts_of(scenario.build(), TEAM)
    assert [week.result for week in found.standards if week.standard_id == REPLY] == ["broken"]
    assert "2026. 7. 2.부터 시행하지 않음(1판이 끝남)" in page_of(scenario, TEAM).text


# ── the organisation ────────────────────────────────────────────────────────────────────────────


def test_an_office_that_moved_as_people_see_it(tmp_path: Path, agency: Agency) -> None:
    scenario = office_moved(tmp_path / "var", agency)
    check_golden("office-moved.europe.txt", page_of(scenario, "europe").text)
    check_golden("office-moved.new-york.txt", page_of(scenario, "new-york").text)


def test_a_move_is_reported_where_it_came_from_where_it_went_and_at_the_top(tmp_path: Path, agency: Agency) -> None:
    scenario = office_moved(tmp_path / "var", agency)
    for department_id in ("new-york", "north-america", "europe"):
        moves = {move.department_id: move for move in facts_of(scenario, department_id).moves}
        assert (moves["new-york"].before, moves["new-york"].after) == ("north-america", "europe")
    assert "new-york" not in {move.department_id for move in facts_of(scenario, "london").moves}
    whole = agency_week(scenario.settings, scenario.agency, scenario.as_of).whole
    # New Delhi moved on 1 April: within the year, not within the week.
    assert {move.department_id: move.reach for move in whole.moves} == {
        "new-delhi": ("year",),
        "new-york": ("week", "trend", "year"),
    }


def test_what_was_decided_before_and_after_a_move_stands_side_by_side(tmp_path: Path, agency: Agency) -> None:
    (move,) = facts_of(office_moved(tmp_path / "var", agency), "new-york").moves
    week = next(count for count in move.counts if count.reach == "week")
    assert (week.before.met, week.before.breached, week.after.met, week.after.breached) == (12, 1, 20, 0)


def test_who_stands_below_a_department_that_moved_is_reported(tmp_path: Path, agency: Agency) -> None:
    scenario = Scenario(tmp_path / "var", agency=moved(agency, "sme-division", "2026-07-01", "kotra"))
    scenario.many_met(REPLY, TEAM, 3)
    assert [move.department_id for move in facts_of(scenario.build(), TEAM).moves] == ["sme-division"]


# ── how much of it ──────────────────────────────────────────────────────────────────────────────


def test_a_reorganisation_of_everybody_still_fits_into_a_mail(tmp_path: Path, agency: Agency) -> None:
    everybody = agency
    offices = [item.id for item in agency.organisation.departments if item.kind == "trade_office"]
    for office in offices:
        everybody = moved(everybody, office, "2026-07-01", "head-office")
    scenario = Scenario(tmp_path / "var", agency=everybody)
    scenario.many_met(CALLS, "new-york", 3)
    facts = facts_of(scenario.build(), "head-office")
    words = Catalogue.load(scenario.settings, "ko")
    text = render_mail(scenario.settings, department_view(words, scenario.agency, facts, MAIL)).text
    moves = facts.moves
    assert {move.department_id for move in moves} == set(offices)
    assert text.count("소속이 바뀜") == MAIL.changes
    assert f"이 밖에 {len(moves) - MAIL.changes}건이 바뀌었습니다." in text

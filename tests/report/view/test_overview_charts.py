"""The pictures of the whole agency: what they show, and that words say it, too."""

from __future__ import annotations

from datetime import date

import pytest

from charter.report import agency_week, build_site, render_week, week_facts
from charter.report.facts.durations import EDGES, Durations, read_durations
from charter.report.facts.models import Duty, DutyState, Series, SeriesWeek
from charter.report.facts.tables import load_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.charts.overview import draw_distribution, draw_duties, draw_heat_map
from charter.report.render.charts.pictures import HEAT, pictures_of_paper
from charter.report.render.charts.texts import shortened
from charter.report.view.overview_charts import MOST_DUTIES, distribution_view, duties_view, heat_view
from charter.report.view.phrases import Phrases
from charter.report.view.report import PAPER, agency_view, department_view
from charter.words import Words, words_in

from ..builders import MONDAY, Scenario

REPORTED = ("kotra", "branch-team", "voc-team")
TITLES = {"branch-recruitment": "Recruitment", "phone-answer": "Telephone"}


def speaking(scenario: Scenario, language: str = "en") -> tuple[Words, Phrases]:
    words = words_in(scenario.settings, scenario.agency, language)
    return words, Phrases(words, scenario.agency.zone)


def duty(last_day: date, state: DutyState) -> Duty:
    return Duty(
        standard_id="branch-recruitment",
        department_id="branch-team",
        part="month",
        part_text={"en": "notice", "ko": "공고"},
        subject_id=f"{last_day:%Y-%m}",
        last_day=last_day,
        state=state,
    )


def series(*results: str) -> Series:
    said = ({"week_start": MONDAY, "components": {}, "result": result} for result in results)
    weeks = tuple(SeriesWeek.model_validate(each) for each in said)
    return Series(standard_id="phone-answer", department_id=None, target=0.95, weeks=weeks)


def test_the_heat_map_has_a_cell_for_each_week(empty: Scenario) -> None:
    found = heat_view(*speaking(empty), [series("kept", "broken", "no_data", "nothing_due")], TITLES)
    assert [result for result, _ in found.rows[0].cells] == ["kept", "broken", "no_data", "nothing_due"]
    assert "1 standard" in found.alt


def test_the_calendar_says_until_when_each_duty_can_be_kept(empty: Scenario) -> None:
    duties = [duty(date(2026, 3, 31), "done"), duty(date(2026, 5, 31), "missed"), duty(date(2026, 7, 31), "at_risk")]
    found = duties_view(*speaking(empty), duties, TITLES, date(2026, 7, 5), lambda _: "")
    assert found.lines == (
        "missed: Recruitment – notice, May 2026, due Sun 31 May",
        "within a month: Recruitment – notice, July 2026: can be kept until Fri 31 Jul",
    )
    assert [mark.state for mark in found.rows[0].marks] == ["done", "missed", "at_risk"]
    assert (found.rows[0].marks[0].at, round(found.today, 2)) == (2 + 30 / 31, 6.13)


def test_the_calendar_tells_the_gravest_first_and_who_holds_it(empty: Scenario) -> None:
    duties = [duty(date(2026, month, 28), "due") for month in range(1, 13)] + [duty(date(2026, 12, 31), "missed")]
    found = duties_view(*speaking(empty), duties, TITLES, date(2026, 7, 5), lambda department: f"with {department}")
    assert found.lines[0] == "missed: Recruitment – notice, December 2026, due Thu 31 Dec · with branch-team"
    assert (len(found.lines), found.rest) == (MOST_DUTIES, "3 more")


def test_the_calendar_stands_in_the_report_and_on_the_pages_of_whoever_has_duties(empty: Scenario) -> None:
    opened = "2026-07-01 00:00"
    empty.commitment("branch-recruitment", "branch-team", "2026-07", "pending", opened=opened, due="2026-07-31 24:00")
    empty.many_met("phone-answer", "voc-team", 3)
    empty.build()
    render_week(empty.settings, empty.agency, empty.as_of)
    build_site(empty.settings, empty.agency, empty.as_of)
    site = empty.settings.site_dir
    has = {
        page: "2026년의 정기 의무" in (site / page).read_text(encoding="utf-8")
        for page in (
            *("index.html", "departments/branch-team.html", "departments/voc-team.html"),
            *(f"reports/2026-W27/{name}/r1/report.{ending}" for name in REPORTED for ending in ("html", "txt")),
        )
    }
    assert [page for page, found in has.items() if not found] == [
        "departments/voc-team.html",
        "reports/2026-W27/voc-team/r1/report.html",
        "reports/2026-W27/voc-team/r1/report.txt",
    ]


def test_the_agency_s_paper_has_the_heat_map_that_the_site_has_as_a_table(usual: Scenario) -> None:
    agency = agency_week(usual.settings, usual.agency, usual.as_of)
    words, _ = speaking(usual, "ko")
    whole = agency_view(words, usual.agency, agency, PAPER)
    assert HEAT in pictures_of_paper(whole)
    facts = week_facts(usual.settings, usual.agency, usual.as_of)[0]
    assert HEAT not in pictures_of_paper(department_view(words, usual.agency, facts, PAPER))


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [("전화", 20, "전화"), ("전화를 받는다", 40, "전화를…"), ("Telephone calls", 40, "Teleph…")],
)
def test_titles_are_cut_where_their_picture_ends(text: str, most: float, expected: str) -> None:
    assert shortened(text, 10, most) == expected


def test_times_are_counted_against_their_limit(empty: Scenario) -> None:
    for name, taken in (("a", 10), ("b", 48), ("c", 49), ("d", 500)):
        empty.commitment(
            "branch-first-reply",
            "branch-team",
            name,
            "met" if taken <= 48 else "breached",
            opened="2026-06-29 09:00",
            due="2026-07-01 09:00",
            fulfilled="2026-07-01 10:00",
            measured=taken,
            limit=48,
        )
    empty.build()
    tables = load_week(empty.settings, empty.agency, empty.as_of)
    with open_warehouse(empty.settings) as warehouse:
        found = read_durations(warehouse, tables.week)
    assert found["branch-first-reply", None] == found["branch-first-reply", "branch-team"]
    assert found["branch-first-reply", None] == Durations((1, 0, 0, 1, 1, 0, 1), 0)


def test_the_distribution_names_each_bin_with_its_count(empty: Scenario) -> None:
    found = distribution_view(*speaking(empty), Durations((5, 4, 3, 2, 1, 0, 0), 6), "Telephone")
    assert len(found.bins) == len(EDGES) + 2
    assert [each.late for each in found.bins] == [False] * 4 + [True] * 4
    assert "over 100% to 150%: 1" in found.alt and "not fulfilled yet: 6" in found.alt


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_they_are_drawn_in_each_language_the_same_each_time(empty: Scenario, language: str) -> None:
    words, phrases = speaking(empty, language)
    states: tuple[DutyState, ...] = ("done", "due", "at_risk", "missed", "no_data")
    heat = heat_view(words, phrases, [series("kept", "broken", "no_data", "check_error", "nothing_due")], TITLES)
    duties = duties_view(
        words, phrases, [duty(date(2026, 7, 31), state) for state in states], TITLES, date(2026, 7, 5), lambda _: ""
    )
    times = distribution_view(words, phrases, Durations((0,) * 7, 0), "Telephone")
    assert draw_heat_map(heat).svg() == draw_heat_map(heat).svg()
    assert draw_duties(duties).svg() == draw_duties(duties).svg()
    assert draw_distribution(times).svg() == draw_distribution(times).svg()

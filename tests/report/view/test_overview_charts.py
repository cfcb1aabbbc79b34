"""The pictures of the whole agency: what they show, and that words say it, too."""

from __future__ import annotations

from datetime import date

import pytest

from charter.report.facts.durations import EDGES, Durations, read_durations
from charter.report.facts.models import Duty, DutyState, Series, SeriesWeek
from charter.report.facts.tables import load_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.charts.overview import draw_distribution, draw_duties, draw_heat_map
from charter.report.view.overview_charts import distribution_view, duties_view, heat_view
from charter.report.view.phrases import Phrases
from charter.words import Words, words_in

from ..builders import MONDAY, Scenario

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
    found = duties_view(*speaking(empty), duties, TITLES, date(2026, 7, 5))
    assert found.lines == (
        "missed: Recruitment – notice (2026-05), due Sun 31 May",
        "within a month: Recruitment – notice (2026-07) can be kept until Fri 31 Jul",
    )
    assert [mark.state for mark in found.rows[0].marks] == ["done", "missed", "at_risk"]
    assert (found.rows[0].marks[0].at, round(found.today, 2)) == (2 + 30 / 31, 6.13)


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
    duties = duties_view(words, phrases, [duty(date(2026, 7, 31), state) for state in states], TITLES, date(2026, 7, 5))
    times = distribution_view(words, phrases, Durations((0,) * 7, 0), "Telephone")
    assert draw_heat_map(heat).svg() == draw_heat_map(heat).svg()
    assert draw_duties(duties).svg() == draw_duties(duties).svg()
    assert draw_distribution(times).svg() == draw_distribution(times).svg()

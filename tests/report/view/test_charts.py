"""What a picture shows and says: places, scale, gaps, and words that carry the same facts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from charter.report.facts.models import FigureChange, Result, Series, SeriesAction, SeriesActionState, SeriesWeek
from charter.report.facts.rates import Components, Ends
from charter.report.view.chart_models import ControlView
from charter.report.view.charts import control_view, one_scale
from charter.report.view.phrases import Phrases
from charter.words import words_in

from ..builders import MONDAY, Scenario


def week(met: int, breached: int, result: Result = "kept", ends: Ends | None = None) -> SeriesWeek:
    components = Components(met=met, breached=breached)
    return SeriesWeek(week_start=MONDAY, components=components, result=result, ends=ends)


def picture(
    scenario: Scenario,
    weeks: list[SeriesWeek],
    *,
    language: str = "en",
    rebased: int | None = None,
    actions: tuple[SeriesAction, ...] = (),
) -> ControlView:
    starts = [MONDAY - timedelta(weeks=back) for back in range(len(weeks) - 1, -1, -1)]
    series = Series(
        standard_id="phone-answer",
        department_id="voc-team",
        target=0.95,
        weeks=tuple(each.model_copy(update={"week_start": start}) for each, start in zip(weeks, starts, strict=True)),
        rebased_on=() if rebased is None else (starts[rebased] - timedelta(days=3),),
        actions=actions,
    )
    words = words_in(scenario.settings, scenario.agency, language)
    found = control_view(words, Phrases(words, scenario.agency.zone), series, "phone-answer.voc-team", "Telephone", str)
    assert found is not None
    return found


STEADY = [week(96, 4), week(94, 6)] * 8


def test_the_picture_says_in_words_what_it_shows(empty: Scenario) -> None:
    found = picture(empty, [*STEADY, week(70, 30, "broken")])
    assert found.variation.kind == "concern_low"
    assert found.lines[0] == "▼ clearly worse than usual (outside the usual range)"
    assert "This week 70.0%." in found.alt
    assert "Target 95%." in found.alt
    assert "1 week outside the usual range: 2026 week 27 70.0%" in found.alt


def test_a_week_without_data_is_a_gap_with_its_bounds(empty: Scenario) -> None:
    ends = Ends(met_at_least=50, breached_at_most=50, met_at_most=98, breached_at_least=2)
    found = picture(empty, [*STEADY, week(50, 2, "no_data", ends)])
    assert (found.marks[-1].value, found.marks[-1].low, found.marks[-1].high) == (None, 0.5, 0.98)
    assert found.lines[0] == "– no data this week, so not held against the usual"
    assert "1 week without data." in found.alt


def test_a_week_that_nothing_bounds_can_be_anything(empty: Scenario) -> None:
    ends = Ends(met_at_least=50, breached_at_most=None, met_at_most=None, breached_at_least=2)
    found = picture(empty, [*STEADY, week(50, 2, "no_data", ends)])
    assert (found.marks[-1].value, found.marks[-1].low, found.marks[-1].high) == (None, 0.0, 1.0)


def test_a_week_that_is_broken_at_both_ends_has_a_point_and_its_bounds(empty: Scenario) -> None:
    ends = Ends(met_at_least=80, breached_at_most=24, met_at_most=84, breached_at_least=20)
    mark = picture(empty, [*STEADY, week(80, 20, "broken", ends)]).marks[-1]
    assert (mark.value, mark.low is not None, mark.high is not None) == (0.8, True, True)


def test_a_new_rule_begins_new_limits_in_the_first_whole_week(empty: Scenario) -> None:
    found = picture(empty, [*STEADY, *[week(80, 20), week(82, 18)] * 6], rebased=17)
    assert [(step.at, step.text) for step in found.steps] == [(17, "new rule")]


def action(
    number: int,
    on: date,
    state: SeriesActionState,
    change: FigureChange | None = None,
    department_id: str | None = "voc-team",
) -> SeriesAction:
    return SeriesAction(action_id=f"A-{number}", department_id=department_id, on=on, state=state, change=change)


def test_an_action_is_a_mark_at_its_week_and_a_line_that_says_what_came_of_it(empty: Scenario) -> None:
    done, due = MONDAY - timedelta(weeks=4), MONDAY + timedelta(days=16)
    actions = (action(1, done, "done", "fewer"), action(2, due, "open"))
    found = picture(empty, STEADY, actions=actions)
    assert [(mark.at, mark.number, mark.done) for mark in found.actions] == [(11, "1", True), (17, "2", False)]
    assert found.lines[-2:] == (
        "(1) action A-1 done Mon 1 Jun: share of breaches lower since",
        "(2) action A-2 due Wed 15 Jul",
    )
    assert all(line in found.alt for line in found.lines[-2:])
    assert (found.weeks, found.ahead) == (16, 2), "what is due stands right of the closed week"


def test_actions_of_one_week_are_one_mark_and_each_is_named(empty: Scenario) -> None:
    actions = (action(1, MONDAY, "done", "undecided"), action(2, MONDAY + timedelta(days=2), "overdue", None, None))
    found = picture(empty, STEADY, actions=actions)
    assert [(mark.at, mark.done) for mark in found.actions] == [(15, True)]
    assert found.lines[-1] == (
        "(1) action A-1 done Mon 29 Jun: too early to tell whether anything changed / "
        "action A-2 (whole agency) was due Wed 1 Jul and is not done"
    )


def test_what_is_due_long_after_the_picture_stands_in_words_alone(empty: Scenario) -> None:
    found = picture(empty, STEADY, actions=(action(1, date(2026, 10, 1), "open"),))
    assert (found.actions, found.ahead) == ((), 0)
    assert found.lines[-1] == "(1) action A-1 due Thu 1 Oct"


def test_charts_of_one_kind_share_a_scale(empty: Scenario) -> None:
    high, low = picture(empty, STEADY), picture(empty, [*STEADY, week(55, 45, "broken")])
    few = picture(empty, [week(1, 2), week(2, 1)] * 8)
    assert high.bottom == 0.8
    assert [chart.bottom for chart in one_scale([high, low, few])] == [0.5, 0.5, 0.0]
    assert [level.text for level in one_scale([high, low])[0].shown_levels] == ["50%", "75%", "100%"]


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_pictures_speak_each_language(empty: Scenario, language: str) -> None:
    found = picture(empty, [*STEADY, week(70, 30, "broken")], language=language)
    assert found.language == language
    assert "{" not in found.alt


def test_too_few_weeks_are_no_picture(empty: Scenario) -> None:
    words = words_in(empty.settings, empty.agency, "en")
    series = Series(standard_id="phone-answer", department_id=None, target=0.95, weeks=(week(5, 0),) * 3)
    assert control_view(words, Phrases(words, empty.agency.zone), series, "x", "x", str) is None


def test_weeks_are_named_by_their_number(empty: Scenario) -> None:
    assert [tick.text for tick in picture(empty, STEADY).dates][-1] == f"wk {date(2026, 6, 29).isocalendar().week}"

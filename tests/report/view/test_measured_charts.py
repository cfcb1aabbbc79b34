"""A measure's picture: its own unit and scale, which side is better, and words that carry the same facts."""

from __future__ import annotations

from datetime import timedelta
from math import inf

import pytest

from charter.report.facts.models import MeasuredFigure, MeasuredSeries
from charter.report.render.charts.pictures import picture_of_page
from charter.report.view.chart_models import ControlView
from charter.report.view.charts import one_scale
from charter.report.view.measured_charts import measured_view
from charter.report.view.phrases import Phrases
from charter.words import words_in

from ..builders import MONDAY, Scenario

STEADY: list[float | None] = [40.0, 44.0] * 8


def picture(
    scenario: Scenario, values: list[float | None], *, language: str = "en", at_most: bool = True
) -> ControlView:
    figures = []
    for back, value in zip(range(len(values) - 1, -1, -1), values, strict=True):
        first = MONDAY - timedelta(weeks=back)
        last = first + timedelta(days=6)
        figures.append(MeasuredFigure(first_on=first, last_on=last, value=value, unknown=value is None))
    series = MeasuredSeries(
        standard_id="phone-wait",
        department_id="desk",
        part="median",
        part_text={"en": "half of all", "ko": "절반", "de": "die Hälfte"},
        unit="seconds",
        limit=45,
        better="low" if at_most else "high",
        figures=tuple(figures),
    )
    words = words_in(scenario.settings, scenario.agency, language)
    found = measured_view(words, Phrases(words, scenario.agency.zone), series, "phone-wait.median", "Telephone")
    assert found is not None
    return found


def test_where_less_is_better_a_high_figure_is_the_concern_and_points_up(empty: Scenario) -> None:
    found = picture(empty, [*STEADY, 120.0])
    assert found.variation.kind == "concern_high"
    assert found.lines[0] == "▲ clearly worse than usual (outside the usual range)"
    assert picture(empty, [*STEADY, 120.0], at_most=False).variation.kind == "improvement_high"
    assert found.marks[-1].tone == "concern"


def test_the_limit_stands_in_its_unit_on_a_scale_from_nothing(empty: Scenario) -> None:
    found = picture(empty, [*STEADY, 120.0])
    assert found.target_text == "at most 45 s"
    assert (found.bottom, found.top, [level.text for level in found.shown_levels]) == (0.0, 120.0, ["0", "60", "120"])
    assert "Newest 120 s." in found.alt and "Promised: at most 45 s." in found.alt
    assert "1 outside the usual range: Sun 5 Jul 120 s" in found.alt


def test_a_figure_without_data_can_be_anything_from_nothing_on(empty: Scenario) -> None:
    found = picture(empty, [*STEADY, None])
    assert (found.marks[-1].value, found.marks[-1].low, found.marks[-1].high) == (None, 0.0, inf)
    assert found.lines[0] == "– no data for the newest figure, so not held against the usual"


def test_measured_figures_keep_their_own_scale_beside_others(empty: Scenario) -> None:
    short, long = picture(empty, STEADY), picture(empty, [*STEADY, 900.0])
    assert [chart.top for chart in one_scale([short, long])] == [short.top, long.top] == [60.0, 1000.0]


def test_three_figures_are_no_picture(empty: Scenario) -> None:
    with pytest.raises(AssertionError):
        picture(empty, [40.0, 41.0, 42.0])


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_it_speaks_each_language_and_is_drawn(empty: Scenario, language: str) -> None:
    found = picture(empty, [*STEADY[:-1], None, 120.0], language=language)
    assert "{" not in found.alt and ".." not in found.alt
    assert found.alt in str(picture_of_page(found))

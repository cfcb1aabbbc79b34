"""One standard's week in the words of a report."""

from __future__ import annotations

import pytest

from charter.report import agency_week
from charter.report.view.standard import StandardWording
from charter.words import Words
from tests.report.builders import SUNDAY, Scenario

STANDARD = "visit-comfort"


def reason(scenario: Scenario, language: str) -> str:
    """Why nobody can say whether the standard was kept in the whole agency."""
    scenario.build()
    facts = agency_week(scenario.settings, scenario.agency, scenario.as_of).whole
    week = next(each for each in facts.standards if each.standard_id == STANDARD)
    assert week.result == "no_data"
    return StandardWording(Words.load(scenario.settings, language), scenario.agency, facts).standard(week).reason


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ko", "기한이 지났으나 자료가 들어오지 않은 약속 2건"),
        ("en", "2 commitments past their due time, of which no data have arrived"),
        ("de", "2 fällige Zusagen, zu denen Daten ausstehen"),
    ],
)
def test_what_fell_due_unheard_is_a_reason_where_every_day_was_heard_of(
    empty: Scenario, language: str, text: str
) -> None:
    empty.awaited[STANDARD] = 2
    assert reason(empty, language) == text


def test_it_stands_beside_the_source_that_is_silent(empty: Scenario) -> None:
    empty.no_data(STANDARD, "registers", SUNDAY)
    empty.awaited[STANDARD] = 1
    assert reason(empty, "en").endswith("1 commitment past its due time, of which no data have arrived")

"""Why a promise was broken, as a reader would say it."""

from __future__ import annotations

from typing import Any

import pytest

from charter.report import week_facts
from charter.report.view.causes import CauseWording
from charter.words import Words
from tests.report.builders import Scenario

TEAM = "branch-team"
AT: dict[str, Any] = {"opened": "2026-07-01 10:00", "due": "2026-07-01 10:00"}


def told(scenario: Scenario, language: str = "ko") -> str:
    """What is told of the week's one breach."""
    scenario.build()
    [facts] = [
        week for week in week_facts(scenario.settings, scenario.agency, scenario.as_of) if week.department.id == TEAM
    ]
    [group] = facts.breaches
    return CauseWording(Words.load(scenario.settings, language), scenario.agency, facts).state(group.cases[0])


@pytest.mark.parametrize(
    ("language", "text"),
    [("ko", "3가지 중 2가지 – 이름을 밝히지 않음"), ("en", "2 of 3: name not given")],
)
def test_of_several_pieces_the_missing_one_is_named(empty: Scenario, language: str, text: str) -> None:
    empty.commitment(
        *("phone-greeting", TEAM, "R-1", "breached"), **AT, measured=2, limit=3, missing_evidence="name_given"
    )
    assert told(empty, language) == text


def test_all_that_is_missing_is_named(empty: Scenario) -> None:
    missing = "greeting_given,name_given"
    empty.commitment(*("phone-greeting", TEAM, "R-1", "breached"), **AT, measured=1, limit=3, missing_evidence=missing)
    assert told(empty) == "3가지 중 1가지 – 인사말이 없음, 이름을 밝히지 않음"


@pytest.mark.parametrize(("waited", "text"), [(23 * 60, "(대기 23분)"), (None, "")])
def test_how_long_a_visitor_waited_is_told_where_it_is_known(empty: Scenario, waited: float | None, text: str) -> None:
    empty.commitment(
        *("visit-priority", TEAM, "V-1", "breached"),
        **AT,
        measured=0,
        limit=1,
        missing_evidence="served_at|appointment_kept",
        waited_seconds=waited,
    )
    assert told(empty) == f"10분 안에 응대하지 못하고 약속도 지키지 않음{text}"


@pytest.mark.parametrize(
    ("language", "text"),
    [("ko", "14초 울린 뒤 끊김(기준 9초 미만)"), ("en", "rang for 14 s, then given up (limit under 9 s)")],
)
def test_a_call_that_was_given_up_tells_how_long_it_rang(empty: Scenario, language: str, text: str) -> None:
    empty.commitment(*("phone-answer", TEAM, "C-1", "breached"), **AT, limit=9, waited_seconds=14)
    assert told(empty, language) == text


def test_a_piece_that_the_charter_does_not_word_is_named_by_its_column(empty: Scenario) -> None:
    empty.commitment(*("phone-greeting", TEAM, "R-1", "breached"), **AT, measured=2, limit=3, missing_evidence="other")
    assert told(empty) == "3가지 중 2가지 – other 없음"

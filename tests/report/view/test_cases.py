"""One case in the words of a report."""

from __future__ import annotations

import pytest

from charter.report.facts.models import Case
from charter.report.view.cases import CaseWording
from charter.words import Words
from tests.report.builders import Scenario
from tests.report.facts.test_gather import REPLY, TEAM, department


def shown(scenario: Scenario, **changes: object) -> tuple[str, str, str]:
    """Detail, due time and state of a case whose clock has stood still twice, 3 days and 4 hours in all."""
    scenario.commitment(
        *(REPLY, TEAM, "A", "pending"),
        opened="2026-07-04 09:00",
        due="2026-07-07 09:00",
        due_basis="paused",
        paused_count=2,
        paused_seconds=76 * 3600,
    )
    facts = department(scenario.build(), TEAM)
    (case,) = facts.due_next.cases
    view = CaseWording(Words.load(scenario.settings, "ko"), scenario.agency, facts).case(
        Case.model_validate({**case.model_dump(), **changes}), breached=False
    )
    return view.detail, view.due, view.state


def test_how_often_and_how_long_a_clock_stood_still_is_reported(empty: Scenario) -> None:
    assert shown(empty)[0] == "정지 2회, 3일 4시간"


def test_what_follows_from_a_breach_names_the_broken_promise(empty: Scenario) -> None:
    detail = shown(empty, paused_count=0, due_basis="limit", broken_standard_id=REPLY)[0]
    assert detail == "위반에 따른 약속: " + Words.load(empty.settings, "ko").pick(
        next(each.text.root for each in empty.agency.charter.standards if each.id == REPLY)
    )


@pytest.mark.parametrize(
    ("due_basis", "due", "state"),
    [
        ("paused", "정지가 풀린 뒤", "시계가 멈춰 있음"),
        ("no_limit", "기한 값 없음", "기한 값이 없어 판정하지 않음"),
    ],
)
def test_why_a_case_has_no_due_time_is_reported(empty: Scenario, due_basis: str, due: str, state: str) -> None:
    assert shown(empty, due_at=None, due_basis=due_basis)[1:] == (due, state)

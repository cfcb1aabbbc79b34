"""What the year can still bear, as people read it."""

from __future__ import annotations

from datetime import date

import pytest

from charter.report.facts.models import Allowance
from charter.report.view.allowance import allowance_text
from charter.report.view.phrases import Phrases
from charter.words import words_in

from ..builders import Scenario


def said(scenario: Scenario, language: str = "ko", **figures: object) -> str:
    values = {"projected": 3650, "bearable": 182, "breached": 170, "unknown": 0, "left": 12, "used_up_on": None}
    words = words_in(scenario.settings, scenario.agency, language)
    return allowance_text(words, Phrases(words, scenario.agency.zone), Allowance.model_validate({**values, **figures}))


def test_it_says_how_many_more_and_until_when(empty: Scenario) -> None:
    told = said(empty, used_up_on=date(2026, 11, 3))
    assert told.startswith("올해 목표까지 앞으로 12건 여유(올해 3,650건으로 어림해 182건까지, 지금까지 못 지킴 170건)")
    assert told.endswith("지금 추세면 11. 3.(화)에 다 씀")
    assert said(empty).endswith("지금 추세면 연말까지 남음")


def test_it_says_when_nothing_is_left_or_too_much_is_gone(empty: Scenario) -> None:
    assert said(empty, left=0).startswith("올해 목표까지 여유 없음")
    assert said(empty, left=-3).startswith("올해 여유를 3건 넘김")


def test_it_says_what_is_not_known(empty: Scenario) -> None:
    assert "확인되지 않은 4건도 못 지킨 것으로 셈" in said(empty, unknown=4)
    assert said(empty, unknown=None, left=None).startswith("빠진 자료가 몇 건인지 알 수 없어")


@pytest.mark.parametrize("language", ["ko", "en", "de"])
@pytest.mark.parametrize("left", [1, 2, 0, -1, -5])
def test_it_speaks_each_language(empty: Scenario, language: str, left: int) -> None:
    assert "{" not in said(empty, language, left=left)

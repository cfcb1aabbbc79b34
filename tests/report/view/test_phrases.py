"""Phrases: instants, durations and what became of a case, as a department head reads them."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.facts.models import Case
from charter.report.view.phrases import Phrases, from_source
from charter.words import Words
from tests.report.builders import Scenario


@pytest.fixture
def phrases(empty: Scenario) -> Phrases:
    return Phrases(Words.load(empty.settings, "ko"), ZoneInfo("Asia/Seoul"))


def test_a_due_time_at_midnight_is_the_end_of_its_day(phrases: Phrases, empty: Scenario) -> None:
    assert phrases.end(empty.at("2026-07-08 24:00")) == "7. 8.(수) 24:00"
    assert phrases.end(empty.at("2026-07-08 09:05")) == "7. 8.(수) 09:05"


@pytest.mark.parametrize(
    ("code", "english", "korean"),
    [
        ("in:kind:inquiry, claim", "kind is not inquiry, claim", "kind 값이 inquiry, claim에 들지 않음"),
        ("at_most:days_since:365", "days_since is above 365", "days_since 값이 365보다 큼"),
        ("has_letters:field", "field has no letter or digit", "field 칸에 글자나 숫자가 없음"),
        ("empty:first_reply_at", "first_reply_at is empty", "first_reply_at 칸이 비어 있음"),
        ("of a release before: kind", "of a release before: kind", "of a release before: kind"),
    ],
)
def test_what_kept_a_row_from_being_judged(empty: Scenario, code: str, english: str, korean: str) -> None:
    for language, text in (("en", english), ("ko", korean)):
        assert Phrases(Words.load(empty.settings, language), ZoneInfo("Asia/Seoul")).row_reason(code) == text


def test_a_date_from_a_register_has_no_time_of_day(phrases: Phrases, empty: Scenario) -> None:
    assert phrases.moment(empty.at("2026-07-08 00:00")) == "7. 8.(수)"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=12), "12초"),
        (timedelta(minutes=7), "7분"),
        (timedelta(hours=6, minutes=30), "6시간 30분"),
        (timedelta(hours=31), "31시간"),
        (timedelta(days=2, minutes=59), "2일"),
        (timedelta(days=11, hours=14, minutes=5), "11일 14시간"),
    ],
)
def test_durations_name_the_two_largest_units(phrases: Phrases, length: timedelta, text: str) -> None:
    assert phrases.duration(length) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"fulfilled_at": "2026-07-01 15:00"}, "6시간 늦음"),
        ({}, "미처리 · 기한 4일 경과"),
        ({"kind": "occurrence", "correctable": False}, "기간 안에 하지 않음"),
        ({"kind": "level", "measured": 9, "limit": 10, "unit": "count", "comparison": ">="}, "9개 (기준 10개 이상)"),
        (
            {"kind": "level", "measured": 92.5, "limit": 100, "unit": "percent", "comparison": ">="},
            "92.5% (기준 100% 이상)",
        ),
        ({"kind": "zero", "measured": 1, "limit": 0, "unit": "count", "comparison": "<="}, "1건 (기준 0건)"),
        (
            {"kind": "measure", "measured": 3, "limit": 10, "least": 4, "unit": "count", "comparison": "between"},
            "3개 (기준 4개~10개)",
        ),
        (
            {"kind": "measure", "measured": 8.5, "limit": 8, "unit": "minutes", "comparison": "<="},
            "8.5분 (기준 8분 이내)",
        ),
        (
            {"kind": "lead_time", "measured": 20, "limit": 30, "unit": "days", "comparison": ">="},
            "20일 전 안내 (기준 30일 이상)",
        ),
        ({"kind": "lead_time", "unit": "days", "comparison": ">="}, "제때 안내한 기록 없음"),
        (
            {"kind": "lead_time", "measured": 1.5, "limit": 24, "unit": "hours", "comparison": ">="},
            "1.5시간 전 안내 (기준 24시간 이상)",
        ),
        (
            {"kind": "lead_time", "measured": 1, "limit": 2, "unit": "working_days", "comparison": ">="},
            "근무일 1일 전 안내 (기준 근무일 2일 이상)",
        ),
        (
            {"kind": "coverage", "correctable": False, "measured": 2, "limit": 3, "unit": "count", "comparison": ">="},
            "3가지 중 2가지",
        ),
        (
            {"unit": "seconds", "correctable": False, "measured": 14, "limit": 9, "comparison": "<"},
            "14초 (기준 9초 미만)",
        ),
        ({"unit": "seconds", "correctable": False, "comparison": "<"}, "기한 안에 되지 않음"),
        ({"unit": "minutes", "correctable": False, "measured": 61, "limit": 10}, "61분 (기준 10분 이내)"),
        ({"unit": "minutes", "fulfilled_at": "2026-07-01 09:51", "measured": 61, "limit": 10}, "51분 늦음"),
        (
            {"unit": "hours", "fulfilled_at": "2026-06-30 08:00", "measured": 23, "limit": 48, "least": 24}
            | {"comparison": "within"},
            "23시간 (기준 24시간~48시간)",
        ),
    ],
)
def test_what_became_of_a_breach(phrases: Phrases, empty: Scenario, values: dict[str, Any], text: str) -> None:
    instants = {name: empty.at(value) for name, value in values.items() if name.endswith("_at")}
    case = Case.model_validate(
        {
            "commitment_id": "x/y/z",
            "standard_id": "x",
            "part": "y",
            "part_text": {},
            "subject_id": "z",
            "department_id": None,
            "opened_at": empty.at("2026-06-29 09:00"),
            "due_at": empty.at("2026-07-01 09:00"),
            "due_basis": "limit",
            "fulfilled_at": None,
            "kind": "deadline",
            "correctable": True,
            "awaiting_data": False,
            "measured": None,
            "limit": None,
            "unit": "hours",
            "comparison": "<=",
            **values,
            **instants,
        }
    )
    assert phrases.state(case, empty.as_of) == text


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("VOC-2026-07/0001  (재접수)", "VOC-2026-07/0001  (재접수)"),
        ("VOC-1\r\n약속 없음", "VOC-1 약속 없음"),
        ("VOC-1\u2028VOC-2", "VOC-1 VOC-2"),
        ("VOC-1\u202e0-COV", "VOC-10-COV"),
        ("\u2069VOC-1\u2066", "VOC-1"),
        ("VOC\x00-1\ufeff", "VOC-1"),
        ("\u200b", "□"),
        ("\r\n", "□"),
        ("تذكرة 12", "\u2068تذكرة 12\u2069"),
        ("\u2069تذكرة\u202e 12", "\u2068تذكرة 12\u2069"),
        ("", ""),
    ],
)
def test_a_case_number_neither_breaks_a_line_nor_turns_what_stands_beside_it(given_text: str, shown: str) -> None:
    assert from_source(given_text) == shown


@given(st.text())
def test_what_a_source_gave_is_one_line_without_marks_of_its_own(text: str) -> None:
    shown = from_source(text)

    assert len(shown.splitlines()) <= 1
    inside = shown[1:-1] if shown.startswith("\u2068") else shown
    assert not {unicodedata.category(sign) for sign in inside} & {"Cc", "Cf", "Zl", "Zp"}
    assert bool(shown) == bool(text)


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("2026", "2026년"),
        ("2026-07", "2026년 7월"),
        ("2026-Q3", "2026년 3분기"),
        ("2026-H2", "2026년 하반기"),
        ("PC-2026-01", "PC-2026-01"),
        ("2026-13", "2026-13"),
    ],
)
def test_a_slot_of_the_calendar_is_called_as_people_call_it(phrases: Phrases, slot: str, expected: str) -> None:
    assert phrases.slot(slot) == expected

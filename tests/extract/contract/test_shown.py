"""What a source gave is told as it is only if it resembles something that the contract knows; else by its shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.extract.contract.shown import shape, shown, shown_names

KNOWN = ("지사화", "월드챔프", "외국인투자", "문의", "수출1팀", "inbound")


@pytest.mark.parametrize("text", ["지사화", "월드쳄프", "외국인 투자", "수출2팀", "Inbound", "inbuond"])
def test_a_known_code_and_a_slip_of_the_pen_are_told(text: str) -> None:
    assert shown(text, KNOWN) == f"'{text}'"


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-31",
        "26.06.29",
        "2026. 7. 1.",
        "2026/07/01 9:05",
        "2026-07-01T10:00:00.123Z",
        "오후 3:05",
        "24:00",
        "20260701",
        "31/06/2026",
        "31.6.2026 9:05",
        "06/31/2026, 10:00 AM",
    ],
)
def test_a_date_that_cannot_be_read_is_told(text: str) -> None:
    assert shown(text) == f"'{text}'"


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "-", "???", "#값!", "nan", "1.5", "1,234", "1e999"])
def test_what_programs_write_for_nothing_is_told(text: str) -> None:
    assert shown(text) == f"'{text}'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("홍길동", "가가가"),
        ("김문의", "가가가"),
        ("남궁민수", "가가가가"),
        ("Maria Müller", "Aaaaa Axaaaa"),
        ("010-9876-5432", "999-9999-9999"),
        ("900101-1234567", "999999-9999999"),
        ("900101", "999999"),
        ("02-12-3456", "99-99-9999"),
        ("12/34-2026", "99/99-9999"),
        ("gildong@example.org", "aaaaaaa@aaaaaaa.aaa"),
        ("서울시 강남구 테헤란로 1", "가가가 가가가 가가가가 9"),
        ("大韓民國", "漢漢漢漢"),
        ("a" * 500, "a×96… (500 characters)"),
        ('{"name": "홍길동"}', '{"aaaa": "가가가"}'),
    ],
)
def test_all_else_is_told_by_its_shape(text: str, expected: str) -> None:
    assert shown(text, KNOWN) == f"a value of the shape {expected}"


def test_a_heading_is_told_if_it_is_like_a_mapped_one_or_made_of_the_words_of_headings() -> None:
    there = ["접수번호", "접수번호 ", "처리일시", "rcpt_dt", "홍길동", "maria", "김일", "010-1234-5678"]
    assert (
        shown_names(there, ["접수번호"])
        == "접수번호, 접수번호 , 처리일시, rcpt_dt, and 4 more that may not be headings"
    )


@given(st.text(max_size=200))
def test_a_shape_is_short_and_of_one_line(text: str) -> None:
    shown_as = shape(text)
    assert len(shown_as) <= 50
    assert shown_as.isprintable()
    assert not any("가" < sign <= "힣" for sign in shown_as)

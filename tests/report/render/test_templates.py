"""What the templates' filters make of text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.render.templates import css_string


@given(st.text())
def test_no_text_ends_the_string_that_a_style_holds(text: str) -> None:
    inside = css_string(text)[1:-1]
    assert not set('"<>&;\n\r\f{}') & set(inside)
    assert re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), inside) == text


@pytest.mark.parametrize(
    ("text", "string"), [("기한: ", '"기한: "'), ('a"b', '"a\\22 b"'), ("\\", '"\\5c "'), ("50 %", '"50 \\25 "')]
)
def test_signs_that_css_reads_are_written_as_their_numbers(text: str, string: str) -> None:
    assert css_string(text) == string

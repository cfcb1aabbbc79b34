"""PDF: archival, accessible, the same bytes for the same figures, and no glyph missing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.report import week_facts
from charter.report.render.fonts import SUBSTITUTE, printable
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, department_view
from charter.words import Words
from tests.report.builders import Scenario


@pytest.fixture(scope="module")
def view(usual: Scenario) -> ReportView:
    facts = next(
        item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == "branch-team"
    )
    return department_view(Words.load(usual.settings, "ko"), usual.agency, facts, PAPER)


def test_it_is_archival_and_accessible(usual: Scenario, view: ReportView) -> None:
    pdf = PdfPrinter(usual.settings).render(view, usual.as_of)
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>", pdf)
    assert re.search(rb"<pdfaid:conformance>A</pdfaid:conformance>", pdf)
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", pdf)
    assert b"<rdf:li>ko</rdf:li>" in pdf or b"/Lang (ko)" in pdf
    assert view.subject.encode() in pdf


def test_the_same_figures_give_the_same_bytes(usual: Scenario, view: ReportView) -> None:
    pdf = PdfPrinter(usual.settings).render(view, usual.as_of)
    assert pdf == PdfPrinter(usual.settings).render(view, usual.as_of)
    assert b"2026-07-05T15:00:00" in pdf


def test_the_only_font_is_the_one_that_comes_along(usual: Scenario, view: ReportView) -> None:
    pdf = PdfPrinter(usual.settings).render(view, usual.as_of)
    fonts = {name.decode() for name in re.findall(rb"/BaseFont ?/[A-Z]{6}\+([A-Za-z-]+)", pdf)}
    assert fonts
    assert all(name.startswith("NanumGothic") for name in fonts)


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("Ștefan İnan", "NotoSans"),
        ("Ελλάδα", "NotoSans"),
        ("Қазақстан", "NotoSans"),
        ("الكويت", "NotoSansArabic"),
        ("大韓貿易 汉字", "NotoSansSC"),
        ("⚙", "DejaVuSans"),
    ],
)
def test_letters_that_it_lacks_come_from_the_next_font(usual: Scenario, view: ReportView, text: str, font: str) -> None:
    pdf = PdfPrinter(usual.settings).render(replace(view, headline=text), usual.as_of)
    assert re.search(rb"/BaseFont ?/[A-Z]{6}\+" + font.encode(), pdf)


@pytest.mark.parametrize(
    "text",
    [
        "약속 \U0001f600",
        "가족 \U0001f468\u200d\U0001f469\u200d\U0001f467 ❤\ufe0f",
        "漢字 大韓貿易",
        "Müller Ștefan Đặng Thị Ánh İğ",
        "العربية עברית",
        "뒤집힘 \u202eabc\u202c \u2066x\u2069",
        "\x00\x07\x1b[31m줄\t칸\r\n다음",
        "\ue000 \U0010ffff \ufffe é e\u0301 \u0301",
        "\u1112\u1161\u11ab 첫가끝 \u115f\u1160",
    ],
)
def test_any_text_can_be_printed(usual: Scenario, view: ReportView, text: str) -> None:
    pdf = PdfPrinter(usual.settings).render(replace(view, headline=text, subject=text, department=text), usual.as_of)
    assert pdf.startswith(b"%PDF-")


@given(text=st.text(max_size=60))
@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_stops_a_report(usual: Scenario, view: ReportView, text: str) -> None:
    assert PdfPrinter(usual.settings).render(replace(view, headline=text), usual.as_of).startswith(b"%PDF-")


def test_a_character_that_no_font_has_is_shown_as_missing() -> None:
    assert printable("약속 \U0001fae8 \U0002a701 ok\u200b\u202e") == "약속 □ □ ok"
    assert printable(SUBSTITUTE) == SUBSTITUTE
    assert printable("Đặng Ștefan العربية") == "Đặng Ștefan العربية"


def test_a_departments_report_has_three_pages_and_one_for_pictures(usual: Scenario, view: ReportView) -> None:
    pdf = PdfPrinter(usual.settings).render(view, usual.as_of)
    assert view.charts
    assert len(re.findall(rb"/Type ?/Page\b", pdf)) <= 4

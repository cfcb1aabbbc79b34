"""PDF: archival, accessible, the same bytes for the same figures, and no glyph missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from math import inf

import pikepdf
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pikepdf import Dictionary, Name, NameTree, NumberTree

from charter.report import agency_week, week_facts
from charter.report.render.fonts import SUBSTITUTE, printable
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, agency_view, department_view
from charter.words import Words
from tests.effort import examples
from tests.report.builders import Scenario

from .paper import flaws


@pytest.fixture(scope="module")
def view(usual: Scenario) -> ReportView:
    facts = next(
        item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == "branch-team"
    )
    return department_view(Words.load(usual.settings, "ko"), usual.agency, facts, PAPER)


@pytest.fixture(scope="module")
def printed(usual: Scenario, view: ReportView) -> bytes:
    return PdfPrinter(usual.settings).render(view, usual.as_of)


def test_a_teams_report_is_archival_and_accessible(printed: bytes, view: ReportView) -> None:
    assert flaws(printed) == []
    assert view.subject.encode() in printed


def test_the_agencys_report_is_archival_and_accessible(usual: Scenario) -> None:
    facts = agency_week(usual.settings, usual.agency, usual.as_of)
    view = agency_view(Words.load(usual.settings, "en"), usual.agency, facts, PAPER)
    assert view.overview is not None
    assert flaws(PdfPrinter(usual.settings).render(view, usual.as_of)) == []


def test_a_figure_of_which_nothing_is_known_is_printed(usual: Scenario, view: ReportView) -> None:
    chart = view.charts[0]
    missing = replace(chart.marks[-1], value=None, low=0.0, high=inf)
    doubtful = replace(view, charts=(replace(chart, marks=(*chart.marks[:-1], missing)),))
    assert flaws(PdfPrinter(usual.settings).render(doubtful, usual.as_of)) == []


def without_row_header(file: pikepdf.Pdf) -> None:
    cell = NameTree(file.Root.StructTreeRoot.IDTree)["R1"]
    cell.S = Name.TD


def without_alternative(file: pikepdf.Pdf) -> None:
    del first(file, Name.Figure).Alt


def with_a_step_left_out(file: pikepdf.Pdf) -> None:
    first(file, Name.H2).S = Name.H4


def without_language(file: pikepdf.Pdf) -> None:
    del file.Root.Lang


def without_an_element_for_its_text(file: pikepdf.Pdf) -> None:
    NumberTree(file.Root.StructTreeRoot.ParentTree)[0][0] = None


def without_tag_for_its_text(file: pikepdf.Pdf) -> None:
    file.pages[0].contents_add(b"BT (x) Tj ET")


def without_a_font(file: pikepdf.Pdf) -> None:
    for each in file.objects:
        if isinstance(each, Dictionary) and Name.FontFile2 in each:
            del each.FontFile2


def with_a_script(file: pikepdf.Pdf) -> None:
    file.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.beep()")


def without_its_claim(file: pikepdf.Pdf) -> None:
    told = file.Root.Metadata.read_bytes().replace(b"<pdfuaid:part>1</pdfuaid:part>", b"")
    file.Root.Metadata.write(told)


def first(file: pikepdf.Pdf, kind: Name) -> pikepdf.Object:
    return next(each for each in file.objects if isinstance(each, Dictionary) and each.get(Name.S) == kind)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (without_row_header, "a row that does not begin with its header"),
        (without_alternative, "a figure without an alternative text"),
        (with_a_step_left_out, "H4 follows H1"),
        (without_language, "not so: it names its language"),
        (without_an_element_for_its_text, "page 1: mark 0 belongs to no element"),
        (without_tag_for_its_text, "page 1: something is drawn that is neither tagged nor decoration"),
        (without_a_font, "is not embedded"),
        (with_a_script, "not so: nothing in it acts"),
        (without_its_claim, "the metadata lack pdfuaid:part>1<"),
    ],
)
def test_what_a_reader_could_not_read_is_told(printed: bytes, damage: Callable[[pikepdf.Pdf], None], told: str) -> None:
    damaged = BytesIO()
    with pikepdf.open(BytesIO(printed)) as file:
        damage(file)
        file.save(damaged, fix_metadata_version=False)
    assert any(told in flaw for flaw in flaws(damaged.getvalue()))


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
@effort(max_examples=examples(12, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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

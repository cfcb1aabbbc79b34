"""PDF: archival, accessible, the same bytes for the same figures, and no glyph missing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from charter.errors import ReportError
from charter.report import week_facts
from charter.report.pdf import PdfPrinter
from charter.report.view import PAPER, department_view
from charter.report.view_models import ReportView
from charter.words import Words

from .builders import Scenario


@pytest.fixture(scope="module")
def view(usual: Scenario) -> ReportView:
    facts = next(
        item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == "branch-team"
    )
    return department_view(Words.load(usual.settings), usual.agency, facts, PAPER)


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


def test_a_text_that_the_font_cannot_show_is_refused(usual: Scenario, view: ReportView) -> None:
    with pytest.raises(ReportError, match="cannot be printed"):
        PdfPrinter(usual.settings).render(replace(view, headline="약속 \U0001f600"), usual.as_of)


def test_a_departments_report_has_three_pages_at_most(usual: Scenario, view: ReportView) -> None:
    pdf = PdfPrinter(usual.settings).render(view, usual.as_of)
    assert len(re.findall(rb"/Type ?/Page\b", pdf)) <= 3

"""A report as PDF/A-2a and PDF/UA-1 by typst: the same view gives the same bytes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime

import typst

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.report.render.charts.pictures import pictures_of_paper
from charter.report.render.fonts import families, fonts, printable
from charter.report.view.models import ReportView

_TEMPLATE = "report.typ"


class PdfPrinter:
    """Prints reports; one instance prints many, since the template is read and its parts are remembered."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.home / "reports" / "templates"
        # Typst would fetch packages it does not have; there are none, and nothing may be fetched.
        self._compiler = typst.Compiler(
            input=str(folder / _TEMPLATE),
            root=str(folder),
            font_paths=fonts(),
            ignore_system_fonts=True,
            package_path=os.devnull,
            package_cache_path=os.devnull,
        )

    def render(self, view: ReportView, as_of: datetime) -> bytes:
        """The report as PDF, created at ``as_of`` (aware). Raises ReportError.

        A character that no font has is printed as □.
        """
        try:
            pdf, warnings = self._compiler.compile_with_warnings(
                format="pdf",
                sys_inputs={
                    "view": json.dumps(_printable(asdict(view)), ensure_ascii=False),
                    "fonts": json.dumps(families(view.language)),
                    "start": view.start,
                    "pictures": json.dumps(pictures_of_paper(view)),
                },
                pdf_standards=["a-2a", "ua-1"],
                timestamp=as_of.astimezone(UTC),
            )
        except typst.TypstError as error:
            raise self._failed(view, error.diagnostic or error.message) from error
        if warnings or not isinstance(pdf, bytes):
            raise self._failed(view, "; ".join(warning.message for warning in warnings))
        return pdf

    def _failed(self, view: ReportView, why: str) -> ReportError:
        return ReportError(
            f"the PDF for {view.department}, {view.week} cannot be printed: {why.strip()}",
            where=f"reports/templates/{_TEMPLATE}",
            remedy="mend the template, or the text that it names",
        )


def _printable(value: object) -> object:
    """The same value with every text in it as the fonts can print it."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value

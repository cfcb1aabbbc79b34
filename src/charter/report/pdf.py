"""A report as PDF/A-2a and PDF/UA-1 by typst: the same view gives the same bytes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst

from charter.errors import ReportError
from charter.report.view_models import ReportView
from charter.settings import Settings

_TEMPLATE = "report.typ"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    # The package carries NanumGothic. Importing it would import matplotlib; only its folder is wanted.
    spec = find_spec("koreanize_matplotlib")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise ReportError(
            "the fonts for PDF reports are not installed",
            where="package koreanize-matplotlib",
            remedy="install the project's requirements",
        )
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[Path(folders[0]) / "fonts"]
    )


class PdfPrinter:
    """Prints reports; one instance prints many, since the template is read and its parts are remembered."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.home / "reports" / "templates"
        # Typst would fetch packages it does not have; there are none, and nothing may be fetched.
        self._compiler = typst.Compiler(
            input=str(folder / _TEMPLATE),
            root=str(folder),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            package_path=os.devnull,
            package_cache_path=os.devnull,
        )

    def render(self, view: ReportView, as_of: datetime) -> bytes:
        """The report as PDF, created at ``as_of`` (aware). Raises ReportError, also for a glyph the font lacks."""
        try:
            pdf, warnings = self._compiler.compile_with_warnings(
                format="pdf",
                sys_inputs={"view": json.dumps(asdict(view), ensure_ascii=False)},
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

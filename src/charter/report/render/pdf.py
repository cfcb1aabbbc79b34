"""A report as PDF/A-2a and PDF/UA-1 by typst: the same view gives the same bytes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from math import isfinite

import typst

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.report.render.charts.pictures import pictures_of_paper
from charter.report.render.fonts import families, fonts, printable
from charter.report.render.row_headers import with_row_headers
from charter.report.view.models import ReportView
from charter.report.view.publication import PublicationView

_TEMPLATE = "report.typ"
_PUBLICATION = "publication.typ"
# What a line has no place to end in, and would run out of the page. Typst itself breaks after a hyphen and a slash, so
# that names of figures stay whole; hashes fit.
_LONG = re.compile(r"(?![0-9a-f]{32,64}\b)[^\s/-]{24,}")
_EIGHT = re.compile(r"(?<=\S{8})(?=[^\W_])")
_MAY_BREAK = "\N{ZERO WIDTH SPACE}"


class PdfPrinter:
    """Prints reports; one instance prints many, since the template is read and its parts are remembered."""

    def __init__(self, settings: Settings) -> None:
        self._compiler = _compiler(settings, _TEMPLATE)

    def render(self, view: ReportView, as_of: datetime) -> bytes:
        """The report as PDF, created at ``as_of`` (aware). Raises ReportError.

        A character that no font has is printed as □.
        """
        inputs = {**_inputs(view), "start": view.start, "pictures": json.dumps(pictures_of_paper(view))}
        return _printed(self._compiler, _TEMPLATE, f"{view.department}, {view.week}", inputs, as_of)


def print_publication(settings: Settings, view: PublicationView, as_of: datetime) -> bytes:
    """The publication as PDF, as ``PdfPrinter.render``. Raises ReportError."""
    return _printed(_compiler(settings, _PUBLICATION), _PUBLICATION, view.title, _inputs(view), as_of)


def _compiler(settings: Settings, template: str) -> typst.Compiler:
    folder = settings.home / "reports" / "templates"
    # Typst would fetch packages it does not have; there are none, and nothing may be fetched.
    return typst.Compiler(
        input=str(folder / template),
        root=str(folder),
        font_paths=fonts(),
        ignore_system_fonts=True,
        package_path=os.devnull,
        package_cache_path=os.devnull,
    )


def _inputs(view: ReportView | PublicationView) -> dict[str, str]:
    return {
        "view": json.dumps(_printable(view), ensure_ascii=False, allow_nan=False),
        "fonts": json.dumps(families(view.language)),
    }


def _printed(compiler: typst.Compiler, template: str, what: str, inputs: dict[str, str], as_of: datetime) -> bytes:
    try:
        pdf, warnings = compiler.compile_with_warnings(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=as_of.astimezone(UTC),
        )
    except typst.TypstError as error:
        raise _failed(template, what, error.diagnostic or error.message) from error
    if warnings or not isinstance(pdf, bytes):
        raise _failed(template, what, "; ".join(warning.message for warning in warnings))
    return with_row_headers(pdf)


def _failed(template: str, what: str, why: str) -> ReportError:
    return ReportError(
        f"the PDF for {what} cannot be printed: {why.strip()}",
        where=f"reports/templates/{template}",
        remedy="mend the template, or the text that it names",
    )


def _breakable(text: str) -> str:
    return _LONG.sub(lambda found: _EIGHT.sub(_MAY_BREAK, found[0]), text)


def _printable(value: object) -> object:
    """The same value, what it holds by name, with every text in it as the fonts can print it."""
    if isinstance(value, str):
        return _breakable(printable(value))
    if isinstance(value, float) and not isfinite(value):
        # Nothing bounds it, as where a measured figure is missing: JSON has no word for that.
        return None
    if is_dataclass(value):
        return {field.name: _printable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value

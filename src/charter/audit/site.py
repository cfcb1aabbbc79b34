"""The audit's pages of the site, with the workbooks and data beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from charter.audit.matrix.build import matrix_json, matrix_of, matrix_workbook
from charter.audit.matrix.page import MatrixPage
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.warehouse import Warehouse, open_warehouse
from charter.report.site.editions import Edition
from charter.words import words_in


def write_audit_pages(settings: Settings, agency: Agency, as_of: datetime, head: str | None = None) -> list[Path]:
    """Writes the pages as of ``as_of`` (aware) in each of the agency's languages, and returns the files written.
    ``head`` is the hash of the night's seal, which every page prints.

    Files in a language that the agency speaks no more are removed. Raises ReportError.
    """
    languages = tuple(agency.charter.languages)
    written: list[Path] = []
    with open_warehouse(settings, as_of) as warehouse:
        for language in languages:
            edition = Edition(words_in(settings, agency, language), languages, head)
            written += _matrix(settings, agency, edition, warehouse)
    for path in [*settings.site_dir.glob("matrix.*.xlsx"), *settings.site_dir.glob("matrix.*.json")]:
        if path not in written:
            path.unlink()
    return written


def _matrix(settings: Settings, agency: Agency, edition: Edition, warehouse: Warehouse) -> Iterator[Path]:
    matrix = matrix_of(agency, edition, warehouse)
    stem = f"matrix{edition.ending.removesuffix('.html')}"
    files = {f"{stem}.xlsx": matrix_workbook(agency, edition, matrix), f"{stem}.json": matrix_json(matrix)}
    page = MatrixPage(settings, agency, edition, warehouse.run).html(matrix, *files)
    for name, content in {**files, f"{stem}.html": page.encode()}.items():
        path = settings.site_dir / name
        write_whole(path, content)
        yield path

"""The audit's pages of the site, with the workbooks and data beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from charter.audit.exceptions.forms import register_json, register_workbook
from charter.audit.exceptions.page import ExceptionsPage
from charter.audit.exceptions.read import read_register
from charter.audit.figures import FigurePages
from charter.audit.matrix.build import matrix_json, matrix_of, matrix_workbook
from charter.audit.matrix.page import MatrixPage
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.warehouse import Warehouse, open_warehouse
from charter.report.site.editions import Edition
from charter.report.site.sealed import SealedPages
from charter.words import words_in


def write_audit_pages(
    settings: Settings,
    agency: Agency,
    as_of: datetime,
    heads: Mapping[datetime, str] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> list[Path]:
    """Writes the pages as of ``as_of`` (aware) in each of the agency's languages, and returns the files written.
    ``heads`` are the hashes of nights' seals by as-of: every page prints that of its night. ``sealed`` is
    the sealed hash of each page by its place in the state folder.

    Files in a language that the agency speaks no more are removed. Raises ReportError.
    """
    languages = tuple(agency.charter.languages)
    written: list[Path] = []
    with open_warehouse(settings, as_of) as warehouse:
        editions = [Edition(words_in(settings, agency, language), languages, heads or {}) for language in languages]
        written += FigurePages(settings, agency, warehouse, editions).write(SealedPages(settings.var_dir, sealed))
        for edition in editions:
            written += _matrix(settings, agency, edition, warehouse)
            written += _exceptions(settings, agency, edition, warehouse)
    for path in settings.site_dir.glob("matrix/*.html"):
        if path not in written:
            path.unlink()
    for stem in ("matrix", "exceptions"):
        for path in [*settings.site_dir.glob(f"{stem}.*.xlsx"), *settings.site_dir.glob(f"{stem}.*.json")]:
            if path not in written:
                path.unlink()
    return written


def _matrix(settings: Settings, agency: Agency, edition: Edition, warehouse: Warehouse) -> Iterator[Path]:
    matrix = matrix_of(agency, edition, warehouse)
    stem = f"matrix{edition.ending.removesuffix('.html')}"
    files = {f"{stem}.xlsx": matrix_workbook(agency, edition, matrix), f"{stem}.json": matrix_json(matrix)}
    pages = MatrixPage(settings, agency, edition, warehouse.run).pages(matrix, *files)
    yield from _written(settings.site_dir, {**files, **{place: page.encode() for place, page in pages.items()}})


def _exceptions(settings: Settings, agency: Agency, edition: Edition, warehouse: Warehouse) -> Iterator[Path]:
    register = read_register(settings, agency, edition.words, warehouse)
    stem = f"exceptions{edition.ending.removesuffix('.html')}"
    files = {
        f"{stem}.xlsx": register_workbook(agency, edition.words, register),
        f"{stem}.json": register_json(register),
    }
    page = ExceptionsPage(settings, agency, edition, warehouse.run).html(register, *files)
    yield from _written(settings.site_dir, {**files, f"{stem}.html": page.encode()})


def _written(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    for name, content in files.items():
        path = folder / name
        write_whole(path, content)
        yield path

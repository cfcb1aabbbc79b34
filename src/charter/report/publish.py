"""Publishes a year: pages in each language and a table, written once. Other figures are a further revision.

publications/2026/r1/index.html      in the agency's own language; index.en.html … in its others
publications/2026/r1/charter-2026.pdf  the same on paper (PDF/A-2a); charter-2026.en.pdf …
publications/2026/r1/charter-2026.csv  the same figures
publications/2026/r1/figures.json    the same, as the next revision and the next year read them
publications/2026/draft/             of a year that has not ended; written anew each time
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from charter.base.errors import ReportError
from charter.base.languages import own_name
from charter.base.settings import Settings
from charter.definitions.models import Agency, ReportDefinition
from charter.report.declared import declared_report
from charter.report.facts.filed import unreadable, write_file
from charter.report.facts.publication import Publication, PublishedCounts, PublishedStandard, read_publication
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.pdf import print_publication
from charter.report.render.templates import fill, safe_style
from charter.report.view.publication import publication_view
from charter.words import Words, words_in

_FIGURES = "figures.json"
_COLUMNS = (
    "standard",
    "clause",
    "division",
    "year",
    "met",
    "breached",
    "n",
    "left_out",
    "target",
    "result",
    "agreed",
    "answered",
)


@dataclass(frozen=True)
class PublishedYear:
    """``revision`` is None of a draft. ``written`` are the files that were written now; none when the figures stand as
    they were published. ``changed`` are the standards (ids) that the revision corrects."""

    year: int
    revision: int | None
    folder: Path
    written: tuple[Path, ...]
    changed: tuple[str, ...]


def publish_year(settings: Settings, agency: Agency, year: int, *, draft: bool) -> PublishedYear:
    """Publishes ``year`` as the published night knows it; as a draft when ``draft`` is said.

    Raises ReportError when no publication is declared, the year has not ended (and no draft is asked for), or nothing
    was promised in it.
    """
    definition = declared_report(agency, "year")
    folder = settings.site_dir / "publications" / str(year)
    earlier = _published(folder)
    before = _published(folder.parent / str(year - 1))
    newest = earlier[-1] if earlier else None
    with open_warehouse(settings) as warehouse:
        told = read_publication(
            settings, agency, warehouse, year, definition.least_n, before[-1] if before else None, newest
        )
    if not told.standards:
        raise ReportError(
            f"nothing was promised in {year}",
            where="--year",
            remedy="name a year that the charter was in force in, and that had begun by the published night",
        )
    if told.is_draft and not draft:
        raise ReportError(
            f"the year {year} has not ended: the published night knows it up to {told.last_day}",
            where="--year",
            remedy="publish it when it has; charter publish --draft shows what it would be",
        )
    if draft:
        place = folder / "draft"
        return PublishedYear(year, None, place, tuple(_written(settings, agency, definition, told, place, 1, ())), ())
    if newest is not None and newest.fingerprint() == told.fingerprint():
        return PublishedYear(year, len(earlier), folder / f"r{len(earlier)}", (), ())
    revision, changed = len(earlier) + 1, _changed(newest, told)
    place = folder / f"r{revision}"
    written = tuple(_written(settings, agency, definition, told, place, revision, changed))
    return PublishedYear(year, revision, place, written, changed)


def _published(folder: Path) -> list[Publication]:
    """The revisions of a year on file, the first first. Raises ReportError."""
    found: list[Publication] = []
    while (path := folder / f"r{len(found) + 1}" / _FIGURES).exists():
        try:
            found.append(Publication.model_validate_json(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise unreadable(path) from error
    return found


def _changed(before: Publication | None, now: Publication) -> tuple[str, ...]:
    """The standards of which something is told that was not, or otherwise."""
    if before is None:
        return ()
    told = {each.id: each for each in before.standards}
    shown = {each.id: each for each in now.standards}
    return tuple(name for name in {**told, **shown} if told.get(name) != shown.get(name))


def _written(
    settings: Settings,
    agency: Agency,
    definition: ReportDefinition,
    told: Publication,
    folder: Path,
    revision: int,
    changed: Sequence[str],
) -> Iterator[Path]:
    own, table = agency.charter.language, f"charter-{told.year}.csv"
    names = {language: _page(language, own) for language in agency.charter.languages}
    for language, name in names.items():
        words = words_in(settings, agency, language)
        others = [(own_name(other), page) for other, page in names.items() if other != language]
        paper = name.replace("index", f"charter-{told.year}").replace(".html", ".pdf")
        view = publication_view(words, agency, definition, told, revision, changed, table, paper, others)
        html = fill(settings, "publication.html.j2", view=view, style=safe_style(settings, "site.css"))
        yield write_file(folder / name, html.encode())
        yield write_file(folder / view.pdf, print_publication(settings, view, told.as_of))
    # With a byte order mark, by which spreadsheets know Korean letters.
    yield write_file(folder / table, publication_csv(told, words_in(settings, agency, own)).encode("utf-8-sig"))
    # Last: a revision is on file once this is there.
    yield write_file(folder / _FIGURES, (told.model_dump_json(indent=1) + "\n").encode())


def _page(language: str, own: str) -> str:
    return "index.html" if language == own else f"index.{language}.html"


def publication_csv(told: Publication, words: Words) -> str:
    """The publication as a table: a row for each standard, and one for each of its divisions. What is left out is
    empty, and named under ``left_out``."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for each in told.standards:
        about = each.id, each.citation
        target = "" if each.target is None else f"{each.target:g}"
        rows.writerow([*about, "", told.year, *_cells(each.total), target, each.result or "", *_felt_cells(each)])
        for group in each.groups:
            name = words.pick(group.name) if group.name else words("publication.others")
            rows.writerow([*about, _plain(name), told.year, *_cells(group.counts), "", "", "", ""])
    return text.getvalue()


def _cells(counts: PublishedCounts) -> list[str]:
    values = counts.model_dump()
    left_out = " ".join(name for name, value in values.items() if value is None)
    return [*("" if value is None else str(value) for value in values.values()), left_out]


def _felt_cells(standard: PublishedStandard) -> list[str]:
    """How many customers agree, and how many answered; empty where nobody is asked, or it is left out."""
    if standard.felt is None:
        return ["", ""]
    return ["" if count is None else str(count) for count in (standard.felt.agreed, standard.felt.answered)]


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text

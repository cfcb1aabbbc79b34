"""The site: plain pages that open from disk, and link every published figure to what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from charter.assertions import build_suites
from charter.base.moments import last_ended_day
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.extract.night.fates import feed_fates
from charter.report.facts.department_week import department_weeks, whole_week
from charter.report.facts.filed import write_file, write_pages
from charter.report.facts.tables import load_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.templates import script, style
from charter.report.site.check_history import read_check_history
from charter.report.site.check_pages import CheckPages
from charter.report.site.checks import ChecksPage
from charter.report.site.departments import DepartmentPages
from charter.report.site.editions import Edition
from charter.report.site.facts import read_site
from charter.report.site.overview import OverviewPage
from charter.report.site.page import SiteFacts
from charter.report.site.record_facts import ClosedWeek, JudgedNight, closed_weeks, judged_nights
from charter.report.site.record_pages import RecordPages
from charter.report.site.sealed import SealedPages
from charter.report.site.search import SearchPage
from charter.report.site.sources import SourcesPage
from charter.report.site.standard import StandardPages
from charter.words import words_in


def build_site(
    settings: Settings,
    agency: Agency,
    as_of: datetime,
    heads: Mapping[datetime, str] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> list[Path]:
    """Writes ``var/site``: overview, checks, sources, a page per standard and check, and the permanent ones of
    nights and closed weeks, as of ``as_of`` (aware), in each of the agency's languages. ``heads`` are the hashes
    of nights' seals by as-of: every page prints that of its night. ``sealed`` is the sealed hash of each page by its
    place in the state folder.

    Departments' reports are linked as far as they have been rendered. Returns the files written; pages in a language
    that the agency speaks no more are removed. Raises ReportError.
    """
    tables = load_week(settings, agency, as_of)
    day = last_ended_day(as_of, agency.zone)
    with open_warehouse(settings, as_of) as warehouse:
        extra = read_site(warehouse, day, tables.week.start, agency.charter.language)
        histories = read_check_history(warehouse, agency.zone, day)
        nights = judged_nights(warehouse, agency.zone)
        weeks = closed_weeks(warehouse, nights, day)
        departments = {item.department.id: item for item in department_weeks(tables)}
        facts = SiteFacts(tables, extra, feed_fates(settings, agency, as_of), whole_week(tables), departments)
        languages = tuple(agency.charter.languages)
        seals = SealedPages(settings.var_dir, sealed)
        written = [
            write_file(settings.site_dir / "style.css", style(settings, "site.css").encode()),
            *(
                write_file(settings.site_dir / name, script(settings, name).encode())
                for name in ("filter.js", "search.js")
            ),
        ]
        for language in languages:
            edition = Edition(words_in(settings, agency, language), languages, heads or {})
            descriptions = _check_descriptions(agency, edition, day)
            written += write_pages(settings.site_dir, _pages(settings, facts, edition, descriptions))
            written += CheckPages(settings, facts, edition, descriptions).write(histories, seals)
            written += RecordPages(settings, facts, edition, descriptions).write(warehouse, nights, weeks, seals)
            written += _write_search(settings, SearchPage(settings, facts, edition, descriptions), nights, weeks)
    _remove_other_languages(settings.site_dir, written, languages)
    return written


def _check_descriptions(agency: Agency, edition: Edition, on: date) -> dict[tuple[str, str], str]:
    """What each check says in the edition's language, by suite and expectation: by the rules in force on ``on``.

    The results say it in the agency's own language; of that nothing is needed here.
    """
    if edition.is_own:
        return {}
    suites = build_suites(agency, edition.words, on)
    return {(suite.name, check.name): check.description for suite in suites for check in suite.checks}


def _remove_other_languages(folder: Path, written: Collection[Path], languages: Sequence[str]) -> None:
    for pattern in ("standards/*.*.html", "departments/*.*.html", "search-index.*.js"):
        for path in folder.glob(pattern):
            if path not in written:
                path.unlink()
    # Others write pages here, too, and a check's is left while it tells the same: a name tells the language.
    for path in [*folder.glob("*.*.html"), *folder.glob("checks/*/*.*.html")]:
        if path.name.split(".")[1] not in languages[1:]:
            path.unlink()


def _pages(
    settings: Settings, facts: SiteFacts, edition: Edition, descriptions: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, str]]:
    """The pages that are written every night, by their places."""
    ending = edition.ending
    given = (settings, facts, edition, descriptions)
    checks, standards = ChecksPage(*given), StandardPages(*given)
    yield f"index{ending}", OverviewPage(*given).html()
    yield f"expectations{ending}", checks.html()
    yield f"sources{ending}", SourcesPage(*given).html()
    yield from DepartmentPages(*given).all()
    for standard_id in facts.tables.standards:
        yield f"standards/{standard_id}{ending}", standards.html(standard_id, checks)


def _write_search(
    settings: Settings, search: SearchPage, nights: Sequence[JudgedNight], weeks: Sequence[ClosedWeek]
) -> Iterator[Path]:
    """After all others: it leads to the pages that there are."""
    folder = settings.site_dir
    yield write_file(folder / search.index_name, search.index(nights, weeks).encode())
    yield write_file(folder / f"search{search.edition.ending}", search.html().encode())

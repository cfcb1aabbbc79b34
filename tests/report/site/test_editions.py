"""The site in each language of the agency: every page in every one, and none that mixes them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from os.path import normpath
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from charter.assertions import build_suites
from charter.audit.site import write_audit_pages
from charter.base.languages import direction, own_name
from charter.definitions import Agency, load_agency
from charter.definitions.models import Recipient
from charter.report import build_site, render_week
from charter.report.site.permanent import is_permanent
from charter.words import Words
from tests.report.arabic import parcels_in_arabic
from tests.report.builders import HOME, MONDAY, SUNDAY, Scenario, usual_week
from tests.report.golden import check_golden
from tests.report.test_languages import below_north

PARCELS = HOME / "tests" / "agencies" / "parcels"
CATALOGUES = HOME / "reports" / "words"
STANDARD = "delivered-in-48-hours"
LANGUAGES = ("de", "ko", "en", "ar")
CHECK = f"checks/thresholds/{STANDARD}--week"
PAGES = (
    *("index", "expectations", "sources", "record", "matrix", "exceptions", "search", "departments/south"),
    *(f"standards/{STANDARD}", CHECK),
)
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


class Page(HTMLParser):
    """What a reader of a page sees, but for the links to other languages and for codes; and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[dict[str, str | None]] = []
        self.root: dict[str, str | None] = {}
        self._unread: list[str] = []
        self.feed(html)

    @property
    def switch(self) -> dict[str | None, str | None]:
        """Language → the same page in it, by the links that name one."""
        return {link["hreflang"]: link["href"] for link in self.links if "hreflang" in link}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.root = values
        if tag == "a":
            self.links.append(values)
        if self._unread or tag == "code" or values.get("class") == "languages":
            self._unread += [tag] if tag not in ("br", "meta", "link") else []

    def handle_endtag(self, tag: str) -> None:
        if self._unread:
            self._unread.pop()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.text += f"{data}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parcel service, which speaks Arabic, too, from a catalogue of its own."""
    return parcels_in_arabic(tmp_path_factory.mktemp("charters"))


def words_in(folder: Path, language: str) -> Words:
    return Words.load(Scenario(folder / "var", charter_dir=folder).settings, language, LANGUAGES)


def parcels_week(var: Path, folder: Path, agency: Agency | None = None) -> Scenario:
    """A week of two depots with a breach, a silent day, refused rows, and every check that the agency has."""
    week = Scenario(var, agency=agency or load_agency(folder), charter_dir=folder)
    week.many_met(STANDARD, "south", 1203)
    week.commitment(*(STANDARD, "south", "P-17", "breached"), opened="2026-06-30 11:00", due="2026-07-02 11:00")
    week.commitment(*(STANDARD, "north", "P-20", "pending"), opened="2026-07-05 11:00", due="2026-07-07 11:00")
    week.earlier_weeks(STANDARD, "south", [(1100, 9), (1090, 12), (1150, 7)])
    week.no_data(STANDARD, "depots", SUNDAY, reason="stale")
    week.fates = [("depots", "scans", "orphan", None, None, "refers_to:parcel_id", 3, 0, None, "S-1")]
    for suite in build_suites(week.agency, Words.load(week.settings, week.agency.charter.language, LANGUAGES)):
        for check in suite.checks:
            about = (suite.name, check.name, suite.kind, check.standard_id, suite.table_name, check.source_id)
            judged = (check.description, check.severity, 7, 0, "kept", None, None)
            week.expectations.append((*about, "week", MONDAY, SUNDAY, *judged))
    return week.build()


@pytest.fixture(scope="module")
def site(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    week = parcels_week(tmp_path_factory.mktemp("state") / "var", folder)
    return written(week)


def written(week: Scenario) -> dict[str, str]:
    """Every page by its place."""
    made = build_site(week.settings, week.agency, week.as_of)
    made += write_audit_pages(week.settings, week.agency, week.as_of)
    return {
        path.relative_to(week.settings.site_dir).as_posix(): path.read_text(encoding="utf-8")
        for path in made
        if path.suffix == ".html"
    }


def name_of(page: str, language: str) -> str:
    return f"{page}.html" if language == LANGUAGES[0] else f"{page}.{language}.html"


def test_every_page_is_there_in_every_language_the_agencys_own_where_it_was(site: dict[str, str]) -> None:
    others = ("departments/", "checks/", "matrix/", "nights/", "weeks/", "figures/")
    stems = {*PAGES, *(name.partition(".")[0] for name in site if name.startswith(others))}
    assert set(site) == {name_of(page, language) for page in stems for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_itself_in_every_other_language(site: dict[str, str], page: str, language: str) -> None:
    text = site[name_of(page, language)]
    stem = page.rpartition("/")[2]
    assert Page(text).switch == {other: name_of(stem, other) for other in LANGUAGES if other != language}
    assert f'<b lang="{language}" aria-current="page">{own_name(language)}</b>' in text
    for other in LANGUAGES:
        assert f">{own_name(other)}</" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_its_language_and_how_it_is_read(site: dict[str, str], language: str) -> None:
    for page in PAGES:
        root = Page(site[name_of(page, language)]).root
        assert root == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_pages_in_the_same_language(site: dict[str, str], language: str) -> None:
    for page in PAGES:
        links = [link for link in Page(site[name_of(page, language)]).links if "hreflang" not in link]
        own = [str(link["href"]).partition("#")[0] for link in links if ".html" in str(link["href"])]
        assert own
        for link in own:
            target = normpath(Path(page).parent / link)
            assert target in site
            assert target == name_of(target.partition(".")[0], language)


def sentences(texts: dict[str, str]) -> set[str]:
    """The parts of a catalogue's texts that stand as they are."""
    literals = {literal.strip() for text in texts.values() for literal, *_ in Formatter().parse(text)}
    # A single word of ASCII may be a column's name.
    return {literal for literal in literals if len(literal) >= 6 and (" " in literal or not literal.isascii())}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_holds_a_sentence_of_another_language(site: dict[str, str], folder: Path, language: str) -> None:
    own = "\n".join(words_in(folder, language).texts.values())
    shown = {page: Page(site[name_of(page, language)]).text for page in PAGES}
    for other in LANGUAGES:
        if other == language:
            continue
        foreign = {each for each in sentences(dict(words_in(folder, other).texts)) if each not in own}
        assert foreign
        foreign |= {text.root[other] for text in _texts_of(folder)} - {
            text.root[language] for text in _texts_of(folder)
        }
        for page, text in shown.items():
            assert [each for each in foreign if each in text] == [], (page, other)
    if language != "ko":
        assert not any(HANGUL.search(text) for text in shown.values())


def _texts_of(folder: Path) -> list[Any]:
    agency = load_agency(folder)
    (standard,) = agency.charter.standards
    names = [department.name for department in agency.organisation.departments]
    return [standard.text, standard.rules[0].threshold, agency.sources[0].text, *names]


def test_figures_and_days_are_written_as_the_language_does(site: dict[str, str]) -> None:
    assert "1.203/1.204" in site["index.html"]
    assert "1,203/1,204" in site["index.en.html"]
    assert "5. Juli 2026" in site["index.html"]
    assert "5 Jul 2026" in site["index.en.html"]
    assert "2026. 7. 5." in site["index.ko.html"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "parcel_id: "),
        ("en", "parcel_id: no value stands there twice"),
        ("ko", "parcel_id: "),
    ],
)
def test_checks_say_what_they_check_in_the_language_of_the_page(
    site: dict[str, str], folder: Path, language: str, said: str
) -> None:
    page = Page(site[name_of("expectations", language)]).text
    suites = build_suites(load_agency(folder), words_in(folder, language))
    unique = next(check for suite in suites for check in suite.checks if check.name == "parcel_id/unique")
    assert unique.description.startswith(said)
    assert unique.description in page


def test_a_check_that_the_charter_has_no_more_is_reported_as_it_was_and_in_which_language(
    tmp_path: Path, folder: Path
) -> None:
    week = parcels_week(tmp_path / "var", folder)
    week.check("gone", "threshold", "kept", evaluated=1, unexpected=0)
    page = written(week.build())["expectations.en.html"]
    assert "점검 내용: gone [German]" in unescape(page)


def test_a_report_that_is_on_file_in_the_language_is_linked_in_it_and_another_named_as_what_it_is(
    tmp_path: Path, folder: Path
) -> None:
    reader = Recipient(name="Head", address="head@parcels.example", language="en")
    week = parcels_week(tmp_path / "var", folder, below_north(load_agency(folder), recipients=[reader]))
    render_week(week.settings, week.agency, week.as_of)
    pages = written(week)
    place = "reports/2026-W27"
    assert f'<a href="../{place}/south/r1/report.en.html">web<' in pages["departments/south.en.html"]
    assert f'<a href="../{place}/north/r1/report.html">web [German]<' in pages["departments/north.en.html"]
    assert f'{place}/south/r1/report.html">' in pages["departments/south.html"]
    for name, text in pages.items():
        for link in Page(text).links:
            path = str(link["href"]).partition("#")[0]
            assert (week.settings.site_dir / name).parent.joinpath(path).exists(), (name, path)


# ── one language ────────────────────────────────────────────────────────────────────────────────


def speaking(agency: Agency, *languages: str) -> Agency:
    return agency.model_copy(update={"charter": agency.charter.model_copy(update={"languages": list(languages)})})


def test_where_the_agency_has_one_language_nothing_is_to_be_switched(tmp_path: Path) -> None:
    """The golden page is that of the site before it had languages."""
    week = usual_week(tmp_path / "var")
    week.settings.demo_dir.mkdir()
    (week.settings.demo_dir / "README.md").write_text("synthetic")
    render_week(week.settings, week.agency, week.as_of)
    week.agency = speaking(week.agency, "ko")
    pages = written(week)
    assert not any("." in Path(name).stem for name in pages)
    check_golden("index.one-language.html", pages["index.html"])


def test_a_single_language_that_is_read_from_the_right_says_so(tmp_path: Path, folder: Path) -> None:
    week = parcels_week(tmp_path / "var", folder, speaking(load_agency(folder), "ar"))
    assert {tuple(Page(text).root.items()) for text in written(week).values()} == {(("lang", "ar"), ("dir", "rtl"))}


def test_pages_in_a_language_that_the_agency_speaks_no_more_are_removed(tmp_path: Path, folder: Path) -> None:
    week = parcels_week(tmp_path / "var", folder)
    written(week)
    week.agency = speaking(week.agency, "de", "en")
    pages = written(week)
    folder = week.settings.site_dir
    # What never changes stays in the languages that it was written in.
    changing = [path for path in folder.rglob("*.html") if not is_permanent(folder, path)]
    assert {path.relative_to(folder).as_posix() for path in changing} == set(pages)
    assert {name.removesuffix(".html").partition(".")[2] for name in pages} == {"", "en"}


# ── KOTRA ───────────────────────────────────────────────────────────────────────────────────────


def test_the_first_agencys_english_pages_hold_no_hangul_but_places_in_its_charter(tmp_path: Path) -> None:
    week = usual_week(tmp_path / "var")
    week.expectations.clear()
    citations = {standard.citation for standard in week.agency.charter.standards}
    pages = {name: text for name, text in written(week.build()).items() if name.endswith(".en.html")}
    others = ("nights/", "weeks/", "figures/", "departments/", "matrix/")
    assert len([name for name in pages if not name.startswith(others)]) == 7 + len(citations)
    # Who approved something, and why, stands as it was written.
    written_once = [reason for _, reason, _ in week.waivers] + [who for *_, who in week.waivers]
    written_once += [rule.approver for rule in week.agency.charter.exclusions.values()]
    for name, text in pages.items():
        seen = Page(text).text
        for each in written_once if name.startswith(("exceptions.", "figures/")) else ():
            seen = seen.replace(each, "")
        if name.startswith("figures/"):
            seen = re.sub("Charter, (.*?): ", "", seen)
        lines = {line.strip() for line in seen.splitlines()}
        assert {line for line in lines if HANGUL.search(line)} <= citations, name


@pytest.mark.parametrize(
    ("language", "read", "name"), [("ar", "rtl", "العربية"), ("ko", "ltr", "한국어"), ("fr", "ltr", "Français")]
)
def test_how_a_language_is_read_and_what_it_calls_itself(language: str, read: str, name: str) -> None:
    assert (direction(language), own_name(language)) == (read, name)

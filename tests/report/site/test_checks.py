"""The page of the checks is short, leads to each check, and says first what needs a look; each check has its own."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from charter.assertions import build_suites
from charter.base.moments import naive_utc, parse_as_of
from charter.report import build_site
from charter.report.site.checks import check_page
from charter.words import own_words
from tests.report.builders import HOME, SUNDAY, Scenario, usual_week

CHROMIUM = shutil.which("chromium")
PAGE = "checks/thresholds/phone-answer--day.html"


class Nights:
    """The nights of one check before the usual week's Sunday: outcomes, the earliest first; None for no night."""

    def __init__(self, folder: Path) -> None:
        self.week = usual_week(folder / "var")
        self.week.expectations.clear()

    def lived(
        self, *outcomes: str | None, until: date = SUNDAY, ids: tuple[str, ...] = (), unexpected: int = 1
    ) -> Nights:
        self.week.as_of_day = until
        self.week.build()
        first = until - timedelta(days=len(outcomes) - 1)
        with duckdb.connect(str(self.week.settings.warehouse)) as writer:
            for number, outcome in enumerate(outcomes):
                if outcome is not None:
                    self._judge(writer, first + timedelta(days=number), outcome, ids, unexpected)
        return self

    def _judge(
        self, writer: duckdb.DuckDBPyConnection, day: date, outcome: str, ids: tuple[str, ...], unexpected: int
    ) -> None:
        as_of = naive_utc(parse_as_of(day.isoformat(), self.week.agency.zone))
        about = (
            "thresholds",
            "phone-answer/day",
            "threshold",
            "phone-answer",
            "fct_commitments",
            None,
            "day",
            day,
            day,
        )
        failed = unexpected if outcome == "broken" else 0
        found = ("점검 내용", "critical", 30, failed, outcome, None, list(ids) if outcome == "broken" else None)
        places = ", ".join("?" * 17)
        writer.execute(f"INSERT INTO marts.expectation_results VALUES ({places})", [as_of, *about, *found])

    def built(self, sealed: dict[str, str] | None = None) -> list[str]:
        folder = self.week.settings.site_dir
        made = build_site(self.week.settings, self.week.agency, self.week.as_of, sealed=sealed)
        return [path.relative_to(folder).as_posix() for path in made]

    def page(self, name: str = PAGE) -> str:
        return (self.week.settings.site_dir / name).read_text(encoding="utf-8")


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


@pytest.fixture(scope="module")
def usual_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    week: Scenario = usual_week(tmp_path_factory.mktemp("checks") / "var")
    build_site(week.settings, week.agency, week.as_of)
    yield (week.settings.site_dir / "expectations.html").read_text(encoding="utf-8")


def squares(page: str) -> list[str]:
    """The nights' squares in the order of the page, by style."""
    return re.findall(r'class="square (\w+)"', page)


def test_what_needs_a_look_stands_before_all_that_is_folded(usual_page: str) -> None:
    before, _, folded = usual_page.partition('<section class="checks">')
    assert 'id="broken"' in before
    assert 'id="check_error"' in before
    assert "<details" not in before
    assert "data-outcome" not in re.sub(r"<details.*?</details>", "", folded, flags=re.DOTALL), "every check is folded"


def test_there_is_a_way_to_the_checks_of_each_standard_without_a_script(usual_page: str) -> None:
    assert 'id="standard-branch-first-reply"' in usual_page
    assert re.search(r'<form id="filter" class="filter" hidden>', usual_page), "the script shows what needs it"


def test_every_check_has_a_name_of_its_own() -> None:
    week = Scenario(Path("nowhere"))
    suites = build_suites(week.agency, own_words(week.settings, week.agency))
    pages = [check_page(suite.name, check.name).lower() for suite in suites for check in suite.checks]
    assert len(set(pages)) == len(pages) > 400
    assert not any("." in page for page in pages), "what follows a dot is a language"


def test_a_checks_page_shows_each_night_and_the_gaps(nights: Nights) -> None:
    nights.lived("kept", "broken", None, "no_data", "kept").built()
    page = nights.page()
    assert squares(page) == ["kept", "broken", "gap", "no_data", "kept"]
    assert 'title="7. 2.(목): 미충족"' in page
    assert 'title="7. 3.(금): 점검하지 않은 밤"' in page
    assert 'href="../../standards/phone-answer.html"' in page


def test_what_is_older_than_a_quarter_is_counted_by_month(nights: Nights) -> None:
    nights.lived(*["kept"] * 99, "broken").built()
    page = nights.page()
    assert len(squares(page)) == 13 * 7
    assert '<th scope="row">2026년 4월</th>' in page or '<th scope="row">2026년 3월</th>' in page


def test_the_cases_of_the_newest_broken_night_are_named_and_counted(nights: Nights) -> None:
    nights.lived(
        "broken", "kept", "kept", ids=("phone-answer/call/C-1", "phone-answer/call/C-2"), unexpected=30
    ).built()
    page = nights.page()
    assert "2026. 7. 3." in page
    assert "phone-answer/call/C-2" in page
    assert "30건 가운데 처음 2건" in page


def test_a_page_that_would_tell_the_same_is_not_written_again(nights: Nights) -> None:
    nights.lived("kept", "kept")
    assert PAGE in nights.built()
    assert PAGE not in nights.built()
    nights.lived("broken", "kept")
    assert PAGE in nights.built(), "an earlier night was judged anew"


def test_a_page_that_is_not_as_it_was_sealed_is_written_again(nights: Nights) -> None:
    made = nights.lived("kept").built()
    folder = nights.week.settings.site_dir
    sealed = {f"site/{name}": hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in made}
    assert PAGE not in nights.built(sealed)
    (folder / PAGE).write_text(nights.page().replace("kept", "broken"), encoding="utf-8")
    assert PAGE in nights.built(sealed), "it was altered"
    assert PAGE in nights.built({name: sealed[name] for name in sealed if PAGE not in name}), "its run was cut short"


@pytest.mark.parametrize(
    ("tuesday", "is_written"), [("kept", False), ("nothing_due", False), ("broken", True), ("no_data", True)]
)
def test_within_a_week_a_page_is_written_when_something_has_changed(
    nights: Nights, tuesday: str, is_written: bool
) -> None:
    nights.lived("kept", "kept", until=date(2026, 6, 29)).built()
    nights.lived("kept", "kept", tuesday, until=date(2026, 6, 30))
    assert (PAGE in nights.built()) is is_written


def test_pages_in_a_language_that_is_spoken_no_more_are_removed(nights: Nights) -> None:
    nights.lived("kept").built()
    folder = nights.week.settings.site_dir
    other = folder / "checks" / "thresholds" / "phone-answer--day.fr.html"
    other.write_text("bonjour")
    (folder / "exceptions.fr.html").write_text("of another room, in French")
    (folder / "exceptions.en.html").write_text("of another room, written before")
    nights.built()
    assert not other.exists()
    assert not (folder / "exceptions.fr.html").exists()
    assert (folder / "exceptions.en.html").exists()
    assert (folder / PAGE).exists()
    assert (folder / "checks" / "thresholds" / "phone-answer--day.en.html").exists()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
@pytest.mark.parametrize(
    ("wanted", "shown"), [("outcome=broken", {"broken"}), ("outcome=broken&standard=info-website", set())]
)
def test_the_filter_shows_what_was_asked_for_and_nothing_else(
    usual_page: str, tmp_path: Path, wanted: str, shown: set[str]
) -> None:
    assert CHROMIUM is not None
    (tmp_path / "expectations.html").write_text(usual_page, encoding="utf-8")
    shutil.copy(HOME / "reports" / "scripts" / "filter.js", tmp_path)
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
    address = f"{(tmp_path / 'expectations.html').as_uri()}#?{wanted}"
    seen = subprocess.run([CHROMIUM, *flags, "--dump-dom", address], capture_output=True, timeout=60, check=True)
    rows = re.findall(r'<li id="[^"]*" data-outcome="(\w+)"([^>]*)>', seen.stdout.decode())
    assert {outcome for outcome, rest in rows if "hidden" not in rest} == shown

"""Great Expectations' own pages of a night open without a network, call nobody, and are made in seconds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from charter.assertions.data_docs import write_data_docs
from charter.base.errors import CheckError
from charter.base.settings import Settings

from .builders import AS_OF, Warehouse, run, settings_in, small_agency

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A state in which one night was judged: a promise broken, a row with a wrong code, all else kept."""
    settings = settings_in(tmp_path_factory.mktemp("docs"))
    calls = Warehouse(small_agency("phone-answer"))
    calls.promise("phone-answer", 3)
    calls.break_promise("phone-answer")
    calls.arrive("calls", direction="kim@example.org")
    run(settings, calls)
    return settings


@pytest.fixture(scope="module")
def pages(kept: Settings) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in write_data_docs(kept, AS_OF)}


def test_every_suite_has_its_page_with_what_was_found(pages: dict[str, str]) -> None:
    assert {"index.html", "thresholds.html", "contract_calls.html", "agreement_status.html"} <= set(pages)
    assert "1 unexpected values found. 25% of 4 total rows." in re.sub(r"\s+", " ", pages["thresholds.html"])
    assert "20260705T150000Z" in pages["index.html"]


def test_no_page_holds_an_address_of_anybody_or_a_script(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        assert not re.search(r"https?:|<script|url\(|@import|\son\w+=", text), name


def test_every_link_and_style_sheet_is_there(kept: Settings, pages: dict[str, str]) -> None:
    folder = kept.site_dir / "data-docs"
    for text in pages.values():
        for link in re.findall(r'(?:src|href)="([^"#]+)', text):
            assert link == "../expectations.html" or (folder / link).exists(), link


def test_no_value_of_a_row_is_in_a_page(pages: dict[str, str]) -> None:
    assert not [name for name, text in pages.items() if "kim@example.org" in text]


def test_the_same_night_gives_the_same_pages_and_no_others_stay(kept: Settings, pages: dict[str, str]) -> None:
    gone = kept.site_dir / "data-docs" / "contract_gone.html"
    gone.write_text("of a suite that is no more")
    again = {path.name: path.read_text(encoding="utf-8") for path in write_data_docs(kept, AS_OF)}
    assert again == pages
    assert not gone.exists()


def test_a_night_of_which_nothing_is_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="no validation of the night 20260705T150000Z is kept"):
        write_data_docs(settings_in(tmp_path), AS_OF)


def asked_for(page: Path, folder: Path) -> set[str]:
    """What a page has a browser ask for that has no network; what the browser asks for by itself is not the page's."""
    assert CHROMIUM is not None
    log = folder / "network.json"
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    command = [CHROMIUM, *flags, f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += [f"--log-net-log={log}", "--dump-dom", page.as_uri()]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    told = (event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"])
    return {each["url"] for each in told if each.get("initiator", "not an origin") != "not an origin"}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
def test_a_browser_without_a_network_asks_nobody_for_anything(
    kept: Settings, pages: dict[str, str], tmp_path: Path
) -> None:
    tracking = tmp_path / "tracking.html"
    tracking.write_text('<link rel="stylesheet" href="https://a.example/a.css"><img src="https://b.example/p.png">')
    assert asked_for(tracking, tmp_path) == {"https://a.example/a.css", "https://b.example/p.png"}
    for name in ("index.html", "thresholds.html"):
        assert asked_for(kept.site_dir / "data-docs" / name, tmp_path) == set()
    assert pages

"""Every type of page meets WCAG 2.2 AA as far as axe-core can tell, in light and in dark, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from charter.audit.site import write_audit_pages
from charter.report import build_site, render_week
from tests.report.builders import usual_week
from tests.tooling.browser import REMEDY, browser, chromium
from tests.tooling.look import pages

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium() is None, reason=REMEDY)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    week = usual_week(tmp_path_factory.mktemp("site") / "var")
    render_week(week.settings, week.agency, week.as_of)
    build_site(week.settings, week.agency, week.as_of)
    write_audit_pages(week.settings, week.agency, week.as_of)
    return week.settings.site_dir


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(site: Path, started: Browser, scheme: str, width: int) -> None:
    context = started.new_context(viewport={"width": width, "height": 812}, color_scheme=scheme)  # type: ignore[arg-type]
    view, found = context.new_page(), []
    for page in pages(site):
        # A mail has no landmarks, and mail programs make its frame.
        if page.name.startswith(("mail", "digest")):
            continue
        view.goto(page.as_uri())
        violations = Axe().run(view, options={"runOnly": RULES}).response["violations"]
        found += [(page.name, each["id"], each["nodes"][0]["html"]) for each in violations]
        wide = view.evaluate("document.documentElement.scrollWidth")
        found += [(page.name, "wider than the screen", wide)] if wide > width else []
    context.close()
    assert found == []


def test_searching_works_from_a_folder(site: Path, started: Browser) -> None:
    view = started.new_page()
    view.goto(f"{(site / 'index.html').as_uri()}")
    view.fill("input[type=search]", "지사화팀")
    view.keyboard.press("Enter")
    view.wait_for_selector("#results a")
    assert "departments/branch-team.html" in (view.get_attribute("#results a", "href") or "")
    view.close()

"""What was said of a night or a week stays byte for byte; what is known otherwise later is a new page."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from charter.evidence import generate_signing_key, seal_pages, verify
from charter.report import build_site
from charter.report.site import record_pages
from charter.report.site.permanent import is_permanent, newest_page, write_once
from tests.report.builders import SUNDAY
from tests.report.site.test_checks import Nights

NIGHT = "nights/2026-07-05"
WEEK = "weeks/2026-W27"


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def permanent(nights: Nights) -> dict[str, bytes]:
    folder = nights.week.settings.site_dir
    files = (path for path in folder.rglob("*.html") if is_permanent(folder, path))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def change(nights: Nights, statement: str) -> None:
    with duckdb.connect(str(nights.week.settings.warehouse)) as writer:
        writer.execute(statement)


def test_a_night_has_a_page_in_each_language_that_tells_every_standard_and_source(nights: Nights) -> None:
    nights.lived("broken").built()
    page = nights.page(f"{NIGHT}/index.html")
    assert "2026. 7. 5. 밤의 판정" in page
    assert "미충족" in page
    assert "1/30" in page
    assert "charter checks show 2026-07-05" in page
    assert "The night after" in nights.page(f"{NIGHT}/index.en.html")


def test_the_same_night_again_writes_nothing(nights: Nights) -> None:
    nights.lived("kept", "broken").built()
    before = permanent(nights)
    made = nights.built()
    assert permanent(nights) == before
    assert not [name for name in made if name.startswith(("nights/", "weeks/"))]


def test_a_night_that_was_judged_anew_is_a_new_page_that_links_back(nights: Nights) -> None:
    nights.lived("kept").built()
    before = permanent(nights)
    nights.lived("broken").built()
    after = permanent(nights)
    assert {name: after[name] for name in before} == before
    again = after[f"{NIGHT}/r2/index.html"].decode()
    assert 'href="../index.html"' in again
    assert 'href="../../../style.css"' in again
    nights.lived("no_data").built()
    assert 'href="../r2/index.html"' in nights.page(f"{NIGHT}/r3/index.html")
    assert permanent(nights)[f"{NIGHT}/r2/index.html"].decode() == again


def test_other_words_of_a_later_release_are_no_other_figures(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.lived("kept").built()
    before = permanent(nights)
    monkeypatch.setattr(record_pages.RecordPages, "_counts", lambda *_: "worded otherwise")
    nights.built()
    assert permanent(nights) == before


def test_a_closed_week_has_a_page_and_one_that_is_restated_another(nights: Nights) -> None:
    nights.lived("kept").built()
    assert "2026년 27주차" in nights.page(f"{WEEK}/index.html")
    assert f'href="../../{NIGHT}/index.html"' in nights.page(f"{WEEK}/index.html")
    before = permanent(nights)
    nights.built()
    assert permanent(nights) == before
    change(
        nights,
        "UPDATE marts.standard_results SET breached = breached + 1"
        " WHERE period_kind = 'week' AND department_id IS NULL AND period_start = DATE '2026-06-29'",
    )
    nights.built()
    assert set(permanent(nights)) - set(before) == {f"{WEEK}/r2/index.html", f"{WEEK}/r2/index.en.html"}


def test_a_week_that_has_not_ended_has_no_page(nights: Nights) -> None:
    nights.lived("kept", until=date(2026, 7, 3)).built()
    assert not any(name.startswith(WEEK) for name in permanent(nights))
    assert "nights/2026-07-03/index.html" in permanent(nights)


def test_a_long_history_is_written_a_month_a_night_the_newest_first(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_pages, "MOST_PAGES", 3)
    nights.lived(*["kept"] * 5)
    nights.built()
    first = {name for name in permanent(nights) if name.startswith("nights/") and name.endswith("/index.html")}
    assert first == {f"nights/2026-07-0{day}/index.html" for day in (5, 4, 3)}
    nights.built()
    assert "nights/2026-07-01/index.html" in permanent(nights)


def test_the_record_leads_to_every_page_in_its_newest_writing(nights: Nights) -> None:
    nights.lived("kept").built()
    nights.lived("broken").built()
    record = nights.page("record.html")
    assert f'href="{NIGHT}/r2/index.html"' in record
    assert f'href="{WEEK}/r2/index.html"' in record, "its night was judged anew"


def test_a_page_is_written_once_for_its_figures(tmp_path: Path) -> None:
    def write(text: str) -> list[Path]:
        figures = text * 64
        page = f'<meta name="figures" content="{figures}">'
        return list(write_once(tmp_path, ".html", figures, lambda _: page, lambda _: True))

    assert write("a") == [tmp_path / "index.html"]
    assert write("a") == []
    assert write("b") == [tmp_path / "r2" / "index.html"]
    assert write("a") == [tmp_path / "r3" / "index.html"]
    assert newest_page(tmp_path, ".html") == tmp_path / "r3" / "index.html"


def test_a_page_that_was_never_sealed_is_given_again_only_as_it_would_be_written(tmp_path: Path) -> None:
    figures = "a" * 64
    page = f'<meta name="figures" content="{figures}">'

    def unsealed() -> list[Path]:
        return list(write_once(tmp_path, ".html", figures, lambda _: page, lambda _: False))

    assert unsealed() == unsealed() == [tmp_path / "index.html"]
    (tmp_path / "index.html").write_text(f"{page} put in")
    assert unsealed() == []


@pytest.mark.parametrize("damage", ["altered", "deleted"])
def test_a_permanent_page_that_was_tampered_with_is_named_also_after_the_next_night(
    nights: Nights, damage: str
) -> None:
    week = nights.week
    settings = type(week.settings)(
        home=week.settings.home,
        charter_dir=week.charter_dir,
        var_dir=week.folder,
        environment={"CHARTER_SIGNING_KEY": generate_signing_key().decode()},
    )

    def night(*outcomes: str, until: date) -> None:
        nights.lived(*outcomes, until=until)
        seal_pages(settings, ("kotra", "1"), week.as_of, build_site(week.settings, week.agency, week.as_of))

    night("kept", until=SUNDAY)
    page = week.settings.site_dir / NIGHT / "index.html"
    if damage == "altered":
        page.write_text(page.read_text(encoding="utf-8").replace("충족", "미충족"), encoding="utf-8")
    else:
        page.unlink()
    # What is known otherwise since would be written where the page that is gone had been.
    night("kept" if damage == "altered" else "broken", "kept", until=SUNDAY + timedelta(days=1))
    found = [problem.where for problem in verify(settings).altered if problem.where.endswith(f"{NIGHT}/index.html")]
    assert found == [str(page)]

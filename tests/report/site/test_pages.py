"""The site: opens from disk, links what exists, says what it does not know."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from charter.audit.site import write_audit_pages
from charter.definitions.models import Words
from charter.extract import FeedReceipt, SourceReceipt
from charter.lake.receipts import LeftOutRows, WithheldDeletions, receipt_path, to_json
from charter.report import build_site, render_week
from tests.report.builders import Scenario, usual_week
from tests.report.golden import check_golden
from tests.report.render.test_mail import Outline


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every page of the usual week's site by its place, built after its reports."""
    scenario = usual_week(tmp_path_factory.mktemp("site") / "var")
    scenario.settings.demo_dir.mkdir()
    (scenario.settings.demo_dir / "README.md").write_text("synthetic")
    render_week(scenario.settings, scenario.agency, scenario.as_of)
    folder = scenario.settings.site_dir
    made = build_site(scenario.settings, scenario.agency, scenario.as_of)
    made += write_audit_pages(scenario.settings, scenario.agency, scenario.as_of)
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in made if path.suffix == ".html"
    }
    found["folder"] = str(folder)
    return found


def html_pages(pages: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in pages.items() if name.endswith(".html")}


def test_the_first_page_as_people_see_it(pages: dict[str, str]) -> None:
    check_golden("index.html", pages["index.html"])


def test_there_is_a_page_for_every_standard(pages: dict[str, str]) -> None:
    assert sum(name.startswith("standards/") for name in pages) == 36 * 2, "in Korean and in English"


def test_every_link_opens_something(pages: dict[str, str]) -> None:
    folder = Path(pages["folder"])
    broken = []
    for name, text in html_pages(pages).items():
        for link in Outline(text).links:
            path, _, fragment = link.partition("#")
            target = (folder / name).parent / unquote(path) if path else folder / name
            # A web server serves the site's folder alone, under whatever path.
            if (
                not target.resolve().is_relative_to(folder.resolve())
                or not target.exists()
                or (fragment and f'id="{fragment}"' not in target.read_text(encoding="utf-8"))
            ):
                broken.append((name, link))
    assert broken == []


def test_no_page_calls_the_network(pages: dict[str, str]) -> None:
    for text in html_pages(pages).values():
        own = re.sub(r'<script src="(\.\./)*(filter|search|search-index(\.\w+)?)\.js" defer></script>', "", text)
        own = own.replace('="http://www.w3.org/', "")
        assert not re.search(r"https?:|src=|url\(|@import|<script", own)
    assert not re.search(r"https?:|url\(|@import", (Path(pages["folder"]) / "style.css").read_text(encoding="utf-8"))


def test_every_page_can_be_read_aloud(pages: dict[str, str]) -> None:
    for name, text in html_pages(pages).items():
        outline = Outline(text)
        assert outline.language == ("en" if name.endswith(".en.html") else "ko")
        assert outline.headings.count("h1") == 1
        assert outline.unscoped == 0


def test_made_up_data_are_labelled_on_every_page(pages: dict[str, str], tmp_path: Path) -> None:
    said = re.compile("가상 자료|Synthetic data")
    assert all(said.search(text) for text in html_pages(pages).values())
    real = usual_week(tmp_path / "var")
    assert not any(
        said.search(path.read_text(encoding="utf-8")) for path in build_site(real.settings, real.agency, real.as_of)
    )


def test_a_standards_page_has_clause_rule_history_checks_and_cases(pages: dict[str, str]) -> None:
    page = pages["standards/branch-first-reply.html"]
    for text in ("핵심/지사화/5", "48시간 이내", "밤·휴일 포함(경과 시간)", "2026년 26주", "branch-first-reply.hours"):
        assert text in page
    assert "VOC-2026-000388" in page
    assert "VOC-2026-000455" in page
    silent = pages["standards/phone-answer.html"]
    assert "전화 교환기 통화기록 7. 3.(금) 하루 자료가 오지 않음" in silent


def test_what_kept_a_check_from_an_answer_is_reported_in_words(tmp_path: Path) -> None:
    week = usual_week(tmp_path / "var")
    said = "telephone 2026-07-02–2026-07-03; in_doubt:5"
    week.check("phone-answer.ring", "threshold", "no_data", standard_id="phone-answer", error=said)
    week.build()
    build_site(week.settings, week.agency, week.as_of)
    page = (week.settings.site_dir / "expectations.html").read_text(encoding="utf-8")
    assert "전화 교환기 통화기록 자료 없음: 7. 2.(목)–7. 3.(금) / 확실하지 않은 행 5건" in page


def test_operational_definitions_are_shown_as_such(pages: dict[str, str]) -> None:
    assert "운영 기준" in pages["standards/info-website.html"]
    assert "운영 기준" not in pages["standards/branch-first-reply.html"]


def test_a_check_error_is_shown_with_its_error_and_not_as_a_breach(pages: dict[str, str]) -> None:
    page = pages["expectations.html"]
    row = next(part for part in page.split("<li") if 'id="thresholds.info-website.percent"' in part)
    assert "점검 오류" in row
    assert "미충족" not in row
    assert "column page_id not found" in row


def test_gaps_are_shown_on_the_sources_page_and_the_first(pages: dict[str, str]) -> None:
    assert "calls_20260703.csv did not arrive" in pages["sources.html"]
    assert "전화 교환기 통화기록: 7. 3.(금)" in pages["index.html"]


def test_no_page_is_broken_or_turned_by_what_a_source_gave(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    scenario.commitment(
        "branch-first-reply",
        "branch-team",
        "VOC-1\u202e\u2028■ VOC-2",
        "breached",
        opened="2026-06-29 09:00",
        due="2026-07-01 09:00",
    )
    scenario.no_data("phone-answer", "telephone", scenario.as_of_day, reason="calls\u202efdp.csv\u2028did not arrive")
    scenario.fates = [("voc", "tickets", "orphan", None, None, "ticket_id", 1, 0, None, "E-1\u2067\u2028E-2")]
    scenario.build()
    build_site(scenario.settings, scenario.agency, scenario.as_of)
    pages = {path.name: path.read_text(encoding="utf-8") for path in scenario.settings.site_dir.rglob("*.html")}

    assert "VOC-1 ■ VOC-2" in pages["branch-first-reply.html"]
    assert "callsfdp.csv did not arrive" in pages["sources.html"]
    assert "E-1 E-2" in pages["sources.html"]
    assert not any(sign in page for page in pages.values() for sign in "\u202e\u2067\u2028")


def test_before_reports_are_rendered_the_site_says_so(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    build_site(scenario.settings, scenario.agency, scenario.as_of)
    page = (scenario.settings.site_dir / "departments" / "branch-team.html").read_text(encoding="utf-8")
    assert "아직 없음" in page
    assert "report.pdf" not in page


def test_an_agency_in_which_nothing_has_happened_still_has_pages(empty: Scenario) -> None:
    empty.build()
    build_site(empty.settings, empty.agency, empty.as_of)
    page = (empty.settings.site_dir / "index.html").read_text(encoding="utf-8")
    assert "이번 주에 판정한 약속 없음" in page
    assert "이 기준시각에 실행한 점검이 없습니다." in page


def test_the_sources_page_tells_what_became_of_every_row_of_the_last_night(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    left = LeftOutRows(
        why="declared", because=Words(ko="통화가 아님", en="no call"), rows=12, examples=["queue_log:3", "queue_log:9"]
    )
    padding = LeftOutRows(why="padding", rows=2, examples=["queue_log:101", "queue_log:102"])
    calls = FeedReceipt(
        table="calls",
        status="landed",
        contract="c",
        read=102,
        arrived=20,
        landed=18,
        unchanged=1,
        quarantined=1,
        waiting=5,
        left_out=14,
        merged=63,
        left_out_rows=[left, padding],
        waiting_until=datetime(2027, 7, 3, tzinfo=UTC),
        withheld=[WithheldDeletions(missed=40, known=90, because="shrunk")],
        deletions_withheld=True,
    )
    receipt = SourceReceipt(source_id="telephone", as_of=scenario.as_of, status="landed", feeds=[calls])
    path = receipt_path(scenario.settings, "telephone", scenario.as_of)
    path.parent.mkdir(parents=True)
    path.write_bytes(to_json(receipt))
    build_site(scenario.settings, scenario.agency, scenario.as_of)
    page = (scenario.settings.site_dir / "sources.html").read_text(encoding="utf-8")
    row = next(part for part in page.split("<tr") if ">calls</th>" in part)
    assert re.findall(r'class="n">([0-9]+)<', row) == ["102", "18", "1", "1", "5", "14", "63", "0", "40"]
    assert "12건 걸러냄: 통화가 아님 (queue_log:3, queue_log:9)" in page
    assert "2건 걸러냄: 아무 값도 없는 빈 줄 (queue_log:101, queue_log:102)" in page
    assert "가장 먼 시각은 2027년" in page
    assert "알던 90건 가운데 40건이 오지 않았으나 그대로 셉니다. 이유: 한꺼번에 너무 많이 사라짐" in page


def test_what_landed_and_was_not_judged_is_reported_beside_its_source(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    scenario.fates = [
        ("voc", "tickets", "commitment", None, None, None, 940, 0, None, None),
        ("voc", "tickets", "out_of_scope", "online-voc-reply", "reply-or-notice", "in:channel:voc", 41, 0, None, "V-1"),
        ("voc", "tickets", "ahead", None, None, "dated:received_at", 4, 4, date(2026, 7, 9), "V-2"),
        ("voc", "ticket_events", "orphan", None, None, "refers_to:ticket_id", 3, 0, None, "E-1"),
    ]
    scenario.build()
    build_site(scenario.settings, scenario.agency, scenario.as_of)
    page = (scenario.settings.site_dir / "sources.html").read_text(encoding="utf-8")
    assert "channel 값이 voc에 들지 않음" in page
    assert "received_at 날짜 기준" in page
    assert "ticket_id 값이 가리키는 행이 없음" in page
    assert "딸린 건이 없음 3" in page
    assert "뒷날의 날짜로 적힌 행 4" in page
    assert "4, 2026. 7. 9.까지" in page


def test_a_department_has_a_page_with_its_standards_cases_and_reports(pages: dict[str, str]) -> None:
    page = pages["departments/branch-team.html"]
    assert 'href="../standards/branch-first-reply.html"' in page
    assert "VOC-2026-000388" in page, "overdue"
    assert "VOC-2026-000455" in page, "due next"
    assert 'href="../reports/2026-W27/branch-team/r1/report.html"' in page
    assert 'href="sme-division.html"' in page, "what it belongs to"
    assert "판정하거나 진행 중인 약속이 없는 부서" in pages["departments/tokyo.html"]


def test_the_heat_map_says_each_result_in_words_too(pages: dict[str, str]) -> None:
    page = pages["index.html"]
    heat = page[page.index('<table class="heat">') :]
    line = next(row for row in heat.split("<tr>") if "branch-first-reply.html" in row)
    assert line.count("<td") == 13
    assert '<td class="broken"><span aria-hidden="true">×</span><i class="vh">미충족 3/8</i></td></tr>' in line


def test_what_is_searched_for_is_found_by_title_and_id_in_either_language(pages: dict[str, str]) -> None:
    folder = Path(pages["folder"])
    for name, ending in (("search-index.js", ".html"), ("search-index.en.js", ".en.html")):
        index = json.loads((folder / name).read_text(encoding="utf-8").removeprefix("window.charterIndex = ")[:-2])
        for asked in (
            *("phone-answer", "세 번 울리기", "before it has rung", "지사화팀", "Branch programme team"),
            *("2026-W27/phone-answer/branch-team", "2026-W27", "telephone", "branch-first-reply.hours"),
        ):
            found = [entry for entry in index["entries"] if asked in f"{entry[1]} {entry[2]}"]
            assert found, asked
            for *_, href in found:
                path = href.partition("#")[0]
                assert path.endswith(ending)
                assert (folder / path).exists(), href


def test_no_page_weighs_more_than_a_phone_likes(pages: dict[str, str]) -> None:
    weights = {name: len(text.encode()) for name, text in html_pages(pages).items()}
    assert {"matrix.html", "expectations.html"} <= weights.keys()
    assert {name: weight for name, weight in weights.items() if weight > 200_000} == {}

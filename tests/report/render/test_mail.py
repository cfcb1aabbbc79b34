"""Mail: what was broken first, readable on a phone and in Outlook, in words that match the figures."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from charter.base.errors import ReportError
from charter.report import agency_week, week_facts
from charter.report.render.mail import MOST_BYTES, Mail, Page, render_mail, render_page
from charter.report.view.models import Limits
from charter.report.view.report import MAIL, PAPER, Known, agency_view, department_view
from charter.words import Words
from tests.report.builders import Scenario, withdrawn
from tests.report.golden import check_golden

TEAM = "branch-team"
HEAD = "3f9a02bc11de8d40" * 4


def mail(scenario: Scenario, department_id: str = TEAM, *, language: str = "ko", revision: int = 1) -> Mail:
    facts = next(
        item
        for item in week_facts(scenario.settings, scenario.agency, scenario.as_of)
        if item.department.id == department_id
    )
    words = Words.load(scenario.settings, language)
    return render_mail(
        scenario.settings, department_view(words, scenario.agency, facts, MAIL, revision, known=Known(head=HEAD))
    )


def page(scenario: Scenario, department_id: str = TEAM) -> Page:
    """The whole report, of which the mail shows the first."""
    facts = next(
        item
        for item in week_facts(scenario.settings, scenario.agency, scenario.as_of)
        if item.department.id == department_id
    )
    words = Words.load(scenario.settings, "ko")
    return render_page(scenario.settings, department_view(words, scenario.agency, facts, PAPER, known=Known(head=HEAD)))


class Outline(HTMLParser):
    """Headings, table headers without a scope, and everything that points elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.unscoped = 0
        self.language: str | None = None
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "th" and "scope" not in values:
            self.unscoped += 1
        self.links += [values[name] or "" for name in ("href", "src", "background") if name in values]


def test_a_small_departments_mail_as_people_see_it(usual: Scenario) -> None:
    made = mail(usual)
    check_golden("branch-team.mail.html", made.html)
    check_golden("branch-team.mail.txt", made.text)


def test_the_whole_report_as_people_see_it(usual: Scenario) -> None:
    made = page(usual)
    check_golden("branch-team.html", made.html)
    check_golden("branch-team.txt", made.text)


def test_the_subject_tells_the_verdict(usual: Scenario, empty: Scenario) -> None:
    assert mail(usual).subject == "[못 지킴 8 · 밀림 1 · 자료 없음 1] 지사화팀 27주차"
    empty.many_met("branch-first-reply", TEAM, 12)
    assert mail(empty.build()).subject == "[모두 지킴 12] 지사화팀 27주차"


def test_a_week_without_a_new_breach_is_not_called_clean_while_others_are_overdue(empty: Scenario) -> None:
    empty.many_met("branch-first-reply", TEAM, 12)
    empty.commitment("branch-first-reply", TEAM, "V-1", "breached", opened="2026-06-22 10:00", due="2026-06-24 10:00")
    made = mail(empty.build())
    assert made.subject == "[밀림 1] 지사화팀 27주차"
    assert "이번 주 새로 어긴 약속 없음 · 밀린 약속 1건(최장 11일)" in made.text
    assert 'class="verdict bad"' in made.html


def test_a_week_that_could_not_be_judged_is_not_called_clean(empty: Scenario) -> None:
    empty.many_met("phone-answer", TEAM, 12)
    empty.no_data("phone-answer", "telephone", empty.as_of_day)
    made = mail(empty.build())
    assert made.subject == "[자료 없음 1] 지사화팀 27주차"
    assert "판정한 것 가운데 어긴 약속 없음 · 자료가 없어 판정하지 못한 이행표준 1개" in made.text
    assert "자료 없음: 전화 교환기 통화기록 7. 5.(일)분 – 이행표준 1개를 판정하지 못함" in made.text
    assert "자료 확인 전화 교환기 통화기록\n   7. 5.(일)분이 오지 않음 · 담당 디지털서비스팀" in made.text


def test_a_week_in_which_nothing_was_decided_is_not_called_good(empty: Scenario) -> None:
    empty.commitment("branch-first-reply", TEAM, "V-1", "pending", opened="2026-07-05 10:00", due="2026-07-07 10:00")
    made = mail(empty.build())
    assert made.subject == "[판정 없음] 지사화팀 27주차"
    assert 'class="verdict quiet"' in made.html


def test_made_up_data_say_so_in_the_subject(empty: Scenario) -> None:
    empty.many_met("branch-first-reply", TEAM, 12)
    empty.build()
    empty.settings.demo_dir.mkdir()
    (empty.settings.demo_dir / "README.md").write_text("synthetic")
    made = mail(empty)
    assert made.subject.startswith("[가상 자료] [")
    assert "실제 기관의 실적이 아닙니다" in made.html


def test_a_correction_says_so_first(usual: Scenario) -> None:
    made = mail(usual, revision=2)
    assert made.subject.startswith("[정정 2판] [못 지킴 8")
    assert made.text.index("바로잡습니다") < made.text.index("지키지 못한 약속 8건")


def test_what_was_broken_comes_before_the_tables(usual: Scenario) -> None:
    text = mail(usual).text
    order = ["지키지 못한 약속 8건", "직전 주 못 지킴", "■ 하실 일", "■ 지키지 못한 약속", "이행표준\n"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_the_mail_loads_nothing_and_links_to_cases_alone(usual: Scenario) -> None:
    """Where the site is not served, nothing leads to it."""
    html = mail(usual).html
    links = Outline(html).links
    assert links
    pictures = [link for link in links if link.startswith("cid:")]
    assert pictures == ["cid:chart-1"]
    cases = [link for link in links if link not in pictures]
    assert [link for link in cases if not link.startswith("https://voc.kotra.example/tickets/")] == []
    assert not re.search(r"url\(|@import|<script", html)


def test_a_picture_in_a_mail_is_told_in_words_beside_it(usual: Scenario) -> None:
    made = mail(usual)
    [picture] = made.pictures
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.png) < 25_000
    assert f'src="cid:{picture.cid}"' in made.html
    assert picture.alt
    for line in picture.lines:
        assert line in made.text


def test_the_mail_can_be_read_aloud(usual: Scenario) -> None:
    outline = Outline(mail(usual).html)
    assert outline.language == "ko"
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert outline.unscoped == 0


def test_outlook_and_phones_get_what_they_understand(usual: Scenario) -> None:
    html = mail(usual).html
    assert "flex" not in html
    assert "grid-template" not in html
    assert "Malgun Gothic" in html
    assert "Apple SD Gothic Neo" in html
    widths = [int(width) for width in re.findall(r'<table[^>]* width="(\d+)"', re.sub("<!--.*?-->", "", html))]
    assert widths == []
    assert "max-width:640px" in html.replace(" ", "")


def test_what_comes_from_a_source_cannot_become_markup(empty: Scenario) -> None:
    empty.commitment(
        "branch-first-reply",
        TEAM,
        "<script>alert(1)</script>",
        "breached",
        opened="2026-06-29 09:00",
        due="2026-07-01 09:00",
    )
    html = mail(empty.build()).html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_case_number_cannot_break_or_turn_what_stands_beside_it(empty: Scenario) -> None:
    empty.commitment(
        "branch-first-reply",
        TEAM,
        "VOC-1\u202e\u2028■ 지키지 못한 약속 없음\r\n- VOC-2",
        "breached",
        opened="2026-06-29 09:00",
        due="2026-07-01 09:00",
    )
    made = mail(empty.build())

    assert "VOC-1 ■ 지키지 못한 약속 없음 - VOC-2" in made.html
    [listed] = [line for line in made.text.splitlines() if line.startswith("- VOC-1")]
    assert listed.startswith("- VOC-1 ■ 지키지 못한 약속 없음 - VOC-2:")
    assert "\u202e" not in made.html + made.text


def test_no_recipient_is_named(usual: Scenario) -> None:
    made = mail(usual)
    assert "지사화팀장" not in made.html + made.text
    assert "@" not in made.html.replace("@media", "") + made.text


def test_a_bad_week_of_the_whole_agency_stays_short_enough(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path / "var")
    offices = [item.id for item in scenario.agency.organisation.departments if item.id != "kotra"]
    for number, standard in enumerate(scenario.agency.charter.standards):
        for office in offices:
            scenario.commitment(
                standard.id,
                office,
                f"VOC-2026-{number:03d}-{office}",
                "breached",
                opened="2026-06-29 09:00",
                due="2026-07-01 09:00",
            )
    scenario.build()
    words = Words.load(scenario.settings, "ko")
    facts = agency_week(scenario.settings, scenario.agency, scenario.as_of)
    made = render_mail(scenario.settings, agency_view(words, scenario.agency, facts, MAIL))
    assert len(made.html.encode()) < MOST_BYTES
    assert f"지키지 못한 약속 {36 * len(offices):,}건" in made.text
    # What is not listed is counted.
    assert f"이 밖에 부서 {len(offices) - MAIL.below}곳" in made.text
    assert f"이 밖에 {36 * len(offices) - MAIL.listed:,}개" in made.text


def test_a_mail_that_would_be_cut_off_is_refused(usual: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charter.report.render.mail.MOST_BYTES", 1000)
    with pytest.raises(ReportError, match=r"지사화팀, 2026년 27주"):
        mail(usual)


def test_counts_beside_a_short_list_are_of_all(usual: Scenario) -> None:
    facts = next(item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == TEAM)
    view = department_view(Words.load(usual.settings, "ko"), usual.agency, facts, Limits(1, 2, 1, 1))
    assert [(found.count, len(found.cases), found.rest) for found in view.breaches] == [
        ("3건", 1, "이 밖에 2건"),
        ("1건", 1, ""),
    ]
    assert view.breaches_rest.startswith("이 밖에 이행표준 2개에서 4건")


def test_english_labels_come_from_the_catalogue(usual: Scenario) -> None:
    made = mail(usual, language="en")
    assert made.subject == "[8 broken · 1 overdue · 1 without data] Branch programme team, week 27"
    words = made.text.replace("시스템 점검(7. 3.)", "").replace("고객서비스팀장", "").replace("감사실장", "")
    assert not re.search("[가-힣]", re.sub(r"calls_\d+\.csv.*", "", words).replace("대한무역투자진흥공사", ""))


def test_an_unanswered_case_of_a_withdrawn_standard_is_still_named(empty: Scenario) -> None:
    """Broken in May, never answered; the promise itself ended with June. Its reports could not be rendered at all."""
    empty.agency = withdrawn(empty.agency, "branch-first-reply", "2026-06-28")
    empty.commitment("branch-first-reply", TEAM, "OLD", "breached", opened="2026-05-04 09:00", due="2026-05-06 09:00")

    sent = mail(empty.build(), language="en")

    assert "OLD" in sent.text
    assert "branch-first-reply" not in [
        week.standard_id for week in agency_week(empty.settings, empty.agency, empty.as_of).whole.standards
    ]


def test_the_agencys_mail_counts_no_rest_of_a_list_that_it_has_not(usual: Scenario) -> None:
    facts = agency_week(usual.settings, usual.agency, usual.as_of)
    one = Limits(per_standard=1, in_all=1, still_open=0, due_next=0, not_kept=1)
    view = agency_view(Words.load(usual.settings, "ko"), usual.agency, facts, one, known=Known(head=HEAD))
    assert view.not_kept_rest
    made = render_mail(usual.settings, view)
    assert view.not_kept_rest not in made.html
    assert view.not_kept_rest not in made.text

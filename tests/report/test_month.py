"""The monthly report: the weekly one's parts over a calendar month, each mail once, corrections as for weeks."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from charter.base.errors import ReportError, SettingError
from charter.base.moments import Period, closed_month, earlier_starts, last_week_of, parse_as_of, parse_month
from charter.deliver import MessageKey, Outbox
from charter.deliver.rebuild import rebuild
from charter.evidence.manifest import DeliverySeal
from charter.report import PostedWeek, post_week, prepare_week
from charter.report.facts.department_week import department_weeks, whole_week
from charter.report.facts.filed import week_folder
from charter.report.facts.models import DepartmentWeek
from charter.report.facts.refiled import refiled_messages
from charter.report.facts.tables import read_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.mail import render_mail
from charter.report.view.report import MAIL, PAPER, department_view
from charter.words import Words

from .builders import Scenario
from .golden import check_golden
from .test_post import SENDER, messages, settings_of

JUNE = parse_month("2026-06")
REPLY, TEAM = "branch-first-reply", "branch-team"


def june(folder: Path) -> Scenario:
    """On 29 and 30 June one promise each was broken, on 1 July another of the same week; one in May."""
    month = Scenario(folder)
    for number, (opened, due) in enumerate(
        [("2026-05-11", "2026-05-13"), ("2026-06-27", "2026-06-29"), ("2026-06-28", "2026-06-30"),
         ("2026-06-29", "2026-07-01")]
    ):  # fmt: skip
        month.commitment(
            *(REPLY, TEAM, f"VOC-{number}", "breached"), opened=f"{opened} 10:00", due=f"{due} 10:00",
            fulfilled=f"{due} 16:00",
        )  # fmt: skip
    month.no_data(REPLY, "voc", date(2026, 6, 10), reason="the database was away")
    return month.build()


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """June as it is known on 5 July. Shared: read it, do not change it."""
    return june(tmp_path_factory.mktemp("june") / "var")


def facts_of(scenario: Scenario, department_id: str = TEAM, period: Period = JUNE) -> DepartmentWeek:
    with open_warehouse(scenario.settings) as warehouse:
        tables = read_week(scenario.settings, warehouse, scenario.agency, period)
    weeks = [whole_week(tables).whole, *department_weeks(tables)]
    return next(week for week in weeks if week.department.id == department_id)


def post(scenario: Scenario, month: str = "2026-06") -> PostedWeek:
    settings = settings_of(scenario)
    return post_week(settings, scenario.agency, prepare_week(settings, scenario.agency, parse_month(month)))


# ── which days ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2026-06-29", "2026-05"), ("2026-06-30", "2026-06"), ("2026-01-15", "2025-12")]
)
def test_the_closed_month_is_the_last_that_had_wholly_ended(as_of: str, expected: str) -> None:
    zone = Scenario(Path("unused")).agency.zone
    assert closed_month(parse_as_of(as_of, zone), zone).key() == expected


@pytest.mark.parametrize("text", ["2026-6", "2026-13", "2026-W26", "June", "2026-06-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="is no month"):
        parse_month(text)


def test_the_months_before_go_over_the_turn_of_the_year_and_charts_end_with_its_last_whole_week() -> None:
    assert earlier_starts(parse_month("2026-02"), 3) == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    assert last_week_of(JUNE) == Period("week", date(2026, 6, 22), date(2026, 6, 28))
    assert last_week_of(parse_month("2026-05")).end == date(2026, 5, 31)


# ── the figures ─────────────────────────────────────────────────────────────────────────────────


def test_a_week_that_two_months_share_counts_day_by_day(month: Scenario) -> None:
    facts = facts_of(month)
    assert facts.components.breached == 2, "29 and 30 June, not 1 July"
    assert [case.subject_id for group in facts.breaches for case in group.cases] == ["VOC-1", "VOC-2"]
    assert [(week.week_start, week.components.breached) for week in facts.earlier][-2:] == [
        (date(2026, 4, 1), 0),
        (date(2026, 5, 1), 1),
    ]


def test_a_day_without_data_is_missing_from_its_month(month: Scenario) -> None:
    assert next(week.days_without_data for week in facts_of(month).standards if week.standard_id == REPLY) == 1


@pytest.mark.parametrize(
    ("language", "title", "subject", "compared"),
    [
        ("ko", "고객서비스헌장 월간 보고", "6월", "직전 달 못 지킴 1/1건"),
        ("en", "Service charter monthly report", "June", "Broken the month before 1 of 1"),
        ("de", "Monatsbericht zur Service-Charta", "Juni", "Vormonat 1 von 1"),
    ],
)
def test_it_speaks_of_the_month_in_every_language(
    month: Scenario, language: str, title: str, subject: str, compared: str
) -> None:
    view = department_view(Words.load(month.settings, language), month.agency, facts_of(month), MAIL)
    assert view.title == title
    assert view.subject.endswith(subject)
    assert any(compared in line for line in view.brief), view.brief


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_the_mail_reads_as_the_golden_file_has_it(month: Scenario, language: str) -> None:
    view = department_view(Words.load(month.settings, language), month.agency, facts_of(month), MAIL)
    check_golden(f"month.{language}.txt", render_mail(month.settings, view).text)


def test_no_text_of_it_says_this_week(month: Scenario) -> None:
    for language, week in (("ko", "이번 주"), ("en", "this week"), ("de", "diese Woche")):
        words = Words.load(month.settings, language)
        view = department_view(words, month.agency, facts_of(month), PAPER)
        shown = {
            **view.labels,
            **{str(at): text for at, text in enumerate((*view.notes, *view.summary, view.headline))},
        }
        assert [text for text in shown.values() if week in text.lower()] == []


def test_its_figures_are_named_by_the_month(month: Scenario) -> None:
    view = department_view(Words.load(month.settings, "en"), month.agency, facts_of(month), PAPER)
    assert f"2026-06/{REPLY}/{TEAM}" in {row.name for group in view.groups for row in group.standards}


# ── the mails ───────────────────────────────────────────────────────────────────────────────────


def test_each_head_gets_the_month_once_beside_the_weeks(tmp_path: Path) -> None:
    scenario = june(tmp_path / "var")
    first = post(scenario)
    assert first.new > 0
    assert post(scenario).new == 0
    found = messages(scenario, "2026-06")["branch-team@kotra.example"]
    assert [revision for revision, _ in found] == [1]
    assert messages(scenario) == {}, "no week was reported"


def test_the_mail_is_of_the_monthly_list_and_its_paper_says_what_it_is(month: Scenario) -> None:
    settings = settings_of(month)
    prepared = prepare_week(settings, month.agency, JUNE)
    mail = next(each for each in prepared.messages if each.recipient == "branch-team@kotra.example")
    assert (mail.report, mail.period, mail.list_name) == ("monthly", "2026-06", "monthly")
    assert mail.attachments[-1].filename == "charter-2026-06-branch-team.pdf"


def test_its_files_have_a_lasting_place_as_those_of_a_week_have(tmp_path: Path) -> None:
    scenario = june(tmp_path / "var")
    post(scenario)
    folder = week_folder(scenario.settings, JUNE) / TEAM / "r1"
    assert folder == scenario.settings.site_dir / "reports" / "2026-06" / TEAM / "r1"
    rows = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text(encoding="utf-8-sig"))))
    row = next(row for row in rows if row["standard_id"] == REPLY)
    assert (row["period_start"], row["period_end"], row["breached"]) == ("2026-06-01", "2026-06-30", "2")


def test_a_late_row_corrects_the_month_and_leaves_the_others_alone(tmp_path: Path) -> None:
    scenario = june(tmp_path / "var")
    post(scenario)
    scenario.commitment(
        *(REPLY, TEAM, "VOC-9", "breached"), opened="2026-06-10 10:00", due="2026-06-12 10:00",
        arrived_on=date(2026, 7, 7),
    )  # fmt: skip
    scenario.as_of_day = date(2026, 7, 7)
    posted = post(scenario.build())
    assert posted.revised > 0
    [first, (revision, subject)] = messages(scenario, "2026-06")["branch-team@kotra.example"]
    assert (first[0], revision) == (1, 2)
    assert subject.startswith("[정정 2판]")


def test_a_month_that_has_not_ended_is_refused(month: Scenario) -> None:
    with pytest.raises(ReportError, match="before month 2026-07 had ended"):
        post(month, "2026-07")


def test_a_lost_outbox_is_rebuilt_with_its_months_and_sends_nobody_anything(tmp_path: Path) -> None:
    scenario = june(tmp_path / "var")
    post(scenario)
    settings = replace(settings_of(scenario), environment=SENDER)
    with Outbox.open(settings) as outbox:
        keys = {record.key: record for record in outbox.records()}
    sealed = {
        key: DeliverySeal(**key.model_dump(), state="sent", message_id=record.message_id)
        for key, record in keys.items()
    }
    for path in settings.outbox_dir.glob("outbox.db*"):
        path.unlink()
    rebuild(settings, refiled_messages(settings, scenario.agency, sealed), by="audit", reason="lost")
    assert post(scenario).new == 0
    key = MessageKey(report="monthly", period="2026-06", revision=1, recipient="branch-team@kotra.example")
    assert key in keys

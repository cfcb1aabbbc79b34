"""One agency's report in three languages; who reads which, from when to when, and who stands in for whom."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from charter.base.moments import parse_week
from charter.definitions import Agency, load_agency
from charter.definitions.models import Placement, Recipient
from charter.definitions.models import Words as Written
from charter.deliver import Outbox
from charter.report import post_week, prepare_week
from charter.report.facts.department_week import department_weeks
from charter.report.facts.filed import revision_folder, week_folder
from charter.report.facts.tables import read_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.mail import Mail, Page, render_mail, render_page
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from charter.report.view.report import MAIL, PAPER, department_view
from charter.words import words_in

from .arabic import parcels_in_arabic
from .builders import HOME, Scenario
from .golden import check_golden
from .render.paper import flaws

PARCELS = HOME / "tests" / "agencies" / "parcels"
STANDARD = "delivered-in-48-hours"
MONDAY = date(2026, 7, 6)


def depots_week(folder: Path, agency: Agency | None = None) -> Scenario:
    """A week of two depots, one below the other: delivered in time, late, not yet, and one day without data."""
    agency = agency or below_north(load_agency(PARCELS))
    week = Scenario(folder, agency=agency, charter_dir=PARCELS)
    week.many_met(STANDARD, "south", 1203)
    week.commitment(
        *(STANDARD, "south", "P-00017", "breached"), opened="2026-06-29 09:10", due="2026-07-01 09:10",
        fulfilled="2026-07-02 11:40", measured=74.5, limit=48,
    )  # fmt: skip
    week.commitment(*(STANDARD, "south", "P-00018", "breached"), opened="2026-06-30 11:00", due="2026-07-02 11:00")
    week.commitment(*(STANDARD, "south", "P-00020", "pending"), opened="2026-07-05 11:00", due="2026-07-07 11:00")
    week.earlier_weeks(STANDARD, "south", [(1100, 9), (1090, 12), (1150, 7), (1200, 4), (1180, 6)])
    week.check(f"{STANDARD}/week", "threshold", "kept", standard_id=STANDARD, evaluated=1205, unexpected=2)
    return week.build()


def below_north(agency: Agency, **of_south: object) -> Agency:
    """The agency in which the depot South stands under North."""
    north, south = agency.organisation.departments
    placed = [Placement(effective_from=date(2026, 1, 1), parent="north")]
    moved = south.model_copy(update={"placements": placed, **of_south})
    organisation = agency.organisation.model_copy(update={"departments": [north, moved]})
    return agency.model_copy(update={"organisation": organisation})


def view_of(scenario: Scenario, language: str, *, paper: bool = False) -> ReportView:
    with open_warehouse(scenario.settings) as warehouse:
        (week,) = department_weeks(read_week(scenario.settings, warehouse, scenario.agency, parse_week("2026-W27")))
    words = words_in(scenario.settings, scenario.agency, language)
    return department_view(words, scenario.agency, week, PAPER if paper else MAIL)


def mail_of(scenario: Scenario, language: str) -> Mail:
    return render_mail(scenario.settings, view_of(scenario, language))


def page_of(scenario: Scenario, language: str) -> Page:
    return render_page(scenario.settings, view_of(scenario, language, paper=True))


@pytest.fixture(scope="module")
def depots(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return depots_week(tmp_path_factory.mktemp("depots") / "var")


@pytest.mark.parametrize("language", ["de", "en", "ko"])
def test_a_depots_week_as_people_see_it_in_their_language(depots: Scenario, language: str) -> None:
    mail = mail_of(depots, language)
    check_golden(f"depot.{language}.txt", mail.text)
    if language == "de":
        check_golden("depot.de.html", mail.html)


@pytest.mark.parametrize("language", ["de", "en", "ko"])
def test_the_pdf_is_archival_and_accessible_in_every_language(depots: Scenario, language: str) -> None:
    view = view_of(depots, language, paper=True)
    assert flaws(PdfPrinter(depots.settings).render(view, depots.as_of)) == []


def test_what_is_not_written_in_the_readers_language_is_shown_in_the_agencys_own(tmp_path: Path) -> None:
    agency = below_north(load_agency(PARCELS))
    (standard,) = agency.charter.standards
    german_alone = standard.model_copy(update={"text": Written(de="Ein Paket ist in zwei Tagen da.")})
    charter = agency.charter.model_copy(update={"standards": [german_alone]})
    scenario = depots_week(tmp_path / "var", agency.model_copy(update={"charter": charter}))
    assert "Ein Paket ist in zwei Tagen da. [German]" in page_of(scenario, "en").text
    assert "Ein Paket ist in zwei Tagen da. [독일어]" in page_of(scenario, "ko").text
    assert "[" not in page_of(scenario, "de").text


def test_what_is_read_from_the_right_begins_there_in_mail_and_on_paper(tmp_path: Path) -> None:
    folder = parcels_in_arabic(tmp_path)
    scenario = depots_week(tmp_path / "var", below_north(load_agency(folder)))
    scenario.charter_dir = folder
    mail = mail_of(scenario, "ar")
    assert '<html lang="ar" dir="rtl">' in mail.html
    assert 'class="inner" align="right"' in mail.html
    assert re.search("border-right: ?6px solid", mail.html)
    assert 'dir="' not in mail_of(scenario, "de").html
    assert "border-right" not in mail_of(scenario, "de").html
    view = view_of(scenario, "ar", paper=True)
    assert flaws(PdfPrinter(scenario.settings).render(view, scenario.as_of)) == []


# ── who gets what ───────────────────────────────────────────────────────────────────────────────


def posted(scenario: Scenario) -> dict[tuple[str, str], str]:
    """(mailbox, report) → subject of every message in the outbox."""
    settings = replace(scenario.settings, environment={"CHARTER_MAIL_FROM": "charter@parcels.example"})
    post_week(settings, scenario.agency, prepare_week(settings, scenario.agency, parse_week("2026-W27")))
    with Outbox.open(settings) as outbox:
        return {
            (record.key.recipient, record.key.report): str(
                make_header(decode_header(message_from_bytes(outbox.mime(record.key))["Subject"]))
            )
            for record in outbox.records(report="weekly", period="2026-W27")
        }


def test_each_recipient_reads_the_report_in_their_language(tmp_path: Path) -> None:
    people = [
        Recipient(name="Leiter", address="leiter@parcels.example"),
        Recipient(name="Head", address="head@parcels.example", language="en"),
        Recipient(name="소장", address="lee@parcels.example", language="ko"),
    ]
    scenario = depots_week(tmp_path / "var", below_north(load_agency(PARCELS), recipients=people))
    assert posted(scenario) == {
        ("leiter@parcels.example", "weekly"): "[2 verletzt] Süd, KW 27",
        ("head@parcels.example", "weekly"): "[2 broken] South, week 27",
        ("lee@parcels.example", "weekly"): "[못 지킴 2] 남부 27주차",
    }
    on_file = revision_folder(week_folder(scenario.settings, parse_week("2026-W27")), "south", 1)
    assert {"report.html", "report.en.html", "report.ko.html", "report.ko.pdf"} <= {
        path.name for path in on_file.iterdir()
    }


def test_one_mailbox_of_two_departments_gets_both_reports_told_apart(tmp_path: Path) -> None:
    shared = [Recipient(name="Büro", address="buero@parcels.example")]
    agency = below_north(load_agency(PARCELS), recipients=shared)
    north, south = agency.organisation.departments
    both = [north.model_copy(update={"recipients": shared}), south]
    organisation = agency.organisation.model_copy(update={"departments": both})
    scenario = depots_week(tmp_path / "var", agency.model_copy(update={"organisation": organisation}))
    assert posted(scenario) == {
        ("buero@parcels.example", "weekly-north"): "[2 verletzt] gesamte Organisation, KW 27",
        ("buero@parcels.example", "weekly-south"): "[2 verletzt] Süd, KW 27",
    }
    assert posted(scenario).keys() == {("buero@parcels.example", f"weekly-{name}") for name in ("north", "south")}


HEAD = Recipient(name="Head", address="Head@parcels.example")
DEPUTY = Recipient.model_validate(
    {
        "name": "Deputy",
        "address": "deputy@parcels.example",
        "from": date(2026, 7, 6),
        "to": date(2026, 7, 19),
        "instead_of": "head@parcels.example",
    }
)
NEXT = Recipient.model_validate({"name": "Next", "address": "next@parcels.example", "from": date(2026, 7, 20)})


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2026, 7, 5), ["Head"]),
        (date(2026, 7, 6), ["Deputy"]),
        (date(2026, 7, 19), ["Deputy"]),
        (date(2026, 7, 20), ["Head", "Next"]),
    ],
)
def test_a_deputy_gets_the_reports_from_their_first_day_to_their_last(day: date, names: list[str]) -> None:
    (_, south) = load_agency(PARCELS).organisation.departments
    department = south.model_copy(update={"recipients": [HEAD, DEPUTY, NEXT]})
    assert [person.name for person in department.recipients_on(day)] == names


def test_the_day_on_which_a_report_goes_out_decides_who_gets_it(tmp_path: Path) -> None:
    scenario = depots_week(tmp_path / "var", below_north(load_agency(PARCELS), recipients=[HEAD, DEPUTY, NEXT]))
    # The week ended on Sunday, 5 July; its report is made as of the midnight that begins the 6th.
    assert [mailbox for mailbox, _ in posted(scenario)] == ["deputy@parcels.example"]


# ── names that change ───────────────────────────────────────────────────────────────────────────


def test_an_old_week_shows_the_name_that_a_department_had_then(tmp_path: Path) -> None:
    old = Placement.model_validate(
        {
            "effective_from": date(2026, 1, 1),
            "effective_to": date(2026, 7, 5),
            "parent": "north",
            "name": {"de": "Altstadt"},
        }
    )
    new = Placement(effective_from=MONDAY, parent="north")
    agency = below_north(load_agency(PARCELS), placements=[old, new])
    scenario = depots_week(tmp_path / "var", agency)
    assert view_of(scenario, "de").department == "Altstadt"
    assert agency.department_of_alias["Altstadt"] == agency.department_of_alias["Süd"] == "south"

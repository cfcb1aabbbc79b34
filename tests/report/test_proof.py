"""What lets a reader check a figure stands in every form of a report: its name, and the seal of its night."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from charter.base.figure_name import parse_figure_name
from charter.base.head import heads_in, printed_head, read_head, verifying
from charter.report import build_site, render_week, week_facts
from charter.report.render.mail import render_mail, render_page
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, Known, department_view
from charter.words import Words

from .builders import Scenario, usual_week

HEAD = "3f9a02bc11de8d40" + "7" * 48
PRINTED = "3f9a 02bc 11de 8d40"
TEAM = "branch-team"


def view_of(scenario: Scenario, language: str = "en", **options: object) -> ReportView:
    facts = next(
        item for item in week_facts(scenario.settings, scenario.agency, scenario.as_of) if item.department.id == TEAM
    )
    words = Words.load(scenario.settings, language)
    return department_view(words, scenario.agency, facts, PAPER, known=Known(**options))  # type: ignore[arg-type]


def test_a_head_is_printed_so_that_it_can_be_typed() -> None:
    assert printed_head(HEAD) == PRINTED
    assert read_head(PRINTED) == HEAD[:16]
    assert read_head("3F9A 02BC 11DE") == HEAD[:12]
    assert heads_in(f"Ob etwas verändert wurde: {verifying(HEAD)}.") == [HEAD[:16]]


@pytest.mark.parametrize("typed", ["3f9a 02bc", "3f9a 02bc 11de 8d4x", ""])
def test_what_proves_nothing_is_no_head(typed: str) -> None:
    assert read_head(typed) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", f"Seal of the night 2026-07-05: {PRINTED}"),
        ("de", f"Siegel der Nacht 2026-07-05: {PRINTED}"),
        ("ko", f"2026-07-05 기준 봉인값: {PRINTED}"),
    ],
)
def test_a_mail_prints_the_seal_of_its_night_and_how_to_use_it(usual: Scenario, language: str, words: str) -> None:
    mail = render_mail(usual.settings, view_of(usual, language, head=HEAD))
    for form in (mail.html, mail.text):
        assert words in form
        assert "charter verify --head 3f9a02bc11de8d40" in form
        assert "charter explain 2026-W27/" in form
    assert heads_in(mail.text) == [HEAD[:16]]


def test_a_night_that_is_not_sealed_yet_says_so(usual: Scenario) -> None:
    mail = render_mail(usual.settings, view_of(usual))
    assert "The night 2026-07-05 was not sealed yet" in mail.text
    assert "--head" not in mail.text


def test_every_figure_has_its_name_beside_it(usual: Scenario) -> None:
    view = view_of(usual)
    page = render_page(usual.settings, view)
    rows = [row for group in view.groups for row in group.standards]
    assert rows
    for row in rows:
        assert row.name == f"2026-W27/{row.id}/{TEAM}"
        assert str(parse_figure_name(row.name)) == row.name
        assert f"  {row.name}\n" in page.text
        assert row.name in page.html


def test_a_correction_names_its_figures_by_its_revision_on_file(usual: Scenario) -> None:
    """A latecomer's first report is not revision 1 on file, and says so in its names alone."""
    view = view_of(usual, filed_as=2)
    assert {row.name.split("/")[0] for group in view.groups for row in group.standards} == {"2026-W27r2"}
    assert view.correction == ""


def test_reports_and_pages_print_it_and_the_same_seal_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        scenario = usual_week(tmp_path / name)
        week = render_week(scenario.settings, scenario.agency, scenario.as_of, head=HEAD)
        pages = build_site(scenario.settings, scenario.agency, scenario.as_of, {scenario.as_of: HEAD})
        made.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (*week.files, *pages)})
    assert made[0] == made[1]
    # Permanent pages of other nights print the seals of those.
    tonight = [path for path in made[0] if path.suffix in (".html", ".txt") and not {"nights", "weeks"} & {*path.parts}]
    assert tonight
    assert [path for path in tonight if PRINTED not in made[0][path].decode()] == []


def test_a_page_names_its_figures(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    build_site(scenario.settings, scenario.agency, scenario.as_of, {scenario.as_of: HEAD})
    page = (scenario.settings.site_dir / "standards" / "phone-answer.en.html").read_text(encoding="utf-8")
    names = set(re.findall(r'class="name">([^<]+)<', page))
    assert {"2026-W27/phone-answer", "2026-W26/phone-answer", f"2026-W27/phone-answer/{TEAM}"} <= names
    first = (scenario.settings.site_dir / "index.html").read_text(encoding="utf-8")
    assert '<span class="name">2026-W27/phone-answer</span>' in first


def test_a_permanent_page_of_an_earlier_night_prints_the_seal_of_that_night(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    scenario.as_of_day = scenario.as_of_day + timedelta(days=1)
    scenario.build()
    sunday = scenario.as_of - timedelta(days=1)
    build_site(scenario.settings, scenario.agency, scenario.as_of, {sunday: HEAD, scenario.as_of: "1" * 64})
    week = next(scenario.settings.site_dir.glob("weeks/2026-W27/**/index.html")).read_text(encoding="utf-8")
    assert PRINTED in week
    assert printed_head("1" * 64) not in week


def test_the_revision_of_another_departments_figure_is_its_own_report_s(usual: Scenario) -> None:
    facts = next(item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == TEAM)
    elsewhere = facts.standards[0].model_copy(update={"department_id": "audit-office"})
    facts = facts.model_copy(update={"standards": (elsewhere, *facts.standards[1:])})
    words = Words.load(usual.settings, "en")
    view = department_view(words, usual.agency, facts, PAPER, known=Known(filed_as=2))
    names = [row.name for group in view.groups for row in group.standards]
    assert [name.split("/")[0] for name in names if name.endswith("/audit-office")] == ["2026-W27"]

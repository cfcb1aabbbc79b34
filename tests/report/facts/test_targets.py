"""Targets of each part in the reports: each with its own figure, and corrected when it changes.

The agency is that of tests/agencies/grants: 80 % of applications within 15 days, and 95 % within 40.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from charter.base.moments import parse_week
from charter.definitions.load import load_agency
from charter.definitions.models import Agency
from charter.report import build_site, week_facts
from charter.report.facts.reported import ReportedTarget, StandardFigures, differs, read_reported
from charter.report.facts.restated import Restatement, figure_changes, keep_decided, verdict_changes
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.mail import render_page
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, department_view
from charter.words import Words
from tests.report.builders import HOME, SUNDAY, Scenario, amended
from tests.report.golden import check_golden
from tests.report.test_post import post, text_of

GRANTS = HOME / "tests" / "agencies" / "grants"
WEEK = parse_week("2026-W27")
IN_15, IN_40 = "15 days", "40 days"


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(GRANTS)


def scenario_of(folder: Path, agency: Agency) -> Scenario:
    return Scenario(folder / "var", agency=agency, charter_dir=GRANTS)


def applications(scenario: Scenario, part: str, status: str, numbers: range, **more: Any) -> None:
    """Applications of the north of which so much became, all decided on 1 July."""
    for number in numbers:
        scenario.commitment(
            *("decided", "north", f"A{number:03}", status),
            part=part,
            opened="2026-06-16 00:00",
            due="2026-07-01 24:00",
            fulfilled="2026-07-01 00:00" if status == "met" else None,
            measured=15 if status == "met" else None,
            limit=15,
            **more,
        )


def one_kept_one_broken(scenario: Scenario) -> Scenario:
    """Of 40 applications 33 within 15 days; 37 of 40 within 40."""
    applications(scenario, "in-15", "met", range(33))
    applications(scenario, "in-15", "breached", range(33, 40))
    applications(scenario, "in-40", "met", range(100, 137))
    applications(scenario, "in-40", "breached", range(137, 140))
    return scenario


def view_of(scenario: Scenario, language: str = "en", restatement: Restatement | None = None) -> ReportView:
    weeks = week_facts(scenario.settings, scenario.agency, scenario.as_of)
    facts = next(week for week in weeks if week.department.id == "north")
    revision = 1 if restatement is None else 2
    words = Words.load(scenario.settings, language)
    return department_view(words, scenario.agency, facts, PAPER, revision, restatement)


def targets_of(scenario: Scenario, language: str = "en") -> list[str]:
    view = view_of(scenario, language)
    return [
        each.text for group in view.groups for row in group.standards if row.id == "decided" for each in row.targets
    ]


def test_each_target_stands_with_its_own_figure_as_people_see_it(tmp_path: Path, agency: Agency) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    page = render_page(scenario.settings, view_of(scenario))
    check_golden("targets.en.txt", page.text)
    check_golden("targets.en.html", page.html)
    assert "15 days: 33/40 · 82.5% (target 80%) – ○ kept" in page.text
    assert "40 days: 37/40 · 92.5% (target 95%) – × not kept" in page.text


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "de",
            [
                "15 Tage: 33/40 · 82,5 % (Ziel 80 %) – ○ erfüllt",
                "40 Tage: 37/40 · 92,5 % (Ziel 95 %) – × nicht erfüllt",
            ],
        ),
        ("ko", ["15일: 33/40 · 82.5% (목표 80%) – ○ 충족", "40일: 37/40 · 92.5% (목표 95%) – × 미충족"]),
    ],
)
def test_targets_are_reported_in_every_language(
    tmp_path: Path, agency: Agency, language: str, lines: list[str]
) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in targets_of(scenario, language)] == lines


def test_a_target_that_is_open_is_reported_with_both_its_ends(tmp_path: Path, agency: Agency) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency))
    scenario.no_data("decided", "register", date(2026, 7, 3))
    in_15, in_40 = targets_of(scenario.build())
    assert in_15 == "15 days: 33/40 · 82.5% (target 80%) – ? no data, not enough data: between 41.2% and 91.2% (n=80)"
    assert in_40.startswith("40 days: 37/40 · 92.5% (target 95%) – ? no data")


def test_where_parts_share_one_target_no_line_is_added(tmp_path: Path, agency: Agency) -> None:
    scenario = scenario_of(tmp_path, agency)
    scenario.many_met("paid", "north", 5)
    shown = [row for group in view_of(scenario.build()).groups for row in group.standards]
    assert [(row.id, row.target, row.targets) for row in shown] == [("paid", "target 90%", ())]


def test_paper_shows_the_targets_of_the_week_and_of_the_year(tmp_path: Path, agency: Agency) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    view, printer = view_of(scenario), PdfPrinter(scenario.settings)
    [group] = view.groups
    [row] = group.standards
    printed = printer.render(view, scenario.as_of)
    assert len(row.targets) == len(row.year_targets) == 2
    for less in (replace(row, targets=()), replace(row, year_targets=())):
        without = replace(view, groups=(replace(group, standards=(less,)),))
        assert printer.render(without, scenario.as_of) != printed


def test_the_site_shows_each_target_of_week_and_year(tmp_path: Path, agency: Agency) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    build_site(scenario.settings, scenario.agency, scenario.as_of)
    for page in ("index.html", "standards/decided.html"):
        text = (scenario.settings.site_dir / page).read_text(encoding="utf-8")
        assert text.count("40 days: 37/40 · 92.5% (target 95%) – × not kept") == 2, page


def test_a_target_of_a_part_that_was_raised_is_reported_with_what_each_version_came_to(
    tmp_path: Path, agency: Agency
) -> None:
    """From 1 July 90 % within 15 days instead of 80 %."""
    [standard] = [each for each in agency.charter.standards if each.id == "decided"]
    first, second = standard.rules[0].parts
    raised = [first.model_copy(update={"target": 0.9}), second]
    scenario = scenario_of(tmp_path, amended(agency, "decided", "2026-07-01", parts=raised))
    applications(scenario, "in-15", "met", range(9))
    applications(scenario, "in-15", "breached", range(9, 10))
    for number in range(20, 22):
        scenario.commitment(
            *("decided", "north", f"A{number}", "met"), part="in-15",
            opened="2026-07-01 00:00", due="2026-07-16 24:00", fulfilled="2026-07-02 00:00",
        )  # fmt: skip
    [change] = view_of(scenario.build()).changes.changes  # type: ignore[union-attr]
    assert any("target 15 days: 80% · 40 days: 95% → 15 days: 90% · 40 days: 95%" in line for line in change.lines)
    assert any(
        "version 1: met 9 · breached 1 · excluded 0, target 15 days: 80% reached" in each for each in change.counts
    )
    assert any(
        "version 2: met 2 · breached 0 · excluded 0, target 15 days: 90% reached" in each for each in change.counts
    )


def corrected(tmp_path: Path, agency: Agency) -> list[str]:
    """The correction of the north's report after two of the late ones were found to have been in time."""
    before = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    decided = tmp_path / "decided.parquet"
    with open_warehouse(before.settings) as warehouse:
        reported = read_reported(warehouse, WEEK)["north"]
        keep_decided(warehouse, WEEK, decided)
    after = scenario_of(tmp_path, agency)
    after.as_of_day = SUNDAY.replace(day=12)
    applications(after, "in-15", "met", range(33))
    applications(after, "in-15", "breached", range(33, 40))
    applications(after, "in-40", "met", range(100, 137))
    applications(after, "in-40", "met", range(137, 139), arrived_on=SUNDAY.replace(day=8))
    applications(after, "in-40", "breached", range(139, 140))
    after.build()
    with open_warehouse(after.settings) as warehouse:
        now = read_reported(warehouse, WEEK)["north"]
        changes = figure_changes(reported, now, verdict_changes(after.settings, warehouse, WEEK, decided, before.as_of))
    restated = view_of(after, restatement=Restatement(before.as_of, tuple(changes))).restated
    assert restated is not None
    return list(restated.lines)


def test_a_target_that_became_otherwise_is_reported_in_the_correction(tmp_path: Path, agency: Agency) -> None:
    [line] = corrected(tmp_path, agency)
    assert "40 days: met 37 → 39, 40 days: breached 3 → 1" in line
    assert "40 days: result not kept → kept" in line
    assert "15 days" not in line.partition("–")[0].replace(agency.charter.standards[0].text.root["en"], "")


def test_a_correction_of_a_target_goes_out_once(tmp_path: Path, agency: Agency) -> None:
    scenario = one_kept_one_broken(scenario_of(tmp_path, agency)).build()
    post(scenario)
    later = scenario_of(tmp_path, agency)
    later.as_of_day = SUNDAY.replace(day=8)
    applications(later, "in-15", "met", range(33))
    applications(later, "in-15", "breached", range(33, 40))
    applications(later, "in-40", "met", range(100, 139), arrived_on=later.as_of_day)
    applications(later, "in-40", "breached", range(139, 140))
    later.build()
    assert post(later).revised == 2, "the report of the north, and of all"
    text = " ".join(text_of(later, "head@grants.example", 2).split())
    assert "40 days: breached 3 → 1" in text
    assert "40 days: result not kept → kept" in text
    assert post(later).revised == 0


class TestWhatIsTold:
    """Two tellings of one standard."""

    @staticmethod
    def figures(*targets: ReportedTarget, result: Any = "kept") -> StandardFigures:
        return StandardFigures(
            standard_id="decided", department_id=None, met=2, breached=2, excluded=0, result=result, targets=targets
        )

    @staticmethod
    def target(part: str, met: int, breached: int, result: Any) -> ReportedTarget:
        return ReportedTarget(part=part, rule_version=1, met=met, breached=breached, excluded=0, result=result)

    def test_the_same_sums_of_other_targets_are_something_else(self) -> None:
        before = self.figures(self.target("in-15", 2, 0, "kept"), self.target("in-40", 0, 2, "broken"))
        after = self.figures(self.target("in-15", 1, 1, "broken"), self.target("in-40", 1, 1, "broken"))
        assert differs(before, after)
        assert not differs(before, before)

    def test_what_a_release_without_targets_reported_is_not_compared(self) -> None:
        after = self.figures(self.target("in-15", 1, 1, "broken"))
        assert not differs(after.model_copy(update={"targets": None}), after)

    def test_a_check_that_fails_tonight_takes_no_target_back(self) -> None:
        before = self.figures(self.target("in-15", 2, 2, "kept"))
        after = self.figures(self.target("in-15", 2, 2, "check_error"), result="check_error")
        assert not differs(before, after)

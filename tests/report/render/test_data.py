"""The same figures as workbook, CSV and JSON: typed, and harmless whatever a source calls its cases."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from charter.report import render_week
from charter.report.facts.figure_rows import figure_rows
from charter.report.facts.gather import week_facts
from charter.report.render.data import figures_csv
from charter.report.week import RenderedReport
from tests.report.builders import Scenario, usual_week

TEAM = "branch-team"


def rendered(scenario: Scenario) -> RenderedReport:
    week = render_week(scenario.settings, scenario.agency, scenario.as_of)
    return next(report for report in week.reports if report.department_id == TEAM)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RenderedReport:
    return rendered(usual_week(tmp_path_factory.mktemp("formats") / "var"))


def test_csv_json_and_workbook_have_the_figures_of_the_one_model(report: RenderedReport) -> None:
    rows = list(csv.DictReader(io.StringIO((report.folder / "report.csv").read_text(encoding="utf-8-sig"))))
    told = json.loads((report.folder / "report.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(report.folder / "report.xlsx")
    sheet = [[cell.value for cell in row] for row in book["수치"].iter_rows(min_row=2)]
    assert report.data
    assert [row["figure"] for row in rows] == [each["figure"] for each in told] == [row[0] for row in sheet]
    for row, line, each, cells in zip(report.data, rows, told, sheet, strict=True):
        counts = (row.met, row.breached, row.pending, row.excluded)
        assert (int(line["met"]), int(line["breached"]), int(line["pending"]), int(line["excluded"])) == counts
        assert (each["met"], each["breached"], each["pending"], each["excluded"]) == counts
        assert tuple(cells[4:8]) == counts


def test_the_figures_are_those_of_the_report_on_file(report: RenderedReport) -> None:
    told = {standard.standard_id: standard for standard in report.figures.standards}
    for row in report.data:
        if row.department_id == TEAM:
            assert (row.met, row.breached) == (told[row.standard_id].met, told[row.standard_id].breached)


def test_the_workbook_lists_every_case_with_typed_cells_and_a_filter(report: RenderedReport) -> None:
    sheet = openpyxl.load_workbook(report.folder / "report.xlsx")["사례"]
    titles = [cell.value for cell in sheet[1]]
    rows: list[dict[Any, Any]] = [
        dict(zip(titles, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)
    ]
    assert {row["구분"] for row in rows} == {"이번 주 못 지킴", "밀림", "7일 안에 기한"}
    assert sum(row["구분"] == "이번 주 못 지킴" for row in rows) == 8
    assert all(row["시작"].year == 2026 for row in rows)
    assert all(isinstance(row["기준값"], int | float) for row in rows if row["기준값"] is not None)
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize(
    "number",
    ['=HYPERLINK("https://x.example")', "+1+1", "@SUM(A1)", "-2", "\u202etxt.exe", "<b>fett</b>", "🙂 번호", "Số 1"],
)
def test_a_case_number_never_becomes_a_formula(tmp_path: Path, number: str) -> None:
    scenario = Scenario(tmp_path / "var")
    scenario.commitment(
        *("branch-first-reply", TEAM, number, "breached"), opened="2026-06-29 09:00", due="2026-07-01 09:00"
    )
    made = rendered(scenario.build())
    cell = openpyxl.load_workbook(made.folder / "report.xlsx")["사례"]["D2"]
    assert cell.data_type == "s"
    assert cell.value == number.replace("\u202e", "")


def test_a_title_that_looks_like_a_formula_is_no_formula_in_csv(usual: Scenario) -> None:
    facts = next(iter(week_facts(usual.settings, usual.agency, usual.as_of)))
    [row] = [next(iter(figure_rows(facts)))]
    line = figures_csv([row.model_copy(update={"figure": "=1+1"})]).decode("utf-8-sig").splitlines()[1]
    assert line.startswith("'=1+1,")


def test_the_same_facts_give_the_same_files(tmp_path: Path, report: RenderedReport) -> None:
    again = rendered(usual_week(tmp_path / "again"))
    for name in ("report.xlsx", "report.csv", "report.json"):
        assert (again.folder / name).read_bytes() == (report.folder / name).read_bytes()

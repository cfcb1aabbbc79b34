"""The matrix with a night's results: as a page, a workbook and JSON."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from charter.audit.matrix.build import current_matrix, matrix_json, matrix_workbook
from charter.audit.matrix.rows import Matrix
from charter.audit.site import write_audit_pages
from charter.report.site.editions import Edition
from charter.words import words_in
from tests.report.builders import Scenario, usual_week


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return usual_week(tmp_path_factory.mktemp("week") / "var")


@pytest.fixture(scope="module")
def edition(week: Scenario) -> Edition:
    return Edition(words_in(week.settings, week.agency, "en"), tuple(week.agency.charter.languages))


@pytest.fixture(scope="module")
def matrix(week: Scenario, edition: Edition) -> Matrix:
    return current_matrix(week.settings, week.agency, edition)


class TestResults:
    def test_a_row_has_the_last_closed_week_in_which_its_version_decided_anything(self, matrix: Matrix) -> None:
        row = next(row for row in matrix.rows if row.name == "branch-first-reply/v1")
        assert row.last is not None
        assert row.last.figure == "2026-W27/branch-first-reply"
        assert row.last.met + row.last.breached > 0
        assert row.last.night == matrix.night

    def test_before_the_first_night_the_matrix_is_there_without_results(
        self, week: Scenario, edition: Edition, tmp_path: Path
    ) -> None:
        nothing_yet = Scenario(tmp_path / "var").settings
        found = current_matrix(nothing_yet, week.agency, edition)
        assert found.night is None
        assert len(found.rows) == 36
        assert not any(row.last for row in found.rows)
        assert not any(check.outcome for check in found.checks)
        assert matrix_workbook(week.agency, edition, found)

    def test_a_check_that_erred_is_no_breach(self, tmp_path: Path, edition: Edition) -> None:
        week = Scenario(tmp_path / "var")
        week.many_met("phone-answer", "voc-team", 12)
        week.check("phone-answer/week", "threshold", "check_error", standard_id="phone-answer")
        week.build()
        found = current_matrix(week.settings, week.agency, edition)
        row = next(row for row in found.rows if row.standard_id == "phone-answer")
        assert row.last is not None
        assert row.last.result == "check_error"


class TestWorkbook:
    def test_cells_are_typed_the_header_stays_and_every_column_can_be_filtered(
        self, week: Scenario, edition: Edition, matrix: Matrix
    ) -> None:
        book = load_workbook(BytesIO(matrix_workbook(week.agency, edition, matrix)))
        assert book.sheetnames == ["Clauses", "Tables", "Checks", "Not traced"]
        clauses = book["Clauses"]
        assert clauses.freeze_panes == "A2"
        assert clauses.auto_filter.ref == f"A1:{clauses.dimensions.split(':')[1]}"
        headings = [cell.value for cell in clauses[1]]
        row = next(row for row in clauses.iter_rows(min_row=2) if row[3].value == "branch-first-reply")
        cells = dict(zip(headings, row, strict=True))
        assert isinstance(cells["in force from"].value, datetime)
        assert isinstance(cells["as of"].value, datetime)
        assert isinstance(cells["met"].value, int)
        assert isinstance(cells["share met"].value, float)
        assert clauses.max_row == 1 + len(matrix.rows)

    def test_every_pair_of_a_clause_and_a_check_is_there(
        self, week: Scenario, edition: Edition, matrix: Matrix
    ) -> None:
        checks = load_workbook(BytesIO(matrix_workbook(week.agency, edition, matrix)))["Checks"]
        assert checks.max_row == 1 + sum(len(row.checks) for row in matrix.rows)

    def test_no_text_becomes_a_formula(self, week: Scenario, edition: Edition, matrix: Matrix) -> None:
        evil = [row.model_copy(update={"standard": '=HYPERLINK("x")', "threshold": "@SUM(1)"}) for row in matrix.rows]
        made = matrix_workbook(week.agency, edition, matrix.model_copy(update={"rows": tuple(evil)}))
        for sheet in load_workbook(BytesIO(made)):
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)

    def test_the_same_matrix_gives_the_same_bytes(self, week: Scenario, edition: Edition, matrix: Matrix) -> None:
        assert matrix_workbook(week.agency, edition, matrix) == matrix_workbook(week.agency, edition, matrix)


def test_json_can_be_read_back(matrix: Matrix) -> None:
    said = matrix_json(matrix)
    assert Matrix.model_validate_json(said) == matrix
    assert json.loads(said)["charter_id"] == "kotra"


class TestPage:
    def test_files_of_a_language_that_is_spoken_no_more_are_removed(self, week: Scenario) -> None:
        folder = week.settings.site_dir
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "matrix.fr.xlsx").write_bytes(b"old")
        (folder / "matrix").mkdir(exist_ok=True)
        (folder / "matrix" / "thresholds.fr.html").write_bytes(b"old")
        written = {path.name for path in write_audit_pages(week.settings, week.agency, week.as_of)}
        assert {"matrix.html", "matrix.en.html", "matrix.xlsx", "matrix.json", "matrix.en.xlsx"} <= written
        assert not (folder / "matrix.fr.xlsx").exists()
        assert not (folder / "matrix" / "thresholds.fr.html").exists()

    def test_every_clause_and_every_suite_is_on_it_and_every_check_on_the_page_of_its_suite(
        self, week: Scenario, matrix: Matrix
    ) -> None:
        write_audit_pages(week.settings, week.agency, week.as_of)
        page = (week.settings.site_dir / "matrix.html").read_text(encoding="utf-8")
        assert all(f'id="{row.standard_id}-v{row.rule_version}"' in page for row in matrix.rows)
        for suite in {check.suite for check in matrix.checks}:
            assert f'<li id="{suite}"><a href="matrix/{suite}.html">' in page, "an address of an earlier release"
            own = (week.settings.site_dir / "matrix" / f"{suite}.html").read_text(encoding="utf-8")
            assert all(f"<code>{check.name}</code>" in own for check in matrix.checks if check.suite == suite)

    def test_the_page_of_a_suite_leads_back_to_the_clauses(self, week: Scenario) -> None:
        write_audit_pages(week.settings, week.agency, week.as_of)
        page = (week.settings.site_dir / "matrix" / "thresholds.en.html").read_text(encoding="utf-8")
        assert 'href="../matrix.en.html#phone-answer-v1"' in page

    def test_what_serves_no_promise_is_told_at_its_head(self, week: Scenario, edition: Edition, matrix: Matrix) -> None:
        from charter.audit.matrix.page import MatrixPage
        from charter.audit.matrix.rows import Untraced
        from charter.report.facts.warehouse import open_warehouse

        with open_warehouse(week.settings) as warehouse:
            page = MatrixPage(week.settings, week.agency, edition, warehouse.run)
        spoiled = matrix.model_copy(update={"untraced": (Untraced(kind="source", name="front-desk"),)})
        said = page.pages(spoiled, "matrix.xlsx", "matrix.json")["matrix.en.html"]
        assert "Serves no promise of the charter: source front-desk" in said
        assert "Each of them is traced" not in said

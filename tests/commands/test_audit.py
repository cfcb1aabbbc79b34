"""What an auditor reads at the command line: the matrix, and all that was ever excused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from charter.cli import main
from tests.report.builders import HOME, usual_week


@pytest.fixture(autouse=True)
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual_week(tmp_path / "var")
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))


def charter(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_matrix_lists_every_clause_and_says_that_each_is_traced() -> None:
    output = charter("matrix")
    assert "핵심/지사화/5" in output
    assert "2026-W27/branch-first-reply" in output
    assert output.splitlines()[-1].startswith("36 rule versions, ")
    assert output.splitlines()[-1].endswith("each is traced from end to end")


def test_json_goes_to_the_output_alone_and_in_the_language_asked_for() -> None:
    assert json.loads(charter("matrix", "--json"))["language"] == "ko"
    english = json.loads(charter("exceptions", "--json", "--language", "en"))
    assert english["language"] == "en"
    assert english["waivers"][0]["waiver_id"] == "W-2026-03"


def test_workbooks_are_written(tmp_path: Path) -> None:
    charter("matrix", "--workbook", str(tmp_path / "matrix.xlsx"))
    charter("exceptions", "--workbook", str(tmp_path / "exceptions.xlsx"))
    assert load_workbook(tmp_path / "matrix.xlsx").sheetnames[0] == "조항"
    assert load_workbook(tmp_path / "exceptions.xlsx").sheetnames[0] == "결정"


def test_exceptions_are_listed_with_approver_and_count() -> None:
    output = charter("exceptions")
    waiver = next(line for line in output.splitlines() if line.startswith("W-2026-03"))
    assert "감사실장" in waiver
    assert "expired" in waiver
    assert "1 waiver and" in output.splitlines()[-1]

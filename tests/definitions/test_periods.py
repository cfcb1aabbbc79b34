"""`charter check` on the periods that a charter is judged in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import DefinitionError
from charter.definitions import load_agency

LETTERS = Path(__file__).parents[1] / "agencies" / "letters"


def with_periods(folder: Path, periods: str, *, fiscal_year: bool = True) -> Path:
    shutil.copytree(LETTERS, folder)
    charter, calendar = folder / "charter.yaml", folder / "calendar.yaml"
    text = charter.read_text(encoding="utf-8")
    charter.write_text(text.replace("[rolling_year, month, quarter, fiscal_year]", periods), encoding="utf-8")
    if not fiscal_year:
        text = calendar.read_text(encoding="utf-8")
        calendar.write_text(text.replace("fiscal_year_starts: 04-01\n", ""), encoding="utf-8")
    return folder


def test_day_week_and_year_are_always_judged(tmp_path: Path) -> None:
    agency = load_agency(with_periods(tmp_path / "letters", "[quarter, month]"))
    assert agency.charter.period_kinds == ("day", "week", "month", "quarter", "year")


@pytest.mark.parametrize(
    ("periods", "what"),
    [
        ("[month, decade]", "decade"),
        ("[month, quarter, month]", "the period 'month' is given twice"),
        ("[month, fiscal_year]", "calendar.yaml does not say when the fiscal year starts"),
    ],
)
def test_what_is_no_period_is_told_with_its_line(tmp_path: Path, periods: str, what: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        load_agency(with_periods(tmp_path / "letters", periods, fiscal_year=False))
    [problem] = refused.value.problems
    assert what in f"{problem.what} {problem.remedy}"
    assert problem.where.endswith("charter.yaml:7"), problem.where

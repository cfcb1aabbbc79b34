"""What `charter check` says of promises about broken promises that could not be judged: with line and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import DefinitionError, Problem
from charter.definitions import load_agency
from tests.definitions.folder import problems_of

REFUNDS = Path(__file__).parents[1] / "agencies" / "refunds"


def problems(folder: Path, file: str, old: str, new: str) -> tuple[list[Problem], int]:
    """What is wrong with the refunds agency when ``new`` stands for ``old``; and the line on which that stood."""
    shutil.copytree(REFUNDS, folder)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = text.count("\n", 0, text.index(old)) + 1
    return problems_of(folder), line


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy"),
    [
        (
            "breach_of: {standard: answered}",
            "breach_of: {standard: answerd}",
            "'answerd' is not a standard",
            "did you mean 'answered'?",
        ),
        (
            "breach_of: {standard: answered}",
            "breach_of: {standard: answered, part: son}",
            "'son' is not a part of 'answered'",
            "did you mean 'soon'?",
        ),
        (
            "breach_of: {standard: answered}",
            "breach_of: {standard: compensated}",
            "version 1 of 'compensated' is judged on 'late_complaints', not on 'complaints'",
            "derive the table from 'late_complaints'",
        ),
        (
            "breach_of: {standard: answered}",
            "breach_of: {standard: compensated}",
            "breaches come back to themselves: late_complaints is judged after late_complaints",
            "let one of these standards be judged on a table that has no breaches",
        ),
        (
            "times: 5",
            "times: letter",
            "'letter' is not a column of 'late_complaints'",
            "known are: answered_on, apologised_at, breach_department, breach_due_at, breach_due_on,"
            " breach_ended_at, breach_over, breached_at, breached_on, compensated_on, compensation, complaint_id,"
            " office, paid_each_day, paid_each_day_on, received_on",
        ),
        (
            "product: {of: breach_over",
            "product: {of: breached_on",
            "'breached_on' of 'late_complaints' is of type date, not integer or number",
            "name a column of that type, or correct its type in subjects.yaml",
        ),
        (
            "      apologised_at: {first",
            "      breached_at: {first",
            "every table of breaches has a column 'breached_at'",
            "call this one otherwise",
        ),
    ],
)
def test_a_table_of_breaches(tmp_path: Path, old: str, new: str, what: str, remedy: str) -> None:
    found, _ = problems(tmp_path / "refunds", "subjects.yaml", old, new)
    assert (what, remedy) in [(each.what, each.remedy) for each in found]


def test_a_column_that_is_called_as_one_of_every_breach(tmp_path: Path) -> None:
    shutil.copytree(REFUNDS, tmp_path / "refunds")
    for file in ("subjects.yaml", "sources.yaml", "charter.yaml"):
        path = tmp_path / "refunds" / file
        path.write_text(path.read_text(encoding="utf-8").replace("answered_on", "breached_on"), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load_agency(tmp_path / "refunds")
    assert "'complaints' has a column 'breached_on', as every table of breaches has" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy"),
    [
        (
            "owner: {department: north}",
            "owner: {column: office}",
            "'office' does not say who answers for a breach that may be there",
            "owner: {column: breach_department}, or one department",
        ),
        (
            "where: {paid_each_day: {at_least: owed_each_day}}",
            "where: {paid_each_day: {at_least: breached_on}}",
            "'breached_on' of 'late_complaints' is of type date, not integer or number",
            "name a column of that type, or correct its type in subjects.yaml",
        ),
    ],
)
def test_a_promise_about_a_breach(tmp_path: Path, old: str, new: str, what: str, remedy: str) -> None:
    found, line = problems(tmp_path / "refunds", "charter.yaml", old, new)
    assert [(each.what, each.remedy, each.where) for each in found] == [(what, remedy, f"refunds/charter.yaml:{line}")]


def test_breaches_are_not_counted(tmp_path: Path) -> None:
    opens = (
        "opens: breached_on, fulfilled_by: {any_of: [apologised_at]}, clock: working_days, limit: 3 days, unit: days"
    )
    shutil.copytree(REFUNDS, tmp_path / "refunds")
    path = tmp_path / "refunds" / "charter.yaml"
    before, _, after = path.read_text(encoding="utf-8").partition("  - id: apologised\n")
    after = after.replace("kind: deadline", "kind: zero", 1).replace("        missing_day_at_most: 5\n", "", 1)
    after = after.replace(opens, "on: breached_on, clock: calendar, days: every_day")
    path.write_text(f"{before}  - id: apologised\n{after}", encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load_agency(tmp_path / "refunds")
    assert [each.what for each in raised.value.problems] == [
        "'late_complaints' has breaches, and a promise about each is of kind deadline, lead_time and coverage, not zero"
    ]

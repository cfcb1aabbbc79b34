"""`charter check` on what is counted in slots and per department: slots exist, and each count has its owner."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import DefinitionError
from charter.definitions import load_agency
from tests.definitions.folder import problems_of

BRANCHES = Path(__file__).parents[1] / "agencies" / "branches"


def problems_with(folder: Path, file: str, old: str, new: str) -> list[tuple[str, str]]:
    """What `charter check` says of the advice centres with one thing changed: what, and the line it points to."""
    shutil.copytree(BRANCHES, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return [(problem.what, problem.where.rpartition(":")[2]) for problem in problems_of(folder)]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("charter.yaml", "slot: week, per: {department: centre}}", "slot: week}", "names many departments"),
        ("charter.yaml", "owner: {column: centre}", "owner: {department: head-office}", "no column says which row"),
        ("charter.yaml", "per: {department: centre}", "per: {department: center}", "of the kind 'center'"),
        ("charter.yaml", "only: [8, 9, 14]", "only: [8, 54]", "a week is numbered 1 to 53"),
        ("charter.yaml", "slot: term, nth: 3", "slot: term, only: [1]", "a term has no number"),
        ("calendar.yaml", "fiscal_year_starts: 03-16", "fiscal_year_starts: 02-29", "most years lack 29 February"),
        ("calendar.yaml", "fiscal_year_starts: 03-16", "", "when the fiscal year starts"),
        ("calendar.yaml", "to: 2026-03-22", "to: 2026-04-13", "begins before another has ended"),
        ("calendar.yaml", "to: 2026-03-22", "to: 2026-01-31", "before it begins"),
        ("calendar.yaml", "name: 2026-summer", "name: 2026-spring", "given twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, file: str, old: str, new: str, what: str) -> None:
    found = problems_with(tmp_path / "agency", file, old, new)
    assert any(what in text for text, _ in found), found
    assert all(line.isdigit() for _, line in found)


def test_terms_that_nobody_named_are_asked_for(tmp_path: Path) -> None:
    shutil.copytree(BRANCHES, tmp_path / "centres")
    text = (BRANCHES / "calendar.yaml").read_text(encoding="utf-8")
    without = "\n".join(line for line in text.splitlines() if "name: 2026" not in line).replace("terms:", "terms: []")
    (tmp_path / "centres" / "calendar.yaml").write_text(without, encoding="utf-8")
    with pytest.raises(DefinitionError, match="names no terms"):
        load_agency(tmp_path / "centres")


def test_the_centres_are_sound(tmp_path: Path) -> None:
    assert problems_with(tmp_path / "agency", "charter.yaml", "target: 0.5", "target: 0.6") == []


MEAN = "on: visited_at, slot: month, per: {department: centre}, figure: {mean: minutes}"
SCORE = MEAN.replace("minutes", "score")


@pytest.mark.parametrize("scope", ["subject: visits\n        where: {score: {is_null: false}}", "subject: visits"])
def test_what_may_be_empty_is_measured_where_the_rule_or_the_part_says_without_it(tmp_path: Path, scope: str) -> None:
    shutil.copytree(BRANCHES, folder := tmp_path / "centres")
    text = (folder / "charter.yaml").read_text(encoding="utf-8")
    assert text.count(MEAN) == 1
    text = text.replace("subject: visits", scope, 1).replace(MEAN, SCORE)
    (folder / "charter.yaml").write_text(text, encoding="utf-8")
    problems = [problem.what for problem in problems_of(folder)]
    assert any("'score' of 'visits' may be empty" in what for what in problems) == ("where" not in scope)


def test_a_fact_may_be_empty_too(tmp_path: Path) -> None:
    """A wiped answer would improve the mean of the days to it."""
    shutil.copytree(BRANCHES, folder := tmp_path / "centres")
    with (folder / "subjects.yaml").open("a", encoding="utf-8") as subjects:
        subjects.write("  scored_visits:\n    from: visits\n    text: Visits\n    columns:\n")
        subjects.write("      points: {product: {of: score, times: 5}}\n")
    text = (folder / "charter.yaml").read_text(encoding="utf-8")
    text = text.replace("subject: visits", "subject: scored_visits", 1).replace(MEAN, MEAN.replace("minutes", "points"))
    (folder / "charter.yaml").write_text(text, encoding="utf-8")
    (problem,) = (each for each in problems_of(folder) if "may be empty" in each.what)
    assert problem.remedy == "say in the part that they do not count: where: {points: {is_null: false}}"


STAYS = """
  stays:
    from: clients
    text: How long clients stayed
    columns:
      days: {days_between: [registered_on, left_on]}
"""
SHORT_STAYS = """
  - id: short-stays
    citation: centres/9
    pledge: near
    text: {ko: 머무름, en: Clients stay for a short time}
    kind: measure
    rules:
      - version: 1
        effective_from: 2026-02-01
        basis: charter
        threshold: {ko: 백 일, en: a hundred days}
        target: 1.0
        subject: stays
        where: {left_on: {is_null: false}, days: {is_null: false}}
        owner: {department: head-office}
        parts: [{id: mean, on: left_on, slot: month, figure: {mean: days}, at_most: 100}]
"""


@pytest.mark.parametrize(
    ("feed", "where", "is_sound"),
    [
        ("", "", False),
        ("in_order: [[registered_on, left_on]], ", "", True),
        ("in_order: [[left_on, registered_on]], ", "", False),
        ("", "where: {days: {at_least: -10}}, ", True),
    ],
)
def test_days_that_are_measured_are_not_below_zero_by_a_slip(
    tmp_path: Path, feed: str, where: str, is_sound: bool
) -> None:
    """A year mistyped in the second date would make the mean better than any row that is right."""
    shutil.copytree(BRANCHES, folder := tmp_path / "centres")
    for name, more in (("subjects", STAYS), ("charter", SHORT_STAYS.replace("figure: {mean", where + "figure: {mean"))):
        with (folder / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(more)
    text = (folder / "sources.yaml").read_text(encoding="utf-8")
    assert text.count("{table: clients, ") == 1
    text = text.replace("{table: clients, ", "{table: clients, " + feed)
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    remedies = [problem.remedy for problem in problems_of(folder)]
    assert (
        (not remedies) if is_sound else (len(remedies) == 1 and "in_order: [[registered_on, left_on]]" in remedies[0])
    )

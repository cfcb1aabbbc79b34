"""`charter check` on targets: each commitment counts towards exactly one, and only promises to each case are parted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import Problem
from charter.definitions import load_agency
from tests.definitions.folder import problems_of
from tests.definitions.test_counted import BRANCHES

GRANTS = Path(__file__).parents[1] / "agencies" / "grants"


def problems(folder: Path, agency: Path, old: str, new: str) -> list[Problem]:
    """What is wrong with an agency when ``new`` stands for the first ``old``."""
    shutil.copytree(agency, folder)
    text = (folder / "charter.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "charter.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return problems_of(folder)


def line_of(agency: Path, text: str) -> str:
    content = (agency / "charter.yaml").read_text(encoding="utf-8")
    return f"agency/charter.yaml:{content.count(chr(10), 0, content.index(text)) + 1}"


def test_parts_may_have_targets_where_the_rule_has_none() -> None:
    decided, paid = (standard.rules[0] for standard in load_agency(GRANTS).charter.standards)
    assert (decided.target, decided.targets) == (None, {"in-15": 0.8, "in-40": 0.95})
    assert (paid.target, paid.targets) == (0.9, {None: 0.9})


def test_a_part_without_a_target_beside_others_that_have_one_is_refused(tmp_path: Path) -> None:
    [problem] = problems(tmp_path / "agency", GRANTS, "{id: in-40, target: 0.95,", "{id: in-40,")
    assert problem.what == (
        "'in-40' has no target, and other parts have one each: its commitments would count towards none"
    )
    assert problem.where == line_of(GRANTS, "{id: in-40")
    assert problem.remedy == "add target: 0.95 (the share, above 0 and at most 1) to the part"


def test_a_target_of_the_rule_and_one_of_a_part_would_count_twice(tmp_path: Path) -> None:
    first, second = problems(
        tmp_path / "agency",
        GRANTS,
        "        exclude: [withdrawn]\n",
        "        exclude: [withdrawn]\n        target: 0.9\n",
    )
    assert "'in-15' would count twice" in first.what
    assert "'in-40' would count twice" in second.what
    assert first.remedy == "remove the target of the rule and give each part one, or remove this one"
    line = int(line_of(GRANTS, "{id: in-15").rpartition(":")[2]) + 1
    assert first.where == f"agency/charter.yaml:{line}"


def test_a_rule_without_any_target_is_refused(tmp_path: Path) -> None:
    [problem] = problems(tmp_path / "agency", GRANTS, "        target: 0.9\n", "")
    assert problem.what == "no target says how many of its commitments must be met"
    assert problem.remedy == "add target: 0.95 (the share, above 0 and at most 1) to the rule, or one to each part"
    assert problem.where.startswith("agency/charter.yaml:")


@pytest.mark.parametrize("target", ["0", "1.01", "80 %", "-0.5"])
def test_a_target_of_a_part_is_a_share(tmp_path: Path, target: str) -> None:
    [problem] = problems(tmp_path / "agency", GRANTS, "target: 0.8,", f"target: {target},")
    assert problem.where == line_of(GRANTS, "target: 0.8,")


def test_what_counts_slots_has_no_targets_of_its_parts(tmp_path: Path) -> None:
    shutil.copytree(BRANCHES, tmp_path / "branches")
    path = tmp_path / "branches" / "charter.yaml"
    text = (
        path.read_text(encoding="utf-8")
        .replace("        target: 0.99\n", "")
        .replace("id: day, on:", "id: day, target: 0.99, on:")
    )
    path.write_text(text, encoding="utf-8")
    [problem] = problems_of(tmp_path / "branches")
    assert problem.what == "'day' counts slots or days, and has a limit of its own to hold them against"
    assert "parts of deadline, lead-time and coverage standards may have targets" in problem.remedy

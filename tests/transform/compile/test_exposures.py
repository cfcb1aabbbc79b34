"""Who reads the marts is told to dbt: each report, the site, and what auditors get."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from charter.definitions import load_agency
from charter.transform.compile.exposures import exposures

HOME = Path(__file__).resolve().parents[3]
FOLDERS = sorted(path.parent for root in ("charters", "tests/agencies") for path in HOME.glob(f"{root}/*/charter.yaml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_names_marts_that_there_are_and_no_person(folder: Path) -> None:
    agency = load_agency(folder)
    made = exposures(agency)
    names = [each["name"] for each in made]
    assert len(set(names)) == len(names)
    assert {"site", "weekly_report", "traceability_matrix", "register_of_exceptions"} <= set(names)
    marts = {path.stem for path in (HOME / "dbt_project" / "models" / "marts").glob("*.sql")}
    assert {ref.removeprefix("ref('").removesuffix("')") for each in made for ref in each["depends_on"]} <= marts
    assert "@" not in yaml.safe_dump(made)


def test_a_department_with_recipients_has_its_weekly_report() -> None:
    agency = load_agency(HOME / "charters" / "library")
    below = [each for each in agency.organisation.departments if each.recipients and each.placements[0].parent]
    names = {each["name"] for each in exposures(agency)}
    assert below
    assert {f"weekly_report_of_{each.id.replace('-', '_')}" for each in below} <= names

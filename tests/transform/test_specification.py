"""The models' unit tests are the specification that an auditor reads: they pass, and they speak of one charter.

Those of the engine's models run on a small agency (tests/agencies/town), those of an agency's tables on that agency.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from charter.base.errors import TransformError
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.transform import build_warehouse
from charter.transform.build.nightly import run_dbt
from charter.transform.control.tables import control_tables

from .conftest import HOME

AS_OF = datetime(2026, 7, 5, 15, tzinfo=UTC)
MODELS = HOME / "dbt_project" / "models"
TOWN = HOME / "tests" / "agencies" / "town"
KOTRA = HOME / "charters" / "kotra"
FIXTURES = HOME / "dbt_project" / "tests" / "fixtures"
# A charter's folder, and where the unit tests are that speak of it.
SPECIFICATIONS = [(TOWN, MODELS), (KOTRA, KOTRA / "models")]
CITATION = re.compile(r"([a-z-]+),\s+(town|(?:핵심|고객서비스)/[^\s/]+)/(\d+)(?:-(\d+))?")

# These give out another table as it is; subjects_measure and subjects_pauses read nothing here, since neither charter
# has a measure or pauses: tests/commitments (test_measures, test_forms_of_deadlines) hold them against a plain reading.
WITHOUT_UNIT_TEST = {
    *("commitments_tonight", "dim_department", "dim_rule_part", "dim_standard", "fct_commitments", "ownership", "run"),
    *("measured_figures", "subjects_measure", "subjects_pauses", "unread_entries"),
}


# An agency, and the unit tests that speak of it.
Specification = tuple[Agency, list[dict[str, Any]]]


@cache
def unit_tests(*folders: Path) -> list[dict[str, Any]]:
    """Every unit test in ``folders`` and below; of all specifications when none is named."""
    below = folders or tuple(models for _, models in SPECIFICATIONS)
    files = sorted(file for folder in below for file in folder.rglob("_*.yml"))
    return [test for file in files for test in (YAML(typ="safe").load(file) or {}).get("unit_tests", [])]


@pytest.fixture(params=SPECIFICATIONS, ids=lambda each: each[0].name)
def specification(request: pytest.FixtureRequest) -> Specification:
    folder, models = request.param
    return load_agency(folder), unit_tests(models)


@pytest.fixture(scope="module")
def town() -> Agency:
    return load_agency(TOWN)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("folder", "models"), SPECIFICATIONS, ids=lambda each: each.name)
def test_the_models_do_what_their_unit_tests_say(folder: Path, models: Path, tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"CHARTER_HOME": str(HOME), "CHARTER_DIR": str(folder), "CHARTER_VAR": str(tmp_path)}
    )
    agency = load_agency(folder)
    names = [test["name"] for test in unit_tests(models)]
    build_warehouse(settings, agency, AS_OF, AS_OF)
    try:
        receipt = run_dbt(settings, agency, ["test", "--select", *names])
    except TransformError as error:
        pytest.fail("\n\n".join(f"{each.where}\n{each.what}" for each in error.problems), pytrace=False)
    assert receipt.tests == len(names)


def test_every_model_that_decides_something_has_a_unit_test(agency: Agency) -> None:
    tested = {test["model"] for test in unit_tests()}
    models = {file.stem for file in MODELS.rglob("*.sql")} | {
        subject.model for subject in agency.subjects.values() if not subject.landed
    }
    assert models - tested == WITHOUT_UNIT_TEST


def test_every_unit_test_says_its_rule_in_a_sentence() -> None:
    names = [test["name"] for test in unit_tests()]
    assert len(set(names)) == len(names)
    for test in unit_tests():
        assert len(test["description"].split()) > 8, test["name"]


def test_unit_tests_cite_standards_where_the_charter_has_them(specification: Specification) -> None:
    agency, tests = specification
    places = {standard.id: standard.citation for standard in agency.charter.standards}
    cited = [(test["name"], match) for test in tests for match in CITATION.finditer(test["description"])]
    assert len(cited) > 20
    for name, match in cited:
        assert f"{match[2]}/{match[4] or match[3]}" == places.get(match[1]), f"{name} cites {match[0]}"


def _mocked_parts(tests: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for test in tests:
        for given in test["given"]:
            if given["input"] == "source('control', 'rule_parts')":
                yield from ((test["name"], row) for row in given["rows"])


def test_the_rules_in_the_unit_tests_are_those_of_the_charter(town: Agency) -> None:
    """A limit changed in charter.yaml is changed in the specification, too."""
    columns = {"standard_id", "rule_version", "part"}
    table = control_tables(town, [], AS_OF, AS_OF)["rule_parts"].to_pylist()
    compiled = {(row["standard_id"], row["rule_version"], row["part"]): row for row in table}
    compared = 0
    for name, mocked in _mocked_parts(unit_tests(MODELS)):
        rule = compiled.get((mocked["standard_id"], mocked["rule_version"], mocked["part"]))
        # Windows of a rule's validity are what some tests are about; the others give what the charter gives.
        given = {key: value for key, value in mocked.items() if key not in columns | {"effective_from", "effective_to"}}
        if rule is not None:
            compared += 1
            assert given == {key: rule[key] for key in given}, f"{name}: {mocked['standard_id']}/{mocked['part']}"
    assert compared > 15


@pytest.mark.parametrize(
    ("fixture", "table"), [("summer_2026_clock_days", "clock_days"), ("summer_2026_working_spans", "working_spans")]
)
def test_the_calendar_in_the_unit_tests_is_that_of_the_agency(town: Agency, fixture: str, table: str) -> None:
    """The part of summer 2026 that the tests need, without a gap, as it was known on 6 July: the latest version."""
    with (FIXTURES / f"{fixture}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    built = [
        {key: _as_written(value) for key, value in row.items()}
        for row in control_tables(town, [], AS_OF, AS_OF)[table].to_pylist()
    ]
    for calendar in {row["calendar"] for row in rows}:
        part = [row for row in rows if row["calendar"] == calendar]
        of_calendar = [row for row in built if row["calendar"] == calendar]
        latest = max(int(row["last_version"]) for row in of_calendar)
        first, last = part[0]["starts_at"], part[-1]["starts_at"]
        assert part == [
            row for row in of_calendar if int(row["last_version"]) == latest and first <= row["starts_at"] <= last
        ]


def _as_written(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

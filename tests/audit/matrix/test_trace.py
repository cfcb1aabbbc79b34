"""Every promise is traced to what is measured and shown of it, and everything that is kept serves a promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from charter.assertions import build_suites
from charter.audit.matrix.rows import Matrix, Untraced
from charter.audit.matrix.trace import trace
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.report.site.editions import Edition
from charter.transform.compile.models import write_models
from charter.words import words_in
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).resolve().parents[3]
FOLDERS = sorted(path.parent for root in ("charters", "tests/agencies") for path in HOME.glob(f"{root}/*/charter.yaml"))


def matrix_of(folder: Path, language: str | None = None) -> tuple[Agency, Matrix]:
    settings = Settings(home=HOME, charter_dir=folder, var_dir=folder, environment={})
    agency = load_agency(folder)
    languages = tuple(agency.charter.languages)
    return agency, trace(agency, Edition(words_in(settings, agency, language or languages[0]), languages))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def traced(request: pytest.FixtureRequest) -> tuple[Agency, Matrix]:
    return matrix_of(request.param)


class TestOfEveryAgency:
    def test_every_version_of_every_rule_has_its_row(self, traced: tuple[Agency, Matrix]) -> None:
        agency, matrix = traced
        assert [(row.citation, row.standard_id, row.rule_version) for row in matrix.rows] == [
            (each.citation, each.id, rule.version) for each in agency.charter.standards for rule in each.rules
        ]

    def test_everything_serves_a_promise(self, traced: tuple[Agency, Matrix]) -> None:
        assert traced[1].untraced == ()

    def test_every_expectation_has_an_entry_and_rests_on_something(self, traced: tuple[Agency, Matrix]) -> None:
        agency, matrix = traced
        settings = Settings(home=HOME, charter_dir=HOME, var_dir=HOME, environment={})
        suites = build_suites(agency, words_in(settings, agency, "en"))
        assert [check.name for check in matrix.checks] == [
            f"{suite.name}/{check.name}" for suite in suites for check in suite.checks
        ]
        assert all(check.rows for check in matrix.checks)

    def test_rows_and_checks_name_each_other(self, traced: tuple[Agency, Matrix]) -> None:
        matrix = traced[1]
        forth = {(row.name, check) for row in matrix.rows for check in row.checks}
        assert forth == {(row, check.name) for check in matrix.checks for row in check.rows}

    def test_every_row_goes_from_a_source_to_where_it_is_shown(self, traced: tuple[Agency, Matrix]) -> None:
        agency, matrix = traced
        for row in matrix.rows:
            assert row.sources, row.name
            assert all(table.columns for table in row.tables), row.name
            assert {f"thresholds/{row.standard_id}/{kind}" for kind in agency.charter.period_kinds} <= set(row.checks)
            assert {place.kind for place in row.places} == {"site", "agency_report", "department_report"}
            assert row.targets

    def test_every_model_is_one_that_is_built(self, traced: tuple[Agency, Matrix], tmp_path: Path) -> None:
        agency, matrix = traced
        write_models(agency, tmp_path, HOME / "dbt_project")
        own = {f"charters/{agency.charter.id}/models", f"tests/agencies/{agency.charter.id}/models"}
        built = {
            path.stem
            for folder in (tmp_path, HOME / "dbt_project" / "models", *(HOME / each for each in own))
            for path in folder.rglob("*.sql")
        }
        assert {model for row in matrix.rows for model in row.models} <= built

    def test_no_source_is_left_out_of_the_rows(self, traced: tuple[Agency, Matrix]) -> None:
        agency, matrix = traced
        assert {source.id for source in agency.sources} == {name for row in matrix.rows for name in row.sources}


class TestWhatServesNoPromise:
    def test_a_source_that_feeds_nothing_measured_is_told_with_its_table_and_checks(self, tmp_path: Path) -> None:
        charter = CharterFolder(tmp_path, HOME / "tests" / "agencies" / "grants")

        def with_visits(subjects: Any) -> None:
            subjects["subjects"]["visits"] = {
                "text": "Visits that nothing is promised of",
                "key": "visit_id",
                "columns": {"visit_id": {"type": "text", "required": True}},
            }

        def with_desk(sources: Any) -> None:
            desk = {**sources["sources"][0], "id": "front-desk"}
            feed = {"table": "visits", "path": "visits.csv", "full": True, "columns": {"visit_id": "No"}}
            sources["sources"].append({**desk, "feeds": [feed]})

        charter.change("subjects.yaml", with_visits)
        charter.change("sources.yaml", with_desk)
        found = matrix_of(charter.path)[1].untraced
        assert Untraced(kind="source", name="front-desk") in found
        assert Untraced(kind="table", name="visits") in found
        assert Untraced(kind="expectation", name="contract_visits/visit_id/unique") in found
        assert Untraced(kind="expectation", name="contract_sources/front-desk/adds_up") in found

    def test_a_pledge_under_which_nothing_is_promised_is_told(self, tmp_path: Path) -> None:
        charter = CharterFolder(tmp_path, HOME / "tests" / "agencies" / "grants")
        language = load_agency(charter.path).charter.language
        charter.change(
            "charter.yaml", lambda said: said["pledges"].append({"id": "bonus", "text": {language: "We are kind"}})
        )
        assert matrix_of(charter.path)[1].untraced == (Untraced(kind="pledge", name="bonus"),)


def test_columns_are_those_that_the_rule_and_its_derived_tables_name() -> None:
    _, matrix = matrix_of(HOME / "tests" / "agencies" / "grants")
    decided = next(row for row in matrix.rows if row.tables[0].table == "applications")
    assert {"application_id", "received_on", "decided_on"} <= set(decided.tables[0].columns)
    assert decided.tables[-1].role == "waivers"


def test_texts_are_in_the_language_asked_for() -> None:
    _, german = matrix_of(HOME / "charters" / "library")
    _, english = matrix_of(HOME / "charters" / "library", "en")
    assert german.rows[0].standard.startswith("Ein vorgemerktes Medium")
    assert english.rows[0].standard.startswith("A reserved item")
    assert [row.name for row in german.rows] == [row.name for row in english.rows]

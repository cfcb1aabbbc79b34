"""The models that are written for an agency's tables: plain files that a person could have written."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
import yaml
from sqlfluff.core import FluffConfig, Linter

from charter.definitions import load_agency
from charter.transform.compile.models import write_models
from tests.transform.conftest import HOME

PROJECT = HOME / "dbt_project"
AGENCIES = {"kotra": HOME / "charters" / "kotra", "parcels": HOME / "tests" / "agencies" / "parcels"}
REFUNDS = HOME / "tests" / "agencies" / "refunds"


@pytest.fixture(params=sorted(AGENCIES))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write_models(load_agency(AGENCIES[request.param]), tmp_path, PROJECT)
    return tmp_path


def test_they_pass_the_linter_as_ours_do(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    linter = Linter(config=FluffConfig.from_root())
    for file in sorted(written.rglob("*.sql")):
        found = linter.lint_string(file.read_text(encoding="utf-8"), fname=str(file)).get_violations()
        assert [(file.name, each.line_no, each.desc()) for each in found] == []


def test_every_model_and_column_is_described_and_its_grain_is_tested(written: Path) -> None:
    described = {
        model["name"]: model
        for file in written.rglob("_*.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    }
    assert set(described) == {file.stem for file in written.rglob("*.sql")}
    for model in described.values():
        assert model["description"]
        assert "grain" in model["data_tests"][0]
        assert all(column["description"] for column in model["columns"])


def test_a_table_that_is_no_longer_declared_leaves_no_model_behind(tmp_path: Path) -> None:
    write_models(load_agency(AGENCIES["kotra"]), tmp_path, PROJECT)
    write_models(load_agency(AGENCIES["parcels"]), tmp_path, PROJECT)
    models = sorted(file.name for file in tmp_path.rglob("*.sql"))
    assert models == [
        *("int_deliveries.sql", "int_held_parcels.sql", "int_ownership.sql"),
        *("stg_parcels.sql", "stg_scans.sql", "stg_waivers.sql"),
    ]


def test_promises_about_broken_promises_have_the_engines_models_once_more(tmp_path: Path) -> None:
    write_models(load_agency(REFUNDS), tmp_path, PROJECT)
    assert sorted(file.stem for file in tmp_path.rglob("*_tier_2.sql")) == [
        *("commitments_deadline_tier_2", "commitments_judged_tier_2", "due_calendar_tier_2", "due_elapsed_tier_2"),
        *("subjects_deadline_tier_2", "subjects_exclusions_tier_2", "subjects_pauses_tier_2"),
    ]
    copied = (tmp_path / "commitments/due_elapsed_tier_2.sql").read_text(encoding="utf-8")
    assert copied == (PROJECT / "models/commitments/deadline/due_elapsed.sql").read_text(encoding="utf-8")
    described = yaml.safe_load((tmp_path / "commitments/_tiers.yml").read_text(encoding="utf-8"))["models"]
    assert {model["name"] for model in described} == {file.stem for file in tmp_path.rglob("commitments/*.sql")}
    assert all(column["description"] for model in described for column in model["columns"])


def test_a_model_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    """dbt parses anew whatever was written anew."""
    agency = load_agency(AGENCIES["parcels"])
    write_models(agency, tmp_path, PROJECT)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.*")}
    write_models(agency, tmp_path, PROJECT)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.*")} == before


def test_braces_in_a_text_are_not_read_by_dbt(tmp_path: Path) -> None:
    agency = load_agency(AGENCIES["parcels"])
    parcels = agency.subjects["parcels"].model_copy(update={"text": "Parcels {{ ref('x') }}\nselect 1"})
    write_models(agency.model_copy(update={"subjects": {**agency.subjects, "parcels": parcels}}), tmp_path, PROJECT)
    header = (tmp_path / "staging/stg_parcels.sql").read_text(encoding="utf-8").splitlines()[0]
    assert header == "-- Grain: one row per parcel_id. Parcels { { ref('x') }} select 1."


@pytest.mark.parametrize("braces", ["{{ env_var('SECRET') }}", "{% raise %}", "{# unclosed", "{{{{ x }}}}"])
@pytest.mark.parametrize("table", ["parcels", "deliveries"])
def test_braces_in_a_columns_text_are_not_read_by_dbt(tmp_path: Path, braces: str, table: str) -> None:
    agency = load_agency(AGENCIES["parcels"])
    subject = agency.subjects[table]
    key = subject.columns[subject.key].model_copy(update={"text": f"Its number, {braces}\nas printed."})
    changed = subject.model_copy(update={"columns": {**subject.columns, subject.key: key}})
    write_models(agency.model_copy(update={"subjects": {**agency.subjects, table: changed}}), tmp_path, PROJECT)
    for file in tmp_path.rglob("*.yml"):
        written = file.read_text(encoding="utf-8")
        for model in yaml.safe_load(written).get("models", []):
            for column in model["columns"]:
                assert jinja2.Template(column["description"]).render() == column["description"]

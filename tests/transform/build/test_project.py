"""dbt's project as it is laid out in the state: a copy that is as what it is a copy of, whatever happened to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import StateError
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.transform.build.project import lay_out, place_of, table_models
from tests.transform.conftest import HOME


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose project and agency are copies, to be changed."""
    shutil.copytree(HOME / "dbt_project", tmp_path / "dbt_project")
    shutil.copytree(HOME / "charters" / "kotra", tmp_path / "charters" / "kotra")
    return Settings(tmp_path, tmp_path / "charters" / "kotra", tmp_path / "var", {})


@pytest.fixture
def kotra(settings: Settings) -> Agency:
    return load_agency(settings.charter_dir)


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_our_models_the_tables_and_the_agencys_own_are_in_one_folder(settings: Settings, kotra: Agency) -> None:
    project = lay_out(settings, kotra)

    assert project.is_relative_to(settings.work_dir)
    for part in ("models", "macros", "tests"):
        assert files_below(project / part) == files_below(settings.home / "dbt_project" / part)
    assert files_below(project / "tables") == files_below(table_models(settings))
    assert files_below(project / "own") == files_below(settings.charter_dir / "models")


def test_what_was_changed_added_or_taken_away_since_is_so_in_the_copy(settings: Settings, kotra: Agency) -> None:
    project = lay_out(settings, kotra)
    ours = settings.home / "dbt_project" / "models"
    first, second = sorted(ours.rglob("*.sql"))[:2]
    first.write_text("select 1\n", encoding="utf-8")
    second.unlink()
    (ours / "new.sql").write_text("select 2\n", encoding="utf-8")
    # Left by a run that was killed, and by somebody who tried something.
    (project / "macros" / "half.sql").write_text("{% macro", encoding="utf-8")
    (project / "dbt_project.yml").write_text("name: ch", encoding="utf-8")

    assert lay_out(settings, kotra) == project

    assert files_below(project / "models") == files_below(ours)
    assert files_below(project / "macros") == files_below(settings.home / "dbt_project" / "macros")
    assert (project / "dbt_project.yml").read_bytes() == (settings.home / "dbt_project/dbt_project.yml").read_bytes()


def test_what_is_as_it_was_is_not_written_again(settings: Settings, kotra: Agency) -> None:
    project = lay_out(settings, kotra)
    times = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    lay_out(settings, kotra)
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == times


def test_a_project_that_is_a_link_is_laid_out_as_the_project_itself(settings: Settings, kotra: Agency) -> None:
    elsewhere = (settings.home / "dbt_project").rename(settings.home / "elsewhere")
    (settings.home / "dbt_project").symlink_to(elsewhere)
    assert files_below(lay_out(settings, kotra) / "models") == files_below(elsewhere / "models")


def test_a_model_is_named_where_a_person_finds_it(settings: Settings) -> None:
    assert place_of(settings, "models/marts/run.sql") == "dbt_project/models/marts/run.sql"
    assert place_of(settings, "tables/staging/stg_calls.sql") == "var/work/models/staging/stg_calls.sql"
    assert place_of(settings, "own/int_inquiries.sql") == "kotra/models/int_inquiries.sql"


def test_a_place_that_cannot_be_written_is_named(settings: Settings, kotra: Agency) -> None:
    settings.work_dir.mkdir(parents=True)
    (settings.work_dir / "dbt_project").write_text("in the way", encoding="utf-8")
    with pytest.raises(StateError, match="work/dbt_project"):
        lay_out(settings, kotra)

"""When a night may go on from the build before, and when everything is built anew."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.lake.files import raw_partition
from charter.transform.build.builds import Build, definitions_digest, forget_build, keep_build, last_build, this_build
from tests.transform.conftest import HOME

SATURDAY = datetime(2026, 7, 4, 15, tzinfo=UTC)
SUNDAY = SATURDAY + timedelta(days=1)
SOURCES = {"calls": "telephone", "ticket_events": "voc", "tickets": "voc", "meetings": "registers"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})


@pytest.fixture
def db() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def landed(
    settings: Settings, table: str, as_of: datetime, content: bytes = b"rows", source: str | None = None
) -> Path:
    path = raw_partition(settings, table, source or SOURCES[table], as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def built(db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, night: datetime = SATURDAY) -> Build:
    build = this_build(settings, agency, night, night)
    keep_build(db, build)
    return build


def goes_on(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, night: datetime = SUNDAY
) -> Build | None:
    return last_build(db, settings, agency, this_build(settings, agency, night, night))


def test_the_next_night_goes_on_from_the_build_before(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    landed(settings, "calls", SATURDAY)
    saturday = built(db, settings, agency)
    landed(settings, "calls", SUNDAY)
    assert goes_on(db, settings, agency) == saturday
    assert goes_on(db, settings, agency, SATURDAY) == saturday


def test_the_first_build_is_a_full_one(db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency) -> None:
    assert goes_on(db, settings, agency) is None


def test_what_was_not_built_to_its_end_is_built_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    built(db, settings, agency)
    forget_build(db)
    assert goes_on(db, settings, agency) is None


def test_a_night_before_the_last_build_is_built_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    built(db, settings, agency, SUNDAY)
    assert goes_on(db, settings, agency, SATURDAY) is None


def test_a_build_that_knew_more_is_not_gone_on_from(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    keep_build(db, this_build(settings, agency, SATURDAY, SUNDAY + timedelta(days=1)))
    assert goes_on(db, settings, agency) is None


def test_another_charter_builds_everything_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    built(db, settings, agency)
    edited = agency.model_copy(update={"digests": {**agency.digests, "charter.yaml": "another"}})
    assert goes_on(db, settings, edited) is None


@pytest.mark.parametrize("file", ["models/marts/run.sql", "models/sources.yml", "macros/engine.sql"])
def test_another_model_builds_everything_anew(settings: Settings, agency: Agency, tmp_path: Path, file: str) -> None:
    place = tmp_path / "dbt_project" / file
    place.parent.mkdir(parents=True)
    elsewhere = replace(settings, home=tmp_path)
    before = definitions_digest(elsewhere, agency, SATURDAY)
    place.write_text("select 1")
    assert definitions_digest(elsewhere, agency, SATURDAY) != before


def test_a_file_of_an_earlier_night_that_changed_builds_everything_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    file = landed(settings, "calls", SATURDAY)
    built(db, settings, agency)
    landed(settings, "calls", SATURDAY, b"other rows")
    assert goes_on(db, settings, agency) is None
    built(db, settings, agency)
    # Another file may have the same size: the time of its change tells.
    os.utime(file, ns=(0, 0))
    assert goes_on(db, settings, agency) is None


def test_a_file_of_an_earlier_night_that_came_since_builds_everything_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    built(db, settings, agency)
    landed(settings, "ticket_events", SATURDAY - timedelta(days=3))
    assert goes_on(db, settings, agency) is None


def test_a_lake_that_was_moved_is_read_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, tmp_path: Path
) -> None:
    built(db, settings, agency)
    moved = replace(settings, var_dir=tmp_path / "elsewhere")
    assert goes_on(db, moved, agency) is None


def test_registers_are_read_whole_and_may_change(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    landed(settings, "meetings", SATURDAY)
    saturday = built(db, settings, agency)
    landed(settings, "meetings", SATURDAY, b"other rows")
    assert goes_on(db, settings, agency) == saturday


def test_a_table_that_a_second_source_lands_in_builds_everything_anew(
    db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency
) -> None:
    """From then on its ids tell the source."""
    landed(settings, "tickets", SATURDAY)
    built(db, settings, agency)
    landed(settings, "tickets", SUNDAY, source="crm")
    assert goes_on(db, settings, agency) is None

"""Readers open a finished copy, and keep it while the next one takes its place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from charter.base.errors import DamagedWarehouse, TransformError
from charter.base.settings import Settings
from charter.transform import publish_warehouse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, charter_dir=tmp_path, var_dir=tmp_path / "var", environment={})


def work(settings: Settings, value: int, *, is_full: bool = True) -> None:
    """A working warehouse, as a full build or an increment left it, whose only mart holds ``value``."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.work_warehouse)) as connection:
        for schema in ("control", "marts", "staging", "raw"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create or replace table control.build as select {is_full} as is_full")
        connection.execute("create or replace view raw.tickets as select 'not for readers' as ticket_id")
        connection.execute(f"create or replace table marts.run as select {value} as value")
        connection.execute("create or replace table staging.stg_tickets as select 'not for readers' as ticket_id")


def published(settings: Settings) -> int:
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return int(connection.execute("select value from marts.run").fetchall()[0][0])


@pytest.mark.parametrize("is_full", [True, False])
def test_marts_and_nothing_else_are_published(settings: Settings, is_full: bool) -> None:
    work(settings, 1, is_full=is_full)
    assert publish_warehouse(settings) == ["run"]
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        views = connection.execute("select schema_name from duckdb_views() where not internal").fetchall()
        schemas = connection.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
    assert (tables, views) == ([("marts", "run")], [])
    assert set(schemas) <= {("marts",), ("main",)}
    assert published(settings) == 1


def test_a_reader_keeps_the_warehouse_it_opened(settings: Settings) -> None:
    work(settings, 1)
    publish_warehouse(settings)
    with duckdb.connect(str(settings.warehouse), read_only=True) as reader:
        work(settings, 2)
        publish_warehouse(settings)
        assert reader.execute("select value from marts.run").fetchall() == [(1,)]
    assert published(settings) == 2


def test_what_a_killed_publication_left_behind_does_no_harm(settings: Settings) -> None:
    work(settings, 1)
    Path(f"{settings.warehouse}.new").write_bytes(b"half a warehouse")
    Path(f"{settings.warehouse}.new.wal").write_bytes(b"half a log")
    publish_warehouse(settings)
    assert published(settings) == 1
    assert [path.name for path in sorted(settings.var_dir.glob("warehouse*"))] == ["warehouse.duckdb"]


def test_a_failed_publication_leaves_the_published_warehouse_alone(settings: Settings) -> None:
    work(settings, 1)
    publish_warehouse(settings)
    settings.work_warehouse.write_bytes(b"not a warehouse")
    with pytest.raises(DamagedWarehouse):
        publish_warehouse(settings)
    assert published(settings) == 1


def test_without_a_working_warehouse_the_error_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(TransformError, match="no warehouse to publish") as error:
        publish_warehouse(settings)
    assert str(settings.work_warehouse) in str(error.value)
    assert "transform step" in str(error.value)
    assert not settings.warehouse.exists()

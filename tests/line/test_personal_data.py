"""Customers' names, addresses and numbers stay in the source systems: nothing that the line keeps has them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.line.installation import House, house

pytestmark = pytest.mark.slow

PERSONAL = ("cust_nm", "cust_telno", "cust_email")
CALLER = "발신번호"


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("house"), patch) as made:
        made.live_until("2026-03-01")
        made.night("2026-03-01")
        made.week("2026-03-01")
        yield made


def planted(demo: Path) -> set[str]:
    """What the source systems know about persons."""
    with sqlite3.connect(demo / "voc.db") as voc:
        rows = voc.execute(f"select {', '.join(PERSONAL)} from tb_voc_rcpt").fetchall()
    callers = {
        row[CALLER]
        for path in (demo / "calls").glob("*.csv")
        for row in csv.DictReader(path.read_text(encoding="cp949").splitlines())
        if row.get(CALLER)
    }
    return {str(value) for row in rows for value in row if value and len(str(value)) > 4} | callers


def kept_texts(house: House) -> Iterator[tuple[Path, str]]:
    """Every file that the line keeps, as text; Parquet and DuckDB files with their values spelt out."""
    for path in sorted(house.settings.var_dir.rglob("*")):
        if not path.is_file() or house.settings.demo_dir in path.parents:
            continue
        if path.suffix == ".parquet":
            with duckdb.connect() as reader:
                rows = reader.execute(
                    "select * from read_parquet(?, hive_partitioning = false)", [str(path)]
                ).fetchall()
            yield path, repr(rows)
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as warehouse:
                for schema, table in warehouse.execute(
                    "select schema_name, table_name from duckdb_tables()"
                ).fetchall():
                    yield path, repr(warehouse.execute(f'select * from {schema}."{table}"').fetchall())
        else:
            yield path, path.read_bytes().decode("utf-8", errors="replace")


def test_the_log_the_figures_and_the_pages_of_runs_are_looked_through_too(after_a_night: House) -> None:
    looked_at = {path.relative_to(after_a_night.settings.var_dir).parts[0] for path, _ in kept_texts(after_a_night)}

    assert looked_at >= {"runs", "logs", "metrics", "status"}


def test_no_person_is_found_in_anything_that_the_line_keeps(after_a_night: House) -> None:
    persons = planted(after_a_night.settings.demo_dir)
    assert len(persons) > 100

    found = {
        (path.relative_to(after_a_night.settings.var_dir).as_posix(), person)
        for path, text in kept_texts(after_a_night)
        for person in persons
        if person in text
    }

    assert found == set()

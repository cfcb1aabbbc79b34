"""Tells when charter.assertions.gx_duckdb is no longer needed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import great_expectations as gx
import pytest
from duckdb_engine import DuckDBIdentifierPreparer
from great_expectations.execution_engine import sqlalchemy_execution_engine as engine
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull

from charter.assertions.gx_duckdb import keep_duckdb_connected, quote_words_of_duckdb
from charter.assertions.judge import COUNTS_ONLY


def checked_without_error(warehouse: Path) -> bool:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("CREATE TABLE calls AS SELECT range AS call_id FROM range(3)")
    source = gx.get_context(mode="ephemeral").data_sources.add_sql("calls", connection_string=f"duckdb:///{warehouse}")
    batch = source.add_table_asset("calls", table_name="calls").add_batch_definition_whole_table("all").get_batch()
    check = ExpectColumnValuesToNotBeNull(column="call_id")
    return bool(batch.validate(check, result_format=COUNTS_ONLY).success)


def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    known = engine._PERSISTED_CONNECTION_DIALECTS
    shipped = tuple(dialect for dialect in known if type(dialect) is type(known[0]))
    monkeypatch.setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", shipped)


def test_great_expectations_as_shipped_still_fails_on_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_shipped(monkeypatch)
    assert not checked_without_error(tmp_path / "calls.duckdb"), (
        "Great Expectations now reads DuckDB by itself: remove charter.assertions.gx_duckdb and this test"
    )


def test_with_the_patch_it_reads_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_shipped(monkeypatch)
    keep_duckdb_connected()
    keep_duckdb_connected()
    assert len(engine._PERSISTED_CONNECTION_DIALECTS) == len(set(engine._PERSISTED_CONNECTION_DIALECTS))
    assert checked_without_error(tmp_path / "calls.duckdb")


def test_every_word_of_duckdb_is_quoted_as_a_name() -> None:
    quote_words_of_duckdb()
    with duckdb.connect() as connection:
        words = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function')"
        ).fetchall()
    assert {word for (word,) in words} <= DuckDBIdentifierPreparer.reserved_words

"""The harness itself: it runs dbt's own SQL, and a change of what a model reads is loud."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from tests.commitments.edges import HEARD_ALL, Rows
from tests.commitments.warehouse import Warehouse


def test_staging_has_the_columns_of_the_charters_subjects(warehouse: Warehouse) -> None:
    for name, subject in warehouse.agency.subjects.items():
        if subject.landed and subject.model in warehouse.models:
            assert warehouse.columns_of(subject.model) == {*subject.columns, "source_id", "known_at", "origin"}, name


def test_a_column_that_no_model_serves_is_refused(warehouse: Warehouse) -> None:
    row = {**Rows(warehouse.agency, "visits").add(), "left_at": None}
    with pytest.raises(AssertionError, match=r"stg_visits has no columns \['left_at'\]"):
        warehouse.judge(["deadline"], {"stg_visits": [row]}, HEARD_ALL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"control"."rule_parts"', '"control"."rule_lines"'),
        ("part.limit_count", "part.limit_days"),
        ("subject.promised_at", "subject.promised_for"),
    ],
    ids=["another table", "another control column", "another subject column"],
)
def test_a_model_that_reads_something_new_fails(warehouse: Warehouse, old: str, new: str) -> None:
    whole = warehouse.models["due_elapsed"]
    assert old in whole.sql
    warehouse.models["due_elapsed"] = replace(whole, sql=whole.sql.replace(old, new))
    try:
        with pytest.raises(duckdb.Error):
            warehouse.judge(["deadline"], {}, HEARD_ALL)
    finally:
        warehouse.models["due_elapsed"] = whole

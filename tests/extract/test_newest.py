"""One rule says which version of a row is the newest: per source and key, in Python's SQL and in dbt's alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import jinja2
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.lake.newest import newest_versions, of_newest, version_order

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros" / "staging.sql"
FRIDAY = datetime(2026, 7, 3, 15)
# Of few sources, keys and nights: a source says one thing of a key in a night, and may say that it is gone.
VERSIONS = st.dictionaries(
    st.tuples(st.sampled_from(["voc", "crm"]), st.sampled_from(["17", "18"]), st.integers(0, 3)),
    st.booleans(),
    min_size=1,
)


def test_dbt_spells_the_same_rule() -> None:
    source = MACROS.read_text("utf-8").split("{% macro staged_column")[0]
    template = jinja2.Environment().from_string(source)
    template.globals["microseconds"] = lambda instant: f"epoch_us({instant})"
    macro = template.module.version_order  # type: ignore[attr-defined]
    assert str(macro("versions")).lower() == version_order("versions").lower()


@given(VERSIONS)
@settings(deadline=None)
def test_the_newest_is_the_last_thing_that_its_own_source_said(versions: dict[tuple[str, str, int], bool]) -> None:
    expected = {}
    for (source, key, night), gone in sorted(versions.items(), key=lambda version: version[0][2]):
        expected[source, key] = (FRIDAY + timedelta(days=night), gone)
    rows = [
        (source, key, FRIDAY + timedelta(days=night), gone, f"{source}{key}{night}")
        for (source, key, night), gone in versions.items()
    ]
    with duckdb.connect() as db:
        db.execute(
            "create table landed (_source_id text, _row_key text, _known_at timestamp, _deleted boolean, "
            "_row_hash text)"
        )
        db.executemany("insert into landed values (?, ?, ?, ?, ?)", rows)
        found = db.execute(f"select _source_id, _row_key, _known_at, _deleted from ({newest_versions('landed')})")
        assert {(source, key): (night, gone) for source, key, night, gone in found.fetchall()} == expected
        grouped = db.execute(
            f"select _source_id, _row_key, max(_known_at), {of_newest('_deleted')} from landed group by all"
        )
        assert {(source, key): (night, gone) for source, key, night, gone in grouped.fetchall()} == expected


def test_of_a_row_that_went_and_came_in_one_night_the_row_stands() -> None:
    with duckdb.connect() as db:
        db.execute(
            "create table landed as select 'voc' as _source_id, '17' as _row_key, "
            f"timestamp '{FRIDAY}' as _known_at, unnest([true, false]) as _deleted, '' as _row_hash"
        )
        assert db.execute(f"select _deleted from ({newest_versions('landed')})").fetchall() == [(False,)]

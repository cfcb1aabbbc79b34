"""The lake's contract with the next room: places, columns, types."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from charter.extract import ensure_contract_tables, read_quarantine
from tests.extract.builders import SUBJECTS, World, night, ticket, tickets_source

LINEAGE = ["_source_id", "_known_at", "_row_key", "_row_hash", "_origin", "_deleted"]


def test_every_landed_table_can_be_read_before_anything_has_landed(world: World) -> None:
    ensure_contract_tables(world.settings, world.agency)
    for table, subject in SUBJECTS.items():
        path = world.settings.raw_dir / table / "_contract.parquet"
        assert pq.read_schema(path).names == [*subject["columns"], *LINEAGE]
        assert pq.read_table(path, partitioning=None).num_rows == 0


def test_a_landed_file_has_exactly_the_columns_and_types_of_its_contract(world: World) -> None:
    ensure_contract_tables(world.settings, world.agency)
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    folder = world.settings.raw_dir / "tickets"
    landed = folder / "source=a-sql" / "as_of=20260701T150000Z" / "part-0.parquet"
    assert pq.read_schema(landed).equals(pq.read_schema(folder / "_contract.parquet"))
    types = dict(zip(pq.read_schema(landed).names, pq.read_schema(landed).types, strict=True))
    assert types["received_at"] == types["_known_at"] == pa.timestamp("us")
    assert types["project_ended_on"] == pa.date32()
    row = pq.read_table(landed, partitioning=None).to_pylist()[0]
    assert (row["_source_id"], row["_row_key"], row["_origin"], row["_deleted"]) == ("a-sql", "T1", "tickets:T1", False)
    assert row["_known_at"] == night("2026-07-01").replace(tzinfo=None)
    assert duckdb.sql(f"SELECT count(*) FROM '{folder}/**/*.parquet'").fetchone() == (1,)


def test_the_contract_tables_are_not_touched_when_they_are_right(world: World) -> None:
    ensure_contract_tables(world.settings, world.agency)
    path = world.settings.raw_dir / "tickets" / "_contract.parquet"
    before = path.stat().st_mtime_ns
    ensure_contract_tables(world.settings, world.agency)
    assert path.stat().st_mtime_ns == before


def test_the_receipt_vouches_for_every_file_by_its_digest(world: World) -> None:
    import hashlib

    world.database([ticket("T1"), ticket("T2", gubun="?")])
    receipt = world.extract(tickets_source(), "2026-07-01")
    assert receipt.quarantine is not None
    for digest in [*receipt.feeds[0].files, receipt.quarantine]:
        assert hashlib.sha256((world.lake / digest.path).read_bytes()).hexdigest() == digest.sha256


def test_the_quarantine_of_an_empty_lake_is_an_empty_table(world: World) -> None:
    frame = read_quarantine(world.settings, night("2026-07-01"))
    assert (len(frame), list(frame)) == (
        0,
        ["source_id", "table", "origin", "column", "reason", "row", "_known_at"],
    )

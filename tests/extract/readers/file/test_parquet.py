"""Parquet files: typed columns land as their contract says, one file, all that match, or one for each day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.definitions.models import Source
from charter.extract import FeedReceipt, read_quarantine
from charter.extract.contract.typed import arrow_texts
from tests.extract.builders import TICKETS, World, night, source

RECEIVED = datetime(2026, 7, 1, 10)
TYPES = {
    "no": pa.string(),
    "gubun": pa.dictionary(pa.int32(), pa.string()),
    "received": pa.timestamp("us"),
    "dept": pa.string(),
    "email": pa.string(),
    "ended": pa.date32(),
    "score": pa.decimal128(9, 2),
    "cnt": pa.int32(),
    "urgent": pa.bool_(),
}
ROW: dict[str, Any] = {"no": "T1", "gubun": "문의", "received": RECEIVED, "dept": "수출팀", "urgent": True}


def put(world: World, *rows: dict[str, Any], name: str = "tickets.parquet", **types: pa.DataType) -> None:
    path = world.folder / "files" / name
    path.parent.mkdir(exist_ok=True)
    schema = pa.schema({**TYPES, **types})
    pq.write_table(pa.Table.from_pylist([{**ROW, **row} for row in rows], schema), path)


def tickets(path: str = "tickets.parquet", expect: str = "each_night", **feed: Any) -> Source:
    content = {"table": "tickets", "path": path, "columns": TICKETS, **feed}
    return source("parquet", content, connection="a-csv", freshness={"expect": expect})


def extract(world: World, given: Source, day: str = "2026-07-01") -> FeedReceipt:
    return world.extract(given, day).feeds[0]


def landed(world: World) -> pd.Series[Any]:
    return world.versions("tickets").iloc[0]


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (pa.timestamp("us"), RECEIVED, datetime(2026, 7, 1, 1)),
        (pa.timestamp("ms"), RECEIVED, datetime(2026, 7, 1, 1)),
        (pa.timestamp("ns", "UTC"), RECEIVED.replace(tzinfo=UTC), datetime(2026, 7, 1, 10)),
        (pa.timestamp("us", "America/New_York"), RECEIVED.replace(tzinfo=UTC), datetime(2026, 7, 1, 10)),
        (pa.date32(), date(2026, 7, 1), datetime(2026, 6, 30, 15)),
        (pa.string(), "2026-07-01 10:00:00", datetime(2026, 7, 1, 1)),
    ],
    ids=str,
)
def test_instants_with_a_zone_keep_it_and_naive_ones_are_the_sources(
    world: World, kind: pa.DataType, given: object, stored: datetime
) -> None:
    put(world, {"received": given}, received=kind)
    extract(world, tickets())
    assert landed(world).received_at == stored


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (pa.decimal128(9, 2), Decimal("4.50"), 4.5),
        (pa.decimal256(50, 4), Decimal("4.0000"), 4.0),
        (pa.float64(), 0.1, 0.1),
        (pa.float32(), 0.5, 0.5),
        (pa.float64(), 1e15, 1e15),
        (pa.int8(), -3, -3.0),
        (pa.uint64(), 2**53, float(2**53)),
    ],
    ids=str,
)
def test_numbers_keep_their_value(world: World, kind: pa.DataType, given: object, stored: float) -> None:
    put(world, {"score": given, "cnt": 7}, score=kind)
    extract(world, tickets())
    assert (landed(world).score, landed(world)["count"]) == (stored, 7)


def test_codes_dates_truths_and_nothing(world: World) -> None:
    put(world, {"ended": date(2026, 7, 1)}, {"no": "T2", "urgent": None, "gubun": "불만"})
    feed = extract(world, tickets())
    assert (feed.read, feed.landed, feed.observed["cnt"]) == (2, 2, [])
    first, second = (row for _, row in world.versions("tickets").iterrows())
    assert (first.kind, first.project_ended_on, first.urgent) == ("inquiry", date(2026, 7, 1), True)
    assert (second.kind, second.project_ended_on, second.urgent) == ("complaint", None, None)


def test_a_row_is_named_by_its_number_in_the_file(world: World) -> None:
    put(world, {}, {"no": "T2", "gubun": "칭찬"}, {"no": "T3"})
    extract(world, tickets())
    assert world.versions("tickets")._origin.tolist() == ["tickets.parquet:1", "tickets.parquet:3"]
    assert read_quarantine(world.settings, night("2026-07-01")).origin.tolist() == ["tickets.parquet:2"]


def test_a_column_of_lists_can_not_be_mapped_and_an_unmapped_one_does_not_matter(world: World) -> None:
    put(world, {"tags": ["a"]}, tags=pa.list_(pa.string()))
    assert extract(world, tickets()).status == "landed"
    put(world, {"received": [RECEIVED]}, received=pa.list_(pa.timestamp("us")))
    feed = extract(world, tickets(), "2026-07-02")
    assert (feed.status, feed.drift.missing) == ("drifted", ["received"])
    assert feed.problem is not None
    assert "the column 'received' is of type list" in feed.problem.what


def test_a_column_that_changes_its_type_is_reported(world: World) -> None:
    put(world, {"cnt": 7})
    extract(world, tickets())
    put(world, {"no": "T2", "cnt": "7"}, cnt=pa.string())
    assert extract(world, tickets(), "2026-07-02").drift.retyped == ["cnt"]


def test_daily_files_and_files_that_match(world: World) -> None:
    put(world, {}, name="tickets_20260701.parquet")
    put(world, {"no": "T2", "received": RECEIVED + timedelta(days=1)}, name="tickets_20260702.parquet")
    daily = extract(world, tickets("tickets_{day}.parquet", "file_each_day"), "2026-07-02")
    assert [(str(day.day), day.landed) for day in daily.days] == [("2026-07-01", 1), ("2026-07-02", 1)]
    together = world.extract(tickets("tickets_*.parquet").model_copy(update={"id": "other"}), "2026-07-02").feeds[0]
    assert (together.landed, len(together.inputs)) == (2, 2)


def test_a_damaged_file_lands_nothing(world: World) -> None:
    put(world, {})
    path = world.folder / "files" / "tickets.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    feed = extract(world, tickets())
    assert (feed.status, feed.arrived) == ("failed", 0)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (pa.timestamp("s"), 2**62),
        (pa.timestamp("ms", "UTC"), -(2**62)),
        (pa.timestamp("us"), 2**62),
        (pa.date32(), 2**31 - 1),
        (pa.date64(), -(86_400_000 * 10**9)),
    ],
    ids=str,
)
def test_a_day_outside_the_calendar_is_refused_and_becomes_no_other_day(kind: pa.DataType, count: int) -> None:
    far = pa.array([count], pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)
    assert arrow_texts(far)[0].to_pylist() == ["a day outside the years 1 to 9999"]

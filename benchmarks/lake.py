"""Writes a lake of any size as the extraction would have left it: one partition a night, and the receipts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from charter.base.moments import end_of_day, local_midnight, naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.definitions.models import Feed, Source
from charter.extract import DayReceipt, FeedReceipt, SourceReceipt, ensure_contract_tables
from charter.lake.files import raw_partition
from charter.lake.receipts import receipt_path, to_json

SQL = Path(__file__).parent / "sql"
SEED = 20260101
# The tables that grow; of all others there are no rows, and receipts that say so.
GROWING = {"tickets": "voc", "ticket_events": "voc", "calls": "telephone"}


@dataclass(frozen=True)
class Volume:
    """How much happens on each day of the lake: about four events follow each ticket."""

    tickets_a_day: int
    calls_a_day: int

    @classmethod
    def of_year(cls, scale: float) -> Volume:
        """``scale`` times 100,000 tickets and 500,000 calls, spread over 365 days."""
        return cls(round(100_000 * scale / 365), round(500_000 * scale / 365))


def first_day(agency: Agency) -> date:
    """The first day of every generated lake: the charter's."""
    return agency.charter.in_force_from


def as_of_night(agency: Agency, days: int) -> datetime:
    """The as-of (aware) of the night that ends the ``days``-th day."""
    return end_of_day(first_day(agency) + timedelta(days=days - 1), agency.zone)


def write_nights(settings: Settings, agency: Agency, volume: Volume, first: int, last: int) -> dict[str, int]:
    """Lands the nights of days ``first`` to ``last`` (counted from 1, both included); gives the rows of each table."""
    ensure_contract_tables(settings, agency)
    rows = dict.fromkeys(GROWING, 0)
    with _generator(agency) as generator:
        for day in range(first, last + 1):
            landed = {table: _write_table(generator, settings, agency, volume, day, table) for table in GROWING}
            for source in agency.sources:
                _write_receipt(settings, agency, source, day, landed)
            rows = {table: rows[table] + landed[table] for table in rows}
    return rows


@contextmanager
def _generator(agency: Agency) -> Iterator[duckdb.DuckDBPyConnection]:
    departments = [each.id for each in agency.organisation.departments if each.kind in ("team", "trade_office")]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable seed = ?", [SEED])
        connection.execute("set variable departments = ?", [departments])
        midnight = naive_utc(local_midnight(first_day(agency), agency.zone))
        connection.execute("set variable first_midnight = ?::timestamp", [midnight])
        connection.execute((SQL / "macros.sql").read_text())
        yield connection


def _write_table(
    generator: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, volume: Volume, day: int, table: str
) -> int:
    as_of = as_of_night(agency, day)
    path = raw_partition(settings, table, GROWING[table], as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {
        "day": day - 1,
        "day_name": f"{first_day(agency) + timedelta(days=day - 1):%Y%m%d}",
        "per_day": volume.calls_a_day if table == "calls" else volume.tickets_a_day,
    }
    for name, value in values.items():
        generator.execute(f"set variable {name} = ?", [value])
    generator.execute("set variable known_at = ?::timestamp", [naive_utc(as_of)])
    query = (SQL / f"{table}.sql").read_text()
    written = generator.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd)").fetchone()
    assert written is not None
    return int(written[0])


def _write_receipt(settings: Settings, agency: Agency, source: Source, day: int, landed: dict[str, int]) -> None:
    as_of = as_of_night(agency, day)
    receipt = SourceReceipt(
        source_id=source.id,
        as_of=as_of,
        status="landed",
        feeds=[
            _feed_receipt(feed, first_day(agency) + timedelta(days=day - 1), landed.get(feed.table, 0))
            for feed in source.feeds
        ],
    )
    path = receipt_path(settings, source.id, as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_json(receipt))


def _feed_receipt(feed: Feed, day: date, rows: int) -> FeedReceipt:
    days = [DayReceipt(day=day, status="landed", arrived=rows, landed=rows)] if "{day}" in (feed.path or "") else []
    return FeedReceipt(table=feed.table, status="landed", arrived=rows, landed=rows, days=days, contract="generated")

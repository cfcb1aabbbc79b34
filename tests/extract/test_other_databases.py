"""Any other database that SQLAlchemy speaks: the same statements, and words of which nothing is known to be safe."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from charter.definitions.models import Source
from charter.extract import SourceReceipt, extract_source, is_retryable
from charter.extract.readers.database.sql_errors import is_lost, safe_words, unknown_name

from .builders import TICKETS, World, night, tickets_source

ORACLE, SQL_SERVER = sa.make_url("oracle+oracledb://u:secret@h/x"), sa.make_url("mssql+pyodbc://u:secret@h/x")


@pytest.fixture
def duck(tmp_path: Path) -> str:
    """A database of a kind that the reader knows nothing of."""
    path = tmp_path / "voc.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(
            """CREATE TABLE voc (no text, gubun text, received timestamp, dept text, email text, ended date,
               score decimal(6, 2), cnt int, urgent boolean, recorded timestamp, "a:b" text)"""
        )
        database.execute(
            """INSERT INTO voc SELECT 'T' || n, '문의', TIMESTAMP '2026-07-01 09:00:00', '수출팀', 'a@example.org',
               DATE '2026-06-30', 4.50, 3, true, TIMESTAMP '2026-07-01 10:00:00' + to_hours(9 * n::int), 'x'
               FROM range(3) t(n)"""
        )
    return f"duckdb:///{path}"


def extract(world: World, url: str, feeding: Source, day: str) -> SourceReceipt:
    environment = {**world.settings.environment, "CHARTER_CONN_A_SQL": url}
    settings = dataclasses.replace(world.settings, environment=environment)
    return extract_source(settings, world.agency, feeding, night(day))


def test_typed_columns_land_and_a_cursor_reads_on(world: World, duck: str) -> None:
    feeding = tickets_source(cursor={"column": "recorded", "overlap": "3 hours"})
    first = extract(world, duck, feeding, "2026-07-01").feeds[0]
    assert (first.landed, first.waiting) == (2, 1)
    row = world.versions("tickets").iloc[0]
    assert (str(row.received_at), row.score, row.urgent) == ("2026-07-01 00:00:00", 4.5, True)
    second = extract(world, duck, feeding, "2026-07-02").feeds[0]
    assert (second.landed, second.unchanged) == (1, 0)


def test_a_name_with_a_colon_is_no_bind(world: World, duck: str) -> None:
    columns = {**TICKETS, "customer": "a:b"}
    assert extract(world, duck, tickets_source(columns=columns), "2026-07-01").status == "landed"


def test_a_missing_column_is_drift_whatever_the_database(world: World, duck: str) -> None:
    columns = {**TICKETS, "received_at": "recieved"}
    feed = extract(world, duck, tickets_source(columns=columns), "2026-07-01").feeds[0]
    assert (feed.status, feed.drift.missing) == ("drifted", ["recieved"])


def test_its_own_words_are_not_repeated(world: World, duck: str) -> None:
    query = "SELECT * REPLACE (CAST(email AS int) AS cnt) FROM voc"
    feed = extract(world, duck, tickets_source(query=query), "2026-07-01").feeds[0]
    assert feed.status == "failed"
    assert "a@example.org" not in feed.model_dump_json()


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("oracle://reader:secret@db.agency.example/voc", "'oracledb'"),
        ("mssql+pyodbc://reader:secret@db.agency.example/voc", "'pyodbc'"),
        ("mssql+pymssql://reader:secret@db.agency.example/voc", "'pymssql'"),
        ("cubrid://reader:secret@db.agency.example/voc", "brings 'cubrid' to SQLAlchemy"),
    ],
)
def test_a_driver_that_is_not_installed_is_named_with_its_package(world: World, url: str, package: str) -> None:
    receipt = extract(world, url, tickets_source(), "2026-07-01")
    assert receipt.status == "unreachable"
    assert package in str(receipt.feeds[0].problem)
    assert "secret" not in receipt.model_dump_json()


class DriverError(Exception):
    """What a driver raises: an error whose arguments are its code and its words."""


def driver_error(*arguments: object) -> ProgrammingError:
    return ProgrammingError("SELECT 1", {}, DriverError(*arguments))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (driver_error('ORA-00904: "V"."RECEIVED": invalid identifier'), "RECEIVED"),
        (driver_error('ORA-00942: table or view "VOC"."TICKETS" does not exist'), "TICKETS"),
        (
            driver_error("42S22", "[42S22] [Microsoft][ODBC Driver 18] Invalid column name 'received'. (207)"),
            "received",
        ),
        (driver_error(208, b"Invalid object name 'dbo.tickets'.DB-Lib error message 20018"), "tickets"),
        (driver_error("ORA-01722: invalid number"), None),
        (driver_error("22018", "Invalid column name 'x' is what row 900101-1234567 says"), None),
    ],
)
def test_the_unknown_names_of_oracle_and_sql_server_are_drift(error: ProgrammingError, name: str | None) -> None:
    assert unknown_name(error) == name


def test_words_that_may_hold_a_row_are_left_out_and_the_code_is_told() -> None:
    row = "ORA-01722: unable to convert string value containing 'hong@example.org' to a number"
    assert safe_words(ORACLE, driver_error(row)) == "DriverError ORA-01722"
    assert safe_words(SQL_SERVER, driver_error("22018", "Conversion failed: 'hong@example.org'")) == "DriverError 22018"
    refused = driver_error((20009, b"Unable to connect: TDS server is unavailable (h)\nNet-Lib error"))
    assert (
        safe_words(SQL_SERVER, refused, connecting=True)
        == "Unable to connect: TDS server is unavailable (h) Net-Lib error"
    )
    assert safe_words(SQL_SERVER, refused) == "DriverError 20009"
    assert safe_words(ORACLE, driver_error("DPY-6005: cannot connect as u/secret"), connecting=True).endswith("u/***")


def test_a_connection_that_broke_is_worth_trying_again() -> None:
    assert is_lost(SQL_SERVER, driver_error("08S01", "Communication link failure"))
    assert not is_lost(SQL_SERVER, driver_error("42000", "Incorrect syntax"))


def test_a_broken_connection_is_retryable(world: World) -> None:
    assert is_retryable(extract(world, "postgresql://reader@127.0.0.1:1/voc", tickets_source(), "2026-07-01"))

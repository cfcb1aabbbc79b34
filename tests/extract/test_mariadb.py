"""MariaDB and MySQL: typed columns, the source's clock, one snapshot, words that hold no row, a server that dies."""

from __future__ import annotations

import dataclasses
import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from charter.definitions.models import Feed, Source
from charter.extract import SourceReceipt, extract_source, is_retryable, read_quarantine
from charter.extract.readers import RawBatch, Window
from charter.extract.readers.database.sql import SqlReader
from tests.servers.mariadb import PASSWORD, MariaDb, running_mariadb

from .builders import FIRMS, TICKETS, World, night, source
from .test_personal_data import MAIL, MEMO, NAME, PHONE, PLANTED, RRN, texts_below

pytestmark = pytest.mark.slow

TABLE = """
CREATE TABLE voc (no varchar(20), gubun varchar(20), received datetime, dept varchar(40), email varchar(80),
                  ended date, score decimal(6,2), cnt int, urgent tinyint(1), recorded timestamp(6) NULL, memo text)
ENGINE=InnoDB"""
ROW = """
INSERT INTO voc VALUES (%(no)s, '문의', '2026-07-01 09:00:00', '수출팀', %(email)s, '2026-06-30', 4.50, 3, %(urgent)s,
                        %(recorded)s, %(memo)s)"""
BOOLEANS = {"1": True, "0": False}


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    with running_mariadb() as running:
        yield running


@pytest.fixture
def database(server: MariaDb) -> Iterator[sa.Connection]:
    engine = server.engine()
    with engine.connect() as connection:
        connection.exec_driver_sql("SET time_zone = '+09:00'")
        connection.exec_driver_sql("DROP TABLE IF EXISTS voc")
        connection.exec_driver_sql(TABLE)
        yield connection
    engine.dispose()


def voc(**changes: object) -> Source:
    whole_source = {name: changes.pop(name) for name in ("time_zone", "instant_format") if name in changes}
    feed = {"table": "tickets", "query": "SELECT * FROM voc", "recorded_at": "recorded", "columns": TICKETS}
    return source("sql", {**feed, **changes}, booleans=BOOLEANS, **whole_source)


def extract(world: World, server: MariaDb, feeding: Source, day: str, url: str = "") -> SourceReceipt:
    environment = {**world.settings.environment, "CHARTER_CONN_A_SQL": url or server.url("reader")}
    settings = dataclasses.replace(world.settings, environment=environment)
    return extract_source(settings, world.agency, feeding, night(day))


def insert(database: sa.Connection, no: str, recorded: str | None, **changes: object) -> None:
    row = {"no": no, "recorded": recorded, "email": "a@example.org", "urgent": 1, "memo": "memo", **changes}
    database.exec_driver_sql(ROW, row)


def test_typed_columns_land_as_the_contract_says(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    insert(database, "T2", "2026-07-02 00:00:00.000001")
    feed = extract(world, server, voc(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.waiting) == (1, 1)
    row = world.versions("tickets").iloc[0]
    assert str(row.received_at) == "2026-07-01 00:00:00"
    assert (str(row.project_ended_on), row.score, row["count"], row.urgent) == ("2026-06-30", 4.5, 3, True)


def test_the_clock_of_both_kinds_of_time_is_the_sources(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    # A DATETIME is a wall clock, a TIMESTAMP an instant that is told in the session's zone: here both name one moment.
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 09:00:00")
    database.exec_driver_sql("SET time_zone = '-05:00'")
    query = "SELECT *, TIMESTAMPDIFF(SECOND, received, recorded) AS apart FROM voc"
    columns = {**TICKETS, "count": "apart"}
    extract(world, server, voc(query=query, columns=columns, recorded_at=None), "2026-07-01")
    assert world.versions("tickets")["count"][0] == 0


def test_a_cursor_on_a_typed_column(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    feeding = voc(cursor={"column": "recorded", "overlap": "6 hours"})
    insert(database, "T1", "2026-07-01 10:00:00")
    insert(database, "T2", "2026-07-01 19:00:00")
    extract(world, server, feeding, "2026-07-01")
    insert(database, "T3", "2026-07-01 18:30:00")
    feed = extract(world, server, feeding, "2026-07-02").feeds[0]
    assert (feed.arrived, feed.landed, feed.unchanged) == (2, 1, 1)


def test_a_cursor_on_seconds_since_1970(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    query = "SELECT v.*, UNIX_TIMESTAMP(recorded) AS moved FROM voc v"
    columns = {**TICKETS, "received_at": {"source": "moved", "format": "unix"}}
    feeding = voc(query=query, columns=columns, recorded_at="moved", cursor={"column": "moved", "overlap": "6 hours"})
    insert(database, "T1", "2026-07-01 10:00:00")
    insert(database, "T2", "2026-07-01 19:00:00")
    extract(world, server, feeding, "2026-07-01")
    feed = extract(world, server, feeding, "2026-07-02").feeds[0]
    assert (feed.arrived, feed.unchanged) == (1, 1)
    assert [str(at) for at in world.versions("tickets").received_at] == ["2026-07-01 01:00:00", "2026-07-01 10:00:00"]


def test_names_that_need_quotes(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    database.exec_driver_sql("DROP TABLE IF EXISTS `기업 대장`")
    database.exec_driver_sql(
        "CREATE TABLE `기업 대장` (`기업번호` varchar(9), `선정일` date, `order` text, `a``b` text)"
    )
    database.exec_driver_sql("INSERT INTO `기업 대장` VALUES ('F1', '2026-07-01', 'first', 'x')")
    feed = {
        "table": "firms",
        "query": "SELECT * FROM `기업 대장` -- all of them",
        "columns": {"firm_id": "기업번호", "selected_on": "선정일", "adviser": "order"},
    }
    receipt = extract(world, server, source("sql", feed), "2026-07-01")
    assert (receipt.status, receipt.feeds[0].landed) == ("landed", 1), receipt.feeds[0].problem
    assert "a`b" in receipt.feeds[0].source_columns


def test_a_query_may_hold_percent_signs(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    query = "SELECT * FROM voc WHERE dept LIKE '%출%' AND recorded <= :as_of"
    assert extract(world, server, voc(query=query), "2026-07-01").feeds[0].landed == 1


def test_a_column_that_was_renamed_is_told_with_its_new_name(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    database.exec_driver_sql("ALTER TABLE voc RENAME COLUMN received TO received_dt")
    named = "SELECT no, gubun, received, dept, email, ended, score, cnt, urgent, recorded FROM agency.voc AS v"
    for query in ("SELECT * FROM voc", named, "SELECT * FROM (SELECT v.received, v.* FROM `voc` v) x"):
        feed = extract(world, server, voc(query=query), "2026-07-01").feeds[0]
        assert (feed.status, feed.drift.missing) == ("drifted", ["received"]), feed.problem
        assert feed.problem is not None
        assert "renamed to 'received_dt'" in feed.problem.remedy


def test_one_query_that_fails_does_not_stop_the_others(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    firms = {"table": "firms", "query": "SELECT * FROM nowhere", "columns": FIRMS}
    calls = {"table": "calls", "query": "SELEC 1", "columns": {"call_id": "a", "department_id": "b", "rang_at": "c"}}
    tickets = {"table": "tickets", "query": "SELECT * FROM voc;", "columns": TICKETS}
    receipt = extract(world, server, source("sql", firms, calls, tickets, booleans=BOOLEANS), "2026-07-01")
    assert [feed.status for feed in receipt.feeds] == ["drifted", "failed", "landed"]
    assert receipt.feeds[0].drift.missing == ["nowhere"]
    assert "SQL syntax" in str(receipt.feeds[1].problem)


def test_the_feeds_of_a_night_are_one_snapshot(server: MariaDb, database: sa.Connection, tmp_path: Path) -> None:
    insert(database, "T1", "2026-07-01 10:00:00")
    feeding = voc()
    reader = SqlReader(feeding, sa.make_url(server.url("reader")), tmp_path)
    insert(database, "T2", "2026-07-01 10:00:00")
    window = Window(night("2026-07-01"))
    first = sum(len(batch) for batch in reader.read(feeding.feeds[0], window))
    insert(database, "T3", "2026-07-01 10:00:00")
    second = sum(len(batch) for batch in reader.read(feeding.feeds[0], window))
    reader.close()
    assert (first, second) == (1, 1)


def test_a_source_is_never_written_to(tmp_path: Path, server: MariaDb, database: sa.Connection) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    database.exec_driver_sql("DROP FUNCTION IF EXISTS stamp_it")
    database.exec_driver_sql(
        "CREATE FUNCTION stamp_it() RETURNS int MODIFIES SQL DATA BEGIN UPDATE voc SET memo = 'x'; RETURN 1; END"
    )
    query = "SELECT v.*, stamp_it() AS number FROM voc v"
    columns = {**TICKETS, "count": "number"}
    # As the administrator, whom no grant would keep from writing.
    feed = extract(world, server, voc(query=query, columns=columns), "2026-07-01", server.url("root")).feeds[0]
    assert feed.status == "failed"
    assert "READ ONLY" in str(feed.problem)
    assert database.exec_driver_sql("SELECT memo FROM voc").scalar() == "memo"


def test_the_databases_own_words_are_not_repeated_when_they_may_hold_a_row(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00", email="900101-1234567")
    query = "SELECT *, EXTRACTVALUE('<a/>', CONCAT('//', email, '[')) AS bad FROM voc"
    feed = extract(world, server, voc(query=query, columns={**TICKETS, "count": "bad"}), "2026-07-01").feeds[0]
    assert feed.status == "failed"
    assert "1105" in str(feed.problem)
    assert "900101" not in feed.model_dump_json()


def test_zero_dates_go_to_quarantine_and_bits_are_read(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    insert(database, "T2", "2026-07-01 10:00:00")
    database.exec_driver_sql("SET sql_mode = ''")
    database.exec_driver_sql("ALTER TABLE voc MODIFY urgent bit(1)")
    database.exec_driver_sql("UPDATE voc SET received = '0000-00-00 00:00:00' WHERE no = 'T2'")
    feed = extract(world, server, voc(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.quarantined) == (1, 1)
    assert bool(world.versions("tickets").urgent[0]) is True
    assert "received_at" in read_quarantine(world.settings, night("2026-07-01")).column[0]


def test_a_wrong_password_is_told_without_repeating_it(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    wrong = server.url("reader").replace(PASSWORD, "hunter2-wrong")
    receipt = extract(world, server, voc(), "2026-07-01", wrong)
    assert (receipt.status, is_retryable(receipt)) == ("unreachable", True)
    assert "Access denied for user 'reader'" in str(receipt.feeds[0].problem)
    assert "hunter2" not in receipt.model_dump_json()


def test_a_zone_that_changes_in_summer_needs_the_servers_own_table_of_zones(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    receipt = extract(world, server, voc(time_zone="America/New_York"), "2026-07-01")
    assert receipt.status == "failed"
    assert "does not know the time zone 'America/New_York'" in str(receipt.feeds[0].problem)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_server_killed_in_the_middle_of_a_read_is_read_again_with_the_same_result(
    tmp_path: Path, database: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("charter.extract.readers.database.sql._BATCH", 500)
    world, undisturbed = World(tmp_path / "a"), World(tmp_path / "b")
    for each in (world, undisturbed):
        each.folder.mkdir()
    with running_mariadb() as own:
        with own.engine().connect() as connection:
            connection.exec_driver_sql(TABLE)
            # Rows so wide that most are still on the server when it dies, and not in buffers on the way.
            connection.exec_driver_sql("ALTER TABLE voc MODIFY email text")
            insert(connection, "T", "2026-07-01 10:00:00", email="x" * 2_000)
            connection.exec_driver_sql(
                f"INSERT INTO voc SELECT CONCAT('T', seq), {', '.join(f'v.{name}' for name in _BUT_NO)} "
                "FROM voc v JOIN seq_1_to_10000"
            )
        killed = _killed_after(own, batches=3)
        monkeypatch.setattr(SqlReader, "_batch", killed)
        receipt = extract(world, own, voc(), "2026-07-01")
        monkeypatch.undo()
        gc.collect()
        assert (receipt.status, is_retryable(receipt)) == ("unreachable", True)
        assert world.versions("tickets").empty
        own.start()
        assert extract(world, own, voc(), "2026-07-01").feeds[0].landed == 10_001
        extract(undisturbed, own, voc(), "2026-07-01")
    assert world.bytes_of_lake() == undisturbed.bytes_of_lake()


_BUT_NO = ("gubun", "received", "dept", "email", "ended", "score", "cnt", "urgent", "recorded", "memo")


def _killed_after(server: MariaDb, batches: int) -> Callable[..., RawBatch]:
    genuine = SqlReader._batch
    seen: list[int] = []

    def batch(
        self: SqlReader, feed: Feed, wanted: list[str], names: list[str], rows: Sequence[sa.Row[Any]]
    ) -> RawBatch:
        seen.append(len(rows))
        if len(seen) == batches:
            server.kill()
        return genuine(self, feed, wanted, names, rows)

    return batch


def test_nothing_personal_is_found_under_var_or_in_the_log(
    tmp_path: Path,
    server: MariaDb,
    database: sa.Connection,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = World(tmp_path)
    database.exec_driver_sql("ALTER TABLE voc MODIFY score text, MODIFY cnt text")
    insert(database, "T1", "2026-07-01 10:00:00", email=MAIL, memo=MEMO)
    insert(database, "T2", "2026-07-01 10:00:00", email=NAME, memo=MEMO)
    insert(database, "T3", "2026-07-01 10:00:00", email=PHONE, memo=MEMO)
    insert(database, "T4", "2026-07-01 10:00:00", email=RRN, memo=MEMO)
    database.exec_driver_sql("UPDATE voc SET score = %s, cnt = %s, dept = %s WHERE no = 'T3'", (RRN, MAIL, NAME))
    with caplog.at_level(logging.DEBUG):
        feed = extract(world, server, voc(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.quarantined) == (3, 1)
    output = capfd.readouterr()
    everything = "\n".join([texts_below(world.settings.var_dir), caplog.text, output.out, output.err])
    assert [word for word in PLANTED if word in everything] == []
    assert PASSWORD not in everything


def test_a_query_that_is_never_done_is_ended_by_the_server_and_the_next_one_asked(
    tmp_path: Path, server: MariaDb, database: sa.Connection
) -> None:
    world = World(tmp_path)
    insert(database, "T1", "2026-07-01 10:00:00")
    slow = "SELECT SLEEP(60) AS 기업번호, '2026-07-01' AS 선정일, '' AS 전문위원"
    feeding = source(
        "sql",
        {"table": "firms", "query": slow, "columns": FIRMS, "limits": {"time": "1 seconds"}},
        {"table": "tickets", "query": "SELECT * FROM voc", "columns": TICKETS},
        booleans=BOOLEANS,
    )
    receipt = extract(world, server, feeding, "2026-07-01")
    assert {feed.table: feed.status for feed in receipt.feeds} == {"firms": "failed", "tickets": "landed"}
    assert "not done within 1 second" in str(receipt.feeds[0].problem)

"""A source that is down, late or changed is a receipt that says so; a bad feed does not stop the others."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path

import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract import extract_source, is_retryable
from tests.extract.builders import CALLS, FIRMS, TICKET_COLUMNS, TICKETS, World, night, source, ticket, tickets_source


def registers(*sheets: str) -> Source:
    feeds = {"firms": FIRMS, "calls": CALLS}
    return source(
        "workbook", *({"table": name, "sheet": name, "full": True, "columns": feeds[name]} for name in sheets)
    )


def test_a_database_that_is_not_there_is_unreachable_and_is_not_created(world: World) -> None:
    receipt = world.extract(tickets_source(), "2026-07-01")
    assert (receipt.status, is_retryable(receipt)) == ("unreachable", True)
    assert "connection 'a-sql'" in str(receipt.feeds[0].problem)
    assert not (world.folder / "voc.db").exists()
    assert receipt.feeds[0].arrived == 0


def test_a_source_that_comes_back_mends_the_nights_receipt(world: World) -> None:
    world.extract(tickets_source(), "2026-07-01")
    world.database([ticket("T1")])
    assert world.extract(tickets_source(), "2026-07-01").status == "landed"


def test_a_renamed_column_stops_its_feed_and_names_the_new_one(world: World) -> None:
    columns = [name if name != "received" else "received_dt" for name in TICKET_COLUMNS]
    world.database([], columns)
    feed = world.extract(tickets_source(), "2026-07-01").feeds[0]
    assert (feed.status, feed.drift.missing) == ("drifted", ["received"])
    assert feed.problem is not None
    assert "the column 'received' is missing; there are: no, gubun, received_dt" in feed.problem.what
    assert "renamed to 'received_dt'" in feed.problem.remedy


def without(*gone: str) -> list[str]:
    return [name for name in TICKET_COLUMNS if name not in gone]


def test_a_column_that_no_standard_needs_may_vanish_and_the_rows_land_without_it(world: World) -> None:
    world.database([ticket("T1", score="3")])
    world.extract(tickets_source(), "2026-07-01")
    world.database([ticket("T1"), ticket("T2")], without("score"))

    feed = world.extract(tickets_source(), "2026-07-02").feeds[0]

    assert (feed.status, feed.drift.missing, feed.arrived) == ("landed", ["score"], 2)
    assert feed.problem is not None
    assert "landed without it, as no standard needs it" in feed.problem.what
    # When it is back, everything is asked for again, whatever the cursor says.
    world.database([ticket("T1", score="3"), ticket("T2", score="4")])
    back = world.extract(tickets_source(), "2026-07-03").feeds[0]
    assert (back.landed, back.drift.missing, back.problem) == (2, [], None)
    assert world.versions("tickets").groupby("_row_key").tail(1).score.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("gone", [("ended",), ("dept",), ("score", "ended"), ("recorded",)])
def test_a_column_that_a_standard_or_the_extraction_needs_stops_its_feed(world: World, gone: tuple[str, ...]) -> None:
    # The one standard is measured on project_ended_on, and counts for department_id.
    world.database([ticket("T1")], without(*gone))
    feed = world.extract(tickets_source(), "2026-07-01").feeds[0]
    assert (feed.status, feed.arrived) == ("drifted", 0)


def test_every_column_of_a_table_that_others_are_derived_from_is_needed(world: World) -> None:
    content = world.agency.model_dump(mode="json")
    derived = {**content["subjects"]["firms"], "landed": False, "of": ["tickets"], "model": "int_tickets"}
    content["subjects"]["inquiries"] = derived
    world.agency = type(world.agency).model_validate(content)
    world.database([ticket("T1")], without("score"))
    assert world.extract(tickets_source(), "2026-07-01").feeds[0].status == "drifted"


def test_a_days_file_may_lack_what_no_standard_needs_and_the_receipt_names_the_file(world: World) -> None:
    content = world.agency.model_dump(mode="json")
    rule = content["charter"]["standards"][0]["rules"][0]
    rule["subject"], rule["parts"][0]["on"] = "firms", "selected_on"
    world.agency = type(world.agency).model_validate(content)
    world.file("firms_20260701.csv", "기업번호,선정일,전문위원\nF1,2026-07-01,홍길동\n")
    world.file("firms_20260702.csv", "기업번호,선정일\nF2,2026-07-02\n")
    firms = source(
        "csv",
        {"table": "firms", "path": "firms_{day}.csv", "columns": FIRMS},
        freshness={"expect": "file_each_day"},
    )

    feed = world.extract(firms, "2026-07-02").feeds[0]

    assert [(str(day.day), day.status, day.landed) for day in feed.days] == [
        ("2026-07-01", "landed", 1),
        ("2026-07-02", "landed", 1),
    ]
    assert (feed.status, feed.drift.missing) == ("landed", ["전문위원"])
    assert feed.problem is not None
    assert "firms_20260702.csv" in feed.problem.where


def test_a_column_that_the_query_itself_names_is_told_as_drift_too(world: World) -> None:
    columns = [name if name != "received" else "received_dt" for name in TICKET_COLUMNS]
    world.database([], columns)
    query = "SELECT no, gubun, received, dept, email, ended, score, cnt, urgent, recorded FROM voc"
    feed = world.extract(tickets_source(query=query), "2026-07-01").feeds[0]
    assert (feed.status, feed.drift.missing) == ("drifted", ["received"])
    assert feed.problem is not None
    assert "renamed to 'received_dt'" in feed.problem.remedy


def test_a_missing_table_and_a_wrong_query_are_named(world: World) -> None:
    world.database([])
    missing = world.extract(tickets_source(query="SELECT * FROM vok"), "2026-07-01").feeds[0]
    assert (missing.status, "no such table: vok" in str(missing.problem)) == ("drifted", True)
    wrong = world.extract(tickets_source(query="SELEC * FROM voc"), "2026-07-02").feeds[0]
    assert (wrong.status, "syntax error" in str(wrong.problem)) == ("failed", True)


def test_new_columns_are_reported_once_and_ignored(world: World) -> None:
    world.database([ticket("T1")])
    assert world.extract(tickets_source(), "2026-07-01").feeds[0].drift.new == []
    world.database([ticket("T1")], [*TICKET_COLUMNS, "grade"])
    feed = world.extract(tickets_source(), "2026-07-02").feeds[0]
    assert (feed.status, feed.drift.new) == ("landed", ["grade"])
    assert world.extract(tickets_source(), "2026-07-03").feeds[0].drift.new == []


def test_a_column_that_holds_another_kind_of_value_is_reported(world: World) -> None:
    world.database([ticket("T1", cnt="3")])
    world.extract(tickets_source(), "2026-07-01")
    world.database([ticket("T1", cnt=3)])
    feed = world.extract(tickets_source(), "2026-07-02").feeds[0]
    assert (feed.drift.retyped, feed.unchanged) == (["cnt"], 1)


def test_a_missing_sheet_is_named_with_those_that_are_there_and_the_others_land(world: World) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), ("F1", "2026-07-01", None)], 통화=[["x"]])
    receipt = world.extract(registers("calls", "firms"), "2026-07-01")
    assert [feed.status for feed in receipt.feeds] == ["missing", "landed"]
    assert "no sheet 'calls'; its sheets are: firms, and 1 more" in str(receipt.feeds[0].problem)


def test_when_tried_again_the_feeds_that_landed_are_left_alone(world: World) -> None:
    firms = [tuple(FIRMS.values()), ("F1", "2026-07-01", None), ("F2", "never", None)]
    world.workbook(firms=firms)
    first = world.extract(registers("firms", "calls"), "2026-07-01")
    calls = [tuple(CALLS.values()), ("C1", "수출팀", "2026-07-01 09:00:00", None), ("C2", "몰라", "x", None)]
    world.workbook(firms=firms[:1], calls=calls)
    again = world.extract(registers("firms", "calls"), "2026-07-01")
    assert again.status == "landed"
    assert again.feed("firms") == first.feed("firms")
    from charter.extract import read_quarantine

    assert set(read_quarantine(world.settings, night("2026-07-01")).table) == {"firms", "calls"}


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_file_that_is_no_workbook_fails_with_a_remedy(world: World, content: bytes) -> None:
    (world.folder / "registers.xlsx").write_bytes(content)
    receipt = world.extract(registers("firms"), "2026-07-01")
    assert receipt.status == "failed"
    assert "save it as .xlsx" in str(receipt.feeds[0].problem)


def test_a_damaged_sheet_fails_alone(world: World) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), ("F1", "2026-07-01", None)], calls=[tuple(CALLS.values())])
    path = world.folder / "registers.xlsx"
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content[: len(content) // 2] if name.endswith("sheet1.xml") else content)
    receipt = world.extract(registers("firms", "calls"), "2026-07-01")
    assert [feed.status for feed in receipt.feeds] == ["failed", "landed"]
    assert receipt.feeds[0].problem is not None
    assert "the sheet can't be read" in receipt.feeds[0].problem.what
    assert receipt.feeds[0].problem.where.endswith("sheet 'firms'")


def test_a_missing_workbook_names_those_that_are_there(world: World) -> None:
    (world.folder / "registers (1).xlsx").write_bytes(b"")
    receipt = world.extract(registers("firms"), "2026-07-01")
    assert receipt.status == "missing"
    assert "registers (1).xlsx" in str(receipt.feeds[0].problem)


def test_a_file_whose_header_is_gone_shows_no_row_as_if_it_were_one(world: World) -> None:
    world.file("calls.csv", "C1,홍길동,2026-07-01 10:00:00,010-1234-5678\n")
    feed = world.extract(source("csv", {"table": "calls", "path": "calls.csv", "columns": CALLS}), "2026-07-01").feeds[
        0
    ]
    assert feed.status == "drifted"
    assert "홍길동" not in feed.model_dump_json()


def test_a_column_that_is_there_twice_is_drift(world: World) -> None:
    world.workbook(firms=[("기업번호", "선정일", "선정일", "전문위원"), ("F1", "2026-07-01", "2026-07-02", None)])
    feed = world.extract(registers("firms"), "2026-07-01").feeds[0]
    assert (feed.status, "'선정일' is there 2 times" in str(feed.problem)) == ("drifted", True)


def test_the_password_of_an_address_is_never_repeated(tmp_path: Path) -> None:
    world = World(tmp_path)
    address = "postgresql://user:pa55word@127.0.0.1:1/voc?sslpassword=pa55word"
    settings = dataclasses.replace(
        world.settings, environment={**world.settings.environment, "CHARTER_CONN_A_SQL": address}
    )
    receipt = extract_source(settings, world.agency, tickets_source(), night("2026-07-01"))
    assert receipt.status == "unreachable"
    assert "127.0.0.1:1/voc" in str(receipt.feeds[0].problem)
    assert "pa55word" not in receipt.model_dump_json()


@pytest.mark.parametrize(
    ("missing", "address", "words"),
    [
        ("CHARTER_CONN_A_SQL", None, "CHARTER_CONN_A_SQL is not set"),
        ("CHARTER_PSEUDONYM_KEY", None, "CHARTER_PSEUDONYM_KEY is not set"),
        ("CHARTER_CONN_A_SQL", "pa55word", "CHARTER_CONN_A_SQL is not a database address"),
    ],
)
def test_unusable_settings_are_an_error_before_anything_is_written(
    world: World, missing: str, address: str | None, words: str
) -> None:
    environment = {name: value for name, value in world.settings.environment.items() if name != missing}
    settings = dataclasses.replace(
        world.settings, environment={**environment, **({missing: address} if address else {})}
    )
    with pytest.raises(SourceError, match=words) as raised:
        extract_source(settings, world.agency, tickets_source(), night("2026-07-01"))
    assert "pa55word" not in str(raised.value)
    assert world.bytes_of_lake() == {}


def test_a_table_fed_twice_by_one_source_is_an_error(world: World) -> None:
    feed = {"table": "tickets", "query": "SELECT * FROM voc", "columns": TICKETS}
    with pytest.raises(SourceError, match="two feeds bring rows of 'tickets'"):
        world.extract(source("sql", feed, feed), "2026-07-01")

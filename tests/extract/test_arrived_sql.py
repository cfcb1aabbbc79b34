"""A feed's own SQL over what arrived: true counts, columns that drifted by their name, and nothing else in reach."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from charter.definitions.arrived_sql import ArrivedSqlError, input_columns, result_columns
from charter.definitions.models import Source
from charter.extract import FeedReceipt, read_quarantine
from tests.extract.builders import World, night, source

LAST_STATE = """
    SELECT "번호" AS no, arg_max("부서", "시각") AS dept, min("시각") AS rang, arg_min("발신", "시각") AS caller,
           arg_min(_line, "시각") AS _line, any_value(_place) AS _place
    FROM arrived
    WHERE "사건" <> '메모'
    GROUP BY "번호"
"""
COLUMNS = {"call_id": "no", "department_id": "dept", "rang_at": "rang", "caller": "caller"}
HEADER = "번호,사건,부서,시각,발신"
EVENTS = [
    "C1,시작,수출팀,2026-07-01 10:00:00,010-1",
    "C2,시작,투자팀,2026-07-01 10:00:30,010-2",
    "C1,메모,수출팀,2026-07-01 10:00:40,",
    "C1,이관,투자팀,2026-07-01 10:01:00,",
    "C3,시작,없는팀,2026-07-01 10:02:00,010-3",
]


def events(sql: str = LAST_STATE, expect: str = "each_night", **feed: Any) -> Source:
    content = {"table": "calls", "path": "events.csv", "arrived_sql": sql, "columns": COLUMNS, **feed}
    return source("csv", content, freshness={"expect": expect})


def put(world: World, *lines: str, name: str = "events.csv", header: str = HEADER) -> None:
    world.file(name, "\n".join([header, *lines]) + "\n")


def extract(world: World, given: Source, day: str = "2026-07-01") -> FeedReceipt:
    return world.extract(given, day).feeds[0]


def test_many_rows_of_a_case_become_one_and_both_are_counted(world: World) -> None:
    put(world, *EVENTS)
    feed = extract(world, events())
    assert (feed.read, feed.arrived, feed.landed, feed.quarantined) == (5, 3, 2, 1)
    versions = world.versions("calls")
    assert versions[["call_id", "department_id", "_origin"]].to_numpy().tolist() == [
        ["C1", "invest", "events.csv:2"],
        ["C2", "invest", "events.csv:3"],
    ]
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert refused.origin.tolist() == ["events.csv:6"]
    assert refused.reason.tolist() == ["dept: a value of the shape 가가가 is no department's id, name or alias"]


def test_without_a_line_the_origin_is_the_file(world: World) -> None:
    put(world, EVENTS[0])
    extract(world, events('SELECT "번호" AS no, "부서" AS dept, "시각" AS rang, "발신" AS caller FROM arrived'))
    assert world.versions("calls")._origin.tolist() == ["events.csv"]


def test_the_same_rows_again_are_unchanged_and_a_new_event_is_a_new_version(world: World) -> None:
    put(world, *EVENTS[:2])
    extract(world, events())
    assert extract(world, events(), "2026-07-02").unchanged == 2
    put(world, *EVENTS)
    feed = extract(world, events(), "2026-07-03")
    assert (feed.landed, feed.unchanged) == (1, 1)


def test_a_case_that_vanished_from_a_full_feed_is_deleted_unless_a_row_could_not_be_read(world: World) -> None:
    put(world, *EVENTS)
    extract(world, events(full=True))
    put(world, EVENTS[0], "C2,broken")
    feed = extract(world, events(full=True), "2026-07-02")
    assert (feed.read, feed.quarantined, feed.deleted, feed.deletions_withheld) == (2, 1, 0, True)
    put(world, EVENTS[0])
    assert extract(world, events(full=True), "2026-07-03").deleted == 1


def test_only_what_had_been_recorded_by_then_is_seen(world: World) -> None:
    put(world, *EVENTS, "C1,이관,수출팀,2026-07-02 09:00:00,", "C2,이관,수출팀,어제,")
    feed = extract(world, events(recorded_at="시각"))
    assert (feed.read, feed.waiting, feed.arrived, feed.quarantined) == (7, 1, 4, 2)
    assert world.versions("calls").department_id.tolist() == ["invest", "invest"]
    refused = read_quarantine(world.settings, night("2026-07-01")).set_index("origin")
    assert refused.loc["events.csv:8"].reason == "시각: is no instant as instant_format says"
    feed = extract(world, events(recorded_at="시각"), "2026-07-02")
    assert (feed.landed, feed.waiting) == (1, 0)


def test_each_daily_file_is_its_own_and_a_corrected_one_takes_its_cases_back(world: World) -> None:
    daily = events(path="events_{day}.csv", expect="file_each_day")
    put(world, *EVENTS[:2], name="events_20260701.csv")
    put(world, EVENTS[0].replace("C1", "C8").replace("07-01", "07-02"), name="events_20260702.csv")
    feed = extract(world, daily, "2026-07-02")
    assert [(day.read, day.landed) for day in feed.days] == [(2, 2), (1, 1)]
    put(world, EVENTS[0], name="events_20260701.csv")
    put(world, EVENTS[0].replace("C1", "C9").replace("07-01", "07-03"), name="events_20260703.csv")
    assert extract(world, daily, "2026-07-03").deleted == 1


def test_a_column_that_the_sql_reads_and_the_source_lost_is_named(world: World) -> None:
    put(world, *EVENTS, header=HEADER.replace("사건", "사건구분"))
    feed = extract(world, events())
    assert (feed.status, feed.drift.missing, feed.arrived) == ("drifted", ["사건"], 0)
    assert feed.problem is not None
    assert "the column '사건' is missing" in feed.problem.what
    assert "renamed to '사건구분'" in feed.problem.remedy


def test_a_new_column_of_the_source_is_reported(world: World) -> None:
    put(world, *EVENTS)
    extract(world, events())
    put(world, *(f"{line},x" for line in EVENTS), header=f"{HEADER},비고")
    assert extract(world, events(), "2026-07-02").drift.new == ["비고"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ('SELECT CAST("발신" AS INTEGER) AS no FROM arrived', "a value does not suit it (ConversionException)"),
        ('SELECT "번호" AS no FROM arrived', "gives no column 'dept'"),
        ("SELECT [\"번호\"] AS no, '' AS dept, '' AS rang, '' AS caller FROM arrived", "gives 'no' as list"),
        ('SELECT missing_function("번호") FROM arrived', "missing_function does not exist"),
    ],
)
def test_sql_that_fails_says_which_feed_and_nothing_of_a_row(world: World, sql: str, said: str) -> None:
    put(world, *EVENTS)
    feed = extract(world, events(sql))
    assert (feed.status, feed.arrived) == ("failed", 0)
    assert feed.problem is not None
    assert said in feed.problem.what
    assert "feed 'calls'" in feed.problem.where
    assert "010-1" not in feed.model_dump_json()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM read_csv('{path}')", "Permission Error"),
        ("SELECT * FROM read_text('{path}')", "Permission Error"),
        ("SELECT * FROM '{path}'", "Permission Error"),
        ("SELECT * FROM glob('/*')", "Permission Error"),
        ("COPY arrived TO '{path}'", "not one SELECT"),
        ("ATTACH '{path}' AS other", "not one SELECT"),
        ("INSTALL httpfs", "not one SELECT"),
        ("SET threads = 4", "not one SELECT"),
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("SELECT now() AS no FROM arrived", "'now' gives another answer each time"),
        ("SELECT CURRENT_DATE AS no FROM arrived", "'current_date' gives another answer each time"),
        ("SELECT no FROM arrived ORDER BY random()", "'random' gives another answer each time"),
        ("SELECT no, no FROM arrived", "two columns called 'no'"),
        ("SELECT no FROM", "syntax error"),
    ],
)
def test_the_sql_reaches_neither_files_nor_network_nor_the_clock(tmp_path: Path, sql: str, said: str) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ArrivedSqlError, match=said.replace("(", r"\(")):
        input_columns(sql.replace("{path}", str(path)))
    assert path.read_text() == "a,b\n1,2\n"


def test_the_columns_that_sql_reads_and_gives_are_known_before_any_row_is(tmp_path: Path) -> None:
    sql = """
        WITH e AS (FROM arrived a SELECT a."Call Number", a.unit::INT AS u)
        SELECT "Call Number" AS n, max(u) FROM e GROUP BY 1
    """
    assert input_columns(sql) == ("Call Number", "unit")
    assert result_columns(sql) == ("n", "max(u)")


def test_nothing_personal_that_only_the_sql_saw_is_kept(world: World, caplog: pytest.LogCaptureFixture) -> None:
    planted = ["홍길동", "010-9876-5432", "900101-1234567", "gildong@example.org"]
    lines = [f"P{n},{word},{word},2026-07-01 10:00:00,{word}" for n, word in enumerate(planted)]
    put(world, *EVENTS[:2], *lines, f"{planted[0]},{planted[1]},", f"C9,시작,수출팀,{planted[2]},{planted[1]}")
    with caplog.at_level(logging.DEBUG):
        feed = extract(world, events(recorded_at="시각"))
    assert (feed.status, feed.quarantined) == ("landed", 6)
    found = caplog.text + json.dumps(world.versions("calls").to_dict(), default=str, ensure_ascii=False)
    found += read_quarantine(world.settings, night("2026-07-01")).to_json(force_ascii=False)
    found += "".join(content.decode("utf-8", "ignore") for content in world.bytes_of_lake().values())
    assert [word for word in planted if word in found] == []


def test_an_empty_cell_is_null(world: World) -> None:
    sql = """SELECT "번호" AS no, coalesce("부서", '투자팀') AS dept, "시각" AS rang, "발신" AS caller, _line
             FROM arrived"""
    put(world, "C1,시작,,2026-07-01 10:00:00,1", "C2,시작,\u200b,2026-07-01 10:00:00,1")
    extract(world, events(sql))
    assert world.versions("calls").department_id.tolist() == ["invest", "invest"]


def test_a_cell_that_holds_an_error_does_not_become_empty_in_the_sql(world: World) -> None:
    sql = """SELECT "번호" AS no, "부서" AS dept, try_strptime("시각", '%Y-%m-%d %H:%M:%S') AS rang, "발신" AS caller,
                    _line FROM arrived"""
    put(world, "C1,시작,수출팀,2026-07-01 10:00:00,#N/A", "C2,시작,수출팀,2026-07-01 10:00:00,1", "C3,시작,#REF!,,1")
    extract(world, events(sql))
    assert world.versions("calls").call_id.tolist() == ["C2"]
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert dict(zip(refused.origin, refused.reason, strict=True)) == {
        "events.csv:2": "발신: the cell holds the error #N/A",
        "events.csv:4": "부서: the cell holds the error #REF!",
    }


def test_an_error_that_means_nothing_was_entered_is_the_agencys_to_say(world: World) -> None:
    put(world, "C1,시작,수출팀,2026-07-01 10:00:00,#N/A")
    feed = world.extract(events().model_copy(update={"null_tokens": ["#N/A"]}), "2026-07-01").feeds[0]
    assert feed.landed == 1

"""Every row that a source gives has a fate: landed, unchanged, refused, waiting, left out or merged; the sum holds."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from charter.definitions.models import Source
from charter.extract import FeedReceipt, SourceReceipt
from charter.extract.night.fates import feed_fates
from charter.lake.receipts import Counts
from tests.extract.builders import World, night, ticket, tickets_source
from tests.extract.test_arrived_sql import EVENTS, HEADER, LAST_STATE, events, put

TELLING = LAST_STATE.replace("FROM arrived", ", list(_row) AS _rows FROM arrived", 1)
NO_MEMO = {"where": "\"사건\" = '메모'", "because": {"ko": "통화가 아님", "en": "no event of a call"}}


def extract(world: World, given: Source, day: str = "2026-07-01") -> FeedReceipt:
    feed = world.extract(given, day).feeds[0]
    assert (
        feed.read
        == feed.landed + feed.unchanged + feed.quarantined + feed.waiting + feed.read_and_left_out[1] + feed.merged
    )
    return feed


def left_out(feed: FeedReceipt) -> list[tuple[str, str | None, int, list[str]]]:
    return [
        (rows.why, rows.because.root["en"] if rows.because else None, rows.rows, rows.examples)
        for rows in feed.left_out_rows
    ]


# ── rows that the feed's own SQL reads ──────────────────────────────────────────────────────────


def test_what_the_sql_leaves_out_is_counted_by_its_declared_reason_with_the_places_of_the_first(world: World) -> None:
    put(world, *EVENTS, *("C1,메모,수출팀,2026-07-01 11:00:00," for _ in range(4)))
    feed = extract(world, events(TELLING, left_out=[NO_MEMO]))
    assert (feed.read, feed.arrived, feed.left_out, feed.merged) == (9, 3, 5, 1)
    assert left_out(feed) == [("declared", "no event of a call", 5, ["events.csv:4", "events.csv:7", "events.csv:8"])]


def test_what_it_drops_without_a_word_is_left_out_for_no_reason_given(world: World) -> None:
    put(world, *EVENTS)
    assert left_out(extract(world, events(TELLING))) == [("not_used", None, 1, ["events.csv:4"])]


def test_of_two_reasons_the_first_that_holds_is_counted(world: World) -> None:
    put(world, *EVENTS)
    everything = {"where": "true", "because": {"ko": "모두", "en": "everything"}}
    feed = extract(world, events(TELLING, left_out=[NO_MEMO, everything]))
    assert [(because, count) for _, because, count, _ in left_out(feed)] == [
        ("no event of a call", 1),
        ("everything", 4),
    ]


def test_a_condition_may_look_at_the_other_rows_of_its_case(world: World) -> None:
    put(world, *EVENTS)
    sole = '"번호" NOT IN (SELECT "번호" FROM arrived WHERE "사건" = \'이관\')'
    feed = extract(
        world, events(TELLING, left_out=[{"where": sole, "because": {"ko": "이관 없음", "en": "no transfer"}}])
    )
    assert [(why, count) for why, _, count, _ in left_out(feed)] == [("declared", 2), ("not_used", 1)]


def test_sql_that_does_not_tell_of_which_rows_it_made_its_own_says_so(world: World) -> None:
    put(world, *EVENTS)
    assert left_out(extract(world, events())) == [("not_told", None, 2, [])]


def by_key(sql: str, key: str = "번호", **feed: Any) -> Source:
    """SQL that does not tell which rows it used, and gives the key under the source's own heading."""
    columns = {"call_id": key, "department_id": "dept", "rang_at": "rang", "caller": "caller"}
    return events(sql, columns=columns, **feed)


ANSWERED = """
    SELECT "번호", any_value("부서") AS dept, min("시각") AS rang, any_value("발신") AS caller, min(_line) AS _line
    FROM arrived GROUP BY "번호" HAVING count(*) FILTER ("사건" = '이관') > 0
"""


def test_of_sql_that_does_not_tell_the_keys_do_which_cases_it_dropped_and_what_it_merged(world: World) -> None:
    put(world, *EVENTS, "C3,메모,수출팀,2026-07-01 11:00:00,", "C9,메모,수출팀,2026-07-01 11:00:00,")
    feed = extract(world, by_key(ANSWERED))
    assert (feed.read, feed.landed, feed.left_out, feed.merged) == (7, 1, 4, 2)
    places = ["events.csv:3 (C2)", "events.csv:6 (C3)", "events.csv:8 (C9)"]
    assert left_out(feed) == [("no_row_of_key", None, 4, places)]


def test_sql_that_makes_keys_of_its_own_is_not_held_to_them(world: World) -> None:
    put(world, *EVENTS)
    changed = f'SELECT lower("번호") AS "번호", dept, rang, caller, _line FROM ({ANSWERED})'
    assert left_out(extract(world, by_key(changed))) == [("not_told", None, 4, [])]


def test_sql_that_makes_no_row_at_all_leaves_every_case_out_by_its_key(world: World) -> None:
    put(world, *EVENTS[:2])
    assert left_out(extract(world, by_key(ANSWERED))) == [
        ("no_row_of_key", None, 2, ["events.csv:2 (C1)", "events.csv:3 (C2)"])
    ]


@pytest.mark.parametrize("key", ["010-1234-5678", "홍길동", "gildong@example.org"])
def test_a_key_that_may_be_a_person_is_not_told_with_the_place(world: World, key: str) -> None:
    put(world, *EVENTS, f"{key},메모,수출팀,2026-07-01 11:00:00,")
    ((_, _, _, examples),) = left_out(extract(world, by_key(ANSWERED)))
    assert examples == ["events.csv:3 (C2)", "events.csv:6 (C3)", "events.csv:7"]


def test_what_it_tells_of_but_did_not_use_is_named_by_key_too(world: World) -> None:
    put(world, *EVENTS)
    telling = ANSWERED.replace("FROM arrived", ", list(_row) AS _rows FROM arrived", 1)
    assert left_out(extract(world, by_key(telling))) == [
        ("not_used", None, 2, ["events.csv:3 (C2)", "events.csv:6 (C3)"])
    ]


def test_sql_that_makes_several_rows_of_one_has_merged_fewer_than_none(world: World) -> None:
    put(world, EVENTS[0])
    sql = (
        'SELECT no || part AS no, dept, rang, caller, _row FROM (SELECT "번호" AS no, "부서" AS dept,'
        " \"시각\" AS rang, \"발신\" AS caller, _row, unnest(['a', 'b']) AS part FROM arrived)"
    )
    feed = extract(world, events(sql))
    assert (feed.read, feed.landed, feed.left_out, feed.merged) == (1, 2, 0, -1)


def test_days_add_up_each_by_itself_and_their_reasons_together(world: World) -> None:
    for day in ("20260701", "20260702"):
        lines = [line.replace("2026-07-01", f"2026-07-{day[-2:]}").replace("C", f"{day}-") for line in EVENTS]
        put(world, *lines, name=f"events_{day}.csv")
    daily = events(TELLING, "file_each_day", path="events_{day}.csv", left_out=[NO_MEMO])
    feed = extract(world, daily, "2026-07-02")
    assert [(day.read, day.left_out, day.merged) for day in feed.days] == [(5, 1, 1), (5, 1, 1)]
    assert left_out(feed) == [("declared", "no event of a call", 2, ["events_20260701.csv:4", "events_20260702.csv:4"])]


lines = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C2", ""]),
        st.sampled_from(["시작", "메모", "이관"]),
        st.sampled_from(["수출팀", "없는팀"]),
    ),
    max_size=8,
)


@given(lines, st.booleans(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_whatever_events_arrive_every_one_of_them_is_accounted_for(
    rows: list[tuple[str, str, str]], tells: bool, declares: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        put(world, *(f"{no},{event},{dept},2026-07-01 10:00:00,1" for no, event, dept in rows))
        sql = TELLING if tells else LAST_STATE
        feed = extract(world, events(sql, left_out=[NO_MEMO] if declares else []))
        assert feed.read == len(rows)
        assert feed.arrived == len({no for no, event, _ in rows if event != "메모"})


def test_a_condition_that_cannot_be_asked_fails_its_feed_alone_and_says_why(world: World) -> None:
    put(world, *EVENTS)
    receipt = world.extract(events(TELLING, left_out=[{**NO_MEMO, "where": "사건 ="}]), "2026-07-01")
    assert receipt.status == "failed"
    assert "syntax error" in str(receipt.feeds[0].problem)


# ── rows that wait ──────────────────────────────────────────────────────────────────────────────


def test_rows_dated_ahead_are_told_with_their_number_and_the_furthest_date(world: World) -> None:
    ahead = [ticket("T2", recorded="2026-07-03 09:00:00"), ticket("T3", recorded="2027-07-03 09:00:00")]
    world.database([ticket("T1"), *ahead])
    feed = extract(world, tickets_source())
    assert (feed.read, feed.waiting, feed.waiting_until) == (3, 2, datetime(2027, 7, 3, tzinfo=UTC))


def test_so_are_those_that_the_feeds_sql_has_not_seen_yet(world: World) -> None:
    put(world, *EVENTS, "C9,시작,수출팀,2026-07-05 09:00:00,1")
    feed = extract(world, events(TELLING, recorded_at="시각"))
    assert (feed.waiting, feed.waiting_until) == (1, datetime(2026, 7, 5, tzinfo=UTC))


# ── what people see, and what earlier releases wrote ────────────────────────────────────────────


def test_what_became_of_the_last_night_is_told_feed_by_feed_as_known_then(world: World) -> None:
    given = events(TELLING, left_out=[NO_MEMO])
    world.agency = world.agency.model_copy(update={"sources": [given]})
    put(world, *EVENTS)
    world.extract(given, "2026-07-01")
    put(world, *EVENTS, EVENTS[0].replace("C1", "C4"))
    world.extract(given, "2026-07-02")

    def fates_of(day: str) -> list[tuple[Any, ...]]:
        found = feed_fates(world.settings, world.agency, night(day))
        return [(str(f.night), f.read, f.landed, f.unchanged, f.refused, f.left_out, f.merged) for f in found]

    assert fates_of("2026-06-30") == []
    assert fates_of("2026-07-01") == [("2026-07-01", 5, 2, 0, 1, 1, 1)]
    assert fates_of("2026-07-02") == [("2026-07-02", 6, 1, 2, 1, 1, 1)]


def test_a_receipt_whose_rows_do_not_add_up_cannot_be_written() -> None:
    with pytest.raises(ValidationError, match=r"read 7 is not arrived 3 \+ waiting 1 \+ left out 2 \+ merged 0"):
        Counts(read=7, arrived=3, landed=3, waiting=1, left_out=2)


def test_a_receipt_of_release_0_2_0_did_not_tell_and_is_read_all_the_same(world: World) -> None:
    feed = {
        **{"table": "calls", "status": "landed", "contract": "c", "read": 5, "arrived": 3, "landed": 2},
        **{"unchanged": 0, "quarantined": 1, "waiting": 0, "deleted": 0, "deletions_withheld": False, "since": None},
        **{"days": [], "drift": {"new": [], "missing": [], "retyped": []}, "problem": None, "inputs": []},
        **{"files": [], "source_columns": HEADER.split(","), "observed": {}},
    }
    content = {
        **{"source_id": "a-csv", "as_of": "2026-07-01T15:00:00Z", "status": "landed", "feeds": [feed]},
        **{"corrections": [], "quarantine": None},
    }
    path = world.lake / "receipts" / "as_of=20260701T150000Z" / "a-csv.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    assert SourceReceipt.model_validate_json(path.read_bytes()).feeds[0].read_and_left_out == (3, 0)
    world.agency = world.agency.model_copy(update={"sources": [events()]})
    (fates,) = feed_fates(world.settings, world.agency, night("2026-07-01"))
    assert (fates.read, fates.landed, fates.refused, fates.left_out_rows) == (3, 2, 1, None)
    put(world, *EVENTS)
    assert extract(world, events(), "2026-07-02").read == 5

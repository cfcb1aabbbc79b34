"""Trying a source: the rows as they would land, what would be refused and why; and nothing is written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract.discover.preview import FeedPreview, preview_source
from tests.extract.builders import CALLS, FIRMS, TICKET_COLUMNS, TICKETS, World, night, source, ticket, tickets_source

D1, D2 = "2026-07-01", "2026-07-02"


def tried(world: World, of: Source, day: str = D1, table: str | None = None) -> list[FeedPreview]:
    return list(preview_source(world.settings, world.agency, of, night(day), table))


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def counts(feed: FeedPreview) -> tuple[int, int, int, int, int]:
    return feed.read, feed.new, feed.known, feed.refused, feed.waiting


def test_it_tells_what_would_land_what_is_known_and_what_would_be_refused(world: World) -> None:
    world.database([ticket("T1"), ticket("T2")])
    world.extract(tickets_source(), D1)
    late = ticket("T5", recorded="2026-07-09 10:00:00")
    world.database([ticket("T1"), ticket("T2", dept="투자팀"), ticket("T3"), ticket("T4", gubun="칭찬"), late])

    [feed] = tried(world, tickets_source(), D2)

    assert counts(feed) == (5, 2, 1, 1, 1)
    assert (feed.status, feed.problem, feed.would_land) == ("landed", None, True)


def test_what_it_says_is_what_the_night_then_does(world: World) -> None:
    world.database([ticket("T1"), ticket("T1", dept="투자팀"), ticket("T2", received="x"), ticket("")])
    [feed] = tried(world, tickets_source())
    landed = world.extract(tickets_source(), D1).feeds[0]
    assert counts(feed)[:4] == (landed.arrived, landed.landed, landed.unchanged, landed.quarantined)


@pytest.mark.parametrize("known", [False, True], ids=["before-the-first-night", "after-a-night"])
def test_nothing_is_written_anywhere(world: World, known: bool) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬")])
    if known:
        world.extract(tickets_source(), D1)
    before = everything_below(world.folder)

    tried(world, tickets_source(), D2)

    assert everything_below(world.folder) == before
    assert world.settings.var_dir.exists() is known


def test_ten_rows_are_shown_as_they_would_land_and_persons_as_shortened_pseudonyms(world: World) -> None:
    world.database([ticket(f"T{number}", memo="he called about 010-1234-5678") for number in range(10, 30)])

    [feed] = tried(world, tickets_source())

    assert len(feed.sample) == 10
    names = [column.name for column in feed.columns]
    row = dict(zip(names, feed.sample[0], strict=True))
    assert row["received_at"] == "2026-07-01 01:00:00Z"
    assert (row["kind"], row["department_id"], row["urgent"], row["score"]) == ("inquiry", "export", "false", "·")
    assert len(row["customer"]) == 9 and row["customer"].endswith("…")
    shown = repr(feed)
    assert "example.org" not in shown
    assert "1234" not in shown


def test_a_column_that_is_kept_as_it_is_and_looks_personal_is_said_to_and_not_shown(world: World) -> None:
    world.file("calls.csv", "번호,부서,호출,발신,메일\nC1,수출팀,2026-07-01 10:00:00,1,hong@example.org\n")
    calls = source("csv", {"table": "calls", "path": "calls.csv", "columns": {**CALLS, "place": "메일"}})

    [feed] = tried(world, calls)

    assert [column.name for column in feed.columns if column.looks_personal] == ["place"]
    assert "hong" not in repr(feed)


def test_the_share_of_empty_cells_is_told_of_each_column(world: World) -> None:
    world.database([ticket("T1", score="3"), ticket("T2"), ticket("T3"), ticket("T4", gubun="칭찬")])
    [feed] = tried(world, tickets_source())
    empty = {column.name: column.empty for column in feed.columns}
    assert (empty["score"], empty["count"], empty["ticket_id"]) == (2, 3, 0)


def test_refused_rows_are_grouped_by_what_broke_and_what_is_said_with_counts(world: World) -> None:
    rows = [ticket(f"T{number}", gubun="칭찬") for number in range(25)]
    world.database([*rows, ticket("T97", gubun="?"), ticket("T98", received="x"), ticket("T99")])

    [feed] = tried(world, tickets_source())

    assert [(group.column, group.count, [cause.count for cause in group.causes]) for group in feed.groups] == [
        ("kind", 26, [25, 1]),
        ("received_at", 1, [1]),
    ]
    cause = feed.groups[0].causes[0]
    assert cause.reason == "gubun: a value of the shape 가가 is not one of 문의, 불만"
    assert cause.places == ("tickets:T0", "tickets:T1", "tickets:T2")


def test_rows_are_counted_as_the_source_gives_them_and_a_file_of_which_none_is_kept_is_named(world: World) -> None:
    world.file("calls_20260630.csv", "번호,부서,호출\nC1,수출팀,2026-06-30 10:00:00\nC2,수출팀,2026-06-30 11:00:00\n")
    world.file("calls_20260701.csv", "번호,부서,호출\nC3,EXPORT,2026-07-01 10:00:00\n")
    columns = {"call_id": "번호", "department_id": "부서", "rang_at": "호출"}
    keeps = "SELECT 번호, 부서, 호출 FROM arrived WHERE 부서 = '수출팀' AND 번호 <> 'C2'"
    feed = {"table": "calls", "path": "calls_{day}.csv", "arrived_sql": keeps, "columns": columns}
    [found] = tried(world, source("csv", feed, freshness={"expect": "file_each_day"}))
    assert (found.read, found.given, found.new) == (3, 1, 1)
    assert found.fruitless == ("calls_20260701.csv",)
    assert [(left.why, left.rows, left.examples) for left in found.left_out] == [
        ("no_row_of_key", 2, ["calls_20260630.csv:3 (C2)", "calls_20260701.csv:2 (C3)"])
    ]


def test_columns_that_nothing_reads_are_named(world: World) -> None:
    """Such as the one that says whether a person or a machine answered."""
    world.database([ticket("T1")])
    [feed] = tried(world, tickets_source())
    assert feed.unread == ("memo",)


def test_a_column_that_is_gone_and_one_that_is_new_are_told(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), D1)
    world.database([ticket("T1")], [*TICKET_COLUMNS, "grade"])
    assert tried(world, tickets_source(), D2)[0].drift.new == ["grade"]

    columns = [name if name != "received" else "received_dt" for name in TICKET_COLUMNS]
    world.database([], columns)
    [feed] = tried(world, tickets_source(), D2)
    assert (feed.status, feed.drift.missing, feed.would_land) == ("drifted", ["received"], False)
    assert feed.problem is not None
    assert "renamed to 'received_dt'" in feed.problem.remedy


def test_of_daily_files_the_last_seven_are_read(world: World) -> None:
    for day in range(1, 10):
        text = f"번호,부서,호출,발신\nC{day},수출팀,2026-07-0{day} 10:00:00,1\n"
        world.file(f"calls_2026070{day}.csv", text)
    calls = source(
        "csv",
        {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS},
        freshness={"expect": "file_each_day"},
    )

    [feed] = tried(world, calls, "2026-07-08")
    assert (feed.files, counts(feed)[:2], feed.sample[0][0]) == (7, (7, 7), "C2")

    [missing] = tried(world, source("csv", {"table": "calls", "path": "x_{day}.csv", "columns": CALLS}), "2026-07-08")
    assert (missing.status, missing.would_land) == ("missing", False)


def test_a_source_none_of_whose_rows_fits_would_not_land(world: World) -> None:
    world.database([ticket("T1", gubun="칭찬")])
    assert not tried(world, tickets_source())[0].would_land


def test_a_source_that_is_away_is_told_feed_by_feed(world: World) -> None:
    firms = {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS}
    calls = {"table": "calls", "sheet": "calls", "full": True, "columns": CALLS}
    feeds = tried(world, source("workbook", firms, calls))
    assert [(feed.table, feed.status) for feed in feeds] == [("firms", "missing"), ("calls", "missing")]
    assert [feed.table for feed in tried(world, source("workbook", firms, calls), table="calls")] == ["calls"]


def test_unusable_settings_are_an_error(world: World) -> None:
    settings = dataclasses.replace(world.settings, environment={})
    with pytest.raises(SourceError, match="CHARTER_CONN_A_SQL is not set"):
        list(preview_source(settings, world.agency, tickets_source(), night(D1)))


def test_what_no_standard_needs_may_be_gone(world: World) -> None:
    columns: list[Any] = [name for name in TICKET_COLUMNS if name != "score"]
    world.database([ticket("T1")], columns)
    [feed] = tried(world, tickets_source(columns=TICKETS))
    assert (feed.status, feed.drift.missing, feed.new) == ("landed", ["score"], 1)

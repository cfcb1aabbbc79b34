"""A night asked for after a later one learns nothing that it could not have known, and changes no later night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from charter.definitions.models import Source
from charter.extract import SourceReceipt, is_retryable, read_quarantine, read_receipts
from charter.lake.files import landed_files
from charter.transform.control.coverage import feed_days
from tests.extract.night.test_day_plan import calls, put

from .builders import FIRMS, World, night, source, ticket, tickets_source

FIRST, MISSED, NEXT, AFTER = "2026-07-01", "2026-07-02", "2026-07-03", "2026-07-06"


def firms() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def sheet(world: World, *numbers: int) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *((f"F{number}", "2026-07-01", None) for number in numbers)])


def known(world: World, table: str, at: str) -> list[str]:
    return [path.parent.name for path in landed_files(world.settings, table, until=night(at))]


def nights(world: World, at: str) -> list[datetime]:
    return [receipt.as_of for receipt in read_receipts(world.settings, night(at))]


def counted(world: World, given: Source, at: str) -> list[Any]:
    """What the nights that are known at ``at`` say of each day: what marts.source_status is made of."""
    agency = world.agency.model_copy(update={"sources": [given]})
    return [row for row in feed_days(agency, read_receipts(world.settings, night(at)), night(at)) if row.arrived]


def test_the_first_night_of_a_backfill_does_not_land_todays_register_under_its_own_date(world: World) -> None:
    sheet(world, 1, 2, 3)
    world.extract(firms(), NEXT)
    sealed = counted(world, firms(), NEXT)
    receipt = world.extract(firms(), FIRST)
    assert (receipt.status, is_retryable(receipt), receipt.feeds[0].arrived) == ("not_known", False, 0)
    assert known(world, "firms", FIRST) == []
    assert counted(world, firms(), NEXT) == sealed


def test_daily_files_that_a_later_night_read_are_not_read_for_an_earlier_one(world: World) -> None:
    for day in ("20260701", "20260702", "20260703"):
        put(world, day, f"C{day}")
    world.extract(calls(), NEXT)
    sealed = counted(world, calls(), NEXT)
    assert world.extract(calls(), FIRST).status == "not_known"
    assert counted(world, calls(), NEXT) == sealed
    assert [row.landed for row in counted(world, calls(), AFTER)] == [1, 1, 1]


def test_what_was_recorded_by_then_is_known_to_that_night_and_not_counted_a_second_time(world: World) -> None:
    rows = [ticket("T1"), ticket("T2", recorded="2026-07-02 12:00:00"), ticket("T3", recorded="2026-07-03 12:00:00")]
    world.database(rows)
    world.extract(tickets_source(), NEXT)
    sealed = (counted(world, tickets_source(), NEXT), known(world, "tickets", NEXT))
    receipt = world.extract(tickets_source(), MISSED)
    assert (receipt.status, receipt.feeds[0].landed, receipt.feeds[0].waiting) == ("landed", 2, 1)
    assert receipt.inserted_before == night(NEXT)
    assert known(world, "tickets", MISSED) == ["as_of=20260702T150000Z"]
    assert (counted(world, tickets_source(), NEXT), known(world, "tickets", NEXT)) == sealed
    assert nights(world, MISSED) == [night(MISSED)]
    assert nights(world, NEXT) == [night(NEXT)]


def test_a_later_night_goes_on_from_what_was_there_before(world: World) -> None:
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-02 12:00:00")])
    world.extract(tickets_source(), FIRST)
    world.extract(tickets_source(), NEXT)
    world.extract(tickets_source(), MISSED)
    after: SourceReceipt = world.extract(tickets_source(), AFTER)
    assert (after.feeds[0].landed, after.feeds[0].unchanged, after.inserted_before) == (0, 2, None)
    assert sum(row.landed for row in counted(world, tickets_source(), AFTER)) == 2


def test_a_row_that_was_changed_since_the_later_night_is_not_known_as_it_is_now(world: World) -> None:
    world.database([ticket("T1"), ticket("T2")])
    world.extract(tickets_source(), NEXT)
    world.database([ticket("T1", dept="투자팀"), ticket("T2")])
    receipt = world.extract(tickets_source(), MISSED)
    assert (receipt.feeds[0].read, receipt.feeds[0].landed, receipt.feeds[0].waiting) == (2, 1, 1)


def test_rows_refused_on_an_inserted_night_are_refused_once(world: World) -> None:
    world.database([ticket("T1", gubun="칭찬")])
    world.extract(tickets_source(), NEXT)
    world.extract(tickets_source(), MISSED)
    assert len(read_quarantine(world.settings, night(MISSED))) == 1
    assert len(read_quarantine(world.settings, night(NEXT))) == 1


def test_a_night_that_failed_is_not_tried_again_once_a_later_one_was_extracted(world: World) -> None:
    failed = world.extract(firms(), FIRST)
    assert failed.status != "landed"
    sheet(world, 1)
    world.extract(firms(), NEXT)
    assert world.extract(firms(), FIRST) == failed


def test_of_two_inserted_nights_the_later_knows_the_earlier_if_it_came_first(world: World) -> None:
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-02 12:00:00")])
    world.extract(tickets_source(), AFTER)
    world.extract(tickets_source(), FIRST)
    assert world.extract(tickets_source(), MISSED).feeds[0].unchanged == 1
    assert nights(world, MISSED) == [night(FIRST), night(MISSED)]
    assert nights(world, AFTER) == [night(AFTER)]

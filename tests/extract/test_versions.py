"""Versions: a row is landed when it is new or changed, and what was known on a night stays known."""

from __future__ import annotations

import json

import pytest

from charter.definitions.models import Source
from charter.errors import SourceError
from charter.extract import SourceReceipt, read_quarantine, read_receipts
from charter.extract.receipts import Counts

from .builders import FIRMS, World, night, source, ticket, tickets_source


def firms() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def sheet(world: World, *rows: tuple[object, ...]) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *rows])


def counts(receipt: SourceReceipt) -> tuple[int, int, int, int, int]:
    feed = receipt.feeds[0]
    return feed.arrived, feed.landed, feed.unchanged, feed.quarantined, feed.deleted


def test_only_new_and_changed_rows_are_landed(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    assert counts(world.extract(firms(), "2026-07-01")) == (2, 2, 0, 0, 0)
    sheet(world, ("F1", "2026-07-02", None), ("F2", "2026-07-01", None), ("F3", "2026-07-01", None))
    assert counts(world.extract(firms(), "2026-07-02")) == (3, 2, 1, 0, 0)
    versions = world.versions("firms")
    assert versions[versions.firm_id == "F1"].selected_on.astype(str).tolist() == ["2026-07-01", "2026-07-02"]


def test_a_row_that_vanished_from_a_snapshot_is_deleted_once_and_may_come_back(world: World) -> None:
    both, one = [("F1", "2026-07-01", None), ("F2", "2026-07-01", None)], [("F1", "2026-07-01", None)]
    deleted = []
    for day, rows in [("2026-07-01", both), ("2026-07-02", one), ("2026-07-03", one), ("2026-07-04", both)]:
        sheet(world, *rows)
        deleted.append(counts(world.extract(firms(), day))[4])
    assert deleted == [0, 1, 0, 0]
    versions = world.versions("firms")
    assert versions[versions.firm_id == "F2"]._deleted.tolist() == [False, True, False]
    assert versions[versions.firm_id == "F2"].selected_on.notna().all()


def test_a_refused_row_did_not_vanish(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    assert counts(world.extract(firms(), "2026-07-02")) == (2, 0, 1, 1, 0)


def test_nothing_is_deleted_while_a_row_with_no_readable_key_may_be_the_one_missed(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-07-01", None))
    receipt = world.extract(firms(), "2026-07-02")
    assert counts(receipt) == (2, 0, 1, 1, 0)
    assert receipt.feeds[0].deletions_withheld


def test_a_snapshot_that_is_suddenly_empty_deletes_nothing_unless_told_to(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world)
    refused = world.extract(firms(), "2026-07-02")
    assert refused.status == "failed"
    assert "1 were known" in str(refused.feeds[0].problem)
    assert counts(world.extract(firms(), "2026-07-02", accept_empty=True)) == (0, 0, 0, 0, 1)


def test_of_two_rows_with_one_key_the_last_counts_and_the_other_is_shown(world: World) -> None:
    sheet(
        world,
        ("F1", "2026-07-01", None),
        ("F1", "2026-07-02", None),
        ("F2", "2026-07-01", None),
        ("F2", "2026-07-01", None),
    )
    assert counts(world.extract(firms(), "2026-07-01")) == (4, 2, 1, 1, 0)
    assert world.versions("firms").selected_on.astype(str).tolist() == ["2026-07-02", "2026-07-01"]
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert refused.origin.tolist() == ["registers.xlsx/firms:2"]
    assert refused.reason[0].startswith("superseded_in_same_extraction")
    assert json.loads(refused.row[0])["selected_on"] == "2026-07-01"


def test_of_two_rows_with_one_key_the_later_recorded_wins_wherever_it_stands(world: World) -> None:
    later = ticket("T1", dept="투자팀", recorded="2026-07-01 12:00:00")
    world.database([later, ticket("T1", recorded="2026-07-01 11:00:00")])
    world.extract(tickets_source(), "2026-07-01")
    assert world.versions("tickets").department_id.tolist() == ["invest"]


def test_a_row_recorded_after_the_night_waits_for_its_own(world: World) -> None:
    world.database([ticket("T1", recorded="2026-07-02 00:00:00"), ticket("T2", recorded="2026-07-02 00:00:01")])
    first = world.extract(tickets_source(), "2026-07-01")
    assert (counts(first), first.feeds[0].waiting) == ((1, 1, 0, 0, 0), 1)
    assert counts(world.extract(tickets_source(), "2026-07-02")) == (2, 1, 1, 0, 0)


def test_a_row_changed_after_the_night_is_not_deleted_by_it(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(full=True), "2026-07-01")
    world.database([ticket("T1", dept="투자팀", recorded="2026-07-03 09:00:00")])
    assert counts(world.extract(tickets_source(full=True), "2026-07-02")) == (0, 0, 0, 0, 0)


def test_the_same_night_again_reads_nothing_and_changes_no_byte(world: World) -> None:
    world.database([ticket("T1")])
    first = world.extract(tickets_source(), "2026-07-01")
    before = world.bytes_of_lake()
    world.database([ticket("T1", dept="투자팀")])
    assert world.extract(tickets_source(), "2026-07-01") == first
    assert world.bytes_of_lake() == before


def test_two_installations_write_the_same_bytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    lakes = []
    for order in (1, -1):
        world = World(tmp_path_factory.mktemp("installation"))
        world.database([ticket("T1"), ticket("T2")][::order])
        world.extract(tickets_source(), "2026-07-01")
        lakes.append(world.bytes_of_lake())
    assert lakes[0] == lakes[1]


def test_force_reads_the_latest_night_again(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.database([ticket("T1", dept="투자팀")])
    world.extract(tickets_source(), "2026-07-01", force=True)
    assert world.versions("tickets").department_id.tolist() == ["invest"]


def test_a_night_that_others_build_on_is_not_rewritten(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.extract(tickets_source(), "2026-07-02")
    with pytest.raises(SourceError, match="20260702T150000Z builds on it"):
        world.extract(tickets_source(), "2026-07-01", force=True)


def test_a_night_between_two_landed_ones_is_not_invented(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    world.extract(firms(), "2026-07-03")
    sheet(world, ("F1", "2026-07-09", None))
    assert world.extract(firms(), "2026-07-02").status == "missing"
    assert len(world.versions("firms")) == 1


def test_a_night_between_is_read_when_the_source_says_when_its_rows_were_recorded(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.extract(tickets_source(), "2026-07-03")
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-02 12:00:00")])
    assert counts(world.extract(tickets_source(), "2026-07-02")) == (2, 1, 1, 0, 0)


def test_receipts_are_read_as_known_at_an_instant(world: World) -> None:
    world.database([ticket("T1")])
    for day in ("2026-07-01", "2026-07-02", "2026-07-03"):
        world.extract(tickets_source(), day)
    known = read_receipts(world.settings, night("2026-07-02"))
    assert [receipt.as_of for receipt in known] == [night("2026-07-01"), night("2026-07-02")]


def test_a_receipt_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="arrived 3 is not landed 1"):
        Counts(arrived=3, landed=1, unchanged=1)

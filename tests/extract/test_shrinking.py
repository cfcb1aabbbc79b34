"""What is no longer given is deleted only as far as that is plausible, and what is not deleted is told."""

from __future__ import annotations

import json

from charter.definitions.models import Source
from charter.extract import FeedReceipt, SourceReceipt
from charter.extract.corrections.land import standing_refusals
from tests.extract.night.test_day_plan import HEADER, calls, put

from .builders import FIRMS, World, night, source


def firms(**options: object) -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS, **options})


def sheet(world: World, *numbers: int, extra: tuple[tuple[object, ...], ...] = ()) -> None:
    rows = [(f"F{number:02}", "2026-07-01", None) for number in numbers]
    world.workbook(firms=[tuple(FIRMS.values()), *rows, *extra])


def feed(receipt: SourceReceipt) -> FeedReceipt:
    return receipt.feeds[0]


def gone(receipt: SourceReceipt) -> tuple[int, list[tuple[int, int, str]]]:
    """How many were deleted, and of what was not: how many, of how many, why."""
    return feed(receipt).deleted, [(each.missed, each.known, each.because) for each in feed(receipt).withheld]


def problem(receipt: SourceReceipt) -> str:
    note = feed(receipt).problem
    return note.what if note else ""


def present(world: World, table: str = "firms") -> set[str]:
    latest = world.versions(table).groupby("_row_key").tail(1)
    return set(latest[~latest._deleted]._row_key)


# ── a register that is read whole ───────────────────────────────────────────────────────────────


def test_a_refused_row_that_is_among_what_a_register_lost_is_not_put_right_by_that(world: World) -> None:
    """Until it is given in order, or a person accepts that the register is whole without it."""
    nobody = (("F90", "of late", None),)
    sheet(world, *range(10), extra=nobody)
    world.extract(firms(), "2026-07-01")

    def standing(day: str) -> int:
        return len(standing_refusals(world.settings, world.agency, firms(), night(day)))

    sheet(world, *range(6))
    world.extract(firms(), "2026-07-02")
    assert standing("2026-07-02") == 1
    sheet(world, *range(10))
    world.extract(firms(), "2026-07-03")
    assert standing("2026-07-03") == 1
    world.extract(firms(), "2026-07-04", accept_shrunk=True)
    assert standing("2026-07-04") == 0


def test_up_to_a_fifth_may_vanish_in_a_night(world: World) -> None:
    sheet(world, *range(10))
    world.extract(firms(), "2026-07-01")
    sheet(world, *range(8))
    assert gone(world.extract(firms(), "2026-07-02")) == (2, [])


def test_of_a_register_that_lost_more_nothing_is_deleted_and_what_is_there_still_lands(world: World) -> None:
    sheet(world, *range(10))
    world.extract(firms(), "2026-07-01")
    sheet(world, *range(6), 99)
    receipt = world.extract(firms(), "2026-07-02")
    assert gone(receipt) == (0, [(4, 10, "shrunk")])
    assert (receipt.status, feed(receipt).landed, feed(receipt).deletions_withheld) == ("landed", 1, True)
    assert present(world) == {f"F{number:02}" for number in (*range(10), 99)}
    assert problem(receipt) == (
        "4 of 10 known rows are no longer given, and were not deleted: they are more than 20% at once"
    )


def test_it_is_told_every_night_until_the_rows_are_back(world: World) -> None:
    sheet(world, *range(10))
    world.extract(firms(), "2026-07-01")
    for day in ("2026-07-02", "2026-07-03"):
        sheet(world, *range(5))
        assert gone(world.extract(firms(), day)) == (0, [(5, 10, "shrunk")])
    sheet(world, *range(10))
    assert gone(world.extract(firms(), "2026-07-04")) == (0, [])


def test_a_person_can_say_that_they_really_are_gone_also_of_the_night_that_withheld_them(world: World) -> None:
    sheet(world, *range(10))
    world.extract(firms(), "2026-07-01")
    sheet(world, *range(5))
    world.extract(firms(), "2026-07-02")
    receipt = world.extract(firms(), "2026-07-02", accept_shrunk=True)
    assert gone(receipt) == (5, [])
    assert feed(receipt).shrinking_accepted
    assert gone(world.extract(firms(), "2026-07-03")) == (0, [])


def test_one_row_of_a_small_register_may_always_vanish(world: World) -> None:
    sheet(world, 1, 2)
    world.extract(firms(), "2026-07-01")
    sheet(world, 1)
    assert gone(world.extract(firms(), "2026-07-02")) == (1, [])


def test_a_register_can_declare_what_share_may_vanish(world: World) -> None:
    sheet(world, *range(10))
    world.extract(firms(may_shrink_by=0.5), "2026-07-01")
    sheet(world, *range(5))
    assert gone(world.extract(firms(may_shrink_by=0.5), "2026-07-02")) == (5, [])


# ── rows without a key ──────────────────────────────────────────────────────────────────────────

NOTE = (None, None, "※ 위탁기업은 별도 관리")
TOTAL = (None, "합계", None)


def test_a_note_under_the_table_withholds_nothing(world: World) -> None:
    sheet(world, 1, 2, 3, extra=(NOTE,))
    world.extract(firms(), "2026-07-01")
    sheet(world, 1, 2, extra=(NOTE, NOTE))
    receipt = world.extract(firms(), "2026-07-02")
    assert (gone(receipt), feed(receipt).quarantined) == ((1, []), 2)


def test_a_total_line_that_was_there_while_no_row_was_missing_is_none_of_those_that_go(world: World) -> None:
    sheet(world, 1, 2, 3, extra=(TOTAL,))
    world.extract(firms(), "2026-07-01")
    sheet(world, 1, 2, extra=(TOTAL,))
    assert gone(world.extract(firms(), "2026-07-02")) == (1, [])


def test_a_row_that_lost_its_key_is_never_taken_for_gone_however_long_it_stays_so(world: World) -> None:
    sheet(world, 1, 2, 3, extra=(TOTAL,))
    world.extract(firms(), "2026-07-01")
    lost = (None, "2026-07-01", None)
    for day in ("2026-07-02", "2026-07-03", "2026-07-04"):
        sheet(world, 1, 2, extra=(lost, TOTAL))
        assert gone(world.extract(firms(), day)) == (0, [(1, 3, "rows_without_key")])
    sheet(world, 1, 2, 3, extra=(TOTAL,))
    assert gone(world.extract(firms(), "2026-07-05")) == (0, [])


# ── a corrected day's file ──────────────────────────────────────────────────────────────────────


def test_a_days_file_that_lost_most_of_its_rows_deletes_none_and_another_days_deletions_go_on(world: World) -> None:
    put(world, "20260701", *(f"A{number}" for number in range(10)))
    put(world, "20260702", *(f"B{number}" for number in range(10)))
    world.extract(calls(), "2026-07-02")
    put(world, "20260701", "A0", "A1")
    put(world, "20260702", *(f"B{number}" for number in range(9)))
    put(world, "20260703", "C1")
    receipt = world.extract(calls(), "2026-07-03")
    assert gone(receipt) == (1, [(8, 10, "shrunk")])
    assert [(str(day.day), day.deleted) for day in feed(receipt).days] == [
        ("2026-07-01", 0),
        ("2026-07-02", 1),
        ("2026-07-03", 0),
    ]
    assert len(present(world, "calls")) == 20


def test_a_days_file_that_is_emptied_or_overwritten_by_another_day_deletes_nothing_not_even_one_row(
    world: World,
) -> None:
    put(world, "20260701", "A1")
    put(world, "20260704", "B1")
    world.extract(calls(), "2026-07-04")
    world.file("calls_20260701.csv", f"{HEADER}\nC1,수출팀,2026-07-05 09:00:00,010\n")
    world.file("calls_20260704.csv", f"{HEADER}\n")
    put(world, "20260705", "C1")
    receipt = world.extract(calls(), "2026-07-05")
    assert gone(receipt) == (0, [(1, 1, "no_row_of_day")] * 2)
    assert {"A1", "B1"} <= present(world, "calls")


def test_what_a_days_file_lost_is_told_on_later_nights_and_can_be_accepted_there(world: World) -> None:
    put(world, "20260701", *(f"A{number}" for number in range(10)))
    world.extract(calls(), "2026-07-01")
    put(world, "20260701", "A0")
    put(world, "20260702", "B1")
    world.extract(calls(), "2026-07-02")
    put(world, "20260703", "C1")
    later = world.extract(calls(), "2026-07-03")
    assert [str(day.day) for day in feed(later).days] == ["2026-07-03"]
    assert "9 of 10 known rows are no longer given" in problem(later)
    put(world, "20260704", "D1")
    assert gone(world.extract(calls(), "2026-07-04", accept_shrunk=True)) == (9, [])
    assert present(world, "calls") == {"A0", "B1", "C1", "D1"}


# ── receipts of earlier releases ────────────────────────────────────────────────────────────────


def test_a_receipt_of_release_0_2_0_is_read_as_it_was_written() -> None:
    feed = {
        **{"table": "firms", "status": "landed", "contract": "c", "read": 3, "arrived": 2, "landed": 1},
        **{"unchanged": 0, "quarantined": 1, "waiting": 1, "deleted": 0, "deletions_withheld": True, "since": None},
        **{"days": [], "drift": {"new": [], "missing": [], "retyped": []}, "problem": None, "inputs": []},
        **{"files": [], "source_columns": ["기업번호"], "observed": {"기업번호": ["text"]}},
    }
    written = {
        **{"source_id": "registers", "as_of": "2026-07-01T15:00:00Z", "status": "landed", "feeds": [feed]},
        **{"corrections": [], "quarantine": None},
    }
    read = SourceReceipt.model_validate_json(json.dumps(written))
    assert read.as_of == night("2026-07-01")
    assert (read.feeds[0].deletions_withheld, read.feeds[0].withheld, read.feeds[0].keyless) == (True, [], 0)

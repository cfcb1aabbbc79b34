"""In daily files a key belongs to its day: no row of a closed day vanishes because another day uses its number."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.extract import SourceReceipt, read_quarantine
from charter.extract.corrections.land import correct, open_refusals
from charter.extract.corrections.rows import CorrectionError, Proposal
from tests.extract.night.test_day_plan import HEADER, calls, feed, put, statuses

from .builders import World, night

DAYS = ("20260701", "20260702", "20260703")
NIGHTS = ("2026-07-01", "2026-07-02", "2026-07-03")


def outcomes(receipt: SourceReceipt) -> dict[str, tuple[int, int, int]]:
    return {str(day.day): (day.landed, day.unchanged, day.quarantined) for day in feed(receipt).days}


def held(world: World) -> dict[str, str]:
    """Of each call that is known, the file that its latest version stands in."""
    latest = world.versions("calls").groupby("_row_key").tail(1)
    return dict(zip(latest._row_key, latest._origin.str.split(":").str[0], strict=True))


def test_numbers_that_start_anew_each_day_are_refused_on_the_second_and_both_places_are_named(world: World) -> None:
    for day, name in zip(DAYS, NIGHTS, strict=True):
        put(world, day, "1", "2")
        world.extract(calls(), name)
    assert held(world) == {"1": "calls_20260701.csv", "2": "calls_20260701.csv"}
    refused = read_quarantine(world.settings, night("2026-07-03"))
    assert refused.origin.tolist() == [f"calls_{day}.csv:{line}" for day in DAYS[1:] for line in (2, 3)]
    assert refused.reason[3] == (
        "key_of_another_day: a row with this call_id and other content stands in another day's file, "
        "calls_20260701.csv:3"
    )


def test_all_days_in_one_first_night_are_refused_alike(world: World) -> None:
    for day in DAYS:
        put(world, day, "1", "2")
    receipt = world.extract(calls(), "2026-07-03")
    assert outcomes(receipt) == {"2026-07-01": (2, 0, 0), "2026-07-02": (0, 0, 2), "2026-07-03": (0, 0, 2)}
    assert held(world) == {"1": "calls_20260701.csv", "2": "calls_20260701.csv"}


def test_a_file_that_comes_late_does_not_take_the_key_of_a_day_that_has_landed(world: World) -> None:
    put(world, "20260702", "1")
    world.extract(calls(), "2026-07-02")
    put(world, "20260701", "1")
    put(world, "20260703", "2")
    assert outcomes(world.extract(calls(), "2026-07-03"))["2026-07-01"] == (0, 0, 1)
    assert held(world)["1"] == "calls_20260702.csv"


def test_the_day_itself_may_correct_its_rows_while_another_day_has_the_number(world: World) -> None:
    put(world, "20260701", "1")
    world.extract(calls(), "2026-07-01")
    put(world, "20260701", "1", department="투자팀")
    put(world, "20260702", "1")
    assert outcomes(world.extract(calls(), "2026-07-02")) == {"2026-07-01": (1, 0, 0), "2026-07-02": (0, 0, 1)}


def test_days_that_correct_each_other_say_so(world: World) -> None:
    for day, name in zip(DAYS, NIGHTS, strict=True):
        put(world, day, "1", "2")
        receipt = world.extract(calls(days_correct_each_other=True), name)
    assert outcomes(receipt) == {"2026-07-03": (2, 0, 0)}
    assert set(held(world).values()) == {"calls_20260703.csv"}


def test_a_call_that_stands_in_two_days_files_alike_is_known(world: World) -> None:
    put(world, "20260701", "1")
    world.extract(calls(), "2026-07-01")
    row = "1,수출팀,2026-07-01 10:00:00,010-1111-2222"
    world.file("calls_20260702.csv", f"{HEADER}\n{row}\n2,수출팀,2026-07-02 10:00:00,010-1111-2222\n")
    receipt = world.extract(calls(), "2026-07-02")
    assert (statuses(receipt), outcomes(receipt)) == ({"2026-07-02": "landed"}, {"2026-07-02": (1, 1, 0)})


def test_a_row_refused_for_its_key_is_put_right_with_a_key_of_its_own(world: World) -> None:
    for day, name in zip(DAYS[:2], NIGHTS, strict=False):
        put(world, day, "1")
        world.extract(calls(), name)
    (refusal,) = open_refusals(world.settings, world.agency, calls(), night("2026-07-02"))
    cells = {"call_id": "1", "department_id": "export", "rang_at": "2026-07-02 10:00:00"}

    def put_right(key: str) -> None:
        proposal = Proposal(refusal.id, {**cells, "call_id": key}, "numbers start anew", "row")
        correct(world.settings, world.agency, calls(), [proposal], by="kim", made_at=night("2026-07-02"))

    with pytest.raises(CorrectionError, match="give this one a key of its own"):
        put_right("1")
    put_right("0702-1")
    put(world, "20260703", "2")
    world.extract(calls(), "2026-07-03")
    files = sorted(world.settings.raw_dir.glob("calls/source=*/as_of=20260703*/corrected-0.parquet"))
    assert len(files) == 1
    assert open_refusals(world.settings, world.agency, calls(), night("2026-07-03")) == []


def test_another_day_with_its_number_neither_mends_a_refused_row_nor_overtakes_its_correction(world: World) -> None:
    put(world, "20260701", "1", department="없는팀")
    world.extract(calls(), "2026-07-01")
    (refusal,) = open_refusals(world.settings, world.agency, calls(), night("2026-07-01"))
    put(world, "20260702", "1")
    world.extract(calls(), "2026-07-02")
    assert [each.id for each in open_refusals(world.settings, world.agency, calls(), night("2026-07-02"))] == [
        refusal.id
    ]
    cells = {"call_id": "1", "department_id": "export", "rang_at": "2026-07-01 10:00:00"}
    proposal = Proposal(refusal.id, cells, "asked", "row")
    with pytest.raises(CorrectionError, match="give this one a key of its own"):
        correct(world.settings, world.agency, calls(), [proposal], by="kim", made_at=night("2026-07-02"))


def test_a_correction_whose_key_another_day_brings_the_same_night_is_refused_and_takes_nothing_away(
    world: World,
) -> None:
    put(world, "20260701", "1", department="없는팀")
    world.extract(calls(), "2026-07-01")
    (refusal,) = open_refusals(world.settings, world.agency, calls(), night("2026-07-01"))
    cells = {"call_id": "1", "department_id": "export", "rang_at": "2026-07-01 10:00:00"}
    proposal = Proposal(refusal.id, cells, "asked", "row")
    correct(world.settings, world.agency, calls(), [proposal], by="kim", made_at=night("2026-07-01"))
    put(world, "20260702", "1")
    receipt = world.extract(calls(), "2026-07-02")
    (corrected,) = receipt.corrections
    assert (corrected.landed, corrected.quarantined, corrected.superseded) == (0, 1, [])
    assert held(world) == {"1": "calls_20260702.csv"}


contents = st.dictionaries(st.sampled_from("123"), st.sampled_from(["10:00:00", "11:00:00"]), min_size=1)


@given(st.lists(contents, min_size=1, max_size=4), st.booleans())
@settings(max_examples=15, deadline=None)
def test_whatever_numbers_the_days_use_no_row_that_landed_is_ever_replaced_by_another_days(
    days: list[dict[str, str]], in_one_night: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        owner: dict[str, str] = {}
        for number, rows in enumerate(days, start=1):
            lines = [f"{key},수출팀,2026-07-0{number} {at},010" for key, at in rows.items()]
            world.file(f"calls_2026070{number}.csv", "\n".join([HEADER, *lines]) + "\n")
            for key in rows:
                owner.setdefault(key, f"calls_2026070{number}.csv")
            if not in_one_night:
                receipt = world.extract(calls(), f"2026-07-0{number}")
                assert feed(receipt).arrived == len(rows)
        if in_one_night:
            assert feed(world.extract(calls(), f"2026-07-0{len(days)}")).arrived == sum(map(len, days))
        assert held(world) == owner

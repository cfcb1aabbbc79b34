"""A night that is tried again never lands less than before, whatever its source gives then."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.definitions.models import Source
from charter.extract import FeedReceipt, SourceReceipt, read_quarantine
from tests.extract.builders import CALLS, FIRMS, World, night, source
from tests.extract.night.test_day_plan import HEADER, calls, put, statuses

DAY = "2026-07-03"


def register() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def sheet(world: World, **selected: str) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *((number, day, None) for number, day in selected.items())])


def feed(receipt: SourceReceipt) -> FeedReceipt:
    return receipt.feeds[0]


def present(world: World, table: str) -> dict[str, str]:
    """The rows that are known, by key: where each stands, and whether it is deleted."""
    versions = world.versions(table)
    assert not versions.duplicated(["_row_key", "_known_at"]).any(), "two versions of a row on one night"
    latest = versions.groupby("_row_key").tail(1)
    return {row["_row_key"]: row["_origin"] for row in latest[~latest._deleted].to_dict("records")}


# ── a feed that is read whole ───────────────────────────────────────────────────────────────────


def test_what_a_forced_rerun_no_longer_gives_stays_and_is_counted_as_kept(world: World) -> None:
    sheet(world, F1="2026-07-01", F2="2026-07-01", F3="2026-07-01")
    world.extract(register(), DAY)
    sheet(world, F1="2026-07-02")
    again = feed(world.extract(register(), DAY, force=True))
    assert (again.landed, again.kept, again.deleted) == (1, 2, 0)
    assert set(present(world, "firms")) == {"F1", "F2", "F3"}
    assert world.versions("firms").set_index("_row_key").selected_on.astype(str)["F1"] == "2026-07-02"


def test_a_rerun_that_cannot_read_the_source_leaves_the_night_as_it_was_and_says_why(world: World) -> None:
    sheet(world, F1="2026-07-01", F2="someday")
    first = world.extract(register(), DAY)
    (world.folder / "registers.xlsx").unlink()
    again = world.extract(register(), DAY, force=True)
    assert (again.status, feed(again).landed, feed(again).problem is not None) == ("landed", 1, True)
    assert feed(again).files == feed(first).files
    assert len(read_quarantine(world.settings, night(DAY))) == 1


def test_a_rerun_that_finds_the_register_empty_leaves_the_night_as_it_was(world: World) -> None:
    sheet(world, **{f"F{number}": "2026-07-01" for number in range(5)})
    world.extract(register(), "2026-07-02")
    sheet(world, **{f"F{number}": "2026-07-01" for number in range(6)})
    world.extract(register(), DAY)
    sheet(world)
    again = world.extract(register(), DAY, force=True)
    assert (again.status, feed(again).landed) == ("landed", 1)
    assert len(present(world, "firms")) == 6


def test_what_the_first_attempt_deleted_is_there_again_when_the_second_gives_it(world: World) -> None:
    sheet(world, F1="2026-07-01", F2="2026-07-01")
    world.extract(register(), "2026-07-02")
    sheet(world, F1="2026-07-01")
    assert feed(world.extract(register(), DAY)).deleted == 1
    sheet(world, F1="2026-07-01", F2="2026-07-01")
    assert feed(world.extract(register(), DAY, force=True)).deleted == 0
    assert set(present(world, "firms")) == {"F1", "F2"}


# ── daily files, of which some came ─────────────────────────────────────────────────────────────


def test_days_that_landed_stay_when_their_files_are_gone_at_the_next_attempt(world: World) -> None:
    put(world, "20260701", "A1", "A2")
    world.file("calls_20260702.csv", f"{HEADER}\nB1,없는팀,2026-07-02 10:00:00,010\n")
    first = world.extract(calls(), DAY)
    assert statuses(first) == {"2026-07-01": "landed", "2026-07-02": "landed", "2026-07-03": "missing"}
    for name in ("calls_20260701.csv", "calls_20260702.csv"):
        (world.folder / "files" / name).unlink()
    put(world, "20260703", "C1")
    again = world.extract(calls(), DAY)
    assert statuses(again) == dict.fromkeys(("2026-07-01", "2026-07-02", "2026-07-03"), "landed")
    assert (feed(again).landed, feed(again).quarantined, feed(again).kept) == (3, 1, 0)
    assert set(present(world, "calls")) == {"A1", "A2", "C1"}
    assert read_quarantine(world.settings, night(DAY)).origin.tolist() == ["calls_20260702.csv:2"]


def test_rows_that_a_days_file_no_longer_has_at_the_next_attempt_stay(world: World) -> None:
    put(world, "20260702", "A1", "A2", "A3")
    world.extract(calls(), DAY)
    put(world, "20260702", "A1")
    put(world, "20260703", "C1")
    again = world.extract(calls(), DAY)
    assert (feed(again).landed, feed(again).kept, feed(again).deleted) == (2, 2, 0)
    assert set(present(world, "calls")) == {"A1", "A2", "A3", "C1"}


def test_a_day_that_landed_keeps_its_keys_against_the_day_that_comes_at_the_next_attempt(world: World) -> None:
    put(world, "20260702", "1")
    world.extract(calls(), DAY)
    put(world, "20260703", "1")
    again = world.extract(calls(), DAY)
    assert [(str(day.day), day.landed, day.quarantined) for day in feed(again).days] == [
        ("2026-07-02", 1, 0),
        ("2026-07-03", 0, 1),
    ]
    assert present(world, "calls") == {"1": "calls_20260702.csv:2"}


def test_a_file_that_is_damaged_at_the_next_attempt_leaves_its_day_landed(world: World) -> None:
    put(world, "20260702", "A1")
    world.extract(calls(), DAY)
    world.file("calls_20260702.csv", "garbage\n1\n")
    put(world, "20260703", "C1")
    again = world.extract(calls(), DAY)
    assert statuses(again) == {"2026-07-02": "landed", "2026-07-03": "landed"}
    assert set(present(world, "calls")) == {"A1", "C1"}


def test_keys_of_daily_workbooks_belong_to_their_days_too(world: World) -> None:
    given = source(
        "workbook",
        {"table": "calls", "path": "calls_{day}.xlsx", "sheet": "calls", "columns": CALLS},
        freshness={"expect": "file_each_day"},
    )
    for day in ("2026-07-02", DAY):
        world.workbook(calls=[tuple(CALLS.values()), ("1", "수출팀", f"{day} 10:00:00", "010")])
        (world.folder / "files").mkdir(exist_ok=True)
        (world.folder / "registers.xlsx").replace(world.folder / "files" / f"calls_{day.replace('-', '')}.xlsx")
        with pytest.MonkeyPatch.context() as patch:
            environment = {**world.settings.environment, "CHARTER_CONN_A_WORKBOOK": str(world.folder / "files")}
            patch.setattr(World, "settings", _with(world, environment))
            receipt = world.extract(given, day)
    assert (feed(receipt).landed, feed(receipt).quarantined) == (0, 1)


def _with(world: World, environment: dict[str, str]) -> object:
    made = type(world.settings)(world.folder, world.folder / "charter", world.folder / "var", environment)
    return property(lambda _: made)


# ── whatever happens between two attempts ───────────────────────────────────────────────────────

holdings = st.dictionaries(st.sampled_from(["F1", "F2", "F3", "F4"]), st.sampled_from(["2026-07-01", "2026-07-02"]))


@given(before=holdings, attempts=st.lists(holdings, min_size=2, max_size=4))
@settings(max_examples=20, deadline=None)
def test_no_attempt_takes_away_what_an_earlier_one_of_the_night_brought(
    before: dict[str, str], attempts: list[dict[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        sheet(world, **before)
        world.extract(register(), "2026-07-02")
        brought: set[str] = set()
        for held in attempts:
            sheet(world, **held)
            receipt = feed(world.extract(register(), DAY, force=True))
            new = {number for number, day in held.items() if before.get(number) != day}
            # What the source gives again as it was before is its own last word.
            brought = (brought - held.keys()) | new
            known = set(present(world, "firms")) if before or brought else set()
            assert brought | set(held) <= known
            assert receipt.landed + receipt.kept >= len(new)

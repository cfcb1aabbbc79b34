"""Fresh means facts of that day: a file of another day's rows, and a source with nothing new, are not heard of."""

from __future__ import annotations

from typing import Any

import pytest

from charter.definitions.models import Source
from charter.extract import SourceReceipt
from charter.extract.mapping import FeedContract

from .builders import CALLS, World, night, subject, ticket, tickets_source
from .test_days import HEADER, feed, put, statuses
from .test_days import calls as daily_calls


def calls(quiet_days: str | None = None, **options: Any) -> Source:
    made = daily_calls(**options)
    if quiet_days is None:
        return made
    return made.model_copy(update={"freshness": made.freshness.model_copy(update={"quiet_days": quiet_days})})


def problem(receipt: SourceReceipt) -> str:
    found = feed(receipt).problem
    return found.what if found else ""


# ── a file for each day ─────────────────────────────────────────────────────────────────────────


def test_yesterdays_file_under_todays_name_is_not_heard_of(world: World) -> None:
    path = world.file("calls_20260701.csv", f"{HEADER}\n1,수출팀,2026-07-01 10:00:00,010\n")
    world.extract(calls(), "2026-07-01")
    (world.folder / "files" / "calls_20260702.csv").write_bytes(path.read_bytes())
    receipt = world.extract(calls(), "2026-07-02")
    assert (receipt.status, statuses(receipt)) == ("stale", {"2026-07-02": "stale"})
    assert (feed(receipt).arrived, feed(receipt).unchanged) == (1, 1)
    assert problem(receipt) == "none of its rows is dated 2026-07-02 (rang_at)"


def test_both_files_in_one_first_night_are_told_apart_too(world: World) -> None:
    for name in ("calls_20260701.csv", "calls_20260702.csv"):
        world.file(name, f"{HEADER}\n1,수출팀,2026-07-01 10:00:00,010\n")
    assert statuses(world.extract(calls(), "2026-07-02")) == {"2026-07-01": "landed", "2026-07-02": "stale"}


def test_a_file_of_any_day_that_only_repeats_another_one_is_not_heard_of(world: World) -> None:
    for day in ("2026-07-01", "2026-07-02"):
        world.file(f"calls_{day.replace('-', '')}.csv", f"{HEADER}\n1,수출팀,2026-06-01 10:00:00,010\n")
        receipt = world.extract(calls(of_any_day=True), day)
    assert statuses(receipt) == {"2026-07-02": "stale"}
    assert problem(receipt) == "all of its rows are known from other days' files"


def test_new_rows_of_other_days_land_and_do_not_make_the_day_heard_of(world: World) -> None:
    put(world, "20260701", "1")
    world.extract(calls(), "2026-07-01")
    world.file("calls_20260702.csv", f"{HEADER}\n2,수출팀,2026-06-02 10:00:00,010\n")
    receipt = world.extract(calls(), "2026-07-02")
    assert (statuses(receipt), feed(receipt).landed) == ({"2026-07-02": "stale"}, 1)


def test_one_row_of_the_day_among_others_is_enough(world: World) -> None:
    rows = "1,수출팀,2026-06-30 23:59:58,010\n2,수출팀,2026-07-01 00:00:00,010\n"
    world.file("calls_20260701.csv", f"{HEADER}\n{rows}")
    assert statuses(world.extract(calls(), "2026-07-01")) == {"2026-07-01": "landed"}


def test_a_refused_row_of_the_day_tells_of_it_and_one_without_a_readable_date_does_not(world: World) -> None:
    world.file("calls_20260701.csv", f"{HEADER}\n1,없는팀,2026-07-01 10:00:00,010\n")
    world.file("calls_20260702.csv", f"{HEADER}\n2,수출팀,########,010\n")
    assert statuses(world.extract(calls(), "2026-07-02")) == {"2026-07-01": "landed", "2026-07-02": "stale"}


@pytest.mark.parametrize(
    ("day", "quiet_days", "status"),
    [
        ("2026-07-03", None, "stale"),
        ("2026-07-04", None, "landed"),
        ("2026-07-17", None, "landed"),
        ("2026-07-03", "any_day", "landed"),
    ],
    ids=["a Friday", "a Saturday", "a holiday", "a Friday that may be quiet"],
)
def test_a_file_without_rows_says_that_nobody_called_on_a_day_off(
    world: World, day: str, quiet_days: str | None, status: str
) -> None:
    world.file(f"calls_{day.replace('-', '')}.csv", f"{HEADER}\n")
    assert statuses(world.extract(calls(quiet_days), day)) == {day: status}


def test_the_days_own_file_is_brought_in_when_it_comes(world: World) -> None:
    path = world.file("calls_20260701.csv", f"{HEADER}\n1,수출팀,2026-07-01 10:00:00,010\n")
    (world.folder / "files" / "calls_20260702.csv").write_bytes(path.read_bytes())
    world.extract(calls(), "2026-07-02")
    put(world, "20260703", "3")
    still = world.extract(calls(), "2026-07-03")
    assert (statuses(still), feed(still).arrived) == ({"2026-07-03": "landed"}, 1)
    put(world, "20260702", "2")
    put(world, "20260704", "4")
    assert statuses(world.extract(calls(), "2026-07-04")) == {"2026-07-02": "landed", "2026-07-04": "landed"}


def test_a_day_that_was_heard_of_stays_so_when_its_file_is_overwritten_and_keeps_its_rows(world: World) -> None:
    put(world, "20260701", *(f"A{number}" for number in range(9)))
    world.extract(calls(), "2026-07-01")
    put(world, "20260702", "B1")
    (world.folder / "files" / "calls_20260701.csv").write_bytes(
        (world.folder / "files" / "calls_20260702.csv").read_bytes()
    )
    receipt = world.extract(calls(), "2026-07-02")
    assert statuses(receipt) == {"2026-07-01": "stale", "2026-07-02": "landed"}


def test_a_time_on_the_sources_own_clock_may_be_of_the_day(world: World) -> None:
    """16:00 of 1 July in New York is 05:00 of the 2nd in Seoul."""
    put(world, "20260701", "1", rang="16:00:00")
    abroad = calls().model_copy(update={"time_zone": "America/New_York"})
    assert statuses(world.extract(abroad, "2026-07-01")) == {"2026-07-01": "landed"}


def test_another_column_can_be_named_that_dates_the_rows(world: World) -> None:
    world.agency = world.agency.model_copy(update={"subjects": {**world.agency.subjects, "calls": _with_logged_on()}})
    columns = {**CALLS, "logged_on": "기록일"}
    world.file("calls_20260701.csv", f"{HEADER},기록일\n1,수출팀,2026-06-30 10:00:00,010,2026-07-01\n")
    assert statuses(world.extract(calls(columns=columns), "2026-07-01")) == {"2026-07-01": "stale"}
    dated = calls(columns=columns, dated_by="logged_on")
    assert statuses(world.extract(dated, "2026-07-01", force=True)) == {"2026-07-01": "landed"}


def _with_logged_on() -> Any:
    content = subject("calls").model_dump()
    content["columns"]["logged_on"] = {"type": "date"}
    return type(subject("calls")).model_validate(content)


# ── a source that is asked each night ───────────────────────────────────────────────────────────


def silent(days: int | None) -> Source:
    made = tickets_source()
    freshness = made.freshness.model_copy(update={"silent_working_days": days})
    return made.model_copy(update={"freshness": freshness})


def test_a_source_with_nothing_new_for_longer_than_its_rule_allows_is_stale(world: World) -> None:
    """News on Wednesday; Thursday, Friday and Monday are three working days, of which two are allowed."""
    world.database([ticket("T1")])
    nights = [world.extract(silent(2), f"2026-07-0{day}") for day in range(1, 7)]
    assert [receipt.status for receipt in nights] == ["landed"] * 5 + ["stale"]
    told = feed(nights[-1])
    assert told.news_at == night("2026-07-01")
    assert told.problem is not None
    assert told.problem.what == "nothing new since 2026-07-01: 3 working days, and its rule allows 2"


def test_news_end_the_silence(world: World) -> None:
    world.database([ticket("T1")])
    for day in range(1, 7):
        world.extract(silent(2), f"2026-07-0{day}")
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-07 10:00:00")])
    receipt = world.extract(silent(2), "2026-07-07")
    assert (receipt.status, feed(receipt).news_at) == ("landed", None)


def test_a_source_that_may_be_silent_is_never_stale(world: World) -> None:
    world.database([ticket("T1")])
    assert {world.extract(silent(None), f"2026-07-{day:02}").status for day in (1, 8, 15)} == {"landed"}


def test_a_source_that_never_had_a_row_is_heard_until_it_first_answered(world: World) -> None:
    world.database([])
    receipts = [world.extract(silent(1), day) for day in ("2026-07-01", "2026-07-02", "2026-07-03")]
    assert [receipt.status for receipt in receipts] == ["landed", "landed", "stale"]
    assert feed(receipts[-1]).news_at == night("2026-07-01")


def test_what_is_not_declared_leaves_a_feeds_digest_as_earlier_releases_wrote_it(world: World) -> None:
    """Else an upgrade would ask every cursor for everything again."""
    contract = FeedContract.of(world.agency, tickets_source(), tickets_source().feeds[0], None)
    assert contract.digest == "56cfd023838ed03a21773bfecf35024744875180480347edff953f6e659e9f75"

"""Fresh means facts of that day: a file of another day's rows, and a source with nothing new, are not heard of."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.definitions.models import Source
from charter.extract import SourceReceipt, read_quarantine
from charter.extract.contract.mapping import FeedContract
from charter.extract.corrections.land import standing_refusals
from charter.extract.night.fates import feed_fates
from tests.extract.builders import CALLS, World, night, subject, ticket, tickets_source
from tests.extract.night.test_day_plan import HEADER, feed, put, statuses
from tests.extract.night.test_day_plan import calls as daily_calls


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


def test_a_row_of_the_day_before_in_the_days_own_file_lands(world: World) -> None:
    rows = "1,수출팀,2026-06-30 23:59:58,010\n2,수출팀,2026-07-01 00:00:00,010\n"
    world.file("calls_20260701.csv", f"{HEADER}\n{rows}")
    receipt = world.extract(calls(), "2026-07-01")
    assert (statuses(receipt), feed(receipt).landed) == ({"2026-07-01": "landed"}, 2)
    # And it is told.
    assert [day.of_other_days for day in feed(receipt).days] == [1]
    (fates,) = feed_fates(world.settings, world.agency.model_copy(update={"sources": [calls()]}), night("2026-07-01"))
    assert fates.of_other_days == 1


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


# ── a file with another day's content ───────────────────────────────────────────────────────────


def rows(*dated: str, key: str = "N") -> str:
    """A file's text: a call for each instant, under keys of their own."""
    lines = [f"{key}{number},수출팀,{instant},010" for number, instant in enumerate(dated, start=1)]
    return "\n".join([HEADER, *lines]) + "\n"


def reasons(world: World, day: str) -> dict[str, int]:
    """Why rows were refused in the night after ``day``, and how many were."""
    refused = read_quarantine(world.settings, night(day))
    return dict(refused[refused._known_at == night(day).replace(tzinfo=None)].reason.value_counts())


def standing(world: World, source: Source, day: str) -> list[str]:
    """The places of the rows that are still refused after the night of ``day``."""
    return [each.origin for each in standing_refusals(world.settings, world.agency, source, night(day))]


def calls_of(world: World, day: str) -> set[str]:
    """The calls that are known of a day (at 10:00 to 12:00 there, which is the same day in UTC)."""
    landed = world.versions("calls")
    if landed.empty:
        return set()
    latest = landed.groupby("call_id").tail(1)
    return set(latest[(latest.rang_at.dt.date.astype(str) == day) & ~latest._deleted].call_id)


YESTERDAYS = ["2026-06-30 10:00:00"] * 19


def test_one_row_of_the_day_and_the_rest_of_another_under_new_keys_is_another_days_content(world: World) -> None:
    """1 July broke its standard. Nineteen calls of the day before under new numbers do not make it good."""
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", *YESTERDAYS))
    receipt = world.extract(calls(), "2026-07-01")
    assert (receipt.status, statuses(receipt)) == ("stale", {"2026-07-01": "stale"})
    assert problem(receipt) == "19 of its 20 rows are dated 2026-06-30 (rang_at)"
    assert "of_any_day: true" in (feed(receipt).problem or pytest.fail()).remedy
    assert (feed(receipt).landed, feed(receipt).quarantined) == (1, 19)
    assert (calls_of(world, "2026-07-01"), calls_of(world, "2026-06-30")) == ({"N1"}, set())
    why = "file_not_heard_of: dated 2026-06-30, in the file of 2026-07-01, which has another day's content"
    assert reasons(world, "2026-07-01") == {why: 19}


@pytest.mark.parametrize(
    ("dated", "status"),
    [
        (["2026-07-01 10:00:00", "2026-06-30 10:00:00"], "landed"),
        (["2026-07-01 10:00:00", "2026-06-30 10:00:00", "2026-06-30 11:00:00"], "stale"),
        (["2026-07-01 10:00:00", "2026-06-30 10:00:00", "2026-06-29 10:00:00"], "landed"),
        (["2026-07-01 10:00:00", "2026-07-02 00:00:01", "2026-07-02 00:00:02"], "stale"),
        (["2026-06-30 10:00:00"], "stale"),
    ],
    ids=["half of another day", "two of three", "of two other days", "of the day after", "none of its day"],
)
def test_more_than_half_of_one_other_day_is_another_days_content(world: World, dated: list[str], status: str) -> None:
    world.file("calls_20260701.csv", rows(*dated))
    receipt = world.extract(calls(), "2026-07-01")
    own = sum(each.startswith("2026-07-01") for each in dated)
    landed = len(dated) if status == "landed" else own
    assert (statuses(receipt), feed(receipt).landed) == ({"2026-07-01": status}, landed)
    assert feed(receipt).quarantined == len(dated) - landed


def test_refused_rows_count_by_their_dates_where_these_can_be_read(world: World) -> None:
    of_day_before = ["1,없는팀,2026-06-30 10:00:00,010", "2,없는팀,2026-06-30 10:00:00,010"]
    world.file("calls_20260701.csv", "\n".join([HEADER, *of_day_before, "3,수출팀,2026-07-01 10:00:00,010"]) + "\n")
    receipt = world.extract(calls(), "2026-07-01")
    assert problem(receipt) == "2 of its 3 rows are dated 2026-06-30 (rang_at)"
    world.file(
        "calls_20260702.csv", f"{HEADER}\n4,수출팀,####,010\n5,수출팀,####,010\n6,수출팀,2026-07-02 10:00:00,010\n"
    )
    assert statuses(world.extract(calls(), "2026-07-02")) == {"2026-07-02": "landed"}


def test_of_another_days_content_known_rows_are_known_and_changed_ones_change_nothing(world: World) -> None:
    world.file("calls_20260630.csv", rows("2026-06-30 10:00:00", "2026-06-30 11:00:00"))
    world.extract(calls(), "2026-06-30")
    world.file("calls_20260701.csv", rows("2026-06-30 10:00:00", "2026-06-30 11:59:59", "2026-06-30 12:00:00"))
    receipt = world.extract(calls(), "2026-07-01")
    day = feed(receipt).days[0]
    assert (day.read, day.landed, day.unchanged, day.quarantined) == (3, 0, 1, 2)
    assert world.versions("calls").call_id.tolist() == ["N1", "N2"]


def test_of_both_files_in_one_night_the_days_own_has_the_rows_whichever_is_earlier(world: World) -> None:
    for day in ("20260701", "20260702"):
        world.file(f"calls_{day}.csv", rows("2026-07-02 10:00:00", "2026-07-02 11:00:00"))
    receipt = world.extract(calls(), "2026-07-02")
    assert [(day.status, day.landed, day.unchanged) for day in feed(receipt).days] == [
        ("stale", 0, 2),
        ("landed", 2, 0),
    ]
    assert set(world.versions("calls")._origin) == {"calls_20260702.csv:2", "calls_20260702.csv:3"}


def test_a_row_that_says_deleted_in_another_days_content_deletes_nothing(world: World) -> None:
    source = calls(deleted_when={"발신": ["삭제"]})
    put(world, "20260630", "1", "2")
    world.extract(source, "2026-06-30")
    world.file("calls_20260701.csv", f"{HEADER}\n1,,,삭제\n9,,,삭제\n2,수출팀,2026-06-30 10:00:00,010-1111-2222\n")
    receipt = world.extract(source, "2026-07-01")
    day = feed(receipt).days[0]
    assert (day.status, day.unchanged, day.quarantined, feed(receipt).deleted) == ("stale", 2, 1, 0)
    (why,) = reasons(world, "2026-07-01")
    assert why.startswith("file_not_heard_of: without a date, in the file of 2026-07-01")


def test_evenings_of_an_office_abroad_are_no_other_day(world: World) -> None:
    """20:00 of 1 July in New York is 09:00 of the 2nd in Seoul: only one of the clocks says that it is another day."""
    world.file("calls_20260701.csv", rows("2026-07-01 20:00:00", "2026-07-01 21:00:00"))
    abroad = calls().model_copy(update={"time_zone": "America/New_York"})
    assert statuses(world.extract(abroad, "2026-07-01")) == {"2026-07-01": "landed"}


def test_a_feed_whose_files_are_of_any_day_lands_all_of_it_and_its_refusals_are_put_right(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", *YESTERDAYS))
    world.extract(calls(), "2026-07-01")
    put(world, "20260702", "other")
    declared = calls(of_any_day=True)
    assert statuses(world.extract(declared, "2026-07-02")) == {"2026-07-01": "landed", "2026-07-02": "landed"}
    assert len(calls_of(world, "2026-06-30")) == 19
    assert standing(world, declared, "2026-07-02") == []


def test_the_days_own_file_puts_the_refusals_of_the_wrong_one_right(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", *YESTERDAYS))
    world.extract(calls(), "2026-07-01")
    world.extract(calls(), "2026-07-02")
    assert len(standing(world, calls(), "2026-07-02")) == 19
    put(world, "20260701", "A1", "A2")
    # That the night's own file is missing has nothing to do with it.
    world.extract(calls(), "2026-07-03")
    assert standing(world, calls(), "2026-07-03") == []
    assert {"A1", "A2"} <= calls_of(world, "2026-07-01")


def test_what_was_under_the_wrong_name_is_put_right_by_the_file_of_the_day_that_it_is_of(world: World) -> None:
    world.file("calls_20260701.csv", rows(*YESTERDAYS, "2026-07-01 10:00:00"))
    world.extract(calls(), "2026-07-01")
    world.file("calls_20260630.csv", rows(*YESTERDAYS))
    world.extract(calls(), "2026-07-02")
    assert standing(world, calls(), "2026-07-02") == []
    assert len(calls_of(world, "2026-06-30")) == 19


def test_another_wrong_file_puts_nothing_right(world: World) -> None:
    """What could not be read of 1 July stays unknown when its file is overwritten by that of 2 July."""
    world.file("calls_20260701.csv", f"{HEADER}\n1,없는팀,2026-07-01 10:00:00,010\n2,수출팀,2026-07-01 10:00:00,010\n")
    world.extract(calls(), "2026-07-01")
    put(world, "20260702", "3")
    put(world, "20260701", "4", rang="10:00:00")
    (world.folder / "files" / "calls_20260701.csv").write_bytes(
        (world.folder / "files" / "calls_20260702.csv").read_bytes()
    )
    receipt = world.extract(calls(), "2026-07-02")
    assert statuses(receipt) == {"2026-07-01": "stale", "2026-07-02": "landed"}
    assert standing(world, calls(), "2026-07-02") == ["calls_20260701.csv:2"]


def test_a_refused_row_that_was_copied_into_the_next_file_stands_when_that_one_is_put_right(world: World) -> None:
    broken = f"{HEADER}\n1,없는팀,2026-07-01 10:00:00,010\n2,수출팀,2026-07-01 10:00:00,010\n"
    for day in ("2026-07-01", "2026-07-02"):
        world.file(f"calls_{day.replace('-', '')}.csv", broken)
        world.extract(calls(), day)
    put(world, "20260702", "3")
    world.extract(calls(), "2026-07-03")
    assert len(standing(world, calls(), "2026-07-03")) == 1
    put(world, "20260701", "1", "2")
    world.extract(calls(), "2026-07-04")
    assert standing(world, calls(), "2026-07-04") == []


dated = st.lists(st.sampled_from(["2026-06-29", "2026-06-30", "2026-07-01", "2026-07-02"]), min_size=1, max_size=9)


@given(dated, dated)
@settings(max_examples=20, deadline=None)
def test_whatever_a_file_holds_that_is_not_heard_of_no_other_day_gains_a_row_by_it(
    own: list[str], wrong: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.file("calls_20260630.csv", rows(*(f"{day} 10:00:00" for day in own), key="A"))
        world.extract(calls(), "2026-06-30")
        world.file("calls_20260701.csv", rows(*(f"{day} 11:00:00" for day in wrong), key="B"))
        receipt = world.extract(calls(), "2026-07-01")
        of_day = next(day for day in feed(receipt).days if str(day.day) == "2026-07-01")
        gained = {
            key for day in ("2026-06-29", "2026-06-30", "2026-07-02") for key in calls_of(world, day) if key[0] == "B"
        }
        assert (of_day.status, of_day.read) == (statuses(receipt)["2026-07-01"], len(wrong))
        assert of_day.landed + of_day.quarantined == len(wrong)
        assert not gained or of_day.status == "landed"


# ── a row that its file could not know of ───────────────────────────────────────────────────────


def test_a_row_dated_ahead_of_its_file_is_refused(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-20 10:00:00"))
    receipt = world.extract(calls(), "2026-07-01")
    assert (statuses(receipt), feed(receipt).landed) == ({"2026-07-01": "landed"}, 1)
    assert reasons(world, "2026-07-01") == {"호출: is dated 2026-07-20, in the file of 2026-07-01": 1}
    # Its own date is not believed: it counts as unknown on the day of its file.
    (refused,) = standing_refusals(world.settings, world.agency, calls(), night("2026-07-01"))
    assert refused.column == "rang_at"


def test_a_row_dated_ahead_does_not_wait_for_its_night(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-20 10:00:00"))
    receipt = world.extract(calls(recorded_at="호출"), "2026-07-01")
    assert (feed(receipt).landed, feed(receipt).quarantined, feed(receipt).waiting) == (1, 1, 0)


def test_a_night_that_is_asked_weeks_later_refuses_it_alike(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-20 10:00:00"))
    day = feed(world.extract(calls(), "2026-08-01")).days[0]
    assert (day.landed, day.quarantined) == (1, 1)


def test_the_first_rows_of_the_next_day_may_stand_in_a_file_written_after_midnight(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-02 00:00:01", "2026-07-03 00:00:00"))
    receipt = world.extract(calls(), "2026-07-01")
    assert (feed(receipt).landed, feed(receipt).quarantined) == (2, 1)


def test_it_takes_both_clocks_to_be_ahead(world: World) -> None:
    """23:00 of 2 July in New York is the 3rd in Seoul."""
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-02 23:00:00", "2026-07-03 00:00:00"))
    receipt = world.extract(calls().model_copy(update={"time_zone": "America/New_York"}), "2026-07-01")
    assert (feed(receipt).landed, feed(receipt).quarantined) == (2, 1)


def test_where_a_file_may_hold_any_day_rows_ahead_of_it_land(world: World) -> None:
    world.file("calls_20260701.csv", rows("2026-07-01 10:00:00", "2026-07-20 10:00:00"))
    assert feed(world.extract(calls(of_any_day=True), "2026-07-01")).landed == 2


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
    receipt = feed(nights[-1])
    assert receipt.news_at == night("2026-07-01")
    assert receipt.problem is not None
    assert receipt.problem.what == "nothing new since 2026-07-01: 3 working days, and its rule allows 2"


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

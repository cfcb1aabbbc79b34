"""Daily files: each business day once, a late or corrected file when it comes, silence never taken for nothing."""

from __future__ import annotations

from charter.definitions.models import Source
from charter.extract import FeedReceipt, SourceReceipt, is_retryable
from tests.extract.builders import CALLS, World, source

HEADER = "번호,부서,호출,발신"


def calls(expect: str = "file_each_day", **feed: object) -> Source:
    return source(
        "csv", {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS, **feed}, freshness={"expect": expect}
    )


def put(world: World, day: str, *numbers: str, rang: str = "10:00:00", department: str = "수출팀") -> None:
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    rows = [f"{number},{department},{iso} {rang},010-1111-2222" for number in numbers]
    world.file(f"calls_{day}.csv", "\n".join([HEADER, *rows]) + "\n")


def statuses(receipt: SourceReceipt) -> dict[str, str]:
    return {str(day.day): day.status for day in receipt.feeds[0].days}


def feed(receipt: SourceReceipt) -> FeedReceipt:
    return receipt.feeds[0]


def test_a_night_reads_every_day_that_has_ended_and_no_later_one(world: World) -> None:
    for day in ("20260701", "20260702", "20260703"):
        put(world, day, f"C{day}")
    receipt = world.extract(calls(), "2026-07-02")
    assert statuses(receipt) == {"2026-07-01": "landed", "2026-07-02": "landed"}
    assert feed(receipt).landed == 2
    assert statuses(world.extract(calls(), "2026-07-03")) == {"2026-07-03": "landed"}


def test_a_missing_file_is_missing_and_is_brought_in_when_it_comes(world: World) -> None:
    put(world, "20260701", "C1")
    world.extract(calls(), "2026-07-01")
    missed = world.extract(calls(), "2026-07-02")
    assert (missed.status, is_retryable(missed)) == ("missing", True)
    assert statuses(missed) == {"2026-07-02": "missing"}
    put(world, "20260702", "C2")
    put(world, "20260703", "C3")
    assert statuses(world.extract(calls(), "2026-07-03")) == {"2026-07-02": "landed", "2026-07-03": "landed"}
    assert sorted(world.versions("calls").call_id) == ["C1", "C2", "C3"]


def test_a_file_that_comes_the_same_night_mends_that_nights_receipt(world: World) -> None:
    put(world, "20260701", "C1")
    world.extract(calls(), "2026-07-01")
    world.extract(calls(), "2026-07-02")
    put(world, "20260702", "C2")
    assert world.extract(calls(), "2026-07-02").status == "landed"


def test_an_old_gap_stays_in_view_while_the_source_goes_on(world: World) -> None:
    put(world, "20260701", "C1")
    world.extract(calls(), "2026-07-01")
    put(world, "20260703", "C3")
    receipt = world.extract(calls(), "2026-07-03")
    assert receipt.status == "landed"
    assert statuses(receipt) == {"2026-07-02": "missing", "2026-07-03": "landed"}
    assert feed(receipt).problem is not None


def test_no_file_is_expected_on_weekends_and_holidays_of_the_agency(world: World) -> None:
    for day in ("20260716", "20260720"):
        put(world, day, f"C{day}")
    world.extract(calls("file_each_working_day"), "2026-07-16")
    receipt = world.extract(calls("file_each_working_day"), "2026-07-19")
    assert receipt.status == "landed"
    assert set(statuses(receipt).values()) == {"none_expected"}
    assert list(statuses(receipt)) == ["2026-07-17", "2026-07-18", "2026-07-19"]
    assert statuses(world.extract(calls("file_each_working_day"), "2026-07-20")) == {"2026-07-20": "landed"}


def test_a_working_day_without_a_file_stays_missing_through_the_weekend(world: World) -> None:
    put(world, "20260709", "C1")
    world.extract(calls("file_each_working_day"), "2026-07-09")
    assert world.extract(calls("file_each_working_day"), "2026-07-11").status == "missing"


def test_a_source_that_never_gave_a_file_is_missing(world: World) -> None:
    world.file("readme.txt", "")
    receipt = world.extract(calls(), "2026-07-01")
    assert (receipt.status, statuses(receipt)) == ("missing", {"2026-07-01": "missing"})


def test_a_day_that_landed_is_not_read_again(world: World) -> None:
    put(world, "20260701", "C1")
    put(world, "20260702", "C2")
    world.extract(calls(), "2026-07-01")
    receipt = world.extract(calls(), "2026-07-02")
    assert (feed(receipt).arrived, statuses(receipt)) == (1, {"2026-07-02": "landed"})


def test_a_corrected_file_brings_its_changes_and_what_vanished_from_it(world: World) -> None:
    put(world, "20260701", "C1", "C2", "C3")
    world.extract(calls(), "2026-07-01")
    put(world, "20260702", "C9")
    world.file(
        "calls_20260701.csv",
        f"{HEADER}\nC1,수출팀,2026-07-01 10:00:00,010-1111-2222\nC2,투자팀,2026-07-01 10:00:00,010-1111-2222\n",
    )
    receipt = world.extract(calls(), "2026-07-02")
    first = feed(receipt).days[0]
    assert (first.arrived, first.landed, first.unchanged, feed(receipt).deleted) == (2, 1, 1, 1)
    versions = world.versions("calls")
    assert versions[versions.call_id == "C3"]._deleted.tolist() == [False, True]
    assert versions[versions.call_id == "C2"].department_id.tolist() == ["export", "invest"]


def test_a_file_that_was_archived_after_landing_deletes_nothing(world: World) -> None:
    put(world, "20260701", "C1")
    world.extract(calls(), "2026-07-01")
    (world.folder / "files" / "calls_20260701.csv").unlink()
    put(world, "20260702", "C2")
    assert feed(world.extract(calls(), "2026-07-02")).deleted == 0


def test_a_corrected_file_with_a_broken_line_withholds_its_deletions(world: World) -> None:
    put(world, "20260701", "C1", "C2")
    world.extract(calls(), "2026-07-01")
    world.file("calls_20260701.csv", f"{HEADER}\nC1,수출팀,2026-07-01 10:00:00,010-1111-2222\nC2,broken\n")
    put(world, "20260702", "C9")
    receipt = world.extract(calls(), "2026-07-02")
    assert (feed(receipt).deleted, feed(receipt).deletions_withheld) == (0, True)


def test_one_drifted_file_does_not_stop_the_days_around_it(world: World) -> None:
    put(world, "20260701", "C1")
    world.file("calls_20260702.csv", "번호,부서명,호출,발신\nC2,수출팀,2026-07-02 10:00:00,1\n")
    put(world, "20260703", "C3")
    receipt = world.extract(calls(), "2026-07-03")
    assert statuses(receipt) == {"2026-07-01": "landed", "2026-07-02": "drifted", "2026-07-03": "landed"}
    assert feed(receipt).drift.missing == ["부서"]
    assert "C2" not in set(world.versions("calls").call_id)
    assert "부서명" in str(feed(receipt).problem)


def test_a_drifted_file_of_the_night_is_the_state_of_the_feed(world: World) -> None:
    world.file("calls_20260702.csv", "번호,부서명,호출,발신\nC2,수출팀,2026-07-02 10:00:00,1\n")
    assert world.extract(calls(), "2026-07-02").status == "drifted"


def test_rows_recorded_after_the_night_wait_and_are_not_forgotten(world: World) -> None:
    put(world, "20260701", "C1")
    put(world, "20260701", "C1", rang="10:00:00")
    world.file("calls_20260701.csv", f"{HEADER}\nC1,수출팀,2026-07-01 10:00:00,1\nC2,수출팀,2026-07-02 00:30:00,1\n")
    first = world.extract(calls(recorded_at="호출"), "2026-07-01")
    assert (feed(first).arrived, feed(first).waiting) == (1, 1)
    put(world, "20260702", "C9")
    world.extract(calls(recorded_at="호출"), "2026-07-02")
    assert sorted(world.versions("calls").call_id) == ["C1", "C2", "C9"]


def test_refused_rows_come_in_when_the_contract_learns_their_department(world: World) -> None:
    put(world, "20260701", "C1", department="새부서")
    assert feed(world.extract(calls(), "2026-07-01")).quarantined == 1
    put(world, "20260702", "C2")
    content = world.agency.model_dump(mode="json")
    content["organisation"]["departments"][0]["aliases"].append("새부서")
    world.agency = type(world.agency).model_validate(content)
    assert feed(world.extract(calls(), "2026-07-02")).landed == 2

"""From receipts to covered days and horizons: silence is not compliance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day, naive_utc
from charter.definitions import Agency
from charter.extract import DayReceipt, FeedReceipt, SourceReceipt
from charter.lake.receipts import CorrectionReceipt
from charter.transform.control.coverage import FeedDay, feed_days, horizons

SEOUL = ZoneInfo("Asia/Seoul")
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 7, day) for day in range(1, 6))
CHARTER_BEGINS = datetime(2025, 12, 31, 15)


WITHHELD = {"missed": 40, "known": 100, "because": "shrunk"}


def night(day: date) -> datetime:
    return end_of_day(day, SEOUL)


def nightly(day: date, status: str = "landed", table: str = "tickets", **counts: Any) -> SourceReceipt:
    """What the Voice-of-Customer system gave on the night after ``day``."""
    feed = FeedReceipt.model_validate({"table": table, "status": status, "contract": "c", **counts})
    return SourceReceipt(source_id="voc", as_of=night(day), status=feed.status, feeds=[feed])


def files(
    on: date,
    days: dict[date, str],
    status: str = "landed",
    source_id: str = "telephone",
    table: str = "calls",
    **counts: int,
) -> SourceReceipt:
    """What the exchange gave on the night after ``on``: the days looked for, with the counts on the first."""
    receipts = [
        DayReceipt.model_validate({"day": day, "status": state, **(counts if index == 0 else {})})
        for index, (day, state) in enumerate(days.items())
    ]
    feed = FeedReceipt.model_validate({"table": table, "status": status, "contract": "c", "days": receipts, **counts})
    return SourceReceipt(source_id=source_id, as_of=night(on), status=feed.status, feeds=[feed])


def days_of(agency: Agency, receipts: list[SourceReceipt], table: str, until: date = SUNDAY) -> dict[date, FeedDay]:
    rows = feed_days(agency, receipts, night(until))
    return {each.day: each for each in rows if each.table_name == table and each.day >= WEDNESDAY}


def states(agency: Agency, receipts: list[SourceReceipt], table: str, until: date = SUNDAY) -> list[Any]:
    """Of each day since Wednesday: True when covered, else the reason."""
    return [each.covered or each.reason for each in days_of(agency, receipts, table, until).values()]


def horizon(agency: Agency, receipts: list[SourceReceipt], table: str, until: date = SUNDAY) -> datetime:
    rows = horizons(agency, feed_days(agency, receipts, night(until)), receipts)
    return {each.table_name: each.horizon_at for each in rows}[table]


def test_every_table_of_every_source_has_every_day_since_the_charter_began(agency: Agency) -> None:
    rows = feed_days(agency, [], night(SUNDAY))
    tables = {(source.id, feed.table) for source in agency.sources for feed in source.feeds}
    assert {(each.source_id, each.table_name) for each in rows} == tables
    assert len(rows) == len(tables) * ((SUNDAY - date(2026, 1, 1)).days + 1)
    assert {each.reason for each in rows} == {"not_extracted"}


# ── a source that is asked each night ───────────────────────────────────────────────────────────


def test_each_night_covers_all_days_before_it(agency: Agency) -> None:
    assert states(agency, [nightly(SUNDAY)], "tickets") == [True] * 5
    assert horizon(agency, [nightly(SUNDAY)], "tickets") == naive_utc(night(SUNDAY))


def test_nights_that_were_down_leave_their_days_uncovered(agency: Agency) -> None:
    receipts = [nightly(THURSDAY), nightly(FRIDAY, "unreachable"), nightly(SATURDAY, "drifted")]
    assert states(agency, receipts, "tickets") == [True, True, "unreachable", "drifted", "not_extracted"]
    assert horizon(agency, receipts, "tickets") == naive_utc(night(THURSDAY))


def test_the_next_success_covers_the_nights_that_were_down(agency: Agency) -> None:
    receipts = [nightly(SUNDAY), nightly(FRIDAY, "unreachable"), nightly(THURSDAY)]
    assert states(agency, receipts, "tickets") == [True] * 5


def test_a_source_never_heard_of_decides_nothing(agency: Agency) -> None:
    assert horizon(agency, [], "tickets") == CHARTER_BEGINS
    assert horizon(agency, [nightly(SUNDAY, "failed")], "tickets") == CHARTER_BEGINS


def test_an_extraction_in_the_middle_of_a_day_does_not_cover_it(agency: Agency) -> None:
    noon = nightly(SUNDAY).model_copy(update={"as_of": night(SUNDAY) - timedelta(hours=12)})
    assert states(agency, [noon], "tickets") == [True, True, True, True, "not_extracted"]


def test_rows_are_counted_on_the_night_they_came(agency: Agency) -> None:
    receipts = [nightly(FRIDAY, arrived=5, landed=2, unchanged=2, quarantined=1), nightly(SUNDAY, arrived=1, landed=1)]
    days = days_of(agency, receipts, "tickets")
    counts = [(each.arrived, each.landed, each.unchanged, each.quarantined) for each in days.values()]
    assert counts == [(0, 0, 0, 0), (0, 0, 0, 0), (5, 2, 2, 1), (0, 0, 0, 0), (1, 1, 0, 0)]


def test_one_table_of_a_source_can_be_missing(agency: Agency) -> None:
    assert states(agency, [nightly(SUNDAY)], "ticket_events") == ["not_extracted"] * 5
    assert horizon(agency, [nightly(SUNDAY)], "ticket_events") == CHARTER_BEGINS


def stale(day: date, news: date) -> SourceReceipt:
    """The night on which it was noticed that nothing new had come since the night after ``news``."""
    feed = FeedReceipt(table="tickets", status="stale", news_at=night(news), contract="c")
    return SourceReceipt(source_id="voc", as_of=night(day), status="stale", feeds=[feed])


def test_a_source_with_nothing_new_is_not_heard_beyond_its_last_news(agency: Agency) -> None:
    """Until then its silence was believed; now it is known to have been no answer."""
    receipts = [nightly(day) for day in (WEDNESDAY, THURSDAY, FRIDAY, SATURDAY)]
    assert states(agency, receipts, "tickets", until=SATURDAY) == [True] * 4
    receipts.append(stale(SUNDAY, news=THURSDAY))
    assert states(agency, receipts, "tickets") == [True, True, "stale", "stale", "stale"]
    assert horizon(agency, receipts, "tickets") == naive_utc(night(THURSDAY))


def test_news_after_a_silence_cover_it(agency: Agency) -> None:
    receipts = [nightly(WEDNESDAY), stale(SATURDAY, news=WEDNESDAY), nightly(SUNDAY)]
    assert states(agency, receipts, "tickets") == [True] * 5
    assert horizon(agency, receipts, "tickets") == naive_utc(night(SUNDAY))


def test_a_register_that_has_shrunk_may_lack_new_rows_too(agency: Agency) -> None:
    """What it still gives lands; its days are not covered until it is whole again, or a person accepts it."""
    receipts = [nightly(THURSDAY), nightly(FRIDAY, withheld=[WITHHELD]), nightly(SATURDAY, withheld=[WITHHELD])]
    assert states(agency, receipts, "tickets", until=SATURDAY) == [True, True, "shrunk", "shrunk"]
    assert horizon(agency, receipts, "tickets", until=SATURDAY) == naive_utc(night(THURSDAY))
    receipts.append(nightly(SUNDAY, shrinking_accepted=True))
    assert states(agency, receipts, "tickets") == [True] * 5


def test_rows_without_a_key_withhold_deletions_and_leave_the_night_heard(agency: Agency) -> None:
    """They are refused and counted one by one: nothing else is missing."""
    receipts = [nightly(SUNDAY, withheld=[{**WITHHELD, "because": "rows_without_key"}])]
    assert states(agency, receipts, "tickets") == [True] * 5


def test_every_fate_is_counted_and_what_is_withheld_is_what_the_source_said_last(agency: Agency) -> None:
    counts: dict[str, Any] = {"read": 17, "arrived": 10, "landed": 6, "unchanged": 3, "quarantined": 1, "waiting": 1}
    fates: dict[str, Any] = {**counts, "left_out": 2, "merged": 4, "deleted": 5, "withheld": [WITHHELD]}
    receipts = [nightly(FRIDAY, **fates), nightly(SATURDAY, **{**fates, "deleted": 0})]
    days = days_of(agency, receipts, "tickets")
    seen = [(each.read, each.waiting, each.left_out, each.merged, each.deleted) for each in days.values()]
    assert seen[2:4] == [(17, 1, 2, 4, 5), (17, 1, 2, 4, 0)]
    assert [each.withheld for each in days.values()] == [0, 0, 0, 40, 0]


def test_a_receipt_that_did_not_tell_what_its_sql_left_out_counts_what_arrived(agency: Agency) -> None:
    days = days_of(agency, [nightly(SUNDAY, read=5, arrived=3, landed=3, waiting=1)], "tickets")
    assert (days[SUNDAY].read, days[SUNDAY].left_out, days[SUNDAY].merged) == (4, 0, 0)


# ── a source that writes a file for each day ────────────────────────────────────────────────────

ALL_BUT_FRIDAY = {WEDNESDAY: "landed", THURSDAY: "landed", FRIDAY: "missing", SATURDAY: "landed", SUNDAY: "landed"}


def test_a_missing_file_is_a_hole_that_later_files_do_not_cover(agency: Agency) -> None:
    receipts = [files(SUNDAY, ALL_BUT_FRIDAY)]
    assert states(agency, receipts, "calls") == [True, True, "missing", True, True]


def test_a_file_that_comes_late_fills_its_hole(agency: Agency) -> None:
    receipts = [
        files(SATURDAY, {FRIDAY: "missing", SATURDAY: "landed"}),
        files(SUNDAY, {FRIDAY: "landed", SUNDAY: "landed"}),
    ]
    assert states(agency, receipts, "calls")[2:] == [True, True, True]


def test_a_file_without_a_row_of_its_day_is_not_heard_of_although_its_rows_are_counted(agency: Agency) -> None:
    receipts = [files(SUNDAY, {SUNDAY: "stale", SATURDAY: "landed"}, "stale", arrived=3, unchanged=3)]
    found = days_of(agency, receipts, "calls")
    assert [each.reason for each in found.values()] == ["not_extracted"] * 3 + [None, "stale"]
    assert (found[SUNDAY].arrived, found[SUNDAY].unchanged) == (3, 3)
    assert horizon(agency, receipts, "calls") == naive_utc(night(SATURDAY))


def test_a_file_that_landed_stays_landed(agency: Agency) -> None:
    receipts = [files(SATURDAY, {FRIDAY: "landed"}), files(SUNDAY, {FRIDAY: "missing"})]
    assert states(agency, receipts, "calls")[2] is True


def test_the_horizon_is_the_end_of_the_last_day_whose_file_landed(agency: Agency) -> None:
    receipts = [files(SUNDAY, {FRIDAY: "landed", SATURDAY: "missing", SUNDAY: "missing"}, "missing")]
    assert horizon(agency, receipts, "calls") == naive_utc(night(FRIDAY))


def test_a_day_without_a_file_to_expect_is_covered(agency: Agency) -> None:
    """The monitoring sheets come on working days; nothing is missing at a weekend."""
    days = {FRIDAY: "landed", SATURDAY: "none_expected", SUNDAY: "none_expected"}
    receipts = [files(SUNDAY, days, source_id="call-reviews", table="call_reviews")]
    assert states(agency, receipts, "call_reviews")[2:] == [True, True, True]


def test_a_night_that_was_down_names_the_days_nobody_could_look_for(agency: Agency) -> None:
    receipts = [files(FRIDAY, {FRIDAY: "landed"}), files(SUNDAY, {}, "unreachable")]
    assert states(agency, receipts, "calls")[2:] == [True, "unreachable", "unreachable"]


def test_rows_of_a_daily_file_are_counted_on_its_day(agency: Agency) -> None:
    receipts = [
        files(FRIDAY, {THURSDAY: "landed"}, arrived=4, landed=3, quarantined=1),
        files(SUNDAY, {THURSDAY: "landed"}, arrived=4, landed=1, unchanged=3),
    ]
    thursday = days_of(agency, receipts, "calls")[THURSDAY]
    assert (thursday.arrived, thursday.landed, thursday.unchanged, thursday.quarantined) == (8, 4, 3, 1)


def test_what_became_known_later_covers_earlier_days_when_they_are_looked_at_again(agency: Agency) -> None:
    """Last Thursday's figures with what is known on Sunday."""
    receipts = [nightly(WEDNESDAY), nightly(SUNDAY)]
    assert states(agency, receipts, "tickets", until=THURSDAY) == [True, True]
    assert horizon(agency, receipts, "tickets", until=THURSDAY) == naive_utc(night(SUNDAY))


def test_corrected_rows_are_counted_on_the_day_whose_night_they_landed_in(agency: Agency) -> None:
    corrected = CorrectionReceipt(table="calls", arrived=3, landed=2, quarantined=1)
    receipt = files(FRIDAY, {THURSDAY: "landed", FRIDAY: "landed"}, arrived=5, landed=5)
    receipt = receipt.model_copy(update={"corrections": [corrected]})

    days = days_of(agency, [receipt], "calls")

    assert (days[THURSDAY].arrived, days[THURSDAY].landed) == (5, 5)
    friday = days[FRIDAY]
    assert (friday.arrived, friday.landed, friday.unchanged, friday.quarantined) == (3, 2, 0, 1)
    assert friday.read == 3, "corrected rows are read from their corrections"
    nightly_days = days_of(
        agency,
        [
            nightly(FRIDAY, arrived=4, landed=4).model_copy(
                update={"corrections": [corrected.model_copy(update={"table": "tickets"})]}
            )
        ],
        "tickets",
    )
    assert (nightly_days[FRIDAY].arrived, nightly_days[FRIDAY].quarantined) == (7, 1)

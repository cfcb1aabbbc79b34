"""Deadlines whose limit, promised day or window stands in the row, working days, and clocks that stand still.

The cases are those of a small agency (tests/agencies/permits) in Vienna: Monday to Friday from 9 to 12 and 13 to 18.
Monday 6 April 2026 is a holiday, and that Tuesday 31 March is off became known on 25 March. Clocks go forward on
Sunday 29 March.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract.corrections.refusals import Refusal
from charter.transform.compile.fates import fate_tables
from charter.transform.doubt.cases import cases_of
from charter.transform.doubt.doubted_case import DoubtedCase
from charter.transform.doubt.row import DoubtedRow
from tests.commitments.agency import read_calendars
from tests.commitments.compare import compare
from tests.commitments.edges import PROPERTY, TICK, Rows
from tests.commitments.expected import Commitment
from tests.commitments.reading import DAY, Calendars, Night, Row
from tests.commitments.warehouse import HOME, MARTS, Warehouse, compile_models

PERMITS = Path(__file__).parents[1] / "agencies" / "permits"
VIENNA = ZoneInfo("Europe/Vienna")
STANDARDS = ("limits-of-rows", "promised", "working-days", "pauses")
LATE = Night(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def permits() -> Agency:
    return load_agency(PERMITS)


@pytest.fixture(scope="module")
def office(permits: Agency, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    models, _ = compile_models(permits, tmp_path_factory.mktemp("dbt"))
    return Warehouse(permits, models, [*MARTS, "row_fates"])


@pytest.fixture(scope="module")
def days_of_work(permits: Agency) -> Calendars:
    return read_calendars(permits)


def at(text: str) -> datetime:
    """``03-02 10:00`` by Vienna's clocks of 2026."""
    day, _, clock = text.partition(" ")
    return datetime.combine(date.fromisoformat(f"2026-{day}"), time.fromisoformat(clock or "00:00"), VIENNA).astimezone(
        UTC
    )


@dataclass
class Desk:
    """What was entered: cases, and what happened to them."""

    warehouse: Warehouse
    calendars: Calendars
    cases: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    def case(self, received: str, *events: tuple[str, str], decided: str | None = None, **columns: Any) -> str:
        """One more case; its name."""
        name = f"case-{len(self.cases):03}"
        decided_at = at(decided) if decided else None
        entered = Rows(self.warehouse.agency, "cases").add(received_at=at(received), decided_at=decided_at, **columns)
        self.cases.append({**entered, "case_id": name})
        for kind, moment in events:
            event = Rows(self.warehouse.agency, "case_events").add(case_id=name, kind=kind, happened_at=at(moment))
            self.events.append({**event, "event_id": f"event-{len(self.events):03}"})
        return name

    def judged(self, night: Night = LATE, standards: Sequence[str] = STANDARDS) -> dict[tuple[str, str], Commitment]:
        """By part and case, the commitments on which the SQL and the second reading agree in every column."""
        tables = {"cases": self.cases, "case_events": self.events}
        read = compare(self.warehouse, self.calendars, night, ["deadline"], standards, tables)
        return {(f"{each.standard_id}/{each.part}", each.subject_id): each for each in read}

    def week(self, standard: str, night: Night, doubted: Sequence[DoubtedCase] = ()) -> dict[str, Any]:
        """What the week of 2 March comes to for the agency."""
        days = [date(2026, 3, 2) + DAY * number for number in range(7)]
        self.warehouse.judge(
            ["deadline"],
            {"stg_cases": self.cases, "stg_case_events": self.events},
            night,
            covered={(table, day): True for table in ("cases", "case_events") for day in days},
            doubted=doubted,
            also=("compliance_daily", "standard_results", "row_fates"),
        )
        (week,) = [
            row
            for row in self.warehouse.table("marts.standard_results")
            if (row["period_kind"], row["period_start"]) == ("week", days[0])
            and (row["standard_id"], row["department_id"]) == (standard, None)
        ]
        return week

    def verdict(self, part: str, *case: Any, night: Night = LATE, **columns: Any) -> Any:
        """What becomes of one case by one part."""
        name = self.case(*case, **columns)
        return self.judged(night, [part.partition("/")[0]])[part, name].verdict


@pytest.fixture
def desk(office: Warehouse, days_of_work: Calendars) -> Desk:
    return Desk(office, days_of_work)


def as_of(text: str) -> Night:
    return Night(at(text), at(text))


# ── limits of rows ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("priority", "due"), [("urgent", "03-02 14:00"), ("normal", "03-04 10:00"), ("low", "03-07 10:00")]
)
def test_a_limit_is_listed_by_priority(desk: Desk, priority: str, due: str) -> None:
    verdict = desk.verdict("limits-of-rows/listed", "03-02 10:00", priority=priority)
    assert (verdict.due_at, verdict.due_basis, verdict.status) == (at(due), "limit", "breached")


def test_the_ledger_shows_each_rows_own_limit(desk: Desk) -> None:
    short, long = (
        desk.verdict("limits-of-rows/own-hours", "03-02 10:00", sla_hours=hours, decided="03-02 12:30")
        for hours in (2.0, 2.5)
    )
    assert (short.measured_value, short.limit_value, short.status) == (2.5, 2.0, "breached")
    assert (long.measured_value, long.limit_value, long.status) == (2.5, 2.5, "met")


@pytest.mark.parametrize("hours", [None, -1.0, 1e9], ids=["no value", "a negative one", "more than ten years"])
def test_a_row_without_a_usable_limit_is_not_judged_whatever_becomes_of_it(desk: Desk, hours: float | None) -> None:
    for decided in (None, "03-02 10:01"):
        verdict = desk.verdict("limits-of-rows/own-hours", "03-02 10:00", sla_hours=hours, decided=decided)
        assert (verdict.status, verdict.due_basis, verdict.limit_value) == ("pending", "no_limit", None)


def test_a_value_that_is_no_limit_does_not_fall_back_to_the_other_one(desk: Desk) -> None:
    empty = desk.verdict("limits-of-rows/own-working-hours", "03-02 10:00", sla_hours=None)
    wrong = desk.verdict("limits-of-rows/own-working-hours", "03-02 10:00", sla_hours=-8.0)
    assert (empty.due_basis, empty.limit_value, empty.due_at) == ("limit", 8.0, at("03-03 10:00"))
    assert (wrong.due_basis, wrong.status) == ("no_limit", "pending")


def test_a_row_without_its_limit_leaves_the_weeks_open_in_which_it_may_have_been_decided(desk: Desk) -> None:
    """One that was decided in another week may have been breached in any week up to then."""
    monday = as_of("03-09 00:00")
    desk.case("03-02 10:00", decided="03-02 11:00", priority="urgent", sla_hours=4.0, sla_days=1)
    assert desk.week("limits-of-rows", monday)["result"] == "kept"
    for day in ("03", "04"):
        desk.case(f"03-{day} 10:00", decided=f"03-{day} 11:00", priority="urgent", sla_hours=None, sla_days=1)
    week = desk.week("limits-of-rows", monday)
    assert (week["result"], week["reason"], week["pending"]) == ("no_data", "refused:2", 2)
    assert (week["met_at_least"], week["breached_at_most"], week["breached_at_least"]) == (week["met"], 2, 0)


def test_what_becomes_of_its_row_is_told(office: Warehouse, desk: Desk) -> None:
    """A case that no part can judge is undecided; one that some part can has its commitment."""
    desk.case("03-02 10:00", sla_hours=-1.0)
    desk.week("limits-of-rows", as_of("03-09 00:00"))
    (fate,) = [row for row in office.table("marts.row_fates") if row["table_name"] == "cases"]
    assert fate["fate"] == "commitment"


# ── promised days and windows ───────────────────────────────────────────────────────────────────


def test_a_promised_day_ends_with_its_midnight_in_the_agencys_zone(desk: Desk) -> None:
    on_it = desk.verdict("promised/day", "03-27 10:00", promised_on=date(2026, 3, 29), decided="03-29 23:59")
    after = desk.verdict("promised/day", "03-27 10:00", promised_on=date(2026, 3, 29), decided="03-30 00:00")
    assert on_it.due_at == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert (on_it.status, on_it.measured_value, on_it.limit_value, on_it.due_basis) == ("met", 2.0, 2.0, "promised")
    assert (after.status, after.measured_value) == ("breached", 3.0)


def test_a_row_that_names_no_day_was_promised_none(permits: Agency) -> None:
    """And is told to be out of the promise's scope for that."""
    (cases,) = (table for table in fate_tables(permits) if table.name == "cases")
    conditions = {rule.part: [each.code for each in rule.where] for use in cases.subjects for rule in use.rules}
    assert (conditions["day"], conditions["window"]) == (["not_null:promised_on"], ["not_null:promised_at"])


def test_a_day_that_was_promised_before_the_opening_and_kept_before_it_is_not_believed(desk: Desk) -> None:
    """One of the dates is wrong: what it gives the week in which it counts as decided may be otherwise."""
    desk.case("03-05 10:00", promised_on=date(2026, 3, 1), decided="02-28 10:00")
    week = desk.week("promised", as_of("03-09 00:00"))
    assert (week["met"], week["met_at_least"], week["early"], week["result"]) == (1, 0, 1, "no_data")


def test_a_window_has_two_ends(desk: Desk) -> None:
    window: dict[str, Any] = {"window_from": at("03-03 08:00"), "promised_at": at("03-03 12:00")}
    found = {
        moment: desk.verdict("promised/window", "03-02 08:00", decided=moment, **window)
        for moment in ("03-03 07:59", "03-03 08:00", "03-03 12:00", "03-03 12:01")
    }
    assert [each.status for each in found.values()] == ["breached", "met", "met", "breached"]
    early = found["03-03 07:59"]
    assert (early.lower_limit_value, early.limit_value, early.decided_at) == (24.0, 28.0, at("03-03 07:59"))


def test_a_window_whose_beginning_is_not_on_record_is_not_judged(desk: Desk) -> None:
    verdict = desk.verdict("promised/window", "03-02 08:00", promised_at=at("03-03 12:00"), decided="03-03 09:00")
    assert (verdict.status, verdict.due_basis) == ("pending", "no_limit")


# ── working days ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "received", "due"),
    [
        ("three", "03-02 10:00", "03-06"),
        ("three", "03-07 10:00", "03-13"),
        ("first-counted", "03-02 10:00", "03-05"),
        ("first-counted", "03-07 10:00", "03-12"),
        ("same-day", "03-02 12:59", "03-03"),
        ("same-day", "03-02 13:00", "03-04"),
        ("same-day", "03-06 13:00", "03-10"),
        ("to-the-closing", "03-02 12:00", "03-04 18:00"),
        ("to-the-closing", "03-02 13:00", "03-05 18:00"),
        ("three", "04-02 10:00", "04-09"),
    ],
)
def test_working_days_end_with_a_day_or_with_its_closing(desk: Desk, part: str, received: str, due: str) -> None:
    assert desk.verdict(f"working-days/{part}", received).due_at == at(due)


def test_a_saturday_that_will_be_worked_brings_a_due_time_forward_once_it_is_known(desk: Desk) -> None:
    before = desk.verdict("working-days/three", "04-22 10:00", night=as_of("04-22 23:59"))
    after = desk.verdict("working-days/three", "04-22 10:00")
    assert (before.due_at, before.due_basis) == (at("04-28"), "limit")
    assert (after.due_at, after.original_due_at, after.due_basis) == (at("04-26"), at("04-28"), "calendar")


def test_what_is_done_after_the_closing_is_late(desk: Desk) -> None:
    in_time = desk.verdict("working-days/to-the-closing", "03-02 10:00", decided="03-04 18:00")
    late = desk.verdict("working-days/to-the-closing", "03-02 10:00", decided="03-04 18:01")
    assert (in_time.status, in_time.measured_value, in_time.limit_value) == ("met", 2.0, 2.0)
    assert (late.status, late.measured_value) == ("breached", 3.0)


# ── pauses ──────────────────────────────────────────────────────────────────────────────────────


def test_a_pause_moves_the_due_time_by_its_length(desk: Desk) -> None:
    case = ("03-02 10:00", ("asked", "03-02 20:00"), ("replied", "03-05 10:00"))
    verdict = desk.verdict("pauses/elapsed", *case, decided="03-07 00:00")
    assert (verdict.due_at, verdict.original_due_at) == (at("03-07 00:00"), at("03-04 10:00"))
    assert (verdict.due_basis, verdict.paused_count, verdict.paused_seconds) == ("paused", 1, 62 * 3600)
    assert (verdict.status, verdict.measured_value, verdict.limit_value) == ("met", 48.0, 48.0)


def test_a_pause_of_working_time_counts_the_hours_in_which_the_office_works(desk: Desk) -> None:
    case = ("03-02 10:00", ("asked", "03-02 17:00"), ("replied", "03-03 11:00"))
    verdict = desk.verdict("pauses/working-hours", *case)
    # 8 hours from 10:00 end on Tuesday at 10:00; an hour of Monday and two of Tuesday stand still.
    assert verdict.due_at == at("03-03 14:00")
    assert verdict.paused_seconds == 18 * 3600


def test_a_pause_stops_days_from_the_day_after_it_began_to_the_day_it_ended(desk: Desk) -> None:
    case = ("03-02 10:00", ("asked", "03-03 23:00"), ("replied", "03-05 01:00"))
    verdict = desk.verdict("pauses/days", *case, received_on=date(2026, 3, 2), decided="03-08 12:00")
    assert (verdict.due_at, verdict.status, verdict.measured_value) == (at("03-09"), "met", 4.0)
    of_an_hour = ("03-02 10:00", ("asked", "03-03 10:00"), ("replied", "03-03 11:00"))
    verdict = desk.verdict("pauses/days", *of_an_hour, received_on=date(2026, 3, 2))
    assert (verdict.due_at, verdict.due_basis, verdict.paused_count) == (at("03-07"), "limit", 1)


def test_overlapping_and_repeated_openings_count_once(desk: Desk) -> None:
    once = ("03-02 10:00", ("asked", "03-02 12:00"), ("replied", "03-03 12:00"))
    often = (*once, ("asked", "03-02 18:00"), ("asked", "03-02 12:00"), ("withdrawn_question", "03-04 12:00"))
    first, second = desk.verdict("pauses/elapsed", *once), desk.verdict("pauses/elapsed", *often)
    assert (first.due_at, first.paused_count) == (second.due_at, second.paused_count) == (at("03-05 10:00"), 1)


def test_a_clock_that_stands_still_falls_due_at_no_time(desk: Desk) -> None:
    case = ("03-02 10:00", ("asked", "03-03 10:00"))
    verdict = desk.verdict("pauses/elapsed", *case, night=as_of("03-09 10:00"))
    assert (verdict.status, verdict.due_basis, verdict.limit_value) == ("pending", "paused", None)
    assert (verdict.paused_count, verdict.paused_seconds) == (1, 6 * 86400)


def test_a_pause_that_nobody_ends_ends_by_itself(desk: Desk) -> None:
    """Its end may have been lost: it excuses for as long as the charter says, and no longer."""
    case = ("03-02 10:00", ("asked", "03-03 10:00"))
    verdict = desk.verdict("pauses/elapsed", *case, night=as_of("03-20 10:00"))
    assert (verdict.status, verdict.due_at, verdict.paused_seconds) == ("breached", at("03-14 10:00"), 10 * 86400)


def test_a_pause_that_begins_after_the_due_time_changes_nothing(desk: Desk) -> None:
    at_due = desk.verdict("pauses/elapsed", "03-02 10:00", ("asked", "03-04 10:00"), decided="03-05 10:00")
    before = desk.verdict("pauses/elapsed", "03-02 10:00", ("asked", "03-04 09:59"), decided="03-05 10:00")
    assert (at_due.status, at_due.paused_count, at_due.due_at) == ("breached", 0, at("03-04 10:00"))
    assert (before.status, before.paused_count) == ("met", 1)


def test_what_is_decided_ends_the_pause(desk: Desk) -> None:
    case = ("03-02 10:00", ("asked", "03-03 10:00"), ("replied", "03-06 10:00"))
    verdict = desk.verdict("pauses/elapsed", *case, decided="03-05 10:00")
    assert (verdict.status, verdict.due_at, verdict.measured_value) == ("met", at("03-06 10:00"), 24.0)


def test_a_second_pause_counts_only_if_it_begins_before_the_due_time_that_the_first_has_moved(desk: Desk) -> None:
    first = (("asked", "03-03 10:00"), ("replied", "03-04 10:00"))
    second = (("asked", "03-05 09:59"), ("replied", "03-06 09:59"))
    verdict = desk.verdict("pauses/elapsed", "03-02 10:00", *first, *second)
    assert (verdict.due_at, verdict.paused_count) == (at("03-06 10:00"), 2)
    too_late = (("asked", "03-05 10:00"), ("replied", "03-06 10:00"))
    verdict = desk.verdict("pauses/elapsed", "03-02 10:00", *first, *too_late)
    assert (verdict.due_at, verdict.paused_count) == (at("03-05 10:00"), 1)


def test_a_row_of_pauses_that_names_no_case_holds_no_clock(office: Warehouse, desk: Desk) -> None:
    name = desk.case("03-02 10:00", ("asked", "03-03 10:00"), ("asked", "03-03 11:00"), decided="03-09 10:00")
    desk.events[0] = {**desk.events[0], "case_id": None}
    assert desk.judged(standards=["pauses"])["pauses/elapsed", name].verdict.paused_count == 1
    assert {row["subject_id"] for row in office.table("subjects.subjects_pauses")} == {name}


@pytest.mark.parametrize(
    ("extended_on", "part", "due", "basis"),
    [
        ("03-01", "extended-on-a-day", "03-04 10:00", "limit"),
        ("03-02", "extended-on-a-day", "03-07 10:00", "extended"),
        ("03-04", "extended-on-a-day", "03-07 10:00", "extended"),
        ("03-05", "extended-on-a-day", "03-04 10:00", "limit"),
        ("03-01", "working-days-on-a-day", "03-05 00:00", "limit"),
        ("03-02", "working-days-on-a-day", "03-07 00:00", "extended"),
    ],
)
def test_an_extension_of_the_day_of_the_opening_counts(
    desk: Desk, extended_on: str, part: str, due: str, basis: str
) -> None:
    """Received on Monday at 10:00 and extended "on Monday": nobody extends what has not come in yet."""
    day = date.fromisoformat(f"2026-{extended_on}")
    verdict = desk.verdict(f"pauses/{part}", "03-02 10:00", extended_on=day, extension_reason="a storm")
    assert (verdict.due_at, verdict.due_basis) == (at(due), basis)


def test_a_row_of_pauses_that_was_refused_leaves_its_case_in_doubt(desk: Desk, tmp_path: Path) -> None:
    """The answer came on Tuesday and the decision on Saturday: breached. Without the answer it is met, and in doubt."""
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
    monday = as_of("03-09 00:00")
    case = desk.case(
        "03-02 10:00", ("asked", "03-02 11:00"), ("replied", "03-03 11:00"), decided="03-07 10:00", sla_hours=48.0
    )
    assert desk.week("pauses", monday)["result"] == "broken"
    refused = desk.events.pop()
    row = {"event_id": refused["event_id"], "case_id": case, "kind": "replied", "happened_at": None}
    refusal = Refusal("r1", "register", "case_events", "", "happened_at", "unreadable", row, monday.as_of, monday.as_of)
    doubted = cases_of(settings, desk.warehouse.agency, [], monday.as_of, monday.as_of, [DoubtedRow.refused(refusal)])
    week = desk.week("pauses", monday, doubted)
    assert (week["result"], week["reason"], week["breached_at_least"]) == ("no_data", "refused:1", 0)


# ── anything ────────────────────────────────────────────────────────────────────────────────────

TIMES = (time(0), time(8, 59), time(9), time(12), time(12, 30), time(13), time(17, 59), time(18), time(23, 59))
DAYS = tuple(date(2026, 3, 20) + DAY * number for number in range(26))


def moments() -> st.SearchStrategy[datetime]:
    return st.builds(
        lambda day, clock, step: datetime.combine(day, clock, VIENNA).astimezone(UTC) + step,
        st.sampled_from(DAYS),
        st.sampled_from(TIMES),
        st.sampled_from((timedelta(), timedelta(), TICK, -TICK)),
    )


@st.composite
def entered(draw: st.DrawFn, agency: Agency) -> tuple[list[Row], list[Row]]:
    """Cases around Easter with all that may befall them."""
    case_rows, event_rows = Rows(agency, "cases"), Rows(agency, "case_events")
    cases, events = [], []
    for _ in range(draw(st.integers(20, 40))):
        received = draw(moments())
        near = st.one_of(st.none(), moments(), st.sampled_from((received, received + TICK, received + DAY * 2)))
        case = case_rows.add(
            received_at=received,
            received_on=received.astimezone(VIENNA).date(),
            priority=draw(st.sampled_from((None, "urgent", "normal", "low"))),
            sla_hours=draw(st.sampled_from((None, 0.0, 1.5, 8.0, 48.0, -3.0, 1e7))),
            sla_days=draw(st.sampled_from((None, 0, 2, 30, -1, 99999))),
            promised_at=draw(near),
            promised_on=draw(st.sampled_from((None, *DAYS))),
            window_from=draw(near),
            window_on=draw(st.sampled_from((None, *DAYS))),
            extended_at=draw(near),
            extended_on=draw(st.sampled_from((None, received.astimezone(VIENNA).date(), *DAYS))),
            extension_reason=draw(st.sampled_from((None, "a reason"))),
            decided_at=draw(near),
        )
        cases.append(case)
        events += [
            event_rows.add(
                case_id=case["case_id"],
                kind=draw(st.sampled_from(("asked", "asked", "replied", "withdrawn_question", "note"))),
                happened_at=draw(moments()),
            )
            for _ in range(draw(st.integers(0, 5)))
        ]
    return cases, events


@PROPERTY
@given(drawn=st.data())
def test_every_form_as_the_second_reading_has_it(
    office: Warehouse, days_of_work: Calendars, drawn: st.DataObject
) -> None:
    cases, events = drawn.draw(entered(office.agency))
    known = drawn.draw(moments())
    night = drawn.draw(st.sampled_from((LATE, Night(known, known), Night(known, known - DAY))))
    Desk(office, days_of_work, cases, events).judged(night)

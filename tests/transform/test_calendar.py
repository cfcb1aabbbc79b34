"""Days, working time and slots: what clocks look up instead of walking to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.definitions import Agency
from charter.definitions.models import CalendarDefinition, Holiday, WorkingHours
from charter.moments import local_midnight, naive_utc
from charter.transform.calendar import ClockDay, Slot, WorkingSpan, build_clock, build_days, build_slots, working_days
from charter.transform.rules import RulePart, compile_rules

SEOUL = ZoneInfo("Asia/Seoul")
KNOWN = date(2026, 7, 6)


def clock(agency: Agency, name: str, known_on: date = KNOWN) -> dict[date, ClockDay]:
    days, _ = build_clock(name, agency.calendar, SEOUL, known_on)
    return {each.day: each for each in days}


def test_a_business_day_runs_from_midnight_to_midnight_in_seoul(agency: Agency) -> None:
    day = {each.day: each for each in build_days(agency.calendar, SEOUL, KNOWN)}[date(2026, 7, 6)]
    assert day.starts_at == datetime(2026, 7, 5, 15)
    assert day.ends_at == datetime(2026, 7, 6, 15)
    assert day.is_working


@pytest.mark.parametrize(
    ("day", "agency_works", "counts_by_statute"),
    [
        (date(2026, 7, 16), True, True),
        (date(2026, 7, 17), False, False),  # Constitution Day
        (date(2026, 7, 18), False, False),  # Saturday
        (date(2026, 7, 19), False, False),  # Sunday
        (date(2026, 6, 19), False, True),  # the agency's own closure
        (date(2026, 8, 17), False, False),  # substitute holiday
    ],
)
def test_which_days_count(agency: Agency, day: date, agency_works: bool, counts_by_statute: bool) -> None:
    assert clock(agency, "agency")[day].is_working is agency_works
    assert clock(agency, "statutory")[day].is_working is counts_by_statute


@pytest.mark.parametrize(("known_on", "works"), [(date(2026, 2, 9), True), (date(2026, 2, 10), False)])
def test_a_holiday_stops_clocks_from_the_day_it_was_known(agency: Agency, known_on: date, works: bool) -> None:
    """Constitution Day became a public holiday by an act promulgated on 2026-02-10."""
    assert clock(agency, "statutory", known_on)[date(2026, 7, 17)].is_working is works


def test_working_days_are_numbered_over_days_off(agency: Agency) -> None:
    days = clock(agency, "agency")
    before, off, after = (days[date(2026, 7, day)] for day in (16, 17, 20))
    assert off.working_day_number == before.working_day_number
    assert after.working_day_number == before.working_day_number + 1
    assert (before.next_working_day, off.next_working_day) == (date(2026, 7, 16), date(2026, 7, 20))


def test_working_time_has_a_lunch_break(agency: Agency) -> None:
    _, spans = build_clock("agency", agency.calendar, SEOUL, KNOWN)
    on_the_6th = [each for each in spans if datetime(2026, 7, 5, 15) <= each.starts_at < datetime(2026, 7, 6, 15)]
    assert [(each.starts_at, each.ends_at, each.seconds) for each in on_the_6th] == [
        (datetime(2026, 7, 6, 0), datetime(2026, 7, 6, 3), 3 * 3600),
        (datetime(2026, 7, 6, 4), datetime(2026, 7, 6, 9), 5 * 3600),
    ]
    assert on_the_6th[1].seconds_before == on_the_6th[0].seconds_before + 3 * 3600


def test_hours_without_a_break_are_one_span(agency: Agency) -> None:
    hours = WorkingHours(days=[1, 2, 3, 4, 5], start=time(9), end=time(18))
    _, spans = build_clock("agency", agency.calendar.model_copy(update={"working_hours": hours}), SEOUL, KNOWN)
    assert {each.seconds for each in spans} == {9 * 3600}


def test_the_calendars_last_days_off_have_no_next_working_day(agency: Agency) -> None:
    short = agency.calendar.model_copy(update={"last_day": date(2026, 7, 19)})
    assert clock(agency.model_copy(update={"calendar": short}), "agency")[date(2026, 7, 18)].next_working_day is None


@st.composite
def calendars(draw: st.DrawFn) -> CalendarDefinition:
    first = draw(st.dates(date(2024, 1, 1), date(2026, 1, 1)))
    length = draw(st.integers(1, 60))
    days = st.integers(0, length - 1).map(
        lambda offset: Holiday(day=first + timedelta(days=offset), name="off", known_on=KNOWN)
    )
    start = draw(st.integers(0, 11))
    rest = draw(st.booleans())
    return CalendarDefinition(
        country="KR",
        frozen_from="a test",
        first_day=first,
        last_day=first + timedelta(days=length - 1),
        working_hours=WorkingHours(
            days=sorted(draw(st.sets(st.integers(1, 7)))),
            start=time(start),
            end=time(draw(st.integers(start + 4, 23))),
            break_start=time(start + 2) if rest else None,
            break_end=time(start + 3) if rest else None,
        ),
        holidays=draw(st.lists(days, max_size=5)),
        closures=draw(st.lists(days, max_size=5)),
    )


@settings(max_examples=60, deadline=None)
@given(calendars(), st.sampled_from(["agency", "statutory"]))
def test_totals_are_what_walking_would_give(calendar: CalendarDefinition, name: str) -> None:
    days, spans = build_clock(name, calendar, SEOUL, KNOWN)
    works = [day for day, is_working in working_days(calendar, KNOWN, statutory=name == "statutory") if is_working]
    assert [each.day for each in days if each.is_working] == works
    for before, after in pairwise(days):
        assert before.ends_at == after.starts_at
    for day in days:
        assert day.working_day_number == sum(each <= day.day for each in works)
        assert day.next_working_day == min((each for each in works if each >= day.day), default=None)
        assert day.working_seconds_before == sum(each.seconds for each in spans if each.starts_at < day.starts_at)
    for span in spans:
        assert span.seconds == (span.ends_at - span.starts_at).total_seconds() > 0
        assert span.seconds_before == sum(each.seconds for each in spans if each.starts_at < span.starts_at)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.data())
def test_a_limit_in_working_seconds_ends_in_the_one_span_that_its_total_falls_into(
    calendar: CalendarDefinition, data: st.DataObject
) -> None:
    """What the deadline model looks up: no gap and no overlap between the spans' totals."""
    _, spans = build_clock("agency", calendar, SEOUL, KNOWN)
    total = sum(each.seconds for each in spans)
    if total:
        wanted = data.draw(st.integers(1, total))
        assert sum(each.seconds_before < wanted <= each.seconds_before + each.seconds for each in spans) == 1


def slots_of(part: RulePart, today: date) -> list[Slot]:
    return build_slots([part], SEOUL, today)


@pytest.fixture
def yearly(agency: Agency) -> RulePart:
    return next(each for each in compile_rules(agency) if each.standard_id == "satisfaction-survey")


def test_only_the_named_months_are_slots(yearly: RulePart) -> None:
    slots = slots_of(replace(yearly, slot="month", only=[3, 5, 7, 9]), date(2026, 12, 31))
    assert [each.slot for each in slots] == ["2026-03", "2026-05", "2026-07", "2026-09"]
    assert (slots[0].first_day, slots[0].last_day) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (slots[0].starts_at, slots[0].ends_at) == (datetime(2026, 2, 28, 15), datetime(2026, 3, 31, 15))


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("quarter", [("2026-Q1", "03-31"), ("2026-Q2", "06-30"), ("2026-Q3", "09-30"), ("2026-Q4", "12-31")]),
        ("half", [("2026-H1", "06-30"), ("2026-H2", "12-31")]),
        ("year", [("2026", "12-31")]),
    ],
)
def test_slots_of_a_year(yearly: RulePart, slot: str, expected: list[tuple[str, str]]) -> None:
    slots = slots_of(replace(yearly, slot=slot), date(2026, 12, 31))
    assert [(each.slot, each.last_day.strftime("%m-%d")) for each in slots] == expected


@pytest.mark.parametrize(
    ("today", "slots"),
    [(date(2026, 6, 30), ["2026-H1"]), (date(2026, 7, 1), ["2026-H1", "2026-H2"]), (date(2025, 12, 31), [])],
)
def test_a_slot_is_there_once_it_has_begun(yearly: RulePart, today: date, slots: list[str]) -> None:
    assert [each.slot for each in slots_of(replace(yearly, slot="half"), today)] == slots


def test_a_slot_belongs_to_the_rule_in_force_on_its_first_day(yearly: RulePart) -> None:
    old = replace(yearly, slot="quarter", effective_to="2026-05-14")
    new = replace(yearly, slot="quarter", rule_version=2, effective_from="2026-05-15")
    slots = build_slots([old, new], SEOUL, date(2026, 12, 31))
    assert [(each.slot, each.rule_version) for each in slots] == [
        ("2026-Q1", 1),
        ("2026-Q2", 1),
        ("2026-Q3", 2),
        ("2026-Q4", 2),
    ]


def test_slots_go_on_from_year_to_year(yearly: RulePart) -> None:
    assert [each.slot for each in slots_of(yearly, date(2028, 1, 1))] == ["2026", "2027", "2028"]


def test_only_occurrence_parts_have_slots(agency: Agency) -> None:
    parts = compile_rules(agency)
    with_slots = {each.standard_id for each in build_slots(parts, SEOUL, date(2026, 12, 31))}
    assert with_slots == {each.standard_id for each in parts if each.kind == "occurrence"}


def test_instants_are_utc_without_a_zone(agency: Agency) -> None:
    _, spans = build_clock("agency", agency.calendar, SEOUL, KNOWN)
    assert isinstance(spans[0], WorkingSpan)
    assert spans[0].starts_at.tzinfo is None
    assert naive_utc(local_midnight(date(2026, 1, 1), SEOUL)) == datetime(2025, 12, 31, 15, tzinfo=UTC).replace(
        tzinfo=None
    )

"""Slots of the calendar: their names, their days, and for whom they count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.definitions import Agency
from charter.definitions.models import SlotKind, Term
from charter.definitions.models.hours import DayOfYear
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.slots import Slot, build_slots, slots_begun

SlotsOf = Callable[[RulePart, date], list[Slot]]
DAY = timedelta(days=1)


@pytest.fixture
def yearly(agency: Agency) -> RulePart:
    return next(each for each in compile_rules(agency) if each.standard_id == "satisfaction-survey")


@pytest.fixture
def slots_of(agency: Agency) -> SlotsOf:
    return lambda part, today: build_slots(agency, [part], today)


def test_only_the_named_months_are_slots(yearly: RulePart, slots_of: SlotsOf) -> None:
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
def test_slots_of_a_year(yearly: RulePart, slots_of: SlotsOf, slot: SlotKind, expected: list[tuple[str, str]]) -> None:
    slots = slots_of(replace(yearly, slot=slot), date(2026, 12, 31))
    assert [(each.slot, each.last_day.strftime("%m-%d")) for each in slots] == expected


@pytest.mark.parametrize(
    ("today", "slots"),
    [(date(2026, 6, 30), ["2026-H1"]), (date(2026, 7, 1), ["2026-H1", "2026-H2"]), (date(2025, 12, 31), [])],
)
def test_a_slot_is_there_once_it_has_begun(yearly: RulePart, slots_of: SlotsOf, today: date, slots: list[str]) -> None:
    assert [each.slot for each in slots_of(replace(yearly, slot="half"), today)] == slots


def test_a_slot_belongs_to_the_rule_in_force_on_its_first_day(agency: Agency, yearly: RulePart) -> None:
    old = replace(yearly, slot="quarter", effective_to="2026-05-14")
    new = replace(yearly, slot="quarter", rule_version=2, effective_from="2026-05-15")
    slots = build_slots(agency, [old, new], date(2026, 12, 31))
    assert [(each.slot, each.rule_version) for each in slots] == [
        ("2026-Q1", 1),
        ("2026-Q2", 1),
        ("2026-Q3", 2),
        ("2026-Q4", 2),
    ]


def test_slots_go_on_from_year_to_year(yearly: RulePart, slots_of: SlotsOf) -> None:
    assert [each.slot for each in slots_of(yearly, date(2028, 1, 1))] == ["2026", "2027", "2028"]


def test_only_occurrence_parts_have_slots(agency: Agency) -> None:
    parts = compile_rules(agency)
    with_slots = {each.standard_id for each in build_slots(agency, parts, date(2026, 12, 31))}
    assert with_slots == {each.standard_id for each in parts if each.kind == "occurrence"}


def with_calendar(agency: Agency, **update: object) -> Agency:
    return agency.model_copy(update={"calendar": agency.calendar.model_copy(update=update)})


class TestWeeks:
    """Weeks are those of ISO 8601: from Monday to Sunday, and of the year in which their Thursday lies."""

    def test_the_week_over_new_year_is_the_first_of_the_next_year(self, agency: Agency) -> None:
        slots = list(slots_begun(agency.calendar, "week", [], date(2025, 12, 22), date(2026, 1, 5)))
        assert slots == [
            ("2025-W52", date(2025, 12, 22), date(2025, 12, 28)),
            ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
            ("2026-W02", date(2026, 1, 5), date(2026, 1, 11)),
        ]

    def test_a_year_that_begins_on_a_thursday_has_53(self, agency: Agency) -> None:
        slots = slots_begun(agency.calendar, "week", [53], date(2025, 1, 1), date(2027, 12, 31))
        assert [slot.name for slot in slots] == ["2026-W53"]


class TestTheAgencysOwnSlots:
    def test_a_fiscal_year_is_named_by_the_years_that_it_lies_in(self, agency: Agency) -> None:
        calendar = with_calendar(agency, fiscal_year_starts=DayOfYear(4, 1)).calendar
        slots = list(slots_begun(calendar, "fiscal_year", [], date(2025, 1, 1), date(2026, 12, 31)))
        assert slots == [
            ("FY2025-26", date(2025, 4, 1), date(2026, 3, 31)),
            ("FY2026-27", date(2026, 4, 1), date(2027, 3, 31)),
        ]

    def test_one_that_is_the_calendar_year_by_one(self, agency: Agency) -> None:
        calendar = with_calendar(agency, fiscal_year_starts=DayOfYear(1, 1)).calendar
        [slot] = slots_begun(calendar, "fiscal_year", [], date(2026, 1, 1), date(2026, 12, 31))
        assert slot == ("FY2026", date(2026, 1, 1), date(2026, 12, 31))

    def test_terms_are_those_of_the_calendar_with_what_lies_between_left_out(self, agency: Agency) -> None:
        spring = Term(name="2026-spring", first_day=date(2026, 3, 2), last_day=date(2026, 6, 19))
        autumn = Term(name="2026-autumn", first_day=date(2026, 9, 1), last_day=date(2026, 12, 18))
        calendar = with_calendar(agency, terms=[autumn, spring]).calendar
        slots = slots_begun(calendar, "term", [], date(2026, 1, 1), date(2026, 9, 1))
        assert [slot.name for slot in slots] == ["2026-spring", "2026-autumn"]


@given(
    st.sampled_from(["week", "month", "quarter", "half", "year", "fiscal_year"]),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.builds(DayOfYear, st.integers(1, 12), st.integers(1, 28)),
)
def test_every_day_lies_in_one_slot_of_a_kind(agency: Agency, kind: SlotKind, day: date, starts: DayOfYear) -> None:
    calendar = with_calendar(agency, fiscal_year_starts=starts).calendar
    slots = list(slots_begun(calendar, kind, [], day - 366 * DAY, day))
    assert len([slot for slot in slots if slot.first_day <= day <= slot.last_day]) == 1
    assert len({slot.name for slot in slots}) == len(slots)


class TestPerDepartment:
    """New Delhi and Tokyo stand all the time here; Hanoi was opened on 10 March and closed on 20 June."""

    @pytest.fixture
    def branches(self, agency: Agency) -> Agency:
        def branch(name: str, first: str, last: str | None) -> dict[str, object]:
            words = {"ko": name, "en": name}
            placed = {"effective_from": first, "effective_to": last}
            return {"id": name, "name": words, "kind": "branch", "time_zone": "UTC", "placements": [placed]}

        moved = branch("delhi", "2020-01-01", "2026-03-31")
        moved["placements"] = [*moved["placements"], {"effective_from": "2026-04-01", "parent": "tokyo"}]  # type: ignore[misc]
        organisation = type(agency.organisation).model_validate(
            {"departments": [moved, branch("hanoi", "2026-03-10", "2026-06-20"), branch("tokyo", "2020-01-01", None)]}
        )
        return agency.model_copy(update={"organisation": organisation})

    @pytest.mark.parametrize(
        ("slot", "expected"),
        [
            ("month", [*("2026-04/hanoi", "2026-05/hanoi")]),
            ("quarter", []),
        ],
    )
    def test_a_department_has_the_slots_on_every_day_of_which_it_stands(
        self, branches: Agency, yearly: RulePart, slot: SlotKind, expected: list[str]
    ) -> None:
        slots = build_slots(branches, [replace(yearly, slot=slot, per_kind="branch")], date(2026, 12, 31))
        named = [f"{each.slot}/{each.department_id}" for each in slots]
        assert [each for each in named if each.endswith("/hanoi")] == expected
        of_tokyo = [each for each in named if each.endswith("/tokyo")]
        of_delhi = [each for each in named if each.endswith("/delhi")]
        assert len(of_tokyo) == {"month": 12, "quarter": 4}[slot]
        assert len(of_delhi) == len(of_tokyo), "which was moved, and stands all the time"

    def test_other_kinds_of_departments_have_none(self, branches: Agency, yearly: RulePart) -> None:
        assert build_slots(branches, [replace(yearly, per_kind="shop")], date(2026, 12, 31)) == []

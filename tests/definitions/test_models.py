"""Durations and the agency's shared look-ups."""

from __future__ import annotations

from datetime import date

import pytest

from charter.definitions.load import load_agency
from charter.definitions.models import CalendarDefinition, Duration, Holiday, WorkingHours
from tests.definitions.folder import KOTRA


@pytest.mark.parametrize(
    ("text", "amount", "unit"), [("48 hours", 48, "hours"), ("1 month", 1, "months"), ("0 days", 0, "days")]
)
def test_a_duration_is_an_amount_and_a_unit(text: str, amount: int, unit: str) -> None:
    duration = Duration.parse(text)

    assert (duration.amount, duration.unit) == (amount, unit)
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize("text", ["48", "hours", "-1 days", "1.5 days", "two days", "", None, 48])
def test_anything_else_is_not_a_duration(text: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        Duration.parse(text)


def test_a_holiday_is_off_only_from_the_day_it_was_known() -> None:
    calendar = CalendarDefinition(
        country="KR",
        frozen_from="test",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        working_hours=WorkingHours(days=[1, 2, 3, 4, 5], start="09:00", end="18:00"),
        holidays=[Holiday(day=date(2026, 8, 17), name="임시공휴일", known_on=date(2026, 8, 3))],
    )

    assert calendar.working_time.blocks(date(2026, 8, 17), known_on=date(2026, 8, 2))
    assert not calendar.working_time.blocks(date(2026, 8, 17), known_on=date(2026, 8, 3))


def test_a_department_is_found_under_every_name_sources_use() -> None:
    agency = load_agency(KOTRA)

    for department in agency.organisation.departments:
        for name in (department.id, department.name.root["ko"], *department.aliases):
            assert agency.department_of_alias[name] == department.id

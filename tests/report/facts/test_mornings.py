"""Until when a department must see to what falls due: the morning on which it works again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from charter.definitions import Agency, load_agency
from charter.report.facts.mornings import horizon, is_working_day

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture(scope="module")
def kotra() -> Agency:
    return load_agency(Path(__file__).parents[3] / "charters" / "kotra")


def in_seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works_again"),
    [
        (date(2026, 7, 6), "2026-07-07 09:00"),
        # Over a weekend, and over the Constitution Day (Friday 17 July) before one.
        (date(2026, 7, 10), "2026-07-13 09:00"),
        (date(2026, 7, 16), "2026-07-20 09:00"),
    ],
)
def test_what_falls_due_before_the_agency_works_again_is_told(kotra: Agency, day: date, works_again: str) -> None:
    assert horizon(kotra, "voc-team", day) == in_seoul(works_again)
    assert horizon(kotra, None, day) == in_seoul(works_again)


def test_a_holiday_and_a_weekend_are_no_working_days(kotra: Agency) -> None:
    assert is_working_day(kotra, date(2026, 7, 6))
    assert not is_working_day(kotra, date(2026, 7, 5))
    assert not is_working_day(kotra, date(2026, 7, 17))


def test_an_office_abroad_is_told_until_its_own_next_working_hour(kotra: Agency) -> None:
    office = kotra.calendar.offices[0]
    seoul = horizon(kotra, None, date(2026, 7, 6))
    own = horizon(kotra, office.department, date(2026, 7, 6))
    zone = next(each.time_zone for each in kotra.organisation.departments if each.id == office.department)
    assert own >= seoul
    blocks = kotra.calendar.working_time_of(office).blocks(own.astimezone(ZoneInfo(zone)).date(), date(2026, 7, 6))
    local = own.astimezone(ZoneInfo(office.time_zone or zone))
    assert local.hour * 3600 + local.minute * 60 == min(block.start for block in blocks)

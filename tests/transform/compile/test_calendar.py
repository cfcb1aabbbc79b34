"""Days and working time: what clocks look up instead of walking to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from charter.base.moments import local_midnight, naive_utc
from charter.definitions import Agency
from charter.definitions.models import Holiday, Office, WorkingHours
from charter.transform.compile.calendar import (
    Clock,
    ClockDay,
    ClockRules,
    WorkingSpan,
    build_clock,
    build_days,
    clock_rules,
    fixed_offset,
    office_calendars,
    working_days,
)

SEOUL = ZoneInfo("Asia/Seoul")
KNOWN = date(2026, 7, 6)


def rules_of(agency: Agency, name: str) -> ClockRules:
    return next(each for each in clock_rules(agency) if each.name == name)


def latest(clock: Clock) -> tuple[dict[date, ClockDay], list[WorkingSpan]]:
    """The days and spans of a clock's last version."""
    last = clock.versions[-1].version
    return (
        {each.day: each for each in clock.days if each.last_version == last},
        [each for each in clock.spans if each.last_version == last],
    )


def clock(agency: Agency, name: str, known_on: date = KNOWN) -> dict[date, ClockDay]:
    return latest(build_clock(rules_of(agency, name), known_on))[0]


def with_calendar(agency: Agency, **update: object) -> Agency:
    return agency.model_copy(update={"calendar": agency.calendar.model_copy(update=update)})


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


class TestVersions:
    """A day off counts from the agency's midnight that begins the date on which it was known."""

    def test_a_version_begins_with_each_date_that_takes_a_working_day_away(self, agency: Agency) -> None:
        found = build_clock(rules_of(agency, "statutory"), KNOWN).versions
        assert [
            naive_utc(local_midnight(day, SEOUL))
            for day in (
                date(2024, 1, 1),  # whatever was known when the calendar begins
                date(2024, 9, 3),  # Armed Forces Day 2024
                date(2025, 1, 1),  # the holidays of 2026
                date(2025, 1, 14),  # 27 January 2025
                date(2025, 4, 8),  # the presidential election of 3 June 2025
                date(2026, 1, 1),
                date(2026, 2, 10),  # Constitution Day
                date(2026, 3, 31),  # Labour Day
            )
        ] == [each.known_at for each in found]
        assert [each.version for each in found] == list(range(1, 9))
        assert [each.superseded_at for each in found] == [*(each.known_at for each in found[1:]), None]

    def test_what_is_not_known_yet_is_no_version(self, agency: Agency) -> None:
        assert len(build_clock(rules_of(agency, "statutory"), date(2025, 1, 13)).versions) == 3
        assert len(build_clock(rules_of(agency, "statutory"), date(2025, 1, 14)).versions) == 4

    def test_a_day_off_on_a_day_off_makes_none(self, agency: Agency) -> None:
        saturday = Holiday(day=date(2026, 7, 11), name="Saturday", known_on=date(2026, 6, 1))
        twice = Holiday(day=date(2026, 7, 17), name="Constitution Day again", known_on=date(2026, 6, 1))
        more = with_calendar(agency, holidays=[*agency.calendar.holidays, saturday, twice])
        assert build_clock(rules_of(more, "agency"), KNOWN) == build_clock(rules_of(agency, "agency"), KNOWN)

    def test_a_row_is_there_once_for_the_versions_in_which_it_is_the_same(self, agency: Agency) -> None:
        of_day = [
            each for each in build_clock(rules_of(agency, "statutory"), KNOWN).days if each.day == date(2025, 1, 27)
        ]
        assert [(each.first_version, each.last_version, each.is_working) for each in of_day] == [
            (1, 1, True),
            (2, 3, True),  # from 3 September 2024 on there is one working day less before it
            (4, 8, False),
        ]

    def test_a_day_that_was_worked_on_stays_a_working_day(self, agency: Agency) -> None:
        """A level or zero of a day is decided when the day ends."""
        late = Holiday(day=date(2026, 7, 1), name="told too late", known_on=date(2026, 7, 2))
        same_day = Holiday(day=date(2026, 7, 2), name="told that morning", known_on=date(2026, 7, 2))
        more = agency.calendar.model_copy(update={"holidays": [*agency.calendar.holidays, late, same_day]})
        assert dict(working_days(more, KNOWN))[date(2026, 7, 1)]
        assert not dict(working_days(more, KNOWN))[date(2026, 7, 2)]

    def test_the_tables_stay_small(self, agency: Agency) -> None:
        clocks = [build_clock(rules, date(2027, 12, 31)) for rules in clock_rules(agency)]
        assert sum(len(each.days) + len(each.spans) for each in clocks) < 50_000


class TestOffices:
    def agency(self, agency: Agency, **office: object) -> Agency:
        return with_calendar(agency, offices=[Office.model_validate({"department": "frankfurt", **office})])

    def test_an_office_works_by_its_own_clocks(self, agency: Agency) -> None:
        """From 29 March 2026 on nine o'clock in Frankfurt is an hour earlier in UTC."""
        abroad = self.agency(agency)
        _, spans = latest(build_clock(rules_of(abroad, "office:frankfurt"), KNOWN))
        starts = {each.starts_at for each in spans if each.seconds}
        assert {datetime(2026, 3, 27, 8), datetime(2026, 3, 27, 12), datetime(2026, 3, 30, 7)} <= starts
        assert office_calendars(abroad)[0].calendar == "office:frankfurt"

    def test_a_day_on_which_clocks_change_is_as_long_as_it_is(self, agency: Agency) -> None:
        days = clock(self.agency(agency), "office:frankfurt")
        assert days[date(2026, 3, 29)].ends_at - days[date(2026, 3, 29)].starts_at == timedelta(hours=23)
        assert days[date(2026, 10, 25)].ends_at - days[date(2026, 10, 25)].starts_at == timedelta(hours=25)

    def test_night_work_is_an_hour_shorter_or_longer_when_clocks_change(self, agency: Agency) -> None:
        nights = {"days": [7], "start": "00:00", "end": "06:00"}
        _, spans = latest(build_clock(rules_of(self.agency(agency, working_hours=nights), "office:frankfurt"), KNOWN))
        worked = {
            day: sum(each.seconds for each in spans if each.utc_day in (day - timedelta(days=1), day))
            for day in (date(2026, 3, 22), date(2026, 3, 29), date(2026, 10, 25))
        }
        assert [seconds / 3600 for seconds in worked.values()] == [6, 5, 7]

    @pytest.mark.parametrize("observes", [True, False])
    def test_the_agencys_days_off_are_its_own_only_if_it_says_so(self, agency: Agency, observes: bool) -> None:
        abroad = self.agency(
            agency,
            observes_agency_holidays=observes,
            holidays=[{"day": date(2026, 4, 3), "name": "Good Friday", "known_on": date(2025, 1, 1)}],
        )
        days = clock(abroad, "office:frankfurt")
        assert days[date(2026, 7, 17)].is_working is not observes  # Constitution Day
        assert days[date(2026, 6, 19)].is_working is not observes  # the agency's own closure
        assert not days[date(2026, 4, 3)].is_working

    def test_it_may_have_a_zone_and_hours_of_its_own(self, agency: Agency) -> None:
        hours = {"days": [1, 2, 3, 4, 7], "start": "08:00", "end": "16:00"}
        abroad = self.agency(agency, time_zone="Asia/Dubai", working_hours=hours)
        _, spans = latest(build_clock(rules_of(abroad, "office:frankfurt"), KNOWN))
        sunday = [each for each in spans if each.utc_day == date(2026, 7, 5) and each.seconds]
        assert [(each.starts_at, each.seconds) for each in sunday] == [(datetime(2026, 7, 5, 4), 8 * 3600)]


def test_working_days_are_numbered_over_days_off(agency: Agency) -> None:
    days = clock(agency, "agency")
    before, off, after = (days[date(2026, 7, day)] for day in (16, 17, 20))
    assert off.working_day_number == before.working_day_number
    assert after.working_day_number == before.working_day_number + 1
    assert (before.next_working_day, off.next_working_day) == (date(2026, 7, 16), date(2026, 7, 20))
    assert off.next_working_ends_at == datetime(2026, 7, 20, 15)


def test_working_time_has_a_lunch_break(agency: Agency) -> None:
    _, spans = latest(build_clock(rules_of(agency, "agency"), KNOWN))
    on_the_6th = [each for each in spans if each.utc_day == date(2026, 7, 6)]
    assert [(each.starts_at, each.next_starts_at, each.seconds) for each in on_the_6th] == [
        (datetime(2026, 7, 6, 0), datetime(2026, 7, 6, 4), 3 * 3600),
        (datetime(2026, 7, 6, 4), datetime(2026, 7, 7, 0), 5 * 3600),
    ]
    assert on_the_6th[1].seconds_before == on_the_6th[0].seconds_before + 3 * 3600


def test_hours_without_a_break_are_one_stretch_cut_where_eight_hours_are_full(agency: Agency) -> None:
    hours = WorkingHours(days=[1, 2, 3, 4, 5], start=time(9), end=time(18))
    _, spans = latest(build_clock(rules_of(with_calendar(agency, working_hours=hours), "agency"), KNOWN))
    of_first_days = [each.seconds for each in spans if each.seconds and each.utc_day <= date(2024, 1, 3)]
    assert of_first_days == [8 * 3600, 3600, 7 * 3600, 2 * 3600]


def test_the_calendars_last_days_off_have_no_next_working_day(agency: Agency) -> None:
    last = clock(with_calendar(agency, last_day=date(2026, 7, 19)), "agency")[date(2026, 7, 18)]
    assert (last.next_working_day, last.next_working_ends_at) == (None, None)


@pytest.mark.parametrize(
    ("zone", "first", "offset"),
    [
        ("Asia/Seoul", date(1990, 1, 1), 9 * 3600),
        ("Asia/Seoul", date(1987, 1, 1), None),  # daylight saving until 1988
        ("Asia/Kolkata", date(1990, 1, 1), 5 * 3600 + 1800),
        ("Europe/Berlin", date(2026, 1, 1), None),
    ],
)
def test_a_zone_without_changes_of_clocks_has_one_offset(zone: str, first: date, offset: int | None) -> None:
    assert fixed_offset(ZoneInfo(zone), first, date(2027, 12, 31)) == offset


def test_instants_are_utc_without_a_zone(agency: Agency) -> None:
    assert build_clock(rules_of(agency, "agency"), KNOWN).spans[0].starts_at.tzinfo is None
    assert naive_utc(local_midnight(date(2026, 1, 1), SEOUL)) == datetime(2025, 12, 31, 15, tzinfo=UTC).replace(
        tzinfo=None
    )

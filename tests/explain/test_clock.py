"""The steps of a clock: a person who counts them comes to the due time of the definitions, on every clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.base.moments import local_date
from charter.definitions import Agency
from charter.definitions.models import DeadlinePart, Duration
from charter.explain.clock import Opening, Pause, Walk, due_of, months_later, union_of
from charter.transform.compile.calendar import ClockRules, clock_rules
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from tests.commitments.edges import OFFICES, edge_days, instants
from tests.commitments.pauses import Stretch
from tests.commitments.reading import BEYOND, Calendars, Clockwork, held, known_at, limit_end

Clock = tuple[RulePart, DeadlinePart]


def clocks(agency: Agency) -> Iterator[Clock]:
    """Every part of a deadline whose limit the charter names, as SQL has it and as it is written."""
    compiled = {(part.standard_id, part.rule_version, part.part): part for part in compile_rules(agency)}
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for part in rule.parts:
                if isinstance(part, DeadlinePart) and isinstance(part.limit, Duration):
                    yield compiled[standard.id, rule.version, part.id], part


def calendar_of(agency: Agency, part: RulePart, department: str) -> ClockRules | None:
    if part.calendar is None:
        return None
    rules = {each.name: each for each in clock_rules(agency)}
    return (rules.get(f"office:{department}") if part.calendar == "agency" else None) or rules[part.calendar]


def opening(agency: Agency, part: RulePart, opened_at: datetime, department: str, *pauses: Pause) -> Opening:
    rules = calendar_of(agency, part, department)
    known_on = local_date(opened_at, rules.known_in) if rules is not None else None
    return Opening(part, opened_at, part.limit_count, agency.zone, rules, known_on, pauses=pauses)


def walked(agency: Agency, standard_id: str, opened_at: datetime, *pauses: Pause) -> Walk:
    part = next(part for part, _ in clocks(agency) if part.standard_id == standard_id)
    return due_of(opening(agency, part, opened_at, "voc-team", *pauses))


def seoul(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of Seoul, nine hours before UTC's."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=9)


class TestWorkedExamples:
    def test_48_hours_run_through_the_night(self, agency: Agency) -> None:
        walk = walked(agency, "branch-first-reply", seoul(date(2026, 6, 5), 17))
        assert walk.due_at == seoul(date(2026, 6, 7), 17)
        assert [step.kind for step in walk.steps] == ["opens", "limit", "due"]

    def test_ten_working_days_of_a_petition_count_the_first_day_and_name_each(self, agency: Agency) -> None:
        """Received on Monday 1 June 2026; the 3rd (a local election) and the 6th (Saturday) are off."""
        walk = walked(agency, "info-disclosure", seoul(date(2026, 6, 1), 0))
        days = [step.day for step in walk.steps if step.kind == "working_day"]
        assert walk.due_at == seoul(date(2026, 6, 16), 0)
        assert (len(days), days[0], days[-1]) == (10, date(2026, 6, 1), date(2026, 6, 15))
        assert [step.day for step in walk.steps if step.kind == "day_off"] == [
            date(2026, 6, 3),
            date(2026, 6, 6),
            date(2026, 6, 13),
        ]

    def test_a_month_ends_on_its_last_day_where_it_has_no_such_day(self) -> None:
        assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
        assert months_later(date(2026, 3, 31), -1) == date(2026, 2, 28)
        assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)


def test_pauses_that_overlap_or_touch_are_one() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    hours = [at + timedelta(hours=number) for number in range(6)]
    assert union_of([Pause(hours[2], hours[3]), Pause(hours[0], hours[2]), Pause(hours[4], None)]) == (
        Pause(hours[0], hours[3]),
        Pause(hours[4], None),
    )
    assert union_of([Pause(hours[0], None), Pause(hours[1], hours[2])]) == (Pause(hours[0], None),)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_steps_come_to_the_due_time_of_another_reading(
    agency: Agency, calendars: Calendars, data: st.DataObject
) -> None:
    """Whatever opens when, of whichever department: both readings of the definitions end at the same instant."""
    opened = data.draw(instants(edge_days(agency)))
    department = data.draw(st.sampled_from((*OFFICES, "voc-team")))
    for compiled, part in clocks(agency):
        assert isinstance(part.limit, Duration)
        if compiled.granularity == "date":
            continue
        calendar = known_at(calendars.of(part.clock, department), opened)
        read = limit_end(part, part.limit, opened, calendar, agency.zone)
        due_at = due_of(opening(agency, compiled, opened, department)).due_at
        assert due_at == (None if read.at == BEYOND else read.at), (compiled.standard_id, compiled.part)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_clock_that_stood_still_runs_on_as_in_another_reading(
    agency: Agency, calendars: Calendars, data: st.DataObject
) -> None:
    opened = data.draw(instants(edge_days(agency)))
    edges = sorted(data.draw(st.lists(st.integers(0, 400), min_size=2, max_size=4, unique=True)))
    moments = [opened + timedelta(hours=edge, seconds=edge) for edge in edges]
    stretches = [
        Pause(begin, moments[number * 2 + 1] if number * 2 + 1 < len(moments) else None)
        for number, begin in enumerate(moments[::2])
    ]
    for compiled, part in clocks(agency):
        if part.pauses is None:
            continue
        assert isinstance(part.limit, Duration)
        calendar = known_at(calendars.of(part.clock, "voc-team"), opened)
        stopped = tuple(Stretch(each.since, each.until) for each in stretches)
        run = Clockwork(calendar, agency.zone, stopped)
        read = held(limit_end(part, part.limit, opened, calendar, agency.zone), part, part.limit, opened, run)
        due_at = due_of(opening(agency, compiled, opened, "voc-team", *stretches)).due_at
        assert due_at == (None if read.at == BEYOND else read.at), (compiled.standard_id, compiled.part)


def test_a_count_that_runs_over_the_calendars_end_has_no_due_time(agency: Agency) -> None:
    last = agency.calendar.last_day
    walk = walked(agency, "info-disclosure", seoul(last - timedelta(days=2), 10))
    assert walk.due_at is None
    assert walk.steps[-1].what == "beyond_calendar"


@pytest.mark.parametrize("hours", [0, 47, 49])
def test_an_extension_counts_when_it_is_told_within_the_first_limit(agency: Agency, hours: int) -> None:
    part = next(part for part, _ in clocks(agency) if part.standard_id == "branch-first-reply")
    opened = seoul(date(2026, 6, 5), 9)
    told = opened + timedelta(hours=hours)
    walk = due_of(Opening(part, opened, 48 * 3600, agency.zone, prolonged=72 * 3600, extended_at=told))
    assert walk.due_at == opened + timedelta(hours=72 if hours < 48 else 48)
    assert ("extended" if hours < 48 else "not_extended") in {step.kind for step in walk.steps}

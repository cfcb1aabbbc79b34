"""Deadlines: the SQL gives what the plain reading gives, on every clock, in every column."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.definitions import Agency
from charter.definitions.models import DeadlinePart
from tests.commitments.compare import compare as compare_all
from tests.commitments.edges import (
    DEPARTMENTS,
    HEARD_ALL,
    OFFICES,
    PROPERTY,
    STEPS,
    TICK,
    TIMES,
    TURNS,
    NightChoice,
    Rows,
    batches,
    clock_changes,
    deadline_part,
    deadline_parts,
    due_of,
    edge_days,
    holiday_edges,
    instants,
    known_days,
    moments_of,
    nights,
    on,
    pick,
    seoul,
)
from tests.commitments.reading import DAY, Calendars, Night, Row
from tests.commitments.warehouse import Warehouse


def compare(warehouse: Warehouse, calendars: Calendars, night: Night, standards: set[str], **tables: list[Row]) -> int:
    """How many deadline commitments of ``standards`` the SQL and the reading agree on."""
    return len(compare_all(warehouse, calendars, night, ["deadline"], standards, tables))


def with_finishes_at_the_due_time(
    agency: Agency, calendars: Calendars, table: str, standard_id: str, finish: str, openings: list[dict[str, Any]]
) -> list[Row]:
    """For each opening a row that is finished a tick before, at, or a tick after the due time of one of the parts."""
    rows, parts = Rows(agency, table), deadline_parts(agency, standard_id)
    built = []
    for number, opening in enumerate(openings):
        part = pick(parts, number)
        due = due_of(part, rows.add(**opening), calendars)
        built.append(rows.add(**opening, **{finish: due + pick((-TICK, timedelta(), TICK), number // len(parts))}))
    return built


class TestEveryHolidayOfTheCalendar:
    """Each day before, on and after every day off from 2024 to 2027, at every edge of the working day."""

    def test_never_finished(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "visits")
        days = holiday_edges(warehouse.agency)
        visits = [
            rows.add(arrived_at=on(day, pick(TIMES, number + step)))
            for number, day in enumerate(days)
            for step in (0, 3, 7, 11)
        ]
        assert compare(warehouse, calendars, HEARD_ALL, {"clocks-of-visits"}, visits=visits) == len(visits) * 23

    def test_finished_within_a_tick_of_the_due_time(self, warehouse: Warehouse, calendars: Calendars) -> None:
        openings = [
            {"arrived_at": on(day, pick(TIMES, number + step))}
            for number, day in enumerate(holiday_edges(warehouse.agency))
            for step in (0, 5)
        ]
        visits = with_finishes_at_the_due_time(
            warehouse.agency, calendars, "visits", "clocks-of-visits", "concluded_at", openings
        )
        assert compare(warehouse, calendars, HEARD_ALL, {"clocks-of-visits"}, visits=visits) == len(visits) * 23

    def test_requests_received_on_a_date(self, warehouse: Warehouse, calendars: Calendars) -> None:
        agency = warehouse.agency
        rows, parts = Rows(agency, "disclosure_requests"), deadline_parts(agency, "clocks-of-requests")
        requests = []
        for number, day in enumerate(holiday_edges(agency)):
            requests.append(rows.add(received_on=day))
            for step in (-1, 0, 1):
                part = pick(parts, number + step)
                due = due_of(part, rows.add(received_on=day), calendars)
                requests.append(rows.add(received_on=day, decided_on=(due + timedelta(hours=9)).date() + DAY * step))
        standards = {"clocks-of-requests", "requests-by-version", "info-disclosure"}
        assert compare(warehouse, calendars, HEARD_ALL, standards, disclosure_requests=requests) >= len(requests) * 12


def test_every_turn_of_a_month_and_a_year(warehouse: Warehouse, calendars: Calendars) -> None:
    visit, request = Rows(warehouse.agency, "visits"), Rows(warehouse.agency, "disclosure_requests")
    visits = [
        visit.add(arrived_at=on(day, at), concluded_at=on(day, at) + DAY * 30)
        for day in TURNS
        for at in (TIMES[0], TIMES[5], TIMES[-1])
    ]
    requests = [
        request.add(received_on=day, decided_on=day + DAY * step)
        for day in TURNS
        for step in (-1, 0, 7, 28, 29, 30, 31)
    ]
    standards = {"clocks-of-visits", "clocks-of-requests", "requests-by-version"}
    compare(warehouse, calendars, HEARD_ALL, standards, visits=visits, disclosure_requests=requests)


BESIDE = pytest.mark.parametrize("step", [-TICK, timedelta(), TICK], ids=["a tick before", "at", "a tick after"])
ONE_OF_EACH_COUNT = (
    "seconds-9-before",
    "hours-48",
    "month",
    "business-4-hours",
    "petition-10-days-extended",
    "petition-month",
)


class TestTheDueTimeItself:
    """Breached from the due time on; until then open. What no source was heard of decides nothing."""

    @staticmethod
    def visits(part: DeadlinePart, agency: Agency, calendars: Calendars) -> tuple[datetime, list[Row]]:
        rows = Rows(agency, "visits")
        opened_at = seoul(2026, 2, 13, 10, 30)
        due = due_of(part, rows.add(arrived_at=opened_at), calendars)
        finishes = (None, due - TICK, due, due + TICK, due + DAY)
        return due, [rows.add(arrived_at=opened_at, concluded_at=finish) for finish in finishes]

    @BESIDE
    @pytest.mark.parametrize("part_id", ONE_OF_EACH_COUNT)
    def test_as_of(self, warehouse: Warehouse, calendars: Calendars, part_id: str, step: timedelta) -> None:
        part = deadline_part(warehouse.agency, "clocks-of-visits", part_id)
        due, visits = self.visits(part, warehouse.agency, calendars)
        compare(warehouse, calendars, Night(due + step, due + DAY), {"clocks-of-visits"}, visits=visits)

    @BESIDE
    @pytest.mark.parametrize("part_id", ONE_OF_EACH_COUNT)
    def test_heard_until(self, warehouse: Warehouse, calendars: Calendars, part_id: str, step: timedelta) -> None:
        part = deadline_part(warehouse.agency, "clocks-of-visits", part_id)
        due, visits = self.visits(part, warehouse.agency, calendars)
        compare(warehouse, calendars, Night(due + DAY, due + step), {"clocks-of-visits"}, visits=visits)

    @BESIDE
    def test_an_extension(self, warehouse: Warehouse, calendars: Calendars, step: timedelta) -> None:
        """Seen a tick before it was notified, at that instant, and a tick after."""
        rows = Rows(warehouse.agency, "visits")
        opened_at, notified_at = seoul(2026, 2, 13, 10, 30), seoul(2026, 2, 13, 14)
        visit = rows.add(arrived_at=opened_at, served_at=notified_at, urgent_reason="a reason")
        night = Night(notified_at + step, notified_at + step)
        compare(warehouse, calendars, night, {"clocks-of-visits"}, visits=[visit])

    @BESIDE
    def test_a_withdrawal(self, warehouse: Warehouse, calendars: Calendars, step: timedelta) -> None:
        """A request withdrawn on a date is out once that date has begun, not at the midnight before it."""
        rows = Rows(warehouse.agency, "disclosure_requests")
        requests = [rows.add(received_on=date(2026, 2, 13), withdrawn_on=date(2026, 2, 20))]
        night = Night(seoul(2026, 2, 20) + step, seoul(2026, 2, 20) + step)
        compare(warehouse, calendars, night, {"info-disclosure"}, disclosure_requests=requests)


class TestOffices:
    """Business hours run while the office works that owned the subject when it opened."""

    def test_every_change_of_clocks(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """Opened, and finished within a tick of the due time, around every change of clocks from 2024 to 2027."""
        openings = [
            {"arrived_at": on(day, pick(TIMES, number + step)), "department_id": office}
            for number, day in enumerate(clock_changes(warehouse.agency))
            for step, office in enumerate(OFFICES)
        ]
        visits = with_finishes_at_the_due_time(
            warehouse.agency, calendars, "visits", "clocks-of-visits", "concluded_at", openings
        )
        assert compare(warehouse, calendars, HEARD_ALL, {"clocks-of-visits"}, visits=visits) == len(visits) * 23

    def test_a_date_in_a_register_is_the_agencys(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "disclosure_requests")
        requests = [
            rows.add(
                received_on=day,
                decided_on=day + DAY * (length + number % 5),
                department_id=pick(OFFICES, number),
                extended_on=day + 20 * DAY if length > 30 else None,
                extension_reason="a reason",
            )
            for number, day in enumerate(clock_changes(warehouse.agency))
            for length in (28, 58)
        ]
        compare(warehouse, calendars, HEARD_ALL, {"clocks-of-requests"}, disclosure_requests=requests)


class TestDaysOffThatBecomeKnownLater:
    """Around every date on which a day off became known: opened before and after, finished a tick before, at and after
    that midnight, seen a tick before, at and after it."""

    def test_every_version_of_every_calendar(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "visits")
        known = known_days(warehouse.agency)[1::3]
        visits = []
        for number, day in enumerate(known):
            for back in (0, 1, 3, 8, 15, 30):
                finish = pick((None, -TICK, timedelta(), TICK, 4 * DAY, 20 * DAY), number + back)
                visits.append(
                    rows.add(
                        department_id=pick((*DEPARTMENTS[:1], *OFFICES), number + back),
                        arrived_at=on(day, pick(TIMES, number)) - DAY * back,
                        concluded_at=None if finish is None else on(day, TIMES[0]) + finish,
                        served_at=pick((None, on(day, TIMES[0]) + pick((-TICK, timedelta(), DAY), number)), back),
                        urgent_reason="a reason",
                    )
                )
        compare(warehouse, calendars, HEARD_ALL, {"clocks-of-visits"}, visits=visits)
        for step in (-TICK, timedelta(), TICK):
            night = Night(seoul(2025, 1, 14) + step, seoul(2025, 1, 14) + step)
            compare(warehouse, calendars, night, {"clocks-of-visits"}, visits=visits)


def visit_rows(agency: Agency, calendars: Calendars, days: list[date]) -> st.SearchStrategy[list[Row]]:
    """Visits, some finished around the due time of one of their clocks, some extended around the end of the first."""
    parts = deadline_parts(agency, "clocks-of-visits")
    rows = Rows(agency, "visits")

    def build(
        opened_at: datetime,
        part: int,
        finish: timedelta | None,
        notified: timedelta | None,
        reason: str | None,
        owner: str,
    ) -> Row:
        chosen = parts[part]
        row = dict(rows.add(arrived_at=opened_at, urgent_reason=reason, department_id=owner))
        first_due = due_of(chosen, row, calendars)
        if notified is not None:
            row["served_at"] = (opened_at if notified == STEPS[-1] else first_due) + notified
        if finish is not None:
            row["concluded_at"] = (opened_at if finish == STEPS[-2] else due_of(chosen, row, calendars)) + finish
        return row

    optional_step = st.one_of(st.none(), st.sampled_from(STEPS))
    case = st.builds(
        build,
        instants(days),
        st.integers(0, len(parts) - 1),
        optional_step,
        optional_step,
        st.sampled_from((None, "a reason")),
        st.sampled_from((*DEPARTMENTS, *OFFICES)),
    )
    return batches(rows, case, 25, 40, keep=("department_id",))


def test_visits_on_every_clock(warehouse: Warehouse, calendars: Calendars) -> None:
    days = edge_days(warehouse.agency)
    parts = deadline_parts(warehouse.agency, "clocks-of-visits")

    @PROPERTY
    @given(visit_rows(warehouse.agency, calendars, days), nights())
    def holds(visits: list[Row], choice: NightChoice) -> None:
        dues = [due_of(pick(parts, number), row, calendars) for number, row in enumerate(visits)]
        night = choice.near([*moments_of(visits), *dues])
        compare(warehouse, calendars, night, {"clocks-of-visits"}, visits=visits)

    holds()


def test_requests_extended_withdrawn_and_decided(warehouse: Warehouse, calendars: Calendars) -> None:
    agency = warehouse.agency
    days = edge_days(agency)
    parts = deadline_parts(agency, "clocks-of-requests")
    rows = Rows(agency, "disclosure_requests")
    steps = st.sampled_from((-1, 0, 1, 2, 10))

    def build(
        received: date, part: int, extended: int | None, reason: str | None, decided: int | None, withdrawn: int | None
    ) -> Row:
        row = dict(rows.add(received_on=received, extension_reason=reason))
        if extended is not None:
            row["extended_on"] = _last_day(parts[part], row) + DAY * extended if extended < 10 else received - DAY
        if decided is not None:
            row["decided_on"] = _last_day(parts[part], row) + DAY * decided if decided < 10 else received - DAY
        if withdrawn is not None:
            row["withdrawn_on"] = received + DAY * withdrawn
        return row

    def _last_day(part: Any, row: Row) -> date:
        return (due_of(part, row, calendars) + timedelta(hours=9)).date() - DAY

    case = st.builds(
        build,
        st.sampled_from(days),
        st.integers(0, len(parts) - 1),
        st.none() | steps,
        st.sampled_from((None, "a reason", "another agency")),
        st.none() | steps,
        st.none() | st.none() | steps,
    )

    @PROPERTY
    @given(batches(rows, case, 30, 50), nights())
    def holds(requests: list[Row], choice: NightChoice) -> None:
        standards = {"clocks-of-requests", "requests-by-version", "info-disclosure"}
        dues = [due_of(pick(parts, number), row, calendars) for number, row in enumerate(requests)]
        night = choice.near([*moments_of(requests), *dues])
        compare(warehouse, calendars, night, standards, disclosure_requests=requests)

    holds()


def test_finished_by_one_of_two_by_both_or_as_promised(warehouse: Warehouse, calendars: Calendars) -> None:
    days = edge_days(warehouse.agency)
    rows = Rows(warehouse.agency, "complaints")
    steps = st.sampled_from((*STEPS, timedelta(hours=48), timedelta(hours=48) + TICK, timedelta(hours=47)))

    def build(
        received_at: datetime,
        confirmed: timedelta | None,
        corrected: timedelta | None,
        paid: int | None,
        harm: int | None,
    ) -> Row:
        day = (received_at + timedelta(hours=9)).date()
        confirmed_at = None if confirmed is None else received_at + confirmed
        since = confirmed_at if confirmed_at is not None and corrected in (TICK, -TICK) else received_at
        return rows.add(
            received_at=received_at,
            confirmed_at=confirmed_at,
            corrected_at=None if corrected is None else since + corrected,
            paid_on=None if paid is None else day + DAY * paid,
            harm_confirmed_on=None if harm is None else day + DAY * harm,
        )

    day_steps = st.none() | st.none() | st.sampled_from((-1, 0, 1, 2, 3))
    case = st.builds(build, instants(days), st.none() | steps, st.none() | steps, day_steps, day_steps)

    @PROPERTY
    @given(batches(rows, case, 40, 60), nights())
    def holds(complaints: list[Row], choice: NightChoice) -> None:
        standards = {"finishes-of-complaints", "redress-correction"}
        night = choice.near(moments_of(complaints))
        compare(warehouse, calendars, night, standards, complaints=complaints)

    holds()


def test_calls_by_the_rule_in_force_when_they_rang(warehouse: Warehouse, calendars: Calendars) -> None:
    rows = Rows(warehouse.agency, "calls")
    change = seoul(2026, 7, 1)
    rang = st.one_of(
        st.sampled_from([change + step for step in (-timedelta(seconds=9), -TICK, timedelta(), TICK, DAY)]),
        instants(edge_days(warehouse.agency)),
    )
    rings = [timedelta(seconds=number) for number in (0, 5, 9, 12, 15, 16)]
    lasting = st.builds(
        lambda ring, step: ring + step, st.sampled_from(rings), st.sampled_from((-TICK, TICK - TICK, TICK))
    )

    def build(rang_at: datetime, lasts: timedelta, outcome: str, direction: str, caller: str | None) -> Row:
        ended = rang_at + lasts
        answered = ended if outcome == "answered" else None
        return rows.add(
            rang_at=rang_at, answered_at=answered, ended_at=ended, outcome=outcome, direction=direction, caller=caller
        )

    outcomes = st.sampled_from(("answered", "answered", "abandoned", "abandoned", "unanswered"))
    case = st.builds(
        build,
        rang,
        lasting,
        outcomes,
        st.sampled_from(("inbound", "inbound", "outbound")),
        st.sampled_from((None, "test")),
    )

    @PROPERTY
    @given(batches(rows, case, 40, 80), nights())
    def holds(calls: list[Row], choice: NightChoice) -> None:
        night = choice.near(moments_of(calls))
        compare(warehouse, calendars, night, {"rings-of-calls", "phone-answer"}, calls=calls)

    holds()

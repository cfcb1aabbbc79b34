"""Tickets and what happened to them, to the commitments that count: replies, notices, owners, exclusions, waivers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commitments.compare import compare
from tests.commitments.edges import (
    DEPARTMENTS,
    OFFICES,
    PROPERTY,
    SEOUL,
    STEPS,
    TICK,
    NightChoice,
    Rows,
    edge_days,
    instants,
    moments_of,
    nights,
    seoul,
)
from tests.commitments.expected import Commitment
from tests.commitments.reading import DAY, Calendars, Night, Row, begins, count_day, day_of, read_inquiry
from tests.commitments.warehouse import Warehouse, naive

STANDARDS = frozenset(
    {
        "branch-first-reply",
        "champ-first-reply",
        "online-voc-reply",
        "online-aftercare",
        "satisfaction-reply-rating",
        "hours-of-inquiries",
    }
)
KINDS = ("deadline", "coverage")
HOURS_48 = timedelta(hours=48)


@dataclass(frozen=True)
class Case:
    """Some tickets with their events, and the waivers that were decided."""

    tickets: list[Row]
    events: list[Row]
    waivers: list[Row]

    def near(self, choice: NightChoice) -> Night:
        dues = [row["received_at"] + HOURS_48 for row in self.tickets]
        return choice.near([*moments_of(self.tickets, self.events, self.waivers), *dues])


def cases(warehouse: Warehouse, days: list[date]) -> st.SearchStrategy[Case]:
    agency = warehouse.agency
    ticket, event, waiver = (Rows(agency, table) for table in ("tickets", "ticket_events", "waivers"))
    kinds = (
        "public_reply",
        "public_reply",
        "internal_note",
        "interim_notice",
        "interim_notice",
        "transferred",
        "transferred",
        "transferred",
        "handled",
        "handled",
        "reopened",
        "marked_spam",
        "marked_spam",
        "unmarked_spam",
        "marked_duplicate",
        "unmarked_duplicate",
        "rating_invited",
    )
    after = st.sampled_from((*STEPS, HOURS_48 - TICK, HOURS_48, HOURS_48 + TICK, timedelta(hours=20), 7 * DAY, 8 * DAY))
    happening = st.tuples(
        st.sampled_from(kinds),
        after,
        st.sampled_from((*DEPARTMENTS, *OFFICES, None)),
        st.sampled_from((None, -TICK, timedelta(hours=1), 2 * DAY, 6 * DAY)),
    )

    def build(
        received_at: datetime,
        programme: str,
        kind: str,
        channel: str,
        ended: int | None,
        happened: list[tuple[str, timedelta, str | None, timedelta | None]],
    ) -> tuple[Row, list[Row]]:
        opened = ticket.add(
            received_at=received_at,
            programme=programme,
            kind=kind,
            channel=channel,
            project_ended_on=None if ended is None else day_of(received_at, SEOUL) - DAY * ended,
        )
        events = [
            event.add(
                ticket_id=opened["ticket_id"],
                kind=what,
                occurred_at=received_at + since,
                department_id=department if what == "transferred" else None,
                promised_at=received_at + promised if what == "interim_notice" and promised is not None else None,
            )
            for what, since, department, promised in happened
        ]
        return opened, events

    one = st.builds(
        build,
        instants(days),
        st.sampled_from(("branch", "champ", "none")),
        st.sampled_from(("inquiry", "inquiry", "complaint", "aftercare")),
        st.sampled_from(("voc", "voc", "website", "phone")),
        st.none() | st.sampled_from((-1, 0, 364, 365, 366)),
        st.lists(happening, max_size=6),
    )

    def waive(
        standard: str, department: str | None, number: int | None, day: date, lasts: int, decided: timedelta
    ) -> Row:
        return waiver.add(
            standard_id=standard,
            department_id=department,
            subject_id=None if number is None else f"tickets-{number:05d}",
            from_on=day,
            to_on=day + DAY * lasts,
            reason="a reason",
            approver="audit-office",
            decided_at=begins(day, SEOUL) + decided,
        )

    waived = st.builds(
        waive,
        st.sampled_from(sorted(STANDARDS)),
        st.sampled_from((None, *DEPARTMENTS)),
        st.none() | st.integers(1, 30),
        st.sampled_from(days),
        st.sampled_from((0, 1, 30)),
        st.sampled_from((timedelta(), 2 * DAY, 40 * DAY)),
    )

    def gather(drawn: list[tuple[Row, list[Row]]], waivers: list[Row]) -> Case:
        tickets = ticket.again([opened for opened, _ in drawn])
        events = [
            {**each, "ticket_id": opened["ticket_id"]}
            for opened, (_, happened) in zip(tickets, drawn, strict=True)
            for each in happened
        ]
        owned = ("department_id",)
        return Case(tickets, event.again(events, keep=owned), waiver.again(waivers, keep=owned))

    return st.builds(gather, st.lists(one, min_size=25, max_size=50), st.lists(waived, max_size=6))


def few_days(warehouse: Warehouse) -> list[date]:
    """Close together, so that tickets, nights and waivers meet."""
    return [day for day in edge_days(warehouse.agency) if date(2026, 5, 31) <= day <= date(2026, 7, 2)]


def judge(warehouse: Warehouse, calendars: Calendars, case: Case, night: Night, *also: str) -> list[Commitment]:
    return compare(
        warehouse,
        calendars,
        night,
        KINDS,
        STANDARDS,
        {"tickets": case.tickets, "ticket_events": case.events},
        waivers=case.waivers,
        also=also,
    )


@pytest.mark.slow
def test_every_column_of_every_commitment(warehouse: Warehouse, calendars: Calendars) -> None:
    @PROPERTY
    @given(cases(warehouse, few_days(warehouse)), nights())
    def holds(case: Case, choice: NightChoice) -> None:
        judge(warehouse, calendars, case, case.near(choice))

    holds()


def test_what_became_of_each_ticket(warehouse: Warehouse, calendars: Calendars) -> None:
    """Every column of int_inquiries, those that no standard reads included."""

    @PROPERTY
    @given(cases(warehouse, few_days(warehouse)), nights())
    def holds(case: Case, choice: NightChoice) -> None:
        night = case.near(choice)
        judge_sql(warehouse, case, night)
        built = {row["ticket_id"]: row for row in warehouse.table("intermediate.int_inquiries")}
        for ticket in case.tickets:
            read = read_inquiry(ticket, case.events, night, SEOUL)
            row = built.pop(ticket["ticket_id"])
            assert row == {column: naive(read[column]) for column in row}
        assert not built

    holds()


def test_each_day_counts_what_was_decided_and_what_was_open(warehouse: Warehouse, calendars: Calendars) -> None:
    """compliance_daily against a count of the reading, day by day; its totals are the decided commitments."""

    @PROPERTY
    @given(cases(warehouse, few_days(warehouse)), nights())
    def holds(case: Case, choice: NightChoice) -> None:
        night = case.near(choice)
        commitments = judge(warehouse, calendars, case, night, "compliance_daily", "compliance_weekly")
        daily = cells(warehouse.table("marts.compliance_daily"), "day")
        last_day = day_of(night.as_of, SEOUL) - DAY
        assert daily == counted(commitments, last_day)
        ended = [row for row in warehouse.table("marts.fct_commitments") if row["decided_on"] is not None]
        ended = [row for row in ended if row["decided_on"] <= last_day]
        for column in ("met", "breached", "excluded"):
            assert sum(count[column] for count in daily.values()) == sum(row["status"] == column for row in ended)
        assert cells(warehouse.table("marts.compliance_weekly"), "week_start") == weekly(daily)

    holds()


Cells = dict[tuple[date, str, str], dict[str, int]]
COUNTS = ("met", "breached", "pending", "excluded")


def cells(rows: list[dict[str, Any]], day: str) -> Cells:
    return {
        (row[day], row["standard_id"], row["department_id"]): {column: row[column] for column in COUNTS} for row in rows
    }


def counted(commitments: list[Commitment], last_day: date) -> Cells:
    """Every day on which something was decided or open, from the reading."""
    groups: dict[tuple[str, str], list[Commitment]] = defaultdict(list)
    for commitment in commitments:
        groups[commitment.standard_id, commitment.department_id].append(commitment)
    found: Cells = {}
    for (standard, department), members in groups.items():
        day = min(each.verdict.opened_on for each in members)
        while day <= last_day:
            figures = astuple(count_day(day, [each.verdict for each in members]))
            if any(figures):
                found[day, standard, department] = dict(zip(COUNTS, figures, strict=True))
            day += DAY
    return found


def weekly(daily: Cells) -> Cells:
    """Weeks from Monday: what was decided in them, and what was open at the end of their last day with any figure."""
    found: Cells = {}
    ends: dict[date, date] = {}
    for day, _, _ in daily:
        monday = day - DAY * day.weekday()
        ends[monday] = max(day, ends.get(monday, day))
    for (day, standard, department), figures in daily.items():
        monday = day - DAY * day.weekday()
        week = found.setdefault((monday, standard, department), dict.fromkeys(COUNTS, 0))
        for column in ("met", "breached", "excluded"):
            week[column] += figures[column]
        if day == ends[monday]:
            week["pending"] = figures["pending"]
    return found


@pytest.mark.slow
class TestWhatNeverHappens:
    """Nothing that is decided is decided otherwise, unless something new is learnt."""

    def test_time_alone_changes_no_decision(self, warehouse: Warehouse, calendars: Calendars) -> None:
        @PROPERTY
        @given(cases(warehouse, few_days(warehouse)), nights(), st.sampled_from((TICK, DAY, 10 * DAY, 300 * DAY)))
        def holds(case: Case, choice: NightChoice, later: timedelta) -> None:
            night = case.near(choice)
            known = [event for event in case.events if event["occurred_at"] <= night.as_of]
            waivers = [waiver for waiver in case.waivers if waiver["decided_at"] <= night.as_of]
            case = Case(case.tickets, known, waivers)
            before = by_id(judge_sql(warehouse, case, night))
            after = by_id(judge_sql(warehouse, case, Night(night.as_of + later, night.heard_until + later)))
            assert before.keys() <= after.keys()
            for name, row in before.items():
                if row["status"] != "pending":
                    assert after[name] == row

        holds()

    def test_a_later_reply_never_turns_met_into_breached(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "ticket_events")

        @PROPERTY
        @given(cases(warehouse, few_days(warehouse)), st.sampled_from((TICK, timedelta(hours=30), 3 * DAY)))
        def holds(case: Case, since: timedelta) -> None:
            night = Night(seoul(2027, 6, 1), seoul(2027, 6, 1))
            before = by_id(judge_sql(warehouse, case, night))
            last = max(row["occurred_at"] for row in case.events) if case.events else seoul(2026, 7, 1)
            replies = [
                rows.add(
                    event_id=f"late-{number}",
                    ticket_id=ticket["ticket_id"],
                    kind="public_reply",
                    occurred_at=last + since,
                )
                for number, ticket in enumerate(case.tickets)
            ]
            after = by_id(judge_sql(warehouse, Case(case.tickets, [*case.events, *replies], case.waivers), night))
            for name, row in before.items():
                if row["status"] in ("met", "excluded"):
                    assert after[name]["status"] == row["status"]

        holds()

    def test_measured_value_and_status_say_the_same(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """What is measured is on the right side of the limit exactly when it was in time."""

        @PROPERTY
        @given(cases(warehouse, few_days(warehouse)), nights())
        def holds(case: Case, choice: NightChoice) -> None:
            for row in judge_sql(warehouse, case, case.near(choice)):
                if row["status"] in ("met", "breached") and row["unit"] != "count":
                    in_time = row["measured_value"] is not None and row["measured_value"] <= row["limit_value"]
                    assert (row["status"] == "met") == in_time, row

        holds()


def judge_sql(warehouse: Warehouse, case: Case, night: Night) -> list[dict[str, Any]]:
    agency = warehouse.agency
    rows = {"tickets": case.tickets, "ticket_events": case.events, "waivers": case.waivers}
    return warehouse.judge(KINDS, {agency.subjects[table].model: each for table, each in rows.items()}, night)


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["commitment_id"]: row for row in rows}


class TestTheInstantItself:
    """A tick before, at, and a tick after."""

    received_at = seoul(2026, 7, 3, 10)
    beside = (-TICK, timedelta(), TICK)

    def test_of_a_transfer(self, warehouse: Warehouse, calendars: Calendars) -> None:
        ticket, event = Rows(warehouse.agency, "tickets"), Rows(warehouse.agency, "ticket_events")
        due = self.received_at + HOURS_48
        tickets, events = [], []
        for moment in (due, self.received_at):
            for step in self.beside:
                received = ticket.add(received_at=self.received_at, programme="branch", kind="inquiry", channel="voc")
                tickets.append(received)
                for at, department in (
                    (moment + step, "voc-team"),
                    (due + DAY, "champ-team"),
                    (due + DAY, "branch-team"),
                ):
                    events.append(
                        event.add(
                            ticket_id=received["ticket_id"],
                            kind="transferred",
                            occurred_at=at,
                            department_id=department,
                        )
                    )
        for moment in (due, due + DAY):
            for step in self.beside:
                night = Night(moment + step, moment + step)
                judge(warehouse, calendars, Case(tickets, events, []), night)

    def test_of_a_waiver(self, warehouse: Warehouse, calendars: Calendars) -> None:
        ticket, waiver = Rows(warehouse.agency, "tickets"), Rows(warehouse.agency, "waivers")
        received = ticket.add(received_at=self.received_at, programme="branch", kind="inquiry", channel="voc")
        decided_at = self.received_at + DAY
        waived = waiver.add(
            standard_id="branch-first-reply",
            department_id=None,
            from_on=date(2026, 7, 3),
            to_on=date(2026, 7, 3),
            reason="a reason",
            approver="audit-office",
            decided_at=decided_at,
        )
        for step in self.beside:
            night = Night(decided_at + step, decided_at + step)
            judge(warehouse, calendars, Case([received], [], [waived]), night)

    def test_of_an_event(self, warehouse: Warehouse, calendars: Calendars) -> None:
        ticket, event = Rows(warehouse.agency, "tickets"), Rows(warehouse.agency, "ticket_events")
        happened_at = self.received_at + timedelta(hours=1)
        tickets, events = [], []
        for kind in ("public_reply", "handled", "marked_spam"):
            received = ticket.add(received_at=self.received_at, programme="branch", kind="inquiry", channel="voc")
            tickets.append(received)
            events.append(event.add(ticket_id=received["ticket_id"], kind=kind, occurred_at=happened_at))
        for step in self.beside:
            night = Night(happened_at + step, happened_at + step)
            judge(warehouse, calendars, Case(tickets, events, []), night)

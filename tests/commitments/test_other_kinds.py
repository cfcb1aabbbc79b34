"""Lead times, records, slots, days that must stand and days without incident: the SQL gives what the reading gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.commitments.agency import FIRST_DAY_OF_DAYS
from tests.commitments.compare import compare
from tests.commitments.edges import (
    DEPARTMENTS,
    HEARD_ALL,
    OFFICES,
    PROPERTY,
    SEOUL,
    STEPS,
    TICK,
    TIMES,
    NightChoice,
    Rows,
    batches,
    clock_changes,
    edge_days,
    holiday_edges,
    instants,
    moments_of,
    nights,
    on,
    pick,
    seoul,
)
from tests.commitments.reading import DAY, Calendars, Night, Row, begins, months_later
from tests.commitments.warehouse import Warehouse

optional_days = st.none() | st.sampled_from((-1, 0, 0, 1, 2, 30, 31))


class TestLeadTime:
    standards = frozenset({"notices-of-changes", "branch-change-notice"})

    def test_every_day_on_which_a_month_may_end(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """Each day of two years (one a leap year) as the day of effect, announced around the last day in time."""
        rows = Rows(warehouse.agency, "programme_changes")
        changes = []
        for number in range(2 * 366):
            event = date(2024, 2, 15) + DAY * number
            notice = months_later(event, -1) + DAY * pick((-1, 0, 1), number)
            changes.append(
                rows.add(
                    programme=pick(("branch", "branch", "champ", "invest"), number),
                    decided_on=event - DAY * 60 if number % 5 else notice - DAY * pick((-1, 0, 1), number // 5),
                    effective_on=event,
                    website_notice_on=notice,
                    email_notice_on=event - DAY * pick((13, 14, 15), number),
                )
            )
        found = compare(warehouse, calendars, HEARD_ALL, ["lead_time"], self.standards, {"programme_changes": changes})
        assert len(found) > 1000

    def test_excluded_by_the_rule_or_waived(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """Changes decided on the days of a waiver and beside them; of some programmes the rule takes out what was told
        by mail, from the day of the mail on."""
        rows, waivers = Rows(warehouse.agency, "programme_changes"), Rows(warehouse.agency, "waivers")
        first, last, mail, decision = date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 6), seoul(2026, 2, 10)
        changes = [
            rows.add(
                programme=programme, decided_on=decided_on, effective_on=date(2026, 4, 15), email_notice_on=told_on
            )
            for decided_on in (first - DAY, first, last, last + DAY)
            for programme in ("branch", "champ")
            for told_on in (None, mail)
        ]
        waiver = waivers.add(
            standard_id="notices-of-changes",
            from_on=first,
            to_on=last,
            reason="a reason",
            approver="audit-office",
            decided_at=decision,
        )
        moments = [each + step for each in (begins(mail, SEOUL), decision) for step in (-TICK, timedelta(), TICK)]
        for night in [HEARD_ALL, *(Night(moment, moment) for moment in moments)]:
            tables = {"programme_changes": changes}
            found = compare(*(warehouse, calendars, night, ["lead_time"], self.standards, tables), waivers=[waiver])
            excluded_by = {each.verdict.exclusion_rule for each in found}
            assert "told-by-mail" in excluded_by
            assert (f"waiver:{waiver['waiver_id']}" in excluded_by) == (night.as_of >= decision)

    def test_announced_late_never_or_before_it_was_decided(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "programme_changes")

        def build(event: date, decided: int, notices: list[int | None], programme: str) -> Row:
            last = months_later(event, -1)
            website, email = (None if step is None else last + DAY * step for step in notices)
            return rows.add(
                programme=programme,
                decided_on=last + DAY * decided,
                effective_on=event,
                website_notice_on=website,
                email_notice_on=email,
            )

        case = st.builds(
            build,
            st.sampled_from([day for day in edge_days(warehouse.agency) if day > date(2024, 4, 1)]),
            st.sampled_from((-40, -1, 0, 1, 2, 20, 40)),
            st.lists(optional_days, min_size=2, max_size=2),
            st.sampled_from(("branch", "champ", "invest")),
        )

        @PROPERTY
        @given(batches(rows, case, 40, 60), nights())
        def holds(changes: list[Row], choice: NightChoice) -> None:
            dues = [begins(months_later(row["effective_on"], -1) + DAY, warehouse.agency.zone) for row in changes]
            night = choice.near([*moments_of(changes), *dues])
            compare(warehouse, calendars, night, ["lead_time"], self.standards, {"programme_changes": changes})

        holds()


class TestLeadTimeByWorkingDays:
    """The days between are those on which the office worked that owned the subject when it opened."""

    def test_every_day_off_between_the_notice_and_the_event(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "programme_changes")
        changes = []
        for number, event in enumerate(holiday_edges(warehouse.agency)):
            for back in (0, 1, 3, 5, 9):
                changes.append(
                    rows.add(
                        programme="branch",
                        department_id=pick((DEPARTMENTS[0], *OFFICES), number + back),
                        decided_on=max(event - DAY * pick((2, 12, 40), number), date(2024, 1, 8)),
                        effective_on=event,
                        website_notice_on=event - DAY * back,
                        email_notice_on=event - DAY * (back + 3) if number % 7 else None,
                    )
                )
        known = {"programme_changes": changes}
        found = compare(warehouse, calendars, HEARD_ALL, ["lead_time"], {"notices-by-working-days"}, known)
        assert {each.verdict.status for each in found} == {"met", "breached"}

    def test_what_lies_outside_the_calendar_is_set_aside(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "programme_changes")
        events = [date(2024, 1, 2), date(2024, 1, 9), date(2027, 12, 31), date(2028, 1, 3)]
        changes = [
            rows.add(
                programme="branch",
                department_id=DEPARTMENTS[0],
                decided_on=date(2024, 1, 8),
                effective_on=event,
                website_notice_on=notice,
            )
            for event in events
            for notice in (None, date(2023, 12, 20), date(2024, 1, 8))
        ]
        known = {"programme_changes": changes}
        found = compare(warehouse, calendars, HEARD_ALL, ["lead_time"], {"notices-by-working-days"}, known)
        assert {each.verdict.due_basis for each in found} == {"limit", "beyond_calendar"}

    def test_a_subject_that_is_handed_on_keeps_the_office_of_its_opening(
        self, warehouse: Warehouse, calendars: Calendars
    ) -> None:
        tickets, events = Rows(warehouse.agency, "tickets"), Rows(warehouse.agency, "ticket_events")
        received, event_rows = [], []
        for number, day in enumerate(clock_changes(warehouse.agency)):
            at = on(day, pick(TIMES, number))
            ticket = tickets.add(received_at=at, department_id=pick((DEPARTMENTS[0], *OFFICES), number))
            received.append(ticket)
            # some are opened again at the very instant at which they are handed on
            steps = (("transferred", number % 3), ("reopened", 1), ("public_reply", 1), ("handled", number % 6 + 1))
            for kind, after in steps:
                event_rows.append(
                    events.add(
                        ticket_id=ticket["ticket_id"],
                        kind=kind,
                        occurred_at=at + DAY * after,
                        department_id=pick(OFFICES, number + 1) if kind == "transferred" else None,
                    )
                )
        known = {"tickets": received, "ticket_events": event_rows}
        found = compare(warehouse, calendars, HEARD_ALL, ["lead_time"], {"notices-by-owners"}, known)
        assert {each.verdict.status for each in found} == {"met", "breached"}


class TestLeadTimeByInstants:
    def test_around_the_last_instant_and_the_last_day(self, warehouse: Warehouse, calendars: Calendars) -> None:
        visits = Rows(warehouse.agency, "visits")
        days = edge_days(warehouse.agency)

        def build(event: datetime, before: timedelta, tick: timedelta, opened: int, owner: str) -> Row:
            return visits.add(
                arrived_at=event - DAY * opened,
                concluded_at=event,
                served_at=event - before + tick,
                department_id=owner,
            )

        case = st.builds(
            build,
            instants([day for day in days if day > date(2024, 2, 10)]),
            st.sampled_from((timedelta(), timedelta(hours=24), DAY * 2, DAY * 5)),
            st.sampled_from(STEPS),
            st.sampled_from((0, 3, 30)),
            st.sampled_from((*DEPARTMENTS, *OFFICES)),
        )

        @PROPERTY
        @given(batches(visits, case, 40, 60, keep=("department_id",)), nights())
        def holds(rows: list[Row], choice: NightChoice) -> None:
            night = choice.near(moments_of(rows))
            compare(warehouse, calendars, night, ["lead_time"], {"notices-by-instants"}, {"visits": rows})

        holds()

    def test_dates_and_instants_mixed(self, warehouse: Warehouse, calendars: Calendars) -> None:
        complaints = Rows(warehouse.agency, "complaints")
        days = [day for day in edge_days(warehouse.agency) if day > date(2024, 2, 10)]

        def build(instant: datetime, apart: int, opened: int) -> Row:
            return complaints.add(
                received_at=instant - DAY * opened,
                corrected_at=instant,
                paid_on=(instant + DAY * apart).astimezone(SEOUL).date(),
            )

        case = st.builds(build, instants(days), st.integers(-5, 5), st.sampled_from((1, 7, 30)))

        @PROPERTY
        @given(batches(complaints, case, 40, 60), nights())
        def holds(rows: list[Row], choice: NightChoice) -> None:
            night = choice.near(moments_of(rows))
            standards = {"notices-by-dates-and-instants"}
            compare(warehouse, calendars, night, ["lead_time"], standards, {"complaints": rows})

        holds()


class TestCoverage:
    def test_records_of_complaints_and_visits(self, warehouse: Warehouse, calendars: Calendars) -> None:
        agency = warehouse.agency
        days = edge_days(agency)
        complaint, visit = Rows(agency, "complaints"), Rows(agency, "visits")
        steps = st.none() | st.sampled_from((*STEPS, DAY + TICK, DAY - TICK))

        def build_complaint(
            received_at: datetime, confirmed: timedelta | None, corrected: timedelta | None, dates: list[int | None]
        ) -> Row:
            day = (received_at + timedelta(hours=9)).date()
            paid, agreed, harm = (None if step is None else day + DAY * step for step in dates)
            return complaint.add(
                received_at=received_at,
                confirmed_at=None if confirmed is None else received_at + confirmed,
                corrected_at=None if corrected is None else received_at + corrected,
                paid_on=paid,
                remedy_agreed_on=agreed,
                harm_confirmed_on=harm,
            )

        def build_visit(
            arrived_at: datetime,
            served: timedelta | None,
            stayed: timedelta,
            flags: tuple[bool | None, bool | None],
            reason: str | None,
        ) -> Row:
            return visit.add(
                arrived_at=arrived_at,
                served_at=None if served is None else arrived_at + served,
                concluded_at=arrived_at + stayed,
                name_given=flags[0],
                appointment_kept=flags[1],
                urgent_reason=reason,
            )

        three_dates = st.lists(st.none() | st.sampled_from((-1, 0, 1, 2)), min_size=3, max_size=3)
        complaints = st.builds(build_complaint, instants(days), steps, steps, three_dates)
        ten_minutes = timedelta(minutes=10)
        served = st.none() | st.sampled_from((*STEPS, ten_minutes - TICK, ten_minutes, ten_minutes + TICK))
        flag = st.sampled_from((True, True, False, None))
        visits = st.builds(
            build_visit,
            instants(days),
            served,
            st.sampled_from((timedelta(), ten_minutes, ten_minutes + TICK, timedelta(hours=2), DAY)),
            st.tuples(flag, flag),
            st.sampled_from((None, None, "a reason")),
        )
        standards = {
            *("records-of-complaints", "windows-of-complaints", "records-of-visits"),
            *("visit-priority", "visit-introduction"),
        }

        @PROPERTY
        @given(batches(complaint, complaints, 30, 50), batches(visit, visits, 30, 50), nights())
        def holds(complaints: list[Row], visits: list[Row], choice: NightChoice) -> None:
            night = choice.near(moments_of(complaints, visits))
            compare(warehouse, calendars, night, ["coverage"], standards, {"complaints": complaints, "visits": visits})

        holds()

    def test_rewards_by_the_rule_in_force_at_adoption(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "proposals")

        def build(adopted: date | None, rewarded: int | None, received: int | None) -> Row:
            day = adopted or date(2026, 6, 30)
            return rows.add(
                adopted_on=adopted,
                rewarded_on=None if rewarded is None else day + DAY * rewarded,
                received_on=None if received is None else day + DAY * received,
            )

        adopted = st.none() | st.sampled_from(
            [date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)]
        )
        others = st.sampled_from(edge_days(warehouse.agency))
        rewarded = st.none() | st.sampled_from((-1, 0, 1, 10, 11, 29, 30, 31, 32))
        case = st.builds(build, adopted | others, rewarded, st.none() | st.sampled_from((-20, 0, 5)))
        standards = {"records-of-proposals", "voice-proposals"}

        @PROPERTY
        @given(batches(rows, case, 40, 80), nights())
        def holds(proposals: list[Row], choice: NightChoice) -> None:
            dues = [row["adopted_on"] + DAY * 31 for row in proposals if row["adopted_on"]]
            night = choice.near([*moments_of(proposals), *dues, LAST])
            compare(warehouse, calendars, night, ["coverage"], standards, {"proposals": proposals})

        holds()


LAST = date(2026, 8, 2)


def test_slots_of_months_quarters_halves_and_years(warehouse: Warehouse, calendars: Calendars) -> None:
    rows = Rows(warehouse.agency, "notices")
    turns = [
        date(year, month, 1) + DAY * step
        for year in (2024, 2025, 2026)
        for month in (1, 2, 3, 4, 7, 8, 10, 12)
        for step in (-1, 0, 1)
        if date(year, month, 1) + DAY * step >= date(2024, 1, 1)
    ]
    case = st.builds(
        lambda day, programme: rows.add(published_on=day, programme=programme),
        st.sampled_from(turns),
        st.sampled_from(("branch", "branch", "champ", "invest")),
    )
    standards = {"slots-of-notices", "branch-recruitment", "champ-recruitment"}

    @PROPERTY
    @given(batches(rows, case, 0, 60), nights())
    def holds(notices: list[Row], choice: NightChoice) -> None:
        night = choice.near([*moments_of(notices), *turns])
        compare(warehouse, calendars, night, ["occurrence"], standards, {"notices": notices})

    holds()


def spoken_days(
    tables: Iterable[str], night: Night, silent: Collection[tuple[str, int]] = ()
) -> dict[tuple[str, date], bool]:
    """Every table and ended day since the first, and whether a source covers it: all but the days of silence."""
    days = (night.as_of - begins(FIRST_DAY_OF_DAYS, SEOUL)).days
    return {
        (table, FIRST_DAY_OF_DAYS + DAY * number): (table, number) not in silent
        for table in tables
        for number in range(days)
    }


def as_of(offset: int, hours: int) -> Night:
    at = seoul(2026, 6, 1) + DAY * offset + timedelta(hours=hours)
    return Night(at, at)


summer_nights = st.builds(as_of, st.integers(0, 45), st.sampled_from((0, 0, 0, 5)))


class TestLevel:
    def test_officers_on_their_days(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "secondments")
        case = st.builds(
            lambda agency, start, lasts: rows.add(
                agency=agency,
                from_on=date(2026, 5, 28) + DAY * start,
                to_on=None if lasts is None else date(2026, 5, 28) + DAY * (start + lasts),
            ),
            st.sampled_from(("A", "a.", "(B b)", "bB ", "기관-1", "기관ㆍ1", "C", "-", "\u119e", None)),
            st.integers(0, 40),
            st.none() | st.sampled_from((0, 1, 5, 10)),
        )
        silent = st.sets(st.tuples(st.just("secondments"), st.integers(0, 45)), max_size=4)

        @PROPERTY
        @given(batches(rows, case, 0, 25), summer_nights, silent)
        def holds(secondments: list[Row], night: Night, silent: set[tuple[str, int]]) -> None:
            covered = spoken_days(["secondments"], night, silent)
            compare(warehouse, calendars, night, ["level"], {"officers"}, {"secondments": secondments}, covered=covered)

        holds()

    def test_channels_checked_from_time_to_time(self, warehouse: Warehouse, calendars: Calendars) -> None:
        rows = Rows(warehouse.agency, "channel_checks")
        case = st.builds(
            lambda channel, day, working, purpose: rows.add(
                channel=channel, checked_on=date(2026, 5, 25) + DAY * day, working=working, purpose=purpose
            ),
            st.sampled_from(("website", "phone", "fax")),
            st.integers(0, 50),
            st.sampled_from((True, True, False, None)),
            st.sampled_from(("complaint", "complaint", "suggestion")),
        )

        @PROPERTY
        @given(batches(rows, case, 0, 40), summer_nights)
        def holds(checks: list[Row], night: Night) -> None:
            covered = spoken_days(["channel_checks"], night)
            compare(warehouse, calendars, night, ["level"], {"channels"}, {"channel_checks": checks}, covered=covered)

        holds()

    def test_all_of_the_pages_that_there_are(self, warehouse: Warehouse, calendars: Calendars) -> None:
        page, review = Rows(warehouse.agency, "pages"), Rows(warehouse.agency, "page_reviews")
        start = date(2026, 5, 25)
        pages = st.builds(
            lambda number, day, lasts: page.add(
                page_id=f"p{number}",
                published_on=start + DAY * day,
                retired_on=None if lasts is None else start + DAY * (day + lasts),
            ),
            st.integers(1, 4),
            st.integers(0, 30),
            st.none() | st.integers(0, 20),
        )
        reviews = st.builds(
            lambda number, day: review.add(page_id=f"p{number}", reviewed_on=start + DAY * day),
            st.integers(1, 5),
            st.integers(0, 50),
        )
        tables = ["pages", "page_reviews"]
        silent = st.sets(st.tuples(st.sampled_from(tables), st.integers(0, 45)), max_size=3)

        @PROPERTY
        @given(batches(page, pages, 0, 5, keep=["page_id"]), batches(review, reviews, 0, 25), summer_nights, silent)
        def holds(pages: list[Row], reviews: list[Row], night: Night, silent: set[tuple[str, int]]) -> None:
            covered = spoken_days(tables, night, silent)
            compare(
                warehouse,
                calendars,
                night,
                ["level"],
                {"page-upkeep"},
                {"pages": pages, "page_reviews": reviews},
                covered=covered,
            )

        holds()


def test_days_without_an_incident(warehouse: Warehouse, calendars: Calendars) -> None:
    rows = Rows(warehouse.agency, "incidents")
    case = st.builds(
        lambda kind, day, confirmed: rows.add(
            kind=kind,
            occurred_on=date(2026, 5, 30) + DAY * day,
            confirmed_on=None if confirmed is None else date(2026, 5, 30) + DAY * (day + confirmed),
        ),
        st.sampled_from(("leak", "violation", "near_miss")),
        st.integers(0, 20),
        st.none() | st.integers(0, 10),
    )
    silent = st.sets(st.tuples(st.just("incidents"), st.integers(0, 45)), max_size=4)

    @PROPERTY
    @given(batches(rows, case, 10, 30), summer_nights, silent)
    def holds(incidents: list[Row], night: Night, silent: set[tuple[str, int]]) -> None:
        covered = spoken_days(["incidents"], night, silent)
        compare(
            warehouse,
            calendars,
            night,
            ["zero"],
            {"incident-days", "info-confidentiality"},
            {"incidents": incidents},
            covered=covered,
        )

    holds()


class TestTheDueTimeItself:
    """A tick before, at, and a tick after: as_of, and how long the sources were heard of."""

    @staticmethod
    def nights(*moments: datetime) -> list[Night]:
        beside = [moment + step for moment in moments for step in (-TICK, timedelta(), TICK)]
        return [Night(at, at) for at in beside] + [Night(max(moments) + 9 * DAY, at) for at in beside]

    def test_of_a_notice(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """A change on 31 March: the limit ends with 28 February; a notice of 1 March is a day late."""
        rows = Rows(warehouse.agency, "programme_changes")
        changes = [
            rows.add(
                programme="branch",
                decided_on=date(2026, 2, 1),
                effective_on=date(2026, 3, 31),
                website_notice_on=notice,
                email_notice_on=notice,
            )
            for notice in (None, date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1))
        ]
        for night in self.nights(seoul(2026, 2, 28), seoul(2026, 3, 1)):
            compare(warehouse, calendars, night, ["lead_time"], TestLeadTime.standards, {"programme_changes": changes})

    def test_of_a_record(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """A complaint received at midnight, due at the next; an adoption of 30 June, due after 30 days."""
        complaint, proposal = Rows(warehouse.agency, "complaints"), Rows(warehouse.agency, "proposals")
        opened, due = seoul(2026, 6, 30), seoul(2026, 7, 1)
        steps = (-TICK, timedelta(), TICK)
        complaints = [
            complaint.add(received_at=opened, confirmed_at=due + first, corrected_at=due + last)
            for first in steps
            for last in steps
        ]
        complaints += [
            complaint.add(received_at=opened, confirmed_at=opened + step, paid_on=date(2026, 6, 30)) for step in steps
        ]
        complaints += [complaint.add(received_at=opened), complaint.add(received_at=opened, paid_on=date(2026, 7, 1))]
        adopted, last = date(2026, 6, 30), date(2026, 7, 30)
        proposals = [
            proposal.add(adopted_on=adopted, rewarded_on=rewarded) for rewarded in (None, last - DAY, last, last + DAY)
        ]
        standards = {"records-of-complaints", "records-of-proposals", "voice-proposals"}
        for night in self.nights(due, seoul(2026, 7, 31)):
            compare(
                warehouse,
                calendars,
                night,
                ["coverage"],
                standards,
                {"complaints": complaints, "proposals": proposals},
            )

    def test_of_a_slot(self, warehouse: Warehouse, calendars: Calendars) -> None:
        """March 2026, without a notice, and with one on its last day."""
        for published in (None, date(2026, 3, 1), date(2026, 3, 31)):
            rows = Rows(warehouse.agency, "notices")
            notices = [] if published is None else [rows.add(published_on=published, programme="branch")]
            for night in self.nights(seoul(2026, 4, 1)):
                compare(
                    warehouse,
                    calendars,
                    night,
                    ["occurrence"],
                    {"slots-of-notices", "branch-recruitment"},
                    {"notices": notices},
                )

"""The worked examples of docs/decisions.md, on the agency's own standards: every one through the SQL and the reading.

Each method is one example; times are Seoul's. ``Case.judged`` fails when SQL and reading differ in any column, so that
what is asserted here holds for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.commitments.compare import compare
from tests.commitments.edges import Rows, seoul
from tests.commitments.reading import DAY, Calendars, Night, Row
from tests.commitments.warehouse import Warehouse

Judged = dict[str, Any]


class Case:
    """Rows that were put on record, and what is seen of them on some night."""

    def __init__(self, warehouse: Warehouse, calendars: Calendars) -> None:
        self._warehouse = warehouse
        self._calendars = calendars
        self._tables: dict[str, list[Row]] = {}
        self._builders: dict[str, Rows] = {}

    def add(self, table: str, **values: Any) -> Row:
        """Puts a row on record."""
        builder = self._builders.setdefault(table, Rows(self._warehouse.agency, table))
        row = builder.add(**values)
        self._tables.setdefault(table, []).append(row)
        return row

    def ticket(self, received_at: datetime, programme: str = "branch", **values: Any) -> Row:
        """An inquiry by Voice of Customer, received by the branch team."""
        return self.add(
            "tickets",
            **{
                "received_at": received_at,
                "programme": programme,
                "kind": "inquiry",
                "channel": "voc",
                "department_id": "branch-team",
                **values,
            },
        )

    def event(self, ticket: Row, kind: str, at: datetime, **values: Any) -> None:
        """Something that happened to a ticket."""
        self.add("ticket_events", ticket_id=ticket["ticket_id"], kind=kind, occurred_at=at, **values)

    def call(self, rang_at: datetime, seconds: float, outcome: str) -> Row:
        """An inbound call that rang so long at a desk."""
        ended_at = rang_at + timedelta(seconds=seconds)
        answered_at = ended_at if outcome == "answered" else None
        return self.add(
            "calls", direction="inbound", rang_at=rang_at, answered_at=answered_at, ended_at=ended_at, outcome=outcome
        )

    def judged(
        self,
        standard: str,
        as_of: datetime,
        *,
        heard_until: datetime | None = None,
        covered: dict[tuple[str, date], bool] | None = None,
        also: Sequence[str] = (),
    ) -> dict[str, Judged]:
        """The commitments of one standard on a night, by part and subject."""
        kind = next(each.kind for each in self._warehouse.agency.charter.standards if each.id == standard)
        compare(
            self._warehouse,
            self._calendars,
            Night(as_of, heard_until or as_of),
            [kind],
            {standard},
            {name: rows for name, rows in self._tables.items() if name != "waivers"},
            waivers=self._tables.get("waivers", []),
            covered=covered or {},
            also=also,
        )
        rows = self._warehouse.table("marts.fct_commitments")
        return {f"{row['part']}/{row['subject_id']}": row for row in rows if row["standard_id"] == standard}

    def only(self, standard: str, as_of: datetime, **how: Any) -> Judged:
        """The one commitment of a standard."""
        (row,) = self.judged(standard, as_of, **how).values()
        return row

    def of(self, standard: str, part: str, as_of: datetime) -> Judged:
        """The one commitment of a part."""
        (row,) = (row for name, row in self.judged(standard, as_of).items() if name.startswith(f"{part}/"))
        return row

    def table(self, mart: str) -> list[Judged]:
        """Every row of a mart that was built with what was judged last (``also``)."""
        return self._warehouse.table(f"marts.{mart}")

    def result(self, standard: str, kind: str, start: date, as_of: datetime, **how: Any) -> Judged:
        """What a night says of the whole agency and a period."""
        self.judged(standard, as_of, also=("compliance_daily", "standard_results"), **how)
        (row,) = (
            row
            for row in self._warehouse.table("marts.standard_results")
            if (row["standard_id"], row["period_kind"], row["period_start"]) == (standard, kind, start)
            and row["department_id"] is None
        )
        return row


@pytest.fixture
def case(warehouse: Warehouse, calendars: Calendars) -> Case:
    return Case(warehouse, calendars)


def utc(instant: datetime) -> datetime:
    """An instant as the tables hold it."""
    return instant.replace(tzinfo=None)


def there(zone: str, *by_the_clock: int) -> datetime:
    """An instant given by the clocks of another zone."""
    return datetime(*by_the_clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc, arg-type]


class TestACommitmentIsDecidedAtTheEarlierOfFulfilmentAndDueTime:
    received = seoul(2026, 7, 3, 10)  # a Friday

    def test_it_falls_due_on_sunday_at_ten(self, case: Case) -> None:
        case.ticket(self.received)
        pending = case.only("branch-first-reply", seoul(2026, 7, 5, 9, 59, 59))
        assert (pending["due_at"], pending["status"]) == (utc(seoul(2026, 7, 5, 10)), "pending")
        assert (pending["decided_at"], pending["decided_on"]) == (None, None)

    def test_answered_on_saturday_counts_on_saturday(self, case: Case) -> None:
        case.event(case.ticket(self.received), "public_reply", seoul(2026, 7, 4, 14))
        row = case.only("branch-first-reply", seoul(2026, 7, 6))
        assert (row["status"], row["decided_at"], row["decided_on"]) == (
            "met",
            utc(seoul(2026, 7, 4, 14)),
            date(2026, 7, 4),
        )
        assert (row["measured_value"], row["limit_value"], row["unit"]) == (28, 48, "hours")

    def test_never_answered_is_breached_on_sunday(self, case: Case) -> None:
        case.ticket(self.received)
        row = case.only("branch-first-reply", seoul(2026, 7, 6))
        assert (row["status"], row["decided_at"], row["decided_on"]) == (
            "breached",
            utc(seoul(2026, 7, 5, 10)),
            date(2026, 7, 5),
        )
        assert row["measured_value"] is None

    def test_an_answer_on_wednesday_changes_no_closed_week(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        before = case.only("branch-first-reply", seoul(2026, 7, 6))
        week_before = case.result("branch-first-reply", "week", date(2026, 6, 29), seoul(2026, 7, 6))
        case.event(ticket, "public_reply", seoul(2026, 7, 8, 11))
        after = case.only("branch-first-reply", seoul(2026, 7, 13))
        assert {**after, "fulfilled_at": None, "fulfilled_by": None, "measured_value": None} == before
        week_after = case.result("branch-first-reply", "week", date(2026, 6, 29), seoul(2026, 7, 13))
        assert week_after == week_before
        assert week_before["breached"] == 1


class TestALimitInHoursEndsAtItsLastInstantALimitInDaysWithItsLastDay:
    def test_48_hours_to_the_second(self, case: Case) -> None:
        at_the_end = case.ticket(seoul(2026, 6, 1, 10))
        case.event(at_the_end, "public_reply", seoul(2026, 6, 3, 10))
        a_second_late = case.ticket(seoul(2026, 6, 1, 10))
        case.event(a_second_late, "public_reply", seoul(2026, 6, 3, 10, 0, 1))
        rows = case.judged("branch-first-reply", seoul(2026, 6, 4))
        assert rows[f"first-reply/{at_the_end['ticket_id']}"]["status"] == "met"
        assert rows[f"first-reply/{a_second_late['ticket_id']}"]["status"] == "breached"

    def test_a_month_from_31_january_ends_with_28_february(self, case: Case) -> None:
        kept = case.add(
            "firms", programme="champ", selected_on=date(2026, 1, 31), roadmap_confirmed_on=date(2026, 2, 28)
        )
        late = case.add(
            "firms", programme="champ", selected_on=date(2026, 1, 31), roadmap_confirmed_on=date(2026, 3, 1)
        )
        rows = case.judged("champ-roadmap", seoul(2026, 3, 2))
        row = rows[f"roadmap/{kept['firm_id']}"]
        assert (row["status"], row["due_at"]) == ("met", utc(seoul(2026, 3, 1)))
        assert (row["measured_value"], row["limit_value"]) == (28, 28)
        assert rows[f"roadmap/{late['firm_id']}"]["status"] == "breached"
        assert rows[f"roadmap/{late['firm_id']}"]["decided_on"] == date(2026, 2, 28)


class TestADueTimeAtMidnightBelongsToTheDayThatEndsWithIt:
    def test_a_level_of_sunday_counts_on_sunday(self, case: Case) -> None:
        for number in range(10):
            case.add("tenancies", firm=f"firm {number}", reviewed_on=date(2026, 1, 2), from_on=date(2026, 1, 5))
        sunday = date(2026, 7, 5)
        rows = case.judged("invest-incubation", seoul(2026, 7, 6), covered={("tenancies", sunday): True})
        row = rows["tenants/2026-07-05"]
        assert (row["status"], row["decided_at"], row["decided_on"]) == ("met", utc(seoul(2026, 7, 6)), sunday)


class TestMonthsKeepTheDayOrTakeTheMonthsLastDay:
    def test_a_leap_year_has_29_february(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=date(2024, 1, 31), decided_on=date(2024, 2, 29))
        row = case.judged("clocks-of-requests", seoul(2024, 4, 1))["month/disclosure_requests-00001"]
        assert (row["status"], row["due_at"]) == ("met", utc(seoul(2024, 3, 1)))

    @pytest.mark.parametrize(
        ("announced", "status"), [(date(2026, 2, 28), "met"), (date(2026, 3, 1), "breached"), (None, "breached")]
    )
    def test_a_change_on_31_march_is_announced_by_28_february(
        self, case: Case, announced: date | None, status: str
    ) -> None:
        case.add(
            "programme_changes",
            programme="branch",
            decided_on=date(2026, 2, 2),
            effective_on=date(2026, 3, 31),
            website_notice_on=announced,
            email_notice_on=announced,
        )
        rows = case.judged("branch-change-notice", seoul(2026, 4, 1))
        assert [row["status"] for row in rows.values()] == [status, status], "one for each channel"
        assert {row["limit_value"] for row in rows.values()} == {31}


class TestCivilPetitions:
    """A request received on Friday 13 February 2026, before Seollal (16 to 18 February)."""

    received = date(2026, 2, 13)

    @pytest.mark.parametrize(
        ("decided", "measured", "status"),
        [
            (date(2026, 2, 13), 1, "met"),
            (date(2026, 2, 19), 2, "met"),
            (date(2026, 2, 27), 8, "met"),
            (date(2026, 3, 3), 9, "met"),
            (date(2026, 3, 4), 10, "met"),
            (date(2026, 3, 5), 11, "breached"),
        ],
    )
    def test_ten_days_with_the_first_one_counted(self, case: Case, decided: date, measured: int, status: str) -> None:
        """16–18 February, 2 March (substitute of Independence Movement Day) and weekends do not count."""
        case.add("disclosure_requests", received_on=self.received, decided_on=decided)
        row = case.only("info-disclosure", seoul(2026, 4, 1))
        assert (row["measured_value"], row["status"], row["due_at"]) == (measured, status, utc(seoul(2026, 3, 5)))

    @pytest.mark.parametrize(
        ("extended", "reason", "basis"),
        [
            (date(2026, 2, 13), "third party heard", "extended"),
            (date(2026, 3, 4), "third party heard", "extended"),
            (date(2026, 3, 5), "third party heard", "limit"),
            (date(2026, 2, 12), "third party heard", "limit"),
            (date(2026, 2, 20), None, "limit"),
            (None, "third party heard", "limit"),
        ],
        ids=["first day", "last day", "a day late", "before it came", "no reason", "not notified"],
    )
    def test_one_extension_inside_the_first_limit_and_with_a_reason(
        self, case: Case, extended: date | None, reason: str | None, basis: str
    ) -> None:
        case.add("disclosure_requests", received_on=self.received, extended_on=extended, extension_reason=reason)
        row = case.only("info-disclosure", seoul(2026, 4, 1))
        assert row["due_basis"] == basis
        assert row["original_due_at"] == utc(seoul(2026, 3, 5))
        extended_to = seoul(2026, 3, 19)  # the midnight after day 20, Wednesday 18 March
        assert row["due_at"] == utc(extended_to if basis == "extended" else seoul(2026, 3, 5))
        assert row["limit_value"] == (20 if basis == "extended" else 10)

    def test_received_on_a_day_off_counts_from_the_next_working_day(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=date(2026, 2, 14))  # a Saturday before Seollal
        assert case.only("info-disclosure", seoul(2026, 4, 1))["due_at"] == utc(seoul(2026, 3, 6))

    def test_up_to_five_days_run_in_working_hours(self, case: Case) -> None:
        case.add("visits", arrived_at=seoul(2026, 2, 13, 17))  # one hour is left of Friday
        row = case.judged("clocks-of-visits", seoul(2026, 4, 1))["petition-5-days/visits-00001"]
        assert row["due_at"] == utc(seoul(2026, 2, 25, 17))
        assert (row["limit_value"], row["unit"]) == (5, "days")

    def test_immediately_is_three_working_hours(self, case: Case) -> None:
        case.add("visits", arrived_at=seoul(2026, 2, 13, 17))
        row = case.judged("clocks-of-visits", seoul(2026, 4, 1))["petition-3-hours/visits-00001"]
        assert row["due_at"] == utc(seoul(2026, 2, 19, 11))

    @pytest.mark.parametrize(
        ("received", "last_day"),
        [
            (date(2026, 1, 15), date(2026, 2, 19)),  # 14 February is a Saturday, then Seollal
            (date(2026, 1, 31), date(2026, 3, 3)),  # February has no 31st: Saturday the 28th, then a substitute holiday
            (date(2026, 3, 10), date(2026, 4, 9)),
        ],
    )
    def test_months_end_on_the_eve_and_roll_off_a_day_off(self, case: Case, received: date, last_day: date) -> None:
        case.add("disclosure_requests", received_on=received)
        row = case.judged("clocks-of-requests", seoul(2026, 6, 1))["petition-month/disclosure_requests-00001"]
        assert row["due_at"] == utc(seoul(last_day.year, last_day.month, last_day.day) + DAY)

    def test_a_closure_of_the_agency_does_not_stop_the_law(self, case: Case) -> None:
        """The agency was closed on Friday 19 June 2026; business hours stand still on that day, a petition does not."""
        case.add("visits", arrived_at=seoul(2026, 6, 18, 17))
        rows = case.judged("clocks-of-visits", seoul(2026, 8, 1))
        assert rows["petition-3-hours/visits-00001"]["due_at"] == utc(seoul(2026, 6, 19, 11))
        assert rows["business-4-hours/visits-00001"]["due_at"] == utc(seoul(2026, 6, 22, 12))


class TestTheThirdRing:
    @pytest.mark.parametrize(("seconds", "status"), [(0, "met"), (8.9, "met"), (9.0, "breached"), (12, "breached")])
    def test_answered_before_nine_seconds(self, case: Case, seconds: float, status: str) -> None:
        case.call(seoul(2026, 7, 1, 10), seconds, "answered")
        row = case.only("phone-answer", seoul(2026, 7, 2))
        assert (row["status"], row["measured_value"], row["limit_value"]) == (status, seconds, 9)


class TestCallersWhoHangUp:
    def test_before_the_third_ring_is_excluded_and_counted_in_view(self, case: Case) -> None:
        case.call(seoul(2026, 7, 1, 10), 5, "abandoned")
        row = case.only("phone-answer", seoul(2026, 7, 2))
        assert (row["status"], row["exclusion_rule"], row["decided_on"]) == (
            "excluded",
            "abandoned-within-limit",
            date(2026, 7, 1),
        )

    @pytest.mark.parametrize("seconds", [9, 12])
    def test_after_it_is_breached(self, case: Case, seconds: float) -> None:
        case.call(seoul(2026, 7, 1, 10), seconds, "abandoned")
        row = case.only("phone-answer", seoul(2026, 7, 2))
        assert (row["status"], row["exclusion_rule"]) == ("breached", None)

    @pytest.mark.parametrize(("outcome", "waited"), [("abandoned", 14), ("answered", None)])
    def test_how_long_they_waited_before_giving_up_is_on_record(
        self, case: Case, outcome: str, waited: float | None
    ) -> None:
        case.call(seoul(2026, 7, 1, 10), 14, outcome)
        assert case.only("phone-answer", seoul(2026, 7, 2))["waited_seconds"] == waited

    def test_the_strict_figure_counts_both_as_breached(self, case: Case) -> None:
        for seconds in (5, 12):
            case.call(seoul(2026, 7, 1, 10), seconds, "abandoned")
        day = case.result("phone-answer", "day", date(2026, 7, 1), seoul(2026, 7, 2))
        assert (day["breached"], day["excluded"], day["breached_strict"]) == (1, 1, 2)


class TestAnInterimNotice:
    received = seoul(2026, 7, 6, 9)  # a Monday
    friday = seoul(2026, 7, 10, 18)

    def test_it_meets_one_promise_and_opens_another(self, case: Case) -> None:
        ticket = case.ticket(self.received, programme="none")
        case.event(ticket, "interim_notice", self.received + timedelta(hours=20), promised_at=self.friday)
        rows = case.judged("online-voc-reply", seoul(2026, 7, 9))
        reply = rows[f"reply-or-notice/{ticket['ticket_id']}"]
        assert (reply["status"], reply["measured_value"]) == ("met", 20)
        promised = rows[f"promised-answer/{ticket['ticket_id']}"]
        assert (promised["status"], promised["due_basis"], promised["due_at"]) == (
            "pending",
            "promised",
            utc(self.friday),
        )

    @pytest.mark.parametrize(("late", "status"), [(timedelta(), "met"), (timedelta(seconds=1), "breached")])
    def test_the_promise_is_kept_until_its_last_instant(self, case: Case, late: timedelta, status: str) -> None:
        ticket = case.ticket(self.received, programme="none")
        case.event(ticket, "interim_notice", self.received + timedelta(hours=20), promised_at=self.friday)
        case.event(ticket, "public_reply", self.friday + late)
        assert case.of("online-voc-reply", "promised-answer", seoul(2026, 7, 13))["status"] == status

    def test_it_is_no_first_reply_for_the_programmes(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        case.event(ticket, "interim_notice", self.received + timedelta(hours=20), promised_at=self.friday)
        assert case.only("branch-first-reply", seoul(2026, 7, 13))["status"] == "breached"

    def test_after_the_first_reply_it_changes_nothing(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        case.event(ticket, "public_reply", self.received + timedelta(hours=1))
        case.event(ticket, "interim_notice", self.received + timedelta(hours=2), promised_at=self.friday)
        rows = case.judged("online-voc-reply", seoul(2026, 7, 13))
        assert list(rows) == [f"reply-or-notice/{ticket['ticket_id']}"]
        assert rows[f"reply-or-notice/{ticket['ticket_id']}"]["measured_value"] == 1

    @pytest.mark.parametrize("promised", [None, -DAY, timedelta()], ids=["no date", "a date past", "that very instant"])
    def test_one_that_promises_no_date_after_itself_is_none(self, case: Case, promised: timedelta | None) -> None:
        ticket = case.ticket(self.received, programme="none")
        noticed = self.received + timedelta(hours=5)
        case.event(ticket, "interim_notice", noticed, promised_at=None if promised is None else noticed + promised)
        (row,) = case.judged("online-voc-reply", seoul(2026, 7, 13)).values()
        assert (row["part"], row["status"], row["fulfilled_by"]) == ("reply-or-notice", "breached", None)
        assert row["decided_at"] == utc(self.received + timedelta(hours=48))

    @pytest.mark.parametrize(("hours", "status"), [(30, "met"), (49, "breached")])
    def test_the_first_that_promises_a_date_counts(self, case: Case, hours: int, status: str) -> None:
        """Sent again, now with a date: in time if that was within the 48 hours, and the promise is its own."""
        ticket = case.ticket(self.received, programme="none")
        noticed = self.received + timedelta(hours=hours)
        case.event(ticket, "interim_notice", self.received + timedelta(hours=5))
        case.event(ticket, "interim_notice", noticed, promised_at=self.friday)
        case.event(ticket, "interim_notice", noticed + DAY, promised_at=self.friday + DAY)
        rows = case.judged("online-voc-reply", seoul(2026, 7, 13))
        reply = rows[f"reply-or-notice/{ticket['ticket_id']}"]
        assert (reply["status"], reply["fulfilled_by"]) == (status, "interim_notice_at")
        promised = rows[f"promised-answer/{ticket['ticket_id']}"]
        assert (promised["opened_at"], promised["due_at"]) == (utc(noticed), utc(self.friday))

    def test_an_answer_counts_beside_one_without_a_date(self, case: Case) -> None:
        ticket = case.ticket(self.received, programme="none")
        case.event(ticket, "interim_notice", self.received + timedelta(hours=5))
        case.event(ticket, "public_reply", self.received + timedelta(hours=47))
        row = case.only("online-voc-reply", seoul(2026, 7, 13))
        assert (row["status"], row["fulfilled_by"], row["measured_value"]) == ("met", "first_reply_at", 47)


class TestAMarkThatIsTakenBack:
    """Received on Wednesday 1 July, 10:00, and marked an hour later: what counts is what stands when it is judged."""

    received = seoul(2026, 7, 1, 10)
    marked = seoul(2026, 7, 1, 11)
    taken_back = seoul(2026, 7, 2, 9)
    due = seoul(2026, 7, 3, 10)

    def marked_ticket(self, case: Case, mark: str) -> Row:
        ticket = case.ticket(self.received)
        case.event(ticket, f"marked_{mark}", self.marked)
        return ticket

    @pytest.mark.parametrize("mark", ["spam", "duplicate"])
    @pytest.mark.parametrize("kind", ["unmarked", "reopened"])
    def test_is_judged_as_if_it_had_never_been_marked(self, case: Case, mark: str, kind: str) -> None:
        ticket = self.marked_ticket(case, mark)
        case.event(ticket, kind if kind == "reopened" else f"unmarked_{mark}", self.taken_back)
        case.event(ticket, "public_reply", seoul(2026, 7, 4, 9))
        row = case.only("branch-first-reply", seoul(2026, 7, 5))
        assert (row["status"], row["exclusion_rule"], row["measured_value"]) == ("breached", None, 71)
        assert (row["decided_at"], row["due_at"]) == (utc(self.due), utc(self.due))

    @pytest.mark.parametrize("mark", ["spam", "duplicate"])
    def test_stands_until_then(self, case: Case, mark: str) -> None:
        ticket = self.marked_ticket(case, mark)
        case.event(ticket, "reopened", self.taken_back)
        before = case.only("branch-first-reply", self.taken_back - timedelta(seconds=1))
        assert (before["status"], before["exclusion_rule"], before["decided_at"]) == (
            "excluded",
            mark,
            utc(self.marked),
        )
        assert case.only("branch-first-reply", self.taken_back)["status"] == "pending"

    def test_and_set_again_counts_from_the_second_time(self, case: Case) -> None:
        ticket = self.marked_ticket(case, "spam")
        case.event(ticket, "unmarked_spam", self.taken_back)
        again = self.taken_back + timedelta(hours=2)
        case.event(ticket, "marked_spam", again)
        case.event(ticket, "marked_spam", again + timedelta(hours=2))
        row = case.only("branch-first-reply", seoul(2026, 7, 5))
        assert (row["status"], row["exclusion_rule"], row["decided_at"]) == ("excluded", "spam", utc(again))

    def test_leaves_another_mark_as_it_is(self, case: Case) -> None:
        ticket = self.marked_ticket(case, "spam")
        case.event(ticket, "marked_duplicate", self.marked + timedelta(hours=1))
        case.event(ticket, "unmarked_spam", self.taken_back)
        row = case.only("branch-first-reply", seoul(2026, 7, 5))
        assert (row["status"], row["exclusion_rule"]) == ("excluded", "duplicate")

    def test_at_the_same_instant_does_not_stand(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        case.event(ticket, "reopened", self.marked)
        case.event(ticket, "marked_spam", self.marked)
        assert case.only("branch-first-reply", seoul(2026, 7, 5))["status"] == "breached"

    def test_what_takes_back_a_mark_never_set_does_nothing(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        case.event(ticket, "unmarked_spam", self.received + timedelta(minutes=5))
        case.event(ticket, "marked_spam", self.marked)
        assert case.only("branch-first-reply", seoul(2026, 7, 5))["status"] == "excluded"


class TestRequestsOutsideAProjectsAfterSupport:
    received = seoul(2026, 7, 6, 9)

    @pytest.mark.parametrize(
        ("ended_on", "applies"),
        [
            (date(2026, 7, 7), False),
            (date(2026, 7, 6), True),
            (date(2025, 7, 6), True),
            (date(2025, 7, 5), False),
            (None, False),
        ],
        ids=["a day before the end", "on the last day", "a year after", "a year and a day after", "no project"],
    )
    def test_from_the_projects_end_for_a_year(self, case: Case, ended_on: date | None, applies: bool) -> None:
        case.ticket(self.received, programme="none", kind="aftercare", project_ended_on=ended_on)
        assert len(case.judged("online-aftercare", seoul(2026, 7, 20))) == int(applies)


class TestWhoeverOwnedTheSubjectWhenItFellDueAnswersForIt:
    due = seoul(2026, 7, 5, 10)

    @pytest.mark.parametrize(
        ("transferred", "owner"),
        [
            (due - timedelta(hours=1), "champ-team"),
            (due, "champ-team"),
            (due + timedelta(hours=1), "branch-team"),
        ],
        ids=["an hour before", "at the due time", "an hour after"],
    )
    def test_transferred_around_the_due_time(self, case: Case, transferred: datetime, owner: str) -> None:
        ticket = case.ticket(self.due - timedelta(hours=48))
        case.event(ticket, "transferred", transferred, department_id="champ-team")
        assert case.only("branch-first-reply", seoul(2026, 7, 6))["department_id"] == owner

    def test_while_it_is_pending_it_is_whoevers_it_is_now(self, case: Case) -> None:
        ticket = case.ticket(self.due - timedelta(hours=48))
        case.event(ticket, "transferred", self.due - timedelta(hours=20), department_id="champ-team")
        case.event(ticket, "transferred", self.due - timedelta(hours=1), department_id="voc-team")
        now = self.due - timedelta(hours=10)
        assert case.only("branch-first-reply", now)["department_id"] == "champ-team"
        assert case.only("branch-first-reply", self.due)["department_id"] == "voc-team"


class TestTwoRequirementsOfADayAreTwoCommitments:
    def test_fields_without_an_ombudsman(self, case: Case) -> None:
        for field in ("finance", "accounting", "labour", "tax"):
            case.add("home_doctors", role="home_doctor", field=field, person=field, from_on=date(2026, 1, 5))
        case.add("home_doctors", role="ombudsman", person="p", from_on=date(2026, 1, 5), to_on=date(2026, 7, 2))
        friday = date(2026, 7, 3)
        rows = case.judged("invest-home-doctor", seoul(2026, 7, 4), covered={("home_doctors", friday): True})
        assert {name: (row["status"], row["measured_value"], row["limit_value"]) for name, row in rows.items()} == {
            "fields/2026-07-03": ("met", 4, 4),
            "ombudsman/2026-07-03": ("breached", 0, 1),
        }


class TestAVisitIsJudgedWhenItIsConcluded:
    def test_an_appointment_two_days_later_is_not_breached_in_between(self, case: Case) -> None:
        arrived = seoul(2026, 7, 1, 10)
        case.add("visits", arrived_at=arrived, concluded_at=arrived + 2 * DAY, appointment_kept=True)
        assert case.judged("visit-priority", seoul(2026, 7, 2)) == {}
        row = case.only("visit-priority", seoul(2026, 7, 4))
        assert (row["status"], row["opened_on"], row["decided_on"]) == ("met", date(2026, 7, 3), date(2026, 7, 3))

    @pytest.mark.parametrize(("minutes", "status"), [(10, "met"), (11, "breached")])
    def test_served_within_ten_minutes(self, case: Case, minutes: int, status: str) -> None:
        arrived = seoul(2026, 7, 1, 10)
        case.add(
            "visits",
            arrived_at=arrived,
            served_at=arrived + timedelta(minutes=minutes),
            concluded_at=arrived + timedelta(hours=1),
        )
        assert case.only("visit-priority", seoul(2026, 7, 2))["status"] == status

    @pytest.mark.parametrize(
        ("minutes", "missing", "waited"),
        [(10, None, None), (23, "served_at|appointment_kept", 23 * 60), (None, "served_at|appointment_kept", None)],
        ids=["in time", "after 23 minutes", "never"],
    )
    def test_what_is_missing_and_how_long_the_visitor_waited_is_on_record(
        self, case: Case, minutes: int | None, missing: str | None, waited: float | None
    ) -> None:
        arrived = seoul(2026, 7, 1, 10)
        served = None if minutes is None else arrived + timedelta(minutes=minutes)
        case.add("visits", arrived_at=arrived, served_at=served, concluded_at=arrived + timedelta(hours=1))
        row = case.only("visit-priority", seoul(2026, 7, 2))
        assert (row["missing_evidence"], row["waited_seconds"]) == (missing, waited)

    def test_each_missing_piece_is_named_in_the_rules_order(self, case: Case) -> None:
        reviewed = {"reviewed_at": seoul(2026, 7, 1, 10), "greeting_given": False, "department_given": True}
        case.add("call_reviews", **reviewed, name_given=False)
        row = case.only("phone-greeting", seoul(2026, 7, 2))
        assert (row["status"], row["missing_evidence"]) == ("breached", "greeting_given,name_given")

    def test_urgent_business_is_an_exclusion_with_a_reason(self, case: Case) -> None:
        arrived = seoul(2026, 7, 1, 10)
        case.add("visits", arrived_at=arrived, concluded_at=arrived + timedelta(hours=1), urgent_reason="delegation")
        row = case.only("visit-priority", seoul(2026, 7, 2))
        assert (row["status"], row["exclusion_rule"]) == ("excluded", "urgent-business")


class TestEvidenceHasAWindow:
    arrived = seoul(2026, 7, 1, 10)

    @pytest.mark.parametrize(
        ("served", "status"),
        [
            (timedelta(minutes=-5), "breached"),
            (timedelta(seconds=-1), "breached"),
            (timedelta(), "met"),
            (timedelta(minutes=10), "met"),
            (timedelta(minutes=10, seconds=1), "breached"),
        ],
        ids=["before arriving", "a second before", "on arriving", "after ten minutes", "a second more"],
    )
    def test_a_visitor_is_served_from_arrival_to_ten_minutes_after(
        self, case: Case, served: timedelta, status: str
    ) -> None:
        case.add(
            "visits",
            arrived_at=self.arrived,
            served_at=self.arrived + served,
            concluded_at=self.arrived + timedelta(hours=1),
        )
        assert case.only("visit-priority", seoul(2026, 7, 2))["status"] == status

    @pytest.mark.parametrize(
        ("paid_on", "after", "within"),
        [
            (date(2026, 6, 30), "breached", "breached"),
            (date(2026, 7, 1), "met", "met"),
            (date(2026, 7, 2), "met", "met"),
            (date(2026, 7, 3), "met", "breached"),
        ],
        ids=["the day before", "the same day", "a day after", "two days after"],
    )
    def test_dates_are_whole_days_and_the_same_day_counts(
        self, case: Case, paid_on: date, after: str, within: str
    ) -> None:
        """Harm confirmed on 1 July; paid after it, or within a day of it."""
        complaint = case.add(
            "complaints", received_at=self.arrived - 5 * DAY, harm_confirmed_on=date(2026, 7, 1), paid_on=paid_on
        )
        rows = case.judged("windows-of-complaints", seoul(2026, 7, 20))
        assert rows[f"paid-after/{complaint['complaint_id']}"]["status"] == after
        assert rows[f"paid-within/{complaint['complaint_id']}"]["status"] == within

    def test_without_what_it_comes_after_it_is_not_on_record(self, case: Case) -> None:
        complaint = case.add("complaints", received_at=self.arrived, paid_on=date(2026, 7, 2))
        rows = case.judged("windows-of-complaints", seoul(2026, 7, 20))
        assert rows[f"paid-after/{complaint['complaint_id']}"]["measured_value"] == 0


class TestWhatIsNotAReply:
    received = seoul(2026, 7, 1, 10)

    def test_an_internal_note(self, case: Case) -> None:
        case.event(case.ticket(self.received), "internal_note", self.received + timedelta(hours=1))
        assert case.only("branch-first-reply", seoul(2026, 7, 4))["status"] == "breached"

    def test_reopening_keeps_the_first_clock(self, case: Case) -> None:
        ticket = case.ticket(self.received)
        case.event(ticket, "public_reply", self.received + timedelta(hours=1))
        before = case.only("branch-first-reply", seoul(2026, 7, 4))
        case.event(ticket, "reopened", self.received + 10 * DAY)
        case.event(ticket, "public_reply", self.received + 20 * DAY)
        assert case.only("branch-first-reply", seoul(2026, 8, 1)) == before


class TestAWeekWithADayOfSilenceIsNotKept:
    monday = date(2026, 6, 29)
    sunday_night = seoul(2026, 7, 6)

    def covered(self, *missing: date) -> dict[tuple[str, date], bool]:
        days = [self.monday + DAY * number for number in range(7)]
        return {("calls", day): day not in missing for day in days}

    def judge(self, case: Case, *missing: date) -> Judged:
        return case.result("phone-answer", "week", self.monday, self.sunday_night, covered=self.covered(*missing))

    def test_every_day_heard(self, case: Case) -> None:
        case.call(seoul(2026, 6, 30, 10), 3, "answered")
        week = self.judge(case)
        assert (week["result"], week["reason"], week["days_without_data"]) == ("kept", None, 0)

    def test_the_file_of_thursday_is_missing(self, case: Case) -> None:
        case.call(seoul(2026, 6, 30, 10), 3, "answered")
        week = self.judge(case, date(2026, 7, 2))
        assert (week["result"], week["reason"]) == ("no_data", "calls-source:2026-07-02")

    def test_the_other_days_already_broke_it(self, case: Case) -> None:
        case.call(seoul(2026, 6, 30, 10), 20, "answered")
        assert self.judge(case, date(2026, 7, 2))["result"] == "broken"

    def test_nothing_heard_and_nothing_due_is_not_kept(self, case: Case) -> None:
        assert self.judge(case, date(2026, 7, 2))["result"] == "no_data"
        assert self.judge(case)["result"] == "nothing_due"

    def test_clocks_stand_still_at_what_was_last_heard(self, case: Case) -> None:
        case.ticket(seoul(2026, 7, 1, 10))
        due = seoul(2026, 7, 3, 10)
        silent = case.only("branch-first-reply", self.sunday_night, heard_until=due - timedelta(seconds=1))
        assert (silent["status"], silent["decided_at"]) == ("pending", None)
        assert case.only("branch-first-reply", self.sunday_night, heard_until=due)["status"] == "breached"


class TestRulesAreEffectiveDated:
    """Two versions of one rule side by side: each commitment is judged by the one in force when it opened."""

    def test_the_last_day_of_one_and_the_first_of_the_next(self, case: Case) -> None:
        old = case.add("disclosure_requests", received_on=date(2026, 6, 30))
        new = case.add("disclosure_requests", received_on=date(2026, 7, 1))
        rows = case.judged("requests-by-version", seoul(2026, 9, 1))
        before, after = (rows[f"decision/{row['request_id']}"] for row in (old, new))
        assert (before["rule_version"], before["due_at"]) == (1, utc(seoul(2026, 7, 8)))  # 7 days
        assert (after["rule_version"], after["due_at"]) == (2, utc(seoul(2026, 7, 15)))  # 10 working days

    def test_a_call_that_rang_through_the_change(self, case: Case) -> None:
        midnight = seoul(2026, 7, 1)
        old = case.call(midnight - timedelta(seconds=1), 12, "answered")
        new = case.call(midnight, 12, "answered")
        rows = case.judged("rings-of-calls", seoul(2026, 7, 2))
        assert [rows[f"call/{row['call_id']}"]["status"] for row in (old, new)] == ["breached", "met"]


class TestAStandardThatIsWithdrawnOrHasAGap:
    """Version 1 ends on 30 June; of one standard nothing follows, of another version 2 on 1 August."""

    STANDARDS = pytest.mark.parametrize("standard", ["requests-withdrawn", "requests-with-a-gap"])
    MONDAY = date(2026, 6, 29)

    @STANDARDS
    def test_an_open_case_is_decided_by_the_rule_it_opened_under(self, case: Case, standard: str) -> None:
        case.add("disclosure_requests", received_on=date(2026, 6, 30))

        assert case.only(standard, seoul(2026, 7, 7))["status"] == "pending"
        assert case.only(standard, seoul(2026, 7, 8))["status"] == "breached"

    @STANDARDS
    def test_what_opens_after_the_end_is_promised_nothing(self, case: Case, standard: str) -> None:
        case.add("disclosure_requests", received_on=date(2026, 7, 1))

        assert case.judged(standard, seoul(2026, 7, 31)) == {}

    @STANDARDS
    def test_a_week_after_the_end_shows_what_is_open_and_what_was_decided(self, case: Case, standard: str) -> None:
        case.add("disclosure_requests", received_on=date(2026, 6, 30))

        open_case = case.result(standard, "day", date(2026, 7, 6), seoul(2026, 7, 7))
        decided = case.result(standard, "week", date(2026, 7, 6), seoul(2026, 7, 13))

        assert (open_case["pending"], open_case["result"]) == (1, "nothing_due")
        assert (decided["breached"], decided["result"]) == (1, "broken")

    @STANDARDS
    def test_the_agency_is_the_sum_of_its_departments_in_every_week(self, case: Case, standard: str) -> None:
        """A night stopped for good when only open cases were left: the agency had no row for them."""
        for day in (28, 29, 30):
            case.add("disclosure_requests", received_on=date(2026, 6, day))

        for as_of in (seoul(2026, 7, 2), seoul(2026, 7, 7), seoul(2026, 7, 13), seoul(2026, 7, 20)):
            case.judged(standard, as_of, also=("compliance_daily", "standard_results"))
            results = [row for row in case.table("standard_results") if row["standard_id"] == standard]
            for figure in ("met", "breached", "pending", "excluded"):
                whole = sum(row[figure] for row in results if row["department_id"] is None)
                assert whole == sum(row[figure] for row in results if row["department_id"] is not None)

    def test_the_next_version_begins_with_its_own_first_day(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=date(2026, 8, 1))

        (request,) = case.judged("requests-with-a-gap", seoul(2026, 8, 5)).values()
        assert (request["rule_version"], request["status"]) == (2, "breached")


class TestBusinessHoursRunByTheOfficeThatOwnedTheSubjectWhenItOpened:
    """Received on Friday 27 March 2026, 16:00 in Frankfurt, which is midnight in Seoul. Clocks go forward on Sunday."""

    RECEIVED = datetime(2026, 3, 27, 15, tzinfo=UTC)
    BY_FRANKFURT = datetime(2026, 3, 30, 9)
    BY_SEOUL = datetime(2026, 3, 30, 5)

    @pytest.mark.parametrize(
        ("after", "due"),
        [
            (timedelta(), BY_FRANKFURT),
            (timedelta(seconds=1), BY_SEOUL),
            (timedelta(days=-1), BY_SEOUL),
        ],
        ids=["in the same second", "a second later", "dated before the receipt"],
    )
    def test_handed_on_to_frankfurt(self, case: Case, after: timedelta, due: datetime) -> None:
        ticket = case.ticket(self.RECEIVED)
        case.event(ticket, "transferred", self.RECEIVED + after, department_id="frankfurt")

        assert case.of("hours-of-inquiries", "reply", seoul(2026, 4, 6))["due_at"] == due

    def test_of_several_in_one_second_the_last_has_happened(self, case: Case) -> None:
        ticket = case.ticket(self.RECEIVED)
        case.event(ticket, "transferred", self.RECEIVED, department_id="voc-team")
        case.event(ticket, "transferred", self.RECEIVED, department_id="frankfurt")

        assert case.of("hours-of-inquiries", "reply", seoul(2026, 4, 6))["due_at"] == self.BY_FRANKFURT

    def test_a_part_that_opens_later_runs_by_whoever_owned_it_then(self, case: Case) -> None:
        """Received in Seoul on the 20th, handed on to Frankfurt on the 25th, opened again on the 27th."""
        ticket = case.ticket(self.RECEIVED - 7 * DAY)
        case.event(ticket, "public_reply", self.RECEIVED - 6 * DAY)
        case.event(ticket, "transferred", self.RECEIVED - 2 * DAY, department_id="frankfurt")
        case.event(ticket, "reopened", self.RECEIVED)

        assert case.of("hours-of-inquiries", "reopened", seoul(2026, 4, 6))["due_at"] == self.BY_FRANKFURT

    def test_the_law_counts_the_same_everywhere(self, case: Case) -> None:
        ticket = case.ticket(self.RECEIVED)
        case.event(ticket, "transferred", self.RECEIVED, department_id="frankfurt")
        at_home = case.ticket(self.RECEIVED)

        judged = case.judged("hours-of-inquiries", seoul(2026, 4, 30))
        abroad, home = (judged[f"petition/{each['ticket_id']}"] for each in (ticket, at_home))
        assert abroad["due_at"] == home["due_at"]


class TestAMonthOfBusinessHours:
    @pytest.mark.parametrize(
        ("received", "last_day"),
        [
            (date(2026, 6, 15), date(2026, 7, 15)),
            (date(2026, 6, 17), date(2026, 7, 20)),
            (date(2026, 5, 31), date(2026, 6, 30)),
        ],
        ids=["the same day", "a holiday and a weekend", "a month without a 31st"],
    )
    def test_it_ends_with_the_same_day_and_rolls_off_a_day_off(
        self, case: Case, received: date, last_day: date
    ) -> None:
        case.add("disclosure_requests", received_on=received)

        request = case.of("clocks-of-requests", "business-month", seoul(2026, 7, 31))
        assert request["due_at"] == (seoul(last_day.year, last_day.month, last_day.day) + DAY).replace(tzinfo=None)


class TestALimitBecomesADueTimeInOneWay:
    def test_a_month_from_an_instant_ends_at_the_same_time_of_day_for_evidence_too(self, case: Case) -> None:
        case.add("complaints", received_at=seoul(2026, 1, 31, 10))

        complaint = case.of("records-of-complaints", "month", seoul(2026, 4, 1))
        assert complaint["due_at"] == seoul(2026, 2, 28, 10).replace(tzinfo=None)


class TestAFactDatedAheadHasNotComeToPass:
    """A register names Monday 6 July already. The night after Sunday does not count it, the night after Monday does."""

    MONDAY = date(2026, 7, 6)
    SUNDAY_NIGHT = seoul(2026, 7, 6)
    MONDAY_NIGHT = seoul(2026, 7, 7)

    def test_an_answer(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=date(2026, 7, 1), decided_on=self.MONDAY)

        assert case.only("info-disclosure", self.SUNDAY_NIGHT)["status"] == "pending"
        assert case.only("info-disclosure", self.MONDAY_NIGHT)["status"] == "met"

    def test_an_opening(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=self.MONDAY)

        assert case.judged("info-disclosure", self.SUNDAY_NIGHT) == {}
        assert case.only("info-disclosure", self.MONDAY_NIGHT)["status"] == "pending"

    def test_an_extension(self, case: Case) -> None:
        case.add(
            "disclosure_requests", received_on=date(2026, 7, 1), extended_on=self.MONDAY, extension_reason="a reason"
        )

        assert case.only("info-disclosure", self.SUNDAY_NIGHT)["due_basis"] == "limit"
        assert case.only("info-disclosure", self.MONDAY_NIGHT)["due_basis"] == "extended"

    def test_an_exclusion(self, case: Case) -> None:
        case.add("disclosure_requests", received_on=date(2026, 7, 1), withdrawn_on=self.MONDAY)

        assert case.only("info-disclosure", self.SUNDAY_NIGHT)["status"] == "pending"
        assert case.only("info-disclosure", self.MONDAY_NIGHT)["status"] == "excluded"

    def test_evidence(self, case: Case) -> None:
        case.add("proposals", adopted_on=date(2026, 7, 1), rewarded_on=self.MONDAY)

        assert case.of("records-of-proposals", "days-30", self.SUNDAY_NIGHT)["status"] == "pending"
        assert case.of("records-of-proposals", "days-30", self.MONDAY_NIGHT)["status"] == "met"

    def test_a_promised_date_is_no_fact_and_may_lie_ahead(self, case: Case) -> None:
        ticket = case.ticket(seoul(2026, 7, 3, 10), programme="none", kind="complaint")
        case.event(ticket, "interim_notice", seoul(2026, 7, 3, 12), promised_at=seoul(2026, 7, 10, 18))

        assert case.of("online-voc-reply", "promised-answer", self.SUNDAY_NIGHT)["status"] == "pending"


class TestAFactDatedBeforeWhatItAnswersIsInTime:
    """The clocks of two systems differ. What was there before counts from the opening, in every kind."""

    def test_an_answer(self, case: Case) -> None:
        ticket = case.ticket(seoul(2026, 7, 1, 10))
        case.event(ticket, "public_reply", seoul(2026, 7, 1, 8))

        reply = case.only("branch-first-reply", seoul(2026, 7, 6))
        assert (reply["status"], reply["measured_value"]) == ("met", -2)
        assert reply["decided_at"] == reply["opened_at"]

    def test_evidence(self, case: Case) -> None:
        case.add("proposals", adopted_on=date(2026, 7, 2), rewarded_on=date(2026, 7, 1))

        reward = case.of("records-of-proposals", "days-30", seoul(2026, 7, 6))
        assert (reward["status"], reward["decided_on"]) == ("met", date(2026, 7, 2))

    def test_an_extension_is_none(self, case: Case) -> None:
        case.add(
            "disclosure_requests",
            received_on=date(2026, 7, 2),
            extended_on=date(2026, 7, 1),
            extension_reason="a reason",
        )

        assert case.only("info-disclosure", seoul(2026, 7, 6))["due_basis"] == "limit"


class TestWaivers:
    received = seoul(2026, 7, 1, 10)

    def waive(self, case: Case, **values: Any) -> None:
        case.add(
            "waivers",
            **{
                "standard_id": "branch-first-reply",
                "from_on": date(2026, 7, 1),
                "to_on": date(2026, 7, 1),
                "reason": "system outage",
                "approver": "audit-office",
                "decided_at": seoul(2026, 7, 8, 15),
                **values,
            },
        )

    def test_it_takes_out_what_opened_in_its_days_on_the_day_it_was_decided(self, case: Case) -> None:
        case.ticket(self.received)
        self.waive(case)
        before = case.only("branch-first-reply", seoul(2026, 7, 6))
        assert (before["status"], before["decided_on"]) == ("breached", date(2026, 7, 3))
        after = case.only("branch-first-reply", seoul(2026, 7, 13))
        assert (after["status"], after["exclusion_rule"], after["decided_on"]) == (
            "excluded",
            "waiver:waivers-00001",
            date(2026, 7, 8),
        )

    @pytest.mark.parametrize(
        "values",
        [
            {"from_on": date(2026, 7, 2), "to_on": date(2026, 7, 9)},
            {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)},
            {"department_id": "voc-team"},
            {"subject_id": "tickets-00002"},
            {"standard_id": "champ-first-reply"},
        ],
        ids=["later days", "earlier days", "another department", "another subject", "another standard"],
    )
    def test_it_takes_out_nothing_else(self, case: Case, values: dict[str, Any]) -> None:
        case.ticket(self.received)
        self.waive(case, **values)
        assert case.only("branch-first-reply", seoul(2026, 7, 13))["status"] == "breached"


class TestADayOffMovesDueTimesFromTheInstantItWasKnown:
    """27 January 2025 became a day off on 14 January 2025; 28 to 30 January (Seollal) had been known for long."""

    known = seoul(2025, 1, 14)

    @pytest.mark.parametrize(
        ("as_of", "due", "basis"),
        [
            (known - timedelta(seconds=1), seoul(2025, 1, 25), "limit"),
            (known, seoul(2025, 1, 25), "limit"),
            (seoul(2025, 3, 1), seoul(2025, 1, 25), "limit"),
        ],
    )
    def test_a_limit_that_ends_before_it_stays(self, case: Case, as_of: datetime, due: datetime, basis: str) -> None:
        """Received on Monday 13 January: day 10 is Friday the 24th, before the day off."""
        visit = case.add("visits", arrived_at=seoul(2025, 1, 13, 10))
        name = f"petition-10-days-extended/{visit['visit_id']}"
        row = case.judged("clocks-of-visits", as_of)[name]
        assert (row["due_at"], row["original_due_at"], row["due_basis"]) == (utc(due), utc(due), basis)

    @pytest.mark.parametrize(
        ("as_of", "due", "basis"),
        [
            (known - timedelta(seconds=1), seoul(2025, 1, 28), "limit"),
            (known, seoul(2025, 2, 1), "calendar"),
            (seoul(2025, 3, 1), seoul(2025, 2, 1), "calendar"),
        ],
        ids=["a second before it was known", "as it became known", "long after"],
    )
    def test_a_limit_that_ends_on_it_moves_when_it_is_known(
        self, case: Case, as_of: datetime, due: datetime, basis: str
    ) -> None:
        """A month from Saturday 28 December 2024 ends on Monday 27 January, or after Seollal on the 31st."""
        name = f"petition-month/{case.add('visits', arrived_at=seoul(2024, 12, 28, 10))['visit_id']}"
        row = case.judged("clocks-of-visits", as_of)[name]
        assert (row["due_at"], row["original_due_at"], row["due_basis"]) == (utc(due), utc(seoul(2025, 1, 28)), basis)

    @pytest.mark.parametrize(
        ("decided", "due", "basis"),
        [
            (known - timedelta(seconds=1), seoul(2025, 1, 28), "limit"),
            (known, seoul(2025, 1, 28), "limit"),
            (known + timedelta(seconds=1), seoul(2025, 2, 1), "calendar"),
        ],
        ids=["a second before", "at that midnight", "a second after"],
    )
    def test_what_was_answered_before_does_not_move(
        self, case: Case, decided: datetime, due: datetime, basis: str
    ) -> None:
        visit = case.add("visits", arrived_at=seoul(2024, 12, 28, 10), concluded_at=decided)
        row = case.judged("clocks-of-visits", seoul(2025, 3, 1))[f"petition-month/{visit['visit_id']}"]
        assert (row["due_at"], row["due_basis"], row["status"]) == (utc(due), basis, "met")

    @pytest.mark.parametrize(
        ("arrived", "due", "basis"),
        [
            (seoul(2025, 1, 13, 17), seoul(2025, 1, 14, 12), "limit"),
            (seoul(2025, 1, 10, 13), seoul(2025, 1, 10, 17), "limit"),
        ],
    )
    def test_working_hours_that_ran_out_or_end_before_it_stay(
        self, case: Case, arrived: datetime, due: datetime, basis: str
    ) -> None:
        visit = case.add("visits", arrived_at=arrived)
        row = case.judged("clocks-of-visits", seoul(2025, 3, 1))[f"business-4-hours/{visit['visit_id']}"]
        assert (row["due_at"], row["due_basis"]) == (utc(due), basis)

    def test_working_days_counted_across_it_move(self, case: Case) -> None:
        """20 working days (ten and an extension of ten) from Friday 10 January 2025: the twentieth was Tuesday 11
        February, and is the 12th since 27 January is off."""
        extended = case.add(
            "visits", arrived_at=seoul(2025, 1, 10, 10), served_at=seoul(2025, 1, 10, 11), urgent_reason="a reason"
        )
        name = f"petition-10-days-extended/{extended['visit_id']}"
        assert case.judged("clocks-of-visits", self.known - DAY)[name]["due_at"] == utc(seoul(2025, 2, 12))
        assert case.judged("clocks-of-visits", self.known)[name]["due_at"] == utc(seoul(2025, 2, 13))

    def test_what_opens_when_it_is_known_counts_on_the_new_calendar_from_the_start(self, case: Case) -> None:
        """Four hours from Friday 24 January, 17:00: Monday is off, then Seollal, and they end on Friday the 31st."""
        visit = case.add("visits", arrived_at=seoul(2025, 1, 24, 17))
        row = case.judged("clocks-of-visits", seoul(2025, 3, 1))[f"business-4-hours/{visit['visit_id']}"]
        assert (row["due_at"], row["due_basis"]) == (utc(seoul(2025, 1, 31, 12)), "limit")

    def test_an_extension_comes_before_the_calendar_in_what_moved_it(self, case: Case) -> None:
        """A month from 28 December and the one more that was notified in time: the 27th of February."""
        row = case.add(
            "disclosure_requests",
            received_on=date(2024, 12, 28),
            extended_on=date(2025, 1, 20),
            extension_reason="third party heard",
        )
        judged = case.judged("clocks-of-requests", seoul(2025, 6, 1))[f"petition-month-extended/{row['request_id']}"]
        assert (judged["due_basis"], judged["original_due_at"], judged["due_at"]) == (
            "extended",
            utc(seoul(2025, 1, 28)),
            utc(seoul(2025, 2, 28)),
        )

    def test_an_extension_on_the_days_gained_is_inside_the_limit(self, case: Case) -> None:
        """The limit had moved from the 27th to the 31st of January: a notice on the 31st is in time."""
        row = case.add(
            "disclosure_requests",
            received_on=date(2024, 12, 28),
            extended_on=date(2025, 1, 31),
            extension_reason="third party heard",
        )
        judged = case.judged("clocks-of-requests", seoul(2025, 6, 1))[f"petition-month-extended/{row['request_id']}"]
        assert judged["due_basis"] == "extended"

    def test_a_night_recomputed_counts_by_the_calendar_it_knew(self, warehouse: Warehouse) -> None:
        def due(known_at: datetime) -> datetime:
            visits = [Rows(warehouse.agency, "visits").add(arrived_at=seoul(2024, 12, 28, 10))]
            late = seoul(2025, 2, 28)
            built = warehouse.judge(["deadline"], {"stg_visits": visits}, Night(late, late), known_at=known_at)
            (row,) = (row for row in built if row["part"] == "petition-month")
            found: datetime = row["due_at"]
            return found

        assert due(seoul(2025, 1, 13)) == utc(seoul(2025, 1, 28))
        assert due(seoul(2025, 1, 14)) == utc(seoul(2025, 2, 1))


class TestOfficesAbroad:
    """Business hours run while the office works that owned the subject when it opened."""

    def due(self, case: Case, part: str, **visit: Any) -> datetime:
        row = case.add("visits", **visit)
        due: datetime = case.judged("clocks-of-visits", seoul(2026, 12, 1))[f"{part}/{row['visit_id']}"]["due_at"]
        return due

    def test_over_the_change_of_clocks_in_march(self, case: Case) -> None:
        """Four hours from Friday 27 March 2026, 16:00 in Frankfurt: two are left of Friday, and on Monday 30 March they
        end at 11:00, which is 09:00 UTC and no longer 10:00, because clocks were put forward on Sunday."""
        opened = there("Europe/Berlin", 2026, 3, 27, 16)
        assert self.due(case, "business-4-hours", arrived_at=opened, department_id="frankfurt") == datetime(
            2026, 3, 30, 9
        )

    def test_over_the_change_of_clocks_in_october(self, case: Case) -> None:
        opened = there("Europe/Berlin", 2026, 10, 23, 16)
        assert self.due(case, "business-4-hours", arrived_at=opened, department_id="frankfurt") == datetime(
            2026, 10, 26, 10
        )

    def test_seouls_holidays_are_not_frankfurts(self, case: Case) -> None:
        """Thursday 16 July 2026, 17:00 there; Friday is Constitution Day in Korea."""
        opened = there("Europe/Berlin", 2026, 7, 16, 17)
        abroad = self.due(case, "business-4-hours", arrived_at=opened, department_id="frankfurt")
        assert abroad == datetime(2026, 7, 17, 10)  # noon there
        at_home = self.due(case, "business-4-hours", arrived_at=opened, department_id="voc-team")
        assert at_home == utc(seoul(2026, 7, 20, 14))

    @pytest.mark.parametrize(
        ("opened", "due", "basis"),
        [
            (there("Australia/Sydney", 2026, 2, 2, 2), there("Australia/Sydney", 2026, 2, 4, 2), "limit"),
            (there("Australia/Sydney", 2026, 2, 2, 2, 0, 1), there("Australia/Sydney", 2026, 2, 4, 5), "calendar"),
        ],
        ids=["fell due as it became known", "a second later"],
    )
    def test_a_day_off_told_when_it_was_over_moves_what_is_still_open(
        self, case: Case, opened: datetime, due: datetime, basis: str
    ) -> None:
        """Sydney works from 1 to 5. On Wednesday 4 February 2026, 2:00 there, it becomes known that Monday was off."""
        visit = case.add("visits", arrived_at=opened, department_id="sydney")
        row = case.judged("clocks-of-visits", seoul(2026, 12, 1))[f"business-8-hours/{visit['visit_id']}"]
        assert (row["due_at"], row["due_basis"]) == (utc(due), basis)

    def test_the_statutory_count_is_the_same_everywhere(self, case: Case) -> None:
        opened = seoul(2026, 7, 16, 17)
        assert self.due(case, "petition-3-hours", arrived_at=opened, department_id="frankfurt") == utc(
            seoul(2026, 7, 20, 11)
        )

    def test_hours_that_span_midnight_in_utc(self, case: Case) -> None:
        """Silicon Valley works from 8:30 until 17:30, which is past midnight in UTC."""
        opened = there("America/Los_Angeles", 2026, 1, 13, 16, 30)
        assert self.due(case, "business-4-hours", arrived_at=opened, department_id="silicon-valley") == datetime(
            2026, 1, 14, 19, 30
        )


class TestDoneAfterHours:
    """Opened Monday 6 July 2026, 14:00, with 4 working hours: due at 18:00."""

    @pytest.mark.parametrize(
        ("finished", "status", "seconds"),
        [
            (seoul(2026, 7, 6, 17, 59, 59), "met", 14_399),
            (seoul(2026, 7, 6, 18), "met", 14_400),
            (seoul(2026, 7, 6, 18, 0, 1), "breached", 14_401),
            (seoul(2026, 7, 6, 20), "breached", 14_401),
            (seoul(2026, 7, 7, 9), "breached", 14_401),
            (seoul(2026, 7, 7, 9, 0, 1), "breached", 14_401),
            (seoul(2026, 7, 7, 9, 0, 2), "breached", 14_402),
        ],
    )
    def test_what_is_done_in_the_evening_counts_as_done_in_the_next_working_second(
        self, case: Case, finished: datetime, status: str, seconds: int
    ) -> None:
        case.add("visits", arrived_at=seoul(2026, 7, 6, 14), concluded_at=finished)
        row = case.judged("clocks-of-visits", seoul(2026, 8, 1))["business-4-hours/visits-00001"]
        assert (row["status"], round(row["measured_value"] * 3600)) == (status, seconds)
        assert (row["status"] == "met") == (row["measured_value"] <= row["limit_value"])

    def test_a_limit_that_ends_at_lunch_is_late_at_lunch(self, case: Case) -> None:
        case.add("visits", arrived_at=seoul(2026, 7, 6, 17), concluded_at=seoul(2026, 7, 7, 12, 30))
        row = case.judged("clocks-of-visits", seoul(2026, 8, 1))["business-4-hours/visits-00001"]
        assert (row["due_at"], row["status"]) == (utc(seoul(2026, 7, 7, 12)), "breached")


class TestTheEdgesOfALimit:
    def test_an_answer_before_the_opening_is_in_time_and_decided_at_the_opening(self, case: Case) -> None:
        opened = seoul(2026, 7, 6, 14)
        ticket = case.ticket(opened)
        case.event(ticket, "public_reply", opened - timedelta(hours=2))
        row = case.only("branch-first-reply", seoul(2026, 7, 13))
        assert (row["status"], row["measured_value"], row["decided_at"]) == ("met", -2, utc(opened))

    @pytest.mark.parametrize(
        ("part", "opened", "due"),
        [
            ("hours-0", seoul(2026, 7, 6, 20), seoul(2026, 7, 6, 20)),
            ("business-0-hours", seoul(2026, 7, 6, 14), seoul(2026, 7, 6, 14)),
            ("business-0-hours", seoul(2026, 7, 6, 18), seoul(2026, 7, 7, 9)),
            ("business-0-hours", seoul(2026, 7, 6, 20), seoul(2026, 7, 7, 9)),
        ],
    )
    def test_no_time_at_all_ends_at_once_or_when_work_begins(
        self, case: Case, part: str, opened: datetime, due: datetime
    ) -> None:
        in_time = case.add("visits", arrived_at=opened, concluded_at=due)
        late = case.add("visits", arrived_at=opened, concluded_at=due + timedelta(seconds=1))
        rows = case.judged("clocks-of-visits", seoul(2026, 8, 1))
        row = rows[f"{part}/{in_time['visit_id']}"]
        assert (row["status"], row["due_at"]) == ("met", utc(due))
        assert rows[f"{part}/{late['visit_id']}"]["status"] == "breached"


class TestTheWayItWasFulfilled:
    received = seoul(2026, 7, 6, 9)

    def test_by_an_answer_or_by_an_interim_notice(self, case: Case) -> None:
        answered, noticed, neither = (case.ticket(self.received, programme="none") for _ in range(3))
        case.event(answered, "public_reply", self.received + timedelta(hours=1))
        case.event(noticed, "interim_notice", self.received + timedelta(hours=2), promised_at=seoul(2026, 7, 10))
        case.event(noticed, "public_reply", self.received + timedelta(hours=3))
        rows = case.judged("online-voc-reply", seoul(2026, 7, 13))
        by = {name: row["fulfilled_by"] for name, row in rows.items()}
        assert by == {
            f"reply-or-notice/{answered['ticket_id']}": "first_reply_at",
            f"reply-or-notice/{noticed['ticket_id']}": "interim_notice_at",
            f"promised-answer/{noticed['ticket_id']}": "first_reply_at",
            f"reply-or-notice/{neither['ticket_id']}": None,
        }

    def test_where_all_are_needed_by_the_last_of_them(self, case: Case) -> None:
        ticket = case.ticket(self.received, kind="aftercare", project_ended_on=date(2026, 6, 1))
        case.event(ticket, "public_reply", self.received + timedelta(hours=1))
        assert case.only("online-aftercare", seoul(2026, 7, 7))["fulfilled_by"] is None
        case.event(ticket, "handled", self.received + timedelta(hours=30))
        assert case.only("online-aftercare", seoul(2026, 7, 9))["fulfilled_by"] == "handled_at"


class TestOfSeveralExclusionsTheFirstThatHolds:
    rang_at = seoul(2026, 3, 2, 10)

    def excluded_by(self, case: Case, seconds: float) -> str | None:
        """A test call that was abandoned."""
        case.add(
            "calls",
            direction="inbound",
            rang_at=self.rang_at,
            ended_at=self.rang_at + timedelta(seconds=seconds),
            outcome="abandoned",
            caller="test",
        )
        rule: str | None = case.only("rings-of-calls", seoul(2026, 4, 1))["exclusion_rule"]
        return rule

    def test_both_hold(self, case: Case) -> None:
        assert self.excluded_by(case, 5) == "abandoned-within-limit"

    def test_one_that_does_not_hold_hides_no_other(self, case: Case) -> None:
        assert self.excluded_by(case, 12) == "rung-test"

    def test_one_that_has_not_been_made_yet_hides_no_other(self, case: Case) -> None:
        case.add(
            "disclosure_requests",
            received_on=date(2026, 7, 1),
            withdrawn_on=date(2026, 7, 8),
            extension_reason="another agency",
        )
        rules = {
            as_of.day: case.judged("clocks-of-requests", as_of)["days-7/disclosure_requests-00001"]["exclusion_rule"]
            for as_of in (seoul(2026, 7, 8), seoul(2026, 7, 9))
        }
        assert list(rules.values()) == ["reasoned", "withdrawn"]

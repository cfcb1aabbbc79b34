"""Promises about broken promises: what a customer gets where the first promise was not kept.

The cases are those of a small agency (tests/agencies/refunds) in Berlin. A complaint is answered within 10 days. Where
that is late, 20 € are paid within 14 days of the breach, 5 € for each day late within 30 days of the answer, and a
letter of apology goes out within 3 working days. Where the 20 € come late, 20 more are paid within 10 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.definitions import Agency, load_agency
from tests.commitments.agency import read_calendars
from tests.commitments.breaches import read_all
from tests.commitments.edges import PROPERTY, Rows
from tests.commitments.expected import Commitment, assert_same
from tests.commitments.reading import DAY, Calendars, Night, Row, Waiver, begins
from tests.commitments.warehouse import MARTS, Warehouse, compile_models

pytestmark = pytest.mark.slow

REFUNDS = Path(__file__).parents[1] / "agencies" / "refunds"
BERLIN = ZoneInfo("Europe/Berlin")
LATE = Night(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def refunds() -> Agency:
    return load_agency(REFUNDS)


@pytest.fixture(scope="module")
def company(refunds: Agency, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    models, _ = compile_models(refunds, tmp_path_factory.mktemp("dbt"))
    return Warehouse(refunds, models, [*MARTS, "row_fates"])


@pytest.fixture(scope="module")
def days_of_work(refunds: Agency) -> Calendars:
    return read_calendars(refunds)


def day(text: str) -> date:
    """``03-02`` of 2026."""
    return date.fromisoformat(f"2026-{text}")


@dataclass
class Desk:
    """What was entered: complaints, payments and letters."""

    warehouse: Warehouse
    calendars: Calendars
    tables: dict[str, list[Row]] = field(default_factory=lambda: {"complaints": [], "payments": [], "letters": []})

    def _enter(self, table: str, **columns: Any) -> str:
        rows, key = self.tables[table], self.warehouse.agency.subjects[table].key
        name = f"{table}-{len(rows):03}"
        rows.append({**Rows(self.warehouse.agency, table).add(**columns), key: name})
        return name

    def complaint(self, received: date, answered: date | None = None, office: str = "south") -> str:
        return self._enter("complaints", office=office, received_on=received, answered_on=answered)

    def paid(self, complaint: str, kind: str, on: date, amount: float) -> None:
        self._enter("payments", complaint_id=complaint, kind=kind, paid_on=on, amount=amount)

    def apologised(self, complaint: str, at: datetime) -> None:
        self._enter("letters", complaint_id=complaint, sent_at=at)

    def judged(self, night: Night = LATE, waivers: Sequence[Row] = ()) -> dict[str, Commitment]:
        """By name, the commitments on which the SQL and the second reading agree in every column."""
        agency = self.warehouse.agency
        staged = {agency.subjects[name].model: rows for name, rows in self.tables.items()}
        built = self.warehouse.judge(["deadline"], {**staged, "stg_waivers": waivers}, night)
        granted = [Waiver(**{name: row[name] for name in Waiver.__dataclass_fields__}) for row in waivers]
        read = read_all(agency, self.calendars, self.tables, night, granted)
        assert_same(read, built, {standard.id for standard in agency.charter.standards})
        return {each.commitment_id: each for each in read}


@pytest.fixture
def desk(company: Warehouse, days_of_work: Calendars) -> Desk:
    return Desk(company, days_of_work)


def as_of(text: str) -> Night:
    """The midnight that ends a day in Berlin."""
    end = begins(day(text) + DAY, BERLIN)
    return Night(end, end)


def status(judged: dict[str, Commitment], name: str) -> str | None:
    found = judged.get(name)
    return None if found is None else found.verdict.status


# ── one breach ──────────────────────────────────────────────────────────────────────────────────


def test_what_was_kept_owes_nothing(desk: Desk) -> None:
    desk.complaint(day("03-02"), answered=day("03-12"))
    assert list(desk.judged()) == ["answered/soon/complaints-000"]


@pytest.mark.parametrize(
    ("paid_on", "amount", "wanted"),
    [("03-26", 20.0, "met"), ("03-27", 20.0, "breached"), ("03-20", 19.99, "breached"), (None, 0.0, "breached")],
)
def test_compensation_is_due_14_days_after_the_breach(
    desk: Desk, paid_on: str | None, amount: float, wanted: str
) -> None:
    """Received on 2 March, due with the 12th, and 14 days from then with the 26th."""
    desk.complaint(day("03-02"), answered=day("03-16"))
    if paid_on:
        desk.paid("complaints-000", "compensation", day(paid_on), amount)
    verdict = desk.judged()["compensated/paid/complaints-000"].verdict
    assert (verdict.opened_on, verdict.decided_on is not None, verdict.status) == (day("03-12"), True, wanted)
    assert verdict.limit_value == 14


def test_it_opens_with_the_due_time_and_not_before(desk: Desk) -> None:
    desk.complaint(day("03-02"))
    assert "compensated/paid/complaints-000" not in desk.judged(as_of("03-11"))
    assert status(desk.judged(as_of("03-12")), "compensated/paid/complaints-000") == "pending"
    assert status(desk.judged(as_of("03-25")), "compensated/paid/complaints-000") == "pending"
    assert status(desk.judged(as_of("03-26")), "compensated/paid/complaints-000") == "breached"


def test_whoever_answers_for_the_breach_answers_for_what_follows(desk: Desk) -> None:
    desk.complaint(day("03-02"), office="south")
    judged = desk.judged()
    assert judged["compensated/paid/complaints-000"].department_id == "south"
    assert judged["apologised/letter/complaints-000"].department_id == "north"  # one department writes all letters


# ── penalties that grow by the day ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("amount", "wanted"), [(15.0, "met"), (14.99, "breached"), (20.0, "met")])
def test_for_each_day_late_5_euros_are_owed(desk: Desk, amount: float, wanted: str) -> None:
    """Answered on 15 March, three days after the 12th: 15 €."""
    desk.complaint(day("03-02"), answered=day("03-15"))
    desk.paid("complaints-000", "each_day", day("03-20"), amount)
    assert status(desk.judged(), "each-day/paid/complaints-000") == wanted


def test_nobody_knows_how_much_before_there_is_an_answer(desk: Desk) -> None:
    desk.complaint(day("03-02"))
    desk.paid("complaints-000", "each_day", day("03-20"), 1000.0)
    assert "each-day/paid/complaints-000" not in desk.judged()


# ── a breach of a breach ────────────────────────────────────────────────────────────────────────


def test_a_compensation_that_comes_late_is_a_breach_itself(desk: Desk) -> None:
    """Due with 26 March, paid on the 30th; 20 more within 10 days of the 26th."""
    desk.complaint(day("03-02"))
    desk.paid("complaints-000", "compensation", day("03-30"), 20.0)
    desk.paid("complaints-000", "again", day("04-05"), 20.0)
    judged = desk.judged()
    assert status(judged, "compensated/paid/complaints-000") == "breached"
    again = judged["compensated-again/paid/complaints-000"].verdict
    assert (again.opened_on, again.measured_value, again.limit_value, again.status) == (day("03-26"), 10, 10, "met")


# ── breaches that go away ───────────────────────────────────────────────────────────────────────


def test_a_waived_promise_owes_nothing(desk: Desk) -> None:
    desk.complaint(day("03-02"))
    waiver = Rows(desk.warehouse.agency, "waivers").add(
        standard_id="answered",
        department_id=None,
        from_on=day("03-01"),
        to_on=day("03-31"),
        decided_at=datetime(2026, 4, 1, tzinfo=UTC),
        reason="flood",
        approver="board",
    )
    assert status(desk.judged(as_of("03-30")), "compensated/paid/complaints-000") == "breached"
    judged = desk.judged(as_of("04-02"), [waiver])
    assert list(judged) == ["answered/soon/complaints-000"]
    assert status(judged, "answered/soon/complaints-000") == "excluded"


def test_what_may_be_owed_is_open_while_nobody_hears_of_the_answer(desk: Desk) -> None:
    """The answer was due with 12 March, and nothing was heard since the 10th: the 20 € may be owed, or not."""
    desk.complaint(day("03-02"))
    desk.complaint(day("03-08"))  # not due yet
    night = Night(begins(day("03-17"), BERLIN), begins(day("03-11"), BERLIN))
    days = [day("01-01") + DAY * number for number in range(75)]
    agency = desk.warehouse.agency
    staged = {agency.subjects[name].model: rows for name, rows in desk.tables.items()}
    covered = {(table, each): True for table in desk.tables for each in days}
    desk.warehouse.judge(["deadline"], staged, night, covered=covered, also=("standard_results",))
    (week,) = [
        row
        for row in desk.warehouse.table("marts.standard_results")
        if (row["period_kind"], row["period_start"]) == ("week", day("03-09"))
        and (row["standard_id"], row["department_id"]) == ("compensated", None)
    ]
    assert (week["met"], week["breached"], week["met_at_least"], week["breached_at_most"]) == (0, 0, 0, 1)
    assert week["result"] == "no_data"


# ── both readings ───────────────────────────────────────────────────────────────────────────────


def test_random_complaints_payments_and_letters(desk: Desk) -> None:
    received = st.integers(0, 40).map(lambda number: day("03-01") + DAY * number)
    waits = st.none() | st.sampled_from((0, 9, 10, 11, 13, 40))
    paid = st.lists(
        st.tuples(
            st.sampled_from(("compensation", "compensation", "each_day", "again")),
            st.sampled_from((9, 10, 23, 24, 25, 34, 35, 36, 44)),
            st.sampled_from((5.0, 15.0, 19.99, 20.0, 150.0)),
        ),
        max_size=4,
    )
    letters = st.none() | st.sampled_from((10, 13, 15, 16, 17))
    case = st.tuples(received, waits, st.sampled_from(("north", "south")), paid, letters)

    @PROPERTY
    @given(st.lists(case, min_size=1, max_size=30), st.integers(0, 90))
    def holds(cases: list[Any], nights: int) -> None:
        for rows in desk.tables.values():
            rows.clear()
        for opened, wait, office, payments, letter in cases:
            name = desk.complaint(opened, None if wait is None else opened + DAY * wait, office)
            for kind, after, amount in payments:
                desk.paid(name, kind, opened + DAY * after, amount)
            if letter is not None:
                desk.apologised(name, begins(opened + DAY * letter, BERLIN) + timedelta(hours=12))
        end = begins(day("03-10") + DAY * nights, BERLIN)
        desk.judged(Night(end, end))

    holds()

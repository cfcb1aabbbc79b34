"""Where the calendar ends before a limit does, the commitment is set aside and everything else is judged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from charter.definitions import Agency
from tests.commitments.agency import FIRST_DAY, read_calendars
from tests.commitments.compare import compare
from tests.commitments.edges import DEPARTMENTS, OFFICES, TIMES, Rows, on, pick, seoul
from tests.commitments.reading import DAY, Calendars, Night
from tests.commitments.warehouse import Warehouse

LAST_DAY = date(2026, 7, 15)


@pytest.fixture(scope="module")
def short_agency(agency: Agency) -> Agency:
    """The agency whose calendar.yaml ends on 15 July 2026."""
    return agency.model_copy(update={"calendar": agency.calendar.model_copy(update={"last_day": LAST_DAY})})


@pytest.fixture(scope="module")
def short(short_agency: Agency, warehouse: Warehouse) -> Warehouse:
    return Warehouse(short_agency, warehouse.models)


@pytest.fixture(scope="module")
def short_calendars(short_agency: Agency) -> Calendars:
    return read_calendars(short_agency)


def test_a_request_that_falls_due_after_the_calendar_is_set_aside(short: Warehouse, short_calendars: Calendars) -> None:
    """Ten working days from 2 July end with 15 July, the calendar's last; from 3 July nobody can say when."""
    rows = Rows(short.agency, "disclosure_requests")
    requests = [rows.add(received_on=day) for day in (date(2026, 7, 2), date(2026, 7, 3))]
    night = Night(seoul(2026, 7, 6), seoul(2026, 7, 6))

    compare(short, short_calendars, night, ["deadline"], {"info-disclosure"}, {"disclosure_requests": requests})

    judged = [row for row in short.table("marts.fct_commitments") if row["standard_id"] == "info-disclosure"]
    on_the_last_day, beyond = sorted(judged, key=lambda row: str(row["subject_id"]))
    assert (on_the_last_day["due_at"], on_the_last_day["due_basis"]) == (
        seoul(2026, 7, 16).replace(tzinfo=None),
        "limit",
    )
    assert (beyond["status"], beyond["due_at"], beyond["due_basis"]) == ("pending", None, "beyond_calendar")


def test_what_is_set_aside_is_not_decided_by_its_answer_either(short: Warehouse, short_calendars: Calendars) -> None:
    """The answer came; whether it came in time can be said when further years are frozen."""
    rows = Rows(short.agency, "disclosure_requests")
    requests = [rows.add(received_on=date(2026, 7, 3), decided_on=date(2026, 7, 10))]
    night = Night(seoul(2026, 7, 16), seoul(2026, 7, 16))

    compare(short, short_calendars, night, ["deadline"], {"info-disclosure"}, {"disclosure_requests": requests})

    [request] = [row for row in short.table("marts.fct_commitments") if row["standard_id"] == "info-disclosure"]
    assert (request["status"], request["decided_on"]) == ("pending", None)
    assert request["fulfilled_at"] is not None


def test_an_extension_that_runs_past_the_calendar_sets_its_request_aside(
    short: Warehouse, short_calendars: Calendars
) -> None:
    rows = Rows(short.agency, "disclosure_requests")
    requests = [rows.add(received_on=date(2026, 7, 1), extended_on=date(2026, 7, 6), extension_reason="a reason")]

    for as_of, basis in [(seoul(2026, 7, 5), "limit"), (seoul(2026, 7, 7), "beyond_calendar")]:
        night = Night(as_of, as_of)
        compare(short, short_calendars, night, ["deadline"], {"info-disclosure"}, {"disclosure_requests": requests})
        [request] = [row for row in short.table("marts.fct_commitments") if row["standard_id"] == "info-disclosure"]
        assert request["due_basis"] == basis


@pytest.mark.parametrize("as_of", [date(2026, 5, 1), date(2026, 7, 1), LAST_DAY], ids=str)
def test_every_clock_up_to_its_end(short: Warehouse, short_calendars: Calendars, as_of: date) -> None:
    """Visits at every edge of the working day, at home and abroad, over the calendar's last three months."""
    rows = Rows(short.agency, "visits")
    days = [LAST_DAY - DAY * back for back in range(92)]
    visits = [
        rows.add(
            arrived_at=on(day, pick(TIMES, number)),
            concluded_at=pick((None, on(day, pick(TIMES, number)) + timedelta(hours=5 * number)), number),
            served_at=on(day, pick(TIMES, number)) + timedelta(hours=1),
            urgent_reason=pick((None, "a reason"), number // 2),
            department_id=pick((*DEPARTMENTS[:1], *OFFICES), number),
        )
        for number, day in enumerate(days)
    ]
    end = on(as_of, TIMES[0]).replace(hour=15, minute=0, second=0, microsecond=0)
    compare(short, short_calendars, Night(end, end), ["deadline"], {"clocks-of-visits"}, {"visits": visits})

    judged = short.table("marts.fct_commitments")
    beyond = [row for row in judged if row["due_basis"] == "beyond_calendar"]
    assert all(row["status"] == "pending" for row in beyond)
    assert as_of > FIRST_DAY
    if as_of == LAST_DAY:
        assert {row["part"].partition("-")[0] for row in beyond} == {"business", "petition"}

"""How far the calendar reaches: a warning comes months before a case has to be set aside."""

from __future__ import annotations

from datetime import date

import pytest

from charter.definitions import Agency
from charter.transform.build.reach import calendar_warning, shortest_reach
from tests.commitments.agency import read_calendars
from tests.commitments.edges import deadline_part, seoul
from tests.commitments.reading import BEYOND, DAY, Night, read_deadline

LAST_DAY = date(2026, 7, 15)


def ending_on(agency: Agency, last_day: date) -> Agency:
    return agency.model_copy(update={"calendar": agency.calendar.model_copy(update={"last_day": last_day})})


def without_clocks_that_stand_still(agency: Agency) -> Agency:
    standards = [
        standard
        for standard in agency.charter.standards
        if all(part.clock in ("elapsed", "calendar") for rule in standard.rules for part in rule.parts)
    ]
    return agency.model_copy(update={"charter": agency.charter.model_copy(update={"standards": standards})})


def test_the_longest_limit_with_its_extension_runs_out_first(agency: Agency) -> None:
    """A disclosure request has 10 working days and 10 more: received on 18 June, they end with 15 July."""
    reach = shortest_reach(ending_on(agency, LAST_DAY), date(2026, 5, 1))

    assert reach is not None
    assert (reach.standard_id, reach.last_opening) == ("info-disclosure", date(2026, 6, 18))


def test_an_auditor_counts_to_the_same_day(agency: Agency) -> None:
    short = ending_on(agency, LAST_DAY)
    part = deadline_part(agency, "info-disclosure", "decision")
    far = seoul(2027, 1, 1)
    for received_on, is_beyond in [(date(2026, 6, 18), False), (date(2026, 6, 19), True)]:
        row = {
            "received_on": received_on,
            "decided_on": None,
            "extended_on": received_on + DAY,
            "extension_reason": "a reason",
        }
        verdict = read_deadline(part, row, read_calendars(short), Night(far, far), None)
        assert (verdict.due_at == BEYOND) == is_beyond


@pytest.mark.parametrize(
    ("today", "is_warned"),
    [(date(2026, 3, 18), False), (date(2026, 3, 19), True), (date(2026, 7, 15), True)],
    ids=["three months before", "a day later", "on the calendar's last day"],
)
def test_it_is_told_three_months_before_a_case_would_be_set_aside(agency: Agency, today: date, is_warned: bool) -> None:
    assert (calendar_warning(ending_on(agency, LAST_DAY), today) is not None) == is_warned


def test_what_is_told_names_the_calendars_end_the_last_safe_day_and_the_remedy(agency: Agency) -> None:
    problem = calendar_warning(ending_on(agency, LAST_DAY), date(2026, 7, 1))

    assert problem is not None
    assert "the calendar ends on 2026-07-15" in problem.what
    assert "what opens after 2026-06-18" in problem.what
    assert "freeze_calendar" in problem.remedy


def test_a_limit_that_stands_still_for_nobody_never_runs_out(agency: Agency) -> None:
    assert shortest_reach(without_clocks_that_stand_still(agency), date(2026, 7, 1)) is None
    assert calendar_warning(without_clocks_that_stand_still(agency), date(2027, 12, 31)) is None


def test_the_shipped_calendar_reaches_far_enough(agency: Agency) -> None:
    assert calendar_warning(agency, date(2026, 7, 5)) is None

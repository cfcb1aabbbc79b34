"""What was broken is undecided, and never kept, when its case is misdated, vanishes, or was answered too early.

One register through the line's own functions: five requests for disclosure, four decided in time and one never, and
where a test says so a leak or two visits. Both judgements agree each time.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from .compiled import ask
from .register import CONFIDENTIALITY, DISCLOSURE, IN_TIME, INTRODUCTION, LATE, Register

pytestmark = pytest.mark.slow

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)
KEPT, BROKEN, AHEAD = ("kept", None), ("broken", None), ("no_data", "ahead:1")


def test_undamaged_the_promise_is_broken(register: Register) -> None:
    assert register.night(TUESDAY) == ("broken", None)


class TestAnAnswerLongBeforeItsOpening:
    def test_it_keeps_no_promise(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2026-06-01,,,2026-05-01,")
        assert register.night(TUESDAY) == ("no_data", "early:1")

    def test_a_day_before_it_is_believed(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2026-06-01,,,2026-05-31,")
        assert register.night(TUESDAY) == ("kept", None)


class TestAnOpeningAfterTheNight:
    def test_a_case_is_not_entered_before_it_begins(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2027-06-01,,,,")
        assert register.night(TUESDAY) == ("no_data", "ahead:1")
        assert register.night(WEDNESDAY) == ("no_data", "ahead:1"), "until its date comes, or is put right"
        register.holds(*IN_TIME, LATE)
        assert register.night(THURSDAY) == ("broken", None)

    def test_what_has_begun_does_not_begin_again(self, register: Register) -> None:
        assert register.night(TUESDAY) == ("broken", None)
        register.holds(*IN_TIME, "R9,branch-team,2026-07-02,,,,")
        assert register.night(WEDNESDAY) == ("no_data", "ahead:1")

    def test_of_a_row_that_came_later_the_weeks_before_are_not_in_doubt(self, register: Register) -> None:
        register.holds(*IN_TIME)
        assert register.night(TUESDAY) == ("kept", None)
        register.holds(*IN_TIME, "R9,branch-team,2027-06-01,,,,")
        register.night(WEDNESDAY)
        weeks = ask(
            register.settings,
            "select period_start::varchar, result, ahead from marts.standard_results"
            f" where standard_id = '{DISCLOSURE}' and period_kind = 'week' and department_id is null"
            " and period_start >= '2026-06-01'"
            " order by period_start",
        )
        assert weeks[0] == ("2026-06-01", "kept", 0)
        assert weeks[-1] == ("2026-06-29", "no_data", 1)


class TestAnIncidentDatedAhead:
    """A leak of Tuesday that was entered on Tuesday."""

    def test_it_breaks_its_day_its_week_and_its_year(self, register: Register) -> None:
        register.holds("I1,leak,digital-team,2026-06-30,2026-06-30", table="incidents")
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY) == {"day": BROKEN, "week": BROKEN, "month": BROKEN, "year": BROKEN}

    def test_misdated_before_any_night_saw_it_it_keeps_none_of_them(self, register: Register) -> None:
        register.holds("I1,leak,digital-team,2027-06-30,2026-06-30", table="incidents")
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY) == {"day": AHEAD, "week": AHEAD, "month": AHEAD, "year": AHEAD}

    def test_in_doubt_are_the_days_on_which_it_can_have_happened(self, register: Register) -> None:
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY) == {"day": KEPT, "week": KEPT, "month": KEPT, "year": KEPT}
        register.holds("I1,leak,digital-team,2027-06-30,2026-06-30", table="incidents")
        register.night(WEDNESDAY)
        assert register.results(CONFIDENTIALITY) == {"day": AHEAD, "week": AHEAD, "month": AHEAD, "year": AHEAD}
        register.night(THURSDAY)
        assert register.results(CONFIDENTIALITY) == {"day": KEPT, "week": AHEAD, "month": AHEAD, "year": AHEAD}

    def test_it_breaks_one_day_more_at_most_and_mends_none_that_another_broke(self, register: Register) -> None:
        leaks = [f"I{day},leak,digital-team,2026-06-{day},2026-06-30" for day in (10, 11)]
        register.holds(*leaks, "I1,leak,digital-team,2027-06-30,2026-06-30", table="incidents")
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY) == {
            **{"day": AHEAD, "week": AHEAD},
            **dict.fromkeys(("month", "year"), ("broken", "ahead:1")),
        }
        ends = ask(
            register.settings,
            "select met, breached, met_at_least, breached_at_most, met_at_most, breached_at_least"
            f" from marts.standard_results where standard_id = '{CONFIDENTIALITY}' and period_kind = 'year'",
        )
        assert ends == [(179, 2, 178, 3, 179, 2)] * 2, "of the agency and of its department"

    def test_a_near_miss_breaks_nothing_whatever_its_date(self, register: Register) -> None:
        register.holds("I1,near_miss,digital-team,2027-06-30,2026-06-30", table="incidents")
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY) == {"day": KEPT, "week": KEPT, "month": KEPT, "year": KEPT}


class TestAVisitDatedAhead:
    """Two visits of Tuesday: at one nobody gave a name."""

    GOOD = "V1,branch-team,2026-06-30 10:00:00,2026-06-30 10:01:00,2026-06-30 11:00:00,true,true,true,true,,"
    NAMELESS = "V2,branch-team,2026-06-30 10:00:00,2026-06-30 10:01:00,{} 11:00:00,false,true,true,true,,"

    def test_whoever_gave_no_name_broke_the_promise(self, register: Register) -> None:
        register.holds(self.GOOD, self.NAMELESS.format(TUESDAY), table="visits")
        register.night(TUESDAY)
        assert register.results(INTRODUCTION) == {"day": BROKEN, "week": BROKEN, "month": BROKEN, "year": BROKEN}

    def test_misdated_before_any_night_saw_it_it_keeps_nothing(self, register: Register) -> None:
        register.holds(self.GOOD, self.NAMELESS.format("2027-06-30"), table="visits")
        register.night(TUESDAY)
        assert register.results(INTRODUCTION) == {"day": AHEAD, "week": AHEAD, "month": AHEAD, "year": AHEAD}
        register.holds(self.GOOD, self.NAMELESS.format(TUESDAY), table="visits")
        register.night(WEDNESDAY)
        assert register.results(INTRODUCTION)["week"] == BROKEN, "its date was put right"


class TestARowThatIsGone:
    """One of five may go: the snapshot is believed to be whole."""

    def test_it_takes_no_breach_with_it(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        assert register.night(WEDNESDAY) == ("no_data", "withdrawn:1")
        assert register.night(THURSDAY) == ("no_data", "withdrawn:1"), "until somebody confirms it"

    def test_until_it_is_back(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        register.night(WEDNESDAY)
        register.holds(*IN_TIME, LATE)
        assert register.night(THURSDAY) == ("broken", None)

    def test_a_person_may_confirm_it_on_that_night_or_on_any_later_one(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        register.night(WEDNESDAY)
        register.night(THURSDAY)
        register.confirmed(THURSDAY)
        assert register.night(THURSDAY) == ("kept", None)
        assert register.night(WEDNESDAY) == ("no_data", "withdrawn:1"), "a night that knew nothing of it stays"

    def test_a_decision_that_names_the_case_settles_it(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        decided = "W1,info-disclosure,R9,2026-06-01,2026-06-01,taken back,board,2026-07-01 10:00:00"
        register.holds(decided, table="waivers")
        assert register.night(WEDNESDAY) == ("kept", None)

    def test_a_waiver_whose_case_is_emptied_excuses_nobody(self, register: Register) -> None:
        """One of four is excused; for all five it would be a year with nothing due."""
        decided = "W1,info-disclosure,{},2026-06-01,2026-06-01,taken back,board,2026-06-30 10:00:00"
        register.holds(decided.format("R0"), table="waivers")
        assert register.night(TUESDAY) == BROKEN
        register.holds(decided.format(""), table="waivers")
        assert register.night(WEDNESDAY) == ("no_data", "refused:1")
        register.holds(decided.format("*"), table="waivers")
        assert register.night(WEDNESDAY + timedelta(days=1)) == ("nothing_due", None)


class TestADateThatIsTakenBack:
    """What had begun has begun until a person says otherwise, whatever its row says now."""

    def test_a_leak_that_was_confirmed_and_whose_confirmation_is_emptied(self, register: Register) -> None:
        register.holds("I1,leak,digital-team,2026-06-29,2026-06-29", table="incidents")
        register.night(TUESDAY)
        assert register.results(CONFIDENTIALITY)["year"] == BROKEN
        register.holds("I1,leak,digital-team,2026-06-29,", table="incidents")
        register.night(WEDNESDAY)
        assert register.results(CONFIDENTIALITY)["year"] == ("no_data", "withdrawn:1")
        register.confirmed(WEDNESDAY)
        register.night(THURSDAY)
        assert register.results(CONFIDENTIALITY)["year"] == KEPT

    def test_a_request_that_is_moved_before_the_charter(self, register: Register) -> None:
        assert register.night(TUESDAY) == BROKEN
        register.holds(*IN_TIME, "R9,branch-team,2025-06-01,,,,")
        assert register.night(WEDNESDAY) == ("no_data", "withdrawn:1")
        register.holds(*IN_TIME, LATE)
        assert register.night(THURSDAY) == BROKEN

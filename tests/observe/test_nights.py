"""How a night went is worked out of its runs and seals: none that was due is left out, and no failure looks done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from charter.observe.status.nights import NightStatus, last_nights
from charter.runs import Outcome, StepRun
from tests.runs.builders import BEGAN, NIGHT, a_run

SEOUL = ZoneInfo("Asia/Seoul")
DAY = date(2026, 7, 5)
# 02:00 in Seoul the night begins, 06:00 it should be there, and now it is 09:00.
MORNING = datetime(2026, 7, 6, 0, tzinfo=UTC)
DONE = [
    a_run("extract", source="voc", seconds=5, counts={"status": "landed"}),
    a_run("transform", minute=1, seconds=30),
    a_run("seal", minute=2, seconds=1),
    a_run("site", minute=3, seconds=9),
]


def the_night(*runs: StepRun, now: datetime = MORNING) -> NightStatus:
    return last_nights(runs, [], SEOUL, now).shown[0]


def test_a_sealed_night_is_done_and_its_steps_are_told_in_order() -> None:
    night = the_night(*DONE)

    assert (night.day, night.state, night.is_sealed, night.late) == (DAY, "done", True, None)
    assert [run.step for run in night.runs] == ["extract", "transform", "seal", "site"]
    assert night.took == 45


@pytest.mark.parametrize("outcome", ["failed", "unfinished", "running"])
def test_a_step_that_did_not_end_well_makes_the_night_what_it_is(outcome: Outcome) -> None:
    bad = replace(a_run("transform", minute=1), outcome=outcome)

    assert the_night(DONE[0], bad).state == outcome


def test_a_step_that_ran_well_when_it_was_tried_again_makes_the_night_done() -> None:
    bad = replace(a_run("transform", minute=0, seconds=1), outcome="failed")
    night = the_night(DONE[0], bad, *DONE[1:])

    assert (night.state, night.tried, len(night.runs)) == ("done", 5, 4)


def test_pages_that_failed_after_the_seal_are_told_though_the_night_is_sealed() -> None:
    bad = replace(a_run("site", minute=9, seconds=1), outcome="failed")
    night = the_night(*DONE, bad)

    assert (night.state, night.is_sealed) == ("failed", True)


def test_a_night_that_stopped_between_two_steps_is_incomplete() -> None:
    assert the_night(DONE[0], DONE[1]).state == "incomplete"


def test_a_night_that_nobody_ran_is_missing_once_it_was_due_and_expected_before() -> None:
    before = DONE[0].night
    assert before is not None
    earlier = [replace(run, night=before - timedelta(days=1)) for run in DONE]

    due = last_nights(earlier, [], SEOUL, MORNING).shown
    not_yet = last_nights(earlier, [], SEOUL, MORNING - timedelta(hours=5)).shown

    assert [(night.day, night.state) for night in due] == [(DAY, "missing"), (date(2026, 7, 4), "done")]
    assert [night.state for night in not_yet] == ["expected", "done"]


def test_many_missing_nights_are_told_together_and_hide_none_that_was_run() -> None:
    nights = last_nights(DONE, [], SEOUL, MORNING + timedelta(days=20))

    assert [night.day for night in nights.shown] == [DAY]
    assert nights.missing == (date(2026, 7, 6), date(2026, 7, 25))


def test_a_night_that_was_sealed_after_it_was_due_is_late() -> None:
    later = timedelta(hours=6)
    late = [replace(run, began=run.began + later, ended=run.ended + later) for run in DONE if run.ended]

    assert the_night(*late, now=MORNING + timedelta(hours=3)).late == timedelta(hours=2, minutes=2, seconds=1)


def test_a_night_of_before_the_journal_is_known_by_its_seal() -> None:
    (night,) = last_nights([], [NIGHT], SEOUL, MORNING).shown

    assert (night.state, night.is_sealed, night.runs) == ("done", True, ())


def test_no_more_than_thirty_nights_are_shown_the_newest_first() -> None:
    sealed = [NIGHT - timedelta(days=each) for each in range(50)]
    shown = last_nights([], sealed, SEOUL, MORNING).shown

    assert (len(shown), shown[0].day, shown[-1].day) == (30, DAY, date(2026, 6, 6))


def test_a_replay_says_nothing_of_the_night_that_was_published() -> None:
    replay = replace(a_run("transform", minute=60, seconds=1), outcome="failed", replay="20260705T150000Z")

    assert the_night(*DONE, replay).state == "done"


def test_before_the_first_run_there_is_nothing_to_show() -> None:
    assert last_nights([], [], SEOUL, BEGAN).shown == ()

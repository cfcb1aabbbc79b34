"""Every step that began is found again with how it ended, also when its process was killed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from charter.runs import StepError, began, ended, runs_of_night, runs_since
from tests.runs.builders import NIGHT, a_run, installation


def test_a_step_is_running_until_it_says_how_it_ended(tmp_path: Path) -> None:
    here = installation(tmp_path)
    running, _ = began(here, a_run())

    assert [run.outcome for run in runs_of_night(here, NIGHT)] == ["running"]

    run = replace(a_run(seconds=12.5), counts={"models": 87})
    ended(here, running, run)

    assert runs_of_night(here, NIGHT) == [run]
    assert run.seconds == 12.5


def test_why_a_step_failed_is_kept(tmp_path: Path) -> None:
    here = installation(tmp_path)
    running, _ = began(here, a_run())
    failed = replace(a_run(seconds=1), outcome="failed", error=StepError("TransformError", "dbt_project/models/a.sql"))

    ended(here, running, failed)

    assert runs_of_night(here, NIGHT) == [failed]


def killed_within(here_folder: Path) -> None:
    """A process that begins a step and is gone before it says how it ended."""
    child = os.fork()
    if child == 0:
        began(installation(here_folder), a_run())
        os._exit(9)
    os.waitpid(child, 0)


def test_a_step_whose_process_was_killed_is_unfinished(tmp_path: Path) -> None:
    killed_within(tmp_path)

    (run,) = runs_of_night(installation(tmp_path), NIGHT)

    assert (run.outcome, run.ended) == ("unfinished", None)


def test_what_begins_next_writes_down_that_a_step_was_killed_and_tells_it_once(tmp_path: Path) -> None:
    here = installation(tmp_path)
    killed_within(tmp_path)

    again, lost = began(here, a_run(minute=30))
    ended(here, again, a_run(minute=30, seconds=1))
    _, lost_later = began(here, a_run("assert", minute=40))

    assert [run.outcome for run in lost] == ["unfinished"]
    assert lost_later == []
    assert [run.outcome for run in runs_of_night(here, NIGHT)] == ["unfinished", "done", "running"]


def test_a_line_that_was_cut_off_hides_no_other(tmp_path: Path) -> None:
    here = installation(tmp_path)
    first, _ = began(here, a_run())
    ended(here, first, a_run(seconds=1))
    (path,) = (tmp_path / "runs").glob("*.ndjson")
    with path.open("a") as file:
        file.write('{"attempt": "half')

    second, _ = began(here, a_run("assert", minute=5))
    ended(here, second, a_run("assert", minute=5, seconds=1))

    assert [(run.step, run.outcome) for run in runs_of_night(here, NIGHT)] == [
        ("transform", "done"),
        ("assert", "done"),
    ]


def test_runs_of_several_nights_come_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    here = installation(tmp_path)
    later, earlier, without = (
        a_run(minute=9),
        a_run(night=NIGHT - timedelta(days=1)),
        a_run("publication", minute=1, night=None),
    )
    for run in (later, earlier, without):
        began(here, replace(run, attempt=run.attempt + str(run.night)))

    assert [run.night for run in runs_since(here)] == [NIGHT - timedelta(days=1), None, NIGHT]
    assert [run.night for run in runs_since(here, NIGHT)] == [None, NIGHT]
    assert [run.night for run in runs_since(here, most=1)] == [None, NIGHT]
    assert [run.step for run in runs_of_night(here, None)] == ["publication"]

"""A live Airflow on PostgreSQL with its schedule on, driven by its REST API as an operator drives it.

It takes a quarter of an hour and more, and runs with CHARTER_TESTS=long alone. The synthetic agency has lived until
yesterday, so that the scheduler's own clock names the nights. The tests build on each other, in this order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from tests.effort import LONG
from tests.live.rest import Live, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(not LONG, reason="takes a quarter of an hour: CHARTER_TESTS=long"),
]
NIGHTLY, WEEKLY = "charter_nightly", "charter_weekly"
ZONE = ZoneInfo("Europe/Berlin")
YESTERDAY = datetime.now(ZONE).date() - timedelta(days=1)


def day(before: int) -> date:
    """So many days before the last that has ended."""
    return YESTERDAY - timedelta(days=before)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The library, measured until four nights ago; then nobody ran anything."""
    installation = Live("library", tmp_path_factory.mktemp("live") / "var", YESTERDAY)
    installation.command("charter.cli", "demo", "--until", YESTERDAY.isoformat(), "--size", "0.3")
    installation.command("charter.cli", "nightly", "--as-of", day(3).isoformat())
    installation.up()
    until(lambda: len(installation.ask("GET", "dags")["dags"]) >= 2, "Airflow does not know the DAGs")
    try:
        yield installation
    finally:
        installation.down()


def test_a_second_call_changes_nothing(live: Live) -> None:
    before = live.running()
    said = live.up()

    assert live.running() == before and "as before" in said


def test_the_scheduled_night_comes_by_itself_and_makes_up_for_those_that_were_missed(live: Live) -> None:
    live.pause(NIGHTLY, False)
    until(lambda: bool(live.runs(NIGHTLY)), "no night was scheduled")
    (run,) = live.runs(NIGHTLY)

    live.ends_well(NIGHTLY, run["dag_run_id"])
    assert [live.sealed(day(before), ZONE) for before in (3, 2, 1, 0)] == [True] * 4


def test_the_pages_are_served(live: Live) -> None:
    with urlopen(f"http://127.0.0.1:{live.ports[1]}/") as answer:
        assert answer.status == 200


def test_a_week_is_mailed_once_however_often_it_is_run(live: Live) -> None:
    live.pause(WEEKLY, False)
    until(lambda: not any(run["state"] in ("queued", "running") for run in live.runs(WEEKLY)), "a week does not end")
    live.ends_well(WEEKLY, live.trigger(WEEKLY))
    mails = live.mails()
    live.ends_well(WEEKLY, live.trigger(WEEKLY))

    assert mails > 0 and live.mails() == mails
    with urlopen(f"http://127.0.0.1:{live.ports[2]}/") as answer:
        assert f"{mails} kept here" in answer.read().decode()


def test_two_nights_at_once_go_one_after_the_other(live: Live) -> None:
    runs = [live.trigger(NIGHTLY, as_of=day(0).isoformat()) for _ in range(2)]
    for run in runs:
        live.ends_well(NIGHTLY, run)
    times = sorted((run["start_date"], run["end_date"]) for run in live.runs(NIGHTLY) if run["dag_run_id"] in runs)

    assert times[0][1] <= times[1][0]


def test_a_night_whose_scheduler_is_killed_ends_well_when_it_is_back(live: Live) -> None:
    run = live.trigger(NIGHTLY, as_of=day(0).isoformat())
    until(lambda: live.tasks(NIGHTLY, run).get("transform") == "running", "transform does not begin")
    os.kill(live.running()["scheduler"].pid, signal.SIGKILL)
    until(lambda: "scheduler" not in live.running(), "the scheduler lives")

    live.up()
    live.ends_well(NIGHTLY, run)


def test_a_cleared_task_and_those_behind_it_run_again(live: Live) -> None:
    run = live.runs(NIGHTLY)[-1]["dag_run_id"]
    body = {"dry_run": False, "task_ids": ["publish"], "dag_run_id": run, "include_downstream": True}
    live.ask("POST", f"dags/{NIGHTLY}/clearTaskInstances", {**body, "only_failed": False, "reset_dag_runs": True})

    live.ends_well(NIGHTLY, run)


def test_a_run_of_a_paused_dag_waits_until_it_goes_on(live: Live) -> None:
    live.pause(NIGHTLY, True)
    run = live.trigger(NIGHTLY, as_of=day(0).isoformat())
    assert live.state(NIGHTLY, run) == "queued"

    live.pause(NIGHTLY, False)
    live.ends_well(NIGHTLY, run)


def test_a_backfill_of_five_nights_seals_each(live: Live) -> None:
    began, ended = (datetime.combine(day(before), datetime.min.time(), ZONE) for before in (8, 4))
    body = {
        **{"dag_id": NIGHTLY, "from_date": began.isoformat(), "to_date": (ended + timedelta(hours=23)).isoformat()},
        **{"reprocess_behavior": "none", "max_active_runs": 1, "run_backwards": False, "dag_run_conf": {}},
    }
    backfill = live.ask("POST", "backfills", body)["id"]
    until(lambda: bool(live.ask("GET", f"backfills/{backfill}")["completed_at"]), "the backfill does not end", 1800)
    runs = [run for run in live.runs(NIGHTLY) if run["run_type"] == "backfill"]

    assert [run["state"] for run in runs] == ["success"] * 5
    assert [live.sealed(day(before), ZONE) for before in range(8, 3, -1)] == [True] * 5


def test_down_leaves_nothing_behind(live: Live) -> None:
    live.down()

    assert live.running() == {}
    assert "does not run" in _status(live)


def _status(live: Live) -> str:
    import subprocess
    import sys

    command = [sys.executable, "-m", "charters.live", "status", "--agency", live.agency]
    return subprocess.run(command, env=live.environment, capture_output=True, text=True, cwd=Path.cwd()).stdout

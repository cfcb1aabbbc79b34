"""Airflow's own backfill gives the nights that were meant, in their order."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from charter import line
from charter.base.moments import last_ended_day
from tests.line.installation import HOME

from .conftest import DAGS_FOLDER

if TYPE_CHECKING:
    from airflow.sdk import DAG


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))


def nights(dag: DAG, first: str, last: str) -> list[str]:
    """The business days of the nights that ``airflow backfill create`` runs for these two arguments."""
    from airflow.cli.cli_config import parsedate  # type: ignore[attr-defined]
    from airflow.serialization.definitions.dag import SerializedDAG
    from airflow.serialization.serialized_objects import DagSerialization

    known = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert isinstance(known, SerializedDAG)
    zone = line.installation().agency.zone
    runs = known.iter_dagrun_infos_between(parsedate(first), parsedate(last))
    # A run's tasks are due at the end of its interval: see charter_defaults.due_at.
    as_ofs = [line.resolve_night(None, run.data_interval.end) for run in runs if run.data_interval]
    return [str(last_ended_day(datetime.fromisoformat(as_of), zone)) for as_of in as_ofs]


def documented() -> dict[str, str]:
    """The options of the command that docs/operate.md gives."""
    text = (DAGS_FOLDER.parent / "docs" / "operate.md").read_text(encoding="utf-8")
    commands = re.findall(r"^ *(airflow backfill create (?:.*\\\n)*.*)", text, re.M)
    assert len(commands) == 1, "docs/operate.md gives one command for Airflow's backfill"
    words = shlex.split(commands[0].replace("\\\n", " "))[3:]
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.usefixtures("shipped")
def test_the_documented_command_gives_the_nights_after_its_two_days_and_all_between(dags: dict[str, DAG]) -> None:
    options = documented()

    days = nights(dags[options["--dag-id"]], options["--from-date"], options["--to-date"])

    assert days == ["2026-07-01", "2026-07-02", "2026-07-03", "2026-07-04", "2026-07-05"]
    assert (options["--from-date"][:10], options["--to-date"][:10]) == (days[0], days[-1])
    assert options["--max-active-runs"] == "1"


@pytest.mark.usefixtures("shipped")
def test_dates_without_an_offset_are_utc_and_miss_the_first_night(dags: dict[str, DAG]) -> None:
    assert nights(dags["charter_nightly"], "2026-07-01", "2026-07-03") == ["2026-07-02", "2026-07-03"]


@pytest.mark.usefixtures("shipped")
def test_a_scheduled_run_judges_the_day_that_ended_two_hours_before(dags: dict[str, DAG]) -> None:
    at_two = datetime(2026, 7, 5, 17, tzinfo=UTC)
    assert line.resolve_night(None, at_two) == "2026-07-05T15:00:00+00:00"


@dataclass
class Before:
    """Stands in for a task instance: all that is asked of it is the run before."""

    state: str | None

    def get_previous_dagrun(self) -> Any:
        return None if self.state is None else self


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [("queued", False), ("running", False), ("success", True), ("failed", True), (None, True)],
)
def test_a_night_waits_for_the_one_before_it_to_end_well_or_not(
    dags: dict[str, DAG], state: str | None, goes_on: bool
) -> None:
    from charter_defaults import earlier_run_has_ended

    assert earlier_run_has_ended({"ti": Before(state)}) is goes_on  # type: ignore[typeddict-item]


def test_waiting_takes_no_workers_place(dags: dict[str, DAG]) -> None:
    assert getattr(dags["charter_nightly"].get_task("earlier_night"), "reschedule", False)

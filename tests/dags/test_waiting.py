"""Reports wait for their night: nothing of a week is lost because a night was late."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowSkipException

import charter
from charter.base.errors import MorningPassed, NightMissing, SettingError

if TYPE_CHECKING:
    from airflow.sdk import DAG

END = "2026-07-05T15:00:00+00:00"
FIRST_TASKS = {"charter_weekly": "resolve_week", "charter_monthly": "resolve_month", "charter_daily": "resolve_morning"}
PATIENCE = {"charter_weekly": "6 days", "charter_monthly": "6 days", "charter_daily": "9 hours"}


@dataclass
class Run:
    """Stands in for a run of Airflow, and for its first task: how it was started, and since when it waits."""

    run_type: str = "scheduled"
    waited: timedelta | None = None
    run_after: datetime = datetime(2026, 7, 6, 7, tzinfo=UTC)

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        return None if self.waited is None else datetime.now(UTC) - self.waited

    def context(self) -> dict[str, Any]:
        params = {"as_of": None, "week": None, "month": None}
        return {"dag_run": self, "ti": self, "params": params}


@dataclass
class Line:
    """Stands in for charter.line; ``error`` is why the night can't be had."""

    error: Exception | None = None

    def __getattr__(self, step: str) -> Any:
        def resolve(*arguments: Any) -> str:
            if self.error is not None:
                raise self.error
            return END

        return resolve


@pytest.fixture
def look(dags: dict[str, DAG], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Looks once, as Airflow would, whether the night of a DAG's reports is there."""

    def once(dag_id: str, run: Run, error: Exception | None = None) -> PokeReturnValue:
        monkeypatch.setattr(charter, "line", Line(error), raising=False)
        task: Any = dags[dag_id].get_task(FIRST_TASKS[dag_id])
        for place in (task.python_callable, task.python_callable.__wrapped__):
            monkeypatch.setitem(place.__globals__, "get_current_context", run.context)
        found: PokeReturnValue = task.python_callable()
        return found

    return once


def late() -> NightMissing:
    return NightMissing("the published warehouse is as of Saturday", where="week", remedy="run the night first")


@pytest.mark.parametrize("dag_id", FIRST_TASKS)
class TestEachReport:
    def test_begins_when_its_night_is_published(self, look: Any, dag_id: str) -> None:
        found = look(dag_id, Run())
        assert (found.is_done, found.xcom_value) == (True, END)

    def test_waits_for_a_late_night_and_says_so(self, look: Any, dag_id: str, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, logger="charter.line"):
            found = look(dag_id, Run(waited=timedelta(hours=3)), late())

        assert not found.is_done
        (said,) = [record.getMessage() for record in caplog.records]
        assert "as of Saturday. The reports are late, and wait for it until " in said

    def test_fails_with_the_remedy_when_its_patience_has_ended(
        self, look: Any, dag_id: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        amount, unit = PATIENCE[dag_id].split()
        ended = timedelta(**{unit: int(amount)})

        assert not look(dag_id, Run(waited=ended - timedelta(minutes=5)), late()).is_done
        with pytest.raises(SystemExit):
            look(dag_id, Run(waited=ended + timedelta(minutes=5)), late())
        assert "→ run the night first" in caplog.text

    def test_fails_at_once_when_somebody_asked_for_it_by_hand(self, look: Any, dag_id: str) -> None:
        with pytest.raises(SystemExit):
            look(dag_id, Run(run_type="manual"), late())

    def test_does_not_wait_for_what_no_night_will_mend(self, look: Any, dag_id: str) -> None:
        with pytest.raises(SystemExit):
            look(dag_id, Run(), SettingError("CHARTER_MAIL_FROM is not set", where="environment", remedy="set it"))

    def test_takes_no_workers_place_while_it_waits(self, dags: dict[str, DAG], dag_id: str) -> None:
        assert getattr(dags[dag_id].get_task(FIRST_TASKS[dag_id]), "reschedule", False)


class TestAMorningThatHasPassed:
    """Three nights were made up for at once: of two of their mornings nobody needs a digest any more."""

    passed = MorningPassed("Tuesday's night is published", where="as-of", remedy="the next one tells")

    def test_is_skipped_where_the_schedule_asked(self, look: Any) -> None:
        with pytest.raises(AirflowSkipException, match="Tuesday's night is published; the next one tells"):
            look("charter_daily", Run(waited=timedelta(hours=3)), self.passed)

    def test_fails_where_a_person_asked(self, look: Any) -> None:
        with pytest.raises(SystemExit):
            look("charter_daily", Run(run_type="manual"), self.passed)

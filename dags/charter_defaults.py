"""What both DAGs share: who answers for them, how tasks are tried again, and how a run gets its night."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import (
    Context,
    CronDataIntervalTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryDecision,
    RetryRule,
    task,
)

from charter.schedule import Schedule, schedules

SCHEDULES = schedules(Path(__file__).parents[1])

# Before the first retry; then it doubles. A setting of ours: `airflow dags test` loses Airflow's own default delay.
RETRY_SECONDS = int(os.environ.get("CHARTER_RETRY_SECONDS", "120"))


class ByCause(ExceptionRetryPolicy):
    """Looks at the error for which a step ended, not at the exit status that it ended with."""

    def evaluate(self, exception: BaseException, *arguments: Any, **named: Any) -> RetryDecision:
        because = exception.__cause__ if isinstance(exception, SystemExit) else None
        return super().evaluate(because or exception, *arguments, **named)


# By name, and looked up when a task has failed: a DAG file imports nothing heavy. The first that fits counts.
FAILING_FAST = ByCause(
    rules=[
        RetryRule("charter.base.errors.SourceAway", RetryAction.DEFAULT, reason="the source may be back soon"),
        RetryRule(
            [
                "charter.base.errors.DefinitionError",
                "charter.base.errors.SettingError",
                "charter.base.errors.SourceError",
            ],
            RetryAction.FAIL,
            reason="somebody has to mend this first",
        ),
    ]
)

TASKS: dict[str, Any] = {
    "owner": "charter-data",
    "retries": 3,
    "retry_delay": timedelta(seconds=RETRY_SECONDS),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=1),
    "retry_policy": FAILING_FAST,
}

DAGS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=6),
    "default_args": TASKS,
    "params": {
        "as_of": Param(
            None,
            type=["null", "string"],
            title="As of",
            description="Leave empty for the last midnight. Else a date (2026-07-05: the night after that day) "
            "or an instant with its offset (2026-07-06T00:00:00+09:00). Any night may be run again.",
        )
    },
}

WEEK = Param(
    None,
    type=["null", "string"],
    title="Week",
    description="Leave empty for the last week that had ended. Else a week as ISO 8601 names it (2026-W26), "
    "however long ago it ended.",
)


MONTH = Param(
    None,
    type=["null", "string"],
    title="Month",
    description="Leave empty for the last month that had ended. Else a month (2026-06), however long ago it ended.",
)

# Whose tasks are being made.
_AGENCY: ContextVar[str | None] = ContextVar("agency", default=None)


@contextmanager
def dag_of(schedule: Schedule, name: str, cron: str, rhythm: str) -> Iterator[dict[str, Any]]:
    """The options of the DAG ``name`` for one agency; steps that are made within work for that agency.

    ``cron`` runs by the agency's clocks. An agency whose folder names no zone is not scheduled: the DAG says why, and
    so does its first task.
    """
    token = _AGENCY.set(schedule.agency)
    own = [schedule.agency] if schedule.agency else []
    timetable = CronDataIntervalTimetable(cron, timezone=schedule.zone)
    try:
        yield {
            **DAGS,
            "dag_id": schedule.dag_id(name),
            "description": schedule.problem,
            "schedule": None if schedule.problem else timetable,
            "start_date": datetime(2026, 1, 1, tzinfo=ZoneInfo(schedule.zone)),
            "tags": ["charter", rhythm, *own],
        }
    finally:
        _AGENCY.reset(token)


def step(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Makes a task (with Airflow's ``options``) of a function that calls one step of the line.

    It fails as the command line does: its log says what is wrong, where, and what to do, and it ends with the command's
    exit status. The traceback is in the log at the level DEBUG. A defect of ours is thrown as it is.
    """

    def made(run: Callable[..., Any]) -> Any:
        agency = _AGENCY.get()

        @wraps(run)
        def ended(*arguments: Any, **named: Any) -> Any:
            from charter.base.agencies import working_for
            from charter.telling import ending_as_a_command

            with working_for(agency), ending_as_a_command(logging.getLogger("charter.line")):
                return run(*arguments, **named)

        return task(**options)(ended)

    return made


def by_task(manual: str) -> dict[str, str]:
    """What a DAG's manual says of each task, by its id: Airflow shows it on the task's own page, too."""
    return {said[1]: said[0].removeprefix("- ") for said in re.finditer(r"^- `(\w+)` .*(?:\n  .*)*", manual, re.M)}


def due_at(context: Context) -> datetime:
    """The instant for which this run stands: the end of its interval or, when it was triggered by hand, its trigger."""
    return context.get("data_interval_end") or context["dag_run"].run_after


def earlier_run_has_ended(context: Context) -> bool:
    """Whether the run before this one is over, well or not: nights are extracted in their order.

    A run without a place in the schedule's order (triggered by hand) waits for none.
    """
    before = context["ti"].get_previous_dagrun()
    return before is None or before.state in ("success", "failed")


def is_last_attempt(context: Context) -> bool:
    """Whether Airflow will not try this task again."""
    instance = context["ti"]
    return instance.try_number > instance.max_tries

"""What all DAGs share: who answers for them, how tasks are tried again, how a run gets its night, and waits for it."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import (
    Asset,
    Context,
    CronDataIntervalTimetable,
    ExceptionRetryPolicy,
    Param,
    PokeReturnValue,
    RetryAction,
    RetryDecision,
    RetryRule,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from charter.health.callbacks import after_tasks_of
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

# How long a scheduled run waits for its night. A week's and a month's reports: until the next Monday's run comes near,
# which reports them, too. A digest: until the working day is nearly over.
PATIENCE = {"week": timedelta(days=6), "month": timedelta(days=6), "working_day": timedelta(hours=9)}
LOOKS_EVERY = timedelta(minutes=5)
# A night, the nights that were missed before it, and the retries of both; reports, and their retries.
NIGHT_LASTS, REPORTS_LAST = timedelta(hours=14), timedelta(hours=6)
# A mail server that is slow to answer keeps the next watch waiting no longer.
WATCH_LASTS = timedelta(minutes=12)

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
def dag_of(
    schedule: Schedule,
    name: str,
    cron: str,
    rhythm: str,
    manual: str,
    *,
    lasts: timedelta,
    even_so: bool = False,
    **params: Param,
) -> Iterator[dict[str, Any]]:
    """The options of the DAG ``name`` for one agency; steps that are made within work for that agency.

    ``cron`` runs by the agency's clocks. An agency whose folder names no zone is not scheduled: the DAG says why, and
    so does its first task; unless it is to run ``even_so``, in UTC. With CHARTER_SCHEDULE=off nothing is, and what is
    new is not paused: a run that somebody asks for begins at once. A run that ``lasts`` longer is ended. ``params`` are
    the DAG's own, beside the night.
    """
    token = _AGENCY.set(schedule.agency)
    own = [schedule.agency] if schedule.agency else []
    timetable = CronDataIntervalTimetable(cron, timezone=schedule.zone)
    try:
        yield {
            **DAGS,
            "default_args": {**TASKS, **after_tasks_of(schedule.agency)},
            "dag_id": schedule.dag_id(name),
            "description": schedule.problem or headline(manual),
            "dagrun_timeout": lasts,
            "params": {**DAGS["params"], **params},
            "schedule": timetable if schedule.starts or (even_so and schedule.is_on) else None,
            "is_paused_upon_creation": None if schedule.is_on else False,
            "start_date": datetime(2026, 1, 1, tzinfo=ZoneInfo(schedule.zone)),
            "tags": ["charter", rhythm, *own],
        }
    finally:
        _AGENCY.reset(token)


def asset(kind: str) -> Asset:
    """What steps of the agency make and take: its ``lake``, published ``night``, ``reports``, ``mail``, ``evidence``
    or ``site``."""
    agency = _AGENCY.get()
    name = f"charter_{kind}_{agency}" if agency else f"charter_{kind}"
    # A scheme that begins so is nobody's: Airflow makes no assumption of it.
    return Asset(name=name, uri=f"x-charter://{agency or 'agency'}/{kind}", group="charter")


def step(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Makes a task (with Airflow's ``options``) of a function that calls one step of the line.

    It fails as the command line does: its log says what is wrong, where, and what to do, and it ends with the command's
    exit status. The traceback is in the log at the level DEBUG. A defect of ours is thrown as it is. What it gives out
    (``outlets``) is told with the night and the figures of what it did.
    """

    def made(run: Callable[..., Any]) -> Any:
        agency, parameters = _AGENCY.get(), signature(run)

        @wraps(run)
        def ended(*arguments: Any, **named: Any) -> Any:
            with _working_for(agency):
                did = run(*arguments, **named)
            for given in options.get("outlets", ()):
                asked = parameters.bind(*arguments, **named).arguments
                get_current_context()["outlet_events"][given].extra = _told({**asked, **did})
            return did

        return task(**options)(ended)

    return made


def waiting_step(patience: timedelta, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As ``step``, of a function that needs a night: a scheduled run waits for it, for as long as ``patience``.

    Waiting takes no worker's place. When patience is at its end the task fails, as it does at once in a run that was
    triggered by hand: with what is missing, and the remedy. A scheduled run whose morning has passed is skipped:
    nobody has to do anything.
    """

    def made(run: Callable[..., Any]) -> Any:
        agency = _AGENCY.get()

        @wraps(run)
        def looked(*arguments: Any, **named: Any) -> PokeReturnValue:
            from charter.base.errors import MorningPassed, NightMissing

            with _working_for(agency):
                try:
                    return PokeReturnValue(is_done=True, xcom_value=run(*arguments, **named))
                except MorningPassed as passed:
                    if not is_scheduled(get_current_context()):
                        raise
                    raise AirflowSkipException(f"{passed.problems[0].what}; {passed.problems[0].remedy}") from passed
                except NightMissing as missing:
                    until = _may_wait_until(get_current_context(), patience)
                    if until is None:
                        raise
                    logging.getLogger("charter.line").warning(
                        "%s. The reports are late, and wait for it until %s",
                        missing.problems[0].what,
                        until.isoformat(timespec="minutes"),
                    )
                    return PokeReturnValue(is_done=False)

        # Its own patience ends with a remedy; Airflow's would end without one.
        never, every = (patience + timedelta(days=1)).total_seconds(), LOOKS_EVERY.total_seconds()
        return task.sensor(timeout=never, mode="reschedule", poke_interval=every, **options)(looked)

    return made


@contextmanager
def _working_for(agency: str | None) -> Iterator[None]:
    from charter.base.agencies import working_for
    from charter.telling import ending_as_a_command

    # It tells hundreds of functions that it does not register, whenever it is loaded.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with working_for(agency), ending_as_a_command(logging.getLogger("charter.line")):
        yield


def _may_wait_until(context: Context, patience: timedelta) -> datetime | None:
    """The end of this run's patience; None when it has come, or nobody but the schedule may wait."""
    if not is_scheduled(context):
        return None
    now = datetime.now(UTC)
    until = (context["ti"].get_first_reschedule_date(context) or now) + patience
    return until if now < until else None


def _told(did: dict[str, Any]) -> dict[str, Any]:
    """What an asset's event says: the night and the figures, not the problems, which stand in the task's log."""
    return {name: value for name, value in did.items() if isinstance(value, str | int | float)}


def by_task(manual: str) -> dict[str, str]:
    """What a DAG's manual says of each task, by its id: Airflow shows it on the task's own page, too."""
    return {said[1]: said[0].removeprefix("- ") for said in re.finditer(r"^- `(\w+)` .*(?:\n  .*)*", manual, re.M)}


def headline(manual: str) -> str:
    """What a DAG is for, in a line: its manual's title, less its name."""
    return manual.strip().splitlines()[0].split(": ", 1)[1].capitalize()


def is_scheduled(context: Context) -> bool:
    """Whether the clock started this run, and nobody asked for a certain night, week or month."""
    return context["dag_run"].run_type == "scheduled"


def names_no_period(context: Context) -> bool:
    """Whether the run reports what is due, and not a week or a month that somebody asked for."""
    return context["dag_run"].run_type != "backfill" and not any(context["params"][name] for name in context["params"])


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

"""What Airflow calls when a task of ours has ended: a failure is written down, and a good run takes it away.

The calls run within the task's process (after a lost one in Airflow's own), and never fail it: what they can't write is
in the log. The probe of the tasks, and through it the next watch, tells people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_log = logging.getLogger("charter.health")
Callback = Callable[[Mapping[str, Any]], None]


def after_tasks_of(agency: str | None) -> dict[str, Callback]:
    """Both calls, as Airflow names them, for the tasks of one agency (None: the only one)."""
    return {
        "on_failure_callback": lambda context: _quietly(_failed, agency, context),
        "on_success_callback": lambda context: _quietly(_went_well, agency, context),
    }


def _quietly(call: Callback, agency: str | None, context: Mapping[str, Any]) -> None:
    from charter.base.agencies import working_for

    try:
        with working_for(agency):
            call(context)
    # A notice less must not turn a good task red, nor hide why a red one is.
    except Exception:
        _log.warning("that the task ended could not be written down", exc_info=True)


def _failed(context: Mapping[str, Any]) -> None:
    from charter.base.settings import Settings
    from charter.health.tasks import FailedTask, keep_failure, problem_of

    error = context.get("exception")
    problem = problem_of(error if isinstance(error, BaseException) else None)
    failed = FailedTask(
        dag=context["ti"].dag_id,
        task=_task(context),
        run=context["ti"].run_id,
        at=datetime.now(UTC),
        what=problem.what,
        where=problem.where,
        remedy=problem.remedy,
    )
    keep_failure(Settings.from_environment(), failed)


def _went_well(context: Mapping[str, Any]) -> None:
    from charter.base.settings import Settings
    from charter.health.tasks import forget_failure

    forget_failure(Settings.from_environment(), context["ti"].dag_id, _task(context))


def _task(context: Mapping[str, Any]) -> str:
    """The task by its id; of one that is made for each source, with its number among them."""
    index = context["ti"].map_index
    return str(context["ti"].task_id) if index < 0 else f"{context['ti'].task_id}.{index}"

"""How did the last steps end? What a command line could not do, what was stopped, and what hangs.

A step that failed in a run of Airflow is tried again, and told by its task when it failed for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from charter.base.moments import last_ended_day
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place
from charter.runs.journal import runs_since
from charter.runs.models import StepRun

# What schedules run; a person who tries something else sees how it ends.
_SCHEDULED = (
    *("settings", "extract", "transform", "assert", "publish", "seal", "site"),
    *("reports", "deliver", "seal_reports", "digests", "seal_digests"),
)
_OF_A_COMMAND = "command/"
_NIGHTS = 5
# Older failures are told by what is missing since.
_SHOWN = timedelta(days=2)
# Airflow notices a process that is gone, and tries the step again.
_TRIED_AGAIN = timedelta(hours=1)
_LONG = timedelta(hours=6)


def look(place: Place, now: datetime) -> Iterator[Finding]:
    newest = _newest(place, now)
    wrong = [finding for run in newest.values() if (finding := _finding(place, run, now)) is not None]
    yield from wrong
    if not wrong:
        done = [run for run in newest.values() if run.outcome == "done"]
        last = max(done, key=lambda run: run.began, default=None)
        said = f"the last step was {last.name}, {last.began:%Y-%m-%d %H:%M} UTC" if last else "no step in two days"
        yield in_order("runs/all", f"{said}; none failed")


def _newest(place: Place, now: datetime) -> dict[str, StepRun]:
    """The newest run of each step and source, of the last days. The earliest come first, and the last one stays."""
    runs = runs_since(place.settings, most=_NIGHTS)
    return {
        run.name: run
        for run in runs
        if run.step in _SCHEDULED and run.replay is None and now - _SHOWN < run.began <= now
    }


def _finding(place: Place, run: StepRun, now: datetime) -> Finding | None:
    age, code = now - run.began, ""
    if run.outcome == "failed" and run.run.startswith(_OF_A_COMMAND):
        code = "step_failed"
    elif run.outcome == "unfinished" and (run.run.startswith(_OF_A_COMMAND) or age > _TRIED_AGAIN):
        code = "step_unfinished"
    elif run.outcome == "running" and age > _LONG:
        code = "step_long"
    if not code:
        return None
    return Finding(
        cause=f"runs/{run.name.replace(' ', '.')}",
        state=State.WARNING if code == "step_long" else State.FAILURE,
        code=code,
        where=run.error.where if run.error is not None and run.error.where else "var/logs",
        values={
            "step": run.name,
            "night": last_ended_day(run.night, place.zone).isoformat() if run.night is not None else "–",
            "problem": run.error.kind if run.error is not None else "–",
            "hours": int(age.total_seconds() // 3600),
        },
        since=run.began,
    )

"""Which step runs here just now: whoever logs within it is told apart by it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from charter.base.errors import CharterError
from charter.base.settings import Settings
from charter.runs.journal import noted
from charter.runs.models import StepRun


@dataclass
class CurrentStep:
    """The step that runs, in which installation, and what is noted of it meanwhile."""

    settings: Settings
    run: StepRun
    counts: dict[str, int | str] = field(default_factory=dict)


_CURRENT: ContextVar[CurrentStep | None] = ContextVar("step", default=None)


def current_step() -> CurrentStep | None:
    return _CURRENT.get()


@contextmanager
def within(step: CurrentStep) -> Iterator[None]:
    """Within it, ``step`` is the one that runs."""
    token = _CURRENT.set(step)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def note_replay(name: str) -> None:
    """The step that runs builds a night beside the published one."""
    if (step := _CURRENT.get()) is not None and step.run.replay != name:
        step.run = replace(step.run, replay=name)
        with suppress(CharterError, OSError):
            noted(step.settings, step.run)


def run_id(environment: Mapping[str, str] = os.environ) -> str:
    """What a step's run belongs to: the run of an Airflow DAG, or this process."""
    if run := environment.get("AIRFLOW_CTX_DAG_RUN_ID"):
        return f"{environment.get('AIRFLOW_CTX_DAG_ID', 'airflow')}/{run}"[:120]
    return _of_this_process(os.getpid())


@lru_cache(maxsize=1)
def _of_this_process(_pid: int) -> str:
    """An id that is new in every process."""
    return f"command/{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"

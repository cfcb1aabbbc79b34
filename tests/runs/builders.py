"""Runs of steps as a journal would hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from charter.base.settings import Settings
from charter.runs import StepRun

HOME = Path(__file__).parents[2]
NIGHT = datetime(2026, 7, 5, 15, tzinfo=UTC)
BEGAN = datetime(2026, 7, 5, 17, tzinfo=UTC)


def installation(folder: Path, **environment: str) -> Settings:
    """The installation in ``folder``, of KOTRA's charter."""
    return Settings(HOME, HOME / "charters" / "kotra", folder, environment)


def a_run(step: str = "transform", *, minute: int = 0, seconds: float | None = None, **fields: Any) -> StepRun:
    """A run of ``step`` that began ``minute`` minutes into the night's work; with ``seconds`` it is done."""
    began = fields.pop("began", BEGAN) + timedelta(minutes=minute)
    given = {
        "attempt": f"{step}-{fields.get('source', '')}-{minute}-{began:%m%d}",
        "run": "command/1",
        "agency": "kotra",
        "night": NIGHT,
        **({} if seconds is None else {"ended": began + timedelta(seconds=seconds), "outcome": "done"}),
        **fields,
    }
    return StepRun(step=step, began=began, **given)

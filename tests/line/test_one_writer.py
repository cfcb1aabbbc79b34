"""Every step that writes waits for whoever else does; sending and reading do not."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from charter import line
from charter.backfill import run_night
from charter.base.errors import SettingError, StateError
from tests.line.installation import HOME

NIGHT = "2026-07-05T15:00:00+00:00"
STEPS: dict[str, Callable[[], object]] = {
    "extract": lambda: line.extract("voc", NIGHT),
    "replay_corrections": lambda: line.replay_corrections("voc", NIGHT),
    "transform": lambda: line.transform(NIGHT),
    "assert": lambda: line.assert_expectations(NIGHT),
    "publish": lambda: line.publish(NIGHT),
    "seal": lambda: line.seal_night(NIGHT),
    "site": lambda: line.build_site(NIGHT),
    "reports": lambda: line.render_reports(NIGHT),
    "seal of a week": lambda: line.seal_week(NIGHT),
    "seal of a month": lambda: line.seal_month(NIGHT),
    "digests": lambda: line.render_digests(NIGHT),
    "seal of a morning": lambda: line.seal_morning(NIGHT),
    "publication": lambda: line.publish_year(2026),
    "pages of a week": line.refresh_site,
    "data docs": lambda: line.data_docs(NIGHT),
    "a night of a range": lambda: run_night(NIGHT),
}


@pytest.fixture
def another_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    monkeypatch.setenv("CHARTER_WRITER_WAIT", "0")
    lock = (tmp_path / "writer.lock").open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_writes_does_not_begin_while_another_one_writes(another_writes: object, step: str) -> None:
    with pytest.raises(StateError, match="another one writes"):
        STEPS[step]()


def test_what_only_reads_waits_for_nobody(another_writes: object) -> None:
    with pytest.raises(SettingError, match="nothing has been published yet"):
        line.published_night()

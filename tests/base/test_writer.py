"""One writer at a time: real processes that meet in one state folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings
from charter.base.writer import Writer, current_writer, writes, writing

# A night of two steps that says when each begins, between which another night could squeeze in.
NIGHT = """
import sys, time
from pathlib import Path
from charter.base.settings import Settings
from charter.base.writer import writing

settings, night, pause = Settings.from_environment(), sys.argv[1], float(sys.argv[2])
with writing(settings, "all steps", night):
    for step in ("transform", "publish"):
        with writing(settings, step, night):
            with (settings.var_dir / "steps").open("a") as steps:
                print(night, step, file=steps, flush=True)
            time.sleep(pause)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHARTER_HOME", str(Path(__file__).parents[2]))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    monkeypatch.setenv("CHARTER_WRITER_WAIT", "0")
    return Settings.from_environment()


@pytest.fixture
def patient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_WRITER_WAIT", "60")


@pytest.fixture
def someone_writes(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the right to write until it is ended."""
    process = night("2026-07-05", pause=600)
    steps = settings.var_dir / "steps"
    while not steps.exists():
        assert process.poll() is None
        time.sleep(0.02)
    yield process
    process.kill()
    process.wait()


def night(day: str, pause: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", NIGHT, day, str(pause)])


@pytest.mark.usefixtures("patient")
def test_two_nights_that_begin_at_once_run_one_after_the_other_and_never_mix(settings: Settings) -> None:
    for process in [night("2026-07-04", pause=0.2), night("2026-07-05", pause=0.2)]:
        assert process.wait() == 0

    steps = (settings.var_dir / "steps").read_text().split("\n")[:-1]
    assert sorted([steps[:2], steps[2:]]) == [
        ["2026-07-04 transform", "2026-07-04 publish"],
        ["2026-07-05 transform", "2026-07-05 publish"],
    ]


def test_who_has_to_wait_for_too_long_is_told_who_writes_since_when_and_what_to_do(
    settings: Settings, someone_writes: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(StateError) as refused, writing(settings, "transform", "2026-07-06"):
        pass

    (problem,) = refused.value.problems
    for told in ("2026-07-05", f"process {someone_writes.pid} on", "since 20"):
        assert told in problem.what
    assert "CHARTER_WRITER_WAIT" in problem.remedy


def test_who_waits_says_for_whom(
    settings: Settings,
    someone_writes: subprocess.Popen[bytes],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHARTER_WRITER_WAIT", "2")

    with pytest.raises(StateError), writing(settings, "transform", "2026-07-06"):
        pass

    (said,) = [record.getMessage() for record in caplog.records if record.name == "charter.writer"]
    assert f"process {someone_writes.pid} on" in said and "for 2 s at most" in said


def test_a_writer_that_is_killed_holds_nothing_any_more(
    settings: Settings, someone_writes: subprocess.Popen[bytes]
) -> None:
    os.kill(someone_writes.pid, signal.SIGKILL)
    someone_writes.wait()

    with writing(settings, "transform", "2026-07-06"):
        now = current_writer(settings)

    assert now is not None and (now.pid, now.step, now.night) == (os.getpid(), "transform", "2026-07-06")


def test_a_writer_that_is_gone_while_its_lock_is_held_is_told_with_what_to_look_for(
    settings: Settings, someone_writes: subprocess.Popen[bytes]
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    said = settings.var_dir / "writer.json"
    said.write_text(json.dumps({**json.loads(said.read_text()), "pid": ended.pid}))

    said_so = "that process has ended, and one that it began still holds the lock"
    with pytest.raises(StateError, match=said_so), writing(settings, "transform"):
        pass


def test_sources_are_extracted_side_by_side_but_not_beside_any_other_step(settings: Settings) -> None:
    code = (
        "from charter.base.settings import Settings\nfrom charter.base.writer import writing\n"
        "with writing(Settings.from_environment(), 'STEP', together=TOGETHER): pass"
    )

    def try_beside(step: str, together: bool) -> int:
        text = code.replace("STEP", step).replace("TOGETHER", str(together))
        return subprocess.run([sys.executable, "-c", text], capture_output=True).returncode

    with writing(settings, "extract", together=True):
        assert try_beside("extract", together=True) == 0
        assert try_beside("transform", together=False) == 1


def test_a_step_within_a_night_waits_for_nobody(settings: Settings) -> None:
    @writes("extract", together=True)
    def extract(source_id: str, as_of: str) -> str:
        return f"{source_id} {as_of}"

    with writing(settings, "all steps", "2026-07-05"), writing(settings, "transform", "2026-07-05"):
        assert extract("voc", "2026-07-05") == "voc 2026-07-05"
        told = current_writer(settings)

    assert told is not None and told.step == "all steps", "whoever waits is told of the whole night"


def test_a_lock_file_that_was_removed_is_taken_anew(
    settings: Settings, someone_writes: subprocess.Popen[bytes]
) -> None:
    (settings.var_dir / "writer.lock").unlink()

    with writing(settings, "transform"):
        pass


def test_a_task_of_airflow_and_a_command_are_told_by_their_names(settings: Settings) -> None:
    context = {"AIRFLOW_CTX_DAG_ID": "charter_nightly", "AIRFLOW_CTX_DAG_RUN_ID": "scheduled__2026-07-05"}

    task = Writer.of_this_process("transform", "2026-07-05", context)
    command = Writer.of_this_process("all steps", None, {})

    assert str(task).startswith("Airflow, charter_nightly scheduled__2026-07-05 (transform, night 2026-07-05; ")
    assert "--" not in command.command, "a command's arguments may name people"


def test_a_wait_that_is_no_number_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_WRITER_WAIT", "half an hour")

    with pytest.raises(SettingError, match="half an hour"), writing(settings, "transform"):
        pass

"""The main job's own parts: what it makes for its children, how it reads Airflow's log, what it says at the end."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.commands.results import Unknowns
from charters import main_job
from charters.main_job import (
    Airflow,
    DagRun,
    JobFailed,
    Score,
    Terminal,
    child,
    environment_of,
    make_ready,
    print_scores,
    run_dag,
    without_others,
)
from charters.one_airflow import COMMAND_ENDED


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder, charter_dir=folder / "charters", var_dir=folder / "var", environment={})


def on_paper() -> Console:
    return Console(file=io.StringIO(), width=120, highlight=False)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def entry(event: str, **more: Any) -> str:
    return json.dumps({"level": "info", "event": event, **more})


def log_of(
    task: str,
    returned: Any = None,
    *,
    index: int = -1,
    failure: tuple[str, ...] = (),
    defect: tuple[str, str] | None = None,
) -> list[str]:
    """What Airflow logs of one try of one task: ``failure`` holds the problems that it tells before it ends."""
    lines = [entry(f"[DAG TEST] starting task_id={task} map_index={index}")]
    if failure:
        lines += [entry(problem, level="error", logger="charter.line") for problem in failure]
        lines.append(entry("Task exited", level="error", exit_code=4))
    elif defect is not None:
        exception = [{"exc_type": defect[0], "exc_value": defect[1]}]
        lines.append(entry("Task failed with exception", level="error", exception=exception))
    else:
        lines.append(entry(f"Done. Returned value was: {returned!r}"))
    return [*lines, entry(f"[DAG TEST] end task task_id={task} map_index={index}")]


def read(lines: list[str]) -> DagRun:
    run = DagRun("charter_nightly")
    for line in lines:
        run.read(line, 0.0)
    return run


class TestEnvironment:
    def test_another_installations_settings_do_not_reach_the_demo(self) -> None:
        environment = {
            "PATH": "/usr/bin",
            "CHARTER_VAR": "elsewhere",
            "CHARTER_CONN_VOC": "postgresql://production/voc",
            "CHARTER_SMTP_HOST": "mail.production",
            "CHARTER_SIGNING_KEY": "secret",
            "AIRFLOW__CORE__DAGS_FOLDER": "/srv/dags",
        }

        assert without_others(environment) == {"PATH": "/usr/bin", "CHARTER_VAR": "elsewhere"}


class TestWhoseDemonstration:
    PROJECT = Path(main_job.__file__).parents[1]

    def test_the_usual_agency_is_that_of_an_installation_of_one(self) -> None:
        assert environment_of("kotra", {"CHARTER_VAR": "elsewhere"}, self.PROJECT) == {"CHARTER_VAR": "elsewhere"}

    def test_another_one_has_a_folder_and_a_state_of_its_own(self) -> None:
        own = {"CHARTER_DIR": "charters/library", "CHARTER_VAR": "var/library"}

        assert environment_of("library", {"CHARTER_DIR": "charters/kotra"}, self.PROJECT) == own

    def test_one_that_is_not_there_is_told_with_those_that_are(self) -> None:
        with pytest.raises(SettingError) as refused:
            environment_of("libary", {}, self.PROJECT)

        assert "there is no demonstration of an agency 'libary'" in str(refused.value)
        assert "choose kotra or library" in str(refused.value)


class TestReadingTheLog:
    def test_a_task_shows_its_name_and_counts(self) -> None:
        run = read(log_of("transform", {"models": 55, "tests": 12}))

        assert [(task.label, task.figures) for task in run.tasks] == [("transform", "models 55, tests 12")]

    def test_a_mapped_task_shows_its_source_and_what_it_could_not_read(self) -> None:
        run = read(log_of("extract", {"source_id": "voc", "landed": 7, "problems": ["voc: away"]}, index=3))

        assert [(task.label, task.figures, task.problems) for task in run.tasks] == [
            ("extract voc", "landed 7", ["voc: away"])
        ]

    def test_a_failure_is_told_in_the_words_of_its_error(self) -> None:
        words = ("models/x.sql: the model x failed\n    → mend it", "models/y.sql: the model y failed\n    → mend it")

        run = read(log_of("transform", failure=words))

        assert run.failures == {"transform": "\n".join(words)}
        assert not run.tasks

    def test_a_defect_is_told_with_its_kind(self) -> None:
        run = read(log_of("transform", defect=("KeyError", "'x'")))

        assert run.failures == {"transform": "KeyError: 'x'"}

    def test_a_task_that_succeeds_when_tried_again_has_not_failed(self) -> None:
        failed = log_of("extract", index=1, failure=("voc: away",))

        run = read([*failed, *log_of("extract", {"source_id": "voc"}, index=1)])

        assert run.failures == {}
        assert [task.label for task in run.tasks] == ["extract voc"]

    def test_what_is_not_a_log_entry_is_kept_for_when_airflow_itself_falls_over(self) -> None:
        run = read(["Traceback (most recent call last):\n", "ModuleNotFoundError: No module named 'x'\n"])

        assert run.last_lines[-1] == "ModuleNotFoundError: No module named 'x'"


@contextmanager
def stand_in(folder: Path, program: str) -> Iterator[Airflow]:
    """Something else in Airflow's place: a process that runs ``program``."""
    (folder / "stand_in.py").write_text(program, encoding="utf-8")
    environment = {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]}
    with child(("stand_in",), environment) as process:
        yield Airflow(process)


class TestRunningADag:
    """With a stand-in that says what Airflow would log."""

    def run(self, folder: Path, lines: list[str], status: int = 0, console: Console | None = None) -> DagRun:
        last = json.dumps({"event": COMMAND_ENDED, "status": status})
        program = f"input()\nfor line in {[*lines, last]!r}:\n    print(line, flush=True)\ninput()\n"
        with stand_in(folder, program) as airflow:
            return run_dag(airflow, "d", date(2026, 7, 5), folder / "log", Terminal(console or on_paper()))

    def test_each_task_is_shown_and_everything_is_kept(self, tmp_path: Path) -> None:
        lines = log_of("resolve_night", "2026-07-05T15:00:00+00:00")
        console = on_paper()

        run = self.run(tmp_path, lines, console=console)

        assert [task.name for task in run.tasks] == ["resolve_night"]
        assert "resolve_night" in printed(console) and "2026-07-05T15:00:00+00:00" in printed(console)
        assert (tmp_path / "log").read_text(encoding="utf-8").splitlines() == lines

    def test_the_failing_task_is_named_with_its_reason_and_where_to_read_on(self, tmp_path: Path) -> None:
        lines = log_of("publish", failure=("var: the disk is full\n    → make room",))

        with pytest.raises(JobFailed, match="d, task publish: var: the disk is full") as failure:
            self.run(tmp_path, lines, 1)

        assert str(tmp_path / "log") in failure.value.advice

    def test_an_airflow_that_cannot_run_it_is_quoted(self, tmp_path: Path) -> None:
        with pytest.raises(JobFailed, match=r"status 1 after 0 tasks:\nno such table: dag"):
            self.run(tmp_path, ["no such table: dag"], 1)

    def test_an_airflow_that_dies_is_quoted_with_its_status(self, tmp_path: Path) -> None:
        program = "input()\nprint('Killed')\nraise SystemExit(3)\n"
        with stand_in(tmp_path, program) as airflow, pytest.raises(JobFailed, match=r"status 3 after 0 tasks:\nKilled"):
            run_dag(airflow, "d", date(2026, 7, 5), tmp_path / "log", Terminal(on_paper()))

    def test_one_that_ended_before_it_was_asked_is_told_too(self, tmp_path: Path) -> None:
        with stand_in(tmp_path, "print('No module named airflow')\n") as airflow:
            time.sleep(0.5)
            with pytest.raises(JobFailed, match=r"status 1 after 0 tasks:\nNo module named airflow"):
                run_dag(airflow, "d", date(2026, 7, 5), tmp_path / "log", Terminal(on_paper()))

    def test_a_run_of_no_tasks_is_no_success(self, tmp_path: Path) -> None:
        with pytest.raises(JobFailed, match="after 0 tasks"):
            self.run(tmp_path, [])

    def test_an_airflow_without_its_database_ends_the_job(self, tmp_path: Path) -> None:
        said = json.dumps({"event": COMMAND_ENDED, "status": 1})
        program = f"print('the disk is full', {said!r}, sep='\\n', flush=True)\ninput()\n"
        with stand_in(tmp_path, program) as airflow, pytest.raises(JobFailed, match="could not make its database"):
            make_ready(airflow, tmp_path / "log")
        assert (tmp_path / "log").read_text(encoding="utf-8") == "the disk is full\n"

    def test_one_process_runs_several_commands_and_tells_how_each_ended(self, tmp_path: Path) -> None:
        """With a stand-in for Airflow's own command line, below ours."""
        (tmp_path / "airflow").mkdir()
        (tmp_path / "airflow" / "__init__.py").touch()
        (tmp_path / "airflow" / "__main__.py").write_text(
            "import sys\n"
            "def main():\n"
            "    print('asked', *sys.argv[1:])\n"
            "    if 'wrong' in sys.argv: raise SystemExit('DagRun failed')\n"
            "    if 'usage' in sys.argv: raise SystemExit(2)\n"
            "    if 'defect' in sys.argv: raise KeyError('x')\n"
        )
        path = os.pathsep.join([str(tmp_path), str(Path(main_job.__file__).parents[1])])
        said = io.StringIO()
        with child(("charters.one_airflow",), {"PYTHONPATH": path, "PATH": os.environ["PATH"]}) as process:
            airflow = Airflow(process)
            for word in ("right", "wrong", "usage", "defect", "right"):
                airflow.ask("dags", word)
            ended = [airflow.answer(said) for _ in range(5)]

        assert ended == [0, 1, 2, 1, 0]
        lines = said.getvalue().splitlines()
        assert lines[:4] == ["asked dags right", "asked dags wrong", "DagRun failed", "asked dags usage"]
        assert lines[-2:] == ["KeyError: 'x'", "asked dags right"]

    def test_an_interruption_ends_the_child_and_its_children(self, tmp_path: Path) -> None:
        (tmp_path / "sleeper.py").write_text(
            "import subprocess, sys\n"
            "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "print(inner.pid, flush=True)\n"
            "inner.wait()\n"
        )
        environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}

        with pytest.raises(KeyboardInterrupt), child(("sleeper",), environment) as process:
            assert process.stdout is not None
            inner = int(process.stdout.readline())
            raise KeyboardInterrupt

        assert process.poll() is not None
        assert ended(inner)


def ended(pid: int) -> bool:
    """Whether the process is gone, or dead and only waiting for somebody to notice, within two seconds."""
    for _ in range(40):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if not state.stdout.strip() or state.stdout.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


class TestTheClosingSummary:
    def score(self, standard_id: str, result: str, met: int = 0, breached: int = 0, reason: str = "") -> Score:
        return Score(1, standard_id, result, met, breached, 2, 1, reason)

    def test_every_result_is_counted_and_the_broken_ones_are_listed_with_their_counts(self) -> None:
        console = on_paper()

        print_scores(
            console,
            [
                self.score("phone-answer", "broken", 1200, 31),
                self.score("champ-recruitment", "kept", 1),
                self.score("info-website", "no_data", reason="registers:2026-07-01"),
                self.score("phone-transfer", "no_data", 129, reason="refused:7"),
                self.score("satisfaction-survey", "nothing_due"),
            ],
            Unknowns(Settings.from_environment({})),
        )

        text = printed(console)
        assert "5 standards, this year so far: 1 kept, 1 broken, 1 nothing due yet, 2 no data" in text
        assert "champ-recruitment" not in text
        broken, missing, refused = text.splitlines()[-3:]
        assert broken.split() == ["phone-answer", "broken", "1,200", "31", "2", "1"]
        assert missing.split()[:3] == ["info-website", "no", "data"]
        assert missing.rstrip().endswith("days without data of registers, the first 2026-07-01")
        assert refused.rstrip().endswith("7 rows that could not be read")


def test_a_users_mistake_gets_a_message_and_no_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(main_job.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "charters.main_job", "--as-of", "2026-07-05"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "CHARTER_HOME" in done.stderr and "Traceback" not in done.stderr

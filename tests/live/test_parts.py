"""A part of a live installation is started once, found again by the next call, and ended with all that it started."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from charters.live.parts import Part, Running, Started, end, is_alive, start

# A program that says so when it is interrupted, as Airflow's parts do.
POLITE = (
    "import time\ntry:\n    print('up', flush=True)\n    time.sleep(60)\n"
    "except KeyboardInterrupt:\n    print('interrupted')\n"
)
# One that does not listen, and has a child.
STUBBORN = (
    "import signal, subprocess, sys, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print('child', child.pid, flush=True)\ntime.sleep(60)\n"
)

Begin = Callable[[str], tuple[Running, Path]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts a program as a part, and waits until it has said something; ends it when the test is over."""
    begun: list[Running] = []

    def started(program: str) -> tuple[Running, Path]:
        (tmp_path / "a_part.py").write_text(program, encoding="utf-8")
        log = tmp_path / "a_part.log"
        part = start(Part("a-part", ("a_part",)), {**os.environ, "PYTHONPATH": str(tmp_path)}, log)
        begun.append(part)
        until(lambda: log.read_text(encoding="utf-8") != "")
        return part, log

    yield started
    for part in begun:
        end(part, patience=0)


def until(come: Callable[[], bool]) -> None:
    for _ in range(400):
        if come():
            return
        time.sleep(0.025)
    pytest.fail("it did not come within ten seconds")


def test_a_part_outlives_the_call_that_started_it_and_is_found_again(begin: Begin, tmp_path: Path) -> None:
    part, _ = begin(POLITE)
    Started(parts=[part]).write(tmp_path / "started.json")

    assert Started.read(tmp_path / "started.json").alive() == {"a-part": part}
    assert os.getsid(part.pid) == part.pid, "a Ctrl-C at the terminal does not reach it"


def test_a_part_is_interrupted_and_given_time(begin: Begin) -> None:
    part, log = begin(POLITE)

    assert end(part) is True
    assert not is_alive(part)
    assert log.read_text(encoding="utf-8").endswith("interrupted\n")


def test_a_part_that_does_not_end_is_killed_with_its_children(begin: Begin) -> None:
    part, log = begin(STUBBORN)
    child = psutil.Process(int(log.read_text(encoding="utf-8").split()[1]))

    assert end(part, patience=0.2) is False
    until(lambda: not is_alive(part) and not child.is_running())


def test_the_orphans_of_a_part_that_was_killed_are_ended(begin: Begin) -> None:
    """kill -9 of the scheduler leaves its workers."""
    part, log = begin(STUBBORN)
    child = psutil.Process(int(log.read_text(encoding="utf-8").split()[1]))
    psutil.Process(part.pid).kill()
    until(lambda: not is_alive(part))
    assert child.is_running()
    os.waitpid(part.pid, 0)

    end(part)
    until(lambda: not child.is_running())


def test_another_process_with_the_number_of_an_old_part_is_left_alone(begin: Begin) -> None:
    part, _ = begin(POLITE)
    old = part.model_copy(update={"began": part.began - 1000})

    assert not is_alive(old)
    end(old)
    assert is_alive(part)


def test_nothing_was_started_where_no_file_says_so(tmp_path: Path) -> None:
    assert Started.read(tmp_path / "started.json").alive() == {}

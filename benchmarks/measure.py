"""Runs a job in a process of its own and says what it took."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
# The arguments of each job, by its name.
Jobs = dict[str, dict[str, Any]]


class JobFailedError(Exception):
    """A job ended with an error; what it said has been shown."""


@dataclass(frozen=True)
class Cost:
    """Wall and CPU (user and system) seconds of one process from start to end, and its peak of resident memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    result: Any


def run(job: str, *, checkout: Path = HOME, **given: Any) -> Cost:
    """Runs one job with the program in ``checkout``; raises JobFailedError when it fails. This process stays small: a
    child's peak begins with its."""
    command = [sys.executable, "-m", "benchmarks.jobs", job, json.dumps(given, default=str)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HOME), str(checkout / "src")))}
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=HOME, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise JobFailedError(f"{job} ended with status {process.returncode}")
    result = json.loads(said.decode().splitlines()[-1])
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, result)


@dataclass(frozen=True)
class Moment:
    """What the whole machine, and this process's children, had used of the cores up to now (CPU seconds)."""

    at: float
    machine_s: float
    children_s: float

    @classmethod
    def now(cls) -> Moment:
        user, nice, system, _idle, _wait, irq, softirq, *_ = (
            int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        )
        used = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
        children = os.times()
        return cls(time.perf_counter(), used, children.children_user + children.children_system)

    def others_share(self, since: Moment) -> float:
        """The share of the cores that went to neither idling nor this run, from ``since`` on."""
        others = (self.machine_s - since.machine_s) - (self.children_s - since.children_s)
        return max(others, 0) / ((self.at - since.at) * (os.cpu_count() or 1))


def median(costs: Sequence[Cost]) -> Cost:
    """The middle of several runs, figure by figure."""
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
        costs[-1].result,
    )


def repeated(jobs: Jobs, repeat: int, patience_s: float) -> dict[str, Cost]:
    """Runs ``jobs`` in turn, ``repeat`` rounds of them, but no further round once one took longer than ``patience_s``.

    Side by side, so that a machine that is busier for a while is so for all of them.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for _ in range(repeat):
        start = time.perf_counter()
        for name, given in jobs.items():
            costs[name].append(run(name, **given))
        if time.perf_counter() - start > patience_s:
            break
    return {name: median(each) for name, each in costs.items()}

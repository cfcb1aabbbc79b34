"""Many reports rendered by several processes: the same bytes, whichever of them renders a report.

This process begins with the first report, its helpers with the last; they meet somewhere. A helper only saves time:
what it does not give, or fails at, is rendered here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from charter.base.errors import SettingError
from charter.base.moments import Period
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.report.week import RenderedReport, Renderer, WeekReport

_PROCESSES = "CHARTER_PROCESSES"
# A helper reads the program for about two seconds before it renders anything: fewer reports are made sooner here.
FEWEST = 16
_COMMAND = (sys.executable, "-c", "from charter.report.rendering import main; main()")


@dataclass(frozen=True)
class RenderJob:
    """One report of ``week`` to render, as the revision that it is filed as."""

    week: Period
    report: WeekReport


def processes(settings: Settings) -> int:
    """How many processes render: CHARTER_PROCESSES, or as many as this one may use cores. Raises SettingError."""
    given = settings.environment.get(_PROCESSES, "")
    if not given:
        # Not every system can say which cores a process may use.
        allowed = getattr(os, "sched_getaffinity", None)
        return len(allowed(0)) if allowed else os.cpu_count() or 1
    if not given.isdecimal() or int(given) < 1:
        raise SettingError(
            f"'{given}' cannot be used",
            where=_PROCESSES,
            remedy="give how many processes may render reports, such as 2",
        )
    return int(given)


class Rendering:
    """Reports on their way. Ask for each once, in the order of the jobs."""

    def __init__(
        self, renderer: Renderer, jobs: Sequence[RenderJob], futures: Sequence[Future[RenderedReport | None]] = ()
    ) -> None:
        self._renderer, self._jobs, self._futures = renderer, jobs, futures

    def report(self, place: int) -> RenderedReport:
        """The report of the job at ``place`` (from 0 on). Raises what rendering it raises."""
        made = None
        # What no helper has begun with is rendered here.
        if self._futures and not self._futures[place].cancel():
            made = self._futures[place].result()
        return made or _rendered(self._renderer, self._jobs[place])


def _rendered(renderer: Renderer, job: RenderJob) -> RenderedReport:
    return renderer.report(job.week, job.report, job.report.filed_as)


@contextmanager
def rendering(
    renderer: Renderer, jobs: Sequence[RenderJob], *, fewest: int = FEWEST, command: Sequence[str] = _COMMAND
) -> Iterator[Rendering]:
    """Renders ``jobs``, with a further process for every ``fewest`` of them, as far as there may be more. Helpers (run
    by ``command``) have ended when this returns. Raises SettingError."""
    helpers = min(processes(renderer.settings) - 1, len(jobs) // fewest)
    if helpers < 1:
        yield Rendering(renderer, jobs)
        return
    crew = _Crew(command, _told_first(renderer))
    with ThreadPoolExecutor(helpers, thread_name_prefix="renders") as threads:
        try:
            last_first = {place: threads.submit(crew.render, job) for place, job in reversed([*enumerate(jobs)])}
            yield Rendering(renderer, jobs, [last_first[place] for place in range(len(jobs))])
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            crew.end()


def _told_first(renderer: Renderer) -> bytes:
    """What a helper is told before its first job. It reads the charter's folder itself, which must be the same."""
    settings = replace(renderer.settings, environment=dict(renderer.settings.environment))
    return pickle.dumps((settings, renderer.agency.digests, renderer.head))


class _Crew:
    """The helpers: one for each thread that asks, begun when it first does."""

    def __init__(self, command: Sequence[str], known: bytes) -> None:
        self._command, self._known = command, known
        self._own = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []
        self._has_ended = False
        self._lock = threading.Lock()

    def render(self, job: RenderJob) -> RenderedReport | None:
        """The report, by this thread's helper; None when it does not give it."""
        try:
            helper = self._helper()
            if helper is None or helper.stdin is None or helper.stdout is None:
                return None
            pickle.dump(job, helper.stdin)
            helper.stdin.flush()
            made = pickle.load(helper.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        return made if isinstance(made, RenderedReport) else None

    def _helper(self) -> subprocess.Popen[bytes] | None:
        if not hasattr(self._own, "helper"):
            with self._lock:
                self._own.helper = None if self._has_ended else self._begun()
            if self._own.helper is not None and self._own.helper.stdin is not None:
                self._own.helper.stdin.write(self._known)
        helper: subprocess.Popen[bytes] | None = self._own.helper
        return helper

    def _begun(self) -> subprocess.Popen[bytes]:
        # It finds the program where this process does.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
        helper = subprocess.Popen(self._command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._all.append(helper)
        return helper

    def end(self) -> None:
        """Ends every helper, whatever it does."""
        with self._lock:
            self._has_ended = True
        for helper in self._all:
            helper.kill()
            helper.wait()
            for pipe in (helper.stdin, helper.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()


def help_out(asked: BinaryIO, told: BinaryIO) -> None:
    """Renders what is ``asked``, one report after the other, until nothing more is. None where it fails: the asking
    process then finds out why."""
    settings, digests, head = pickle.load(asked)
    agency = load_agency(settings.charter_dir, settings.cache_dir)
    if agency.digests != digests:
        return
    renderer = Renderer(settings, agency, head)
    while True:
        try:
            job: RenderJob = pickle.load(asked)
        except EOFError:
            return
        made: Any = None
        with suppress(Exception):
            made = _rendered(renderer, job)
        pickle.dump(made, told)
        told.flush()


def main() -> None:
    """The helper's process. Whatever else it prints goes where errors go."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError, KeyboardInterrupt):
        help_out(sys.stdin.buffer, told)

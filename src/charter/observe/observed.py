"""Makes a step of the line one that is observed."""

from __future__ import annotations

import inspect
import logging
import re
import resource
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from charter.base.errors import CharterError, DeliveryError, SettingError, SourceError
from charter.base.settings import Settings
from charter.observe.found import found_after
from charter.runs.current import CurrentStep, run_id, within
from charter.runs.journal import Running, began, ended
from charter.runs.log import LOG_ONLY, keep_log
from charter.runs.models import StepError, StepRun
from charter.runs.wording import place
from charter.state_owner import RESTORING, owner_of

OFF = "CHARTER_RUNS"
# After these, and after whatever failed, the status pages are written anew: what they need is loaded by then.
_PAGES_AFTER = ("site", "seal_reports", "seal_digests")
_ID = re.compile(r"""^id:\s*["']?([\w-]+)""", re.MULTILINE)
log = logging.getLogger("charter.runs")

P = ParamSpec("P")
R = TypeVar("R")


def observed(step: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function the step ``step``: when it begins and how it ends is told in the journal (``charter.runs``), the
    log, the metrics and the traces. Its parameters ``as_of`` and ``source_id``, where it has them, are its night and
    source. What it returns or raises goes through."""

    def made(run: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(run)

        @wraps(run)
        def seen(*arguments: P.args, **named: P.kwargs) -> R:
            watched = _begin(step, parameters.bind(*arguments, **named).arguments)
            if watched is None:
                return run(*arguments, **named)
            with within(watched.step):
                try:
                    did = run(*arguments, **named)
                except BaseException as error:
                    watched.end(error=error)
                    raise
                watched.end(did=did)
                return did

        return seen

    return made


class _Watched:
    """A step that has begun, and what is to be told when it ends."""

    def __init__(self, step: CurrentStep, running: Running) -> None:
        self.step = step
        self._running = running

    def end(self, *, did: object = None, error: BaseException | None = None) -> None:
        try:
            self._end(did, error)
        except Exception as failed:  # whoever observes stops nothing
            log.warning("how the step ended was not told (%s)", type(failed).__name__)

    def _end(self, did: object, error: BaseException | None) -> None:
        settings = self.step.settings
        run = replace(
            self.step.run,
            ended=datetime.now(UTC),
            outcome="done" if error is None else "failed",
            error=None if error is None else error_of(settings, error),
            peak_bytes=_peak_bytes(),
        )
        found = found_after(settings, run)
        run = replace(run, counts={**_counts(did), **found.counts, **self.step.counts})
        self.step.run = run
        ended(settings, self._running, run)
        _log_end(run, error)
        _tell_others(settings, run)


def _begin(step: str, arguments: Mapping[str, Any]) -> _Watched | None:
    """None where nothing is to be observed: it is set so, or there is no installation, which the step itself says."""
    try:
        settings = Settings.from_environment()
    except SettingError:
        return None
    if settings.environment.get(OFF, "").lower() == "off" or _is_anothers(settings):
        return None
    night = arguments.get("as_of")
    run = StepRun(
        attempt=secrets.token_hex(8),
        run=run_id(),
        agency=settings.charter_dir.name,
        step=step,
        began=datetime.now(UTC),
        night=datetime.fromisoformat(night).astimezone(UTC) if isinstance(night, str) else None,
        source=arguments.get("source_id"),
    )
    try:
        running, lost = began(settings, run)
        keep_log()
        for each in lost:
            with within(CurrentStep(settings, each)):
                log.error("%s began at %s and never ended: its process is gone", each.name, each.began.isoformat())
        watched = _Watched(CurrentStep(settings, run), running)
        with within(watched.step):
            LOG_ONLY.info("%s begins", run.name)
    except Exception as error:  # whoever observes stops nothing
        log.warning("the step is not written down (%s)", type(error).__name__)
        return None
    return watched


def _is_anothers(settings: Settings) -> bool:
    """Whether the state folder is another charter's, or a restore of it was cut short: the step refuses it, and nothing
    is written there. The charter's id is read from its line alone: whether the file is sound, the step says."""
    if (settings.var_dir / RESTORING).exists():
        return True
    try:
        found = _ID.search((settings.charter_dir / "charter.yaml").read_text(encoding="utf-8"))
        owner = owner_of(settings)
    except Exception:  # the step says what is wrong with them
        return False
    return found is not None and owner is not None and owner != found[1]


def error_of(settings: Settings, error: BaseException) -> StepError:
    """Why a step failed: of our own errors the place that they name, of any other the line of code."""
    if isinstance(error, CharterError):
        return StepError(type(error).__name__, place(settings, error.problems[0].where))
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return StepError(type(error).__name__, where)


def _counts(did: object) -> dict[str, int | str]:
    """The figures of what a step says it did, and the state of a source; texts are left out."""
    if not isinstance(did, Mapping):
        return {}
    counts: dict[str, int | str] = {str(name): int(value) for name, value in did.items() if isinstance(value, int)}
    if isinstance(did.get("status"), str):
        counts["status"] = did["status"]
    # Of which kind the reports are: what runs them again is called after it.
    counts |= {kind: did[kind] for kind in ("week", "month") if isinstance(did.get(kind), str)}
    if problems := did.get("problems"):
        counts["problems"] = len(problems)
    return counts


def _log_end(run: StepRun, error: BaseException | None) -> None:
    took = f"{run.name} {run.outcome} after {run.seconds or 0:.1f} s"
    if error is None:
        counts = ", ".join(f"{name} {value}" for name, value in run.counts.items())
        LOG_ONLY.info("%s%s", took, f": {counts}" if counts else "")
        return
    assert run.error is not None
    # What a source or a mail server said may name people: of these errors the place is told. A terminal has the words.
    if isinstance(error, CharterError) and not isinstance(error, SourceError | DeliveryError):
        said = "; ".join(problem.what for problem in error.problems[:5])
    else:
        said = run.error.kind
    LOG_ONLY.error("%s at %s: %s", took, run.error.where or "an unknown place", said, exc_info=error)


def _tell_others(settings: Settings, run: StepRun) -> None:
    """Hands the ended run to whatever shows runs elsewhere. Each that fails fails alone."""
    from charter.observe.telemetry import export

    tellers: list[Callable[[], object]] = [lambda: _write_metrics(settings), lambda: export(settings, run)]
    if run.replay is None and (run.step in _PAGES_AFTER or run.outcome != "done"):
        tellers.append(lambda: _write_pages(settings))
    _each(tellers)


def show_now(settings: Settings) -> None:
    """Writes figures and pages as things are now: a step that was killed, and a night that nobody ran, are told by no
    step. Whatever fails here is logged, and stops nobody."""
    if settings.environment.get(OFF, "").lower() != "off":
        _each([lambda: _write_metrics(settings), lambda: _write_pages(settings)])


def _each(tellers: Iterable[Callable[[], object]]) -> None:
    for tell in tellers:
        try:
            tell()
        except Exception as error:
            log.warning("how runs went was not told to others (%s)", type(error).__name__)


def _write_metrics(settings: Settings) -> None:
    from charter.observe.metrics import write_metrics

    write_metrics(settings, datetime.now(UTC))


def _write_pages(settings: Settings) -> None:
    from charter.definitions import load_agency
    from charter.observe.status import write_status

    write_status(settings, load_agency(settings.charter_dir, settings.cache_dir), datetime.now(UTC))


def _peak_bytes() -> int:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

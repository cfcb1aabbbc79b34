"""How each of the last nights went, worked out of the journal of runs and the seals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day, every_day, last_ended_day, local_date
from charter.health.probes.nights import DUE_AT
from charter.runs.models import StepRun

# done         sealed
# running      a step of it runs
# failed       the newest run of one of its steps failed
# unfinished   the newest run of one of its steps was broken off: its process is gone
# incomplete   some of its steps were done, and then none
# missing      it was due, and nothing of it was run
# expected     it is not due yet
NightState = Literal["done", "running", "failed", "unfinished", "incomplete", "missing", "expected"]

OF_NIGHT = ("settings", "extract", "transform", "assert", "publish", "seal", "site")
OF_MAIL = ("reports", "deliver", "seal_reports", "digests", "seal_digests")
SHOWN = 30
# So many missing nights are shown each on a line of its own; more of them are told together.
_MISSING_SHOWN = 7


@dataclass(frozen=True)
class NightStatus:
    """The night that ended ``day``. ``runs`` are the newest run of each of its steps and sources, in the order in which
    they began; ``tried`` is how many runs there were in all. ``late`` is by how much it was sealed after it was due."""

    day: date
    as_of: datetime
    state: NightState
    runs: tuple[StepRun, ...] = ()
    tried: int = 0
    is_sealed: bool = False
    late: timedelta | None = None

    def of(self, steps: Collection[str]) -> list[StepRun]:
        return [run for run in self.runs if run.step in steps]

    @property
    def took(self) -> float | None:
        """The seconds of its steps together; None when none has ended."""
        ended = [run.seconds for run in self.of(OF_NIGHT) if run.seconds is not None]
        return sum(ended) if ended else None

    @property
    def sources(self) -> list[StepRun]:
        return self.of(("extract",))


@dataclass(frozen=True)
class Nights:
    """The nights that are shown, the newest first. ``missing`` are the first and the last day of those that were due
    since and never run, when they are too many to be shown one by one."""

    shown: tuple[NightStatus, ...]
    missing: tuple[date, date] | None = None


@dataclass
class _Known:
    """What is known of one night."""

    runs: list[StepRun] = field(default_factory=list)
    is_sealed: bool = False


def last_nights(runs: Iterable[StepRun], sealed: Iterable[datetime], zone: ZoneInfo, now: datetime) -> Nights:
    """The last nights at ``now`` (aware) by their ``runs`` and the as-of of those that were ``sealed``."""
    known: dict[date, _Known] = {}
    for run in runs:
        # A week's end, a month's and a morning are the midnights of nights, too.
        if run.night is not None and run.replay is None:
            known.setdefault(last_ended_day(run.night, zone), _Known()).runs.append(run)
    for as_of in sealed:
        known.setdefault(last_ended_day(as_of, zone), _Known()).is_sealed = True
    if not known:
        return Nights(())
    newest, ended = max(known), last_ended_day(now, zone)
    gap = None
    if (ended - newest).days > _MISSING_SHOWN:
        gap, ended = (newest + timedelta(days=1), ended), newest
    days = every_day(max(min(known), max(newest, ended) - timedelta(days=SHOWN - 1)), max(newest, ended))
    return Nights(tuple(_night(day, known.get(day, _Known()), zone, now) for day in reversed(days)), gap)


def _night(day: date, known: _Known, zone: ZoneInfo, now: datetime) -> NightStatus:
    runs = newest_runs(known.runs)
    sealings = [run for run in known.runs if run.step == "seal" and run.outcome == "done" and run.ended is not None]
    sealed_at = min((run.ended for run in sealings if run.ended is not None), default=None)
    due = due_at(day, zone)
    is_sealed = known.is_sealed or sealed_at is not None
    return NightStatus(
        day=day,
        as_of=end_of_day(day, zone),
        state=_state([run for run in runs if run.step in OF_NIGHT], is_sealed=is_sealed, is_due=now >= due),
        runs=tuple(runs),
        tried=len(known.runs),
        is_sealed=is_sealed,
        late=sealed_at - due if sealed_at is not None and sealed_at > due else None,
    )


def due_at(day: date, zone: ZoneInfo) -> datetime:
    """When the night that ends ``day`` should be published."""
    morning = local_date(end_of_day(day, zone), zone)
    return datetime.combine(morning, DUE_AT, zone).astimezone(UTC)


def newest_runs(runs: Iterable[StepRun]) -> list[StepRun]:
    """The newest run of each step and source, the earliest first."""
    newest = {(run.step, run.source): run for run in sorted(runs, key=lambda run: run.began)}
    return sorted(newest.values(), key=lambda run: run.began)


def _state(runs: Sequence[StepRun], *, is_sealed: bool, is_due: bool) -> NightState:
    outcomes = {run.outcome for run in runs}
    for outcome in ("running", "failed", "unfinished"):
        if outcome in outcomes:
            return outcome
    if is_sealed:
        return "done"
    if runs:
        return "incomplete"
    return "missing" if is_due else "expected"

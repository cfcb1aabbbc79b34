"""What is told of what was found: a cause once, again when it gets worse or lasts, and when it is over.

Nothing here reads a clock or writes: the open causes and what was found go in, the notices and the open causes come
out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from charter.health.examine import Examination
from charter.health.finding import Finding, State


class Kind(StrEnum):
    """Why a notice is given."""

    OPENED = "opened"
    WORSE = "worse"
    AGAIN = "again"
    ENDED = "ended"


class OpenCause(BaseModel):
    """A cause that was told and is not over. ``told_state`` and ``told_amount`` are those of its last notice,
    ``absent_since`` the first look at which it was not found any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: Finding
    opened_at: AwareDatetime
    told_at: AwareDatetime
    told_state: State
    told_amount: int
    absent_since: AwareDatetime | None = None

    @classmethod
    def of(cls, finding: Finding, now: datetime) -> OpenCause:
        return cls(
            finding=finding, opened_at=now, told_at=now, told_state=finding.state, told_amount=max(finding.amount, 1)
        )


class Notice(BaseModel):
    """One thing to tell: of an ended cause, as it was found last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    finding: Finding
    opened_at: AwareDatetime


@dataclass(frozen=True)
class Rhythm:
    """A failure that lasts is told again after ``failures``, anything else after ``others``. A cause is over when it
    was not found for ``settled``: what comes and goes is told once."""

    failures: timedelta = timedelta(hours=24)
    others: timedelta = timedelta(days=7)
    settled: timedelta = timedelta(minutes=10)

    def again(self, state: State) -> timedelta:
        return self.failures if state is State.FAILURE else self.others


@dataclass(frozen=True)
class Step:
    """The causes that are open after a look, by name, and what is to be told of it."""

    open: dict[str, OpenCause]
    notices: tuple[Notice, ...]


def step(before: Mapping[str, OpenCause], found: Examination, rhythm: Rhythm) -> Step:
    """What one look changes. A cause whose probe could not look at all it looks at stays as it was."""
    wrong: dict[str, Finding] = {}
    for finding in found.findings:
        graver = wrong.get(finding.cause)
        if finding.is_told and (graver is None or finding.state.gravity > graver.state.gravity):
            wrong[finding.cause] = finding
    after = dict(before)
    notices: list[Notice] = []
    for cause, finding in wrong.items():
        kind, after[cause] = _seen(before.get(cause), finding, found.now, rhythm)
        if kind is not None:
            notices.append(Notice(kind=kind, finding=finding, opened_at=after[cause].opened_at))
    for cause, known in before.items():
        if cause not in wrong and known.finding.probe in found.whole:
            notices += _missed(after, cause, known, found.now, rhythm)
    return Step(after, tuple(notices))


def _seen(known: OpenCause | None, finding: Finding, now: datetime, rhythm: Rhythm) -> tuple[Kind | None, OpenCause]:
    if known is None:
        return Kind.OPENED, OpenCause.of(finding, now)
    still = known.model_copy(update={"finding": finding, "absent_since": None})
    is_worse = finding.state.gravity > known.told_state.gravity or finding.amount >= 2 * known.told_amount
    if not is_worse and now - known.told_at < rhythm.again(finding.state):
        return None, still
    told = {"told_at": now, "told_state": finding.state, "told_amount": max(finding.amount, 1)}
    return Kind.WORSE if is_worse else Kind.AGAIN, still.model_copy(update=told)


def _missed(
    after: dict[str, OpenCause], cause: str, known: OpenCause, now: datetime, rhythm: Rhythm
) -> Iterator[Notice]:
    since = known.absent_since or now
    if now - since >= rhythm.settled:
        del after[cause]
        yield Notice(kind=Kind.ENDED, finding=known.finding, opened_at=known.opened_at)
    else:
        after[cause] = known.model_copy(update={"absent_since": since})

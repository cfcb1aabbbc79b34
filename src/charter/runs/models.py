"""One run of one step, as the journal knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

# running     it has begun, and its process is there
# done        it came to its end
# failed      it ended with an error
# unfinished  its process is gone, and nobody knows how far it came: killed, or the machine stopped
Outcome = Literal["running", "done", "failed", "unfinished"]


@dataclass(frozen=True)
class StepError:
    """Why a step failed: the error's kind, and the place that it names. Its words are left out."""

    kind: str
    where: str = ""


@dataclass(frozen=True)
class StepRun:
    """``attempt`` is this run of the step, ``run`` the command or Airflow's run that it belongs to. ``night`` is the
    as-of of its night, or the end of the week or month that it reports (aware; None where it has none). ``replay``
    names a night that is built beside the published one.

    ``counts`` are figures of what it did. ``peak_bytes`` is the most memory that its process has held until then.
    Of one that is unfinished, ``ended`` is not known.
    """

    attempt: str
    run: str
    agency: str
    step: str
    began: datetime
    night: datetime | None = None
    source: str | None = None
    replay: str | None = None
    ended: datetime | None = None
    outcome: Outcome = "running"
    counts: Mapping[str, int | str] = field(default_factory=dict)
    error: StepError | None = None
    peak_bytes: int | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None when its end is not known."""
        return None if self.ended is None else (self.ended - self.began).total_seconds()

    @property
    def name(self) -> str:
        """The step, with the source that it read."""
        return f"{self.step} {self.source}" if self.source else self.step

    def as_json(self) -> dict[str, Any]:
        """Every field that is known, instants as ISO text."""
        known = {name: value for name, value in asdict(self).items() if value not in (None, {})}
        for name in ("began", "night", "ended"):
            if name in known:
                known[name] = known[name].isoformat()
        return known if self.seconds is None else {**known, "seconds": round(self.seconds, 3)}


def from_json(said: Mapping[str, Any]) -> StepRun:
    """Raises KeyError, TypeError or ValueError for what is no run of a step."""
    values = {name: said[name] for name in StepRun.__dataclass_fields__ if name in said}
    for name in ("began", "night", "ended"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    if "error" in values:
        values["error"] = StepError(**values["error"])
    return StepRun(**values)

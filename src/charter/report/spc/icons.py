"""The two icons of NHS 'Making Data Count': which variation the newest week shows, and what the target may expect."""

from __future__ import annotations

from collections.abc import Sequence

from charter.report.spc.models import Assurance, Limits, Side, Signal, Variation


def variation(signals: Sequence[Signal], improvement: Side) -> tuple[Variation, Side | None]:
    """Common cause without a signal. Of signals on both sides the one of concern is told: no rise hides a fall."""
    if not signals:
        return "common", None
    concern = [signal.side for signal in signals if signal.side != improvement]
    return ("concern", concern[0]) if concern else ("improvement", improvement)


def assurance(target: float | None, limits: Limits | None, improvement: Side) -> Assurance:
    """Whether the process, as it is, keeps ``target`` every time, never, or by chance.

    A value on its target keeps it. So a limit on the target is still passing, and on the other side not yet failing.
    """
    if target is None or limits is None:
        return "none"
    # Mirrored where less is better, so that there is one comparison.
    sign = 1 if improvement == "high" else -1
    worst, best = sorted((sign * limits.lower, sign * limits.upper))
    if worst >= sign * target:
        return "passing"
    return "failing" if best < sign * target else "hit_and_miss"

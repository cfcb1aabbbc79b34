"""What was planted of the programme: what is told in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from . import rows
from .clocks import berlin, ends, working_day_before
from .truth import Judge, Verdict


def cancellations(judge: Judge) -> Iterator[Verdict]:
    """Called off 24 hours before the event, hours being those that pass."""
    for event in judge.world.seen(rows.Event, judge.now):
        if event.state == "cancelled":
            yield judge.verdict(
                f"cancellation-told/told/{event.event_no}",
                event.branch,
                berlin(event.announced_on),
                event.starts_at - timedelta(hours=24),
                event.cancelled_at,
            )


def closures(judge: Judge) -> Iterator[Verdict]:
    """Announced five working days of the branch before, as its calendar was known when the closure was decided."""
    for each in judge.world.seen(rows.Closure, judge.now):
        announced_by = working_day_before(each.closed_on, 5, each.branch, each.planned_on)
        yield judge.verdict(
            f"closure-announced/told/{each.closure_no}",
            each.branch,
            berlin(each.planned_on),
            ends(announced_by),
            berlin(each.announced_on) if each.announced_on else None,
            before_midnight=True,
        )

"""The verdicts that the world planted: a plain reading of each promise from the world's own rows.

It reads neither the files that the demo writes nor charter.yaml, and uses no SQL: whoever measures the files must come
to the same verdicts. The charter's numbers are therefore written out here once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from . import rows
from .clocks import CHANGES, after_open_time, berlin, day_of, days, ends, last_working_day
from .world import BRANCHES, FIRST_DAY, World


@dataclass(frozen=True)
class Verdict:
    """One commitment and what became of it. Instants are UTC."""

    standard_id: str
    part: str
    subject_id: str
    department_id: str
    status: str
    opened_at: datetime
    due_at: datetime | None
    fulfilled_at: datetime | None = None
    exclusion_rule: str = ""

    @property
    def commitment_id(self) -> str:
        return f"{self.standard_id}/{self.part}/{self.subject_id}"

    @property
    def decided_on(self) -> date | None:
        """The day on which it counts. A due time at midnight belongs to the day that ends with it."""
        if self.status not in ("met", "breached") or self.due_at is None:
            return None
        if self.fulfilled_at is not None and self.fulfilled_at < self.due_at:
            return max(day_of(self.opened_at), day_of(self.fulfilled_at))
        return max(day_of(self.opened_at), day_of(self.due_at - timedelta(microseconds=1)))


class Judge:
    """Judges every promise at ``now``, the midnight that ends ``today``."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world = world
        self.now = now
        self.today = day_of(now) - timedelta(days=1)

    def verdict(
        self,
        commitment: str,
        department: str,
        opened_at: datetime,
        due_at: datetime | None,
        fulfilled_at: datetime | None,
        *,
        before_midnight: bool = False,
        excluded: str = "",
    ) -> Verdict:
        """Met, breached, pending or excluded. ``before_midnight``: the due time is a midnight, which is late."""
        standard_id, part, subject_id = commitment.split("/", 2)
        in_time = (
            fulfilled_at is not None
            and due_at is not None
            and (fulfilled_at < due_at if before_midnight else fulfilled_at <= due_at)
        )
        if excluded:
            status = "excluded"
        elif in_time:
            status = "met"
        elif due_at is not None and (fulfilled_at is not None or due_at <= self.now):
            status = "breached"
        else:
            status = "pending"
        return Verdict(standard_id, part, subject_id, department, status, opened_at, due_at, fulfilled_at, excluded)

    def due(self, opened_at: datetime, fulfilled_at: datetime | None, counted: Callable[[date], datetime]) -> datetime:
        """When it falls due as ``counted`` by what was known on a day: what becomes known later moves a due time that
        has not come, of what is not done."""
        due_at = counted(day_of(opened_at))
        for change in CHANGES:
            known_at = berlin(change)
            open_until = min(due_at, fulfilled_at or due_at, self.now)
            if opened_at < known_at < open_until:
                due_at = counted(change)
        return due_at


def verdicts(world: World, now: datetime) -> list[Verdict]:
    """Every commitment of every standard at ``now``."""
    judge = Judge(world, now)
    steps = (holds, suggestions, story_hours, cancellations)
    return [verdict for step in steps for verdict in step(judge)]


def holds(judge: Judge) -> Iterator[Verdict]:
    """Ready within eight opening hours of the branch."""
    ready: dict[str, datetime] = {}
    for event in judge.world.seen(rows.HoldEvent, judge.now):
        if event.kind == "ready":
            ready[event.hold_id] = min(event.happened_at, ready.get(event.hold_id, event.happened_at))
    for hold in judge.world.seen(rows.Hold, judge.now):
        done = ready.get(hold.hold_id)

        def counted(known_on: date, hold: rows.Hold = hold) -> datetime:
            return after_open_time(hold.returned_at, hold.branch, timedelta(hours=8), known_on)

        yield judge.verdict(
            f"hold-ready/ready/{hold.hold_id}",
            hold.branch,
            hold.returned_at,
            judge.due(hold.returned_at, done, counted),
            done,
            excluded="storniert" if hold.cancelled_at else "",
        )


def suggestions(judge: Judge) -> Iterator[Verdict]:
    """Decided within ten working days; from three in the afternoon on the next one counts as the day of receipt."""
    for each in judge.world.seen(rows.Suggestion, judge.now):

        def counted(known_on: date, each: rows.Suggestion = each) -> datetime:
            return ends(last_working_day(each.received_at, 10, time(15), known_on, "erwerbung"))

        yield judge.verdict(
            f"suggestion-decided/decided/{each.suggestion_id}",
            "erwerbung",
            each.received_at,
            judge.due(each.received_at, each.decided_at, counted),
            each.decided_at,
            before_midnight=True,
        )


def story_hours(judge: Judge) -> Iterator[Verdict]:
    """The second story hour of each month in each branch."""
    held = [
        event
        for event in judge.world.seen(rows.Event, judge.now)
        if event.kind == "story_hour" and event.state == "held"
    ]
    for first, last in months(FIRST_DAY, judge.today):
        for branch in BRANCHES:
            on = sorted(each.held_on for each in held if each.branch == branch and first <= each.held_on <= last)
            yield judge.verdict(
                f"story-hour/second/{branch}/{first:%Y-%m}",
                branch,
                berlin(first),
                ends(last),
                berlin(on[1]) if len(on) > 1 else None,
                before_midnight=True,
            )


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


def months(first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each month that begins from ``first`` to ``last``."""
    begun = [day for day in days(first, last) if day.day == 1]
    return [(day, (day + timedelta(days=32)).replace(day=1) - timedelta(days=1)) for day in begun]

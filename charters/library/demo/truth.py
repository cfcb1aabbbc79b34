"""The verdicts that the world planted: a plain reading of each promise from the world's own rows.

It reads neither the files that the demo writes nor charter.yaml, and uses no SQL: whoever measures the files must come
to the same verdicts. The charter's numbers are therefore written out here once more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from charter.planted_verdict import PlantedVerdict

from .clocks import BERLIN, CHANGES, berlin, day_of, days, ends
from .world import World


class Verdict(PlantedVerdict):
    ZONE = BERLIN


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
        not_before: datetime | None = None,
        excluded: str = "",
    ) -> Verdict:
        """Met, breached, pending or excluded. ``before_midnight``: the due time is a midnight, which is late."""
        standard_id, part, subject_id = commitment.split("/", 2)
        in_time = (
            fulfilled_at is not None
            and due_at is not None
            and (fulfilled_at < due_at if before_midnight else fulfilled_at <= due_at)
            and (not_before is None or fulfilled_at >= not_before)
        )
        if excluded:
            status = "excluded"
        elif in_time:
            status = "met"
        elif due_at is not None and (fulfilled_at is not None or due_at <= self.now):
            status = "breached"
        else:
            status = "pending"
        return Verdict(
            standard_id, part, subject_id, department, status, opened_at, due_at, fulfilled_at, excluded or None
        )

    def of_a_stretch(
        self,
        commitment: str,
        department: str,
        stretch: tuple[date, date],
        *,
        holds: bool,
        too_few: bool = False,
        lacks: date | None = None,
        waived: str = "",
    ) -> Verdict:
        """What is decided when its last day is over, unless it holds a day that ``lacks`` its file; of too few
        rows nothing is due then."""
        standard_id, part, subject_id = commitment.split("/", 2)
        opened_at, due_at = berlin(stretch[0]), ends(stretch[1])
        if due_at > self.now or (lacks is not None and stretch[0] <= lacks <= stretch[1]):
            status = "pending"
        elif too_few or waived:
            status = "excluded"
        else:
            status = "met" if holds else "breached"
        rule = (waived or "figure:too_few_rows") if status == "excluded" else ""
        return Verdict(standard_id, part, subject_id, department, status, opened_at, due_at, None, rule or None)

    def due(self, opened_at: datetime, fulfilled_at: datetime | None, counted: Callable[[date], datetime]) -> datetime:
        """When it falls due as ``counted`` by what was known on a day: what becomes known later moves a due time that
        has not come, of what is not done."""
        due_at = counted(day_of(opened_at))
        for change in CHANGES:
            known_at = berlin(change)
            if opened_at < known_at <= self.now and known_at < min(due_at, fulfilled_at or due_at):
                due_at = counted(change)
        return due_at


def months(first: date, last: date) -> list[tuple[date, date]]:
    """First and last day of each month that begins from ``first`` to ``last``."""
    begun = [day for day in days(first, last) if day.day == 1]
    return [(day, (day + timedelta(days=32)).replace(day=1) - timedelta(days=1)) for day in begun]

"""What happens at the counters: reservations that come back and are made ready."""

from __future__ import annotations

from datetime import datetime, timedelta

from .clocks import NORTH, after_open_time, at, day_of, days
from .rows import Hold, HoldEvent
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World


def add_holds(world: World, size: float, seed: int) -> None:
    """Reservations: most are ready in time, some late, some never, some given up."""
    chance = Chance(seed, "holds")
    for day in days(FIRST_DAY, LAST_DAY):
        for branch in BRANCHES:
            for _ in range(chance.between(0, round(4 * size))):
                returned_at = chance.open_moment(day, branch)
                if returned_at is not None:
                    _hold(world, chance, branch, returned_at)


def _hold(world: World, chance: Chance, branch: str, returned_at: datetime) -> None:
    hold_id = f"VM-2026-{len(world.rows[Hold]) + 1:04d}"
    known_on = day_of(returned_at)
    promptly = after_open_time(returned_at, branch, timedelta(minutes=chance.between(20, 470)), known_on)
    late = after_open_time(returned_at, branch, timedelta(hours=chance.between(9, 20)), known_on)
    given_up = chance.later(returned_at, 1, 30) if chance.of(0.04) else None
    world.add(Hold(hold_id, branch, chance.borrower(), returned_at, given_up))
    if chance.of(0.01):
        return
    ready_at = late if chance.of(0.12 if branch == NORTH else 0.05) else promptly
    add_event(world, hold_id, "ready", ready_at)
    if chance.of(0.8):
        add_event(world, hold_id, "collected", chance.later(ready_at, 1, 90))


def add_event(world: World, hold_id: str, kind: str, happened_at: datetime) -> None:
    """An entry of a reservation, numbered in the order in which they were thought of."""
    world.add(HoldEvent(f"{len(world.rows[HoldEvent]) + 1:06d}", hold_id, kind, happened_at))


def add_planted_holds(world: World) -> None:
    """Cases on the edges: the last second, clocks that change, a strike that becomes known, a closed branch."""
    for number, (branch, returned, ready) in enumerate(_EDGES, start=1):
        hold_id = f"VM-2026-P{number:02d}"
        world.add(Hold(hold_id, branch, f"A9{number:04d}", at(returned)))
        if ready is not None:
            add_event(world, hold_id, "ready", at(ready))


_EDGES: tuple[tuple[str, str, str | None], ...] = (
    # eight hours to the second, and one more
    ("zentralbibliothek", "2026-02-10 11:00:00", "2026-02-10 19:00:00"),
    ("zentralbibliothek", "2026-02-10 11:00:00", "2026-02-11 10:00:01"),
    # over the weekend on which clocks go forward: Saturday from noon, Tuesday until four
    ("zentralbibliothek", "2026-03-28 12:00:00", "2026-03-31 16:00:00"),
    ("zentralbibliothek", "2026-03-28 12:00:00", "2026-03-31 16:00:01"),
    # a strike that was called while the clock ran, and after it had run out
    (NORTH, "2026-03-17 17:00:00", "2026-03-20 12:00:00"),
    (NORTH, "2026-03-17 17:00:00", "2026-03-24 15:00:00"),
    ("zentralbibliothek", "2026-03-17 10:00:00", "2026-03-18 09:00:00"),
    # half a day before Easter
    ("zweigstelle-suedvorstadt", "2026-04-01 17:00:00", "2026-04-04 12:00:00"),
    # a week without heating
    (NORTH, "2026-05-08 13:00:00", "2026-05-21 15:00:00"),
    # the long Thursday, the first of the summer hours, and one that nobody made ready
    ("zentralbibliothek", "2026-05-07 12:00:00", "2026-05-07 20:00:00"),
    ("zentralbibliothek", "2026-06-13 13:00:00", "2026-06-16 17:00:00"),
    ("zweigstelle-suedvorstadt", "2026-06-25 10:00:00", None),
)

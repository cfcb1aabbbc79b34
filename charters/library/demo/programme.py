"""What the library invites to: story hours in each branch, readings, workshops; some are called off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .clocks import BERLIN, berlin, days
from .rows import Event
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World


def add_programme(world: World, size: float, seed: int) -> None:
    """Story hours on Wednesdays and Saturdays of each branch, other events now and then."""
    chance = Chance(seed, "programme")
    for day in days(FIRST_DAY, LAST_DAY):
        for branch in BRANCHES:
            if day.weekday() in (2, 5) and chance.of(0.55):
                _event(world, chance, branch, "story_hour", day, 16)
            if day.weekday() in (1, 3) and chance.of(0.15 * size):
                _event(world, chance, branch, chance.one_of("reading", "workshop"), day, 19)


def _event(world: World, chance: Chance, branch: str, kind: str, day: date, hour: int) -> None:
    starts_at = berlin(day, hour)
    announced_on = day - timedelta(days=chance.between(10, 40))
    if announced_on < FIRST_DAY:
        announced_on = FIRST_DAY
    called_off = None
    if chance.of(0.12):
        called_off = starts_at - timedelta(minutes=chance.between(60, 24 * 60 if chance.of(0.2) else 120 * 60))
    add_event(world, branch, kind, announced_on, starts_at, called_off)


def add_event(
    world: World, branch: str, kind: str, announced_on: date, starts_at: datetime, called_off: datetime | None
) -> None:
    """An event that is held unless it was called off."""
    number = f"VA-26-{len(world.rows[Event]) + 1:03d}"
    state = "held" if called_off is None else "cancelled"
    held_on = starts_at.astimezone(BERLIN).date()
    if called_off is not None and called_off < berlin(announced_on):
        called_off = berlin(announced_on, 12)
    world.add(Event(number, branch, kind, announced_on, held_on, starts_at, state, called_off))


def add_sales(world: World) -> None:
    """Book sales of the year: one too few in spring, three since April."""
    for day in (date(2026, 1, 10), date(2026, 4, 18), date(2026, 5, 30), date(2026, 6, 27), date(2026, 10, 17)):
        add_event(world, BRANCHES[0], "sale", max(FIRST_DAY, day - timedelta(days=30)), berlin(day, 10), None)


def add_planted_programme(world: World) -> None:
    """Called off on the night in which clocks go forward: a day before is 24 hours, not the same time of the day."""
    starts_at = berlin(date(2026, 3, 29), 11)
    for hour, minute in ((10, 0), (10, 1), (11, 0)):
        called_off = berlin(date(2026, 3, 28), hour, minute)
        add_event(world, BRANCHES[0], "reading", date(2026, 3, 1), starts_at, called_off)

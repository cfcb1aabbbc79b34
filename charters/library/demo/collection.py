"""What happens in the acquisitions department: what readers suggest, and what is bought."""

from __future__ import annotations

from datetime import timedelta

from .clocks import berlin, days
from .rows import NewBook, Suggestion
from .world import FIRST_DAY, LAST_DAY, Chance, World


def add_suggestions(world: World, size: float, seed: int) -> None:
    """Suggestions come at any hour of any day, by a form; most are decided on within two weeks."""
    chance = Chance(seed, "suggestions")
    for day in days(FIRST_DAY, LAST_DAY):
        for _ in range(chance.between(0, round(2 * size))):
            received_at = berlin(day) + timedelta(minutes=chance.between(0, 1439))
            decided_at = chance.later(received_at, 20, 500 if chance.of(0.15) else 300)
            price = chance.between(500, 9999) / 100 if chance.of(0.9) else None
            number = f"AV-26-{len(world.rows[Suggestion]) + 1:04d}"
            decided = None if chance.of(0.03) else decided_at
            world.add(Suggestion(number, chance.borrower(), received_at, decided, price))


def add_new_books(world: World, size: float, seed: int) -> None:
    """Deliveries of books on Wednesdays; in spring they pile up."""
    chance = Chance(seed, "new books")
    for day in days(FIRST_DAY, LAST_DAY):
        if day.weekday() != 2:
            continue
        slow = 0.35 if day.month in (4, 5) else 0.12
        for _ in range(chance.between(1, round(5 * size))):
            waits = chance.between(11, 40) if chance.of(slow) else chance.between(1, 10)
            shelved_on = None if chance.of(0.02) else day + timedelta(days=waits)
            price = chance.between(700, 12000) / 100
            world.add(NewBook(f"NE-26-{len(world.rows[NewBook]) + 1:04d}", day, shelved_on, price))

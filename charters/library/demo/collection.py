"""What happens in the acquisitions department: purchases that readers suggest."""

from __future__ import annotations

from datetime import timedelta

from .clocks import berlin, days
from .rows import Suggestion
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

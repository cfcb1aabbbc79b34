"""Classes that are partners of a branch, and the days on which a branch is closed."""

from __future__ import annotations

from datetime import date, timedelta

from .clocks import NORTH
from .rows import ClassVisit, Closure, SchoolClass
from .world import BRANCHES, Chance, World

_TERMS = ((date(2026, 1, 13), date(2026, 4, 1)), (date(2026, 4, 14), date(2026, 7, 3)))


def add_classes(world: World, seed: int) -> None:
    """Twelve classes of each branch; some leave, one comes back, a few do not come in a term."""
    chance = Chance(seed, "classes")
    for place, branch in enumerate(BRANCHES):
        for number in range(12):
            name = f"GS{place + 1}-{number % 4 + 1}{'abc'[number // 4]}"
            left_on = date(2026, 3, 6) if number == 5 else date(2026, 7, 3) if number == 7 else None
            _partner(world, branch, name, date(2025, 9, 1), left_on)
            if number == 5 and branch == NORTH:
                _partner(world, branch, name, date(2026, 5, 4), None)
            for first, last in _TERMS:
                missing = chance.of(0.15 if branch == NORTH else 0.03)
                for _ in range(0 if missing else chance.between(1, 2)):
                    day = first + timedelta(days=chance.between(0, (last - first).days))
                    world.add(ClassVisit(f"KB-26-{len(world.rows[ClassVisit]) + 1:03d}", branch, name, day))


def _partner(world: World, branch: str, name: str, joined_on: date, left_on: date | None) -> None:
    world.add(SchoolClass(f"PK-{len(world.rows[SchoolClass]) + 1:03d}", branch, name, joined_on, left_on))


def add_closures(world: World) -> None:
    """Announced in time, a day too late, on a day off, and not at all: by each branch's own working days."""
    for number, (branch, planned_on, announced_on, closed_on) in enumerate(_CLOSURES, start=1):
        world.add(Closure(f"ST-26-{number:02d}", branch, planned_on, announced_on, closed_on))


_CENTRAL, _, _SOUTH = BRANCHES
_CLOSURES: tuple[tuple[str, date, date | None, date], ...] = (
    (_CENTRAL, date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 10)),
    (_CENTRAL, date(2026, 1, 20), date(2026, 2, 4), date(2026, 2, 10)),
    # over Easter, counted back in Saturdays
    (_SOUTH, date(2026, 3, 3), date(2026, 3, 31), date(2026, 4, 9)),
    (_SOUTH, date(2026, 3, 3), date(2026, 4, 1), date(2026, 4, 9)),
    # the north works three days a week
    (NORTH, date(2026, 4, 21), date(2026, 4, 28), date(2026, 5, 12)),
    (NORTH, date(2026, 4, 21), date(2026, 4, 29), date(2026, 5, 12)),
    # announced on a Monday, when nobody works
    (_CENTRAL, date(2026, 6, 2), date(2026, 6, 8), date(2026, 6, 16)),
    (_SOUTH, date(2026, 6, 2), None, date(2026, 6, 26)),
    (_SOUTH, date(2026, 6, 30), date(2026, 7, 3), date(2026, 7, 21)),
)

"""What stands in the branches, what went wrong there, and what rang."""

from __future__ import annotations

from datetime import date, timedelta

from .clocks import NORTH, at, days
from .questions import DESK
from .rows import DataIncident, DeskCall, Machine, Waiver
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World


def add_calls(world: World, size: float, seed: int) -> None:
    """Calls while the telephone service is there; in some weeks people wait for long."""
    chance = Chance(seed, "calls")
    for day in days(FIRST_DAY, LAST_DAY):
        busy = day.isocalendar().week % 9 == 0
        for _ in range(chance.between(1, max(2, round(4 * size)))):
            rang_at = chance.open_moment(day, DESK)
            if rang_at is None:
                continue
            tenths = chance.between(20, 2400 if busy or chance.of(0.06) else 700)
            rang_at += timedelta(seconds=chance.between(0, 59))
            world.add(DeskCall(f"{day:%y%m%d}-{len(world.rows[DeskCall]) + 1:04d}", rang_at, tenths / 10))


def add_houses(world: World) -> None:
    """Each branch has a machine that broke down for some days; the central one has two. A loss of data; two decisions
    that no machine need work in the north, for some of the days on which none did, and for one to come."""
    for number, (branch, machine, first, last) in enumerate(_MACHINES, start=1):
        world.add(Machine(f"SV-{number}", branch, machine, first, last))
    world.add(DataIncident("DP-26-1", date(2026, 1, 13)), DataIncident("DP-26-2", date(2026, 9, 1)))
    for number, (first, last, decided) in enumerate(_WAIVED, start=1):
        waiver = Waiver(
            waiver_id=f"AU-26-{number}",
            standard_id="self-check-works",
            department_id=NORTH,
            subject_id="*",
            from_on=first,
            to_on=last,
            reason="Umbau der Theke",
            approver="Direktion",
            decided_at=at(decided),
        )
        world.add(waiver)


_WAIVED = (
    (date(2026, 1, 3), date(2026, 1, 3), "2026-01-02 09:00"),
    (date(2026, 4, 1), date(2026, 4, 4), "2026-03-30 09:00"),
    (date(2026, 7, 7), date(2026, 7, 7), "2026-07-03 09:00"),
)
_CENTRAL, _NORTH, _SOUTH = BRANCHES
_MACHINES: tuple[tuple[str, str, date, date | None], ...] = (
    (_CENTRAL, "Eingang", date(2025, 3, 1), date(2026, 2, 13)),
    (_CENTRAL, "Eingang", date(2026, 3, 3), None),
    (_CENTRAL, "Kinderbereich", date(2025, 3, 1), None),
    (_NORTH, "Theke", date(2025, 6, 1), date(2026, 3, 31)),
    (_NORTH, "Theke", date(2026, 4, 8), None),
    (_SOUTH, "Theke", date(2025, 6, 1), date(2026, 6, 30)),
    (_SOUTH, "Theke", date(2026, 7, 1), None),
)

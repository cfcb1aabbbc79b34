"""What readers order: from other libraries, from the stacks, to their door."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .clocks import NORTH, at, berlin, days
from .rows import Delivery, InterlibraryEvent, InterlibraryLoan, StackOrder
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World


def add_interlibrary(world: World, size: float, seed: int) -> None:
    """Interlibrary loans; for a fifth of them the reader is asked whether they may cost something."""
    chance = Chance(seed, "interlibrary")
    for day in days(FIRST_DAY, LAST_DAY):
        for branch in BRANCHES:
            ordered_at = chance.open_moment(day, branch) if chance.of(0.18 * size) else None
            if ordered_at is not None:
                _interlibrary(world, chance, branch, ordered_at)


def _interlibrary(world: World, chance: Chance, branch: str, ordered_at: datetime) -> None:
    named = chance.between(5, 20) if chance.of(0.9) else None
    wanted = named or 14
    waited = timedelta()
    order_no = f"FL-26-{len(world.rows[InterlibraryLoan]) + 1:04d}"
    if chance.of(0.2):
        asked_at = chance.later(ordered_at, 20, 24 * (wanted - 1))
        answered_at = chance.later(asked_at, 2, 200)
        waited = answered_at - asked_at
        add_interlibrary_event(world, order_no, "cost_asked", asked_at)
        add_interlibrary_event(world, order_no, chance.one_of("consented", "consented", "declined"), answered_at)
    elif chance.of(0.1):
        add_interlibrary_event(world, order_no, "note", chance.later(ordered_at, 1, 40))
    late = chance.of(0.1)
    arrived_at = chance.later(ordered_at, 24 * wanted + 1, 24 * wanted + 200) if late else None
    arrived_at = arrived_at or chance.later(ordered_at, 24 * (wanted - 1), 24 * wanted - 1)
    world.add(InterlibraryLoan(order_no, branch, ordered_at, named, None if chance.of(0.02) else arrived_at + waited))


def add_interlibrary_event(world: World, order_no: str, kind: str, happened_at: datetime) -> None:
    world.add(InterlibraryEvent(f"{len(world.rows[InterlibraryEvent]) + 1:05d}", order_no, kind, happened_at))


def add_stack_orders(world: World, size: float, seed: int) -> None:
    """Orders from the stacks, each for a day that is named at the counter."""
    chance = Chance(seed, "stack orders")
    for day in days(FIRST_DAY, LAST_DAY):
        ordered_at = chance.open_moment(day, BRANCHES[0]) if chance.of(0.4 * size) else None
        if ordered_at is None:
            continue
        promised_on = day + timedelta(days=chance.between(1, 6)) if chance.of(0.97) else None
        late = timedelta(days=chance.between(1, 3) if chance.of(0.03) else 0)
        ready_at = berlin((promised_on or day) + late, chance.between(18, 23), 59)
        world.add(StackOrder(f"MG-26-{len(world.rows[StackOrder]) + 1:04d}", ordered_at, promised_on, ready_at))


def add_deliveries(world: World, size: float, seed: int) -> None:
    """Rounds with books for those who can't come: a window of three hours each."""
    chance = Chance(seed, "deliveries")
    for day in days(FIRST_DAY, LAST_DAY):
        if day.weekday() != 3 or day in (date(2026, 1, 1), date(2026, 5, 14)):
            continue
        for branch in BRANCHES:
            if not chance.of(0.6 * size):
                continue
            window_from = berlin(day, chance.between(9, 14))
            early, late = chance.of(0.02), chance.of(0.04)
            minutes = (
                -chance.between(1, 40) if early else 180 + chance.between(1, 60) if late else chance.between(0, 180)
            )
            agreed_at = berlin(day - timedelta(days=chance.between(2, 9)), 11, 30)
            add_delivery(world, branch, agreed_at, window_from, window_from + timedelta(minutes=minutes))


def add_delivery(
    world: World, branch: str, agreed_at: datetime, window_from: datetime, arrived_at: datetime | None
) -> None:
    number = f"BD-26-{len(world.rows[Delivery]) + 1:03d}"
    world.add(Delivery(number, branch, agreed_at, window_from, window_from + timedelta(hours=3), arrived_at))


def add_planted_orders(world: World) -> None:
    """Pauses over a change of clocks, without an end, one after another; windows to the minute, days to midnight."""
    for number, (named, ordered, events, arrived) in enumerate(_PAUSED, start=1):
        order_no = f"FL-26-P{number:02d}"
        for kind, happened in events:
            add_interlibrary_event(world, order_no, kind, at(happened))
        world.add(InterlibraryLoan(order_no, BRANCHES[0], at(ordered), named, at(arrived) if arrived else None))
    window_from = at("2026-06-18 10:00")
    for arrived in ("2026-06-18 09:59", "2026-06-18 10:00", "2026-06-18 13:00", "2026-06-18 13:01", None):
        add_delivery(world, NORTH, at("2026-06-16 15:00"), window_from, at(arrived) if arrived else None)
    for number, (promised, ready) in enumerate(_PROMISED, start=1):
        world.add(StackOrder(f"MG-26-P{number:02d}", at("2026-03-27 11:00"), promised, at(ready)))


_ASKED = "cost_asked"
_PAUSED: tuple[tuple[int | None, str, tuple[tuple[str, str], ...], str | None], ...] = (
    (3, "2026-03-27 12:00", ((_ASKED, "2026-03-28 20:00"), ("consented", "2026-03-29 20:00")), "2026-03-31 12:00"),
    (3, "2026-03-27 12:00", ((_ASKED, "2026-03-28 20:00"), ("consented", "2026-03-29 20:00")), "2026-03-31 12:01"),
    # never answered: the clock goes on after three weeks
    (5, "2026-04-20 12:00", ((_ASKED, "2026-04-22 12:00"),), None),
    # asked twice, the second time within what the first one has moved
    (
        4,
        "2026-05-04 12:00",
        (
            (_ASKED, "2026-05-06 12:00"),
            ("declined", "2026-05-09 12:00"),
            (_ASKED, "2026-05-10 12:00"),
            ("consented", "2026-05-12 12:00"),
        ),
        "2026-05-13 11:00",
    ),
    # asked when it was late already
    (2, "2026-05-04 12:00", ((_ASKED, "2026-05-07 12:00"), ("consented", "2026-05-08 12:00")), "2026-05-08 13:00"),
    # still standing on the first night
    (6, "2026-06-29 12:00", ((_ASKED, "2026-07-02 12:00"), ("consented", "2026-07-09 12:00")), "2026-07-11 10:00"),
)
_PROMISED = (
    (date(2026, 3, 29), "2026-03-29 23:59"),
    (date(2026, 3, 29), "2026-03-30 00:00"),
)

"""What happens between the library and its readers: registrations, reminders, credits for what came too late."""

from __future__ import annotations

from datetime import date, timedelta

from .clocks import days, ends, opening
from .rows import Credit, Registration, Reminder
from .truth import Judge
from .truth_lending import holds
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World


def add_registrations(world: World, size: float, seed: int) -> None:
    """Readers who register while the branch is open; of a few something is missing, or their card comes late."""
    chance = Chance(seed, "registrations")
    for day in days(FIRST_DAY, LAST_DAY):
        for branch in BRANCHES:
            if opening(day, branch, day) is not None and chance.of(0.35 * size):
                _registration(world, chance, branch, day)


def _registration(world: World, chance: Chance, branch: str, day: date) -> None:
    given_on = day + timedelta(days=chance.between(8, 12) if chance.of(0.01) else chance.between(0, 7))
    world.add(
        Registration(
            registration_no=f"AN-26-{len(world.rows[Registration]) + 1:04d}",
            branch=branch,
            borrower=chance.borrower(),
            registered_on=day,
            papers_seen=None if chance.of(0.005) else not chance.of(0.005),
            privacy_explained_on=None if chance.of(0.01) else day + timedelta(days=chance.of(0.1)),
            card_given_on=given_on,
        )
    )


def add_reminders(world: World, size: float, seed: int) -> None:
    """Reminders go out on Tuesdays; some readers get more than they should."""
    chance = Chance(seed, "reminders")
    for day in days(FIRST_DAY, LAST_DAY):
        if day.weekday() == 1:
            for _ in range(chance.between(1, max(1, round(5 * size)))):
                add_reminder(world, f"A{chance.between(1, 45):05d}", day)


def add_reminder(world: World, borrower: str, day: date) -> None:
    world.add(Reminder(f"MA-26-{len(world.rows[Reminder]) + 1:04d}", borrower, day))


def add_planted_reminders(world: World) -> None:
    """Three in 60 days, and three in 61; two on one day."""
    for borrower, third in (("A70001", date(2026, 4, 11)), ("A70002", date(2026, 4, 12))):
        for day in (date(2026, 2, 11), date(2026, 2, 20), third):
            add_reminder(world, borrower, day)
    for day in (date(2026, 5, 5), date(2026, 5, 12), date(2026, 5, 12)):
        add_reminder(world, "A70003", day)


def add_credits(world: World, seed: int) -> None:
    """For each reservation that was ready too late, in most cases within two weeks of the breach.

    They follow from what happened at the counters, which must be there already.
    """
    chance = Chance(seed, "credits")
    for hold in list(holds(Judge(world, ends(LAST_DAY)))):
        if hold.status != "breached" or hold.decided_on is None or chance.of(0.05):
            continue
        if chance.of(0.05):
            # for something else, before anybody knew of a breach
            _credit(world, hold.subject_id, hold.decided_on - timedelta(days=1), 2.5)
        after = chance.between(15, 20) if chance.of(0.08) else chance.between(0, 14)
        amount = chance.between(100, 249) / 100 if chance.of(0.05) else 2.5
        _credit(world, hold.subject_id, hold.decided_on + timedelta(days=after), amount)


def _credit(world: World, hold_id: str, day: date, euros: float) -> None:
    world.add(Credit(f"GS-26-{len(world.rows[Credit]) + 1:03d}", hold_id, day, euros))

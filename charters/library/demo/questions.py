"""What readers ask: by mail, and on the telephone."""

from __future__ import annotations

from datetime import datetime, timedelta

from .clocks import NORTH, after_open_time, at, berlin, day_of, days
from .rows import Question, QuestionStep
from .world import BRANCHES, FIRST_DAY, LAST_DAY, Chance, World

HOURS = {"account": 4, "research": 40}
OTHER_HOURS = 16
DESK = "servicetelefon"


def add_questions(world: World, size: float, seed: int) -> None:
    """Questions at any hour of the day; one in six is passed on to somebody who knows."""
    chance = Chance(seed, "questions")
    for day in days(FIRST_DAY, LAST_DAY):
        for _ in range(chance.between(0, round(2 * size))):
            _question(world, chance, berlin(day) + timedelta(minutes=chance.between(0, 1439)))


def _question(world: World, chance: Chance, received_at: datetime) -> None:
    topic = chance.one_of("account", "account", "research", "other", "")
    place = chance.one_of(DESK, DESK, *BRANCHES)
    question_no = f"AF-26-{len(world.rows[Question]) + 1:04d}"
    world.add(Question(question_no, place, topic or None, chance.borrower(), received_at))
    if chance.of(0.16):
        add_step(world, question_no, "passed_on", chance.later(received_at, 0.1, 12), chance.one_of(*BRANCHES))
    hours = HOURS.get(topic, OTHER_HOURS) * (1.5 if chance.of(0.03) else chance.between(10, 97) / 100)
    answered_at = after_open_time(received_at, place, timedelta(hours=round(hours, 1)), day_of(received_at))
    if chance.of(0.97):
        add_step(world, question_no, "answered", answered_at)


def add_step(world: World, question_no: str, kind: str, happened_at: datetime, department: str | None = None) -> None:
    world.add(QuestionStep(f"{len(world.rows[QuestionStep]) + 1:05d}", question_no, kind, happened_at, department))


def add_planted_questions(world: World) -> None:
    """Passed on before and after the due time, to a branch of other hours; and the last hours before a strike."""
    for number, (topic, received, passed_on, answered) in enumerate(_PASSED_ON, start=1):
        question_no = f"AF-26-P{number:02d}"
        world.add(Question(question_no, DESK, topic, f"A8{number:04d}", at(received)))
        if passed_on is not None:
            add_step(world, question_no, "passed_on", at(passed_on), NORTH)
        if answered is not None:
            add_step(world, question_no, "answered", at(answered))


_PASSED_ON: tuple[tuple[str | None, str, str | None, str | None], ...] = (
    ("account", "2026-02-03 10:00", "2026-02-03 11:00", "2026-02-03 14:00"),
    ("account", "2026-02-03 10:00", "2026-02-03 14:00", "2026-02-03 14:01"),
    ("account", "2026-02-03 10:00", "2026-02-03 16:00", None),
    (None, "2026-03-19 10:00", None, "2026-03-24 13:00"),
    ("research", "2026-06-10 10:00", "2026-06-12 12:00", "2026-06-16 18:00"),
)

"""What comes of the verdicts: each standard's result of the year so far, and the rows that nobody can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from .rows import Registration, Row, Suggestion
from .truth import Verdict
from .world import REFUSED, World

# Of a hundred promises of each standard so many must be kept.
TARGETS = {
    "hold-ready": 90,
    "interlibrary-loan": 85,
    "stack-order": 90,
    "home-delivery": 90,
    "hold-compensated": 90,
    "few-reminders": 90,
    "registration-explained": 95,
    "question-answered": 90,
    "phone-wait": 70,
    "suggestion-decided": 85,
    "story-hour": 90,
    "cancellation-told": 80,
    "closure-announced": 90,
    "new-on-the-shelf": 100,
    "few-cancellations": 100,
    "classes-reached": 100,
    "book-sale": 100,
    "self-check-works": 95,
    "no-data-lost": 100,
}
# The lists in which rows are refused, and what each of their rows promises.
_LISTS: dict[type[Row], tuple[str, str]] = {
    Suggestion: ("anschaffungsvorschlaege.csv", "suggestion-decided"),
    Registration: ("anmeldungen.csv", "registration-explained"),
}


@dataclass(frozen=True)
class Refusal:
    """A row that must be in quarantine: the list and line on which it stands, and the promise that it may be."""

    origin: str
    standard_id: str


@dataclass(frozen=True)
class YearResult:
    """A standard's result for the year up to now, with the counts that it rests on."""

    standard_id: str
    result: str
    counts: Counter[str]


def refusals(world: World, now: datetime) -> list[Refusal]:
    """Every row that can't be read, of those that the lists show at ``now``."""
    return [
        Refusal(f"{name}:{line}", standard_id)
        for kind, (name, standard_id) in _LISTS.items()
        for line, row in enumerate(world.shown(kind, now), start=2)
        if row.key in REFUSED
    ]


def year_results(verdicts: Sequence[Verdict], refused: Sequence[Refusal], now: datetime) -> Iterator[YearResult]:
    """One for each standard. A row that can't be read, and a slot that lacks a file when it is over, count as kept at
    best and as broken at worst; where the two disagree nobody knows."""
    over = [each for each in verdicts if each.due_at is not None and each.due_at <= now]
    open_still = Counter(each.standard_id for each in over if each.status == "pending")
    unknown = open_still + Counter(each.standard_id for each in refused)
    for standard_id, target in TARGETS.items():
        counts = Counter(each.status for each in verdicts if each.standard_id == standard_id)
        yield YearResult(standard_id, _result(counts, unknown[standard_id], Fraction(target, 100)), counts)


def _result(counts: Counter[str], unknown: int, target: Fraction) -> str:
    known = counts["met"] + counts["breached"]
    if known + unknown == 0:
        return "nothing_due"
    at_best, at_worst = counts["met"] + unknown, counts["met"]
    wanted = target * (known + unknown)
    if at_best < wanted:
        return "broken"
    return "kept" if at_worst >= wanted else "no_data"

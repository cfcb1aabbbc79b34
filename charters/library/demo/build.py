"""Builds the synthetic library: its systems as they stand one midnight, and the verdicts planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from shlex import quote

from charter.base.errors import SettingError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.planted import COMPARED, iso, write_table

from .clocks import ends
from .collection import add_new_books, add_suggestions
from .houses import add_calls, add_houses
from .lending import add_holds, add_planted_holds
from .orders import add_deliveries, add_interlibrary, add_planted_orders, add_stack_orders
from .programme import add_planted_programme, add_programme, add_sales
from .questions import add_planted_questions, add_questions
from .readers import add_credits, add_planted_reminders, add_registrations, add_reminders
from .results import Refusal, refusals, year_results
from .schools import add_classes, add_closures
from .truth import Judge, Verdict
from .truth_days import incidents, machines, sales, story_hours
from .truth_figures import calls, classes, new_books, ratio_of_cancellations, reminders
from .truth_lending import compensations, holds, registrations, suggestions
from .truth_orders import deliveries, interlibrary, questions, stack_orders
from .truth_programme import cancellations, closures
from .world import FIRST_DAY, LAST_DAY, World
from .write import write_sources

SEED = 20260102
_STATUSES = ("met", "breached", "pending", "excluded")


@dataclass(frozen=True)
class DemoReceipt:
    """What was built: the folder, the instant it stands at (UTC), and how many commitments its truth tells of."""

    folder: Path
    until: date
    as_of: datetime
    commitments: int

    @property
    def summary(self) -> str:
        """What there is, for the terminal."""
        return f"{self.commitments} commitments planted"


def simulate(size: float, seed: int) -> World:
    """Everything that happens in 2026; the same ``size`` and ``seed`` give the same world."""
    world = World()
    for add in (
        *(add_holds, add_interlibrary, add_stack_orders, add_deliveries, add_registrations, add_reminders),
        *(add_questions, add_calls, add_suggestions, add_new_books, add_programme),
    ):
        add(world, size, seed)
    for plant in (
        *(add_planted_holds, add_planted_orders, add_planted_reminders, add_planted_questions),
        *(add_planted_programme, add_sales, add_closures, add_houses),
    ):
        plant(world)
    add_classes(world, seed)
    add_credits(world, seed)
    return world


def verdicts(world: World, now: datetime) -> list[Verdict]:
    """Every commitment of every standard at ``now``."""
    judge = Judge(world, now)
    steps = (
        *(holds, interlibrary, stack_orders, deliveries, questions),
        *(compensations, reminders, registrations, calls, suggestions, new_books),
        *(story_hours, cancellations, closures, ratio_of_cancellations, classes, sales, machines, incidents),
    )
    return [verdict for step in steps for verdict in step(judge)]


def build_demo(settings: Settings, until: date, size: float = 1.0, seed: int = SEED) -> DemoReceipt:
    """Writes the synthetic library into ``settings.demo_dir`` as it stands at the midnight that ends ``until``.

    Building again with a later ``until`` advances the same library. Raises SettingError if ``until`` is not in 2026, or
    ``size`` not over 0.
    """
    if not FIRST_DAY <= until <= LAST_DAY:
        raise SettingError(
            f"the synthetic library lives in 2026, not on {until}",
            where="until",
            remedy=f"choose a date from {FIRST_DAY} to {LAST_DAY}",
        )
    if not size > 0:
        raise SettingError(f"a size of {size} is nothing", where="size", remedy="choose a size such as 0.5, 1 or 3")
    world, now = simulate(size, seed), ends(until)
    write_sources(settings.demo_dir, world, load_agency(settings.charter_dir, settings.cache_dir), now)
    planted = verdicts(world, now)
    _write_truth(settings.demo_dir, planted, refusals(world, now), now)
    write_connections(settings)
    return DemoReceipt(settings.demo_dir, until, now, len(planted))


def _write_truth(folder: Path, planted: list[Verdict], refused: list[Refusal], now: datetime) -> None:
    rows = (
        [
            verdict.commitment_id,
            verdict.status,
            verdict.department_id,
            iso(verdict.opened_at),
            iso(verdict.due_at),
            verdict.decided_on.isoformat() if verdict.decided_on else "",
            verdict.exclusion_rule or "",
        ]
        for verdict in planted
    )
    write_table(folder / "truth.csv", ["commitment_id", *COMPARED], rows)
    quarantine = (["listen", each.origin, each.standard_id] for each in refused)
    write_table(folder / "truth_quarantine.csv", ["source", "origin", "reason"], quarantine)
    results = (
        [each.standard_id, each.result, *(str(each.counts[status]) for status in _STATUSES)]
        for each in year_results(planted, refused, now)
    )
    write_table(folder / "truth_results.csv", ["standard_id", "result", *_STATUSES], results)


def write_connections(settings: Settings) -> dict[str, str]:
    """The environment that makes ``sources.yaml`` reach the synthetic library; the same lines are written beside it."""
    folder = settings.demo_dir.resolve()
    connections = {
        "CHARTER_CONN_AUSLEIHSYSTEM": f"sqlite:///{folder / 'ausleihe.db'}",
        "CHARTER_CONN_LISTEN": str(folder / "listen"),
        "CHARTER_CONN_TELEFONANLAGE": str(folder / "telefonanlage"),
        "CHARTER_CONN_PROGRAMM": str(folder / "programm.xlsx"),
    }
    lines = [f"{name}={quote(value)}\n" for name, value in connections.items()]
    write_whole(folder / "connections.env", "".join(lines).encode())
    return connections

"""Builds the synthetic agency: its source systems as they stand one midnight, and the verdicts planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from shlex import quote

from charter.base.errors import SettingError
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import load_agency

from .files import refusals, write_truth
from .mending import action_truth
from .rows import Call
from .simulate import simulate
from .truth import Judge
from .unknown import year_results
from .world import FIRST_DAY, LAST_DAY
from .write import WORKBOOKS, database_url, lived_until, write_sources

SEED = 20260101


@dataclass(frozen=True)
class DemoReceipt:
    """What was built: the folder, the instant it stands at (UTC), and how much of what it holds."""

    folder: Path
    until: date
    as_of: datetime
    size: float
    seed: int
    tickets: int
    calls: int
    commitments: int
    quarantined: int
    scenarios: int

    @property
    def summary(self) -> str:
        """What there is, for the terminal."""
        return f"{self.tickets:,} tickets, {self.calls:,} calls, {self.scenarios} planted scenarios"


def build_demo(settings: Settings, until: date, size: float = 1.0, seed: int = SEED) -> DemoReceipt:
    """Writes the synthetic agency into ``settings.demo_dir`` as it stands at the midnight (Seoul) that ends ``until``.

    Deterministic from ``size`` and ``seed``; building again with a later ``until`` advances the same agency. ``size`` 1
    gives about 1,500 tickets and 8,000 calls for the first half of 2026. The Voice-of-Customer database is SQLite, or
    the PostgreSQL that CHARTER_CONN_VOC names. Raises SettingError if ``until`` is not in 2026, or earlier than the
    agency has lived already, or ``size`` not over 0.
    """
    if not FIRST_DAY <= until <= LAST_DAY:
        raise SettingError(
            f"the synthetic agency lives in 2026, not on {until}",
            where="until",
            remedy=f"choose a date from {FIRST_DAY} to {LAST_DAY}",
        )
    if not size > 0:
        raise SettingError(f"a size of {size} is nothing", where="size", remedy="choose a size such as 0.1, 1 or 10")
    lived = lived_until(settings.demo_dir)
    if lived is not None and until < lived:
        # Rows that were read would never have been: what landed of them could not be told from a deletion.
        raise SettingError(
            f"the synthetic agency has lived until {lived} and does not go back to {until}",
            where=str(settings.demo_dir),
            remedy=f"choose {lived} or a later day; for an earlier one build another agency in an empty CHARTER_VAR",
        )
    agency = load_agency(settings.charter_dir, settings.cache_dir)
    world = simulate(agency, size, seed)
    as_of = end_of_day(until, agency.zone)
    folder = settings.demo_dir
    write_sources(folder, world, agency, until, settings.environment.get("CHARTER_CONN_VOC"))
    judge = Judge(world, agency, as_of)
    verdicts = judge.verdicts()
    refused = refusals(world, agency, as_of)
    results = year_results(judge, verdicts, [standard.id for standard in agency.charter.standards])
    write_truth(folder, verdicts, refused, results, action_truth(world, as_of))
    write_connections(settings)
    return DemoReceipt(
        folder=folder,
        until=until,
        as_of=as_of,
        size=size,
        seed=seed,
        tickets=len(judge.inquiries),
        calls=len(world.known(Call, as_of)),
        commitments=len(verdicts),
        quarantined=len(refused),
        scenarios=len(world.scenarios),
    )


def write_connections(settings: Settings) -> dict[str, str]:
    """The environment that makes ``sources.yaml`` reach the synthetic agency: one CHARTER_CONN_… for each connection.

    The same lines are written to ``connections.env`` in the demo's folder; a PostgreSQL address, which may hold a
    password, is not.
    """
    folder = settings.demo_dir.resolve()
    connections = {
        "CHARTER_CONN_VOC": database_url(folder, settings.environment.get("CHARTER_CONN_VOC")),
        "CHARTER_CONN_TELEPHONE": str(folder / "calls"),
        "CHARTER_CONN_REVIEWS": str(folder / "reviews"),
        "CHARTER_CONN_SURVEYS": str(folder / "surveys"),
        "CHARTER_CONN_REGISTERS": str(folder / WORKBOOKS["registers"]),
        "CHARTER_CONN_ACTIONS": str(folder / WORKBOOKS["action-register"]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = [f"{name}={quote(value)}\n" for name, value in connections.items() if not value.startswith("postgresql")]
    (folder / "connections.env").write_text("".join(written), encoding="utf-8")
    return connections

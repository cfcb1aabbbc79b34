"""What must hold whatever was done to an installation: nothing lost, nothing twice, no seal changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from benchmarks.soak.nights import Soak, SoakFailedError
from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.evidence import verify
from charter.extract import read_receipts
from charters.kotra.demo import compare_with_truth


@dataclass(frozen=True)
class Outcome:
    """Figures of a whole soak: all of them must be 0, but for what was compared."""

    compared: int
    rows_lost: int
    messages_lost: int
    doubles: int
    seals_changed: int
    seals: int
    messages: int

    @property
    def holds(self) -> bool:
        return not (self.rows_lost or self.messages_lost or self.doubles or self.seals_changed)


class SealsKept:
    """Remembers every sealed file it has seen; one that changes or vanishes is counted."""

    def __init__(self, evidence: Path) -> None:
        self._evidence = evidence
        self._known: dict[Path, str] = {}
        self.changed = 0

    def __len__(self) -> int:
        return len(self._known)

    def look(self) -> None:
        now = {path: _digest(path) for path in sorted(self._evidence.glob("*/manifest*"))}
        self.changed += sum(now.get(path) != digest for path, digest in self._known.items())
        self._known |= now


def outcome(soak: Soak, seals: SealsKept, as_of: datetime) -> Outcome:
    """The whole account at the end. Raises SoakFailedError when the evidence does not verify."""
    settings = soak.here.settings
    systems = replace(settings, var_dir=settings.var_dir.parent / "systems")
    if problems := verify(settings).altered:
        raise SoakFailedError("the evidence does not hold\n" + "\n".join(map(str, problems)))
    planted = _beside(settings, systems)
    truth = compare_with_truth(planted, as_of)
    with Outbox.open(settings) as outbox:
        records = outbox.records()
    taken: Counter[str] = soak.server.accepted
    return Outcome(
        compared=truth.checked,
        rows_lost=len(truth.differences) + _unaccounted(settings, as_of),
        messages_lost=sum(not taken[record.message_id] for record in records if record.state == "sent"),
        doubles=sum(count - 1 for count in taken.values() if count > 1),
        seals_changed=seals.changed,
        seals=len(seals),
        messages=len(records),
    )


def _unaccounted(settings: Settings, as_of: datetime) -> int:
    """Rows of the receipts that arrived and neither landed, nor were known, nor were refused."""
    return sum(
        abs(feed.arrived - feed.landed - feed.unchanged - feed.quarantined)
        for receipt in read_receipts(settings, as_of)
        for feed in receipt.feeds
    )


def _beside(settings: Settings, systems: Settings) -> Settings:
    """``settings`` with the planted truth where the comparison looks for it."""
    target = settings.demo_dir
    if not target.exists():
        target.symlink_to(systems.demo_dir, target_is_directory=True)
    return settings


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

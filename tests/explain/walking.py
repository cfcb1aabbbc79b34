"""Walks through commitments of a published night, and says where a walk and the ledger part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.explain import CommitmentExplanation
from charter.explain.commitment import CommitmentExplainer
from charter.explain.conditions import instant_of
from charter.explain.ledger import Ledger
from charter.explain.models import CommitmentTold
from charter.report.facts.warehouse import open_warehouse


@dataclass
class Walked:
    """How many commitments were walked through, by how that ended; ``problems`` name those that don't come out."""

    ends: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def walk_through(settings: Settings, agency: Agency, of_each: int) -> Walked:
    """Explains so many commitments of each part, status and basis of a due time."""
    walked = Walked()
    with open_warehouse(settings) as warehouse:
        ledger = Ledger(settings, agency, warehouse)
        explainer = CommitmentExplainer(settings, agency, ledger)
        for (commitment_id,) in warehouse.rows(
            f"""
            SELECT commitment_id FROM marts.fct_commitments
            QUALIFY row_number() OVER (
                PARTITION BY standard_id, part, status, due_basis ORDER BY hash(commitment_id)
            ) <= {of_each}
            ORDER BY 1
            """
        ):
            (told,) = ledger.commitments("commitment_id = ?", [commitment_id], 1)
            end = _end(explainer.explain(told), told, agency)
            walked.ends[end] += 1
            if end in ("differs", "miscounted", "fulfilled otherwise"):
                walked.problems.append(f"{end}: {commitment_id}")
    return walked


def _end(explained: CommitmentExplanation, told: CommitmentTold, agency: Agency) -> str:
    kinds = [step.kind for step in explained.steps]
    found = [fact.value for fact in explained.facts if fact.column == told.fulfilled_by and fact.value is not None]
    if any(instant_of(value, agency.zone) != told.fulfilled_at for value in found):
        return "fulfilled otherwise"
    for end in ("agrees", "differs", "not_walked"):
        if end in kinds:
            return end
    counted = kinds.count("counted")
    is_a_count = told.unit == "count" and explained.rule.kind in ("occurrence", "level", "zero")
    return "miscounted" if is_a_count and told.measured_value not in (None, counted) else "counted"

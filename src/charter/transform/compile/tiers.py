"""The models by which promises about broken promises are judged: the engine's own, once more under another name.

A broken promise is itself a commitment, so promises about it are judged after it: in the second tier, or in a later
one. A tier's model has the very text of the engine's, and finds out of its name which parts it judges and which models
of the same tier it reads (``tier`` and ``in_tier`` in ``dbt_project/macros/charter.sql``). A charter without such
promises has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from charter.definitions.breaches import FIRST_TIER
from charter.definitions.models import Agency
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules

_EVERY_KIND = ("subjects/subjects_exclusions", "commitments/commitments_judged")
_BY_KIND = {
    "deadline": (
        "subjects/subjects_deadline",
        "subjects/subjects_pauses",
        "commitments/deadline/due_elapsed",
        "commitments/deadline/due_calendar",
        "commitments/deadline/commitments_deadline",
    ),
    "lead_time": ("subjects/subjects_lead_time", "commitments/commitments_lead_time"),
    "coverage": ("subjects/subjects_coverage", "subjects/subjects_evidence", "commitments/commitments_coverage"),
}


def in_tier(model: str, tier: int) -> str:
    """What the engine's ``model`` is called in a tier."""
    return model if tier == FIRST_TIER else f"{model}_tier_{tier}"


def tier_models(agency: Agency, project: Path) -> Iterator[tuple[str, str]]:
    """The files of every tier after the first, by their path, with a description of each folder's models.

    ``project`` is the folder of the dbt project.
    """
    described: dict[str, list[dict[str, Any]]] = {}
    for tier, kinds in _kinds_by_tier(compile_rules(agency)).items():
        for model in [*_EVERY_KIND, *(each for kind in kinds for each in _BY_KIND[kind])]:
            file = project / "models" / f"{model}.sql"
            room, name = model.split("/")[0], in_tier(file.stem, tier)
            yield f"{room}/{name}.sql", file.read_text(encoding="utf-8")
            described.setdefault(room, []).append(_described(file, name, tier))
    for room, models in described.items():
        text = yaml.safe_dump({"version": 2, "models": models}, allow_unicode=True, sort_keys=False, width=120)
        yield f"{room}/_tiers.yml", text


def _kinds_by_tier(parts: list[RulePart]) -> dict[int, list[str]]:
    """The kinds of each tier after the first, in the order of the tiers."""
    later = sorted({part.tier for part in parts} - {FIRST_TIER})
    return {tier: [kind for kind in _BY_KIND if (tier, kind) in {(p.tier, p.kind) for p in parts}] for tier in later}


def _described(file: Path, name: str, tier: int) -> dict[str, Any]:
    """What the project says of the model in ``file``, of the model ``name`` of a later tier."""
    for listed in sorted(file.parent.glob("_*.yml")):
        for model in yaml.safe_load(listed.read_text(encoding="utf-8")).get("models", ()):
            if model["name"] == file.stem:
                about = f"{model['description']} Of promises about broken promises, tier {tier}."
                return {"name": name, "description": about, "columns": model["columns"]}
    raise AssertionError(f"no description of {file.stem} beside {file}")

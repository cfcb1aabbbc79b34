"""Seals what was deleted and erased: who verifies later learns what is gone, by which rule, and when."""

from __future__ import annotations

from datetime import datetime

from charter.base.settings import Settings
from charter.evidence.chain import SealedManifest, read_chain, seal_manifest, sealed_manifest
from charter.evidence.collect import begun
from charter.evidence.erased import Erased, erased_since
from charter.evidence.manifest import Pruned


def seal_pruning(settings: Settings, charter: tuple[str, str], at: datetime, pruned: Pruned) -> SealedManifest:
    """Seals what is deleted and erased at ``at`` (wall time, aware), before it is; ``charter`` is its id and version.

    Raises SettingError and EvidenceError as ``seal`` does.
    """
    return seal_manifest(settings, begun(settings, "prune", at, at, charter).model_copy(update={"pruned": pruned}))


def sealed_erasures(settings: Settings) -> Erased:
    """Every erasure that was sealed. Raises EvidenceError when the chain or a seal was altered."""
    folder = settings.evidence_dir
    return erased_since(sealed_manifest(folder, entry) for entry in read_chain(folder) if entry.kind == "prune")

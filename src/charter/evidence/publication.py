"""What a night published, written down when it is published, so that it can be sealed after another night has been."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from charter.base.errors import EvidenceError
from charter.base.files import write_whole
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.chain import SealedManifest, collect_run, seal_manifest
from charter.evidence.manifest import Manifest

_NAME = "published.json"


def keep_publication(settings: Settings, as_of: datetime) -> None:
    """Writes down what the night ``as_of`` (aware) published.

    The same night again, saying the same, leaves it as it is. Raises EvidenceError as ``seal`` does, and then leaves
    nothing of an earlier publication of that night.
    """
    path = _path(settings, as_of)
    try:
        manifest = collect_run(settings, "nightly", as_of, as_of)
        before = _kept(settings, as_of)
    except EvidenceError:
        path.unlink(missing_ok=True)
        raise
    if before is None or not before.covers(manifest):
        write_whole(path, manifest.canonical())


def seal_publication(settings: Settings, as_of: datetime) -> SealedManifest | None:
    """Seals what the night ``as_of`` (aware) published; None when nothing was written down of it.

    Raises EvidenceError, and SettingError, as ``seal`` does.
    """
    manifest = _kept(settings, as_of)
    return None if manifest is None else seal_manifest(settings, manifest)


def _kept(settings: Settings, as_of: datetime) -> Manifest | None:
    path = _path(settings, as_of)
    if not path.exists():
        return None
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(
            "what a night published cannot be read", where=str(path), remedy="remove it and run that night again"
        ) from error


def _path(settings: Settings, as_of: datetime) -> Path:
    return settings.evidence_dir / f"{stamp(as_of)}-nightly" / _NAME

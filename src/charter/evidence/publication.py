"""What a night published, written down when it is published, so that it can be sealed after another night has been."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from charter.errors import EvidenceError
from charter.evidence.chain import SealedManifest, newest_tables, seal_manifest
from charter.evidence.collect import collect
from charter.evidence.manifest import Manifest
from charter.files import write_whole
from charter.moments import stamp
from charter.settings import Settings

_NAME = "published.json"


def keep_publication(settings: Settings, as_of: datetime) -> None:
    """Writes down what the night ``as_of`` (aware) published. Raises EvidenceError as ``seal`` does, and then leaves
    nothing of an earlier publication of that night."""
    _path(settings, as_of).unlink(missing_ok=True)
    manifest = collect(settings, "nightly", as_of, as_of, (), (), newest_tables(settings.evidence_dir))
    write_whole(_path(settings, as_of), manifest.canonical())


def seal_publication(settings: Settings, as_of: datetime) -> SealedManifest | None:
    """Seals what the night ``as_of`` (aware) published; None when nothing was written down of it.

    Raises EvidenceError, and SettingError, as ``seal`` does.
    """
    path = _path(settings, as_of)
    if not path.exists():
        return None
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(
            "what a night published cannot be read", where=str(path), remedy="remove it and run that night again"
        ) from error
    return seal_manifest(settings, manifest)


def _path(settings: Settings, as_of: datetime) -> Path:
    return settings.evidence_dir / f"{stamp(as_of)}-nightly" / _NAME

"""Seals the site's pages each time that they were written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from charter.base.settings import Settings
from charter.evidence.chain import SealedManifest, read_chain, seal_manifest, standing
from charter.evidence.collect import collect_pages


def sealed_pages(settings: Settings) -> dict[str, str]:
    """The sealed hash of each page of the site by its place in the state folder. Raises EvidenceError."""
    folder = settings.evidence_dir
    return standing(folder, read_chain(folder)).below("site/")


def seal_pages(
    settings: Settings, charter: tuple[str, str], as_of: datetime, written: Iterable[Path]
) -> SealedManifest | None:
    """Seals the pages just ``written`` as of ``as_of`` (aware); ``charter`` is its id and version.

    None when all are as they were sealed before. Raises SettingError and EvidenceError as ``seal`` does.
    """
    folder = settings.evidence_dir
    manifest = collect_pages(settings, charter, as_of, written, standing(folder, read_chain(folder)))
    return None if manifest is None else seal_manifest(settings, manifest)

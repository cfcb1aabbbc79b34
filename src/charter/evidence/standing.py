"""What all seals together say of the files that are kept and of the site's pages, so that a seal names only news.

``standing.json`` beside the chain saves reading every seal each night. It is no evidence: whoever verifies reads the
seals themselves, and one that does not belong to the chain's newest seal is made anew from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from charter.base.files import write_whole
from charter.evidence.manifest import FileSeal, Manifest, Part, Sha256

_NAME = "standing.json"


class Standing(Part):
    """The newest hash of each file by its place under the state folder. ``head`` is the last seal that counted."""

    head: Sha256 | None
    files: dict[str, Sha256]

    @classmethod
    def of(cls, manifests: Iterable[Manifest], head: str | None) -> Standing:
        """The standing once all ``manifests`` were sealed, in their order; the last one's hash is ``head``."""
        files: dict[str, str] = {}
        for manifest in manifests:
            _add(files, manifest)
        return cls(head=head, files=files)

    def after(self, manifest: Manifest, head: str) -> Standing:
        """The standing once ``manifest``, whose hash is ``head``, was sealed as well."""
        files = dict(self.files)
        _add(files, manifest)
        return Standing(head=head, files=files)

    def below(self, folder: str) -> dict[str, Sha256]:
        """The files whose place begins with ``folder`` (``site/``)."""
        return {place: sha256 for place, sha256 in self.files.items() if place.startswith(folder)}


def kept_standing(folder: Path) -> Standing | None:
    """The standing as it was written down; None where it is missing or can't be read."""
    try:
        return Standing.model_validate_json((folder / _NAME).read_bytes())
    except (OSError, ValueError):
        return None


def keep_standing(folder: Path, standing: Standing) -> None:
    """Writes the standing down for the next sealing."""
    write_whole(folder / _NAME, standing.model_dump_json().encode() + b"\n")


def _add(files: dict[str, str], manifest: Manifest) -> None:
    for place in manifest.gone:
        files.pop(place, None)
    seals: tuple[FileSeal, ...] = manifest.kept + _pages(manifest)
    files.update({file.path: file.sha256 for file in seals})


def _pages(manifest: Manifest) -> tuple[FileSeal, ...]:
    return manifest.rendered if manifest.kind == "site" else ()

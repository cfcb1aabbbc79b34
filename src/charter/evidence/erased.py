"""Landed files in which pseudonyms were erased: which hash they have instead of the one that was sealed first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from charter.evidence.manifest import ErasedFile, Manifest

# By place and sealed hash: an erasure of a file is of that content alone, and is never taken back.
Erased = Mapping[tuple[str, str], ErasedFile]


def erased_since(manifests: Iterable[Manifest]) -> Erased:
    """Every erasure that seals tell of."""
    pruned = [manifest.pruned for manifest in manifests if manifest.pruned is not None]
    return {(file.path, file.sealed): file for each in pruned for file in each.erased}


def hash_now(erased: Erased, place: str, sha256: str) -> str:
    """The hash that the file at ``place`` has since, where ``sha256`` was sealed."""
    seen = {sha256}
    while (file := erased.get((place, sha256))) is not None and file.erased not in seen:
        sha256 = file.erased
        seen.add(sha256)
    return sha256

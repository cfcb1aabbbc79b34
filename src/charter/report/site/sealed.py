"""What seals say of the site's pages, as far as whoever writes them must know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SealedPages:
    """The sealed hash (SHA-256) of each page by its place under ``root``; None where nobody knows what is sealed."""

    root: Path
    hashes: Mapping[str, str] | None = None

    def names(self, path: Path) -> bool:
        """Whether a seal names the page, whatever it was then."""
        return self.hashes is None or path.relative_to(self.root).as_posix() in self.hashes

    def holds(self, path: Path) -> bool:
        """Whether the page is as it was sealed."""
        if self.hashes is None:
            return True
        sealed = self.hashes.get(path.relative_to(self.root).as_posix())
        return sealed == hashlib.sha256(path.read_bytes()).hexdigest()

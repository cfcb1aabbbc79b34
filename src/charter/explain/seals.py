"""Which seal names what: the night's, and the one that names a landed file. Whether they hold is verify's to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path

from charter.base.errors import EvidenceError
from charter.base.settings import Settings
from charter.evidence import ChainEntry, Manifest, read_chain
from charter.evidence.chain import sealed_manifest, seals_of
from charter.evidence.manifest import MAILED
from charter.explain.models import SealTold


class Seals:
    """The chain of seals beside a state folder. A seal that can't be read names nothing."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.evidence_dir
        self._state = settings.var_dir
        self._manifests: dict[str, Manifest | None] = {}

    def place_of(self, file: str) -> str:
        """A file's place under the state folder, in POSIX form."""
        path = Path(file)
        return path.relative_to(self._state).as_posix() if path.is_relative_to(self._state) else path.as_posix()

    def sealing(self, place: str) -> str | None:
        """The place of the seal that names the landed file ``place``; None when none does yet."""
        return self._inputs.get(place)

    def of_night(self, as_of: datetime) -> SealTold | None:
        """The newest seal of the night ``as_of`` (aware); None when it was not sealed."""
        entries = seals_of(self._chain, "nightly", as_of)
        manifest = self._manifest(entries[-1]) if entries else None
        if manifest is None:
            return None
        entry = entries[-1]
        return SealTold(
            place=self._place(entry),
            sha256=entry.sha256,
            kind=entry.kind,
            as_of=entry.as_of,
            sequence=entry.sequence,
            code_version=manifest.code.version,
            code_sha256=manifest.code.sha256,
            charter_version=manifest.charter.version,
        )

    @cached_property
    def _chain(self) -> list[ChainEntry]:
        try:
            return read_chain(self._folder)
        except EvidenceError:
            return []

    @cached_property
    def _inputs(self) -> dict[str, str]:
        return dict(self._named_inputs())

    def _named_inputs(self) -> Iterator[tuple[str, str]]:
        for entry in self._chain:
            if entry.kind in ("nightly", *MAILED) and entry.nights != ():
                manifest = self._manifest(entry)
                for file in manifest.inputs if manifest is not None else ():
                    yield file.path, self._place(entry)

    def _manifest(self, entry: ChainEntry) -> Manifest | None:
        place = entry.place()
        if place not in self._manifests:
            try:
                self._manifests[place] = sealed_manifest(self._folder, entry)
            except (EvidenceError, OSError, ValueError):
                self._manifests[place] = None
        return self._manifests[place]

    def _place(self, entry: ChainEntry) -> str:
        return f"{self._folder.name}/{entry.readable_place()}"

"""Seals runs: signed, each naming the one before, never rewritten.

    evidence/public_key.pem                         the key that seals are signed with now
    evidence/chain.jsonl                            one line a seal, in the order of sealing
    evidence/<as_of>-<kind>/manifest.dsse.json      the first seal of that run
    evidence/<as_of>-<kind>/manifest.json           what it says, for people to read
    evidence/<as_of>-<kind>/manifest.r2.dsse.json   sealed again because something had changed; manifest.r2.json

A seal is a DSSE envelope around an in-toto statement (see ``envelope`` and ``statement``). The hash that the chain and
the next seal name is that of the statement. Seals of earlier releases are ``manifest.json`` with ``manifest.sig``.

The chain shows what was changed or taken out of it. That its newest seals were *all* taken off, chain line and
folder both, only shows against a hash that is held elsewhere: mails print it, and witnesses may be told it (see
``witness`` and ``timestamps``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field

from charter.base.errors import EvidenceError
from charter.base.files import write_whole
from charter.base.lock import exclusive
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.collect import collect, in_order
from charter.evidence.envelope import SealFile, is_envelope, read_seal, wrapped
from charter.evidence.erased import erased_since
from charter.evidence.keys import RETIRED_KEY, SIGNING_KEY, public_pem, signing_key
from charter.evidence.lake import landed, night_of
from charter.evidence.manifest import (
    MAILED,
    DeliverySeal,
    Instant,
    KeyRotation,
    Kind,
    Manifest,
    Sha256,
    Stamp,
    TableSeal,
)
from charter.evidence.standing import Standing, keep_standing, kept_standing
from charter.evidence.statement import manifest_of, readable, rotation_in, rotation_statement, run_statement

ROTATION: Literal["rotation"] = "rotation"


class ChainEntry(BaseModel):
    """One line of the chain: the ``sequence``-th seal. ``previous`` is the hash of the manifest before.

    ``nights`` are those whose landed files that manifest names; null for a manifest of version 1, which named all.
    ``format`` is that of the seal's file. The line of a key's rotation is of a kind of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = Field(ge=1)
    as_of: Instant
    kind: Kind | Literal["rotation"]
    revision: int = Field(ge=1)
    sha256: Sha256
    previous: Sha256 | None
    nights: tuple[Stamp, ...] | None = None
    format: Literal["json", "dsse"] = "json"

    @classmethod
    def of(
        cls, manifest: Manifest, sha256: str, sequence: int, revision: int, form: Literal["json", "dsse"]
    ) -> ChainEntry:
        return cls(
            format=form,
            sequence=sequence,
            as_of=manifest.as_of,
            kind=manifest.kind,
            revision=revision,
            sha256=sha256,
            previous=manifest.previous,
            nights=manifest.nights,
        )

    @classmethod
    def of_rotation(cls, rotation: KeyRotation, sha256: str, sequence: int, revision: int) -> ChainEntry:
        return cls(
            format="dsse",
            sequence=sequence,
            as_of=rotation.at,
            kind=ROTATION,
            revision=revision,
            sha256=sha256,
            previous=rotation.previous,
            nights=(),
        )

    def line(self) -> bytes:
        old = {name for name, value in (("nights", None), ("format", "json")) if getattr(self, name) == value}
        content = self.model_dump(mode="json", exclude=old)
        return (json.dumps(content, sort_keys=True) + "\n").encode()

    def place(self) -> str:
        """The seal's path, relative to the evidence folder."""
        readable = self.readable_place()
        return readable.removesuffix(".json") + ".dsse.json" if self.format == "dsse" else readable

    def readable_place(self) -> str:
        """The path of what it says, for people to read, relative to the evidence folder."""
        suffix = "" if self.revision == 1 else f".r{self.revision}"
        return f"{stamp(self.as_of)}-{self.kind}/manifest{suffix}.json"


class SealedManifest(BaseModel):
    """Where a run's seal is. ``created`` is false when the run had been sealed, saying the same, before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    sha256: str
    revision: int
    created: bool


def seal(
    settings: Settings,
    kind: Kind,
    as_of: datetime,
    known_at: datetime,
    *,
    rendered: Iterable[Path] = (),
    deliveries: Iterable[DeliverySeal] = (),
) -> SealedManifest:
    """Seals the run ``kind`` as of ``as_of`` (aware), known at ``known_at``, as the installation stands now.

    ``rendered`` are the report files made (under ``settings.var_dir``), ``deliveries`` what became of the run's
    messages (``delivery_seals``). A run sealed before, and saying the same, stays as it is; one that differs gets a
    further revision. Raises SettingError without a usable CHARTER_SIGNING_KEY, EvidenceError when the evidence so far
    was altered or something to be sealed is missing.
    """
    manifest = collect_run(settings, kind, as_of, known_at, rendered)
    return seal_manifest(settings, manifest.model_copy(update={"deliveries": in_order(deliveries)}))


def collect_run(
    settings: Settings, kind: Kind, as_of: datetime, known_at: datetime, rendered: Iterable[Path] = ()
) -> Manifest:
    """What can be sealed of a run as the installation stands now, and was not sealed before it. As ``collect``."""
    folder = settings.evidence_dir
    chain = read_chain(folder)
    earlier = seals_of(chain, kind, as_of)
    before = standing(folder, chain[: earlier[0].sequence - 1] if earlier else chain)
    return collect(settings, kind, as_of, known_at, rendered, _newest_tables(folder, chain), before)


def seal_manifest(settings: Settings, manifest: Manifest) -> SealedManifest:
    """Seals what was collected of a run, with the landed files of its nights. As ``seal``."""
    key = signing_key(settings)
    folder = settings.evidence_dir
    with exclusive(folder / ".lock", wait_s=60, error=EvidenceError):
        chain = _adopt(folder, read_chain(folder), key.public_key())
        _require_key(folder, chain, key.public_key())
        earlier = seals_of(chain, manifest.kind, manifest.as_of)
        # What this run's first seal found vouched for stays so: sealed again, it names the same nights.
        before = chain[: earlier[0].sequence - 1] if earlier else chain
        if manifest.kind not in ("site", "prune"):
            erased = erased_since(sealed_manifest(folder, each) for each in chain if each.kind == "prune")
            found = landed(settings, manifest.known_at, _vouched(folder, before), erased)
            manifest = manifest.model_copy(
                update={"nights": found.nights, "inputs": found.inputs, "receipts": found.receipts}
            )
        if earlier and sealed_manifest(folder, earlier[-1]).covers(manifest):
            return _sealed(folder, earlier[-1], created=False)
        head = chain[-1] if chain else None
        final = manifest.model_copy(update={"previous": head.sha256 if head else None, "version": 3})
        payload = run_statement(final)
        entry = ChainEntry.of(
            final, hashlib.sha256(payload).hexdigest(), len(chain) + 1, revision=len(earlier) + 1, form="dsse"
        )
        stands = standing(folder, chain).after(final, entry.sha256)
        return _append(folder, chain, entry, wrapped(payload, [key]), payload, stands)


def rotate_key(settings: Settings, at: datetime) -> SealedManifest:
    """Ends the use of one signing key and begins that of another, in a seal that both sign, at ``at`` (aware).

    The new key is CHARTER_SIGNING_KEY, the one that was used so far CHARTER_RETIRED_SIGNING_KEY. Raises SettingError
    when one of them is missing, EvidenceError when the second is not the chain's, or nothing was sealed yet.
    """
    successor, retired = signing_key(settings), signing_key(settings, RETIRED_KEY)
    folder = settings.evidence_dir
    with exclusive(folder / ".lock", wait_s=60, error=EvidenceError):
        chain = _adopt(folder, read_chain(folder), retired.public_key())
        if not chain:
            raise EvidenceError(
                "nothing has been sealed yet: there is no key to follow",
                where=str(folder),
                remedy=f"set {SIGNING_KEY} to the key that is to be used, and seal a run",
            )
        if chain[-1].kind == ROTATION and _key_in_force(folder, chain) == public_pem(successor.public_key()):
            _require_key(folder, chain, successor.public_key())
            return _sealed(folder, chain[-1], created=False)
        _require_key(folder, chain, retired.public_key(), name=RETIRED_KEY)
        rotation = KeyRotation(
            at=at,
            retired=public_pem(retired.public_key()).decode(),
            successor=public_pem(successor.public_key()).decode(),
            previous=chain[-1].sha256,
        )
        payload = rotation_statement(rotation)
        revision = len(seals_of(chain, ROTATION, at)) + 1
        entry = ChainEntry.of_rotation(rotation, hashlib.sha256(payload).hexdigest(), len(chain) + 1, revision)
        stands = standing(folder, chain).model_copy(update={"head": entry.sha256})
        sealed = _append(folder, chain, entry, wrapped(payload, [retired, successor]), payload, stands)
        _require_key(folder, [*chain, entry], successor.public_key())
        return sealed


# -- inside --------------------------------------------------------------------------------------------


def seals_of(chain: Sequence[ChainEntry], kind: str, as_of: datetime) -> list[ChainEntry]:
    """The seals of the run ``kind`` as of ``as_of`` (aware), the first one first."""
    return [entry for entry in chain if (entry.kind, entry.as_of) == (kind, as_of)]


def _require_key(folder: Path, chain: list[ChainEntry], key: Ed25519PublicKey, name: str = SIGNING_KEY) -> None:
    """Raises EvidenceError unless ``key`` is the one in force; writes it down for readers where it is not yet."""
    path = folder / "public_key.pem"
    pem = public_pem(key)
    if chain and not path.exists():
        raise _altered(path, "the public key of a chain that has been begun is missing")
    in_force = _key_in_force(folder, chain)
    if in_force is not None and in_force != pem:
        raise EvidenceError(
            f"the chain is signed with another key than that of {name}",
            where=str(path),
            remedy=f"set {name} to that key; to go on with a new one: {RETIRED_KEY}=<that key> charter rotate-key",
        )
    if not path.exists() or path.read_bytes() != pem:
        _write(path, pem)


def _key_in_force(folder: Path, chain: list[ChainEntry]) -> bytes | None:
    """The public key that the next seal must be signed with, in PEM; None before the first seal."""
    rotations = [entry for entry in chain if entry.kind == ROTATION]
    if rotations:
        return rotation_in(_seal_file(folder, rotations[-1]).payload).successor.encode()
    path = folder / "public_key.pem"
    return path.read_bytes() if path.exists() else None


def read_chain(folder: Path) -> list[ChainEntry]:
    path = folder / "chain.jsonl"
    if not path.exists():
        return []
    try:
        chain = [ChainEntry.model_validate_json(line) for line in path.read_bytes().splitlines()]
    except ValueError as error:
        raise _altered(path, "a line of the chain cannot be read") from error
    for sequence, entry in enumerate(chain, start=1):
        before = chain[sequence - 2].sha256 if sequence > 1 else None
        if (entry.sequence, entry.previous) != (sequence, before):
            raise _altered(path, f"line {sequence} of the chain does not follow from the one before")
    return chain


def _adopt(folder: Path, chain: list[ChainEntry], public_key: Ed25519PublicKey) -> list[ChainEntry]:
    """Completes a sealing that stopped between writing the manifest and chaining it.

    Only a manifest signed with our key and naming the chain's last seal as the one before is taken up: nobody
    else can have made it. Any other is left for ``verify`` to name.
    """
    known = {place for entry in chain for place in (entry.place(), entry.readable_place())}
    waiting = sorted(
        path for path in folder.glob("*/manifest*.json") if path.relative_to(folder).as_posix() not in known
    )
    for path in waiting:
        entry = _unchained(path, chain, public_key)
        if entry is not None and folder / entry.place() == path:
            return _adopt(folder, _write_chain(folder, [*chain, entry]), public_key)
    return chain


def _unchained(path: Path, chain: list[ChainEntry], public_key: Ed25519PublicKey) -> ChainEntry | None:
    try:
        file = read_seal(path)
        entry = _entry_of(file, path, chain)
    except (OSError, ValueError):
        return None
    follows = entry.previous == (chain[-1].sha256 if chain else None)
    return entry if follows and file.is_signed_by(public_key) else None


def _entry_of(file: SealFile, path: Path, chain: list[ChainEntry]) -> ChainEntry:
    """The line that a seal would have behind ``chain``. Raises ValueError when it is none."""
    sha256, sequence = hashlib.sha256(file.payload).hexdigest(), len(chain) + 1
    if path.parent.name.endswith(f"-{ROTATION}"):
        rotation = rotation_in(file.payload)
        revision = len(seals_of(chain, ROTATION, rotation.at)) + 1
        return ChainEntry.of_rotation(rotation, sha256, sequence, revision)
    manifest = manifest_of(file)
    revision = len(seals_of(chain, manifest.kind, manifest.as_of)) + 1
    return ChainEntry.of(manifest, sha256, sequence, revision, "dsse" if is_envelope(path) else "json")


def sealed_manifest(folder: Path, entry: ChainEntry) -> Manifest:
    """What the seal of ``entry`` says. Raises EvidenceError when it is missing or was altered."""
    return manifest_of(_seal_file(folder, entry))


def _seal_file(folder: Path, entry: ChainEntry) -> SealFile:
    path = folder / entry.place()
    try:
        file = read_seal(path)
    except OSError as error:
        raise _altered(path, "a sealed manifest is missing") from error
    except ValueError as error:
        raise _altered(path, "a sealed manifest has been altered") from error
    if hashlib.sha256(file.payload).hexdigest() != entry.sha256:
        raise _altered(path, "a sealed manifest has been altered")
    return file


def night_heads(settings: Settings) -> dict[datetime, str]:
    """The hash of each night's newest seal by the night's as-of. Raises EvidenceError when the chain can't be read."""
    return {entry.as_of: entry.sha256 for entry in read_chain(settings.evidence_dir) if entry.kind == "nightly"}


def sealed_runs(folder: Path, chain: Iterable[ChainEntry]) -> Iterator[Manifest]:
    """What the seals of ``chain`` say, in order, without rotations of keys. Raises EvidenceError as above."""
    return (sealed_manifest(folder, entry) for entry in chain if entry.kind != ROTATION)


def standing(folder: Path, chain: Sequence[ChainEntry]) -> Standing:
    """What the seals of ``chain`` say together of the files that are kept, and of pages. Raises EvidenceError."""
    head = chain[-1].sha256 if chain else None
    known = kept_standing(folder)
    if known is not None and known.head == head:
        return known
    return Standing.of(sealed_runs(folder, chain), head)


def _newest_tables(folder: Path, chain: Sequence[ChainEntry]) -> dict[str, TableSeal]:
    """What the newest seal says of the published tables, by name."""
    for entry in reversed(chain):
        if entry.kind in ("nightly", *MAILED):
            return {table.table: table for table in sealed_manifest(folder, entry).warehouse}
    return {}


def _vouched(folder: Path, chain: list[ChainEntry]) -> set[str]:
    """The nights (stamps) whose landed files the manifests of ``chain`` name."""
    nights = {night for entry in chain for night in entry.nights or ()}
    first_version = [entry for entry in chain if entry.nights is None and entry.kind != ROTATION]
    if first_version:
        # Each of these named all that an earlier one did.
        manifest = sealed_manifest(folder, max(first_version, key=lambda entry: (entry.as_of, entry.sequence)))
        named = [*(file.path for file in manifest.inputs), *(file.path for file in manifest.receipts)]
        nights |= {night for place in named if (night := night_of(PurePosixPath(place))) is not None}
    return nights


def _sealed(folder: Path, entry: ChainEntry, *, created: bool) -> SealedManifest:
    return SealedManifest(path=folder / entry.place(), sha256=entry.sha256, revision=entry.revision, created=created)


def _append(
    folder: Path, chain: list[ChainEntry], entry: ChainEntry, envelope: bytes, payload: bytes, stands: Standing
) -> SealedManifest:
    """Puts a seal behind ``chain``; ``stands`` is what all seals say together with it."""
    _write_seal(folder, entry, envelope, readable(payload))
    _write_chain(folder, [*chain, entry])
    keep_standing(folder, stands)
    return _sealed(folder, entry, created=True)


def _write_seal(folder: Path, entry: ChainEntry, content: bytes, for_people: bytes) -> None:
    path = folder / entry.place()
    if path.exists():
        raise _altered(path, "there is a manifest that the chain does not know")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The seal last: where it is, all of it is.
    _write(folder / entry.readable_place(), for_people)
    _write(path, content)


def _write_chain(folder: Path, chain: list[ChainEntry]) -> list[ChainEntry]:
    # Rewritten and renamed rather than appended to, so that a crash leaves no half line.
    _write(folder / "chain.jsonl", b"".join(entry.line() for entry in chain))
    return chain


def _write(path: Path, content: bytes) -> None:
    write_whole(path, content, mode=0o644)


def _altered(path: Path, what: str) -> EvidenceError:
    return EvidenceError(what, where=str(path), remedy="run the verification, find out why, restore it from a copy")

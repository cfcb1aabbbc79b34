"""Seals manifests: signed, each naming the one before, never rewritten.

    evidence/public_key.pem
    evidence/chain.jsonl                            one line a seal, in the order of sealing
    evidence/<as_of>-<kind>/manifest.json, .sig     the first seal of that run
    evidence/<as_of>-<kind>/manifest.r2.json, .sig  sealed again because something had changed

A signature is Ed25519 over the manifest file's bytes, raw, so that
``openssl pkeyutl -verify -rawin -pubin -inkey public_key.pem -in manifest.json -sigfile manifest.sig`` checks it.

The chain shows what was changed or taken out of it. That its newest seals were *all* taken off, chain line and
folder both, only shows against a copy of the latest hash kept elsewhere: ``SealedManifest.sha256`` is meant for that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field

from charter.base.errors import EvidenceError, SettingError
from charter.base.files import write_whole
from charter.base.lock import exclusive
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.deliver import DeliveryRecord
from charter.evidence.collect import collect
from charter.evidence.lake import landed, night_of
from charter.evidence.manifest import Instant, Kind, Manifest, Sha256, Stamp, TableSeal

_KEY_NAME = "CHARTER_SIGNING_KEY"


class ChainEntry(BaseModel):
    """One line of the chain: the ``sequence``-th seal. ``previous`` is the hash of the manifest before.

    ``nights`` are those whose landed files that manifest names; null for a manifest of version 1, which named all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = Field(ge=1)
    as_of: Instant
    kind: Kind
    revision: int = Field(ge=1)
    sha256: Sha256
    previous: Sha256 | None
    nights: tuple[Stamp, ...] | None = None

    @classmethod
    def of(cls, manifest: Manifest, sha256: str, sequence: int, revision: int) -> ChainEntry:
        return cls(
            sequence=sequence,
            as_of=manifest.as_of,
            kind=manifest.kind,
            revision=revision,
            sha256=sha256,
            previous=manifest.previous,
            nights=manifest.nights,
        )

    def line(self) -> bytes:
        content = self.model_dump(mode="json", exclude={"nights"} if self.nights is None else None)
        return (json.dumps(content, sort_keys=True) + "\n").encode()

    def place(self) -> str:
        """The manifest's path, relative to the evidence folder."""
        suffix = "" if self.revision == 1 else f".r{self.revision}"
        return f"{stamp(self.as_of)}-{self.kind}/manifest{suffix}.json"


class SealedManifest(BaseModel):
    """Where a run's seal is. ``created`` is false when the run had been sealed, saying the same, before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    sha256: str
    revision: int
    created: bool


def generate_signing_key() -> bytes:
    """A new Ed25519 private key as PEM, for a demo installation. Keep it in a file of mode 0600."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def seal(
    settings: Settings,
    kind: Kind,
    as_of: datetime,
    known_at: datetime,
    *,
    rendered: Iterable[Path] = (),
    deliveries: Iterable[DeliveryRecord] = (),
) -> SealedManifest:
    """Seals the run ``kind`` as of ``as_of`` (aware), known at ``known_at``, as the installation stands now.

    ``rendered`` are the report files made (under ``settings.var_dir``), ``deliveries`` the states of the run's
    messages (``Outbox.records``). A run sealed before, and saying the same, stays as it is; one that differs gets a
    further revision. Raises SettingError without a usable CHARTER_SIGNING_KEY, EvidenceError when the evidence so far
    was altered or something to be sealed is missing.
    """
    tables = newest_tables(settings.evidence_dir)
    return seal_manifest(settings, collect(settings, kind, as_of, known_at, rendered, deliveries, tables))


def seal_manifest(settings: Settings, manifest: Manifest) -> SealedManifest:
    """Seals what was collected of a run, with the landed files of its nights. As ``seal``."""
    key = signing_key(settings)
    folder = settings.evidence_dir
    with exclusive(folder / ".lock", wait_s=60, error=EvidenceError):
        _keep_public_key(folder, key.public_key())
        chain = _adopt(folder, read_chain(folder), key.public_key())
        earlier = [entry for entry in chain if (entry.kind, entry.as_of) == (manifest.kind, manifest.as_of)]
        # What this run's first seal found vouched for stays so: sealed again, it names the same nights.
        before = chain[: earlier[0].sequence - 1] if earlier else chain
        found = landed(settings, manifest.known_at, _vouched(folder, before))
        manifest = manifest.model_copy(
            update={"nights": found.nights, "inputs": found.inputs, "receipts": found.receipts}
        )
        if earlier and sealed_manifest(folder, earlier[-1]).covers(manifest):
            return _told(folder, earlier[-1], created=False)
        head = chain[-1] if chain else None
        final = manifest.model_copy(update={"previous": head.sha256 if head else None})
        entry = ChainEntry.of(
            final, hashlib.sha256(final.canonical()).hexdigest(), sequence=len(chain) + 1, revision=len(earlier) + 1
        )
        _write_seal(folder, entry, final.canonical(), key)
        _write_chain(folder, [*chain, entry])
        return _told(folder, entry, created=True)


def is_signed(content: bytes, signature: bytes, public_key: Ed25519PublicKey) -> bool:
    """Whether ``signature`` is that key's over ``content``."""
    try:
        public_key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def load_public_key(pem: bytes) -> Ed25519PublicKey:
    """Reads a PEM public key. Raises ValueError when it is none, or not Ed25519."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that seals are signed with. Raises SettingError when it is missing or unusable."""
    remedy = f"set {_KEY_NAME} (or {_KEY_NAME}_FILE) to an Ed25519 private key in PEM, without a passphrase"
    try:
        key = serialization.load_pem_private_key(settings.secret(_KEY_NAME), password=None)
    except (ValueError, TypeError) as error:
        raise SettingError("the signing key cannot be read", where=_KEY_NAME, remedy=remedy) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingError("the signing key is of another kind", where=_KEY_NAME, remedy=remedy)
    return key


# -- inside --------------------------------------------------------------------------------------------


def _keep_public_key(folder: Path, key: Ed25519PublicKey) -> None:
    path = folder / "public_key.pem"
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not path.exists():
        if (folder / "chain.jsonl").exists():
            raise _altered(path, "the public key of a chain that has been begun is missing")
        _write(path, pem)
    elif path.read_bytes() != pem:
        raise EvidenceError(
            "the chain was begun with another signing key",
            where=str(path),
            remedy=f"set {_KEY_NAME} to the key it was begun with, or begin a new chain in an empty evidence folder",
        )


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
    else can have made it. Any other is left for ``verify_chain`` to name.
    """
    known = {entry.place() for entry in chain}
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
        content = path.read_bytes()
        signature = path.with_suffix(".sig").read_bytes()
        manifest = Manifest.model_validate_json(content)
    except (OSError, ValueError):
        return None
    follows = manifest.previous == (chain[-1].sha256 if chain else None)
    if not follows or not is_signed(content, signature, public_key):
        return None
    same_run = [entry for entry in chain if (entry.kind, entry.as_of) == (manifest.kind, manifest.as_of)]
    return ChainEntry.of(
        manifest, hashlib.sha256(content).hexdigest(), sequence=len(chain) + 1, revision=len(same_run) + 1
    )


def sealed_manifest(folder: Path, entry: ChainEntry) -> Manifest:
    path = folder / entry.place()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _altered(path, "a sealed manifest is missing") from error
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise _altered(path, "a sealed manifest has been altered")
    return Manifest.model_validate_json(content)


def newest_tables(folder: Path) -> dict[str, TableSeal]:
    """What the newest seal says of the published tables, by name."""
    chain = read_chain(folder)
    newest = sealed_manifest(folder, chain[-1]) if chain else None
    return {table.table: table for table in newest.warehouse} if newest else {}


def _vouched(folder: Path, chain: list[ChainEntry]) -> set[str]:
    """The nights (stamps) whose landed files the manifests of ``chain`` name."""
    nights = {night for entry in chain for night in entry.nights or ()}
    first_version = [entry for entry in chain if entry.nights is None]
    if first_version:
        # Each of these named all that an earlier one did.
        manifest = sealed_manifest(folder, max(first_version, key=lambda entry: (entry.as_of, entry.sequence)))
        named = [*(file.path for file in manifest.inputs), *(file.path for file in manifest.receipts)]
        nights |= {night for place in named if (night := night_of(PurePosixPath(place))) is not None}
    return nights


def _told(folder: Path, entry: ChainEntry, *, created: bool) -> SealedManifest:
    return SealedManifest(path=folder / entry.place(), sha256=entry.sha256, revision=entry.revision, created=created)


def _write_seal(folder: Path, entry: ChainEntry, content: bytes, key: Ed25519PrivateKey) -> None:
    path = folder / entry.place()
    if path.exists():
        raise _altered(path, "there is a manifest that the chain does not know")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The signature first: a manifest that exists is signed.
    _write(path.with_suffix(".sig"), key.sign(content))
    _write(path, content)


def _write_chain(folder: Path, chain: list[ChainEntry]) -> list[ChainEntry]:
    # Rewritten and renamed rather than appended to, so that a crash leaves no half line.
    _write(folder / "chain.jsonl", b"".join(entry.line() for entry in chain))
    return chain


def _write(path: Path, content: bytes) -> None:
    write_whole(path, content, mode=0o644)


def _altered(path: Path, what: str) -> EvidenceError:
    return EvidenceError(what, where=str(path), remedy="run the verification, find out why, restore it from a copy")

"""What a backup holds: the list of its files with their hashes, signed where there is a key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

from charter.evidence.manifest import Instant, Part, Sha256

# The first member of an archive: what it is, for people; and the last: the list of all others.
FIRST, LAST = "READ-ME.txt", "BACKUP.dsse.json"
MAGIC = "charter backup 1"
# Another type than a seal's: the signature of the one can't be taken for that of the other.
_TYPE = "application/vnd.charter.backup+json"


class BackedFile(Part):
    """A file of the state folder, and its content."""

    path: str
    kind: str
    size: int = Field(ge=0)
    sha256: Sha256


class LeftOut(Part):
    """Files of one kind that the backup does not hold. ``size`` is in bytes."""

    kind: str
    files: int = Field(ge=0)
    size: int = Field(ge=0)


class BackupManifest(Part):
    """A backup of the state of the charter ``charter``, made by ``release`` at ``made_at`` (wall time).

    ``formats`` are those of the state (see ``charter.state_owner``). ``head`` is the newest seal's hash, ``seals`` how
    many there were, ``until`` its as-of; None and 0 where nothing was sealed. ``differs`` says what was not as sealed
    when the backup was made, where it was asked for all the same.
    """

    version: Literal[1] = 1
    charter: str
    release: str
    formats: dict[str, int]
    made_at: Instant
    head: Sha256 | None
    seals: int = Field(ge=0)
    until: Instant | None
    files: tuple[BackedFile, ...]
    left_out: tuple[LeftOut, ...]
    differs: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes the files have together."""
        return sum(file.size for file in self.files)

    def said(self) -> bytes:
        """One way to write it."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()


def enveloped(manifest: BackupManifest, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """The manifest as a file, signed by each of ``keys``."""
    envelope = Envelope(manifest.said(), _TYPE, {})
    for key in keys:
        envelope.sign(CryptoSigner(key))
    return (json.dumps(envelope.to_dict(), sort_keys=True) + "\n").encode()


class Enveloped:
    """A manifest's file as it was found. Raises ValueError when it is none, or of a later version."""

    def __init__(self, content: bytes) -> None:
        try:
            self._envelope = Envelope.from_dict(json.loads(content))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no envelope: {error}") from error
        if self._envelope.payload_type != _TYPE:
            raise ValueError("the envelope is that of something else")
        self.manifest = BackupManifest.model_validate_json(self._envelope.payload)

    @property
    def is_signed(self) -> bool:
        return bool(self._envelope.signatures)

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether one of the signatures is that key's."""
        try:
            self._envelope.verify([SSlibKey.from_crypto(key)], 1)
        except VerificationError:
            return False
        return True


def read_me(manifest: BackupManifest) -> bytes:
    """What somebody finds who opens the archive without us."""
    night = f"newest seal {manifest.head[:16]}, as of {manifest.until:%Y-%m-%d %H:%M} UTC" if manifest.head else "none"
    return f"""{MAGIC}
The state folder of the charter '{manifest.charter}', as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC.
Seals: {manifest.seals} ({night}).
Put it back: charter restore THIS-FILE (release {manifest.release} or later).
By hand: unpack it into an empty folder, and name that folder in CHARTER_VAR. {LAST} at the end of the archive lists
every file with its SHA-256; an archive without it is cut short.
""".encode()

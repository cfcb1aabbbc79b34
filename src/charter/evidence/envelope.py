"""Seals as files: a DSSE envelope (github.com/secure-systems-lab/dsse) around what is said, with its signatures.

Seals of earlier releases are a JSON file with a raw signature in a file beside it. Both are read here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_ENDING = ".dsse.json"


@dataclass(frozen=True)
class SealFile:
    """A seal as it lies there: ``payload`` is what it says, ``envelope`` how it is signed.

    ``signature`` is that of a seal of an earlier release; None where its file is missing.
    """

    payload: bytes
    envelope: Envelope | None
    signature: bytes | None

    def is_signed(self) -> bool:
        """Whether there is any signature at all."""
        return bool(self.envelope.signatures) if self.envelope else self.signature is not None

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether one of the signatures is that key's over what the seal says."""
        if self.envelope is None:
            return self.signature is not None and _is_raw_signature(self.payload, self.signature, key)
        try:
            self.envelope.verify([SSlibKey.from_crypto(key)], 1)
        except VerificationError:
            return False
        return self.envelope.payload_type == PAYLOAD_TYPE


def wrapped(payload: bytes, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """``payload`` (an in-toto statement as JSON) in an envelope signed by each of ``keys``, as a file's content."""
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    for key in keys:
        envelope.sign(CryptoSigner(key))
    return _written(envelope)


def _written(envelope: Envelope) -> bytes:
    return (json.dumps(envelope.to_dict(), sort_keys=True) + "\n").encode()


def is_envelope(path: Path) -> bool:
    """Whether a seal's file is an envelope, by its name."""
    return path.name.endswith(_ENDING)


def read_seal(path: Path) -> SealFile:
    """The seal in the file ``path``. Raises OSError when it can't be read, ValueError when it is no seal.

    An envelope has one way to be written: any other is none, though it may say the same.
    """
    content = path.read_bytes()
    if not is_envelope(path):
        signature = path.with_suffix(".sig")
        return SealFile(content, None, signature.read_bytes() if signature.exists() else None)
    try:
        envelope = Envelope.from_dict(json.loads(content))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no envelope: {error}") from error
    if content != _written(envelope):
        raise ValueError("the envelope is written in another way than ours")
    return SealFile(envelope.payload, envelope, None)


def _is_raw_signature(content: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True

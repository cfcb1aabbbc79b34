"""The keys that seals are signed with (Ed25519), and how one follows another."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.evidence.manifest import KeySeal

SIGNING_KEY = "CHARTER_SIGNING_KEY"
RETIRED_KEY = "CHARTER_RETIRED_SIGNING_KEY"
_PSEUDONYM_KEY = "CHARTER_PSEUDONYM_KEY"
# What the pseudonyms' key is recognised by: nobody can find the key, or a pseudonym, from its code over this.
_RECOGNISED_BY = b"charter: the key that pseudonyms are made with"


def generate_signing_key() -> bytes:
    """A new Ed25519 private key as PEM, for a demo installation. Keep it in a file of mode 0600."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def signing_key(settings: Settings, name: str = SIGNING_KEY) -> Ed25519PrivateKey:
    """The private key that the setting ``name`` holds. Raises SettingError when it is missing or unusable."""
    remedy = f"set {name} (or {name}_FILE) to an Ed25519 private key in PEM, without a passphrase"
    try:
        key = serialization.load_pem_private_key(settings.secret(name), password=None)
    except (ValueError, TypeError) as error:
        raise SettingError("the signing key cannot be read", where=name, remedy=remedy) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingError("the signing key is of another kind", where=name, remedy=remedy)
    return key


def load_public_key(pem: bytes) -> Ed25519PublicKey:
    """Reads a PEM public key. Raises ValueError when it is none, or not Ed25519."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public key as PEM: one way to write it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_seals(settings: Settings) -> tuple[KeySeal, ...]:
    """What can be told of the installation's keys without telling them: a hash for each one that is set."""
    seals = []
    if is_set(settings, SIGNING_KEY):
        public = public_pem(signing_key(settings).public_key())
        seals.append(KeySeal(name=SIGNING_KEY, sha256=hashlib.sha256(public).hexdigest()))
    if is_set(settings, _PSEUDONYM_KEY):
        code = hmac.new(settings.secret(_PSEUDONYM_KEY), _RECOGNISED_BY, hashlib.sha256)
        seals.append(KeySeal(name=_PSEUDONYM_KEY, sha256=code.hexdigest()))
    return tuple(seals)


def is_set(settings: Settings, name: str) -> bool:
    """Whether the setting ``name`` is given, itself or as a file."""
    return bool(settings.environment.get(name) or settings.environment.get(f"{name}_FILE"))

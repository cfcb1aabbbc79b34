"""The bundle's verifier: its signatures are those of RFC 8032, and it stands on Python alone."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.audit.bundle import verify_bundle
from charter.audit.bundle.verify_bundle import ORDER, is_signed, key_in, pae
from charter.evidence.keys import public_pem

# RFC 8032, section 7.1: public key, message, signature.
TEST_1 = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
)
TEST_2 = (
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)


@pytest.mark.parametrize(("key", "message", "signature"), [TEST_1, TEST_2])
def test_the_examples_of_the_standard(key: str, message: str, signature: str) -> None:
    assert is_signed(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@settings(max_examples=15, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_it_believes_what_the_library_signed_and_nothing_else(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert is_signed(key, message, signature)
    assert not is_signed(key, message + b"x", signature)
    assert not is_signed(key, message, bytes(flipped))


def test_a_signature_that_is_written_in_another_way_is_none() -> None:
    """The same number plus the group's order would verify too, if it were not refused."""
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    signature = private.sign(b"text")
    other = int.from_bytes(signature[32:], "little") + ORDER
    key = private.public_key().public_bytes_raw()
    assert not is_signed(key, b"text", signature[:32] + other.to_bytes(32, "little"))
    assert not is_signed(key, b"text", signature[:-1])
    assert not is_signed(b"\xff" * 32, b"text", signature)


def test_a_key_is_read_from_pem_and_another_kind_is_refused() -> None:
    public = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key()
    assert key_in(public_pem(public).decode()) == public.public_bytes_raw()
    with pytest.raises(ValueError, match="Ed25519"):
        key_in("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")


def test_what_is_signed_is_as_dsse_writes_it() -> None:
    assert pae(b"{}") == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"


def test_it_imports_nothing_but_pythons_own() -> None:
    tree = ast.parse(Path(str(verify_bundle.__file__)).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_both_languages_say_the_same_things() -> None:
    assert verify_bundle.WORDS["ko"].keys() == verify_bundle.WORDS["en"].keys()

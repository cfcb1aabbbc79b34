"""Keyed pseudonyms: one person has the same one in every source, and nobody without the key can make or undo it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from charter.extract.hexadecimal import hexadecimal

_PUNCTUATION = " ()+-./"
_PUNCTUATION_OF_NUMBERS = str.maketrans("", "", _PUNCTUATION)
LENGTH = 32
# Of SHA-256, in bytes.
_BLOCK = 64


def normalised(text: str) -> str:
    """What two spellings of one person have in common: compatibility characters, case and spaces do not count;
    in numbers (telephones and the like) neither does punctuation."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = " ".join(plain.casefold().split())
    digits = plain.translate(_PUNCTUATION_OF_NUMBERS)
    return digits if digits.isdecimal() else plain


def pseudonym(text: str, key: bytes) -> str:
    """The first 32 hexadecimal digits of the HMAC-SHA256 of the normalised ``text``."""
    return hmac.digest(key, normalised(text).encode(), "sha256").hex()[:LENGTH]


def pseudonymise(texts: pa.Array, key: bytes) -> pa.Array:
    """The pseudonym of each text; null stays null."""
    encoded = texts.dictionary_encode()
    keyed = _keyed(_normalised(encoded.dictionary), key)
    # Where no text comes twice, they are in order already.
    return keyed if len(keyed) == len(texts) else keyed.take(encoded.indices)


def _normalised(texts: pa.Array) -> pa.Array:
    """``normalised`` of each text: telephone numbers and words without spaces all at once, the rest one by one."""
    digits = texts
    for mark in _PUNCTUATION:
        digits = pc.replace_substring(digits, mark, "")
    number = pc.ascii_is_decimal(digits)
    if pc.all(number).as_py():
        return digits
    word = pc.and_not(pc.match_substring_regex(texts, "^[!-~]+$"), number)
    rest = pc.invert(pc.or_(number, word))
    plain = pc.if_else(number, digits, pc.ascii_lower(texts))
    if not pc.any(rest).as_py():
        return plain
    slowly = [normalised(text) for text in texts.filter(rest).to_pylist()]
    return pc.replace_with_mask(plain, rest, pa.array(slowly, pa.string()))


def _keyed(words: pa.Array, key: bytes) -> pa.Array:
    """HMAC-SHA256 of each word. Both halves of the key are taken in once, where hmac would for each word."""
    whole = hashlib.sha256(key).digest() if len(key) > _BLOCK else key
    padded = whole.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    keyed = []
    for word in words.cast(pa.binary()).to_pylist():
        within, around = inner.copy(), outer.copy()
        within.update(word)
        around.update(within.digest())
        keyed.append(around.digest()[: LENGTH // 2])
    return hexadecimal(keyed)

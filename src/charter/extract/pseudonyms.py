"""Keyed pseudonyms: one person has the same one in every source, and nobody without the key can make or undo it."""

from __future__ import annotations

import hmac
import unicodedata

import pyarrow as pa

_PUNCTUATION_OF_NUMBERS = str.maketrans("", "", " ()+-./")
LENGTH = 32


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
    words = [pseudonym(text, key) for text in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)

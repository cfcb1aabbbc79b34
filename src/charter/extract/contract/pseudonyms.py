"""Keyed pseudonyms: one person has the same one in every source, and nobody without the key can make or undo it."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneNumberFormat

from charter.lake.hexadecimal import hexadecimal

_PUNCTUATION = " ()+-./"
_PUNCTUATION_OF_NUMBERS = str.maketrans("", "", _PUNCTUATION)
_SCHEME = re.compile(r"^(?:tel|sip|mailto|callto):\s*", re.IGNORECASE)
_MAILBOX = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
LENGTH = 32
# Of SHA-256, in bytes.
_BLOCK = 64


def normalised(text: str, country: str) -> str:
    """What spellings of one person have in common: compatibility characters, case and spaces do not count; in numbers
    (telephones and the like) neither does punctuation, nor whether ``country``'s own code (KR: +82) stands before it.
    Of a mail address only the address counts.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = _SCHEME.sub("", " ".join(plain.casefold().split()))
    digits = plain.translate(_PUNCTUATION_OF_NUMBERS)
    if digits.isdecimal():
        return _telephone(plain, digits, country)
    mailbox = _MAILBOX.search(plain)
    return mailbox[1] if mailbox else plain


def _telephone(plain: str, digits: str, country: str) -> str:
    """The digits of a telephone number as they are dialled within ``country``; of any other number, its digits."""
    with_country = plain.lstrip("( ").startswith("+")
    if not with_country and not digits.startswith(("00", _country_code(country))):
        return digits
    international, national = (f"+{digits}", None), (digits, country)
    for spelling, region in (international, national) if with_country else (national, international):
        try:
            number = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return _dialled(number, country)
    return digits


def _dialled(number: phonenumbers.PhoneNumber, country: str) -> str:
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.E164
    return "".join(sign for sign in phonenumbers.format_number(number, form) if sign.isdecimal())


@lru_cache
def _country_code(country: str) -> str:
    # A country that the library does not know has the code 0, and no number is taken for one of its own.
    return str(phonenumbers.country_code_for_region(country) or "-")


def pseudonym(text: str, key: bytes, country: str) -> str:
    """The first 32 hexadecimal digits of the HMAC-SHA256 of the normalised ``text``."""
    return hmac.digest(key, normalised(text, country).encode(), "sha256").hex()[:LENGTH]


def pseudonymise(texts: pa.Array, key: bytes, country: str) -> pa.Array:
    """The pseudonym of each text; null stays null. ``country`` (as in calendar.yaml) is where numbers are dialled."""
    encoded = texts.dictionary_encode()
    keyed = _keyed(_normalised(encoded.dictionary, country), key)
    # Where no text comes twice, they are in order already.
    return keyed if len(keyed) == len(texts) else keyed.take(encoded.indices)


def _normalised(texts: pa.Array, country: str) -> pa.Array:
    """``normalised`` of each text: numbers as dialled and words without spaces all at once, the rest one by one."""
    digits = texts
    for mark in _PUNCTUATION:
        digits = pc.replace_substring(digits, mark, "")
    abroad = pc.match_substring_regex(digits, f"^(00|{_country_code(country)})")
    number = pc.and_not(pc.ascii_is_decimal(digits), pc.or_(pc.match_substring(texts, "+"), abroad))
    if pc.all(number).as_py():
        return digits
    plain_word = pc.and_not(pc.match_substring_regex(texts, "^[!-~]+$"), pc.match_substring_regex(texts, "[:<]"))
    word = pc.and_not(plain_word, pc.ascii_is_decimal(digits))
    rest = pc.invert(pc.or_(number, word))
    plain = pc.if_else(number, digits, pc.ascii_lower(texts))
    if not pc.any(rest).as_py():
        return plain
    slowly = [normalised(text, country) for text in texts.filter(rest).to_pylist()]
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

"""How people are shown something from a source: as it is when it resembles what the contract knows, else by its shape.

Nobody can tell a name from a code by looking at it alone. What resembles a known code, or a date, is shown; of all else
only the kinds of signs are, so that a message, a receipt and a log hold nothing about a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import groupby

from charter.extract.contract.similarity import is_made_of_heading_words

# Of four signs one may be mistyped. A shorter word must be the very one: a name may hold a code of two syllables.
_ALIKE, _SHORTEST = 0.75, 4
_LONGEST = 40
_LONGEST_SHAPE = 24
_YEAR_FIRST = r"\d{2,4}\s?[-./년 ]\s?\d{1,2}\s?[-./월 ]\s?\d{1,2}\s?[.일]?"
_YEAR_LAST = r"\d{1,2}(?P<sign>[-./])\d{1,2}(?P=sign)(19|20)\d{2}"
_CLOCK = r"(오전|오후|AM|PM)?\s?\d{1,2}(:\d{2}){1,2}([.,]\d{1,9})?\s?(AM|PM)?"
_ZONE = r"(Z|[+-]\d{2}:?\d{2})?"
_DATE = re.compile(rf"^(({_YEAR_FIRST}|{_YEAR_LAST})([T ,]*{_CLOCK})?|{_CLOCK}|(19|20)\d{{6}}){_ZONE}$", re.IGNORECASE)
# What programs write in place of a value: #N/A, #REF!, -, ??, nan. A short number is nobody's, either.
_NOBODYS = re.compile(
    r"^(#[A-Z/0!?]+|#값!|#참조!|[\W_]{1,10}|[+-]?(?=\D*(\d\D*){1,5}$)[\d.,]+(e[+-]?\d+)?|[+-]?(nan|inf|null|none|n/a))$",
    re.IGNORECASE,
)
_SCRIPTS = {"HANGUL": "가", "CJK": "漢", "HIRAGANA": "あ", "KATAKANA": "あ"}


def shown(text: str, known: Iterable[str] = ()) -> str:
    """``text`` in quotes when it is a date, a time, no word, or like a ``known`` word; else its shape."""
    if len(text) < 2 or (len(text) <= _LONGEST and (_is_nobodys(text) or resembles(text, known))):
        return f"'{text}'"
    return f"a value of the shape {shape(text)}"


def shown_names(names: Iterable[str], known: Iterable[str]) -> str:
    """Names that are there, in words: those that may be headings (``is_heading``), and how many others there are."""
    given, wanted = [name for name in dict.fromkeys(names) if name], list(known)
    headings = [name for name in given if is_heading(name, wanted)]
    others = len(given) - len(headings)
    rest = f"{others} more that may not be headings" if others else ""
    return ", ".join([*headings, *([f"and {rest}" if headings else rest] if rest else [])])


def is_heading(name: str, known: Iterable[str] = ()) -> bool:
    """Whether ``name`` resembles or begins with a ``known`` heading, or is made of the words of headings."""
    wanted = list(known)
    begun = any(len(word) > 1 and name.startswith(word) for word in wanted)
    return len(name) <= _LONGEST and (begun or resembles(name, wanted) or is_made_of_heading_words(name))


def resembles(text: str, known: Iterable[str]) -> bool:
    """Whether ``text`` is one of the ``known`` words, or a slip of the pen away from one."""
    folded = _plain(text)
    return any(_alike(folded, _plain(word)) for word in known)


def is_one_slip(text: str, word: str) -> bool:
    """Whether ``text`` is ``word`` with one sign added, dropped, swapped with the next, or written otherwise."""
    alike = [ours == theirs for ours, theirs in zip(text, word, strict=False)]
    start = alike.index(False) if False in alike else len(alike)
    text, word = text[start:], word[start:]
    return (word[:2] == text[:2][::-1] and word[2:] == text[2:]) or text[1:] in (word, word[1:]) or text == word[1:]


def shape(text: str) -> str:
    """The kinds of signs in ``text``: 가 for Hangul, a and A for letters, 9 for digits, punctuation as it is."""
    signs = "".join(_kind(sign) for sign in text[: 4 * _LONGEST_SHAPE])
    runs = "".join(_run(kind, len(list(run))) for kind, run in groupby(signs))
    if len(runs) > _LONGEST_SHAPE or len(text) > 4 * _LONGEST_SHAPE:
        return f"{runs[:_LONGEST_SHAPE]}… ({len(text)} characters)"
    return runs


def _is_nobodys(text: str) -> bool:
    return bool(_DATE.match(text) or _NOBODYS.match(text))


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _alike(text: str, word: str) -> bool:
    if text == word or min(len(text), len(word)) < _SHORTEST:
        return text == word
    matcher = SequenceMatcher(None, text, word, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _kind(sign: str) -> str:
    category = unicodedata.category(sign)
    if category.startswith("N"):
        return "9"
    if category.startswith("L"):
        if sign.isascii():
            return "A" if sign.isupper() else "a"
        script = unicodedata.name(sign, "").partition(" ")[0]
        return _SCRIPTS.get(script, "x")
    if sign.isspace():
        return " "
    return sign if sign.isascii() and sign.isprintable() else "·"


def _run(kind: str, length: int) -> str:
    # A long run says how long it is; a short one stands as it is.
    return kind * length if length <= 8 or not kind.isalnum() else f"{kind}×{length}"

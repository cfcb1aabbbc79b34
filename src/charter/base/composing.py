"""One spelling for what looks the same: every text of a source, its headings, and the names of its files and sheets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Unicode's characters that show nothing: format characters (zero-width, byte order marks, directions, soft hyphens),
# fillers of Hangul, selectors of variants, and controls that are no white space.
_INVISIBLE = (
    r"[\p{Cf}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2065}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}"
    r"\x{FFF0}-\x{FFF8}\x{E0000}-\x{E0FFF}\x{0}-\x{8}\x{E}-\x{1F}\x{7F}-\x{84}\x{86}-\x{9F}]+"
)
# White space that compatibility does not make a plain blank of, and hyphens that only forbid a break.
_BLANKS = r"[\x{85}\x{1680}\x{2028}\x{2029}]"
_HYPHENS = r"[\x{2010}\x{2011}]"
# How spreadsheets keep the zeros of a number in a text file: ="00123".
_TEXT_FORM = r'^="((?:[^"]|"")*)"$'


def compose(texts: pa.Array) -> pa.Array:
    """Texts in one spelling: compatibility composition (NFKC: width, no-break spaces, Hangul in pieces), without
    characters that show nothing, without blanks at the ends, and out of the form ``="…"``. Null stays null.

    A text that is spelt so already stays as it is, to the byte.
    """
    if _has_other_letters(texts):
        visible = pc.replace_substring_regex(texts, _INVISIBLE, "")
        plain = pc.replace_substring_regex(pc.replace_substring_regex(visible, _BLANKS, " "), _HYPHENS, "-")
        texts = pc.utf8_normalize(plain, form="NFKC")
    trimmed = pc.utf8_trim_whitespace(texts)
    wrapped = pc.starts_with(trimmed, '="')
    if not pc.any(wrapped).as_py():
        return trimmed
    bare = pc.replace_substring(pc.replace_substring_regex(trimmed, _TEXT_FORM, r"\1"), '""', '"')
    is_text_form = pc.and_(wrapped, pc.match_substring_regex(trimmed, _TEXT_FORM))
    return pc.if_else(is_text_form, pc.utf8_trim_whitespace(bare), trimmed)


@lru_cache(maxsize=4096)
def composed(text: str) -> str:
    """One text in the spelling that :func:`compose` gives."""
    if text.isascii() and text.isprintable() and not text.lstrip().startswith('="'):
        return text.strip()
    return str(compose(pa.array([text], pa.string()))[0].as_py())


def heading(cell: object) -> str:
    """A heading, or the name of a column in a mapping: composed, and on one line."""
    return " ".join(composed(str(cell)).split())


def _has_other_letters(texts: pa.Array) -> bool:
    """Whether there is any character but those between the blank and the tilde, line breaks and tabs."""
    if texts.type != pa.string() or texts.buffers()[2] is None:
        return bool(len(texts) > texts.null_count)
    ends = np.frombuffer(texts.buffers()[1], np.int32)
    first, last = ends[texts.offset], ends[texts.offset + len(texts)]
    letters = np.frombuffer(texts.buffers()[2], np.uint8)[first:last]
    plain = ((letters >= ord(" ")) & (letters <= ord("~"))) | ((letters >= ord("\t")) & (letters <= ord("\r")))
    return not bool(plain.all())

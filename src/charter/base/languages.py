"""Languages by their names (``ko``, ``zh-Hant``), and what the locale data (CLDR, by Babel) know of them."""

from __future__ import annotations

import unicodedata

from babel import Locale, UnknownLocaleError

_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_ISOLATE, _END_OF_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
# CLDR's order: a text gives its forms in it.
_PLURALS = ("zero", "one", "two", "few", "many", "other")


def known_locale(language: str) -> Locale:
    """What is known of a language such as ``ko``, ``de`` or ``zh-Hant``. Raises ValueError for any other."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise ValueError(f"'{language}' is not a language such as ko, en or zh-Hant") from error


def known_language(language: str) -> str:
    """``language``, if it is one and written as everybody writes it. Raises ValueError."""
    plain = str(known_locale(language)).replace("_", "-")
    if plain != language:
        raise ValueError(f"the language '{language}' is written {plain}")
    return language


def plural_forms(locale: Locale) -> tuple[str, ...]:
    """The plurals that a language has, in CLDR's order."""
    return tuple(name for name in _PLURALS if name in {*locale.plural_form.tags, "other"})


def direction(language: str) -> str:
    """``rtl`` for a language that is read from the right, such as Arabic; else ``ltr``."""
    return str(known_locale(language).text_direction)


def isolated(text: str) -> str:
    """``text``, with marks around it when any of it is read from the right, so that it cannot turn what stands beside
    it."""
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text):
        return f"{_ISOLATE}{text}{_END_OF_ISOLATE}"
    return text


def own_name(language: str) -> str:
    """What a language calls itself: ``Deutsch``, ``한국어``."""
    name = known_locale(language).get_display_name() or language
    return name[:1].upper() + name[1:]


def column_in(name: str, language: str) -> str:
    """The warehouse's column that holds ``name`` in a language: ``text_ko``, ``text_zh_hant``."""
    return f"{name}_{language.replace('-', '_').lower()}"


def language_of_column(column: str, name: str) -> str:
    """The language of a column that ``column_in`` named."""
    return str(known_locale(column.removeprefix(f"{name}_").replace("_", "-"))).replace("_", "-")

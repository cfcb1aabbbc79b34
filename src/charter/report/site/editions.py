"""The site in one of the agency's languages: what its pages are called, and the way to the same page in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from charter.base.languages import direction, own_name
from charter.words import Words


@dataclass(frozen=True)
class LanguageLink:
    """The same page in a language, by the language's own name; ``href`` is empty for the one that is read."""

    name: str
    language: str
    direction: str
    href: str


@dataclass(frozen=True)
class Edition:
    """The pages in the language of ``words``, one of the agency's ``languages`` (its own first).

    The own language's pages are called ``index.html``, those of others ``index.de.html``. ``heads`` are the hashes
    of the nights' seals by as-of: every page prints that of the night that it tells of.
    """

    words: Words
    languages: tuple[str, ...]
    heads: Mapping[datetime, str] = field(default_factory=dict, hash=False)

    @property
    def is_own(self) -> bool:
        """Whether it is that of the agency's own language."""
        return self.words.language == self.languages[0]

    @property
    def ending(self) -> str:
        """How the names of its pages end."""
        return self._ending(self.words.language)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``; empty where there is no other and it is read from the left, as every page is."""
        read = direction(self.words.language)
        return read if len(self.languages) > 1 or read == "rtl" else ""

    def switch(self, stem: str) -> tuple[LanguageLink, ...]:
        """The page called ``stem`` in each language; nothing where there is one language."""
        if len(self.languages) == 1:
            return ()
        return tuple(
            LanguageLink(
                own_name(language),
                language,
                direction(language),
                "" if language == self.words.language else f"{stem}{self._ending(language)}",
            )
            for language in self.languages
        )

    def _ending(self, language: str) -> str:
        return ".html" if language == self.languages[0] else f".{language}.html"

"""The texts people read, one catalogue per language: ``reports/words/<language>.yaml``.

Keys are dotted paths into the file; ``{name}`` in a text is filled in by the caller. ``{count} {count:row|rows}`` says
``1 row`` and ``2 rows``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.definitions.models import Words as Bilingual

LANGUAGES = ("ko", "en")


class _Filled(Formatter):
    """Fills in a text; of two forms with ``|`` between, the first is for 1."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, plural, many = format_spec.partition("|")
        if plural:
            return one if str(value) == "1" else many
        return str(super().format_field(value, format_spec))


_FILLED = _Filled()


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> dict[str, str]:
    try:
        tree = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise ReportError(f"this is not valid YAML: {error}", where=path.name, remedy="mend the file") from error
    return dict(_flat(tree or {}))


@dataclass(frozen=True)
class Words:
    """One language's catalogue. Calling it gives a text: ``words("status.met")``."""

    language: str
    place: str
    texts: Mapping[str, str]

    @classmethod
    def load(cls, settings: Settings, language: str = "ko") -> Words:
        """The catalogue of ``language`` (``ko`` or ``en``). Raises ReportError when it is missing or malformed."""
        path = settings.home / "reports" / "words" / f"{language}.yaml"
        if not path.exists():
            raise ReportError(
                f"there is no catalogue for '{language}'",
                where=f"reports/words/{language}.yaml",
                remedy=f"use one of {', '.join(LANGUAGES)}, or write this file",
            )
        return cls(language, f"reports/words/{path.name}", _read(path, path.stat().st_mtime_ns))

    def __call__(self, key: str, **values: object) -> str:
        """The text at ``key`` with ``values`` filled in.

        Raises ReportError, naming key and file, when there is no such text or a value it needs is not given.
        """
        if key not in self.texts:
            raise ReportError(f"there is no text for '{key}'", where=self.place, remedy="add this key")
        try:
            return _FILLED.format(self.texts[key], **values)
        except (KeyError, IndexError, ValueError) as error:
            raise ReportError(
                f"the text for '{key}' needs {sorted(self.fields(key))}, given were {sorted(values)}",
                where=self.place,
                remedy="name only values that the report gives",
            ) from error

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def fields(self, key: str) -> frozenset[str]:
        """The names of the values that the text at ``key`` asks for."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.texts[key]) if name)

    def or_else(self, key: str, fallback: str) -> str:
        """The text at ``key``, or ``fallback`` for codes that an agency may add by configuration."""
        return self(key) if key in self.texts else fallback

    def section(self, prefix: str) -> dict[str, str]:
        """Every text under ``prefix``, keyed by the rest of its path."""
        return {key[len(prefix) + 1 :]: text for key, text in self.texts.items() if key.startswith(f"{prefix}.")}

    def pick(self, text: Bilingual) -> str:
        """This language's half of a bilingual text from the charter folder."""
        return text.ko if self.language == "ko" else text.en

    def of(self, ko: str, en: str) -> str:
        """``ko`` or ``en``, whichever is this language."""
        return ko if self.language == "ko" else en

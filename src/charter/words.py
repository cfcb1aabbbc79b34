"""The texts people read, one catalogue per language: ``reports/words/<language>.yaml``.

Keys are dotted paths into the file; ``{name}`` in a text is filled in by the caller. ``{count} {count:row|rows}`` says
``1 row`` and ``2 rows``: a form for each of the language's plurals, in CLDR's order (zero, one, two, few, many, other).
Numbers, percentages, dates and the names of days and months follow the language's locale (Babel).

An agency may bring a language that we have no catalogue of, or word single texts otherwise, in the file
``words/<language>.yaml`` of its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.numbers import parse_pattern
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from charter.base.errors import ReportError
from charter.base.languages import direction, isolated, known_locale, plural_forms
from charter.base.settings import Settings
from charter.definitions.models import Agency

_FOLDER = "reports/words"


class Numeral(str):
    """A number as people read it, that still knows which number it is: its noun's form depends on that."""

    number: float

    def __new__(cls, text: str, number: float) -> Numeral:
        made = super().__new__(cls, text)
        made.number = number
        return made

    def __getnewargs__(self) -> tuple[str, float]:  # type: ignore[override]
        return str(self), self.number


class _Filled(Formatter):
    """Fills in a text; of several forms with ``|`` between, the one that the number takes in this language."""

    def __init__(self, locale: Locale) -> None:
        self._plural = locale.plural_form
        self._forms = plural_forms(locale)

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        forms = format_spec.split("|")
        if len(forms) != len(self._forms):
            raise ValueError(f"{len(self._forms)} forms are needed ({', '.join(self._forms)})")
        return forms[self._forms.index(self._plural(_number(value)))]


def _number(value: Any) -> float:
    return value.number if isinstance(value, Numeral) else float(value)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@lru_cache(maxsize=32)
def _read(path: Path, _modified: int) -> dict[str, str]:
    try:
        tree = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise ReportError(f"this is not valid YAML: {error}", where=path.name, remedy="mend the file") from error
    if not isinstance(tree, Mapping | None):
        raise ReportError("this is no list of texts by key", where=path.name, remedy="write key: text, as in en.yaml")
    return dict(_flat(tree or {}))


def read_texts(path: Path) -> dict[str, str]:
    """The texts of one catalogue by their dotted keys; none when there is no such file. Raises ReportError."""
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


def fields(text: str) -> frozenset[str]:
    """The names of the values that a text asks for, also within the forms of a plural."""
    return frozenset(
        name for _, name, spec, _ in Formatter().parse(text) if name for name in (name, *fields(spec or ""))
    )


def catalogue_files(settings: Settings, language: str) -> tuple[Path, Path]:
    """Where a language's texts stand: ours, and the agency's own, which go before ours."""
    name = f"{language}.yaml"
    return settings.home / _FOLDER / name, settings.charter_dir / "words" / name


def languages(settings: Settings) -> list[str]:
    """The languages that have a catalogue of ours."""
    return sorted(path.stem for path in (settings.home / _FOLDER).glob("*.yaml"))


def own_words(settings: Settings, agency: Agency) -> Words:
    """The catalogue of the agency's own language. Raises ReportError when there is none."""
    return words_in(settings, agency, agency.charter.language)


def words_in(settings: Settings, agency: Agency, language: str) -> Words:
    """The catalogue of a language, for what the agency shows in it. Raises ReportError when there is none."""
    return Words.load(settings, language, agency.charter.languages)


@dataclass(frozen=True)
class Words:
    """One language's catalogue. Calling it gives a text: ``words("status.met")``.

    ``own`` are the agency's languages, its own first: what is not written in ``language`` is shown in one of them.
    """

    language: str
    place: str
    texts: Mapping[str, str]
    own: tuple[str, ...] = ()

    @classmethod
    def load(cls, settings: Settings, language: str, own: Sequence[str] = ()) -> Words:
        """The catalogue of ``language``, of an agency whose languages are ``own``.

        Raises ReportError when there is none, or it is malformed.
        """
        ours, theirs = catalogue_files(settings, language)
        texts = read_texts(ours) | read_texts(theirs)
        if not texts:
            raise ReportError(
                f"there is no catalogue for '{language}'",
                where=f"{_FOLDER}/{language}.yaml",
                remedy=f"use one of {', '.join(languages(settings))}, or write words/{language}.yaml in the charter's"
                " folder",
            )
        return cls(language, f"{_FOLDER}/{language}.yaml", texts, tuple(own))

    @cached_property
    def locale(self) -> Locale:
        """The language's numbers, dates and plurals."""
        return known_locale(self.language)

    @cached_property
    def _filled(self) -> _Filled:
        return _Filled(self.locale)

    def __call__(self, key: str, **values: object) -> str:
        """The text at ``key`` with ``values`` filled in.

        Raises ReportError, naming key and file, when there is no such text or a value it needs is not given.
        """
        if key not in self.texts:
            raise ReportError(f"there is no text for '{key}'", where=self.place, remedy="add this key")
        try:
            return self._filled.format(self.texts[key], **values)
        except (KeyError, IndexError) as error:
            raise ReportError(
                f"the text for '{key}' needs {sorted(self.fields(key))}, given were {sorted(values)}",
                where=self.place,
                remedy="name only values that the report gives",
            ) from error
        except ValueError as error:
            raise ReportError(
                f"the text for '{key}' can't be filled in: {error}", where=self.place, remedy="correct the text"
            ) from error

    def of_period(self, kind: str) -> Words:
        """The same catalogue as a report of another period than the week speaks: texts under ``by_month`` stand for
        those that say *week* (kind ``month``)."""
        if kind != "month":
            return self
        return replace(self, texts={**self.texts, **self.section("by_month")})

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def fields(self, key: str) -> frozenset[str]:
        """The names of the values that the text at ``key`` asks for."""
        return fields(self.texts[key])

    def or_else(self, key: str, fallback: str) -> str:
        """The text at ``key``, or ``fallback`` for codes that an agency may add by configuration."""
        return self(key) if key in self.texts else fallback

    def section(self, prefix: str) -> dict[str, str]:
        """Every text under ``prefix``, keyed by the rest of its path."""
        return {key[len(prefix) + 1 :]: text for key, text in self.texts.items() if key.startswith(f"{prefix}.")}

    def percentage(self, points: Decimal) -> str:
        """So many per cent, with the decimals that ``points`` has."""
        return _percentage(self.locale, str(points))

    def target(self, share: float) -> str:
        """A target, without rounding away a finer one: ``0.95`` is ``95%``."""
        return self.percentage(Decimal(f"{round(share * 100, 6):g}"))

    def targets(self, of_all: float | None, of_parts: Iterable[tuple[str, float]]) -> str:
        """The target of all parts together, or, where there is none, that of each part (its words and its target)."""
        if of_all is not None:
            return self.target(of_all)
        return " · ".join(
            self("standard.target_of_part", part=part, target=self.target(target)) for part, target in of_parts
        )

    def pick(self, text: Mapping[str, str]) -> str:
        """What the agency wrote, in this language and in one line; where it did not, in another one, which is then
        named.

        What is read from the right in a language that is not cannot turn what stands beside it.
        """
        for language in (self.language, self.language.partition("-")[0]):
            if language in text:
                return self._in_line(text[language])
        other = next((language for language in self.own if language in text), next(iter(text), ""))
        if not other or not text[other]:
            return ""
        return self("language.other", text=self._in_line(text[other]), language=self._name_of(other))

    def _in_line(self, text: str) -> str:
        line = " ".join(filter(None, text.splitlines()))
        return line if direction(self.language) == "rtl" else isolated(line)

    def _name_of(self, language: str) -> str:
        return known_locale(language).get_display_name(self.locale) or language


# Reports show the same few shares again and again.
@lru_cache(maxsize=4096)
def _percentage(locale: Locale, points: str) -> str:
    number = Decimal(points)
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    decimals = max(0, -int(number.as_tuple().exponent))
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(number / 100, locale))

"""Checks that every language of an agency and of its recipients has a complete catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from charter.base.errors import DefinitionError, Problem
from charter.base.languages import known_locale, plural_forms
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.words import catalogue_files, fields, languages, read_texts

# The one that all others are held against.
_REFERENCE = "en"
_SHOWN = 5


def require_catalogues(settings: Settings, agency: Agency) -> None:
    """Raises DefinitionError with everything that an agency's catalogues lack."""
    if problems := list(_problems(settings, agency)):
        raise DefinitionError.of(problems)


def _problems(settings: Settings, agency: Agency) -> Iterator[Problem]:
    if not languages(settings):
        place = str(settings.home / "reports" / "words")
        yield Problem("there is no catalogue of texts at all", place, "set CHARTER_HOME to the project's folder")
        return
    reference = read_texts(catalogue_files(settings, _REFERENCE)[0])
    for language in _spoken(agency):
        ours, theirs = catalogue_files(settings, language)
        if not ours.exists() and not theirs.exists():
            yield Problem(
                f"there is no catalogue of texts for '{language}'",
                f"{settings.charter_dir.name}/charter.yaml, languages",
                f"use one of {', '.join(languages(settings))}, or write words/{language}.yaml in this folder: all keys"
                f" of reports/words/{_REFERENCE}.yaml",
            )
        elif theirs.exists():
            place = f"{settings.charter_dir.name}/words/{language}.yaml"
            yield from check_texts(read_texts(theirs), reference, language, place, is_whole=not ours.exists())


def _spoken(agency: Agency) -> list[str]:
    """The agency's languages, and those of recipients."""
    written = (person.language for each in agency.organisation.departments for person in each.recipients)
    return list(dict.fromkeys([*agency.charter.languages, *filter(None, written)]))


def check_texts(
    texts: dict[str, str], reference: dict[str, str], language: str, place: str, *, is_whole: bool
) -> Iterator[Problem]:
    """What is wrong with a language's texts: keys that nobody asks for, values that nobody gives, forms that are
    missing; and, of a catalogue that must be whole, the texts that are missing."""
    forms = plural_forms(known_locale(language))
    if unknown := sorted(texts.keys() - reference.keys()):
        yield Problem(f"nobody asks for {_some(unknown)}", place, f"use the keys of reports/words/{_REFERENCE}.yaml")
    if is_whole and (missing := sorted(reference.keys() - texts.keys())):
        yield Problem(f"texts are missing: {_some(missing)}", place, "write them too")
    for key in sorted(texts.keys() & reference.keys()):
        if extra := fields(texts[key]) - fields(reference[key]):
            yield Problem(
                f"'{key}' asks for {', '.join(sorted(extra))}, which nobody gives",
                place,
                f"use {', '.join(sorted(fields(reference[key]))) or 'no value'}",
            )
        for spec in _choices(texts[key]):
            if spec.count("|") + 1 != len(forms):
                yield Problem(
                    f"'{key}' has {spec.count('|') + 1} forms where the language has {len(forms)}",
                    place,
                    f"give them in this order, with | between: {', '.join(forms)}",
                )


def _choices(text: str) -> Iterator[str]:
    return (spec for _, _, spec, _ in Formatter().parse(text) if spec and "|" in spec)


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more

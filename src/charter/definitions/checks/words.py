"""Checks of every text of a charter folder: it is written in the agency's own language, and in none that is not its."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from charter.base.errors import Problem
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import Name, Words


def check_words(folder: Folder) -> Iterator[Problem]:
    """Every text without the agency's own language, or in one that ``languages`` does not name."""
    languages = folder.charter.languages
    files: dict[str, BaseModel] = {
        "charter.yaml": folder.charter,
        "departments.yaml": folder.organisation,
        "calendar.yaml": folder.calendar,
        "sources.yaml": folder.sources,
    }
    for name, model in files.items():
        for place, text in _texts(model, ()):
            yield from _check_text(folder.documents[name], place, text, languages)


def _check_text(document: Document, place: Location, text: dict[str, str], languages: list[str]) -> Iterator[Problem]:
    own = languages[0]
    if own not in text:
        yield Problem(
            f"this text is not written in the agency's own language, '{own}'",
            document.place(place),
            f"add {own}: to it (charter.yaml says under languages which language comes first)",
        )
    for other in text.keys() - set(languages):
        yield Problem(
            f"'{other}' is none of the agency's languages ({', '.join(languages)})",
            document.place((*place, other)),
            f"add {other} to languages in charter.yaml, or take this text out",
        )


def _texts(value: Any, place: Location) -> Iterator[tuple[Location, dict[str, str]]]:
    """Every text within ``value``, with the keys and numbers that lead to it."""
    if isinstance(value, Words | Name):
        yield place, value.root
    elif isinstance(value, BaseModel):
        for name, child in value:
            yield from _texts(child, (*place, type(value).model_fields[name].alias or name))
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _texts(child, (*place, key))
    elif isinstance(value, list | tuple):
        for number, child in enumerate(value):
            yield from _texts(child, (*place, number))

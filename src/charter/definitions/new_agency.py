"""Writes the folder of a new agency: five commented files and an inbox, on which a night runs at once."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from zoneinfo import available_timezones

import holidays
from jinja2 import Environment, StrictUndefined
from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from charter.base.errors import SettingError
from charter.base.files import write_whole
from charter.base.languages import known_language
from charter.definitions.freeze_calendar import freeze, frozen_text
from charter.definitions.models import CalendarDefinition
from charter.definitions.models.common import OneLine

_FILES = ("charter.yaml", "departments.yaml", "subjects.yaml", "sources.yaml")
_CALENDAR = """\
# yaml-language-server: $schema={schemas}/calendar.json
# Days off, frozen from the library named below, and the hours in which the agency works.
# Further years: python -m charter.definitions.freeze_calendar calendar.yaml --last-year 2030
country: {country}
frozen_from:
first_day: {first_day}
last_day: {first_day}
# By season, half days, over midnight, branches: docs/clocks.md
working_hours:
  - hours: {{mon-fri: ["09:00-17:00"]}}
holidays: []
closures: []
"""
# Of the surveys there is no file: what a source does not give shows as no data.
# Keys, state and rows are nothing for a version control system, wherever the folder stands.
_IGNORED = "/secrets/\n/var/\n/inbox/\n"
_INBOX = {"requests.csv": "number,department,received,answered,e-mail\n"}


@dataclass(frozen=True)
class NewAgency:
    """What must be known of an agency to begin. ``country`` is an ISO code, with a subdivision if need be (DE-SN);
    ``language`` the one that its texts are written in."""

    id: str
    name: str
    time_zone: str
    country: str
    first_day: date
    language: str = "en"


def write_new_agency(
    folder: Path, agency: NewAgency, spoken: Collection[str], schemas: Path = Path("schemas")
) -> list[Path]:
    """Writes the folder; returns the files, in the order in which to read them. ``spoken`` are the languages that have
    a catalogue of texts, ``schemas`` the folder of the JSON Schemas, which editors find by each file's first line.

    Raises SettingError when an answer is not one, or when the folder holds something already: nothing is overwritten.
    """
    agency = replace(agency, name=unicodedata.normalize("NFC", " ".join(agency.name.split())))
    _check(folder, agency)
    _check_language(agency.language, spoken)
    template = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    said = {
        "id": agency.id,
        "name": agency.name,
        "text": json.dumps(agency.name, ensure_ascii=False),
        "time_zone": agency.time_zone,
        "first_day": agency.first_day.isoformat(),
        "language": agency.language,
        "schemas": _seen_from(folder, schemas),
    }
    texts = {name: template.from_string(_skeleton(name)).render(said) for name in _FILES}
    texts["calendar.yaml"] = _calendar(agency, said["schemas"])
    texts |= {f"inbox/{name}": text for name, text in _INBOX.items()}
    texts[".gitignore"] = _IGNORED
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
    return [folder / name for name in texts]


def _check(folder: Path, agency: NewAgency) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingError("the folder is not empty", where=str(folder), remedy="name a folder that does not exist yet")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", agency.id):
        raise SettingError(
            f"'{agency.id}' is no id",
            where="--id",
            remedy="begin with a small letter, and use small letters, digits, - and _ only",
        )
    if agency.time_zone not in available_timezones():
        raise SettingError(
            f"'{agency.time_zone}' is no time zone",
            where="--zone",
            remedy="name one as IANA does, such as Europe/Berlin",
        )
    try:
        TypeAdapter(OneLine).validate_python(agency.name)
    except ValidationError as error:
        what = f"the name can't be used: {error.errors()[0]['msg']}"
        raise SettingError(what, where="--name", remedy="write it in letters of whatever language") from error
    country, _, subdivision = agency.country.partition("-")
    supported = holidays.list_supported_countries()
    if country not in supported or (subdivision and subdivision not in supported[country]):
        known = ", ".join(supported.get(country, [])) or "ISO codes such as KR, DE or DE-SN"
        raise SettingError(
            f"nothing is known of the days off of '{agency.country}'",
            where="--country",
            remedy=f"known are: {known}",
        )


def _check_language(language: str, spoken: Collection[str]) -> None:
    try:
        known_language(language)
    except ValueError as error:
        raise SettingError(str(error), where="--language", remedy="name one such as ko, en or de") from error
    if language not in spoken:
        known = ", ".join(sorted(spoken))
        raise SettingError(
            f"there is no catalogue of texts for '{language}'",
            where="--language",
            remedy=f"begin with one of {known}. To bring your own: write words/{language}.yaml in the new folder"
            f" (all keys of reports/words/en.yaml), then name {language} in charter.yaml, languages"
            " (docs/new-agency.md)",
        )


def _skeleton(name: str) -> str:
    return (resources.files("charter") / "skeleton" / name).read_text(encoding="utf-8")


def _seen_from(folder: Path, schemas: Path) -> str:
    """The way from ``folder`` to ``schemas``: both may be moved together."""
    return Path(os.path.relpath(schemas.resolve(), folder.resolve())).as_posix()


def _calendar(agency: NewAgency, schemas: str) -> str:
    text = _CALENDAR.format(schemas=schemas, country=agency.country, first_day=date(agency.first_day.year - 1, 1, 1))
    empty = CalendarDefinition.model_validate({**YAML(typ="safe").load(text), "frozen_from": ""})
    return frozen_text(text, freeze(empty, agency.first_day.year + 2))

"""The engine knows no agency: what it says of tables, departments and zones stands in the agency's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

HOME = Path(__file__).parents[2]
KOTRA = HOME / "charters" / "kotra"
FOLDERS = ("src/charter", "dbt_project", "reports/templates", "reports/styles", "dags")
# Unit tests tell of KOTRA's cases, with the numbers of its charter.
EXAMPLES = "_units.yml"
# Where the shipped charter is what a new installation begins with, or stands in an example of use.
ALLOWED = {
    ("src/charter/base/settings.py", "charters/kotra"),
    ("src/charter/definitions/freeze_calendar.py", "charters/kotra"),
    ("src/charter/definitions/models/common.py", "such as Asia/Seoul"),
    ("dbt_project/dbt_project.yml", "../charters/kotra/models"),
}


def engine_files() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for file in sorted((HOME / folder).rglob("*")):
            place = file.relative_to(HOME).as_posix()
            if place.endswith(EXAMPLES):
                continue
            if file.suffix in {".py", ".sql", ".yml", ".yaml", ".j2", ".typ", ".css"}:
                yield place, file.read_text(encoding="utf-8")


def found(pattern: str) -> list[tuple[str, str]]:
    lines = (
        (place, line.strip())
        for place, text in engine_files()
        if "target/" not in place and "logs/" not in place
        for line in text.splitlines()
        if re.search(pattern, line, re.I)
    )
    return [each for each in lines if not any(each[0] == file and text in each[1] for file, text in ALLOWED)]


def test_no_agency_and_no_zone_is_named() -> None:
    assert found(r"kotra|대한무역|asia/seoul|\bseoul\b") == []


def test_no_model_of_an_agencys_table_is_named() -> None:
    tables = YAML(typ="safe").load(KOTRA / "subjects.yaml")["subjects"]
    names = "|".join(sorted(tables))
    assert found(rf"\b(stg|int)_({names})\b") == []


def test_no_department_is_named() -> None:
    departments = YAML(typ="safe").load(KOTRA / "departments.yaml")["departments"]
    ids = [each["id"] for each in departments if "-" in each["id"] and each["id"] != "head-office"]
    assert found(rf"\b({'|'.join(ids)})\b") == []

"""Writes one plain, described dbt model for each table that subjects.yaml declares.

They are ordinary models with their tests and descriptions, in a folder of the state; dbt reads them beside its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from charter.base.files import write_whole
from charter.definitions.models import Agency, Subject
from charter.transform.compile.derived_models import derived_model, inert, one_line, ownership_model
from charter.transform.compile.exposures import exposures
from charter.transform.compile.tiers import tier_models

# What every staging model says beside the table's own columns.
_ORIGINS = {
    "source_id": "Source system that gave the row (sources.yaml).",
    "known_at": "Night on which this version of the row arrived: its as-of instant, UTC.",
    "origin": "Where the row stood in its source: file and line, sheet and row, or table and key.",
}
_RAW = (
    "What arrived, as versions, as far as tonight's scope needs it. Views over the lake's Parquet files, written by"
    " charter.transform.build.scope before every build."
)


def write_models(agency: Agency, folder: Path, project: Path) -> None:
    """Writes the models of all tables, and of every tier after the first, to ``folder``, and takes away what stands
    there of others. ``project`` is the folder of the dbt project.

    A file whose text is already there is left alone: dbt parses anew what was written anew.
    """
    wanted = {**dict(_files(agency)), **dict(tier_models(agency, project))}
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text.encode())
    for path in sorted(folder.rglob("*.*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()


def _files(agency: Agency) -> Iterator[tuple[str, str]]:
    landed = {table: subject for table, subject in agency.subjects.items() if subject.landed}
    for table, subject in landed.items():
        yield f"staging/{subject.model}.sql", _staging_model(table, subject)
    yield "staging/_staging.yml", _described("models", [*map(_of_landed, landed.values())])
    yield "staging/_raw.yml", _described("sources", [_raw_source(landed)])
    derived = {table: subject for table, subject in agency.subjects.items() if subject.from_ is not None}
    for table, subject in derived.items():
        yield f"intermediate/{subject.model}.sql", derived_model(agency, table)
    yield "intermediate/_derived.yml", _described("models", [*map(_of_derived, derived.values()), _of_ownership()])
    yield "intermediate/int_ownership.sql", ownership_model(agency)
    yield "exposures.yml", _described("exposures", exposures(agency))


def _staging_model(table: str, subject: Subject) -> str:
    columns = "".join(f"    '{column}',\n" for column in subject.columns)
    return (
        f"-- Grain: one row per {subject.key}. {one_line(subject.text)}.\n"
        "-- Scope: the latest version known at known_at; rows that a source deleted are gone.\n"
        "-- Known limits: quarantined rows never arrive here.\n"
        f"{{{{ latest_version('{table}', '{subject.key}', [\n{columns}]) }}}}\n"
    )


def _of_landed(subject: Subject) -> dict[str, Any]:
    return _of_table(subject, "in the latest version known at known_at", _ORIGINS)


def _of_derived(subject: Subject) -> dict[str, Any]:
    origin = {"source_id": _ORIGINS["source_id"], "known_at": "Night on which the row's latest version arrived, UTC."}
    return _of_table(subject, "as of as_of", origin)


def _of_table(subject: Subject, as_it_is: str, beside: Mapping[str, str]) -> dict[str, Any]:
    """What is said of a table's model and its columns; ``beside`` are those that every such model has."""
    said = {name: column.text or f"{name}, as sources.yaml maps it." for name, column in subject.columns.items()}
    required = [name for name, column in subject.columns.items() if column.required and name != subject.key]
    return _described_model(
        subject.model,
        f"{one_line(subject.text)}. One row per {subject.key}, {as_it_is}.",
        {"key": [subject.key], "required": [*required, *beside]},
        {**said, **beside},
    )


def _of_ownership() -> dict[str, Any]:
    return _described_model(
        "int_ownership",
        "Who owned a subject when, where it can be handed on. One row per subject and stretch of time.",
        {"key": ["subject_table", "subject_id", "owned_from"], "required": ["department_id"]},
        {
            "subject_table": "Subject table of subjects.yaml.",
            "subject_id": "The subject's key.",
            "department_id": "Department that owned it.",
            "owned_from": "From when on, UTC, included.",
            "owned_until": "Until when, UTC, not included; NULL for the present owner.",
        },
    )


def _described_model(
    name: str, description: str, grain: dict[str, list[str]], columns: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "data_tests": [{"grain": {"name": f"grain_of_{name}", "arguments": grain}}],
        "columns": [{"name": column, "description": inert(text)} for column, text in columns.items()],
    }


def _raw_source(landed: dict[str, Subject]) -> dict[str, Any]:
    tables = [{"name": table, "description": f"{one_line(subject.text)}."} for table, subject in landed.items()]
    return {"name": "raw", "description": _RAW, "schema": "raw", "tables": tables}


def _described(what: str, entries: list[dict[str, Any]]) -> str:
    return yaml.safe_dump({"version": 2, what: entries}, allow_unicode=True, sort_keys=False, width=120)

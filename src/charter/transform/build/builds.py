"""Which build stands in the working warehouse, and whether tonight's may go on from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.lake.files import landed_files
from charter.transform.compile.cases import case_tables
from charter.transform.compile.subject_ids import shared_tables


@dataclass(frozen=True)
class Build:
    """A build: its night (aware instants), and digests of what it is built by and from."""

    as_of: datetime
    known_at: datetime
    definitions: str
    lake: str


@dataclass(frozen=True)
class MadeBy:
    """What turned rows into marts: digests of the models with this package (``engine``) and of the charter folder.

    It stands in the warehouse as the comment of ``marts.run``, and is no part of any table: the same rows sealed by
    another release stay the same rows.
    """

    engine: str
    charter: str


def made_by(settings: Settings, agency: Agency, known_at: datetime) -> MadeBy:
    """What a build of today is made by, from what was known at ``known_at`` (aware)."""
    return MadeBy(engine_digest(settings, agency, known_at), charter_digest(agency))


def write_made_by(db: duckdb.DuckDBPyConnection, made: MadeBy) -> None:
    """Writes into an open warehouse what its marts are made by."""
    said = json.dumps({"engine": made.engine, "charter": made.charter}, sort_keys=True)
    db.execute(f"comment on table marts.run is '{said}'")


def read_made_by(db: duckdb.DuckDBPyConnection) -> MadeBy | None:
    """What the marts of an open warehouse are made by; None for a warehouse of a release that did not say."""
    found = db.execute(
        "select comment from duckdb_tables()"
        " where database_name = current_database() and schema_name = 'marts' and table_name = 'run'"
    ).fetchone()
    if found is None or found[0] is None:
        return None
    return MadeBy(**json.loads(found[0]))


def this_build(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> Build:
    """The build at ``as_of`` of what was known at ``known_at`` (both aware) by today's definitions."""
    definitions = definitions_digest(settings, agency, known_at)
    return Build(as_of, known_at, definitions, lake_digest(settings, agency, known_at))


def last_build(db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, this: Build) -> Build | None:
    """The build in the working warehouse that ``this`` one can go on from; None when everything must be built.

    It must have gone through, be no later, be made by the same definitions, and the files it was made from must be as
    they were.
    """
    try:
        found = db.execute("select as_of, known_at, definitions, lake from control.built").fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None
    if found is None:
        return None
    last = Build(found[0].replace(tzinfo=UTC), found[1].replace(tzinfo=UTC), found[2], found[3])
    is_no_later = last.as_of <= this.as_of and last.known_at <= this.known_at
    is_same = last.definitions == this.definitions and last.lake == lake_digest(settings, agency, last.known_at)
    return last if is_no_later and is_same else None


def forget_build(db: duckdb.DuckDBPyConnection) -> None:
    """Says, until ``keep_build``, that what stands in the working warehouse was not built to its end."""
    db.execute("create schema if not exists control")
    db.execute("drop table if exists control.built")


def keep_build(db: duckdb.DuckDBPyConnection, build: Build, rebuilt_because: str | None = None) -> None:
    """Says that ``build`` went through to its end, and what was wrong with the warehouse that it replaces, if so."""
    db.execute("create schema if not exists control")
    db.execute(
        "create or replace table control.built as"
        " select ?::timestamp as as_of, ?::timestamp as known_at, ? as definitions, ? as lake,"
        " ?::varchar as rebuilt_because",
        [naive_utc(build.as_of), naive_utc(build.known_at), build.definitions, build.lake, rebuilt_because],
    )


def definitions_digest(settings: Settings, agency: Agency, known_at: datetime) -> str:
    """SHA-256 of all that turns rows known at ``known_at`` (aware) into commitments: the charter folder, which tables
    tell the source in their ids, the models, and this package."""
    made = made_by(settings, agency, known_at)
    return _digest([made.charter, made.engine])


def charter_digest(agency: Agency) -> str:
    """SHA-256 of the charter folder's files."""
    return _digest(f"{name}:{digest}" for name, digest in sorted(agency.digests.items()))


def engine_digest(settings: Settings, agency: Agency, known_at: datetime) -> str:
    """SHA-256 of the models, their macros and this package, which a release may change, and of the tables that tell
    the source in their ids: when a second source comes, the same rows get other ids."""
    parts = [f"{table}:{' '.join(sources)}" for table, sources in shared_tables(settings, agency, known_at).items()]
    project = settings.home / "dbt_project"
    folders = [(project / "models", "*.*"), (project / "macros", "*.sql"), (Path(__file__).parents[1], "*.py")]
    for folder, pattern in folders:
        for file in sorted(folder.rglob(pattern)):
            parts.append(f"{file.relative_to(folder)}:{hashlib.sha256(file.read_bytes()).hexdigest()}")
    return _digest(parts)


def lake_digest(settings: Settings, agency: Agency, known_at: datetime) -> str:
    """SHA-256 of places, sizes and times of change of the files known at ``known_at`` that a build relies on unread."""
    # A lake that was moved is another one: the views of the build before would look for it where it was.
    lines = [str(settings.raw_dir)]
    for tables in case_tables(agency):
        for table in tables.landed:
            for file in landed_files(settings, table, until=known_at):
                stat = file.stat()
                lines.append(f"{file.relative_to(settings.raw_dir).as_posix()}:{stat.st_size}:{stat.st_mtime_ns}")
    return _digest(lines)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

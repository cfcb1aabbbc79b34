"""The line without dbt's start-up: models and data tests are compiled once, and each build runs what was compiled.

Everything else is the line's own: extraction, control tables, scope, the SQL itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

import charter.transform.build.nightly as build
from charter.assertions import run_expectations
from charter.assertions.build import build_suites
from charter.assertions.suites import SuiteDefinition
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import ensure_contract_tables, extract_source
from charter.transform.build.closing import ensure_closed_weeks
from charter.transform.build.engine import opened
from charter.transform.build.nightly import BuildReceipt, build_warehouse, run_dbt
from charter.transform.control.tables import control_tables, scope_tables, write_control

from .installation import HOME

BEFORE_EVERYTHING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Node:
    """One compiled model (``relation`` is its schema and name) or data test (no relation)."""

    name: str
    relation: str | None
    sql: str


@dataclass(frozen=True)
class Compiled:
    """Models, parents before children, and data tests, as compiled for one agency with its lake in ``lake``."""

    models: tuple[Node, ...]
    tests: tuple[Node, ...]
    lake: str


def compile_project(agency: Agency, settings: Settings) -> Compiled:
    """Compiles every model and data test once. ``settings`` must have a state folder of their own."""
    settings.work_dir.mkdir(parents=True)
    ensure_contract_tables(settings, agency)
    ensure_closed_weeks(settings)
    with opened(settings, settings.work_warehouse) as connection:
        control = control_tables(agency, [], BEFORE_EVERYTHING, BEFORE_EVERYTHING)
        write_control(connection, control | scope_tables(is_full=True))
    run_dbt(settings, agency, ["compile", "--full-refresh", "--select", "resource_type:model", "resource_type:test"])
    manifest = json.loads((settings.work_dir / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    order: list[str] = []

    def add(key: str) -> None:
        for parent in nodes[key]["depends_on"]["nodes"]:
            if parent in nodes and parent not in order:
                add(parent)
        if key not in order:
            order.append(key)

    for key in sorted(nodes):
        add(key)
    models = [nodes[key] for key in order if nodes[key]["resource_type"] == "model"]
    tests = [nodes[key] for key in order if nodes[key]["resource_type"] == "test"]
    return Compiled(
        tuple(Node(each["name"], f"{each['schema']}.{each['name']}", each["compiled_code"]) for each in models),
        tuple(Node(each["name"], None, each["compiled_code"]) for each in tests),
        settings.lake_dir.as_posix(),
    )


@contextmanager
def compiled_builds(compiled: Compiled) -> Iterator[None]:
    """While this lasts, ``build_warehouse`` runs what was compiled, always in full. A data test that fails is an
    AssertionError with its name and first rows."""

    def run(settings: Settings, agency: Agency, command: list[str], known_at: datetime) -> BuildReceipt:
        assert "--full-refresh" in command, "only full builds are compiled"
        with duckdb.connect(str(settings.work_warehouse)) as connection:
            # Of so few rows, several threads and a commit for each model are most of the time.
            connection.execute("set TimeZone = 'UTC'; set threads = 1; begin transaction")
            for model in compiled.models:
                _run(connection, settings, compiled, model)
            connection.execute("commit")
            failed = {
                test.name: rows
                for test in compiled.tests
                if (rows := connection.execute(_here(settings, compiled, test.sql)).fetchmany(3))
            }
        assert failed == {}
        return BuildReceipt(models=len(compiled.models), tests=len(compiled.tests))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "run_dbt", run)
        yield


def _run(connection: duckdb.DuckDBPyConnection, settings: Settings, compiled: Compiled, model: Node) -> None:
    assert model.relation is not None
    schema, _, name = model.relation.partition(".")
    connection.execute(f'create schema if not exists "{schema}"')
    connection.execute(f'create or replace table "{schema}"."{name}" as {_here(settings, compiled, model.sql)}')


def _here(settings: Settings, compiled: Compiled, sql: str) -> str:
    return sql.replace(compiled.lake, settings.lake_dir.as_posix())


def night(settings: Settings, agency: Agency, as_of: datetime) -> None:
    """Extracts every source and builds the warehouse, as the night ``as_of`` (aware) does."""
    for source in agency.sources:
        extract_source(settings, agency, source, as_of)
    build_warehouse(settings, agency, as_of, as_of, anew=True)


def both_judgements_agree(settings: Settings, agency: Agency, as_of: datetime) -> None:
    """Great Expectations counts the last build's results as the models do. What else it judges, other tests ask."""

    def suites_of_agreement(*arguments: Any, **more: Any) -> list[SuiteDefinition]:
        return [suite for suite in build_suites(*arguments, **more) if suite.kind == "agreement"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("charter.assertions.run.build_suites", suites_of_agreement)
        found = run_expectations(settings, agency, as_of)
    assert found.results
    assert found.disagreements == ()


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the working warehouse."""
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def settings_of(charter: Path, folder: Path, connection: str) -> Settings:
    """An installation whose state is in ``folder/var``, of a charter whose one ``connection`` leads to ``folder``."""
    return Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(charter),
            "CHARTER_VAR": str(folder / "var"),
            f"CHARTER_CONN_{connection.upper()}": str(folder),
        }
    )


def beside(settings: Settings, folder: Path, **connections: str) -> Settings:
    """The same settings with the state in ``folder`` and other addresses of sources."""
    environment = {**settings.environment, **connections}
    return replace(settings, var_dir=folder, environment=environment)

"""The dbt models on made-up rows: compiled once by dbt, then run on an in-memory DuckDB, many cases at a time.

Nothing of the models is rewritten: the SQL that runs is what ``dbt compile`` gives. The staging tables get their
columns from the staging models themselves, and a model that reads a relation nobody made fails where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import ensure_contract_tables
from charter.lake.files import raw_schema
from charter.transform.build.nightly import run_dbt
from charter.transform.compile.calendar import (
    CalendarVersion,
    ClockDay,
    Day,
    WorkingSpan,
    build_clock,
    build_days,
    clock_rules,
)
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.slots import Slot, build_slots
from charter.transform.control.coverage import FeedDay, Horizon
from charter.transform.control.tables import Run, as_table, control_tables, scope_tables
from charter.transform.doubt.doubted_case import DoubtedCase
from tests.commitments.reading import Night, Row, day_of

HOME = Path(__file__).parents[2]
KINDS = ("deadline", "lead_time", "occurrence", "level", "coverage", "zero", "measure")
MARTS = ("fct_commitments", "compliance_daily", "compliance_weekly", "standard_results")
BEFORE_EVERYTHING = datetime(2024, 1, 1, tzinfo=UTC)
KNOWN_TO_THE_END = datetime(2027, 12, 31, tzinfo=UTC)
NOTHING: Mapping[tuple[str, date], bool] = {}


@dataclass(frozen=True)
class Model:
    """One compiled model: its place, its SQL, and the models it reads."""

    name: str
    schema: str
    sql: str
    parents: tuple[str, ...]


def compile_models(agency: Agency, folder: Path) -> tuple[dict[str, Model], Settings]:
    """Every model of the project as dbt compiles it for ``agency``, parents before children."""
    settings = Settings(home=HOME, charter_dir=folder, var_dir=folder / "var", environment={})
    settings.work_dir.mkdir(parents=True)
    ensure_contract_tables(settings, agency)
    run_dbt(settings, agency, ["compile", "--select", "resource_type:model"])
    manifest = json.loads((settings.work_dir / "dbt_target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    models: dict[str, Model] = {}

    def add(key: str) -> None:
        node = nodes[key]
        parents = [parent for parent in node["depends_on"]["nodes"] if parent in nodes]
        for parent in parents:
            if nodes[parent]["name"] not in models:
                add(parent)
        names = tuple(nodes[parent]["name"] for parent in parents)
        models[node["name"]] = Model(node["name"], node["schema"], node["compiled_code"], names)

    for key in sorted(nodes):
        add(key)
    return models, settings


@lru_cache(maxsize=8)
def _calendar_tables(warehouse: Warehouse, known_on: date) -> dict[str, pa.Table]:
    agency = warehouse.agency
    clocks = [build_clock(rules, known_on) for rules in clock_rules(agency)]
    return {
        "days": as_table(Day, build_days(agency.calendar, agency.zone, known_on)),
        "calendar_versions": as_table(CalendarVersion, [each for clock in clocks for each in clock.versions]),
        "clock_days": as_table(ClockDay, [day for clock in clocks for day in clock.days]),
        "working_spans": as_table(WorkingSpan, [span for clock in clocks for span in clock.spans]),
    }


class Warehouse:
    """An in-memory warehouse of one agency, as far as ``marts``."""

    def __init__(self, agency: Agency, models: dict[str, Model], marts: Sequence[str] = MARTS) -> None:
        self.agency = agency
        self.models = dict(models)
        self.models = {name: models[name] for name in models if name in self._ancestors(marts)}
        self.parts: list[RulePart] = compile_rules(agency)
        self._known_on: date | None = None
        self._filled: set[str] = set()
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'; set threads = 1; attach ':memory:' as warehouse; use warehouse")
        schemas = {"control", "raw", *(model.schema for model in models.values())}
        for schema in sorted(schemas):
            self._connection.execute(f"create schema {schema}")
        control = control_tables(agency, [], BEFORE_EVERYTHING, BEFORE_EVERYTHING) | scope_tables(is_full=True)
        for name, table in control.items():
            self._replace("control", name, table)
        for name, subject in agency.subjects.items():
            if subject.landed:
                self._replace("raw", name, raw_schema(subject).empty_table())
        for model in self.models.values():
            self._run(model)
        self._schemas = {
            model.name: self._connection.execute(f"select * from staging.{model.name} limit 0").to_arrow_table().schema
            for model in self.models.values()
            if model.schema == "staging"
        }

    def judge(
        self,
        kinds: Iterable[str],
        rows: Mapping[str, Sequence[Row]],
        night: Night,
        *,
        known_at: datetime = KNOWN_TO_THE_END,
        covered: Mapping[tuple[str, date], bool] = NOTHING,
        doubted: Sequence[DoubtedCase] = (),
        also: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """The commitments of ``kinds`` (rows of fct_commitments) that follow from the staging ``rows``.

        ``rows`` are by staging model; a column not given is empty. ``covered`` says of tables and days whether a source
        covers them, ``doubted`` what rows in doubt may mean. ``also`` are further marts, for ``table`` to read.
        """
        self._set_night(night, known_at, covered)
        self._replace("control", "doubted_cases", as_table(DoubtedCase, doubted))
        for name, schema in self._schemas.items():
            self._fill(name, schema, rows.get(name, ()))
        assert rows.keys() <= self._schemas.keys(), f"no such staging models: {rows.keys() - self._schemas.keys()}"
        wanted = [f"commitments_{kind}" for kind in kinds]
        unwanted = {f"commitments_{kind}" for kind in KINDS} - set(wanted)
        for name in unwanted:
            self._connection.execute(f"delete from commitments.{name}")
        judged = ("commitments_judged", "fct_commitments")
        needed = {*self._ancestors([*wanted, "int_ownership", "int_waivers"]), *judged, *also}
        rooms = ("intermediate", "commitments", "results", "marts")
        needed |= {name for name in self._ancestors(also) if self.models[name].schema in rooms} - unwanted
        tiers = self._ancestors(name for name in self.models if "_tier_" in name)
        needed |= {name for name in tiers if self.models[name].schema in (*rooms, "subjects")} - unwanted
        for model in self.models.values():
            if model.name in needed and model.schema != "staging":
                self._run(model)
        return self.table("marts.fct_commitments")

    def table(self, name: str) -> list[dict[str, Any]]:
        """Every row of a table that was built last."""
        result = self._connection.execute(f"select * from {name}")
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def columns_of(self, staging_model: str) -> set[str]:
        return set(self._schemas[staging_model].names)

    def slots(self, night: Night) -> list[Slot]:
        return build_slots(self.agency, self.parts, day_of(night.as_of, self.agency.zone))

    def _ancestors(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for name in names:
            found |= {name} | self._ancestors(self.models[name].parents)
        return found

    def _run(self, model: Model) -> None:
        self._connection.execute(f"create or replace table {model.schema}.{model.name} as {self.sql_of(model)}")

    @staticmethod
    def sql_of(model: Model) -> str:
        """The SQL that a model runs; others may stand in its place (tests/mutants)."""
        return model.sql

    def _replace(self, schema: str, name: str, table: pa.Table) -> None:
        self._connection.register("incoming", table)
        self._connection.execute(f"create or replace table {schema}.{name} as select * from incoming")
        self._connection.unregister("incoming")

    def _fill(self, name: str, schema: pa.Schema, rows: Sequence[Row]) -> None:
        if name in self._filled:
            self._connection.execute(f"delete from staging.{name}")
            self._filled.remove(name)
        if not rows:
            return
        self._filled.add(name)
        unknown = {column for row in rows for column in row} - set(schema.names)
        assert not unknown, f"{name} has no columns {sorted(unknown)}"
        columns = [pa.array([naive(row.get(field.name)) for row in rows], field.type) for field in schema]
        self._connection.register("incoming", pa.table(columns, schema=schema))
        self._connection.execute(f"insert into staging.{name} by name select * from incoming")
        self._connection.unregister("incoming")

    def _set_night(self, night: Night, known_at: datetime, covered: Mapping[tuple[str, date], bool]) -> None:
        charter, zone = self.agency.charter, self.agency.zone
        known_on = day_of(known_at, zone)
        run = Run(
            as_of=naive(night.as_of),
            known_at=naive(known_at),
            today=day_of(night.as_of, zone),
            charter_id=charter.id,
            charter_version=charter.version,
            in_force_from=charter.in_force_from,
            agency_name_in=charter.agency.root,
            time_zone=charter.time_zone,
        )
        landed = [name for name, subject in self.agency.subjects.items() if subject.landed]
        feed_days = [
            FeedDay(f"{table}-source", table, day, heard, 0, 0, 0, 0, None if heard else "missing")
            for (table, day), heard in covered.items()
        ]
        tables = {
            "run": as_table(Run, [run]),
            "horizons": as_table(Horizon, [Horizon(table, naive(night.heard_until)) for table in landed]),
            "feed_days": as_table(FeedDay, feed_days),
            "slots": as_table(Slot, self.slots(night)),
        }
        if known_on != self._known_on:
            tables |= _calendar_tables(self, known_on)
            self._known_on = known_on
        for name, table in tables.items():
            self._replace("control", name, table)


def naive(value: Any) -> Any:
    """An instant as tables hold it: UTC without a zone. Anything else as it is."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value

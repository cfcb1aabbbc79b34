"""A warehouse as the contract in docs/architecture.md says, small enough to say in a test what is in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from charter.assertions import run_expectations
from charter.assertions.results import ExpectationResult
from charter.assertions.run import ExpectationRun
from charter.base.moments import local_midnight, naive_utc, stamp
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.definitions.models import DeadlinePart, Rule, StandardBase, ZeroPart
from charter.lake.files import contract_path, ensure_contract_tables
from charter.words import own_words

HOME = Path(__file__).resolve().parents[2]
LAST_DAY = date(2026, 7, 5)
AS_OF = datetime(2026, 7, 5, 15, tzinfo=UTC)
OFFICER = "branch-team"

Results = dict[tuple[str, str], ExpectationResult]

_COMMITMENT_TYPES = {
    "commitment_id": "VARCHAR",
    "standard_id": "VARCHAR",
    "rule_version": "BIGINT",
    "part": "VARCHAR",
    "subject_id": "VARCHAR",
    "department_id": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "due_at": "TIMESTAMP",
    "fulfilled_at": "TIMESTAMP",
    "decided_at": "TIMESTAMP",
    "opened_on": "DATE",
    "decided_on": "DATE",
    "status": "VARCHAR",
    "exclusion_rule": "VARCHAR",
    "measured_value": "DOUBLE",
    "limit_value": "DOUBLE",
    "lower_limit_value": "DOUBLE",
    "due_basis": "VARCHAR",
}


def settings_in(folder: Path) -> Settings:
    """An installation in ``folder``, with our catalogues."""
    if not (folder / "reports").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "reports").symlink_to(HOME / "reports")
    return Settings(home=folder, charter_dir=HOME / "charters" / "kotra", var_dir=folder / "var", environment={})


def whole_agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


def with_ratings(agency: Agency) -> Agency:
    """``agency`` with inquiries that are made of the survey tool's ratings, too: a table fed by two sources."""
    both = {"of": ["tickets", "ticket_events", "survey_responses"]}
    subjects = {**agency.subjects, "inquiries": agency.subjects["inquiries"].model_copy(update=both)}
    return agency.model_copy(update={"subjects": subjects})


def small_agency(*standard_ids: str, of: Agency | None = None) -> Agency:
    """KOTRA (or ``of``) with these standards only, and with the tables and sources that they need."""
    agency = of or whole_agency()
    standards = [standard for standard in agency.charter.standards if standard.id in standard_ids]
    assert len(standards) == len(standard_ids)
    names = {rule.subject for standard in standards for rule in standard.rules}
    names |= {table for name in names for table in agency.subjects[name].of}
    sources = [
        source.model_copy(update={"feeds": feeds})
        for source in agency.sources
        if (feeds := [feed for feed in source.feeds if feed.table in names])
    ]
    return agency.model_copy(
        update={
            "charter": agency.charter.model_copy(update={"standards": standards}),
            "subjects": {name: subject for name, subject in agency.subjects.items() if name in names},
            "sources": sources,
        }
    )


def with_rules(agency: Agency, standard_id: str, rules: list[Rule[Any]]) -> Agency:
    """The agency with other rules for one standard."""
    standards = [
        standard.model_copy(update={"rules": rules}) if standard.id == standard_id else standard
        for standard in agency.charter.standards
    ]
    return agency.model_copy(update={"charter": agency.charter.model_copy(update={"standards": standards})})


def rules_of(agency: Agency, standard_id: str) -> list[Rule[Any]]:
    standard: StandardBase = next(each for each in agency.charter.standards if each.id == standard_id)
    return standard.rules  # type: ignore[attr-defined, no-any-return]


def comparison_of(part: Any) -> str:
    if isinstance(part, DeadlinePart):
        return "<" if part.before else "<="
    return "<=" if isinstance(part, ZeroPart) else ">="


@dataclass
class Warehouse:
    """The working warehouse at the end of LAST_DAY: every source covers every day, nothing is promised, until told."""

    agency: Agency
    as_of: datetime = AS_OF
    commitments: list[dict[str, Any]] = field(default_factory=list)
    silent: set[tuple[str, date]] = field(default_factory=set)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    afterwards: list[str] = field(default_factory=list)

    def promise(self, standard_id: str, count: int = 1, **values: Any) -> None:
        """``count`` commitments of one standard, met at noon of LAST_DAY within a limit of 10, unless told.

        ``decided_on`` None leaves them pending.
        """
        rule = rules_of(self.agency, standard_id)[0]
        within = 12.0 if comparison_of(rule.parts[0]) == ">=" else 8.0
        day = values.get("decided_on", LAST_DAY)
        decided_at = None if day is None else naive_utc(local_midnight(day, self.agency.zone)) + timedelta(hours=12)
        for _ in range(count):
            self.commitments.append(
                {
                    "commitment_id": f"{standard_id}/{len(self.commitments)}",
                    "standard_id": standard_id,
                    "rule_version": rule.version,
                    "part": rule.parts[0].id,
                    "subject_id": str(len(self.commitments)),
                    "department_id": OFFICER,
                    "opened_at": decided_at or naive_utc(AS_OF) - timedelta(hours=3),
                    "due_at": decided_at or naive_utc(AS_OF) + timedelta(days=2),
                    "fulfilled_at": decided_at,
                    "decided_at": decided_at,
                    "opened_on": day or LAST_DAY,
                    "decided_on": day,
                    "status": "pending" if day is None else "met",
                    "exclusion_rule": None,
                    "measured_value": None if day is None else within,
                    "limit_value": 10.0,
                    "lower_limit_value": None,
                    "due_basis": "limit",
                    **values,
                }
            )

    def break_promise(self, standard_id: str, count: int = 1, **values: Any) -> None:
        """As ``promise``, but never fulfilled: breached on LAST_DAY."""
        self.promise(
            standard_id, count, **{"status": "breached", "measured_value": None, "fulfilled_at": None, **values}
        )

    def silence(self, source_id: str, *days: date) -> None:
        """The source gave nothing for these days."""
        self.silent |= {(source_id, day) for day in days}

    def arrive(self, table: str, **values: Any) -> None:
        """One landed row of a table; required columns not given are filled with something valid."""
        self.rows.setdefault(table, []).append({**self._valid_row(table), **values})

    def then(self, sql: str) -> None:
        """Runs a statement after everything is built: for planting what dbt should never make."""
        self.afterwards.append(sql)

    def write(self, settings: Settings) -> None:
        """Builds the file at ``settings.work_warehouse``."""
        settings.work_dir.mkdir(parents=True, exist_ok=True)
        self._write_lake(settings)
        settings.work_warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(settings.work_warehouse)) as connection:
            connection.execute("CREATE SCHEMA marts")
            _write(connection, "marts.fct_commitments", _COMMITMENT_TYPES, self.commitments)
            self._write_dimensions(connection)
            self._write_source_status(connection)
            self._write_row_fates(connection)
            self._write_sums(connection)
            for statement in self.afterwards:
                connection.execute(statement)

    def _valid_row(self, table: str) -> dict[str, Any]:
        subject = self.agency.subjects[table]
        number = len(self.rows.get(table, []))
        values: dict[str, Any] = {
            "instant": datetime(2026, 7, 1),
            "date": date(2026, 7, 1),
            "department": OFFICER,
            "integer": 1,
            "number": 1.0,
            "boolean": True,
        }
        row = {
            name: column.values[0] if column.values else values.get(column.type, f"{name}-{number}")
            for name, column in subject.columns.items()
        }
        required = {name: value if subject.columns[name].required else None for name, value in row.items()}
        return {**required, "_known_at": naive_utc(self.as_of)}

    def _write_lake(self, settings: Settings) -> None:
        """The landed rows, a file for each night that brought some; of which source, no check asks."""
        shutil.rmtree(settings.raw_dir, ignore_errors=True)
        ensure_contract_tables(settings, self.agency)
        for table, rows in self.rows.items():
            schema = pq.read_schema(contract_path(settings, table))
            source_id = self.agency.feeding(table)[0]
            nights: dict[datetime, list[dict[str, Any]]] = {}
            keys = [str(row[self.agency.subjects[table].key]) for row in rows]
            for number, row in enumerate(rows):
                # Rows that are to be told apart although they say the same key are rows of their own.
                key = keys[number] if keys[number] not in keys[:number] else f"row-{number}"
                versioned = {"_source_id": source_id, "_row_key": key, "_row_hash": "", "_origin": "test"}
                landed = {**versioned, "_deleted": False, **row}
                nights.setdefault(row["_known_at"], []).append(landed)
            for known_at, landed_rows in nights.items():
                night = stamp(known_at.replace(tzinfo=UTC))
                file = settings.raw_dir / table / f"source={source_id}" / f"as_of={night}" / "part-0.parquet"
                file.parent.mkdir(parents=True)
                pq.write_table(pa.Table.from_pylist(landed_rows, schema=schema), file)

    def _write_dimensions(self, connection: duckdb.DuckDBPyConnection) -> None:
        types = {"standard_id": "VARCHAR", "rule_version": "BIGINT", "part": "VARCHAR", "comparison": "VARCHAR"}
        parts = [{**each, "limit_least": None} for each in _rule_parts(self.agency)]
        _write(connection, "marts.dim_rule_part", types | {"limit_least": "DOUBLE"}, parts)
        types = {"commitment_id": "VARCHAR", "first_on": "DATE", "last_on": "DATE"}
        _write(connection, "marts.measured_figures", types | {"numerator": "DOUBLE", "denominator": "DOUBLE"}, [])
        standards = [
            {"standard_id": standard.id, "rule_version": rule.version, "target": rule.target}
            for standard in self.agency.charter.standards
            for rule in rules_of(self.agency, standard.id)
        ]
        types = {"standard_id": "VARCHAR", "rule_version": "BIGINT", "target": "DOUBLE"}
        _write(connection, "marts.dim_standard", types, standards)
        known = {"as_of": naive_utc(self.as_of), "known_at": naive_utc(self.as_of)}
        _write(connection, "marts.run", {"as_of": "TIMESTAMP", "known_at": "TIMESTAMP"}, [known])

    def _write_row_fates(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Every row that landed is the subject of a commitment."""
        types = {"source_id": "VARCHAR", "table_name": "VARCHAR", "fate": "VARCHAR", "row_count": "BIGINT"}
        rows = [
            {
                "source_id": self.agency.feeding(table)[0],
                "table_name": table,
                "fate": "commitment",
                "row_count": len({row.get("_row_key", number) for number, row in enumerate(landed)}),
            }
            for table, landed in self.rows.items()
            if landed
        ]
        _write(connection, "marts.row_fates", types, rows)

    def _write_source_status(self, connection: duckdb.DuckDBPyConnection) -> None:
        first = self.agency.charter.in_force_from
        days = [first + timedelta(days=offset) for offset in range((LAST_DAY - first).days + 1)]
        counts = {"arrived": 10, "landed": 6, "unchanged": 3, "quarantined": 1}
        counts |= {"read": 17, "waiting": 1, "left_out": 2, "merged": 4, "deleted": 0, "withheld": 0}
        rows = [
            {"source_id": source.id, "day": day, "covered": (source.id, day) not in self.silent, **counts}
            for source in self.agency.sources
            for day in days
        ]
        types = {"source_id": "VARCHAR", "day": "DATE", "covered": "BOOLEAN", **dict.fromkeys(counts, "BIGINT")}
        _write(connection, "marts.source_status", types, rows)
        feeds = [(source.id, feed.table) for source in self.agency.sources for feed in source.feeds]
        feed_days = [
            {"source_id": source, "table_name": table, "day": day, "covered": (source, day) not in self.silent}
            for source, table in feeds
            for day in days
        ]
        connection.execute("CREATE SCHEMA control")
        types = {"source_id": "VARCHAR", "table_name": "VARCHAR", "day": "DATE", "covered": "BOOLEAN"}
        _write(connection, "control.feed_days", types, feed_days)

    def _write_sums(self, connection: duckdb.DuckDBPyConnection) -> None:
        statuses = ("met", "breached", "excluded")
        decided = ", ".join(f"count(*) FILTER (WHERE status = '{each}') AS {each}" for each in statuses)
        connection.execute(
            f"""
            CREATE TABLE marts.compliance_daily AS
            SELECT
                decided_on AS day, standard_id, department_id, {decided},
                0 AS pending
            FROM marts.fct_commitments WHERE decided_on IS NOT NULL GROUP BY ALL
            UNION ALL BY NAME
            SELECT
                DATE '{LAST_DAY}' AS day, standard_id, department_id,
                0 AS met, 0 AS breached, 0 AS excluded, count(*) AS pending
            FROM marts.fct_commitments WHERE decided_on IS NULL GROUP BY ALL
            """
        )
        connection.execute(
            f"""
            CREATE TABLE marts.standard_results AS
            SELECT
                'year' AS period_kind, DATE '2026-01-01' AS period_start, DATE '{LAST_DAY}' AS period_end,
                standard_id, CAST(NULL AS VARCHAR) AS department_id,
                sum(met) AS met, sum(breached) AS breached, sum(excluded) AS excluded,
                sum(met) AS met_at_least, sum(breached) AS breached_at_most,
                sum(met) AS met_at_most, sum(breached) AS breached_at_least,
                CASE WHEN bool_or(met < target * (met + breached)) THEN 'broken' ELSE 'kept' END AS result
            FROM (
                SELECT standard_id, rule_version, {decided}
                FROM marts.fct_commitments WHERE decided_on IS NOT NULL GROUP BY ALL
            )
            LEFT JOIN marts.dim_standard USING (standard_id, rule_version)
            GROUP BY standard_id
            """
        )


def run(settings: Settings, warehouse: Warehouse, known_at: datetime | None = None) -> Results:
    """Builds the warehouse, runs every check and gives the results by suite and expectation."""
    warehouse.write(settings)
    return by_name(run_expectations(settings, warehouse.agency, warehouse.as_of, known_at))


def by_name(found: ExpectationRun) -> Results:
    return {(each.suite, each.expectation): each for each in found.results}


def written_results(settings: Settings) -> Results:
    """What marts.expectation_results holds for AS_OF, also after a run that ended in an error."""
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        rows = connection.execute(
            "SELECT * FROM marts.expectation_results WHERE as_of = ?", [naive_utc(AS_OF)]
        ).fetchall()
    return {(row[1], row[2]): ExpectationResult(*row) for row in rows}


def _rule_parts(agency: Agency) -> Iterator[dict[str, Any]]:
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for part in rule.parts:
                yield {
                    "standard_id": standard.id,
                    "rule_version": rule.version,
                    "part": part.id,
                    "comparison": comparison_of(part),
                }


def _write(
    connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], rows: list[dict[str, Any]]
) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"CREATE TABLE {table} ({columns})")
    if rows:
        connection.register("given", pa.table({name: [row[name] for row in rows] for name in types}))
        connection.execute(f"INSERT INTO {table} SELECT * FROM given")
        connection.unregister("given")


WORDS = own_words(settings_in(HOME), whole_agency())

"""What a step read and wrote, as OpenLineage datasets with schema, column lineage, counts and assertions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.generated.column_lineage_dataset import (
    ColumnLineageDatasetFacet,
    Fields,
    InputField,
    Transformation,
)
from openlineage.client.generated.data_quality_assertions_dataset import Assertion, DataQualityAssertionsDatasetFacet
from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source
from charter.extract import SourceReceipt
from charter.lineage.columns import ColumnMemory, ColumnOf, Columns
from charter.lineage.names import Names
from charter.transform import opened

_IDENTITY = Transformation(type="DIRECT", subtype="IDENTITY", description="", masking=False)
_MASKED = Transformation(type="DIRECT", subtype="TRANSFORMATION", description="keyed pseudonym (HMAC)", masking=True)
_MADE = Transformation(type="DIRECT", subtype="TRANSFORMATION", description="", masking=False)


@dataclass(frozen=True)
class ReadAndWritten:
    """The datasets of one job; ``parts`` are jobs of its own that it runs, such as a dbt model."""

    inputs: list[InputDataset] = field(default_factory=list)
    outputs: list[OutputDataset] = field(default_factory=list)
    parts: dict[str, ReadAndWritten] = field(default_factory=dict)


def of_extraction(agency: Agency, source: Source, receipt: SourceReceipt) -> ReadAndWritten:
    """Each feed of a source, and the table in which its rows landed. A personal column is shown as masked."""
    names = Names(agency.charter.id)
    read, written = [], []
    for feed in source.feeds:
        subject = agency.subjects[feed.table]
        fed = names.fed(source.id, feed.table)
        read.append(InputDataset(namespace=names.sources, name=fed))
        columns = {name: column.type for name, column in subject.columns.items()}
        mapped = {
            name: Fields(
                inputFields=[
                    InputField(
                        namespace=names.sources,
                        name=fed,
                        field=each.source,
                        transformations=[_MASKED if columns[name] == "pseudonym" else _IDENTITY],
                    )
                ]
            )
            for name, each in feed.mapped().items()
            if name in columns
        }
        counted = receipt.feed(feed.table)
        statistics = OutputStatisticsOutputDatasetFacet(rowCount=counted.landed if counted else 0)
        written.append(
            OutputDataset(
                namespace=names.namespace,
                name=f"raw.{feed.table}",
                facets={"schema": _schema(columns), "columnLineage": ColumnLineageDatasetFacet(fields=mapped)},
                outputFacets={"outputStatistics": statistics},
            )
        )
    return ReadAndWritten(read, written)


def of_transformation(settings: Settings, agency: Agency) -> ReadAndWritten:
    """Each dbt model of the last build: the tables that it reads, and its columns with those that they come from."""
    manifest = json.loads((settings.work_dir / "dbt_target" / "manifest.json").read_bytes())
    tables = {**_relations(manifest["nodes"]), **_relations(manifest["sources"])}
    schema = _columns(settings)
    memory = ColumnMemory(column_memory(settings))
    namespace = Names(agency.charter.id).namespace
    parts = {}
    for key, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "model" or not node.get("compiled_code"):
            continue
        read = sorted({tables[parent] for parent in node["depends_on"]["nodes"] if parent in tables})
        found = memory.of(node["compiled_code"], schema, read)
        facets = {"columnLineage": _lineage(namespace, found)} if found else {}
        typed = schema.get(node["schema"], {}).get(node["name"], {})
        parts[node["name"]] = ReadAndWritten(
            [InputDataset(namespace=namespace, name=table) for table in read],
            [OutputDataset(namespace=namespace, name=tables[key], facets={"schema": _schema(typed), **facets})],
        )
    memory.keep()
    sources = sorted(_relations(manifest["sources"]).values())
    inputs = [InputDataset(namespace=namespace, name=table) for table in sources]
    written = {each.name: each for part in parts.values() for each in part.outputs if each.name.startswith("marts.")}
    return ReadAndWritten(inputs, [OutputDataset(namespace=namespace, name=name) for name in written], parts)


def column_memory(settings: Settings) -> Path:
    """Where it is kept which column comes from which; it may be deleted."""
    return settings.work_dir / "lineage" / "columns.json"


def of_checks(settings: Settings, agency: Agency, as_of: datetime) -> ReadAndWritten:
    """The tables that were checked, with what each check said. One that could not be answered (no data, an error) has
    neither held nor failed, and is no assertion."""
    namespace = Names(agency.charter.id).namespace
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        rows = connection.execute(
            """
            SELECT coalesce(table_name, ''), suite, expectation, severity, outcome FROM marts.expectation_results
            WHERE as_of = ? AND outcome IN ('kept', 'broken') ORDER BY ALL
            """,
            [naive_utc(as_of)],
        ).fetchall()
    said: dict[str, list[Assertion]] = defaultdict(list)
    for table, suite, expectation, severity, outcome in rows:
        column, slash, kind = expectation.partition("/")
        is_of_column = suite.startswith("contract_") and table.startswith("raw.")
        said[table].append(
            Assertion(
                assertion=(kind if is_of_column and slash else suite),
                success=outcome == "kept",
                column=column if is_of_column else None,
                severity="error" if severity == "critical" else "warn",
                name=f"{suite}/{expectation}",
            )
        )
    return ReadAndWritten(
        [
            InputDataset(
                namespace=namespace,
                name=table or "warehouse",
                inputFacets={"dataQualityAssertions": DataQualityAssertionsDatasetFacet(assertions=assertions)},
            )
            for table, assertions in said.items()
        ],
        [OutputDataset(namespace=namespace, name="marts.expectation_results")],
    )


def of_publication(settings: Settings, agency: Agency) -> ReadAndWritten:
    """Each table of the schema ``marts``, and its published copy with the same columns."""
    namespace = Names(agency.charter.id).namespace
    tables = _columns(settings).get("marts", {})
    read = [InputDataset(namespace=namespace, name=f"marts.{table}") for table in sorted(tables)]
    written = []
    for table, columns in sorted(tables.items()):
        same = {name: (ColumnOf(f"marts.{table}", name),) for name in columns}
        facets = {"schema": _schema(columns), "columnLineage": _lineage(namespace, same, _IDENTITY)}
        written.append(OutputDataset(namespace=namespace, name=Names.published(table), facets=facets))
    return ReadAndWritten(read, written)


def of_shown(settings: Settings, agency: Agency, what: str) -> ReadAndWritten:
    """The published warehouse, and what shows it: the site, or a week's reports."""
    namespace = Names(agency.charter.id).namespace
    tables = _columns(settings).get("marts", {})
    read = [InputDataset(namespace=namespace, name=Names.published(table)) for table in sorted(tables)]
    return ReadAndWritten(read, [OutputDataset(namespace=namespace, name=what)])


def _relations(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Models and sources of the manifest, with the names of their tables."""
    return {
        key: f"{node['schema']}.{node['name']}"
        for key, node in nodes.items()
        if node["resource_type"] in ("model", "source")
    }


def _columns(settings: Settings) -> dict[str, dict[str, dict[str, str]]]:
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        return _read_columns(connection)


def _read_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, str]]]:
    rows = connection.execute(
        """
        SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()
        WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name, column_index
        """
    ).fetchall()
    found: dict[str, dict[str, dict[str, str]]] = {}
    for schema, table, column, kind in rows:
        found.setdefault(schema, {}).setdefault(table, {})[column] = kind
    return found


def _schema(columns: Mapping[str, str]) -> SchemaDatasetFacet:
    return SchemaDatasetFacet(fields=[SchemaDatasetFacetFields(name=name, type=kind) for name, kind in columns.items()])


def _lineage(namespace: str, columns: Columns, how: Transformation = _MADE) -> ColumnLineageDatasetFacet:
    return ColumnLineageDatasetFacet(
        fields={name: Fields(inputFields=list(_fields(namespace, of, how))) for name, of in columns.items() if of}
    )


def _fields(namespace: str, columns: Iterable[ColumnOf], how: Transformation) -> Iterator[InputField]:
    for each in columns:
        yield InputField(namespace=namespace, name=each.table, field=each.column, transformations=[how])

"""From which columns each column of a dbt model comes, read from its compiled SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from charter.base.files import write_whole

_DIALECT = "duckdb"
# Schema → table → column → type, as sqlglot takes it.
Schema = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, order=True)
class ColumnOf:
    """A column of a table, ``table`` with its schema (``marts.run``)."""

    table: str
    column: str


Columns = Mapping[str, tuple[ColumnOf, ...]]


def columns_of(sql: str, schema: Schema) -> Columns:
    """Each column that a SELECT gives, with the columns of tables that its value is made of, in a fixed order.

    What only decides which rows there are (joins, conditions) is not among them. Raises SqlglotError.
    """
    tree = qualify(
        sqlglot.parse_one(sql, dialect=_DIALECT),
        schema=dict(schema),
        dialect=_DIALECT,
        validate_qualify_columns=False,
        identify=False,
    )
    known: dict[int, dict[str, set[ColumnOf]]] = {}
    last: dict[str, set[ColumnOf]] = {}
    # Inner queries come before those that read them.
    for scope in traverse_scope(tree):
        last = _of_union(scope, known) if isinstance(scope.expression, exp.SetOperation) else _of_select(scope, known)
        known[id(scope)] = last
    return {name: tuple(sorted(found)) for name, found in last.items()}


def _of_union(scope: Scope, known: dict[int, dict[str, set[ColumnOf]]]) -> dict[str, set[ColumnOf]]:
    """The first part names the columns; the others give theirs by their place."""
    parts = [known.get(id(part), {}) for part in scope.set_operation_scopes]
    columns = [list(part.values()) for part in parts]
    return {
        name: set().union(*(found[place] for found in columns if place < len(found)))
        for place, name in enumerate(parts[0] if parts else {})
    }


def _of_select(scope: Scope, known: dict[int, dict[str, set[ColumnOf]]]) -> dict[str, set[ColumnOf]]:
    found: dict[str, set[ColumnOf]] = {}
    select = scope.expression
    for given in select.selects if isinstance(select, exp.Query) else ():
        sources: set[ColumnOf] = set()
        for column in given.find_all(exp.Column):
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                table = f"{source.db}.{source.name}" if source.db else source.name
                sources.add(ColumnOf(table, column.name))
            elif isinstance(source, Scope):
                sources |= known.get(id(source), {}).get(column.name, set())
        found[given.alias_or_name] = sources
    return found


class ColumnMemory:
    """What was found for each SQL before: a model whose SQL is as it was is not read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, dict[str, list[list[str]]]] = json.loads(path.read_bytes())
        except (OSError, ValueError):
            # It may be deleted, or half of another release: everything is read anew.
            self._known = {}
        self._used: set[str] = set()
        self._is_new = False

    def of(self, sql: str, schema: Schema, tables: Iterable[str]) -> Columns:
        """As ``columns_of``; empty where the SQL can't be read. ``tables`` are those that the SQL names."""
        columns = [sorted(schema.get(table.partition(".")[0], {}).get(table.partition(".")[2], {})) for table in tables]
        name = hashlib.sha256(json.dumps([sql, columns]).encode()).hexdigest()
        self._used.add(name)
        if name not in self._known:
            self._is_new = True
            try:
                found = columns_of(sql, schema)
            except SqlglotError:
                found = {}
            self._known[name] = {column: [[each.table, each.column] for each in of] for column, of in found.items()}
        return {
            column: tuple(ColumnOf(table, source) for table, source in of) for column, of in self._known[name].items()
        }

    def keep(self) -> None:
        """Writes down what was used now; the rest is of models that are no more."""
        if self._is_new:
            kept = {name: self._known[name] for name in sorted(self._used)}
            write_whole(self._path, json.dumps(kept, ensure_ascii=False).encode())

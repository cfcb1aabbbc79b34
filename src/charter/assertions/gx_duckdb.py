"""Lets Great Expectations read DuckDB, until it does so by itself.

Its SQL engine closes the connection before it fetches, except for databases it knows to need one lasting connection;
DuckDB needs one and is not on the list. And the dialect takes PostgreSQL's words of SQL for DuckDB's, so that a column
called ``at`` or ``pivot`` would stand in its queries without quotes. ``tests/assertions/test_gx_duckdb.py`` tells when
this module can go.
"""

from __future__ import annotations

from duckdb_engine import DuckDBIdentifierPreparer
from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

_WORDS_OF_DUCKDB = frozenset(
    [
        "anti",
        "asof",
        "at",
        "by",
        "collation",
        "columns",
        "concurrently",
        "describe",
        "generated",
        "glob",
        "lambda",
        "lateral",
        "map",
        "pivot",
        "pivot_longer",
        "pivot_wider",
        "positional",
        "qualify",
        "semi",
        "show",
        "struct",
        "summarize",
        "tablesample",
        "try_cast",
        "unpack",
        "unpivot",
    ]
)


class _Dialect(str):
    """A dialect's name that also answers to ``value``, as the members of the engine's own enumeration do."""

    @property
    def value(self) -> str:
        return str(self)


def keep_duckdb_connected() -> None:
    """Adds DuckDB to the databases whose connection the engine keeps open. Doing it again changes nothing."""
    known = engine._PERSISTED_CONNECTION_DIALECTS
    if "duckdb" not in known:
        engine._PERSISTED_CONNECTION_DIALECTS = (*known, _Dialect("duckdb"))  # type: ignore[assignment]


def quote_words_of_duckdb() -> None:
    """Adds what only DuckDB takes for words of SQL to those that are quoted. Doing it again changes nothing."""
    DuckDBIdentifierPreparer.reserved_words = {*DuckDBIdentifierPreparer.reserved_words, *_WORDS_OF_DUCKDB}

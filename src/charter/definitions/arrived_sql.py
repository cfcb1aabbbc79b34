"""The SELECT that a feed may put between what arrives and what is mapped: which columns it reads, what it gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

# Beside the source's columns, the table ``arrived`` has these: the file (or query), the line or row in it, and the
# number of the row in the table. What the SQL gives may say of which rows it made each: in a list ``_rows``.
PLACE, LINE, ROW, ROWS = "_place", "_line", "_row", "_rows"
_NUMBERS = (LINE, ROW)

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    # What arrives may be personal: it is never spilled to disk.
    "temp_directory": "",
    # One thread: the same rows give the same answer in the same order.
    "threads": "1",
}
_UNKNOWN_COLUMN = re.compile(
    r"""(?:Referenced\scolumn\s"(?P<a>.+?)"\snot\sfound
        |does\snot\shave\sa\scolumn\snamed\s"(?P<b>.+?)"
        |Column\s"(?P<c>.+?)"\s(?:does\snot\sexist\son|in\sEXCLUDE\slist\snot)
        |Cannot\sextract\sfield\s'(?P<d>.+?)'\sfrom\sexpression)""",
    re.VERBOSE,
)
# The answer must be the same whenever it is asked for.
_UNSTEADY = {
    *("now", "today", "current_date", "current_time", "current_timestamp", "get_current_time", "get_current_timestamp"),
    *("current_localtime", "current_localtimestamp", "localtime", "localtimestamp", "transaction_timestamp"),
    *("random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid"),
}
# These speak of the statement, which is the user's own. Other messages may repeat a row's values.
_OF_THE_STATEMENT = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.PermissionException,
)


class ArrivedSqlError(Exception):
    """The statement can't be run. The text says why, without any value of a row."""


@lru_cache(maxsize=64)
def input_columns(sql: str) -> tuple[str, ...]:
    """The columns of the source that ``sql`` reads, as it names them, in the order in which it names them.

    Raises ArrivedSqlError when it is not one SELECT over ``arrived`` that gives the same answer each time.
    """
    return _probed(sql)[0]


@lru_cache(maxsize=64)
def result_columns(sql: str) -> tuple[str, ...]:
    """The columns that ``sql`` gives. Raises ArrivedSqlError."""
    return _probed(sql)[1]


def rows_where(condition: str) -> str:
    """The statement that gives the numbers of the rows of ``arrived`` for which a condition holds."""
    return f"SELECT {ROW} FROM arrived WHERE ({condition}\n)"


def run(sql: str, arrived: pa.Table) -> pa.Table:
    """The rows that ``sql`` makes of ``arrived``. It sees nothing else: no file, no network, no other table.

    Raises ArrivedSqlError.
    """
    with _session() as session:
        return _run(session, sql, arrived)


def _run(session: duckdb.DuckDBPyConnection, sql: str, arrived: pa.Table) -> pa.Table:
    session.register("given", arrived)
    session.execute("CREATE OR REPLACE TABLE arrived AS SELECT * FROM given")
    session.unregister("given")
    try:
        return session.execute(sql).to_arrow_table()
    except duckdb.Error as error:
        raise ArrivedSqlError(_said(error)) from None


def _probed(sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(columns read, columns given): asked of a table without rows, which gets each column that is found lacking."""
    with _session() as session:
        _refuse_other_statements(session, sql)
        read: list[str] = []
        while True:
            names = [*read, PLACE, *_NUMBERS]
            empty = pa.table({name: pa.array([], pa.int64() if name in _NUMBERS else pa.string()) for name in names})
            try:
                given = _run(session, sql, empty).column_names
            except ArrivedSqlError as error:
                match = _UNKNOWN_COLUMN.search(str(error))
                name = next((found for found in match.groups() if found), None) if match else None
                if name is None or name in read:
                    raise
                read.append(name)
                continue
            twice = [name for name in given if given.count(name) > 1]
            if twice:
                raise ArrivedSqlError(f"it gives two columns called '{twice[0]}'")
            return tuple(read), tuple(given)


def _refuse_other_statements(session: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise ArrivedSqlError(_said(error)) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ArrivedSqlError("it is not one SELECT (a PIVOT names its values with IN)")
    row = session.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    unsteady = sorted(_names(json.loads(row[0] if row else "{}")) & _UNSTEADY)
    if unsteady:
        raise ArrivedSqlError(f"'{unsteady[0]}' gives another answer each time")


def _names(node: Any) -> set[str]:
    """The functions that a parsed statement calls, and the names that may be a function without parentheses."""
    if isinstance(node, list):
        return {name for child in node for name in _names(child)}
    if not isinstance(node, dict):
        return set()
    own = [node["function_name"]] if isinstance(node.get("function_name"), str) else []
    column = node.get("column_names")
    own += column if isinstance(column, list) and len(column) == 1 else []
    return {str(name).lower() for name in own} | {name for child in node.values() for name in _names(child)}


def _said(error: duckdb.Error) -> str:
    first = str(error).splitlines()[0]
    if isinstance(error, _OF_THE_STATEMENT):
        return first
    return f"a value does not suit it ({type(error).__name__}); TRY_CAST and try_strptime give NULL instead"


@contextmanager
def _session() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config=_SETTINGS) as session:
        session.execute("SET TimeZone = 'UTC'")
        session.execute("SET lock_configuration = true")
        yield session

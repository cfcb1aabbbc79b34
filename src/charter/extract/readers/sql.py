"""Databases, through SQLAlchemy. Only SELECTs, in one read-only transaction, so that the feeds belong together."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from charter.definitions.models import Feed, Source
from charter.errors import Problem
from charter.extract.faults import FaultStatus, FeedFault
from charter.extract.readers.batch import RawBatch, Window, as_texts, require_columns, wanted_columns
from charter.moments import naive_utc

_BATCH = 50_000
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
# Wall clocks differ from UTC by at most this: a coarse bound here, the exact one is drawn when instants are read.
_SLACK = timedelta(days=1)
_BIND = re.compile(r"(?<![:\w]):(since|as_of)\b")
_TABLE = re.compile(r"\b(?:FROM|JOIN)\s+\"?(\w+)\"?", re.IGNORECASE)
_POSTGRES_TEXT = {18, 19, 25, 1042, 1043}
# What these say names tables, columns and servers. Other messages of a database may repeat a row's values.
_SAFE_STATES = ("08", "28", "3D", "42", "53", "57")
_SAFE_SQLITE = ("no such", "unable to open", "near ", "database is locked", "file is not a database", "ambiguous")


class SqlReader:
    """Reads the queries of a database source."""

    def __init__(self, source: Source, url: URL, home: Path) -> None:
        self._source = source
        self._zone = ZoneInfo(source.time_zone)
        self._url = url
        self._where = f"source '{source.id}', connection '{source.connection}' ({_address(url)})"
        try:
            self._engine = _engine(url, source, home)
            self._connection = self._engine.connect()
            if self._engine.dialect.name == "sqlite":
                self._connection.exec_driver_sql("BEGIN")
        except (NoSuchModuleError, ModuleNotFoundError):
            problem = Problem(
                f"no driver for '{url.drivername}' is installed", self._where, "use a sqlite or postgresql address"
            )
            raise FeedFault("unreachable", problem) from None
        except SQLAlchemyError as error:
            problem = Problem(
                f"the database can't be reached: {self._said(error)}",
                self._where,
                "see that it runs and that this user may read it, then extract again",
            )
            raise FeedFault("unreachable", problem) from None

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        try:
            with _savepoint(self._connection):
                yield from self._batches(feed, window)
        except SQLAlchemyError as error:
            raise self._fault(feed, error) from None

    def _batches(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        query = (feed.query or "").strip().rstrip(";")
        names, text_columns = self._probe(query, window)
        cursor = feed.cursor.column if feed.cursor else None
        wanted = wanted_columns(feed)
        require_columns(
            names,
            [*wanted, *([cursor] if cursor and cursor not in wanted else [])],
            f"{self._where}, query of '{feed.table}'",
        )
        quoted = self._engine.dialect.identifier_preparer.quote_identifier
        bounds, binds = self._bounds(feed, window, text_columns)
        selected = ", ".join(quoted(name) for name in wanted)
        conditions = " AND ".join(
            f"({quoted(column)} {sign} :{bind} OR {quoted(column)} IS NULL)" for column, sign, bind in bounds
        )
        statement = f"SELECT {selected} FROM (\n{query}\n) AS extracted" + (
            f" WHERE {conditions}" if conditions else ""
        )
        parameters = {**self._own_binds(query, window), **binds}
        # An option of this statement only: on the connection it would hold for savepoints too.
        streamed = sa.text(statement).execution_options(stream_results=True)
        result = self._connection.execute(streamed, parameters)
        yield self._batch(feed, wanted, names, [])
        for part in result.partitions(_BATCH):
            yield self._batch(feed, wanted, names, part)

    def _batch(self, feed: Feed, wanted: list[str], names: list[str], rows: Sequence[sa.Row[Any]]) -> RawBatch:
        cells = list(zip(*rows, strict=True)) if rows else [()] * len(wanted)
        pairs = [as_texts(column) for column in cells]
        return RawBatch(
            columns={name: texts for name, (texts, _) in zip(wanted, pairs, strict=True)},
            names=tuple(names),
            place=feed.table,
            observed={name: kinds for name, (_, kinds) in zip(wanted, pairs, strict=True)},
        )

    def _probe(self, query: str, window: Window) -> tuple[list[str], set[str]]:
        """(the query's columns, those among them that the database declares as text), without reading a row."""
        statement = sa.text(f"SELECT * FROM (\n{query}\n) AS extracted WHERE 1 = 0")
        result = self._connection.execute(statement, self._own_binds(query, window))
        described: Sequence[Any] = result.cursor.description if result.cursor is not None else ()
        names = list(result.keys())
        result.close()
        if self._engine.dialect.name != "postgresql":
            return names, set(names)
        return names, {name for name, column in zip(names, described, strict=True) if column[1] in _POSTGRES_TEXT}

    def _own_binds(self, query: str, window: Window) -> dict[str, object]:
        values = {"since": window.since or _BEGINNING, "as_of": window.as_of}
        as_text = self._engine.dialect.name == "sqlite"
        return {name: self._bound(values[name], as_text) for name in set(_BIND.findall(query))}

    def _bounds(
        self, feed: Feed, window: Window, text_columns: set[str]
    ) -> tuple[list[tuple[str, str, str]], dict[str, object]]:
        """Conditions (column, sign, bind) and their values. A full feed has none: what is not returned is deleted.

        Texts get no upper bound: one that is no instant would sort behind it and be lost, not quarantined.
        """
        if feed.full:
            return [], {}
        bounds, binds = [], dict[str, object]()
        if feed.cursor and window.since:
            bounds.append((feed.cursor.column, ">=", "charter_since"))
            binds["charter_since"] = self._bound(window.since, feed.cursor.column in text_columns)
        if feed.recorded_at and feed.recorded_at not in text_columns:
            bounds.append((feed.recorded_at, "<=", "charter_until"))
            binds["charter_until"] = self._bound(window.as_of + _SLACK, False)
        return bounds, binds

    def _bound(self, instant: datetime, as_text: bool) -> object:
        local = instant.astimezone(self._zone).replace(tzinfo=None) if instant > _BEGINNING else naive_utc(instant)
        return local.strftime(self._source.instant_format) if as_text else local

    def _fault(self, feed: Feed, error: SQLAlchemyError) -> FeedFault:
        where = f"{self._where}, query of '{feed.table}'"
        said = self._said(error)
        if isinstance(error, DBAPIError) and (error.connection_invalidated or self._lost(error)):
            return FeedFault(
                "unreachable", Problem(f"the database went away: {said}", where, "extract again when it is back")
            )
        unknown = _unknown_name(error)
        if unknown is None:
            return FeedFault("failed", Problem(f"the query failed: {said}", where, "correct query in sources.yaml"))
        there = self._columns_of(feed)
        if not there:
            remedy = "ask the source's keepers for the table back, or correct query in sources.yaml"
            return FeedFault("drifted", Problem(said, where, remedy), (unknown,))
        try:
            require_columns([*there], [unknown, *there[:1]], where)
        except FeedFault as fault:
            return fault
        return FeedFault("drifted", Problem(said, where, "correct query in sources.yaml"), (unknown,))

    def _columns_of(self, feed: Feed) -> list[str]:
        """The columns of the tables that a query names, as far as the database tells."""
        try:
            inspector = sa.inspect(self._connection)
            tables = dict.fromkeys(_TABLE.findall(feed.query or ""))
            return [
                column["name"]
                for table in tables
                if inspector.has_table(table)
                for column in inspector.get_columns(table)
            ]
        except SQLAlchemyError:
            return []

    def _lost(self, error: DBAPIError) -> bool:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return state[:2] in ("08", "57") or "database is locked" in str(error.orig)

    def _said(self, error: SQLAlchemyError) -> str:
        """The database's own words when they can't hold a row's values, else only the kind of error."""
        original = error.orig if isinstance(error, DBAPIError) else None
        state = getattr(original, "sqlstate", None)
        lines = str(original).splitlines() or [""]
        if isinstance(original, sqlite3.Error):
            safe = lines[0].startswith(_SAFE_SQLITE)
        elif state is None:
            safe = "connection" in lines[0]
        else:
            safe = str(state).startswith(_SAFE_STATES)
        said = lines[0] if safe else f"{type(original or error).__name__} {state or ''}".strip()
        password = str(self._url.password or "")
        return said.replace(password, "***") if password else said


class _savepoint:  # noqa: N801 - used as a statement
    """In PostgreSQL a failed statement spoils its transaction: a savepoint keeps the other feeds readable."""

    def __init__(self, connection: Connection) -> None:
        self._nested = connection.begin_nested() if connection.dialect.name == "postgresql" else None

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        if self._nested is not None and self._nested.is_active:
            self._nested.rollback()


def _engine(url: URL, source: Source, home: Path) -> Engine:
    if url.get_backend_name() == "sqlite":
        # Read-only: otherwise a missing file would be created, and be an empty database.
        file = home / (url.database or "")
        address = f"file:{quote(str(file))}?mode=ro"
        return sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=sa.pool.NullPool
        )
    if url.get_backend_name() != "postgresql":
        return sa.create_engine(url, poolclass=sa.pool.NullPool)
    # Naive instants are the source's wall clock, whatever the type of the column that they are compared with.
    options = f"-c TimeZone={source.time_zone} -c default_transaction_read_only=on"
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=sa.pool.NullPool,
        isolation_level="REPEATABLE READ",
        connect_args={"connect_timeout": 10, "options": options},
    )


def _address(url: URL) -> str:
    """Where the database is, without user, password or options."""
    host = f"{url.host}:{url.port}" if url.port else url.host or ""
    return f"{url.drivername}://{host}/{url.database or ''}"


def _unknown_name(error: SQLAlchemyError) -> str | None:
    """The table or column that the database does not know, if that is what it complains of."""
    said = str(error.orig) if isinstance(error, DBAPIError) else ""
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
    if state not in ("42P01", "42703") and not said.startswith(("no such table", "no such column")):
        return None
    match = re.search(r"no such (?:table|column): (?:\w+\.)?(\w+)", said) or re.search(
        r"(?:relation|column) \"?(?:\w+\.)?(\w+)\"?", said
    )
    return match[1] if match else None


__all__ = ["FaultStatus", "SqlReader"]

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
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from charter.base.errors import Problem
from charter.base.moments import naive_utc
from charter.definitions.models import Feed, Source
from charter.definitions.time_formats import ISO, UNIX, UNIX_MS
from charter.extract.contract.batch import RawBatch, wanted_columns
from charter.extract.contract.faults import FaultStatus, FeedFault
from charter.extract.contract.instants import write_instant
from charter.extract.contract.typed import as_texts
from charter.extract.readers.batch import Window, require_columns
from charter.extract.readers.database.postgres_copy import Texts, copied
from charter.extract.readers.database.sql_errors import is_lost, safe_words, unknown_name
from charter.extract.readers.database.statement_limits import limit_statements

_BATCH = 50_000
_CONNECT_SECONDS = 10
# How long a server may be silent within a query before it counts as gone.
_SILENCE_SECONDS = 1800
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
# Wall clocks differ from UTC by at most this: a coarse bound here, the exact one is drawn when instants are read.
_SLACK = timedelta(days=1)
_BIND = re.compile(r"(?<![:\w]):(since|as_of)\b")
_TABLE = re.compile(r"\b(?:FROM|JOIN)\s+(?:[`\"\[]?(\w+)[`\"\]]?\.)?[`\"\[]?(\w+)", re.IGNORECASE)
_POSTGRES_TEXT = {18, 19, 25, 1042, 1043}
_MYSQL_TEXT = {15, 249, 250, 251, 252, 253, 254}
# Where the name of a driver's module is not that of its package, or another driver is the better one.
_PACKAGES = {"cx_Oracle": "oracledb", "MySQLdb": "pymysql"}


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
            try:
                self._begin()
            except BaseException:
                self.close()
                raise
        except (NoSuchModuleError, ImportError) as error:
            raise FeedFault("unreachable", self._no_driver(error)) from None
        except SQLAlchemyError as error:
            problem = Problem(
                f"the database can't be reached: {safe_words(url, error, connecting=True)}",
                self._where,
                "see that it runs and that this user may read it, then extract again",
            )
            raise FeedFault("unreachable", problem) from None

    def _begin(self) -> None:
        """One snapshot for all feeds, as far as the database gives one."""
        dialect = self._engine.dialect.name
        if dialect == "sqlite":
            self._connection.exec_driver_sql("BEGIN")
        if dialect in ("mysql", "mariadb"):
            self._set_mysql_zone()
            self._connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _set_mysql_zone(self) -> None:
        """TIMESTAMP columns are told in the session's zone. Not every server knows zones by name."""
        set_zone = sa.text("SET time_zone = :zone")
        try:
            self._connection.execute(set_zone, {"zone": self._source.time_zone})
            return
        except DBAPIError:
            offset = _fixed_offset(self._zone)
        if offset is None:
            what = f"the server does not know the time zone '{self._source.time_zone}', whose clock changes in summer"
            remedy = "have its keepers load the time zones (mariadb-tzinfo-to-sql), or read it by another time_zone"
            raise FeedFault("failed", Problem(what, self._where, remedy))
        self._connection.execute(set_zone, {"zone": offset})

    def _no_driver(self, error: NoSuchModuleError | ImportError) -> Problem:
        what = f"no driver for '{self._url.drivername}' is installed"
        if isinstance(error, ModuleNotFoundError) and error.name:
            package = _PACKAGES.get(error.name, error.name)
            return Problem(what, self._where, f"install the Python package '{package}' beside charter")
        if isinstance(error, ImportError):
            what = f"the driver for '{self._url.drivername}' can't be loaded: {error}"
            return Problem(what, self._where, "install what it names, from the system's packages")
        backend = self._url.get_backend_name()
        return Problem(what, self._where, f"install the Python package that brings '{backend}' to SQLAlchemy")

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        try:
            with _savepoint(self._connection):
                limit_statements(self._connection, window.allowance)
                for batch in self._batches(feed, window):
                    window.allowance.require_time()
                    window.allowance.take(sum(texts.nbytes for texts in batch.columns.values()), "what the query gives")
                    yield batch
        except SQLAlchemyError as error:
            # A database that was told the limit breaks off by itself, and says so in its own way.
            window.allowance.require_time()
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
            str,
        )
        if not wanted:
            # Who maps nothing yet asks for the columns' names.
            yield RawBatch(columns={}, names=tuple(names), place=feed.table)
            return
        # Not always in quotes: some databases fold names to capitals, but only names without quotes.
        quoted = self._quoted
        bounds, binds = self._bounds(feed, window, text_columns)
        selected = ", ".join(quoted(name) for name in wanted)
        conditions = " AND ".join(
            f"({quoted(column)} {sign} :{bind} OR {quoted(column)} IS NULL)" for column, sign, bind in bounds
        )
        # Without AS: Oracle has none before a table's alias, and no database asks for it.
        statement = f"SELECT {selected} FROM (\n{query}\n) extracted" + (f" WHERE {conditions}" if conditions else "")
        parameters = {**self._own_binds(query, window), **binds}
        if (quickly := copied(self._connection, statement, parameters, window.allowance)) is not None:
            yield self._batch(feed, wanted, names, [])
            yield from (_of_texts(feed, wanted, names, pairs) for pairs in quickly)
            return
        # An option of this statement only: on the connection it would hold for savepoints too.
        streamed = sa.text(statement).execution_options(stream_results=True)
        result = self._connection.execute(streamed, parameters)
        yield self._batch(feed, wanted, names, [])
        for part in result.partitions(_BATCH):
            yield self._batch(feed, wanted, names, part)

    def _quoted(self, name: str) -> str:
        # A colon would begin a bind.
        return str(self._engine.dialect.identifier_preparer.quote(name)).replace(":", "\\:")

    def _batch(self, feed: Feed, wanted: list[str], names: list[str], rows: Sequence[sa.Row[Any]]) -> RawBatch:
        cells = list(zip(*rows, strict=True)) if rows else [()] * len(wanted)
        return _of_texts(feed, wanted, names, [as_texts(_without_bytes(column)) for column in cells])

    def _probe(self, query: str, window: Window) -> tuple[list[str], set[str]]:
        """(the query's columns, those among them that the database declares as text), without reading a row."""
        statement = sa.text(f"SELECT * FROM (\n{query}\n) extracted WHERE 1 = 0")
        result = self._connection.execute(statement, self._own_binds(query, window))
        described: Sequence[Any] = result.cursor.description if result.cursor is not None else ()
        names = list(result.keys())
        result.close()
        if self._engine.dialect.name == "sqlite":
            return names, set(names)
        return names, {name for name, column in zip(names, described, strict=True) if self._is_text(column[1])}

    def _is_text(self, code: object) -> bool:
        """Whether a column's type, as the driver describes it, is text."""
        dialect = self._engine.dialect
        if dialect.name == "postgresql":
            return code in _POSTGRES_TEXT
        if dialect.name in ("mysql", "mariadb"):
            return code in _MYSQL_TEXT
        return code is str or code == getattr(dialect.dbapi, "STRING", str)

    def _own_binds(self, query: str, window: Window) -> dict[str, object]:
        values = {"since": window.since or _BEGINNING, "as_of": window.as_of}
        as_text = self._engine.dialect.name == "sqlite"
        form = self._source.instant_format
        return {name: self._bound(values[name], form, as_text) for name in set(_BIND.findall(query))}

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
            column = feed.cursor.column
            bounds.append((column, ">=", "charter_since"))
            binds["charter_since"] = self._bound(window.since, self._form(feed, column), column in text_columns)
        if feed.recorded_at and feed.recorded_at not in text_columns:
            bounds.append((feed.recorded_at, "<=", "charter_until"))
            binds["charter_until"] = self._bound(window.as_of + _SLACK, self._form(feed, feed.recorded_at), False)
        return bounds, binds

    def _form(self, feed: Feed, column: str) -> str:
        given = next((mapped.format for mapped in feed.mapped().values() if mapped.source == column), None)
        return given or self._source.instant_format

    def _bound(self, instant: datetime, form: str, as_text: bool) -> object:
        if form in (UNIX, UNIX_MS):
            number = write_instant(instant, form, self._zone)
            return str(number) if as_text and self._engine.dialect.name != "sqlite" else number
        local = instant.astimezone(self._zone).replace(tzinfo=None) if instant > _BEGINNING else naive_utc(instant)
        if as_text and form == ISO:
            # Such texts do not sort as their instants do: the day before is earlier under every offset.
            return (local - _SLACK).date().isoformat()
        return local.strftime(form) if as_text else local

    def _fault(self, feed: Feed, error: SQLAlchemyError) -> FeedFault:
        where = f"{self._where}, query of '{feed.table}'"
        said = safe_words(self._url, error)
        if isinstance(error, DBAPIError) and (is_lost(self._url, error)):
            return FeedFault(
                "unreachable", Problem(f"the database went away: {said}", where, "extract again when it is back")
            )
        unknown = unknown_name(error)
        if unknown is None:
            return FeedFault("failed", Problem(f"the query failed: {said}", where, "correct query in sources.yaml"))
        there = self._columns_of(feed)
        if not there:
            remedy = "ask the source's keepers for the table back, or correct query in sources.yaml"
            return FeedFault("drifted", Problem(said, where, remedy), (unknown,))
        try:
            require_columns([*there], [unknown, *there[:1]], where, str)
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
                for schema, table in tables
                if inspector.has_table(table, schema or None)
                for column in inspector.get_columns(table, schema or None)
            ]
        except SQLAlchemyError:
            return []


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
    if url.get_backend_name() in ("mysql", "mariadb"):
        driver = f"{url.get_backend_name()}+pymysql"
        limits = {"connect_timeout": _CONNECT_SECONDS, "read_timeout": _SILENCE_SECONDS}
        engine = sa.create_engine(url.set(drivername=driver), poolclass=sa.pool.NullPool, connect_args=limits)
        sa.event.listen(engine, "handle_error", _forget_the_rest)
        return engine
    if url.get_backend_name() != "postgresql":
        # SQLAlchemy's own choice for Oracle is a driver that is no longer kept.
        url = url.set(drivername="oracle+oracledb") if url.drivername == "oracle" else url
        return sa.create_engine(url, poolclass=sa.pool.NullPool)
    # Naive instants are the source's wall clock, whatever the type of the column that they are compared with.
    options = f"-c TimeZone={source.time_zone} -c default_transaction_read_only=on"
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=sa.pool.NullPool,
        isolation_level="REPEATABLE READ",
        connect_args={"connect_timeout": _CONNECT_SECONDS, "options": options, "keepalives_idle": 60},
    )


def _forget_the_rest(context: ExceptionContext) -> None:
    """PyMySQL would read the rest of a result when its cursor is closed, also from a server that is gone."""
    unread = getattr(getattr(context.execution_context, "cursor", None), "_result", None)
    if context.is_disconnect and unread is not None:
        unread.unbuffered_active = False


def _address(url: URL) -> str:
    """Where the database is, without user, password or options."""
    host = f"{url.host}:{url.port}" if url.port else url.host or ""
    return f"{url.drivername}://{host}/{url.database or ''}"


def _fixed_offset(zone: ZoneInfo) -> str | None:
    """The zone's offset from UTC as ``+09:00``, when it was the same all the time since 2000; else None."""
    months = [datetime(year, month, 1, tzinfo=zone) for year in range(2000, 2038) for month in range(1, 13)]
    offsets = {month.utcoffset() for month in months}
    if len(offsets) > 1:
        return None
    minutes = int((offsets.pop() or timedelta(0)).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _of_texts(feed: Feed, wanted: list[str], names: list[str], pairs: Texts) -> RawBatch:
    return RawBatch(
        columns={name: texts for name, (texts, _) in zip(wanted, pairs, strict=True)},
        names=tuple(names),
        place=feed.table,
        observed={name: kinds for name, (_, kinds) in zip(wanted, pairs, strict=True)},
    )


def _without_bytes(cells: Sequence[object]) -> Sequence[object]:
    """Binary cells as text, if they are UTF-8, else as hexadecimal digits. A bit is 0 or 1."""
    if bytes not in {type(cell) for cell in cells}:
        return cells
    return [_as_text(cell) if isinstance(cell, bytes) else cell for cell in cells]


def _as_text(cell: bytes) -> str:
    if cell in (b"\x00", b"\x01"):
        return str(cell[0])
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.hex()


__all__ = ["FaultStatus", "SqlReader"]

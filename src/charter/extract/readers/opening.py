"""From a connection's name to an open reader. Addresses come from the environment: CHARTER_CONN_<NAME>."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from charter.definitions.models import Source
from charter.errors import SourceError
from charter.extract.readers.batch import Reader
from charter.extract.readers.delimited import DelimitedReader
from charter.extract.readers.sql import SqlReader
from charter.extract.readers.workbook import WorkbookReader
from charter.settings import Settings

_KINDS_OF_ADDRESS = {
    "sql": "a database address such as postgresql://user@host/name",
    "csv": "the folder of the files",
    "workbook": "the workbook's path",
}


def connection_variable(source: Source) -> str:
    """The environment variable that holds the source's address."""
    return "CHARTER_CONN_" + source.connection.upper().replace("-", "_")


def connection_address(settings: Settings, source: Source) -> str:
    """The source's address; raises SourceError when it is not set. Never show it: it may hold a password."""
    variable = connection_variable(source)
    if address := settings.environment.get(variable):
        return address
    raise SourceError(
        f"{variable} is not set",
        where=f"source '{source.id}'",
        remedy=f"set {variable} to {_KINDS_OF_ADDRESS[source.kind]}",
    )


def open_reader(settings: Settings, source: Source) -> Reader:
    """Opens the source for reading. Relative paths are below the project's home.

    Raises FeedFault (unreachable) when it is down, SourceError when its address is missing or malformed.
    """
    address = connection_address(settings, source)
    if source.kind == "csv":
        return DelimitedReader(source, settings.home / address)
    if source.kind == "workbook":
        return WorkbookReader(source, settings.home / address)
    try:
        return SqlReader(source, make_url(address), settings.home)
    except ArgumentError:
        raise SourceError(
            f"{connection_variable(source)} is not a database address",
            where=f"source '{source.id}'",
            remedy=f"set it to {_KINDS_OF_ADDRESS['sql']}",
        ) from None

"""From a connection's name to an open reader. Addresses come from the environment: CHARTER_CONN_<NAME>."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from charter.base.errors import SettingError, SourceError
from charter.base.settings import Settings
from charter.definitions.models import Source
from charter.definitions.waivers import REGISTER
from charter.extract.readers.batch import Reader
from charter.extract.readers.database.sql import SqlReader
from charter.extract.readers.file.asterisk import AsteriskReader
from charter.extract.readers.file.delimited import DelimitedReader
from charter.extract.readers.file.files import DigestMemory, FilesReader
from charter.extract.readers.file.parquet import ParquetReader
from charter.extract.readers.file.workbook import WorkbookReader
from charter.extract.readers.guard import GuardedReader, guarded
from charter.extract.readers.storage import open_storage
from charter.extract.waivers.register import ensure_register, register_folder

SQLITE = "sqlite:///"
_KINDS_OF_ADDRESS = {
    "sql": "a database address such as postgresql://user@host/name",
    "csv": "the folder of the files (or sftp://user@host/folder, s3://bucket/prefix)",
    "workbook": "the workbook's path, or the folder of several",
    "parquet": "the folder of the files (or sftp://user@host/folder, s3://bucket/prefix)",
    "asterisk": "the folder of the exchange's files (or sftp://user@host/folder)",
    "http": "the API's address, such as https://tickets.agency.example/api/v2",
    "limesurvey": "RemoteControl's address, such as https://surveys.agency.example/index.php/admin/remotecontrol",
}


def connection_variable(source: Source) -> str:
    """The environment variable that holds the source's address."""
    return "CHARTER_CONN_" + source.connection.upper().replace("-", "_")


def connection_address(settings: Settings, source: Source) -> str:
    """The source's address, or what the file holds that ``…_FILE`` names; raises SourceError when neither is set, or
    when others may read the file. Never show it: it may hold a password."""
    if source.id == REGISTER:
        return register_folder(settings).as_posix()
    variable = connection_variable(source)
    if settings.environment.get(variable) or settings.environment.get(f"{variable}_FILE"):
        try:
            return settings.secret(variable).decode()
        except SettingError as error:
            raise SourceError.of(list(error.problems)) from error
    raise SourceError(
        f"{variable} is not set",
        where=f"source '{source.id}'",
        remedy=f"set {variable} to {_KINDS_OF_ADDRESS[source.kind]}",
    )


def require_connection(settings: Settings, source: Source) -> None:
    """Raises SourceError when the source's address, or the secret that goes with it, is missing or malformed."""
    address = connection_address(settings, source)
    if source.kind in ("http", "limesurvey"):
        from charter.extract.readers.api.http_client import open_client, user_and_password

        open_client(settings, source, address, connection_variable(source)).close()
        if source.kind == "limesurvey":
            user_and_password(settings, source)


def open_reader(settings: Settings, source: Source) -> GuardedReader:
    """Opens the source for reading within its feeds' limits. Relative paths are below the project's home.

    Raises FeedFault (unreachable) when it is down, SourceError when its address is missing or malformed.
    """
    address = connection_address(settings, source)
    return guarded(source, lambda: _open(settings, source, address))


def _open(settings: Settings, source: Source, address: str) -> Reader:
    if source.kind in ("csv", "parquet", "asterisk", "workbook"):
        return _open_files(settings, source, address)
    if source.kind in ("http", "limesurvey"):
        return _open_api(settings, source, address)
    try:
        return SqlReader(source, _url(address), settings.home)
    except ArgumentError:
        raise SourceError(
            f"{connection_variable(source)} is not a database address",
            where=f"source '{source.id}'",
            remedy=f"set it to {_KINDS_OF_ADDRESS['sql']}",
        ) from None


def _url(address: str) -> URL:
    """A SQLite file is named as it is: whatever comes behind the slashes is its path, a ? or a % too."""
    if address.startswith(SQLITE):
        return URL.create("sqlite", database=address.removeprefix(SQLITE))
    return make_url(address)


def _open_api(settings: Settings, source: Source, address: str) -> Reader:
    # Here: a source that is no API has no need of the libraries.
    from charter.extract.readers.api.http_api import HttpReader
    from charter.extract.readers.api.http_client import open_client, secret_variable, user_and_password
    from charter.extract.readers.api.limesurvey import LimeSurveyReader

    client = open_client(settings, source, address, connection_variable(source))
    if source.kind == "http":
        return HttpReader(source, client)
    return LimeSurveyReader(source, client, *user_and_password(settings, source), secret_variable(source))


_FILES: dict[str, type[FilesReader]] = {"csv": DelimitedReader, "parquet": ParquetReader, "asterisk": AsteriskReader}
_WORKBOOK = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def _open_files(settings: Settings, source: Source, address: str) -> FilesReader:
    if source.id == REGISTER:
        ensure_register(settings)
    folder, _, name = address.rpartition("/")
    one_workbook = source.kind == "workbook" and name.lower().endswith(_WORKBOOK)
    place = (folder or ("/" if address.startswith("/") else ".")) if one_workbook else address
    storage = open_storage(settings, source, connection_variable(source), place)
    memory = DigestMemory(settings.var_dir / "work" / "files" / f"{source.id}.json", storage.shown)
    if source.kind == "workbook":
        return WorkbookReader(source, storage, memory, name if one_workbook else "")
    return _FILES[source.kind](source, storage, memory)

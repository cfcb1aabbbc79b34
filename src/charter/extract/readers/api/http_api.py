"""APIs that answer with JSON over HTTP: the rows of all pages, as texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from charter.base.json_paths import JsonPath
from charter.definitions.models import Feed, Source
from charter.extract.contract.batch import RawBatch, wanted_columns
from charter.extract.contract.instants import write_instant
from charter.extract.readers.api.http_client import ApiClient, Parameters, as_parameters
from charter.extract.readers.api.http_pages import read_pages
from charter.extract.readers.api.json_rows import JsonRows
from charter.extract.readers.batch import Window

# The last instant that every time zone can tell.
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


class HttpReader:
    """Reads the feeds of one API. What is no row is placed by its page and its number there (``tickets page 3:17``)."""

    def __init__(self, source: Source, client: ApiClient) -> None:
        self._source = source
        self._client = client

    def close(self) -> None:
        self._client.close()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        self._client.allow(window.allowance)
        paths = {name: JsonPath.of(name) for name in wanted_columns(feed)}
        rows = JsonRows(feed, paths, feed.table, JsonPath.written)
        for page in read_pages(self._client, feed, self._parameters(feed, window)):
            yield from rows.take(page.records, f"{feed.table} page {page.number}")
        rows.require_columns(f"{self._client.where}, '{feed.path}'")
        yield rows.rest()

    def _parameters(self, feed: Feed, window: Window) -> Parameters:
        zone = ZoneInfo(self._source.time_zone)
        since = window.since or datetime.combine(feed.earliest, time(), zone)
        instants = {"{since}": since, "{as_of}": min(window.as_of, _LAST)}

        def filled(value: str | int | bool) -> str | int | bool:
            if not isinstance(value, str):
                return value
            for mark, instant in instants.items():
                value = value.replace(mark, str(write_instant(instant, feed.parameter_format, zone)))
            return value

        return as_parameters([(name, filled(value)) for name, value in feed.parameters.items()])

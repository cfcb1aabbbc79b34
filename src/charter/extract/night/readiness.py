"""What a source needs before it is asked: its address, its secrets, one feed a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from charter.base.errors import CharterError, Problem, SourceError
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source
from charter.extract.contract.faults import FeedFault
from charter.extract.night.landing import Night
from charter.extract.readers import GuardedReader, open_reader
from charter.extract.readers.opening import require_connection

PSEUDONYM_KEY = "CHARTER_PSEUDONYM_KEY"
KEY_BYTES = 32


def require_settings(settings: Settings, agency: Agency, source: Source) -> None:
    """Raises CharterError with what is missing or malformed of the source's address, its secret, and the key of
    pseudonyms if it has personal columns. Asks nobody."""
    problems: list[Problem] = []
    needed: list[Callable[[], object]] = [
        lambda: require_connection(settings, source),
        lambda: pseudonym_key_of(settings, agency, source),
    ]
    for need in needed:
        try:
            need()
        except CharterError as error:
            problems += error.problems
    if problems:
        raise SourceError.of(problems)


@contextmanager
def opened_reader(night: Night) -> Iterator[GuardedReader | FeedFault]:
    """The source's reader, or the fault for which none of its feeds can be read."""
    try:
        reader = open_reader(night.settings, night.source)
    except FeedFault as fault:
        yield fault
        return
    try:
        yield reader
    finally:
        reader.close()


def pseudonym_key_of(settings: Settings, agency: Agency, source: Source) -> bytes | None:
    subjects = {feed.table: agency.subjects[feed.table] for feed in source.feeds}
    personal = any(
        subjects[feed.table].columns[name].type == "pseudonym" for feed in source.feeds for name in feed.columns
    )
    if not personal:
        return None
    try:
        return settings.secret(PSEUDONYM_KEY, at_least=KEY_BYTES)
    except CharterError as error:
        raise SourceError.of(list(error.problems)) from error


def refuse_table_fed_twice(source: Source) -> None:
    tables = [feed.table for feed in source.feeds]
    for table in tables:
        if tables.count(table) > 1:
            raise SourceError(
                f"two feeds bring rows of '{table}'",
                where=f"source '{source.id}'",
                remedy="make them one feed (UNION in its query), or two sources",
            )

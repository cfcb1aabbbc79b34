"""Between a night and a source that may never answer: every question is asked elsewhere, and given up in time."""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from charter.base.errors import CharterError, Problem
from charter.definitions.models import Feed, Source
from charter.extract.contract.batch import RawBatch
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import Allowance, seconds_of
from charter.extract.readers.batch import Reader, Window
from charter.extract.readers.file.files import FilesReader
from charter.extract.readers.storage import StoredFile
from charter.lake.receipts import FileDigest

log = logging.getLogger(__name__)

T = TypeVar("T")

# To connect, and to be let in.
_OPENING_S = 90.0
_CLOSING_S = 10.0
# Whoever can keep to the limit by itself does so first: then the source can still be asked for its other feeds.
_GRACE_S = 5.0


class _GivenUpError(Exception):
    """It was not done in time, and may never be."""


@dataclass
class _Done(Generic[T]):
    value: T


class _Elsewhere:
    """A thread on which one thing is done after the other. It can be left behind in the middle of one."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # A process does not wait for it to end.
        threading.Thread(target=self._work, name="charter-reader", daemon=True).start()

    def _work(self) -> None:
        while (do := self._asked.get()) is not None:
            do()

    def run(self, do: Callable[[], T], seconds: float) -> T:
        """What ``do`` gives, or raises. Raises _GivenUpError after ``seconds``."""
        answers: queue.SimpleQueue[_Done[T] | BaseException] = queue.SimpleQueue()

        def answer() -> None:
            try:
                answers.put(_Done(do()))
            except BaseException as error:
                answers.put(error)

        self._asked.put(answer)
        try:
            found = answers.get(timeout=seconds)
        except queue.Empty:
            raise _GivenUpError from None
        if isinstance(found, BaseException):
            raise found
        return found.value

    def leave(self, last: Callable[[], None] | None = None) -> None:
        """Nothing more is asked: when what is under way has come to an end, ``last`` is done, and that was all."""
        if last is not None:
            self._asked.put(lambda: _quietly(last))
        self._asked.put(None)


class GuardedReader:
    """A source's reader, asked within its feeds' limits. Each feed's time begins when it is first asked for.

    What a reader raises unforeseen is told as a fault of the feed, without its words: they may repeat a row's values.
    """

    def __init__(self, source: Source, elsewhere: _Elsewhere, inner: Reader) -> None:
        self._source = source
        self._elsewhere = elsewhere
        self._inner = inner
        self._allowances: dict[str, Allowance] = {}
        self._gone: FeedFault | None = None

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        """The batches of a feed, as the source's reader gives them. Raises FeedFault."""
        allowance = self._allowance(feed)
        batches = self._ask(lambda: iter(self._inner.read(feed, replace(window, allowance=allowance))), allowance)
        try:
            while (batch := self._ask(lambda: next(batches, None), allowance)) is not None:
                yield batch
        finally:
            close = getattr(batches, "close", None)
            if close is not None and self._gone is None:
                self._ask(close, allowance)

    def close(self) -> None:
        if self._gone is None:
            try:
                self._elsewhere.run(lambda: _quietly(self._inner.close), _CLOSING_S)
            except _GivenUpError:
                log.info("source '%s' could not be closed in time", self._source.id)
            self._elsewhere.leave()

    def _allowance(self, feed: Feed) -> Allowance:
        where = f"source '{self._source.id}', feed '{feed.table}'"
        return self._allowances.setdefault(feed.table, Allowance(self._source.limits_of(feed), where))

    def _ask(self, do: Callable[[], T], allowance: Allowance) -> T:
        if self._gone is not None:
            raise self._gone
        try:
            return self._elsewhere.run(do, allowance.seconds_left() + _GRACE_S)
        except _GivenUpError:
            self._elsewhere.leave(self._inner.close)
            self._gone = _given_up(self._source)
            raise allowance.time_is_over() from None
        except (FeedFault, CharterError):
            raise
        except Exception as error:
            raise _unforeseen(error, self._source) from error


class GuardedFiles(GuardedReader):
    """The same, of a source whose rows come in files."""

    def __init__(self, source: Source, elsewhere: _Elsewhere, inner: FilesReader) -> None:
        super().__init__(source, elsewhere, inner)
        self._files = inner

    def files_by_day(self, feed: Feed) -> dict[date, StoredFile]:
        """See FilesReader.files_by_day."""
        return self._ask(lambda: self._files.files_by_day(feed), self._allowance(feed))

    def is_same(self, feed: Feed, file: StoredFile, digest: FileDigest) -> bool:
        """See FilesReader.is_same."""
        allowance = self._allowance(feed)
        return self._ask(lambda: self._files.is_same(file, digest, allowance), allowance)


def guarded(source: Source, opening: Callable[[], Reader]) -> GuardedReader:
    """The reader that ``opening`` gives, guarded from the first question on. Raises what it raises, and FeedFault."""
    elsewhere = _Elsewhere()
    # LimeSurvey is asked, and asked again, for its session, as the source's requests say.
    seconds = seconds_of(source.limits.time) if source.kind == "limesurvey" else _OPENING_S
    try:
        inner = elsewhere.run(opening, seconds)
    except _GivenUpError:
        elsewhere.leave()
        what = f"the source was not reached, or did not answer, within {seconds:.0f} seconds"
        problem = Problem(what, f"source '{source.id}'", "see that it runs, then extract again")
        raise FeedFault("unreachable", problem) from None
    except (FeedFault, CharterError):
        elsewhere.leave()
        raise
    except Exception as error:
        elsewhere.leave()
        raise _unforeseen(error, source) from error
    kind = GuardedFiles if isinstance(inner, FilesReader) else GuardedReader
    return kind(source, elsewhere, inner)  # type: ignore[arg-type]


def _given_up(source: Source) -> FeedFault:
    problem = Problem(
        "the source did not answer in another feed's time, and is not asked again tonight",
        f"source '{source.id}'",
        "see what keeps it, then extract again",
    )
    return FeedFault("unreachable", problem)


def _unforeseen(error: Exception, source: Source) -> FeedFault:
    kind, places = type(error).__name__, traceback.extract_tb(error.__traceback__)
    steps = " > ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
    log.error("source '%s': %s in %s", source.id, kind, steps)
    problem = Problem(
        f"reading broke off with an error that nobody foresaw ({kind})",
        f"source '{source.id}'",
        "look for the file or the row that differs from other nights'; report it with the line of the log",
    )
    return FeedFault("failed", problem)


def _quietly(close: Callable[[], None]) -> None:
    """Closes what was read: whatever it says then, the rows are here."""
    try:
        close()
    except Exception as error:
        log.info("closing a source failed: %s", type(error).__name__)

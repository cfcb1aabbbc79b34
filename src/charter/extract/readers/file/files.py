"""What all sources of files have in common: which files a feed means, unpacking them, and knowing them again."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from charter.base.composing import composed
from charter.base.errors import Problem
from charter.base.files import write_whole
from charter.definitions.feed import is_pattern, path_pattern
from charter.definitions.models import Feed, Source
from charter.extract.contract.batch import RawBatch
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import Allowance
from charter.extract.readers.batch import Window
from charter.extract.readers.file.packed import unpacked
from charter.extract.readers.storage import Storage, StoredFile
from charter.lake.receipts import FileDigest

# Texts in memory have their lengths beside them: of cells of one letter each, they take two or three times as much.
_TEXTS_OF_A_BYTE = 4


class FilesReader(ABC):
    """Reads the files of a storage: one, those of a day, or all that match."""

    def __init__(self, source: Source, storage: Storage, memory: DigestMemory | None = None) -> None:
        self._source = source
        self._storage = storage
        self._memory = memory

    def close(self) -> None:
        self._storage.close()
        if self._memory is not None:
            self._memory.keep()

    def files_by_day(self, feed: Feed) -> dict[date, StoredFile]:
        """The daily files that are there, by their day. A name whose digits are no date is nobody's file."""
        pattern = path_pattern(feed.path or "")
        found: dict[date, StoredFile] = {}
        for file in self._storage.find(feed.path or ""):
            match = pattern.fullmatch(composed(file.path))
            if match and (day := _as_date(match["day"])):
                if day in found:
                    raise self._named_alike(found[day].path, file.path)
                found[day] = file
        return found

    def _named_alike(self, one: str, other: str) -> FeedFault:
        what = f"two files have one name, spelt in two ways: {one!a} and {other!a}"
        return FeedFault("failed", Problem(what, f"source '{self._source.id}', {one}", "have one of them moved away"))

    def is_same(self, file: StoredFile, digest: FileDigest, allowance: Allowance) -> bool:
        """Whether ``file`` still holds the bytes of ``digest``; it is read again only where its version may be new."""
        if file.size != digest.size:
            return False
        known = self._memory.sha256_of(file) if self._memory is not None else None
        if known is None:
            known = hashlib.sha256(self._storage.read(file.path, allowance)).hexdigest()
            if self._memory is not None:
                self._memory.learn(file, known)
        return known == digest.sha256

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        for path in self._paths(feed, window):
            window.allowance.require_time()
            content, digest = self._content(path, window.allowance)
            texts = 0
            for batch in self._batches(feed, path, content, digest):
                texts += sum(column.nbytes for column in batch.columns.values())
                window.allowance.require_size(texts // _TEXTS_OF_A_BYTE, where=f"source '{self._source.id}', {path}")
                yield batch

    def _content(self, path: str, allowance: Allowance) -> tuple[bytes, FileDigest]:
        """What a file holds, unpacked, and the digest of what is stored."""
        stored = self._stored(path, allowance)
        digest = FileDigest(path=path, size=len(stored), sha256=hashlib.sha256(stored).hexdigest())
        return unpacked(stored, f"source '{self._source.id}', {path}", allowance), digest

    def _stored(self, path: str, allowance: Allowance) -> bytes:
        try:
            return self._storage.read(path, allowance)
        except FeedFault as fault:
            if fault.status != "missing":
                raise
            # Perhaps it is there, and its name is spelt otherwise: with its Hangul in pieces, or full-width digits.
            alike = [file.path for file in self._storage.find(path) if composed(file.path) == composed(path)]
            if len(alike) > 1:
                raise self._named_alike(*alike[:2]) from None
            if not alike:
                raise
            return self._storage.read(alike[0], allowance)

    @abstractmethod
    def _batches(self, feed: Feed, path: str, content: bytes, digest: FileDigest) -> Iterator[RawBatch]:
        """The rows of one file: at least one batch, perhaps of no rows."""

    def _paths(self, feed: Feed, window: Window) -> list[str]:
        path = (feed.path or "").replace("{day}", f"{window.day:%Y%m%d}" if window.day else "")
        if not is_pattern(path):
            return [path]
        found = [file.path for file in self._storage.find(path)]
        if not found:
            problem = Problem(
                f"no file matches {path} in {self._storage.shown}",
                f"source '{self._source.id}', {path}",
                "ask the source's keepers for the files, or correct path in sources.yaml",
            )
            raise FeedFault("missing", problem)
        spelt: dict[str, str] = {}
        for name in found:
            if spelt.setdefault(composed(name), name) != name:
                raise self._named_alike(spelt[composed(name)], name)
        return found


class DigestMemory:
    """Remembers, between nights, what bytes a version of a file had: a convenience that may be deleted at any time.

    A version is remembered when a file is found unchanged, that is not before the night after it was first read: a
    file written twice within one tick of its keeper's clock has been read to its end by then.
    """

    def __init__(self, path: Path, place: str) -> None:
        self._path = path
        self._place = place
        self._known: dict[str, list[str | int]] = {}
        self._learned: dict[str, list[str | int]] = {}
        try:
            content = json.loads(path.read_bytes())
            if content["place"] == place:
                self._known = dict(content["files"])
        except (OSError, ValueError, KeyError, TypeError):
            # Not there yet, or damaged: then every file is read once more.
            self._known = {}

    def sha256_of(self, file: StoredFile) -> str | None:
        """The SHA-256 of the content that this very version was seen to have, or None."""
        size, version, sha256 = self._known.get(file.path, (None, None, None))
        return str(sha256) if (size, version) == (file.size, file.version) else None

    def learn(self, file: StoredFile, sha256: str) -> None:
        self._learned[file.path] = [file.size, file.version, sha256]

    def keep(self) -> None:
        """Writes what was learned; without anything new the file stays as it is."""
        if not self._learned:
            return
        content = {"place": self._place, "files": dict(sorted({**self._known, **self._learned}.items()))}
        write_whole(self._path, json.dumps(content, ensure_ascii=False).encode())


def _as_date(digits: str) -> date | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None

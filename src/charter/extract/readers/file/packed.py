"""Packed files: unpacked as far as their feed's limits allow. A few kB can unpack to any size."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Iterator

from charter.base.errors import Problem
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import Allowance

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_AT_ONCE = 1 << 20
_MOST_PARTS = 20_000


def unpacked(stored: bytes, where: str, allowance: Allowance) -> bytes:
    """The content, unpacked when it is gzip, whatever the file is called.

    Raises FeedFault (failed) when it is damaged, or holds more than the allowance.
    """
    if not stored.startswith(_GZIP):
        return stored
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored)) as file:
            while piece := file.read(_AT_ONCE):
                allowance.require_time()
                size += len(piece)
                allowance.require_size(size, "the file, unpacked,", where)
                pieces.append(piece)
    except (EOFError, OSError, zlib.error):
        raise _damaged(where) from None
    return b"".join(pieces)


def require_zip_within(stored: bytes, where: str, allowance: Allowance) -> None:
    """Raises FeedFault (failed) when the parts of a zip file (a workbook is one) hold more than the allowance.

    First what they are said to hold is added up, then what they do hold: the first may be a lie. What is no zip file is
    left to whoever reads it.
    """
    if not stored.startswith(_ZIP):
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(stored))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        what = f"the file is no workbook that can be read ({type(error).__name__})"
        raise FeedFault(
            "failed", Problem(what, where, "open it, take off any password, and save it as .xlsx")
        ) from None
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        what = f"the file is made of more than {_MOST_PARTS} parts"
        raise FeedFault("failed", Problem(what, where, "open it and save it anew, then extract"))
    allowance.require_size(sum(part.file_size for part in parts), "the file, unpacked,", where)
    size = 0
    for part in parts:
        # Else the library would stop where the part is said to end.
        part.file_size = sys.maxsize
        for piece in _pieces(archive, part):
            allowance.require_time()
            size += len(piece)
            allowance.require_size(size, "the file, unpacked,", where)


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part holds, as far as it can be unpacked: who reads the part tells that it is damaged."""
    try:
        with archive.open(part) as content:
            while piece := content.read(_AT_ONCE):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return


def _damaged(where: str) -> FeedFault:
    problem = Problem(
        "the compressed file is cut off or damaged", where, "ask for the file to be written again, then extract"
    )
    return FeedFault("failed", problem)

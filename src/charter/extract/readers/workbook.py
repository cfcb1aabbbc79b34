"""Workbooks: a sheet for each feed. The workbook is read once, so that its sheets belong together."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from charter.definitions.models import Feed, Source
from charter.errors import Problem
from charter.extract.faults import FeedFault
from charter.extract.readers.batch import RawBatch, Window, as_texts, require_columns, wanted_columns
from charter.extract.receipts import FileDigest


class WorkbookReader:
    """Reads the sheets of a workbook: the connection's address, or ``path`` below it when that is a folder."""

    def __init__(self, source: Source, address: Path) -> None:
        self._source = source
        self._address = address
        self._open: dict[Path, tuple[CalamineWorkbook, FileDigest]] = {}

    def close(self) -> None:
        for workbook, _ in self._open.values():
            workbook.close()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        path = self._address / feed.path if feed.path else self._address
        where = f"source '{self._source.id}', {path.name}, sheet '{feed.sheet}'"
        workbook, digest = self._workbook(path, f"source '{self._source.id}', {path.name}")
        if feed.sheet not in workbook.sheet_names:
            problem = Problem(
                f"the workbook has no sheet '{feed.sheet}'; its sheets are: {', '.join(workbook.sheet_names)}",
                where,
                "ask for the sheet back, or name the right one as sheet in sources.yaml",
            )
            raise FeedFault("missing", problem)
        try:
            rows = workbook.get_sheet_by_name(feed.sheet).to_python(skip_empty_area=False)
        except (CalamineError, ValueError) as error:
            problem = Problem(
                f"the sheet can't be read ({type(error).__name__})", where, "open the workbook, mend the sheet, save it"
            )
            raise FeedFault("failed", problem) from None
        yield self._batch(feed, rows, digest, where, f"{path.name}/{feed.sheet}")

    def _batch(
        self, feed: Feed, rows: Sequence[Sequence[object]], digest: FileDigest, where: str, place: str
    ) -> RawBatch:
        header = [_heading(cell) for cell in rows[feed.header_row - 1]] if len(rows) >= feed.header_row else []
        wanted = wanted_columns(feed)
        require_columns(header, wanted, where)
        filled = [(n, row) for n, row in enumerate(rows[feed.header_row :], start=feed.header_row + 1) if _holds(row)]
        columns, observed = {}, {}
        for name in wanted:
            index = header.index(name)
            columns[name], observed[name] = as_texts([_cell(row[index]) for _, row in filled])
        return RawBatch(
            columns=columns,
            names=tuple(name for name in header if name),
            place=place,
            positions=pa.array([number for number, _ in filled], pa.int64()),
            observed=observed,
            input=digest,
        )

    def _workbook(self, path: Path, where: str) -> tuple[CalamineWorkbook, FileDigest]:
        if path not in self._open:
            content = _content(path, where)
            digest = FileDigest(path=path.name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            try:
                self._open[path] = (CalamineWorkbook.from_filelike(io.BytesIO(content)), digest)
            except (CalamineError, OSError, ValueError) as error:
                problem = Problem(
                    f"the file is no workbook that can be read ({type(error).__name__})",
                    where,
                    "open it, take off any password, and save it as .xlsx",
                )
                raise FeedFault("failed", problem) from None
        return self._open[path]


def _content(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        there = sorted(other.name for other in path.parent.glob("*.xls*")) if path.parent.is_dir() else []
        listed = f"; workbooks there: {', '.join(there)}" if there else ""
        problem = Problem(
            f"the file {path.name} is not in {path.parent}{listed}", where, "put it back, or correct its address"
        )
        raise FeedFault("missing" if path.parent.is_dir() else "unreachable", problem) from None
    except OSError as error:
        problem = Problem(f"the file can't be read ({error.strerror})", where, "give this user the right to read it")
        raise FeedFault("unreachable", problem) from None


def _heading(cell: object) -> str:
    return " ".join(str(cell).split())


def _holds(row: Sequence[object]) -> bool:
    return any(not isinstance(cell, str) or cell.strip() for cell in row if cell is not None)


def _cell(cell: object) -> object:
    """Instants to the millisecond: workbooks hold them as fractions of a day, and what is below that is noise."""
    if isinstance(cell, datetime):
        rounded = cell + timedelta(microseconds=500)
        return rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
    return cell

"""Workbooks: a sheet for each feed. The workbook is read once, so that its sheets belong together."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from charter.definitions.models import Feed, Source
from charter.errors import Problem
from charter.extract.faults import FeedFault
from charter.extract.readers.allowance import Allowance
from charter.extract.readers.batch import RawBatch, Window, as_texts, require_columns, wanted_columns
from charter.extract.readers.files import DigestMemory, FilesReader
from charter.extract.readers.packed import require_zip_within
from charter.extract.readers.storage import Storage
from charter.extract.receipts import FileDigest


class WorkbookReader(FilesReader):
    """Reads the sheets of workbooks. Each is read once, so that the sheets that feeds take from it belong together."""

    def __init__(self, source: Source, storage: Storage, memory: DigestMemory | None = None, name: str = "") -> None:
        """``name``: the workbook, when the connection's address is one and feeds give no path."""
        super().__init__(source, storage, memory)
        self._name = name
        self._open: dict[str, tuple[CalamineWorkbook, FileDigest]] = {}

    def close(self) -> None:
        for workbook, _ in self._open.values():
            workbook.close()
        super().close()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        for path in self._paths(feed, window):
            if path not in self._open:
                where = f"source '{self._source.id}', {path}"
                content, digest = self._content(path, window.allowance)
                require_zip_within(content, where, window.allowance)
                self._open[path] = (_workbook(content, where), digest)
            workbook, digest = self._open[path]
            window.allowance.require_time()
            yield self._sheet(feed, workbook, path, digest)

    def _paths(self, feed: Feed, window: Window) -> list[str]:
        return super()._paths(feed, window) if feed.path else [self._name]

    def _content(self, path: str, allowance: Allowance) -> tuple[bytes, FileDigest]:
        try:
            return super()._content(path, allowance)
        except FeedFault as fault:
            if fault.status != "missing":
                raise
            there = [file.path for file in self._storage.find("*.xls*")]
            listed = f"; workbooks there: {', '.join(there)}" if there else ""
            problem = Problem(fault.problem.what + listed, fault.problem.where, "put it back, or correct its address")
            raise FeedFault("missing", problem) from None

    def _batches(self, feed: Feed, path: str, content: bytes, digest: FileDigest) -> Iterator[RawBatch]:
        yield self._sheet(feed, _workbook(content, f"source '{self._source.id}', {path}"), path, digest)

    def _sheet(self, feed: Feed, workbook: CalamineWorkbook, path: str, digest: FileDigest) -> RawBatch:
        where = f"source '{self._source.id}', {path}, sheet '{feed.sheet}'"
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
        return self._batch(feed, rows, digest, where, f"{path}/{feed.sheet}")

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


def _workbook(content: bytes, where: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, OSError, ValueError) as error:
        problem = Problem(
            f"the file is no workbook that can be read ({type(error).__name__})",
            where,
            "open it, take off any password, and save it as .xlsx",
        )
        raise FeedFault("failed", problem) from None


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

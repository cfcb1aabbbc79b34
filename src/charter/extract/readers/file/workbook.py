"""Workbooks: a sheet for each feed. The workbook is read once, so that its sheets belong together."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from charter.base.composing import heading
from charter.base.errors import Problem
from charter.definitions.models import Feed, Source
from charter.extract.contract.batch import BrokenRow, RawBatch, wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.shown import shown_names
from charter.extract.contract.typed import as_texts
from charter.extract.readers.allowance import Allowance
from charter.extract.readers.batch import Window, as_padding, positions
from charter.extract.readers.file.files import DigestMemory, FilesReader
from charter.extract.readers.file.packed import require_zip_within
from charter.extract.readers.file.sheet import Sheet, read_sheet
from charter.extract.readers.file.sheet_scan import UnreadableSheetError
from charter.extract.readers.storage import Storage
from charter.lake.receipts import FileDigest

_BLANK = "has nothing in any cell, between rows that have (padded: true takes such rows for no rows)"


class WorkbookReader(FilesReader):
    """Reads the sheets of workbooks. Each is read once, so that the sheets that feeds take from it belong together."""

    def __init__(self, source: Source, storage: Storage, memory: DigestMemory | None = None, name: str = "") -> None:
        """``name``: the workbook, when the connection's address is one and feeds give no path."""
        super().__init__(source, storage, memory)
        self._name = name
        self._open: dict[str, tuple[_Workbook, FileDigest]] = {}

    def close(self) -> None:
        for workbook, _ in self._open.values():
            workbook.calamine.close()
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
            listed = f"; workbooks there: {shown_names(there, [path])}" if there else ""
            problem = Problem(fault.problem.what + listed, fault.problem.where, "put it back, or correct its address")
            raise FeedFault("missing", problem) from None

    def _batches(self, feed: Feed, path: str, content: bytes, digest: FileDigest) -> Iterator[RawBatch]:
        yield self._sheet(feed, _workbook(content, f"source '{self._source.id}', {path}"), path, digest)

    def _sheet(self, feed: Feed, workbook: _Workbook, path: str, digest: FileDigest) -> RawBatch:
        where = f"source '{self._source.id}', {path}, sheet '{feed.sheet}'"
        names = [name for name in workbook.calamine.sheet_names if heading(name) == heading(feed.sheet or "")]
        if len(names) != 1:
            there = shown_names(
                workbook.calamine.sheet_names, [each.sheet for each in self._source.feeds if each.sheet]
            )
            count = f"{len(names)} sheets" if names else "no sheet"
            what = f"the workbook has {count} '{feed.sheet}'; its sheets are: {there}"
            remedy = "ask for the sheet back, or name the right one as sheet in sources.yaml"
            raise FeedFault("missing", Problem(what, where, remedy))
        try:
            sheet = read_sheet(workbook.content, workbook.calamine, names[0])
        except (CalamineError, ValueError, UnreadableSheetError) as error:
            what = f"the sheet can't be read ({type(error).__name__})"
            raise FeedFault("failed", Problem(what, where, "open the workbook, mend the sheet, save it")) from None
        place = f"{path}/{feed.sheet}"
        return _batch(feed, sheet, digest, where, place, is_padded=self._source.padded)


def _batch(feed: Feed, sheet: Sheet, digest: FileDigest, where: str, place: str, *, is_padded: bool) -> RawBatch:
    header = sheet.headings(feed.header_row, feed.header_rows)
    wanted = positions(header, wanted_columns(feed), where)
    last_heading = feed.header_row + feed.header_rows - 1
    rows = sheet.rows_below(last_heading)
    blank = sheet.blank_rows(rows, last_heading, wanted.values())
    columns, observed, unreadable = {}, {}, {}
    for name, index in wanted.items():
        cells, faults = sheet.column(index, rows, fill=feed.merged_cells == "fill")
        columns[name], observed[name] = as_texts(cells)
        if faults:
            unreadable[name] = faults
    return RawBatch(
        columns=columns,
        names=tuple(name for name in header if name),
        place=place,
        positions=pa.array(rows, pa.int64()),
        broken=() if is_padded else tuple(BrokenRow(number, _BLANK) for number in blank),
        left_out=as_padding(place, blank) if is_padded else (),
        observed=observed,
        unreadable=unreadable,
        input=digest,
    )


@dataclass(frozen=True)
class _Workbook:
    """An open workbook, and its bytes."""

    calamine: CalamineWorkbook
    content: bytes


def _is_open_xml(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "[Content_Types].xml" in parts and not any(part.endswith("workbook.bin") for part in parts)


def _workbook(content: bytes, where: str) -> _Workbook:
    if not _is_open_xml(content):
        problem = Problem(
            "the file is no workbook of the kind .xlsx or .xlsm: of others, failed cells can't be told from empty ones",
            where,
            "open it, take off any password, and save it as .xlsx",
        )
        raise FeedFault("failed", problem)
    try:
        return _Workbook(CalamineWorkbook.from_filelike(io.BytesIO(content)), content)
    except (CalamineError, OSError, ValueError) as error:
        problem = Problem(
            f"the file is no workbook that can be read ({type(error).__name__})",
            where,
            "open it, take off any password, and save it as .xlsx",
        )
        raise FeedFault("failed", problem) from None

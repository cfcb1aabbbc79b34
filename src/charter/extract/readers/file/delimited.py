"""Delimited text files, with a header or without. Line numbers are those an editor shows."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from charter.base.composing import heading
from charter.base.errors import Problem
from charter.definitions.models import Feed
from charter.extract.contract.batch import BrokenRow, RawBatch, wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.batch import as_padding, positions
from charter.extract.readers.file.files import FilesReader
from charter.lake.receipts import FileDigest

_BATCH = 200_000
_BLOCK = 1 << 24
_UTF8_NAMES = {"utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig"}
_BOM = b"\xef\xbb\xbf"

# The standard library stops at 131,072 characters a cell, with an error that nobody expects.
csv.field_size_limit(sys.maxsize)
# How many times over a file's lines may be read because a quote before them did not close.
_READ_AGAIN = 8
_EMPTY = "has nothing in any field (padded: true takes such lines under a file's last row for no rows)"

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


class _OpenQuotesError(Exception):
    """Quotes that do not close swallow so much of a file, again and again, that it can't be read line by line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Layout:
    """How a file is written. Its headings stand in ``header_rows`` records from the line ``header_row`` on, which take
    ``header_lines`` lines. ``names`` are the columns of one without a header, of which a row has ``fewest`` or more;
    what it lacks at its end is empty."""

    delimiter: str
    quoted: bool = True
    header_row: int = 1
    header_rows: int = 1
    header_lines: int = 1
    names: tuple[str, ...] | None = None
    fewest: int | None = None

    @property
    def quoting(self) -> Literal[0, 3]:
        """How the standard library's reader is told."""
        return csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE

    @property
    def first_line(self) -> int:
        """The line on which the first row stands."""
        return 1 if self.names else self.header_row + self.header_lines


@dataclass(frozen=True)
class _Rows:
    """All rows of a file: an array per column, and the line on which each row begins. ``empty`` are the lines of those
    in which nothing was entered: they stand in no column."""

    columns: list[pa.Array]
    lines: Numbers
    broken: list[BrokenRow]
    empty: Sequence[int] = ()


class DelimitedReader(FilesReader):
    """Reads text files whose rows are lines, or records over several lines."""

    def layout(self, feed: Feed) -> Layout:
        """How the files of ``feed`` are written."""
        names = tuple(feed.names) if feed.names else None
        return Layout(
            self._source.delimiter,
            self._source.quoted,
            feed.header_row,
            feed.header_rows,
            names=names,
            fewest=feed.fewest,
        )

    def _batches(self, feed: Feed, path: str, content: bytes, digest: FileDigest) -> Iterator[RawBatch]:
        where = f"source '{self._source.id}', {path}"
        text, undecodable = _in_utf8(content, self._source.encoding, where)
        header, layout, body = _split(text, self.layout(feed), undecodable, self._source.encoding, where)
        wanted = positions(header, wanted_columns(feed), where)
        illegible = tuple(BrokenRow(line, f"is not {self._source.encoding}") for line in undecodable)
        if not wanted:
            # Who maps nothing yet asks for the columns' names.
            yield RawBatch(columns={}, names=tuple(header), place=path, broken=illegible, input=digest)
            return
        try:
            rows = _parsed(body, len(header), layout, list(wanted.values()))
        except _OpenQuotesError as error:
            what = f"the quotes do not close as they should, from line {error.line} on"
            remedy = "ask for the file to be written again, or say quoted: false where a quote is a letter like others"
            raise FeedFault("failed", Problem(what, where, remedy)) from None
        except (pa.ArrowException, OverflowError):
            what = "a cell or a line is longer than can be held (2 GB)"
            raise FeedFault("failed", Problem(what, where, "ask for the file to be written again")) from None
        broken = [*rows.broken, *illegible]
        _refuse_cut_off(body, rows, broken, where)
        empty, padding = _told_apart(rows, broken, is_padded=self._source.padded)
        broken += [BrokenRow(line, _EMPTY) for line in empty]
        columns = dict(zip(wanted, rows.columns, strict=True))
        observed = {name: frozenset({"text"}) for name in wanted}
        is_unended = bool(body) and not body.endswith(b"\n")
        for start in range(0, max(len(rows.lines), 1), _BATCH):
            yield RawBatch(
                columns={name: values.slice(start, _BATCH) for name, values in columns.items()},
                names=tuple(header),
                place=path,
                positions=pa.array(rows.lines[start : start + _BATCH]),
                broken=tuple(sorted(broken, key=lambda row: row.position)) if start == 0 else (),
                left_out=as_padding(path, padding) if start == 0 else (),
                observed=observed,
                input=digest,
                is_unended=is_unended and start + _BATCH >= len(rows.lines),
            )


def _refuse_cut_off(body: bytes, rows: _Rows, broken: Sequence[BrokenRow], where: str) -> None:
    """Raises FeedFault when the file ends in the middle of a row: nobody knows how many rows there were after it.

    A last line without its end is no sign by itself: many programs write none.
    """
    last_broken = max((row.position for row in broken), default=0)
    last_whole = max([rows.lines.max(initial=0), *rows.empty])
    if body and not body.endswith(b"\n") and last_broken > last_whole:
        what = (
            f"the file ends in the middle of a row (line {last_broken}): it was cut off, and what followed is unknown"
        )
        raise FeedFault("failed", Problem(what, where, "ask for the whole file to be written again"))


def _told_apart(rows: _Rows, broken: Sequence[BrokenRow], *, is_padded: bool) -> tuple[Sequence[int], Sequence[int]]:
    """(the lines of empty rows, the lines of padding): padding stands under the last row, and only if it is declared.

    A wiped last row looks the same, so that nobody but the agency can say that it was none.
    """
    if not is_padded:
        return rows.empty, ()
    last = max([rows.lines.max(initial=0), *(row.position for row in broken)])
    return [line for line in rows.empty if line < last], [line for line in rows.empty if line > last]


# ── from bytes to lines ─────────────────────────────────────────────────────────────────────────


def _in_utf8(content: bytes, encoding: str, where: str) -> tuple[bytes, list[int]]:
    """(the text in UTF-8 with bare newlines, numbers of the lines that are not in ``encoding``).

    Such lines are left empty, so that none moves.
    """
    if encoding.lower() in _UTF8_NAMES and _is_utf8(content):
        return _bare_newlines(content.removeprefix(_BOM) if "sig" in encoding.lower() else content), []
    try:
        text = content.decode(encoding)
    except LookupError:
        problem = Problem(
            f"'{encoding}' is no encoding", where, "correct encoding in sources.yaml (cp949, utf-8-sig …)"
        )
        raise FeedFault("failed", problem) from None
    except UnicodeDecodeError:
        return _line_by_line(content, encoding)
    return _bare_newlines(text.encode("utf-8", "surrogatepass")), []


def _is_utf8(content: bytes) -> bool:
    """Whether all of it is UTF-8, without decoding it."""
    ends = pa.py_buffer(np.array([0, len(content)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(content)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _line_by_line(content: bytes, encoding: str) -> tuple[bytes, list[int]]:
    lines, undecodable = [], []
    for number, line in enumerate(content.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        try:
            lines.append(line.decode(encoding).encode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            lines.append(b"")
            undecodable.append(number)
    return b"\n".join(lines), undecodable


def _bare_newlines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _split(
    text: bytes, layout: Layout, undecodable: list[int], encoding: str, where: str
) -> tuple[list[str], Layout, bytes]:
    """(the names of the columns, the layout with the lines that these take, what stands below them)."""
    if layout.names is not None:
        return list(layout.names), layout, text
    start = 0
    for _ in range(layout.header_row - 1):
        start = text.find(b"\n", start) + 1
        if start == 0:
            start = len(text)
    records, ends = _headings(text, start, layout)
    layout = dataclasses.replace(layout, header_lines=len(ends))
    if any(layout.header_row <= line < layout.first_line for line in undecodable):
        problem = Problem(
            f"the header is not {encoding}", where, "correct encoding in sources.yaml, or ask for the file again"
        )
        raise FeedFault("drifted", problem)
    width = max(map(len, records), default=0)
    if not any(cell.strip() for record in records for cell in record) or not width:
        problem = Problem("the file is empty: not even a header", where, "ask for the file to be written again")
        raise FeedFault("failed", problem)
    padded = [record + [""] * (width - len(record)) for record in records]
    names = [" ".join(filter(None, map(heading, cells))) for cells in zip(*padded, strict=True)]
    return names, layout, text[ends[-1] :]


def _headings(text: bytes, start: int, layout: Layout) -> tuple[list[list[str]], list[int]]:
    """The first records from ``start`` on, and where each line that they take ends: a cell in quotes may go on over
    the next line. Where a quote never closes, records are lines."""
    ends: list[int] = []
    lines = _lines_from(text, start, ends)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True, quoting=layout.quoting)
    try:
        return list(itertools.islice(reader, layout.header_rows)), ends or [len(text)]
    except csv.Error:
        ends.clear()
    given = list(itertools.islice(_lines_from(text, start, ends), layout.header_rows))
    records = [next(csv.reader([line], delimiter=layout.delimiter, quoting=layout.quoting), []) for line in given]
    return records, ends or [len(text)]


def _lines_from(text: bytes, start: int, ends: list[int]) -> Iterator[str]:
    """The lines from ``start`` on, one by one; where the next one begins is added to ``ends``."""
    while start < len(text):
        end = text.find(b"\n", start) + 1 or len(text)
        ends.append(end)
        yield text[start:end].decode("utf-8", "surrogatepass")
        start = end


# ── from lines to columns ───────────────────────────────────────────────────────────────────────


def _parsed(body: bytes, width: int, layout: Layout, wanted: Sequence[int] | None = None) -> _Rows:
    """The rows in ``body``, of ``wanted`` columns (all, when None). Those in which nothing was entered are told by
    their lines; a line without a delimiter and with nothing but blanks is no row."""
    columns = list(range(width)) if wanted is None else list(wanted)
    rows = _read(body, width, layout, columns)
    filled = _filled(rows)
    if filled.all():
        return rows
    if len(columns) < width:
        # What is empty in the wanted columns may be a row all the same.
        filled |= _filled(_read(body, width, layout, list(range(width))))
    mask = pa.array(filled)
    text = _lines(body)
    empty = [line for line in rows.lines[~filled].tolist() if not _is_blank(text[line - layout.first_line], layout)]
    return _Rows([column.filter(mask) for column in rows.columns], rows.lines[filled], rows.broken, empty)


def _read(body: bytes, width: int, layout: Layout, columns: list[int]) -> _Rows:
    if layout.fewest is not None and layout.fewest < width:
        return _read_ragged(body, width, layout, columns)
    # A cell that goes over several lines leaves a line with an odd number of quotes: then records are not lines.
    if layout.quoted and _has_line_with_open_quote(body):
        return _parsed_by_record(body, width, layout, columns)
    return _parsed_by_line(body, width, layout, columns)


def _read_ragged(body: bytes, width: int, layout: Layout, columns: list[int]) -> _Rows:
    """Most such files have rows of one width all the same: then they can be read as any other."""
    first = body.split(b"\n", 1)[0].decode("utf-8", "surrogatepass")
    narrow = len(next(csv.reader([first], delimiter=layout.delimiter, quoting=layout.quoting), []))
    if not (layout.fewest or 0) <= narrow <= width or (layout.quoted and _has_line_with_open_quote(body)):
        return _parsed_by_record(body, width, layout, columns)
    rows = _parsed_by_line(body, narrow, layout, [index for index in columns if index < narrow])
    if rows.broken:
        return _parsed_by_record(body, width, layout, columns)
    found = iter(rows.columns)
    nothing = pa.repeat("", len(rows.lines))
    return _Rows([next(found) if index < narrow else nothing for index in columns], rows.lines, [])


def _has_line_with_open_quote(body: bytes) -> bool:
    if b'"' not in body:
        return False
    letters = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(letters == ord('"'))
    line_of_quote = np.searchsorted(np.flatnonzero(letters == ord("\n")), quotes)
    return bool((np.bincount(line_of_quote) % 2).any())


def _parsed_by_line(body: bytes, width: int, layout: Layout, columns: list[int]) -> _Rows:
    count = body.count(b"\n") + (0 if body.endswith(b"\n") else 1) if body else 0
    if count == 0:
        return _Rows([pa.array([], pa.string())] * len(columns), np.array([], dtype=np.int64), [])
    names = [f"c{index}" for index in range(width)]
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=False,
        include_columns=[names[index] for index in columns],
    )
    quote = '"' if layout.quoted and b'"' in body else False
    numbers = np.arange(layout.first_line, layout.first_line + count, dtype=np.int64)
    broken: list[BrokenRow] = []
    blank: list[int] = []
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pa_csv.ParseOptions(delimiter=layout.delimiter, quote_char=quote, ignore_empty_lines=False),
            convert_options=convert,
        )
    except pa.ArrowInvalid:
        # Some line has too few fields or too many, or does not fit into a block. Only a single thread numbers the rows.
        lines = _lines(body)
        block = max(_BLOCK, _longest(body) * 4 + 16)

        def refuse(row: pa_csv.InvalidRow) -> str:
            line = layout.first_line + row.number - 1
            if _is_blank(lines[row.number - 1], layout):
                blank.append(line)
            else:
                broken.append(BrokenRow(line, f"has {row.actual_columns} fields, {row.expected_columns} were expected"))
            return "skip"

        table = pa_csv.read_csv(
            pa.BufferReader(body),
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=names, block_size=block),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter, quote_char=quote, ignore_empty_lines=False, invalid_row_handler=refuse
            ),
            convert_options=convert,
        )
        refused = np.array([*blank, *(row.position for row in broken)], dtype=np.int64)
        numbers = numbers[~np.isin(numbers, refused)]
    if len(numbers) != table.num_rows:
        # The two counts of lines differ: trust the slower reader, which keeps count by itself.
        return _parsed_by_record(body, width, layout, columns)
    return _Rows([column.combine_chunks() for column in table.columns], numbers, broken)


def _longest(body: bytes) -> int:
    """The length of the longest line in bytes."""
    ends = np.flatnonzero(np.frombuffer(body, np.uint8) == ord("\n"))
    return int(np.diff(np.append(ends, len(body)), prepend=-1).max())


def _parsed_by_record(body: bytes, width: int, layout: Layout, columns: list[int]) -> _Rows:
    """As above for cells over several lines. A record that is not well-formed costs its first line only: the lines
    after it are read again by themselves, so that an unclosed quote does not swallow them."""
    fewest = layout.fewest or width
    expected = f"{width} were expected" if fewest == width else f"{fewest} to {width} were expected"
    text = _lines(body)
    records: list[list[str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    start = 0
    read_again = 0
    while start < len(text):
        following = (text[index] + "\n" for index in range(start, len(text)))
        reader = csv.reader(following, delimiter=layout.delimiter, strict=True, quoting=layout.quoting)
        before = 0
        restart = len(text)
        try:
            for record in reader:
                if record and _is_blank(text[start + before], layout):
                    record = []
                if record and not fewest <= len(record) <= width:
                    broken.append(
                        BrokenRow(layout.first_line + start + before, f"has {len(record)} fields, {expected}")
                    )
                    restart = start + before + 1
                    break
                if record:
                    records.append(record + [""] * (width - len(record)))
                    lines.append(layout.first_line + start + before)
                before = reader.line_num
        except csv.Error:
            broken.append(BrokenRow(layout.first_line + start + before, "has a quote that does not close as it should"))
            restart = start + before + 1
        read_again += max(0, start + reader.line_num - restart)
        if read_again > _READ_AGAIN * len(text):
            raise _OpenQuotesError(layout.first_line + restart - 1)
        start = restart
    cells = list(zip(*records, strict=True)) if records else [()] * width
    arrays = [pa.array(cells[index], pa.string()) for index in columns]
    return _Rows(arrays, np.array(lines, dtype=np.int64), broken)


def _lines(body: bytes) -> list[str]:
    # Not splitlines: it also splits at characters that may stand inside a cell.
    return body.decode("utf-8", "surrogatepass").split("\n")


def _is_blank(line: str, layout: Layout) -> bool:
    """Whether a line is no row. A delimiter may itself be a blank (a tab)."""
    return layout.delimiter not in line and not line.strip()


def _filled(rows: _Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The rows in which something was entered."""
    filled = np.zeros(len(rows.lines), dtype=bool)
    for column in rows.columns:
        if filled.all():
            break
        filled |= np.asarray(
            pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0).to_numpy(zero_copy_only=False)
        )
    return filled

"""Delimited text files: one that is replaced, or one for each day. Line numbers are those an editor shows."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from charter.definitions.models import Feed, Source
from charter.errors import Problem
from charter.extract.faults import FeedFault
from charter.extract.readers.batch import BrokenRow, RawBatch, Window, require_columns, wanted_columns
from charter.extract.receipts import FileDigest

_BATCH = 200_000


@dataclass(frozen=True)
class _Rows:
    """All rows of a file: a column per header name, and the line on which each row begins."""

    columns: list[pa.Array]
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    broken: list[BrokenRow]


class DelimitedReader:
    """Reads the files of a folder."""

    def __init__(self, source: Source, folder: Path) -> None:
        if not folder.is_dir():
            raise FeedFault(
                "unreachable",
                Problem(
                    f"the folder {folder} is not there",
                    f"source '{source.id}', connection '{source.connection}'",
                    "mount it, or correct the connection's address",
                ),
            )
        self._source = source
        self._folder = folder

    def close(self) -> None:
        """Nothing stays open."""

    def files_by_day(self, feed: Feed) -> dict[date, Path]:
        """The daily files that are there, by their day. A name whose digits are no date is nobody's file."""
        pattern = re.compile(re.escape(feed.path or "").replace(r"\{day\}", r"(\d{8})"))
        found = {}
        for path in sorted(self._folder.glob((feed.path or "").replace("{day}", "[0-9]" * 8))):
            match = pattern.fullmatch(path.relative_to(self._folder).as_posix())
            if match and (day := _as_date(match[1])):
                found[day] = path
        return found

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        name = (feed.path or "").replace("{day}", f"{window.day:%Y%m%d}" if window.day else "")
        where = f"source '{self._source.id}', {name}"
        content = self._content(name, where)
        digest = FileDigest(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        lines, undecodable = _decoded(content, self._source.encoding, feed.header_row, where)
        header = self._header(lines, feed, where)
        wanted = wanted_columns(feed)
        require_columns(header, wanted, where)
        rows = _parsed(lines, header, self._source.delimiter, feed.header_row)
        broken = [*rows.broken, *(BrokenRow(line, f"is not {self._source.encoding}") for line in undecodable)]
        columns = {name: rows.columns[header.index(name)] for name in wanted}
        observed = {name: frozenset({"text"}) for name in wanted}
        for start in range(0, max(len(rows.lines), 1), _BATCH):
            yield RawBatch(
                columns={name: values.slice(start, _BATCH) for name, values in columns.items()},
                names=tuple(header),
                place=name,
                positions=pa.array(rows.lines[start : start + _BATCH]),
                broken=tuple(sorted(broken, key=lambda row: row.position)) if start == 0 else (),
                observed=observed,
                input=digest,
            )

    def _content(self, name: str, where: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            problem = Problem(
                f"the file {name} is not in {self._folder}",
                where,
                "ask the source's keepers for it, then extract again",
            )
            raise FeedFault("missing", problem) from None
        except OSError as error:
            problem = Problem(
                f"the file can't be read ({error.strerror})", where, "give this user the right to read it"
            )
            raise FeedFault("unreachable", problem) from None

    def _header(self, lines: list[str], feed: Feed, where: str) -> list[str]:
        if len(lines) < feed.header_row or not lines[feed.header_row - 1].strip():
            problem = Problem("the file is empty: not even a header", where, "ask for the file to be written again")
            raise FeedFault("failed", problem)
        names = next(csv.reader([lines[feed.header_row - 1]], delimiter=self._source.delimiter))
        return [name.strip() for name in names]


def _as_date(digits: str) -> date | None:
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _decoded(content: bytes, encoding: str, header_row: int, where: str) -> tuple[list[str], list[int]]:
    """(lines, numbers of the lines that are not in that encoding). Such lines are left empty, so none moves."""
    try:
        return _lines(content.decode(encoding)), []
    except LookupError:
        problem = Problem(
            f"'{encoding}' is no encoding", where, "correct encoding in sources.yaml (cp949, utf-8-sig …)"
        )
        raise FeedFault("failed", problem) from None
    except UnicodeDecodeError:
        pass
    lines, undecodable = [], []
    for number, line in enumerate(content.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        try:
            lines.append(line.decode(encoding))
        except UnicodeDecodeError:
            lines.append("")
            undecodable.append(number)
    if header_row in undecodable:
        problem = Problem(
            f"the header is not {encoding}", where, "correct encoding in sources.yaml, or ask for the file again"
        )
        raise FeedFault("drifted", problem)
    return lines, undecodable


def _lines(text: str) -> list[str]:
    # Not splitlines: it also splits at characters that may stand inside a cell.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _parsed(lines: list[str], header: list[str], delimiter: str, header_row: int) -> _Rows:
    body = lines[header_row:]
    # A cell that goes over several lines leaves a line with an odd number of quotes: then records are not lines.
    if any(line.count('"') % 2 for line in body if '"' in line):
        rows = _parsed_by_record(body, len(header), delimiter, header_row + 1)
    else:
        rows = _parsed_by_line(body, len(header), delimiter, header_row + 1)
    return _without_empty_rows(rows)


def _parsed_by_line(body: list[str], width: int, delimiter: str, first_line: int) -> _Rows:
    if not body or body == [""]:
        return _Rows([pa.array([], pa.string())] * width, np.array([], dtype=np.int64), [])
    names = [f"c{index}" for index in range(width)]
    broken: list[BrokenRow] = []
    blank: list[int] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        line = first_line + row.number - 1
        if body[row.number - 1].strip():
            broken.append(BrokenRow(line, f"has {row.actual_columns} fields, {row.expected_columns} were expected"))
        else:
            blank.append(line)
        return "skip"

    text = "\n".join(body)
    content = text.encode("utf-8", "surrogatepass")
    table = pa_csv.read_csv(
        pa.BufferReader(content),
        # Only a single thread numbers the rows. A block must hold a whole line.
        read_options=pa_csv.ReadOptions(
            use_threads=False, column_names=names, block_size=max(1 << 22, len(max(body, key=len)) * 4 + 16)
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if '"' in text else False,
            ignore_empty_lines=False,
            invalid_row_handler=refuse,
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    count = len(body) - (1 if body[-1] == "" else 0)
    numbers = np.arange(first_line, first_line + count, dtype=np.int64)
    refused = np.array([*blank, *(row.position for row in broken)], dtype=np.int64)
    kept = numbers[~np.isin(numbers, refused)]
    if len(kept) != table.num_rows:
        # The two counts of lines differ: trust the slower reader, which keeps count by itself.
        return _parsed_by_record(body, width, delimiter, first_line)
    return _Rows([column.combine_chunks() for column in table.columns], kept, broken)


def _parsed_by_record(body: list[str], width: int, delimiter: str, first_line: int) -> _Rows:
    """As above for cells over several lines. A record that is not well-formed costs its first line only: the lines
    after it are read again by themselves, so that an unclosed quote does not swallow them."""
    records: list[list[str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    start = 0
    while start < len(body):
        reader = csv.reader((line + "\n" for line in body[start:]), delimiter=delimiter, strict=True)
        before = 0
        restart = len(body)
        try:
            for record in reader:
                if record and len(record) != width:
                    reason = f"has {len(record)} fields, {width} were expected"
                    broken.append(BrokenRow(first_line + start + before, reason))
                    restart = start + before + 1
                    break
                if record:
                    records.append(record)
                    lines.append(first_line + start + before)
                before = reader.line_num
        except csv.Error:
            broken.append(BrokenRow(first_line + start + before, "has a quote that does not close as it should"))
            restart = start + before + 1
        start = restart
    columns = [pa.array(column, pa.string()) for column in zip(*records, strict=True)] if records else []
    return _Rows(columns or [pa.array([], pa.string())] * width, np.array(lines, dtype=np.int64), broken)


def _without_empty_rows(rows: _Rows) -> _Rows:
    """Leaves out the rows in which nothing was entered: spreadsheets write them under the last row."""
    filled = np.zeros(len(rows.lines), dtype=bool)
    for column in rows.columns:
        filled |= np.asarray(
            pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0).to_numpy(zero_copy_only=False)
        )
    if filled.all():
        return rows
    mask = pa.array(filled)
    return _Rows([column.filter(mask) for column in rows.columns], rows.lines[filled], rows.broken)

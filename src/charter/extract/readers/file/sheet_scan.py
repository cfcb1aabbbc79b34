"""What the fast reader of workbooks does not tell of a sheet: which cells failed or have no value, and how far it goes.

The sheet's XML is read as a stream: a value in the last corner (XFD1048576) costs nothing here, where a reader that
holds the whole rectangle would take all memory.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from posixpath import join, normpath
from xml.parsers.expat import ExpatError, ParserCreate

from charter.base.composing import heading

_AT_ONCE = 1 << 20
_REFERENCE = re.compile(r"^\$?([A-Z]{1,3})\$?([0-9]{1,7})$")
NO_VALUE = "the cell holds a formula without a value"

Attributes = dict[str, str]


class UnreadableSheetError(Exception):
    """The file's parts can't be read as those of a workbook. The text says why, without any value."""


@dataclass(frozen=True)
class Range:
    """A rectangle of cells, all four sides included. Rows and columns are counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def shown(self) -> str:
        return f"{cell_name(self.first_row, self.first_column)}:{cell_name(self.last_row, self.last_column)}"


@dataclass
class SheetScan:
    """Of one sheet, rows and columns counted from 1: ``errors`` are the texts of failed cells (``#N/A``), ``valueless``
    the formulas that nobody computed. ``filled`` counts the cells with a value, of which the last row and column are
    given; ``rows`` has a 1 for each row with a value."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    valueless: set[tuple[int, int]] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)
    filled: int = 0
    last_row: int = 0
    last_column: int = 0
    rows: bytearray = field(default_factory=bytearray)

    @cached_property
    def failed(self) -> frozenset[int]:
        """The rows that have a cell without a value that can be read."""
        return frozenset(row for row, _ in (*self.errors, *self.valueless))


def scan_sheet(content: bytes, name: str) -> SheetScan:
    """Scans the sheet called ``name`` (in any spelling) of a workbook of Office Open XML (.xlsx, .xlsm).

    Raises UnreadableSheetError.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            scanner = _Scanner()
            _parse(archive, _part_of(archive, name), scanner.start, scanner.end, scanner.text)
            return scanner.scan
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ExpatError, ValueError) as error:
        raise UnreadableSheetError(type(error).__name__) from None


def cell_name(row: int, column: int) -> str:
    """``B4`` for row 4, column 2."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.match(reference)
    if match is None:
        raise UnreadableSheetError("a cell has no place")
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]), column


def _range(reference: str) -> Range:
    first, _, last = reference.partition(":")
    return Range(*_place(first), *_place(last or first))


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with archive.open(part) as stream:
        while piece := stream.read(_AT_ONCE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    # No program writes one; entities declared in it can stand for texts of any size.
    raise UnreadableSheetError("its XML has a document type")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _part_of(archive: zipfile.ZipFile, name: str) -> str:
    """Where in the archive the sheet called ``name`` is."""
    sheets: dict[str, str] = {}
    targets: dict[str, str] = {}
    workbook: list[str] = []

    def relation(element: str, attributes: Attributes) -> None:
        if _local(element) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")
            if attributes.get("Type", "").endswith("/officeDocument"):
                workbook.append(attributes["Target"].lstrip("/"))

    def sheet(element: str, attributes: Attributes) -> None:
        if _local(element) == "sheet":
            named = {_local(key): value for key, value in attributes.items()}
            sheets.setdefault(heading(named.get("name", "")), named.get("id", ""))

    _parse(archive, "_rels/.rels", relation)
    main = workbook[0] if workbook else "xl/workbook.xml"
    folder, _, file = main.rpartition("/")
    targets.clear()
    _parse(archive, join(folder, "_rels", f"{file}.rels"), relation)
    _parse(archive, main, sheet)
    target = targets[sheets[heading(name)]]
    return target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))


class _Scanner:
    """Takes in a sheet's elements one after the other."""

    def __init__(self) -> None:
        self.scan = SheetScan()
        self._row = 0
        self._column = 0
        self._type = ""
        self._is_formula = False
        self._has_value = False
        self._value: list[str] = []
        self._collects = False

    def start(self, element: str, attributes: Attributes) -> None:
        match _local(element):
            case "c":
                reference = attributes.get("r")
                self._row, self._column = _place(reference) if reference else (self._row, self._column + 1)
                self._type = attributes.get("t", "")
                self._is_formula = self._has_value = False
                self._value = []
            case "v":
                self._has_value = True
                self._collects = True
            case "is":
                self._has_value = True
            case "f":
                self._is_formula = True
            case "row":
                self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
                self._column = 0
            case "mergeCell":
                self.scan.merged.append(_range(attributes["ref"]))

    def text(self, text: str) -> None:
        if self._collects and (self._type == "e" or self._is_formula):
            self._value.append(text)

    def end(self, element: str) -> None:
        match _local(element):
            case "v":
                self._collects = False
            case "c":
                self._finish()

    def _finish(self) -> None:
        value = "".join(self._value).strip()
        if self._type == "e":
            self.scan.errors[self._row, self._column] = value or "#N/A"
        elif self._is_formula and not value and self._type != "str":
            # A formula that gives an empty text says that it gives a text.
            self.scan.valueless.add((self._row, self._column))
        elif not self._has_value:
            return
        scan = self.scan
        scan.filled += 1
        scan.last_row, scan.last_column = max(scan.last_row, self._row), max(scan.last_column, self._column)
        if len(scan.rows) <= self._row:
            scan.rows.extend(bytes(self._row + 1 - len(scan.rows)))
        scan.rows[self._row] = 1

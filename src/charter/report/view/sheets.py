"""What a workbook shows: sheets of typed columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CellKind = Literal["text", "number", "share", "date", "moment"]
Cell = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet; ``width`` in characters. Its cells are of one kind, or empty."""

    title: str
    width: int = 14
    kind: CellKind = "text"


@dataclass(frozen=True)
class Sheet:
    """One sheet. A row has a cell for each column; moments are aware."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

"""Lays an explanation out: as text for a terminal, as a page of its own."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from charter.base.settings import Settings
from charter.explain.document import Document, Section, Table
from charter.report.render.templates import fill, safe_style

_GAP = "  "


def as_text(document: Document, width: int | None = None) -> str:
    """The explanation as lines of text. A table wider than ``width`` cells has a block of lines for each row."""
    lines = [document.title, *document.lead]
    for section in document.sections:
        lines += ["", f"── {section.title}", *_section(section, width)]
    return "\n".join(lines) + "\n"


def as_page(settings: Settings, document: Document) -> str:
    """The explanation as an HTML page that stands alone. Raises ReportError when the template can't be filled."""
    return fill(settings, "explain.html.j2", document=document, style=safe_style(settings, "site.css"))


def _section(section: Section, width: int | None) -> Iterator[str]:
    yield from section.lines
    if section.table is not None:
        table = section.table
        yield from _table(table) if width is None or _width(table) <= width else _stacked(table)
        if table.rest:
            yield table.rest


def _width(table: Table) -> int:
    return sum(_widths(table)) + len(_GAP) * (len(table.head) - 1)


def _widths(table: Table) -> list[int]:
    return [max(cell_len(cell) for cell in column) for column in zip(table.head, *table.rows, strict=True)]


def _table(table: Table) -> Iterator[str]:
    widths = _widths(table)
    for row in (table.head, *table.rows):
        yield _GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _stacked(table: Table) -> Iterator[str]:
    """Each row as lines of its own, the head before each value."""
    widest = max(cell_len(head) for head in table.head)
    for row in table.rows:
        yield row[0]
        for head, cell in zip(table.head[1:], row[1:], strict=True):
            yield f"    {_padded(head, widest)}  {cell}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))

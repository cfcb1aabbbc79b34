"""Row headers in printed tables: typst marks those of columns, and its Python binding cannot ask for those of rows."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, NameTree, Object, ObjectStreamMode, StreamDecodeLevel, String

# Kinds of elements in which no table stands; they have most of a report's elements.
_WITHOUT_TABLES = frozenset(map(Name, ("/P", "/L", "/H1", "/H2", "/H3", "/Figure")))


def with_row_headers(pdf: bytes) -> bytes:
    """The same file, in which the first cell of each row in a table's body is the header of that row.

    The other cells of the row name it beside the header of their column. Pages, fonts and metadata stay as they are,
    and the same bytes give the same bytes.
    """
    with pikepdf.open(BytesIO(pdf)) as file:
        root = file.Root.StructTreeRoot
        rows = list(_body_rows(root))
        if rows:
            ids = NameTree(root.IDTree)
            for number, row in enumerate(rows, start=1):
                first, *others = _kids(row)
                ids[f"R{number}"] = _made_header(first, String(f"R{number}"))
                for cell in others:
                    _of_table(cell).Headers.append(first.ID)
        return _written(file)


def _made_header(cell: Object, name: String) -> Object:
    cell.S = Name.TH
    cell.ID = name
    _of_table(cell).Scope = Name.Row
    return cell


def _body_rows(element: Object) -> Iterator[Object]:
    """The rows in the bodies of all tables below ``element``, in reading order."""
    for kid in _kids(element):
        if Name.TBody == kid.S:
            yield from _kids(kid)
        elif kid.S not in _WITHOUT_TABLES:
            yield from _body_rows(kid)


def _kids(element: Object) -> list[Object]:
    """The elements right below ``element``, without the marks of its content."""
    kids = element.get(Name.K)
    found = kids if isinstance(kids, Array) else [kids]
    return [kid for kid in found if isinstance(kid, Dictionary) and Name.S in kid]


def _of_table(cell: Object) -> Object:
    """Which headers a cell has, and what it is the header of."""
    return next(attributes for attributes in cell.A if Name.Table == attributes.O)


def _written(file: pikepdf.Pdf) -> bytes:
    made = BytesIO()
    file.save(
        made,
        deterministic_id=True,
        fix_metadata_version=False,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        object_stream_mode=ObjectStreamMode.preserve,
    )
    return made.getvalue()

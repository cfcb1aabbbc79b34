"""Which counts a publication leaves out, so that nobody can work out a small one.

A table has a row for each group and one for all of them (``total``), and in each row what was met, what was breached,
and both together (``n``). A count from 1 to below the threshold is left out. What is left out alone in a sum could be
subtracted from it: then others are left out with it, the smallest that will do.

A table whose left-out counts can be told from nothing but its sums and from their being no less than 0 is what an
outsider has. A left-out count is safe when such a table exists in which it is another one. As the tables that agree
with what is shown differ by flows in the network of rows and columns (the sums are its balances), that is so exactly
when the count lies on a circle of left-out counts that can be turned without taking anything below 0. Method: Cox, L.
H., "Network models for complementary cell suppression", Journal of the American Statistical Association 90 (1995).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

TOTAL = "TOTAL"

Column = Literal["met", "breached", "n"]
COLUMNS: tuple[Column, ...] = ("met", "breached", "n")


class Cell(NamedTuple):
    """A count of a table: its ``row`` (a group, or TOTAL) and its column."""

    row: str
    column: Column


# What a group, or all of them, came to: met and breached.
Counts = tuple[int, int]


def suppressed(
    groups: Mapping[str, Counts], total: Counts, threshold: int, earlier: Collection[Cell] = ()
) -> frozenset[Cell]:
    """The counts of a table that are left out: those from 1 to below ``threshold``, those that were left out
    ``earlier`` of the same table, and as many others as keep them safe.

    ``groups`` add up to ``total``; where there are none, all of the total is left out with any of it. Raises ValueError
    when they don't add up.
    """
    if groups and tuple(map(sum, zip(*groups.values(), strict=True))) != total:
        raise ValueError("the groups of a table do not add up to its total")
    values = {cell: count for row, counts in {**groups, TOTAL: total}.items() for cell, count in _row(row, counts)}
    hidden = {cell for cell, count in values.items() if 0 < count < threshold} | (set(earlier) & values.keys())
    if not groups:
        return frozenset(values if hidden else ())
    waiting = sorted(hidden)
    while waiting:
        cell = waiting.pop()
        added = _circle(cell, values, hidden) - hidden
        hidden |= added
    return frozenset(hidden)


def _row(row: str, counts: Counts) -> Iterator[tuple[Cell, int]]:
    met, breached = counts
    yield from zip((Cell(row, column) for column in COLUMNS), (met, breached, met + breached), strict=True)


def _circle(start: Cell, values: Mapping[Cell, int], hidden: Collection[Cell]) -> set[Cell]:
    """The cells of the cheapest circle through ``start`` that can be turned; what is left out already costs nothing.

    There always is one: the count, its total, both their sums, all of them one larger.
    """
    found = [
        (cost, sorted(path))
        for along in (True, False)
        if _may_turn(start, values, along=along)
        for cost, path in _shortest(start, values, hidden, along=along)
    ]
    return set(min(found)[1])


def _shortest(
    start: Cell, values: Mapping[Cell, int], hidden: Collection[Cell], *, along: bool
) -> Iterator[tuple[int, frozenset[Cell]]]:
    """The cheapest way back to where ``start`` begins, when it is turned ``along`` its arc (from row to column)."""
    begin, end = (start.column, start.row) if along else (start.row, start.column)
    waiting: list[tuple[int, int, str, frozenset[Cell]]] = [(0, 0, begin, frozenset([start]))]
    settled: set[str] = set()
    number = 0
    while waiting:
        cost, _, at, path = heapq.heappop(waiting)
        if at == end:
            yield cost, path
            return
        if at in settled:
            continue
        settled.add(at)
        for cell in sorted(values):
            forward = cell.row == at
            if cell == start or at not in (cell.row, cell.column) or not _may_turn(cell, values, along=forward):
                continue
            number += 1
            # Of counts that will do, the smallest are left out, and as few as will do.
            price = 0 if cell in hidden else 1_000_000 + values[cell]
            heapq.heappush(waiting, (cost + price, number, cell.column if forward else cell.row, path | {cell}))


def _may_turn(cell: Cell, values: Mapping[Cell, int], *, along: bool) -> bool:
    """Whether the count stays at 0 or above when the flow through it grows (``along``: from row to column) by one.

    Sums stand on the other side of the balance: a total, and an ``n``, go the other way; the total of ``n`` goes along.
    """
    is_turned = (cell.row == TOTAL) != (cell.column == "n")
    grows = along != is_turned
    return grows or values[cell] > 0

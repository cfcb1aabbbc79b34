"""A small count is left out of a publication so that nobody can work it out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from charter.report.facts.suppress import COLUMNS, TOTAL, Cell, Counts, suppressed

THRESHOLD = 3
_counts = st.tuples(st.integers(0, 4), st.integers(0, 4))
_groups = st.dictionaries(st.sampled_from(["a", "b", "c"]), _counts, min_size=1, max_size=3)


def total_of(groups: dict[str, Counts]) -> Counts:
    return sum(met for met, _ in groups.values()), sum(breached for _, breached in groups.values())


def values(groups: dict[str, Counts]) -> dict[Cell, int]:
    rows = {**groups, TOTAL: total_of(groups)}
    return {
        Cell(row, column): count
        for row, (met, breached) in rows.items()
        for column, count in zip(COLUMNS, (met, breached, met + breached), strict=True)
    }


def possible(groups: dict[str, Counts], hidden: frozenset[Cell], most: int) -> dict[Cell, set[int]]:
    """What each left-out count may be, for whoever knows all that is shown: every table is tried."""
    shown = {cell: count for cell, count in values(groups).items() if cell not in hidden}
    found: dict[Cell, set[int]] = {cell: set() for cell in hidden}
    names = sorted(groups)
    rows = [
        [
            (met, breached)
            for met, breached in product(range(most + 1), repeat=2)
            if all(
                shown.get(Cell(name, column), count) == count
                for column, count in zip(COLUMNS, (met, breached, met + breached), strict=True)
            )
        ]
        for name in names
    ]
    for guess in product(*rows):
        table = values(dict(zip(names, guess, strict=True)))
        if all(table[cell] == count for cell, count in shown.items() if cell.row == TOTAL):
            for cell in hidden:
                found[cell].add(table[cell])
    return found


@given(_groups)
@settings(deadline=None, max_examples=60)
def test_from_all_that_is_shown_no_left_out_count_can_be_worked_out(groups: dict[str, Counts]) -> None:
    hidden = suppressed(groups, total_of(groups), THRESHOLD)
    # A guess may be one above the largest count: enough to show that a second table is possible.
    assert all(len(may_be) > 1 for may_be in possible(groups, hidden, 5).values())


@given(_groups, st.integers(1, 5))
@settings(deadline=None)
def test_every_small_count_is_left_out_and_no_table_loses_more_than_it_must(
    groups: dict[str, Counts], threshold: int
) -> None:
    hidden = suppressed(groups, total_of(groups), threshold)
    small = {cell for cell, count in values(groups).items() if 0 < count < threshold}
    assert small <= hidden
    assert bool(small) == bool(hidden), "where nothing is small, everything is shown"


@given(_groups, st.sets(st.sampled_from([Cell(row, column) for row in ("a", "b", TOTAL) for column in COLUMNS])))
@settings(deadline=None, max_examples=25)
def test_what_was_left_out_earlier_stays_so_and_both_tables_together_give_nothing_away(
    groups: dict[str, Counts], before: set[Cell]
) -> None:
    earlier = frozenset(before & values(groups).keys())
    assume(earlier)
    hidden = suppressed(groups, total_of(groups), THRESHOLD, earlier)
    assert earlier <= hidden
    assert all(len(may_be) > 1 for may_be in possible(groups, hidden, 5).values())


def test_one_left_out_count_takes_a_second_with_it_in_its_row_and_in_its_column() -> None:
    groups = {"seoul": (40, 2), "hanoi": (30, 9), "tokyo": (50, 20)}
    hidden = suppressed(groups, total_of(groups), THRESHOLD)
    assert Cell("seoul", "breached") in hidden
    for line in ([cell for cell in hidden if cell.row == row] for row in {cell.row for cell in hidden}):
        assert len(line) > 1
    for line in ([cell for cell in hidden if cell.column == column] for column in {cell.column for cell in hidden}):
        assert len(line) > 1
    assert Cell(TOTAL, "n") not in hidden, "the largest sums are the last to go"


def test_two_zeros_do_not_hide_a_count() -> None:
    """With the breaches of b and c left out beside the 2 of a, their sum 2 would still say it: none is below 0."""
    groups = {"a": (20, 2), "b": (20, 0), "c": (20, 0)}
    hidden = suppressed(groups, total_of(groups), THRESHOLD)
    assert all(len(may_be) > 1 for may_be in possible(groups, hidden, 30).values())


def test_without_groups_a_small_count_takes_its_row_with_it() -> None:
    assert suppressed({}, (40, 2), THRESHOLD) == {Cell(TOTAL, column) for column in COLUMNS}
    assert suppressed({}, (40, 0), THRESHOLD) == frozenset()


def test_a_table_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        suppressed({"a": (1, 1)}, (2, 1), THRESHOLD)

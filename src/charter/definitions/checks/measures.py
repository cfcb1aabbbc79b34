"""Checks of measures: that the columns and tables of a figure exist and fit, and that it can be taken for each unit."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.errors import Problem
from charter.definitions.checks.counted import check_population, check_slot
from charter.definitions.checks.lengths import check_lengths
from charter.definitions.columns import NUMBERS, Columns, no_subject_table
from charter.definitions.document import Folder, Location
from charter.definitions.models import MOMENTS, Comparison, Fact, Figure, MeasurePart, Ratio, Share, Where


def check_measure(
    folder: Folder, check: Columns, place: Location, part: MeasurePart, scope: Where
) -> Iterator[Problem]:
    """Everything that a measure's part names; ``scope`` is the condition of its rule."""
    yield from check.column((*place, "on"), part.on, MOMENTS)
    if part.slot is not None:
        yield from check_slot(folder, (*place, "slot"), part.slot)
    if part.per is not None and part.per.column is not None:
        yield from check.column((*place, "per", "column"), part.per.column, None)
    figure: Location = (*place, "figure")
    yield from _check_value(check, figure, part, scope)
    yield from check_lengths(folder, check, place, part, scope)
    if part.figure.count is not None and part.figure.count.distinct is not None:
        yield from check.column((*figure, "count", "distinct"), part.figure.count.distinct, None)
    if part.figure.share is not None:
        yield from _check_share(folder, check, (*figure, "share"), part, part.figure.share)
    if part.figure.ratio is not None:
        yield from _check_ratio(folder, check, (*figure, "ratio"), part, part.figure.ratio)


def _check_value(check: Columns, place: Location, part: MeasurePart, scope: Where) -> Iterator[Problem]:
    figure: Figure = part.figure
    if figure.value is None:
        return
    where: Location = (*place, figure.name, "of") if figure.percentile else (*place, figure.name)
    yield from check.column(where, figure.value, NUMBERS)
    column = check.subject.columns.get(figure.value)
    if column is None or column.required:
        return
    conditions = [where.get(figure.value) for where in (part.where, scope)]
    if not any(isinstance(each, Comparison) and each.is_null is False for each in conditions):
        left_out = f"say in the part that they do not count: where: {{{figure.value}: {{is_null: false}}}}"
        required = f"make '{figure.value}' required in subjects.yaml (rows without it are then refused one by one), or "
        yield Problem(
            f"'{figure.value}' of '{check.name}' may be empty, and the {figure.name} would be that of fewer rows",
            check.document.place(where),
            left_out if isinstance(column, Fact) else required + left_out,
        )


def _check_share(folder: Folder, check: Columns, place: Location, part: MeasurePart, share: Share) -> Iterator[Problem]:
    yield from check.where((*place, "where"), share.where or {})
    if share.item is None or share.of is None:
        return
    yield from check.column((*place, "item"), share.item, None)
    yield from check_population(folder, (*place, "of"), share.of, check.name, share.item)
    yield from _check_by(folder, check, (*place, "of"), part, share.of.subject, share.of.by)


def _check_ratio(folder: Folder, check: Columns, place: Location, part: MeasurePart, ratio: Ratio) -> Iterator[Problem]:
    subjects = folder.subjects.subjects
    if ratio.over not in subjects:
        yield no_subject_table(check.document, (*place, "over"), ratio.over, subjects)
        return
    over = Columns(check.document, ratio.over, subjects[ratio.over])
    yield from over.column((*place, "on"), ratio.on, MOMENTS)
    yield from over.where((*place, "where"), ratio.where)
    yield from _check_by(folder, check, place, part, ratio.over, ratio.by)


def _check_by(
    folder: Folder, check: Columns, place: Location, part: MeasurePart, table: str, by: str | None
) -> Iterator[Problem]:
    """Where each unit has a figure of its own, the other table says whose its rows are; else it says nothing of it."""
    if (by is None) != (part.per is None):
        yield Problem(
            f"'{part.id}' has a figure for each of many, and nothing says whose a row of '{table}' is"
            if by is None
            else f"'{part.id}' has one figure for all, and 'by' would part the rows of '{table}'",
            check.document.place((*place, "by") if by is not None else place),
            f"add by: <column of {table}>" if by is None else "remove by, or add per",
        )
    if by is not None and table in folder.subjects.subjects:
        other = Columns(check.document, table, folder.subjects.subjects[table])
        yield from other.column((*place, "by"), by, {"department"} if part.per_kind else None)

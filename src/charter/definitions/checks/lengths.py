"""Checks of measured lengths of time: one that begins after it has ended must not make a figure better."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from charter.base.errors import Problem
from charter.definitions.columns import Columns
from charter.definitions.document import Folder, Location
from charter.definitions.models import Comparison, Fact, Feed, MeasurePart, Subject, Where


def check_lengths(
    folder: Folder, check: Columns, place: Location, part: MeasurePart, scope: Where
) -> Iterator[Problem]:
    """Days between two moments of one landed row that are measured: its feeds refuse a row whose second moment is the
    earlier one, or the charter says how far below zero they may be."""
    figure = part.figure
    measured = [figure.value] if figure.value is not None else []
    share = (figure.share.where or {}) if figure.share is not None else {}
    said = [part.where, scope, share]
    for name in dict.fromkeys([*measured, *share]):
        landed, moments = _moments(folder, check.name, name)
        if landed is None or any(_has_least(where, name) for where in said):
            continue
        for feed in _feeding(folder, landed):
            if moments not in [pair for names in feed.in_order for pair in pairwise(names)]:
                first, second = moments
                yield Problem(
                    f"'{name}' of '{check.name}' is less than nothing where '{second}' is earlier than '{first}', and "
                    "the figure better",
                    check.document.place((*place, "figure")),
                    f"say in_order: [[{first}, {second}]] in the feed of '{landed}' in sources.yaml, which refuses "
                    f"such rows, or where: {{{name}: {{at_least: …}}}} if it may be so",
                )


def _moments(folder: Folder, name: str, column: str) -> tuple[str | None, tuple[str, str]]:
    """The landed table, and the two of its moments of one type between which ``column`` counts the days; else None."""
    nothing = (None, ("", ""))
    subjects = folder.subjects.subjects
    fact: Fact | None = None
    subject: Subject | None = subjects.get(name)
    while subject is not None and subject.from_ is not None:
        found = subject.columns.get(column)
        fact = fact or (found if isinstance(found, Fact) else None)
        name, subject = subject.from_, subjects.get(subject.from_)
    if subject is None or fact is None or fact.days_between is None:
        return nothing
    first, second = fact.days_between
    types = {each.type for key in (first, second) if (each := subject.columns.get(key)) is not None}
    both = first in subject.columns and second in subject.columns
    return (name, (first, second)) if both and len(types) == 1 and subject.landed else nothing


def _has_least(where: Where, name: str) -> bool:
    condition = where.get(name)
    return isinstance(condition, Comparison) and condition.at_least is not None


def _feeding(folder: Folder, table: str) -> Iterator[Feed]:
    return (feed for source in folder.sources.sources for feed in source.feeds if feed.table == table)

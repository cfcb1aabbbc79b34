"""Rows that are dated after the night and can't be: nothing is entered before it begins, and what has happened stays.

What a register plans may lie ahead: a date that may be empty, and whatever a rule does not count as the beginning of a
case. Once such a date has come, moving it into the future undoes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from charter.base.moments import local_date, local_midnight, naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.extract.corrections.refusals import Cell
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import RowVersion, versions_where

# A source that does not say when a row was recorded shows what was entered until it was read, some hours after the
# night. So do clocks that run through the night; a person who writes a date does so by day.
READ_AFTER_THE_NIGHT = timedelta(days=1)

# The kinds that count what has happened. The others also count what a register plans: a change that is announced, a
# meeting, a placement.
NEVER_PLANNED = frozenset({"deadline", "coverage", "zero", "measure"})


def dating_columns(agency: Agency, part: RulePart) -> dict[str, set[str]]:
    """The columns that say when a row counts for ``part``, by landed table.

    Of what is derived of several tables, the moments that their rows must have are among them; a column that is called
    as one of another table that dates rows, and is no moment, dates none.
    """
    subject = agency.subjects[part.subject_table]
    named = {*(each.name for each in (part.opens, part.event) if each is not None), part.on, part.starts}
    found = {}
    for table in [part.subject_table] if subject.landed else subject.of:
        moments = {name: column for name, column in agency.subjects[table].columns.items() if column.is_moment}
        required = {name for name, column in moments.items() if column.required}
        found[table] = (moments.keys() & named) | (set() if subject.landed else required)
    beside = [
        (part.population_model, part.population_starts),
        *([(part.over.model, part.over.dated.name)] if part.over else []),
    ]
    for model, column in beside:
        for name, each in agency.subjects.items():
            if column is not None and each.model == model:
                for table in [name] if each.landed else each.of:
                    if (said := agency.subjects[table].columns.get(column)) is not None and said.is_moment:
                        found[table] = found.get(table, set()) | {column}
    if part.pauses is not None:
        found[part.pauses.table] = found.get(part.pauses.table, set()) | {part.pauses.at.name}
    return found


def promised_columns(part: RulePart) -> set[str]:
    """The column in which a row says until when ``part`` is promised: it may lie ahead, until it has come."""
    return set() if part.due is None else {part.due.name}


def announcing_columns(agency: Agency, part: RulePart) -> dict[str, set[str]]:
    """The columns that say when what a lead time announces takes place, and when it was announced, by landed table.

    They may be moved, as plans are, but not before the rule began: nothing was promised of anything then. A notice that
    is emptied keeps no promise.
    """
    if part.kind != "lead_time":
        return {}
    subject = agency.subjects[part.subject_table]
    named = {each.name for each in (part.event, part.notice) if each is not None}
    tables = [part.subject_table] if subject.landed else subject.of
    found = {
        table: {name for name in named & columns.keys() if columns[name].is_moment}
        for table in tables
        if (columns := agency.subjects[table].columns)
    }
    return {table: names for table, names in found.items() if names}


def begun_with(agency: Agency, model: str | None) -> Iterator[str]:
    """The landed tables with whose rows those of ``model`` begin: its own, or those of its key that it is made of."""
    for name, subject in agency.subjects.items():
        if subject.model == model:
            made_of = [name] if subject.landed else subject.of
            yield from (table for table in made_of if agency.subjects[table].key == subject.key)


@dataclass
class _Columns:
    """Of one landed table, the columns that date its rows, or their due times; ``begin`` are those before which nothing
    is entered, and ``announced`` the first day of the rules by which each of the others is announced."""

    dating: set[str] = field(default_factory=set)
    begin: set[str] = field(default_factory=set)
    announced: dict[str, str] = field(default_factory=dict)


def rows_ahead(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> Iterator[DoubtedRow]:
    """The rows whose newest version known at ``known_at`` is dated after ``as_of`` (both aware), and can't be.

    A date that was past in an earlier version is believed; any other one is not known.
    """
    tables: dict[str, _Columns] = defaultdict(_Columns)
    for part in compile_rules(agency):
        for table, names in dating_columns(agency, part).items():
            columns = agency.subjects[table].columns
            tables[table].dating |= names
            if part.kind in NEVER_PLANNED:
                certain = {name for name in names if columns[name].type == "instant" or columns[name].required}
                tables[table].begin |= certain
        for table, names in announcing_columns(agency, part).items():
            first_days = tables[table].announced
            first_days |= {name: min(first_days.get(name, part.effective_from), part.effective_from) for name in names}
        for table in begun_with(agency, part.model):
            tables[table].dating |= promised_columns(part) & agency.subjects[table].columns.keys()
    for table, of_table in sorted(tables.items()):
        first_day, instant = _first_day_after(as_of, agency), naive_utc(as_of)
        ahead = " OR ".join(
            f"\"{name}\" >= DATE '{first_day}'"
            if agency.subjects[table].columns[name].type == "date"
            else f"\"{name}\" > TIMESTAMP '{instant}'"
            for name in sorted(of_table.dating)
        )
        for versions in versions_where(settings, agency, table, ahead, known_at) if ahead else ():
            doubted = _misdated(agency, table, of_table, versions, as_of)
            if doubted is not None:
                yield doubted


def _misdated(
    agency: Agency, table: str, columns: _Columns, versions: Sequence[RowVersion], as_of: datetime
) -> DoubtedRow | None:
    newest = versions[-1]
    if newest.deleted:
        return None
    cells = dict(newest.cells)
    misdated = set()
    for name in sorted(columns.dating):
        if not lies_after(as_of, newest.cells[name], agency):
            continue
        before = [str(cell) for each in versions if (cell := each.cells[name]) is not None]
        # Nothing was announced of what took place before the rule: such a date was a slip, and has come to nothing.
        first = columns.announced.get(name, "")
        if past := [cell for cell in before if cell >= first and not lies_after(as_of, cell, agency)]:
            cells[name] = min(past)
        elif name in columns.begin and not _may_be_of_the_next_day(agency, newest, table, name, as_of):
            del cells[name]
        else:
            continue
        misdated.add(name)
    if not misdated:
        return None
    return DoubtedRow.landed(table, versions, "ahead", cells, misdated)


def _may_be_of_the_next_day(agency: Agency, row: RowVersion, table: str, name: str, as_of: datetime) -> bool:
    """Whether a row may have been entered after the night and before its source was read."""
    feeds = [feed for source in agency.sources if source.id == row.source_id for feed in source.feeds]
    tells = any(feed.table == table and (feed.recorded_at is not None or feed.is_daily) for feed in feeds)
    is_instant = agency.subjects[table].columns[name].type == "instant"
    return is_instant and not tells and not lies_after(as_of + READ_AFTER_THE_NIGHT, row.cells[name], agency)


def lies_after(instant: datetime, cell: Cell, agency: Agency) -> bool:
    """Whether what a cell says comes to pass after ``instant`` (aware), as the models have it (``has_come``)."""
    if cell is None:
        return False
    said = datetime.fromisoformat(str(cell))
    if len(str(cell)) == len("2026-07-01"):
        return said.date() >= _first_day_after(instant, agency)
    return said > naive_utc(instant)


def _first_day_after(instant: datetime, agency: Agency) -> date:
    """The first day that has not begun before ``instant`` (aware)."""
    day = local_date(instant, agency.zone)
    return day if local_midnight(day, agency.zone) >= instant else day + timedelta(days=1)

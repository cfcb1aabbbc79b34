"""Rows that take back what they had said: no longer begin what they had begun, end what they had ended, or say what
decides, or whose they are. Nobody has confirmed that.

A case leaves its rule when the date at which it opened is emptied, or moved before the rule began; something stands
again when the day on which it ended is emptied; an urgent case has the longer limit of any other when its priority is.
A clerk's slip and a correction look alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.lake.receipts import SourceReceipt
from charter.lake.versions import CORRECTION_OF
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import RowVersion, versions_where
from charter.transform.doubt.rows_ahead import announcing_columns, begun_with, dating_columns, lies_after
from charter.transform.doubt.rows_withdrawn import is_confirmed

# The kinds that have one commitment less, or a breach less, without the date. The others need what is dated.
_BEGUN_BY_A_DATE = frozenset({"deadline", "coverage", "lead_time", "zero", "measure"})


@dataclass
class _Columns:
    """Of one landed table: the first day of the rules that each column dates, and of those that announce something
    (see announcing_columns), which column ends what another begins, which ones decide (see deciding_columns), and which
    say who answers where foreign names are the catch-all's (see answering_columns)."""

    first_days: dict[str, str] = field(default_factory=dict)
    announced: dict[str, str] = field(default_factory=dict)
    answering: set[str] = field(default_factory=set)
    ends: dict[str, str] = field(default_factory=dict)
    deciding: set[str] = field(default_factory=set)

    @property
    def are_looked_at(self) -> bool:
        return bool(self.first_days or self.announced or self.answering or self.ends or self.deciding)


def rows_taken_back(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> Iterator[DoubtedRow]:
    """The rows whose newest version known at ``known_at`` takes back a date that had come by ``as_of`` (both aware), or
    is empty where an older one said what decides."""
    for table, columns in sorted(_columns(agency).items()):
        taken_back = [
            f'(count("{name}") > 0 AND count("{name}") < count(*))'
            f" OR (min(\"{name}\") < DATE '{first}' AND max(\"{name}\") >= DATE '{first}')"
            for name, first in columns.first_days.items()
        ]
        taken_back += [
            f"(min(\"{name}\") < DATE '{first}' AND max(\"{name}\") >= DATE '{first}')"
            for name, first in columns.announced.items()
        ]
        taken_back += [
            f"(bool_or(\"{name}\" = '{agency.catch_all}') AND bool_or(\"{name}\" <> '{agency.catch_all}'))"
            for name in sorted(columns.answering)
        ]
        emptied = [*columns.ends, *sorted(columns.deciding)]
        taken_back += [f'(count("{name}") > 0 AND count("{name}") < count(*))' for name in emptied]
        for versions in versions_where(settings, agency, table, "NOT _deleted", known_at, " OR ".join(taken_back)):
            newest = versions[-1]
            is_stated = newest.deleted or re.match(CORRECTION_OF, newest.origin) is not None
            if not is_stated and not is_confirmed(agency, receipts, table, newest):
                yield from _taken_back(agency, table, columns, versions, as_of)


def _columns(agency: Agency) -> dict[str, _Columns]:
    tables: dict[str, _Columns] = defaultdict(_Columns)
    for part in compile_rules(agency):
        for table, names in answering_columns(agency, part).items():
            tables[table].answering |= names
        if part.kind in _BEGUN_BY_A_DATE:
            _add_dates(tables, agency, part)
            for table, names in announcing_columns(agency, part).items():
                for name in names:
                    _add_first_day(tables[table].announced, name, part)
            for table, names in deciding_columns(agency, part).items():
                tables[table].deciding |= names
        elif part.kind == "level" and part.starts is not None and part.ends is not None:
            tables[part.subject_table].ends[part.ends] = part.starts
    for columns in tables.values():
        columns.deciding -= columns.first_days.keys()
    return {name: each for name, each in tables.items() if each.are_looked_at}


def deciding_columns(agency: Agency, part: RulePart) -> dict[str, set[str]]:
    """The columns that may be empty and decide, beside the dates, what ``part`` asks of a row and where the row counts:
    its limit, its scope, the customer that it is counted for, the department that it was handed to. By landed table.

    What fulfils a promise is none of them: a promise is never better kept without it.
    """
    scope = [*part.where, *part.hits, *(each for exclusion in part.exclusions for each in exclusion.where)]
    own = {*(each.column for each in scope), part.value, part.per_column}
    if part.row_limit is not None:
        own.add(part.row_limit.column)
    subject = agency.subjects[part.subject_table]
    named = [(subject.model, own), (part.population_model, {part.population_item, part.population_by})]
    if part.over is not None:
        named.append((part.over.model, {*(each.column for each in part.over.where), part.over.by}))
    found: dict[str, set[str]] = defaultdict(set)
    if part.ownership and subject.ownership is not None:
        handing_on = agency.subjects[subject.ownership.of].columns
        if not handing_on[subject.ownership.department].required:
            found[subject.ownership.of].add(subject.ownership.department)
    for model, names in named:
        for table in begun_with(agency, model):
            columns = agency.subjects[table].columns
            found[table] |= {name for name in names if name in columns and not columns[name].required}
    return found


def answering_columns(agency: Agency, part: RulePart) -> dict[str, set[str]]:
    """The columns that name the department which answers for ``part``, by landed table, in an agency with a catch-all.

    A known name that becomes a foreign one would take its rows out of the department's figures.
    """
    if agency.catch_all is None or part.owner_column is None:
        return {}
    subject = agency.subjects[part.subject_table]
    found: dict[str, set[str]] = defaultdict(set)
    for table in begun_with(agency, subject.model):
        if part.owner_column in agency.subjects[table].columns:
            found[table].add(part.owner_column)
    if part.ownership and subject.ownership is not None:
        found[subject.ownership.of].add(subject.ownership.department)
    return found


def _add_dates(tables: dict[str, _Columns], agency: Agency, part: RulePart) -> None:
    for table, names in dating_columns(agency, part).items():
        # A date that a row must have, to count at all.
        asked = (
            {each.column for each in part.where if each.operator == "not_null"} if table == part.subject_table else {}
        )
        moments = {name for name in asked if agency.subjects[table].columns[name].is_moment}
        for name in names | moments:
            _add_first_day(tables[table].first_days, name, part)


def _add_first_day(first_days: dict[str, str], name: str, part: RulePart) -> None:
    first_days[name] = min(first_days.get(name, part.effective_from), part.effective_from)


def _taken_back(
    agency: Agency, table: str, columns: _Columns, versions: Sequence[RowVersion], as_of: datetime
) -> Iterator[DoubtedRow]:
    newest = versions[-1]
    cells, misdated = dict(newest.cells), set()
    for name, first in columns.first_days.items():
        now, before = newest.cells[name], _come(agency, table, versions, name, as_of)
        in_force = [cell for cell in before if cell >= first]
        if in_force and (now is None or str(now) < first):
            cells[name] = min(in_force)
            misdated.add(name)
    for name, first in columns.announced.items():
        now = newest.cells[name]
        in_force = [cell for cell in _said(versions, name) if cell >= first]
        if in_force and now is not None and str(now) < first:
            # Whatever was planned last: it may have been due until then.
            cells[name] = max(in_force)
            misdated.add(name)
    for name in sorted(columns.answering):
        known = [cell for cell in _said(versions, name) if cell != agency.catch_all]
        if known and newest.cells[name] == agency.catch_all:
            cells[name] = known[-1]
            misdated.add(name)
    for name in sorted(columns.deciding):
        if newest.cells[name] is None and _come(agency, table, versions, name, as_of):
            # Whether it says what it said or something else, nobody knows.
            del cells[name]
            misdated.add(name)
    if misdated:
        yield DoubtedRow.landed(table, versions, "withdrawn", cells, misdated)
    for name, starts in columns.ends.items():
        ended = _come(agency, table, versions, name, as_of)
        if ended and newest.cells[name] is None:
            again = date.fromisoformat(max(ended)[:10]) + timedelta(days=1)
            cells = {**newest.cells, starts: again.isoformat()}
            yield DoubtedRow.landed(table, versions, "withdrawn", cells, {name})


def _come(agency: Agency, table: str, versions: Sequence[RowVersion], name: str, as_of: datetime) -> list[str]:
    """What the column of ``table`` said in earlier versions and, if it is a moment, had come to pass."""
    is_moment = agency.subjects[table].columns[name].is_moment
    return [cell for cell in _said(versions, name) if not (is_moment and lies_after(as_of, cell, agency))]


def _said(versions: Sequence[RowVersion], name: str) -> list[str]:
    """What a column said in earlier versions."""
    return [str(cell) for each in versions[:-1] if not each.deleted and (cell := each.cells[name]) is not None]

"""Rows that no longer begin what they had begun, or no longer end what they had ended: nobody has confirmed that.

A case leaves its rule when the date at which it opened is emptied, or moved before the rule began; something stands
again when the day on which it ended is emptied. A clerk's slip and a correction look alike.
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
from charter.transform.compile.rules import RulePart, compile_rules
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import RowVersion, versions_where
from charter.transform.doubt.rows_ahead import dating_columns, lies_after
from charter.transform.doubt.rows_withdrawn import is_confirmed

# The kinds that have one commitment less, or a breach less, without the date. The others need what is dated.
_BEGUN_BY_A_DATE = frozenset({"deadline", "coverage", "lead_time", "zero", "measure"})


@dataclass
class _Columns:
    """Of one landed table: the first day of the rules that each column dates, and which column ends what another
    begins."""

    first_days: dict[str, str] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)


def rows_taken_back(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> Iterator[DoubtedRow]:
    """The rows whose newest version known at ``known_at`` takes back a date that had come by ``as_of`` (both aware)."""
    for table, columns in sorted(_columns(agency).items()):
        taken_back = [
            f'(count("{name}") > 0 AND count("{name}") < count(*))'
            f" OR (min(\"{name}\") < DATE '{first}' AND max(\"{name}\") >= DATE '{first}')"
            for name, first in columns.first_days.items()
        ]
        taken_back += [f'(count("{name}") > 0 AND count("{name}") < count(*))' for name in columns.ends]
        for versions in versions_where(settings, agency, table, "NOT _deleted", known_at, " OR ".join(taken_back)):
            newest = versions[-1]
            is_told = newest.deleted or re.match(CORRECTION_OF, newest.origin) is not None
            if not is_told and not is_confirmed(agency, receipts, table, newest):
                yield from _taken_back(agency, table, columns, versions, as_of)


def _columns(agency: Agency) -> dict[str, _Columns]:
    tables: dict[str, _Columns] = defaultdict(_Columns)
    for part in compile_rules(agency):
        if part.kind in _BEGUN_BY_A_DATE:
            _add_dates(tables, agency, part)
        elif part.kind == "level" and part.starts is not None and part.ends is not None:
            tables[part.subject_table].ends[part.ends] = part.starts
    return {table: columns for table, columns in tables.items() if columns.first_days or columns.ends}


def _add_dates(tables: dict[str, _Columns], agency: Agency, part: RulePart) -> None:
    for table, names in dating_columns(agency, part).items():
        # A date that a row must have, to count at all.
        asked = (
            {each.column for each in part.where if each.operator == "not_null"} if table == part.subject_table else {}
        )
        moments = {name for name in asked if agency.subjects[table].columns[name].is_moment}
        for name in names | moments:
            first_days = tables[table].first_days
            first_days[name] = min(first_days.get(name, part.effective_from), part.effective_from)


def _taken_back(
    agency: Agency, table: str, columns: _Columns, versions: Sequence[RowVersion], as_of: datetime
) -> Iterator[DoubtedRow]:
    newest = versions[-1]
    cells, misdated = dict(newest.cells), set()
    for name, first in columns.first_days.items():
        now, before = newest.cells[name], _come(agency, versions, name, as_of)
        in_force = [cell for cell in before if cell >= first]
        if in_force and (now is None or str(now) < first):
            cells[name] = min(in_force)
            misdated.add(name)
    if misdated:
        yield DoubtedRow.landed(table, versions, "withdrawn", cells, misdated)
    for name, starts in columns.ends.items():
        ended = _come(agency, versions, name, as_of)
        if ended and newest.cells[name] is None:
            again = date.fromisoformat(max(ended)[:10]) + timedelta(days=1)
            cells = {**newest.cells, starts: again.isoformat()}
            yield DoubtedRow.landed(table, versions, "withdrawn", cells, {name})


def _come(agency: Agency, versions: Sequence[RowVersion], name: str, as_of: datetime) -> list[str]:
    """What the column said in earlier versions and had come to pass."""
    said = [str(cell) for each in versions[:-1] if not each.deleted and (cell := each.cells[name]) is not None]
    return [cell for cell in said if not lies_after(as_of, cell, agency)]

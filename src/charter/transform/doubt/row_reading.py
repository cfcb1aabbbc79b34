"""Reads a row in doubt as far as it can be read, beside what landed of the same key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from charter.base.moments import last_ended_day, local_date
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source, Subject
from charter.extract.corrections.refusals import key_text
from charter.lake.receipts import SourceReceipt
from charter.transform.compile.rule_parts import Condition, RulePart
from charter.transform.compile.subject_ids import shared_tables
from charter.transform.doubt.doubted_case import Span
from charter.transform.doubt.landed_beside import landed_beside
from charter.transform.doubt.row import DoubtedRow

# A row that is gone, or whose case is.
GONE = frozenset({"withdrawn", "orphaned"})
# A row of which some cells can't be read, or not be believed.
UNREAD = frozenset({"refused", "disordered"})


class RowReading:
    """The cells of rows in doubt, the cases that they belong to, and the days of which they can be.

    ``landed`` has the newest landed row, by table and id, of every key or case that such a row names; ``shared`` the
    tables whose rows are named with their source.
    """

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        receipts: Sequence[SourceReceipt],
        as_of: datetime,
        known_at: datetime,
        standing: Sequence[DoubtedRow],
    ) -> None:
        self.agency = agency
        self._today = last_ended_day(as_of, agency.zone)
        self._nights: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        for receipt in receipts:
            for feed in receipt.feeds:
                if feed.status == "landed":
                    self._nights[receipt.source_id, feed.table].append(receipt.as_of)
        self.shared = shared_tables(settings, agency, known_at)
        self.landed = landed_beside(settings, agency, known_at, standing, self.shared)

    def case(self, doubted: DoubtedRow, subject: Subject) -> str | None:
        """The case that a row belongs to; None when it can't be read, "" when it belongs to none."""
        if not doubted.names_its_case or subject.key not in doubted.cells:
            return None
        key = key_text(doubted.cells[subject.key])
        tables = [name for name, table in self.agency.subjects.items() if table is subject] + subject.of
        shared = [name for name in tables if name in self.shared and self.agency.subjects[name].key == subject.key]
        if key is None or not shared:
            return key or ""
        # Only a source that feeds the table says by a bare key which case it means.
        return f"{doubted.source_id}/{key}" if doubted.source_id in self.agency.feeding(shared[0]) else None

    def landed_version(self, doubted: DoubtedRow) -> DoubtedRow | None:
        """The row as its newest landed version has it; None where none landed, or the row's key can't be read."""
        key = self.case(doubted, self.agency.subjects[doubted.table])
        landed = self.landed.get((doubted.table, key or ""))
        return None if landed is None else replace(doubted, cells=landed)

    def parent(self, subject: Subject, case_id: str | None) -> DoubtedRow | None:
        """The landed row that a case begins with: everything in it can be read."""
        for table in subject.of:
            row = self.landed.get((table, case_id or ""))
            if row is not None and self.agency.subjects[table].key == subject.key:
                return DoubtedRow("", "", table, "", "refused", row, datetime.min)
        return None

    def may_open(self, row: DoubtedRow, part: RulePart, is_own: bool) -> bool:
        """Whether a row's readable cells leave it possible that the part promises something to its case."""
        if not self.may_meet(row, part.where):
            return False
        opens = part.opens.name if part.opens else None
        return not (is_own and opens is not None and row.cells.get(opens, "unreadable") is None)

    def may_meet(self, row: DoubtedRow, where: Sequence[Condition]) -> bool:
        """Whether a row's readable cells leave it possible that it meets all conditions."""
        columns = self.agency.subjects[row.table].columns
        readable = {name: value for name, value in row.cells.items() if name in columns}
        return all(_may_hold(each, readable) for each in where)

    def cell(self, doubted: DoubtedRow, name: str | None) -> Any:
        """A cell as a date or an aware instant where it is one; None when it is empty or could not be read."""
        if name is None or doubted.cells.get(name) is None:
            return None
        kind = self.agency.subjects[doubted.table].columns[name].type
        value = str(doubted.cells[name])
        if kind == "instant":
            return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
        return date.fromisoformat(value) if kind == "date" else value

    def day(self, doubted: DoubtedRow, name: str | None) -> date | None:
        """The business day of a cell; None when it is empty, is no moment or could not be read."""
        return day_of(self.cell(doubted, name), self.agency)

    def required_days(self, row: DoubtedRow) -> list[date]:
        """The days that a row names in the columns which it must have."""
        columns = self.agency.subjects[row.table].columns
        cells = (self.cell(row, name) for name, column in columns.items() if column.required)
        return [day for cell in cells if (day := day_of(cell, self.agency)) is not None]

    def days_of_file(self, doubted: DoubtedRow) -> list[date]:
        """The day of the daily file in which a refused row stood: it may be a row of that day with a wrong date."""
        day = self._file_day(doubted) if doubted.because == "refused" else None
        return [] if day is None else [day]

    def _file_day(self, doubted: DoubtedRow) -> date | None:
        # A source that is no longer asked has left its rows behind.
        source = next((each for each in self.agency.sources if each.id == doubted.source_id), None)
        return None if source is None else _file_day(source, doubted)

    def arrived(self, doubted: DoubtedRow) -> Span:
        """The days of which a row can be that says none itself: that of its file, or those since the night before."""
        day = self._file_day(doubted)
        if day is not None:
            return day, day
        last = min(last_ended_day(doubted.first_at, self.agency.zone), self._today)
        before = [night for night in self._nights[doubted.source_id, doubted.table] if night < doubted.first_at]
        first = local_date(max(before), self.agency.zone) if before else self.agency.charter.in_force_from
        return min(first, last), last


def _file_day(source: Source, doubted: DoubtedRow) -> date | None:
    """The business day of the daily file in which the row stood."""
    path = next((feed.path for feed in source.feeds if feed.table == doubted.table), None)
    if path is None or "{day}" not in path:
        return None
    before, after = path.split("{day}", 1)
    place = doubted.origin
    start = place.find(before) + len(before) if before in place else -1
    text = place[start : start + 8] if start >= 0 else ""
    if len(text) != 8 or not text.isdigit() or not place[start + 8 :].startswith(after):
        return None
    return datetime.strptime(text, "%Y%m%d").date()


def day_of(cell: Any, agency: Agency) -> date | None:
    """The business day of a date or of an aware instant; None of anything else."""
    if isinstance(cell, datetime):
        return local_date(cell, agency.zone)
    return cell if isinstance(cell, date) else None


def _may_hold(condition: Condition, readable: Mapping[str, Any]) -> bool:
    """Whether a condition holds of the cells that could be read, or hangs on one that could not."""
    if condition.column not in readable:
        return True
    value = readable[condition.column]
    if condition.operator in ("null", "not_null"):
        return (value is None) == (condition.operator == "null")
    if value is None:
        return False
    if condition.operator == "later_than":
        # Both are of one type, and written as ISO texts.
        other = readable.get(str(condition.values[0]), "")
        return other is not None and str(value) > str(other)
    if condition.operator in ("at_least_of", "at_most_of"):
        other = readable.get(str(condition.values[0]), value)
        sign = 1 if condition.operator == "at_least_of" else -1
        return other is not None and sign * (float(value) - float(other)) >= 0
    texts = [str(each).lower() for each in condition.values]
    match condition.operator:
        case "in":
            return str(value).lower() in texts
        case "not_in":
            return str(value).lower() not in texts
        case "at_least":
            return float(value) >= float(condition.values[0])
        case _:
            return float(value) <= float(condition.values[0])

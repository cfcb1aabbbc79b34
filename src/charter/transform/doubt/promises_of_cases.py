"""What a row in doubt may mean for promises that are made to somebody: one for each case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from charter.base.moments import local_date
from charter.definitions.breaches import FIRST_TIER
from charter.definitions.models import Subject
from charter.transform.compile.calendar import clock_rules
from charter.transform.compile.follows import MOMENTS_OF_BREACH, broken_before
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.waits import longest_wait
from charter.transform.doubt.doubted_case import DoubtedCase, Span, latest
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_reading import RowReading, day_of
from charter.transform.doubt.rows_ahead import begun_with


class PromisesOfCases:
    """Promises that are made to somebody. ``parts`` are those of each version of a rule."""

    def __init__(
        self,
        reading: RowReading,
        parts: Mapping[tuple[str, int], Sequence[RulePart]],
        handed_on: Collection[tuple[str, str]],
    ) -> None:
        self._reading = reading
        self._agency = reading.agency
        self._parts = parts
        self._handed_on = handed_on
        self._calendars = clock_rules(reading.agency)
        self._waits: dict[tuple[str, int, str], int | None] = {}

    def of(self, doubted: DoubtedRow, parts: Sequence[RulePart]) -> DoubtedCase | None:
        """What the row may mean for ``parts``, whose commitments count towards one target; None for nothing."""
        subject = self._agency.subjects[parts[0].subject_table]
        is_parent = self._agency.subjects[doubted.table].key == subject.key
        case_id = self._reading.case(doubted, subject)
        if case_id == "":
            return None
        parent = doubted if is_parent else self._reading.parent(subject, case_id)
        within = [part for part in parts if parent is None or self._reading.may_open(parent, part, is_parent)]
        within = [part for part in within if _in_force(part, *self._opened(doubted, part, is_parent))]
        if not within and case_id is None:
            return None
        spans = [self._days(doubted, part, is_parent) for part in within or parts]
        if case_id is not None and not self._may_break(doubted, parts[0]):
            within = []
        department, any_department = self._department(doubted, parts[0], subject, parent, is_parent)
        if case_id is None and parts[0].owner_department is None:
            # It may be a newer version of a case that stands with another department.
            any_department = True
        return DoubtedCase(
            case_id=f"{subject.model}/{case_id}" if case_id is not None else doubted.id,
            standard_id=parts[0].standard_id,
            rule_version=parts[0].rule_version,
            subject_id=case_id,
            department_id=department,
            any_department=any_department,
            by_day=False,
            commitments=len(within),
            first_day=min(first for first, _ in spans),
            last_day=latest(last for _, last in spans),
            moves_due=any(self._may_move_due(doubted, part, is_parent) for part in parts),
        )

    def _may_move_due(self, doubted: DoubtedRow, part: RulePart, is_parent: bool) -> bool:
        """Whether the row may say how long the limit of a part is, how long its clock stood still, or what it counts
        back from."""
        columns = self._agency.subjects[doubted.table].columns
        if part.kind == "lead_time" and part.event is not None:
            begin = begun_with(self._agency, part.model)
            own = any(part.event.name in self._agency.subjects[table].columns for table in begin)
            # What no row of the case says by itself is made of several, and each of them may tell it.
            return is_parent or not own
        named = {part.row_limit.column if part.row_limit else None, part.due.name if part.due else None}
        return (is_parent and bool(named & columns.keys())) or (
            part.pauses is not None and part.pauses.table == doubted.table
        )

    def _days(self, doubted: DoubtedRow, part: RulePart, is_parent: bool) -> Span:
        """Between which days a promise that the row would add was decided."""
        first, last = self._opened(doubted, part, is_parent)
        if part.kind == "lead_time":
            return first, self._announced_by(doubted, part, last)
        cell = self._reading.cell(doubted, part.opens.name if part.opens and is_parent else None)
        longest = part.longest_count
        is_read = isinstance(cell, datetime) and last == day_of(cell, self._agency)
        if part.counting == "seconds" and longest is not None and is_read:
            return first, local_date(cell + timedelta(seconds=longest), self._agency.zone)
        reach = self._longest_wait(part)
        return first, None if reach is None or last is None else last + timedelta(days=reach)

    def _announced_by(self, doubted: DoubtedRow, part: RulePart, opened: date | None) -> date | None:
        """The last day on which a lead time that opened by ``opened`` can have been decided: that of its event, or of
        its notice where that alone can be read."""
        event = self._reading.day(doubted, part.event.name if part.event else None)
        notice = self._reading.day(doubted, part.notice.name if part.notice else None)
        last = notice if event is None else event
        return None if last is None or opened is None else max(last, opened)

    def _longest_wait(self, part: RulePart) -> int | None:
        """How many days after its opening a promise of the part is decided at most."""
        key = (part.standard_id, part.rule_version, part.part)
        if key not in self._waits:
            self._waits[key] = longest_wait(part, self._calendars)
        return self._waits[key]

    def _opened(self, doubted: DoubtedRow, part: RulePart, is_parent: bool) -> Span:
        """Between which days the promise opened. A row that tells what became of a case has the days that it names, and
        what follows from a breach those on which the other promise was decided."""
        if part.opens is not None and part.opens.name in MOMENTS_OF_BREACH and (broken := self._broken(part)):
            spans = [self._days(doubted, each, is_parent) for each in broken]
            return min(first for first, _ in spans), latest(last for _, last in spans)
        columns = self._agency.subjects[doubted.table].columns
        names = [part.opens.name] if is_parent and part.opens else list(columns)
        cells = (self._reading.cell(doubted, name) for name in names if name in columns)
        days = [day for cell in cells if (day := day_of(cell, self._agency)) is not None]
        if days:
            days += self._reading.days_of_file(doubted)
            return min(days), max(days)
        if is_parent and part.opens and part.opens.name not in columns:
            # Opened by what became of the case: no sooner than the case itself began, and nobody knows when.
            return self._begun(doubted), None
        return self._reading.arrived(doubted)

    def _broken(self, part: RulePart) -> list[RulePart]:
        """The parts whose breach a part promises something of; none of other parts."""
        if part.tier == FIRST_TIER:
            return []
        return broken_before(self._agency, [each for parts in self._parts.values() for each in parts], part)

    def _may_break(self, doubted: DoubtedRow, part: RulePart) -> bool:
        """Whether the row may make a breach that a part promises something of; true of other parts. A payment makes
        none: it may only fulfil what is owed for one."""
        broken = self._broken(part)
        tables = {each.subject_table for each in broken} | {each.pauses.table for each in broken if each.pauses}
        tables |= {landed for each in broken for landed in self._agency.subjects[each.subject_table].of}
        return not broken or doubted.table in tables

    def _begun(self, doubted: DoubtedRow) -> date:
        """The earliest day that a row names among the columns which it must have, else the earliest it can be of."""
        return min(self._reading.required_days(doubted), default=self._reading.arrived(doubted)[0])

    def _department(
        self, doubted: DoubtedRow, part: RulePart, subject: Subject, parent: DoubtedRow | None, is_parent: bool
    ) -> tuple[str | None, bool]:
        """Who would answer, and whether it may be anybody."""
        if part.owner_department is not None:
            return part.owner_department, False
        assert part.owner_column is not None
        if broken := self._broken(part):
            broken_on = self._agency.subjects[broken[0].subject_table]
            return self._department(doubted, broken[0], broken_on, parent, is_parent)
        if doubted.because == "orphaned":
            return None, True
        if not is_parent and part.ownership:
            columns = self._agency.subjects[doubted.table].columns
            name = next((name for name, column in columns.items() if column.type == "department"), None)
            if name is None or name not in doubted.cells:
                return None, name is not None
            named = doubted.cells[name]
            return None if named is None else str(named), False
        row = doubted if is_parent else parent
        if row is None or row.cells.get(part.owner_column) is None:
            return None, True
        if part.ownership and (part.subject_table, str(row.cells.get(subject.key))) in self._handed_on:
            return None, True
        return str(row.cells[part.owner_column]), False


def _in_force(part: RulePart, first: date, last: date | None) -> bool:
    begins, ends = date.fromisoformat(part.effective_from), part.effective_to
    return (last is None or begins <= last) and (ends is None or first <= date.fromisoformat(ends))

"""What rows in doubt may stand for: the commitments that they put in doubt, or may add.

Such a row is silence of a known size. Its readable cells are taken as true; of a cell that could not be read everything
is held to be possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

from charter.base.moments import last_ended_day, local_date, naive_utc
from charter.base.settings import Settings
from charter.definitions.breaches import FIRST_TIER
from charter.definitions.models import KINDS_OF_CASES, Agency, Source, Subject, needed_tables
from charter.definitions.waivers import WAIVERS
from charter.extract.corrections.refusals import Cell, key_text
from charter.lake.engine import connect
from charter.lake.files import landed_files, rows_of
from charter.lake.receipts import SourceReceipt
from charter.transform.compile.calendar import clock_rules
from charter.transform.compile.follows import MOMENTS_OF_BREACH, broken_before
from charter.transform.compile.rule_parts import Condition, OverRef, RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.subject_ids import SharedTables, shared_tables
from charter.transform.compile.waits import LONGEST_MONTH, longest_wait
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import versions_where
from charter.transform.doubt.rows import doubted_rows
from charter.transform.doubt.rows_ahead import announcing_columns, begun_with, dating_columns, promised_columns
from charter.transform.doubt.rows_taken_back import answering_columns, deciding_columns

Row = dict[str, Any]
# Business days from the first to the last, both included; None where no end is known.
Span = tuple[date, date | None]
# A row that is gone, or whose case is.
_GONE = frozenset({"withdrawn", "orphaned"})
# A row of which some cells can't be read, or not be believed.
_UNREAD = frozenset({"refused", "disordered"})


@dataclass(frozen=True)
class DoubtedCase:
    """What the rows in doubt of one case may mean for one version of a rule. Dates are business dates, both included.

    ``subject_id`` is the case, None when it could not be read: then any commitment may be meant. ``commitments`` is how
    many promises the case has at most. What it adds was decided between ``first_day`` and ``last_day`` (None: no end is
    known). ``department_id`` answers for it, as far as it can be read; with ``any_department`` each other one may
    instead. With ``by_day`` the rows bear on the days or slots from ``first_day`` to ``last_day`` themselves; with
    ``may_waive`` they are decisions to take them out. Of a part with a target of its own (``target_part``) it has a row
    by itself; None bears on every part. With ``moves_due`` they may say how long the limit is, how long its clock stood
    still, or when that takes place which a lead time counts back from. ``refused``, ``ahead`` and ``withdrawn`` count
    its rows by why they are in doubt (see DoubtedRow): ``disordered`` ones count as refused, and of ``orphaned`` ones
    the case is withdrawn.
    """

    case_id: str
    standard_id: str
    rule_version: int
    subject_id: str | None
    department_id: str | None
    any_department: bool
    by_day: bool
    commitments: int
    first_day: date
    last_day: date | None
    refused: int = 0
    ahead: int = 0
    withdrawn: int = 0
    may_waive: bool = False
    target_part: str | None = None
    moves_due: bool = False

    @property
    def rows(self) -> int:
        return self.refused + self.ahead + self.withdrawn


def doubted_cases(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> list[DoubtedCase]:
    """What the rows that stand in doubt at ``known_at`` (aware) may mean for each rule.

    ``receipts`` are those known at ``known_at``. One row for each case and rule version that it may bear on.
    """
    standing = doubted_rows(settings, agency, receipts, as_of, known_at)
    return cases_of(settings, agency, receipts, as_of, known_at, standing) if standing else []


def cases_of(
    settings: Settings,
    agency: Agency,
    receipts: Sequence[SourceReceipt],
    as_of: datetime,
    known_at: datetime,
    standing: Sequence[DoubtedRow],
) -> list[DoubtedCase]:
    """What the rows of ``standing`` may mean for each rule, by their cases."""
    reading = _Reading(settings, agency, receipts, as_of, known_at, standing)
    return _joined(case for row in standing for case in reading.cases(row))


def _joined(found: Iterable[DoubtedCase]) -> list[DoubtedCase]:
    """One row for each case and target: several rows of it in doubt may stand for its promises once."""
    cases: dict[tuple[str, str, int, str | None], list[DoubtedCase]] = defaultdict(list)
    for each in found:
        cases[each.case_id, each.standard_id, each.rule_version, each.target_part].append(each)
    return [reduce(_together, cases[key]) for key in sorted(cases, key=lambda key: (*key[:3], key[3] or ""))]


def _together(one: DoubtedCase, other: DoubtedCase) -> DoubtedCase:
    named = {each.department_id for each in (one, other) if each.department_id is not None}
    anybody = one.any_department or other.any_department or len(named) > 1
    return replace(
        one,
        department_id=None if anybody else next(iter(named), None),
        any_department=anybody,
        commitments=max(one.commitments, other.commitments),
        first_day=min(one.first_day, other.first_day),
        last_day=_latest([one.last_day, other.last_day]),
        refused=one.refused + other.refused,
        ahead=one.ahead + other.ahead,
        withdrawn=one.withdrawn + other.withdrawn,
        moves_due=one.moves_due or other.moves_due,
    )


class _Reading:
    """Reads rows in doubt as far as they can be read, beside what landed of the same keys."""

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        receipts: Sequence[SourceReceipt],
        as_of: datetime,
        known_at: datetime,
        standing: Sequence[DoubtedRow],
    ) -> None:
        self._agency = agency
        self._today = last_ended_day(as_of, agency.zone)
        self._parts: dict[tuple[str, int], list[RulePart]] = defaultdict(list)
        for part in compile_rules(agency):
            self._parts[part.standard_id, part.rule_version].append(part)
        self._calendars = clock_rules(agency)
        self._waits: dict[tuple[str, int, str], int | None] = {}
        self._nights: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        for receipt in receipts:
            for feed in receipt.feeds:
                if feed.status == "landed":
                    self._nights[receipt.source_id, feed.table].append(receipt.as_of)
        self._settled = _named_by_waivers(settings, agency, as_of, known_at)
        self._shared = shared_tables(settings, agency, known_at)
        self._landed = _landed_rows(settings, agency, known_at, standing, self._shared)
        self._handed_on = _handed_on(settings, agency, known_at, standing)

    def cases(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        """What one row may mean for each rule."""
        because = doubted.because
        for case in self._cases(doubted):
            if because in _GONE and (case.standard_id, case.subject_id) in self._settled:
                continue
            yield replace(
                case,
                refused=int(because in _UNREAD),
                ahead=int(because == "ahead"),
                withdrawn=int(because in _GONE),
            )

    def _cases(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        if doubted.table == WAIVERS:
            yield from self._waived(doubted)
        for standard in self._agency.charter.standards:
            for rule in standard.rules:
                if doubted.table in needed_tables(rule, self._agency.subjects):
                    parts = [each for each in self._parts[standard.id, rule.version] if self._bears_on(doubted, each)]
                    for together in _by_target(parts):
                        is_case = together[0].kind in KINDS_OF_CASES
                        case = self._of(doubted, together) if is_case else self._by_day(doubted, together)
                        if case is not None:
                            yield replace(case, target_part=_target_part(together[0]))

    def _bears_on(self, doubted: DoubtedRow, part: RulePart) -> bool:
        """Whether what a row says of a date that is not believed, or says no longer, bears on the part."""
        if not doubted.misdated:
            return True
        dates = dating_columns(self._agency, part).get(doubted.table, set())
        dates = dates | deciding_columns(self._agency, part).get(doubted.table, set()) | promised_columns(part)
        dates = dates | announcing_columns(self._agency, part).get(doubted.table, set())
        dates = dates | answering_columns(self._agency, part).get(doubted.table, set())
        if part.subject_table == doubted.table:
            dates = dates | {each.column for each in part.where} | ({part.ends} if part.ends else set())
        return bool(doubted.misdated & dates)

    # ── promises to somebody ────────────────────────────────────────────────────────────────────

    def _of(self, doubted: DoubtedRow, parts: Sequence[RulePart]) -> DoubtedCase | None:
        subject = self._agency.subjects[parts[0].subject_table]
        is_parent = self._agency.subjects[doubted.table].key == subject.key
        case_id = self._case(doubted, subject)
        if case_id == "":
            return None
        parent = doubted if is_parent else self._parent(subject, case_id)
        within = [part for part in parts if parent is None or self._may_open(parent, part, is_parent)]
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
            last_day=_latest(last for _, last in spans),
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

    def _case(self, doubted: DoubtedRow, subject: Subject) -> str | None:
        """The case that a row belongs to; None when it can't be read, "" when it belongs to none."""
        if not doubted.names_its_case or subject.key not in doubted.cells:
            return None
        key = key_text(doubted.cells[subject.key])
        tables = [name for name, table in self._agency.subjects.items() if table is subject] + subject.of
        shared = [name for name in tables if name in self._shared and self._agency.subjects[name].key == subject.key]
        if key is None or not shared:
            return key or ""
        # Only a source that feeds the table says by a bare key which case it means.
        return f"{doubted.source_id}/{key}" if doubted.source_id in self._agency.feeding(shared[0]) else None

    def _parent(self, subject: Subject, case_id: str | None) -> DoubtedRow | None:
        """The landed row that a case begins with: everything in it can be read."""
        for table in subject.of:
            row = self._landed.get((table, case_id or ""))
            if row is not None and self._agency.subjects[table].key == subject.key:
                return DoubtedRow("", "", table, "", "refused", row, datetime.min)
        return None

    def _may_open(self, row: DoubtedRow, part: RulePart, is_own: bool) -> bool:
        """Whether a row's readable cells leave it possible that the part promises something to its case."""
        if not self._may_meet(row, part.where):
            return False
        opens = part.opens.name if part.opens else None
        return not (is_own and opens is not None and row.cells.get(opens, "unreadable") is None)

    def _may_meet(self, row: DoubtedRow, where: Sequence[Condition]) -> bool:
        """Whether a row's readable cells leave it possible that it meets all conditions."""
        columns = self._agency.subjects[row.table].columns
        readable = {name: value for name, value in row.cells.items() if name in columns}
        return all(_may_hold(each, readable) for each in where)

    def _days(self, doubted: DoubtedRow, part: RulePart, is_parent: bool) -> Span:
        """Between which days a promise that the row would add was decided."""
        first, last = self._opened(doubted, part, is_parent)
        if part.kind == "lead_time":
            return first, self._announced_by(doubted, part, last)
        cell = self._cell(doubted, part.opens.name if part.opens and is_parent else None)
        longest = part.longest_count
        is_read = isinstance(cell, datetime) and last == _day(cell, self._agency)
        if part.counting == "seconds" and longest is not None and is_read:
            return first, local_date(cell + timedelta(seconds=longest), self._agency.zone)
        reach = self._longest_wait(part)
        return first, None if reach is None or last is None else last + timedelta(days=reach)

    def _announced_by(self, doubted: DoubtedRow, part: RulePart, opened: date | None) -> date | None:
        """The last day on which a lead time that opened by ``opened`` can have been decided: that of its event, or of
        its notice where that alone can be read."""
        event = _day(self._cell(doubted, part.event.name if part.event else None), self._agency)
        notice = _day(self._cell(doubted, part.notice.name if part.notice else None), self._agency)
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
            return min(first for first, _ in spans), _latest(last for _, last in spans)
        columns = self._agency.subjects[doubted.table].columns
        names = [part.opens.name] if is_parent and part.opens else list(columns)
        cells = (self._cell(doubted, name) for name in names if name in columns)
        days = [day for cell in cells if (day := _day(cell, self._agency)) is not None]
        if days:
            days += self._days_of_file(doubted)
            return min(days), max(days)
        if is_parent and part.opens and part.opens.name not in columns:
            # Opened by what became of the case: no sooner than the case itself began, and nobody knows when.
            return self._begun(doubted), None
        return self._arrived(doubted)

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
        return min(self._required_days(doubted), default=self._arrived(doubted)[0])

    def _required_days(self, row: DoubtedRow) -> list[date]:
        """The days that a row names in the columns which it must have."""
        columns = self._agency.subjects[row.table].columns
        cells = (self._cell(row, name) for name, column in columns.items() if column.required)
        return [day for cell in cells if (day := _day(cell, self._agency)) is not None]

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
            return (None, name is not None) if name is None or name not in doubted.cells else _text(doubted.cells[name])
        row = doubted if is_parent else parent
        if row is None or row.cells.get(part.owner_column) is None:
            return None, True
        if part.ownership and (part.subject_table, str(row.cells.get(subject.key))) in self._handed_on:
            return None, True
        return str(row.cells[part.owner_column]), False

    # ── promises of a day or a slot ─────────────────────────────────────────────────────────────

    def _by_day(self, doubted: DoubtedRow, parts: Sequence[RulePart]) -> DoubtedCase | None:
        spans = [span for part in parts for span in self._spans(doubted, part)]
        if not spans:
            return None
        case_id = self._case(doubted, self._agency.subjects[doubted.table])
        department = self._counted_for(doubted, parts[0])
        return DoubtedCase(
            case_id=f"{doubted.table}/{case_id}" if case_id else doubted.id,
            standard_id=parts[0].standard_id,
            rule_version=parts[0].rule_version,
            subject_id=None,
            department_id=department,
            any_department=department is None,
            by_day=True,
            # A customer of whom nothing else is known, and each row of a rolling window, has one of its own.
            commitments=sum(part.per_column is not None or part.rolling_count is not None for part in parts),
            first_day=min(first for first, _ in spans),
            last_day=_latest(last for _, last in spans),
        )

    def _counted_for(self, doubted: DoubtedRow, part: RulePart) -> str | None:
        """The department for which the row counts; None when that may be any: its cell or its key could not be read, or
        another version of the row, which stands, names another."""
        if part.owner_department is not None:
            return part.owner_department
        subject = self._agency.subjects[part.subject_table]
        is_own = doubted.table == part.subject_table or (self._is_base(doubted, subject) and not part.ownership)
        if part.owner_column is None or part.per_kind is None or not is_own:
            return None
        named = doubted.cells.get(part.owner_column)
        key = self._case(doubted, self._agency.subjects[doubted.table])
        if named is None or not key:
            return None
        landed = self._landed.get((doubted.table, key), {}).get(part.owner_column, named)
        return str(named) if landed == named else None

    def _waived(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        """A decision to take promises out that nobody could read: those that it may mean are in doubt."""
        named = self._cell(doubted, "standard_id") or self._waived_before(doubted)
        subject = self._cell(doubted, "subject_id")
        first = _day(self._cell(doubted, "from_on"), self._agency) or self._agency.charter.in_force_from
        for (standard_id, rule_version), parts in self._parts.items():
            if named in (None, standard_id):
                # A key alone may mean a case of any source that feeds the table.
                of_one = subject is not None and not self._is_shared(parts[0])
                yield DoubtedCase(
                    case_id=doubted.id,
                    standard_id=standard_id,
                    rule_version=rule_version,
                    subject_id=subject if of_one else None,
                    department_id=None,
                    any_department=False,
                    by_day=not of_one,
                    may_waive=True,
                    commitments=0,
                    first_day=first,
                    last_day=_day(self._cell(doubted, "to_on"), self._agency),
                )

    def _waived_before(self, doubted: DoubtedRow) -> str | None:
        """The standard of a waiver that landed and still says the same, but for what can't be read; else None."""
        key = key_text(doubted.cells.get(self._agency.subjects[WAIVERS].key))
        landed = self._landed.get((WAIVERS, key or ""))
        if landed is None:
            return None
        before = replace(doubted, cells=landed)
        says_the_same = all(self._cell(doubted, name) == self._cell(before, name) for name in doubted.cells)
        return _text(landed["standard_id"])[0] if says_the_same else None

    def _is_shared(self, part: RulePart) -> bool:
        subject = self._agency.subjects[part.subject_table]
        return bool(self._shared.keys() & {part.subject_table, *subject.of})

    def _spans(self, doubted: DoubtedRow, part: RulePart) -> Iterator[Span]:
        """The days on which the row may count for the part: as an activity, an incident, or something that stands; of a
        refused row also those on which an older version of it is counted, whatever the newer one says."""
        table = self._agency.subjects[doubted.table]
        deciding = set[str]()
        if doubted.misdated:
            deciding |= deciding_columns(self._agency, part).get(doubted.table, set())
            deciding |= answering_columns(self._agency, part).get(doubted.table, set())
        own = {*(each.column for each in part.where), part.on, part.starts, part.ends, *deciding}
        over = part.over if part.over is not None and part.over.model == table.model else None
        for version in self._versions(doubted):
            is_own = doubted.table == part.subject_table and _is_told_by(version, own)
            if is_own and self._may_open(version, part, True):
                first, last = self._span(version, part.on or part.starts, part.on or part.ends, part.valid_days)
                yield first, None if last is None else last + _window(part)
            if over and self._may_meet(version, over.where) and _is_told_by(version, {*_columns_of(over), *deciding}):
                yield self._span(version, over.dated.name, over.dated.name, None)
            population = (part.population_starts, part.population_ends)
            if part.population_model == table.model and _is_told_by(version, {*population, *deciding}):
                yield self._span(version, *population, None)
            yield from self._derived_spans(version, part)

    def _derived_spans(self, doubted: DoubtedRow, part: RulePart) -> Iterator[Span]:
        """The days on which the rows of derived tables that are made of the row may count for the part."""
        subject = self._agency.subjects[part.subject_table]
        tells = doubted.table in subject.of and self._tells_of(doubted, subject, part)
        if tells and self._may_be_counted(doubted, subject, part):
            days = (part.on or part.starts, part.on or part.ends, part.valid_days)
            first, last = self._derived_span(doubted, subject, *days)
            yield first, None if last is None else last + _window(part)
        for each in self._agency.subjects.values():
            if doubted.table in each.of and part.over is not None and part.over.model == each.model:
                yield self._derived_span(doubted, each, part.over.dated.name, part.over.dated.name, None)
            if doubted.table in each.of and part.population_model == each.model:
                yield self._derived_span(doubted, each, part.population_starts, part.population_ends, None)

    def _is_base(self, doubted: DoubtedRow, subject: Subject) -> bool:
        """Whether the row is of the table that ``subject`` is derived from, and has its key."""
        return doubted.table in subject.of and self._agency.subjects[doubted.table].key == subject.key

    def _begins(self, doubted: DoubtedRow, subject: Subject) -> DoubtedRow | None:
        """The row that the case of ``subject`` begins with: the row itself, or the one that landed."""
        if self._is_base(doubted, subject):
            return doubted
        case_id = self._case(doubted, subject)
        return self._parent(subject, case_id) if case_id else None

    def _tells_of(self, doubted: DoubtedRow, subject: Subject, part: RulePart) -> bool:
        """Whether a part looks at what is not known of a row. What its facts look at, nobody says here: they may."""
        used = {each.column for each in (*part.where, *part.hits, *part.standing)}
        used |= {each for each in (part.on, part.starts, part.ends, part.value, part.item, part.per_column) if each}
        used |= {subject.ownership.opens} if subject.ownership else set()
        derived: Subject | None = subject
        while derived is not None:
            used |= derived.where.keys()
            derived = self._agency.subjects.get(derived.from_ or "")
        return _is_told_by(doubted, used) or not used <= self._agency.subjects[doubted.table].columns.keys()

    def _may_be_counted(self, doubted: DoubtedRow, subject: Subject, part: RulePart) -> bool:
        row = self._begins(doubted, subject)
        return row is None or self._may_open(row, part, True)

    def _derived_span(
        self, doubted: DoubtedRow, subject: Subject, starts: str | None, ends: str | None, valid_days: int | None
    ) -> Span:
        """The days on which the row of ``subject`` that is made of a row may count.

        A fact may be of any day since its case began, and a row that tells what became of a case may change the row of
        that case, whenever it counts.
        """
        is_base = self._is_base(doubted, subject)
        if is_base and starts in self._agency.subjects[doubted.table].columns:
            return self._span(doubted, starts, ends, valid_days)
        row = self._begins(doubted, subject)
        otherwise = self._arrived(doubted)[0] if is_base else self._agency.charter.in_force_from
        return min(self._required_days(row) if row is not None else [], default=otherwise), None

    def _versions(self, doubted: DoubtedRow) -> Iterator[DoubtedRow]:
        """The row, and of a refused one the older version that stands until it is put right."""
        yield doubted
        key = self._case(doubted, self._agency.subjects[doubted.table])
        if doubted.because in _UNREAD and (landed := self._landed.get((doubted.table, key or ""))) is not None:
            yield replace(doubted, cells=landed)

    def _span(self, doubted: DoubtedRow, starts: str | None, ends: str | None, valid_days: int | None) -> Span:
        first, last = _day(self._cell(doubted, starts), self._agency), _day(self._cell(doubted, ends), self._agency)
        arrived = self._arrived(doubted)
        if starts == ends:
            landed = self._landed_day(doubted, starts)
            days = [*(arrived if first is None else (first, *self._days_of_file(doubted))), *landed]
            known = [day for day in days if day is not None]
            return min(known), max(known)
        if first is None:
            return arrived[0], last
        if valid_days is not None:
            last = first + timedelta(days=valid_days)
        key = self._case(doubted, self._agency.subjects[doubted.table])
        if doubted.because == "refused" and key and (doubted.table, key) in self._landed:
            # What stood before this version of it came was counted as the version before had it.
            first = max(first, arrived[0])
        return first, last

    def _landed_day(self, doubted: DoubtedRow, name: str | None) -> list[date]:
        """The day on which an older version of a refused row, which stands, is counted until the row is put right."""
        key = self._case(doubted, self._agency.subjects[doubted.table])
        landed = self._landed.get((doubted.table, key or "")) if doubted.because in _UNREAD else None
        day = _day(self._cell(replace(doubted, cells=landed), name), self._agency) if landed else None
        return [] if day is None else [day]

    # ── cells ───────────────────────────────────────────────────────────────────────────────────

    def _cell(self, doubted: DoubtedRow, name: str | None) -> Any:
        """A cell as a date or an aware instant where it is one; None when it is empty or could not be read."""
        if name is None or doubted.cells.get(name) is None:
            return None
        kind = self._agency.subjects[doubted.table].columns[name].type
        value = str(doubted.cells[name])
        if kind == "instant":
            return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
        return date.fromisoformat(value) if kind == "date" else value

    def _days_of_file(self, doubted: DoubtedRow) -> list[date]:
        """The day of the daily file in which a refused row stood: it may be a row of that day with a wrong date."""
        day = self._file_day(doubted) if doubted.because == "refused" else None
        return [] if day is None else [day]

    def _file_day(self, doubted: DoubtedRow) -> date | None:
        # A source that is no longer asked has left its rows behind.
        source = next((each for each in self._agency.sources if each.id == doubted.source_id), None)
        return None if source is None else _file_day(source, doubted)

    def _arrived(self, doubted: DoubtedRow) -> Span:
        """The days of which a row can be that says none itself: that of its file, or those since the night before."""
        day = self._file_day(doubted)
        if day is not None:
            return day, day
        last = min(last_ended_day(doubted.first_at, self._agency.zone), self._today)
        before = [night for night in self._nights[doubted.source_id, doubted.table] if night < doubted.first_at]
        first = local_date(max(before), self._agency.zone) if before else self._agency.charter.in_force_from
        return min(first, last), last


def _by_target(parts: Sequence[RulePart]) -> Iterable[list[RulePart]]:
    """The parts whose commitments count towards one target, together."""
    found: dict[str | None, list[RulePart]] = defaultdict(list)
    for part in parts:
        found[_target_part(part)].append(part)
    return found.values()


def _target_part(part: RulePart) -> str | None:
    return None if part.target is None else part.part


def _named_by_waivers(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> set[tuple[str, str]]:
    """The standards and cases that decisions in force name, by what was known at ``known_at`` (aware)."""
    if WAIVERS not in agency.subjects:
        return set()
    waivers = (each[-1] for each in versions_where(settings, agency, WAIVERS, "subject_id IS NOT NULL", known_at))
    return {
        (str(each.cells["standard_id"]), str(each.cells["subject_id"]))
        for each in waivers
        if not each.deleted and datetime.fromisoformat(str(each.cells["decided_at"])) <= naive_utc(as_of)
    }


def _landed_rows(
    settings: Settings, agency: Agency, known_at: datetime, standing: Sequence[DoubtedRow], shared: SharedTables
) -> dict[tuple[str, str], Row]:
    """The newest landed row, by table and id, of every key or case that a row in doubt names."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for doubted in standing:
        for name, subject in agency.subjects.items():
            if subject.landed and subject.key in doubted.cells and doubted.cells[subject.key] is not None:
                wanted[name].add(str(doubted.cells[subject.key]))
    found: dict[tuple[str, str], Row] = {}
    with connect() as db:
        for table, keys in wanted.items():
            files = landed_files(settings, table, until=known_at)
            if not files:
                continue
            columns = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in agency.subjects[table].columns)
            rows = db.execute(
                f"SELECT _source_id, _row_key, {columns} FROM {rows_of(files)} WHERE list_contains($keys, _row_key)"
                " QUALIFY row_number() OVER (PARTITION BY _source_id, _row_key ORDER BY _known_at DESC, _deleted) = 1",
                {"keys": sorted(keys)},
            )
            names = [column[0] for column in rows.description or ()]
            for source, key, *values in rows.fetchall():
                row_id = f"{source}/{key}" if table in shared else key
                found[table, row_id] = dict(zip(names[2:], values, strict=True))
    return found


def _handed_on(
    settings: Settings, agency: Agency, known_at: datetime, standing: Sequence[DoubtedRow]
) -> set[tuple[str, str]]:
    """The tables and keys of the rows in doubt that some landed row hands to another department."""
    found: set[tuple[str, str]] = set()
    for name, subject in agency.subjects.items():
        rows = [each for each in standing if each.table in subject.of]
        keys = sorted({key for each in rows if (key := key_text(each.cells.get(subject.key))) is not None})
        files = landed_files(settings, subject.ownership.of, until=known_at) if subject.ownership and keys else []
        if subject.ownership is None or not files:
            continue
        by = subject.ownership.by or subject.key
        with connect() as db:
            handed_on = db.execute(
                f'SELECT DISTINCT "{by}"::VARCHAR FROM {rows_of(files)} WHERE list_contains($keys, "{by}"::VARCHAR)'
                f' AND "{subject.ownership.department}" IS NOT NULL',
                {"keys": keys},
            ).fetchall()
        found |= {(name, key) for (key,) in handed_on}
    return found


def _is_told_by(doubted: DoubtedRow, columns: Iterable[str | None]) -> bool:
    """Whether what is not known of a row stands in one of ``columns``: of a date that lies ahead nothing else is."""
    return not doubted.misdated or any(name in doubted.misdated for name in columns)


def _columns_of(over: OverRef) -> Iterable[str]:
    """What says whether and when a row counts among those that a ratio is taken over."""
    return (over.dated.name, *(each.column for each in over.where))


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


def _text(value: Cell) -> tuple[str | None, bool]:
    return (None if value is None else str(value)), False


def _day(cell: Any, agency: Agency) -> date | None:
    if isinstance(cell, datetime):
        return local_date(cell, agency.zone)
    return cell if isinstance(cell, date) else None


def _latest(days: Iterable[date | None]) -> date | None:
    """The last of ``days``; None, which is no end, comes after every other."""
    found = list(days)
    return None if None in found else max(day for day in found if day is not None)


def _in_force(part: RulePart, first: date, last: date | None) -> bool:
    begins, ends = date.fromisoformat(part.effective_from), part.effective_to
    return (last is None or begins <= last) and (ends is None or first <= date.fromisoformat(ends))


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


def _window(part: RulePart) -> timedelta:
    """For how long after its day a row counts in rolling windows at most."""
    days_of_a_unit = LONGEST_MONTH if part.rolling_unit == "months" else 1
    return timedelta(days=(part.rolling_count or 0) * days_of_a_unit)

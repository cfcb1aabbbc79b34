"""What a row in doubt may mean for promises of a day or of a slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from charter.definitions.models import Subject
from charter.transform.compile.rule_parts import OverRef, RulePart
from charter.transform.compile.waits import LONGEST_MONTH
from charter.transform.doubt.doubted_case import DoubtedCase, Span, latest
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_reading import UNREAD, RowReading
from charter.transform.doubt.rows_taken_back import answering_columns, deciding_columns


class PromisesOfDays:
    """Promises of a day or a slot, for which rows count as an activity, an incident, or something that stands."""

    def __init__(self, reading: RowReading) -> None:
        self._reading = reading
        self._agency = reading.agency

    def of(self, doubted: DoubtedRow, parts: Sequence[RulePart]) -> DoubtedCase | None:
        """What the row may mean for ``parts``, whose commitments count towards one target; None for nothing."""
        spans_by_part = [(part, list(self._spans(doubted, part))) for part in parts]
        spans = [span for _, of_part in spans_by_part for span in of_part]
        if not spans:
            return None
        within = [part for part, of_part in spans_by_part if of_part]
        is_incident = all(part.kind == "zero" and part.subject_table == doubted.table for part in within)
        case_id = self._reading.case(doubted, self._agency.subjects[doubted.table])
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
            last_day=latest(last for _, last in spans),
            # One row is one incident, on one day of each part.
            breaks=len(within) if is_incident else None,
            mends=sum(self._may_be_counted_now(doubted, part) for part in within) if is_incident else None,
        )

    def _may_be_counted_now(self, doubted: DoubtedRow, part: RulePart) -> bool:
        """Whether a version of an incident in doubt may be counted on some day tonight, to which it may not belong."""
        if doubted.because == "withdrawn" and not doubted.misdated:
            return False
        if doubted.because == "ahead" and part.on in doubted.misdated:
            return False
        key = self._reading.case(doubted, self._agency.subjects[doubted.table])
        if doubted.because != "refused" or not key:
            return True
        landed = self._reading.landed_version(doubted)
        return landed is not None and self._reading.may_open(landed, part, True)

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
        key = self._reading.case(doubted, self._agency.subjects[doubted.table])
        if named is None or not key:
            return None
        landed = self._reading.landed_version(doubted)
        stands_with = named if landed is None else landed.cells.get(part.owner_column, named)
        return str(named) if stands_with == named else None

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
            is_own = doubted.table == part.subject_table and _rests_on(version, own)
            if is_own and self._reading.may_open(version, part, True):
                first, last = self._span(version, part.on or part.starts, part.on or part.ends, part.valid_days)
                yield first, None if last is None else last + _window(part)
            if (
                over
                and self._reading.may_meet(version, over.where)
                and _rests_on(version, {*_columns_of(over), *deciding})
            ):
                yield self._span(version, over.dated.name, over.dated.name, None)
            population = (part.population_starts, part.population_ends)
            if part.population_model == table.model and _rests_on(version, {*population, *deciding}):
                yield self._span(version, *population, None)
            yield from self._derived_spans(version, part)

    def _derived_spans(self, doubted: DoubtedRow, part: RulePart) -> Iterator[Span]:
        """The days on which the rows of derived tables that are made of the row may count for the part."""
        subject = self._agency.subjects[part.subject_table]
        tells = doubted.table in subject.of and self._looks_at(doubted, subject, part)
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
        case_id = self._reading.case(doubted, subject)
        return self._reading.parent(subject, case_id) if case_id else None

    def _looks_at(self, doubted: DoubtedRow, subject: Subject, part: RulePart) -> bool:
        """Whether a part looks at what is not known of a row. What its facts look at, nobody says here: they may."""
        used = {each.column for each in (*part.where, *part.hits, *part.standing)}
        used |= {each for each in (part.on, part.starts, part.ends, part.value, part.item, part.per_column) if each}
        used |= {subject.ownership.opens} if subject.ownership else set()
        derived: Subject | None = subject
        while derived is not None:
            used |= derived.where.keys()
            derived = self._agency.subjects.get(derived.from_ or "")
        return _rests_on(doubted, used) or not used <= self._agency.subjects[doubted.table].columns.keys()

    def _may_be_counted(self, doubted: DoubtedRow, subject: Subject, part: RulePart) -> bool:
        row = self._begins(doubted, subject)
        return row is None or self._reading.may_open(row, part, True)

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
        otherwise = self._reading.arrived(doubted)[0] if is_base else self._agency.charter.in_force_from
        return min(self._reading.required_days(row) if row is not None else [], default=otherwise), None

    def _versions(self, doubted: DoubtedRow) -> Iterator[DoubtedRow]:
        """The row, and of a refused one the older version that stands until it is put right."""
        yield doubted
        if doubted.because in UNREAD and (landed := self._reading.landed_version(doubted)) is not None:
            yield landed

    def _span(self, doubted: DoubtedRow, starts: str | None, ends: str | None, valid_days: int | None) -> Span:
        first, last = self._reading.day(doubted, starts), self._reading.day(doubted, ends)
        arrived = self._reading.arrived(doubted)
        if starts == ends:
            landed = self._landed_day(doubted, starts)
            days = [*(arrived if first is None else (first, *self._reading.days_of_file(doubted))), *landed]
            known = [day for day in days if day is not None]
            return min(known), max(known)
        if first is None:
            return arrived[0], last
        if valid_days is not None:
            last = first + timedelta(days=valid_days)
        if doubted.because == "refused" and self._reading.landed_version(doubted) is not None:
            # What stood before this version of it came was counted as the version before had it.
            first = max(first, arrived[0])
        return first, last

    def _landed_day(self, doubted: DoubtedRow, name: str | None) -> list[date]:
        """The day on which an older version of a refused row, which stands, is counted until the row is put right."""
        landed = self._reading.landed_version(doubted) if doubted.because in UNREAD else None
        day = self._reading.day(landed, name) if landed else None
        return [] if day is None else [day]


def _rests_on(doubted: DoubtedRow, columns: Iterable[str | None]) -> bool:
    """Whether what is not known of a row stands in one of ``columns``: of a date that lies ahead nothing else is."""
    return not doubted.misdated or any(name in doubted.misdated for name in columns)


def _columns_of(over: OverRef) -> Iterable[str]:
    """What says whether and when a row counts among those that a ratio is taken over."""
    return (over.dated.name, *(each.column for each in over.where))


def _window(part: RulePart) -> timedelta:
    """For how long after its day a row counts in rolling windows at most."""
    days_of_a_unit = LONGEST_MONTH if part.rolling_unit == "months" else 1
    return timedelta(days=(part.rolling_count or 0) * days_of_a_unit)

"""The commitments that the plain reading gives for some rows, in the shape of fct_commitments; and the comparison."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from charter.definitions.models import (
    Agency,
    CountedPart,
    CoveragePart,
    DeadlinePart,
    Exclusion,
    LeadTimePart,
    LevelPart,
    MeasurePart,
    OccurrencePart,
    Part,
    Rule,
    SlotKind,
    ZeroPart,
)
from tests.commitments.reading import (
    BEYOND,
    DAY,
    Calendars,
    Measured,
    Night,
    Row,
    Transfer,
    Verdict,
    Waiver,
    begins,
    day_of,
    excluded_by,
    instant_of,
    meets,
    owner_at,
    read_coverage,
    read_deadline,
    read_figure,
    read_lead_time,
    read_level,
    read_measure,
    read_occurrence,
    read_zero,
    slots,
    standing,
    stands,
    waived_by,
    window_begins,
)
from tests.commitments.warehouse import naive


@dataclass(frozen=True)
class Commitment:
    """One commitment as read: its name, who answers, the verdict, and the rows it rests on."""

    standard_id: str
    rule_version: int
    part: str
    subject_table: str
    subject_id: str
    department_id: str
    unit: str
    verdict: Verdict
    rows: tuple[Row, ...] = ()

    @property
    def commitment_id(self) -> str:
        return f"{self.standard_id}/{self.part}/{self.subject_id}"

    def as_row(self) -> dict[str, Any]:
        """All columns of fct_commitments, instants naive UTC."""
        verdict = self.verdict
        return {
            "commitment_id": self.commitment_id,
            "standard_id": self.standard_id,
            "rule_version": self.rule_version,
            "part": self.part,
            "subject_table": self.subject_table,
            "subject_id": self.subject_id,
            "department_id": self.department_id,
            "opened_at": naive(verdict.opened_at),
            "due_at": _known(verdict.due_at),
            "original_due_at": _known(verdict.original_due_at),
            "due_basis": verdict.due_basis,
            "fulfilled_at": naive(verdict.fulfilled_at),
            "fulfilled_by": verdict.fulfilled_by,
            "decided_at": naive(verdict.decided_at),
            "opened_on": verdict.opened_on,
            "decided_on": verdict.decided_on,
            "status": verdict.status,
            "exclusion_rule": verdict.exclusion_rule,
            "measured_value": verdict.measured_value,
            "limit_value": verdict.limit_value,
            "lower_limit_value": verdict.lower_limit_value,
            "paused_count": verdict.paused_count,
            "paused_seconds": verdict.paused_seconds,
            "missing_evidence": verdict.missing_evidence,
            "waited_seconds": verdict.waited_seconds,
            "unit": self.unit,
            "source_id": min((row["source_id"] for row in self.rows), default=None),
            "known_at": naive(max((row["known_at"] for row in self.rows), default=None)),
        }


def _known(due_at: datetime) -> datetime | None:
    """A due time as the ledger has it: none where it is beyond the calendar."""
    return None if due_at == BEYOND else naive(due_at)


@dataclass(frozen=True)
class World:
    """What is on record: rows by subject table, and what else decides who answers and what is taken out."""

    tables: Mapping[str, Sequence[Row]]
    waivers: Sequence[Waiver] = ()
    transfers: Sequence[Transfer] = ()
    covered: Collection[tuple[str, date]] = field(default_factory=tuple)


def read_commitments(
    agency: Agency, calendars: Calendars, world: World, night: Night, standards: Collection[str]
) -> list[Commitment]:
    """Every commitment of ``standards`` as of the night."""
    found: list[Commitment] = []
    for standard in agency.charter.standards:
        if standard.id not in standards:
            continue
        for rule in standard.rules:
            for part in rule.parts:
                read = _Reader(agency, calendars, world, night, standard.id, standard.kind, rule)
                found += read.part(part)
    return found


@dataclass(frozen=True)
class _Reader:
    agency: Agency
    calendars: Calendars
    world: World
    night: Night
    standard_id: str
    kind: str
    rule: Rule[Any]

    def part(self, part: Part) -> Iterator[Commitment]:
        match part:
            case DeadlinePart() | LeadTimePart() | CoveragePart():
                yield from self._of_subjects(part)
            case OccurrencePart():
                yield from self._of_slots(part)
            case LevelPart() | ZeroPart():
                yield from self._of_days(part)
            case MeasurePart():
                yield from self._of_windows(part) if part.rolling else self._of_figures(part)
            case _:
                raise AssertionError(part)

    @property
    def _zone(self) -> Any:
        return self.calendars.zone

    def _in_force(self, day: date) -> bool:
        rule = self.rule
        return rule.effective_from <= day and (rule.effective_to is None or day <= rule.effective_to)

    def _rows(self, part: Part) -> list[Row]:
        rows = self.world.tables.get(self.rule.subject, ())
        return [row for row in rows if meets(row, {**self.rule.where, **part.where})]

    def _of_subjects(self, part: DeadlinePart | LeadTimePart | CoveragePart) -> Iterator[Commitment]:
        subject = self.agency.subjects[self.rule.subject]
        for row in self._rows(part):
            opened = row[part.opens]
            if opened is None or not self._in_force(day_of(opened, self._zone)):
                continue
            if not self.night.has_come(opened, self._zone):
                continue
            if isinstance(part, DeadlinePart) and part.due is not None and row[part.due] is None:
                continue  # nothing was promised
            if isinstance(part, LeadTimePart) and row[part.event] is None:
                continue  # nothing to announce
            unit: str
            if isinstance(part, DeadlinePart):
                owner = self._owner_at_opening(row, part.opens)
                verdict = read_deadline(part, row, self.calendars, self.night, owner, self._events(part, row))
                unit = part.unit
            elif isinstance(part, LeadTimePart):
                owner = self._owner_at_opening(row, part.opens)
                verdict = read_lead_time(part, row, self.calendars, self.night, owner)
                in_days = "working_days" if part.clock == "working_days" else "days"
                unit = "hours" if part.limit.unit == "hours" else in_days
            else:
                verdict, unit = read_coverage(part, row, self.calendars, self.night), "count"
            subject_id = row[subject.key]
            owner = self._owner(row, verdict)
            yield self._taken_out(part, subject_id, owner, unit, verdict, row, (row,))

    def _events(self, part: DeadlinePart, row: Row) -> list[Row]:
        """The rows that may hold a subject's clock."""
        if part.pauses is None:
            return []
        key = self.agency.subjects[self.rule.subject].key
        by = part.pauses.by or key
        return [event for event in self.world.tables.get(part.pauses.of, ()) if event[by] == row[key]]

    def _first_owner(self, row: Row) -> str:
        owner: str = self.rule.owner.department or row[str(self.rule.owner.column)]
        return owner

    def _owner_at_opening(self, row: Row, opens: str) -> str:
        """Who owned a subject when this part of the promise opened, transfers at that very instant included."""
        return self._owner_at(row, instant_of(row[opens], self._zone))

    def _owner(self, row: Row, verdict: Verdict) -> str:
        """Who answers: whoever owned it when it fell due; until then, whoever owns it now."""
        return self._owner_at(row, min(verdict.due_at, self.night.as_of))

    def _owner_at(self, row: Row, moment: datetime) -> str:
        subject = self.agency.subjects[self.rule.subject]
        first = self._first_owner(row)
        if not subject.ownership or self.rule.owner.column != subject.ownership.department:
            return first
        transfers = [each for each in self.world.transfers if each.subject_id == row[subject.key]]
        return owner_at(first, row[subject.ownership.opens], transfers, moment)

    def _of_slots(self, part: OccurrencePart) -> Iterator[Commitment]:
        for name, first, last in self._slots(part.slot, part.only):
            for owner, called in self._whose(part, [first, last], name):
                rows = self._rows_of(part, owner)
                verdict = read_occurrence(part, first, last, rows, self.calendars, self.night)
                known = (row for row in rows if self.night.has_come(row[part.on], self._zone))
                counted = tuple(row for row in known if first <= row[part.on] <= last)
                yield self._taken_out(part, called, owner, "count", verdict, {}, counted)

    def _slots(self, kind: SlotKind, only: Collection[int]) -> Iterator[tuple[str, date, date]]:
        """The slots that begin while the rule is in force and have begun by the night."""
        today = day_of(self.night.as_of, self._zone)
        for name, first, last in slots(kind, only, self.agency.calendar, self.rule.effective_from, today):
            if self._in_force(first) and begins(first, self._zone) < self.night.as_of:
                yield name, first, last

    def _whose(self, part: CountedPart, days: Sequence[date], name: str) -> Iterator[tuple[str, str]]:
        """Who has a commitment of a slot or a day, and what it is called: each department of a kind that stands on all
        its days (of which here the first and the last are given), or the one that answers for the agency."""
        if part.per is None:
            yield str(self.rule.owner.department), name
            return
        for department in self.agency.organisation.departments:
            stays = all(stands(self.agency.organisation, department.id, day) for day in days)
            if department.kind == part.per.department and stays:
                yield department.id, f"{department.id}/{name}"

    def _rows_of(self, part: CountedPart, owner: str) -> list[Row]:
        rows = self._rows(part)
        return rows if part.per is None else [row for row in rows if row[str(self.rule.owner.column)] == owner]

    def _of_figures(self, part: MeasurePart) -> Iterator[Commitment]:
        assert part.slot is not None
        for name, first, last in self._slots(part.slot, part.only):
            for unit, owner, called in self._units(part, first, last, name):
                rows, beside = self._within(part, first, last, unit)
                over = beside if part.figure.ratio else []
                population = part.figure.share.of if part.figure.share else None
                members = [row[population.item] for row in beside] if population else []
                measured = read_figure(part, rows, len(over), members)
                yield self._figure(part, first, last, called, owner, measured, [*rows, *beside])

    def _figure(
        self, part: MeasurePart, first: date, last: date, called: str, owner: str, measured: Measured, rows: list[Row]
    ) -> Commitment:
        needed = {self.rule.subject, *part.beside}
        silent = {
            (table, day)
            for table in needed
            for day in (first + DAY * number for number in range((last - first).days + 1))
            if day >= self.agency.charter.in_force_from and begins(day + DAY, self._zone) <= self.night.as_of
        } - set(self.world.covered)
        known = {"is_known": not silent, "night": self.night, "zone": self._zone}
        opened = last if part.rolling else first
        verdict = read_measure(part, opened, last, measured, **known)
        return self._taken_out(part, called, owner, part.measured_in, verdict, {}, tuple(rows))

    def _units(self, part: MeasurePart, first: date, last: date, name: str) -> Iterator[tuple[Any, str, str]]:
        """Whose figures a slot has: the unit (None: all), who answers, and what the commitment is called."""
        if part.per is None or part.per_kind is not None:
            for owner, called in self._whose(part, [first, last], name):
                yield (owner if part.per else None), owner, called
            return
        rows, beside = self._within(part, first, last, None)
        column, by = str(part.per.column), self._by(part)
        units = {row[column] for row in rows} | {row[str(by)] for row in beside}
        for unit in sorted(units - {None}):
            yield unit, str(self.rule.owner.department), f"{unit}/{name}"

    def _by(self, part: MeasurePart) -> str | None:
        if part.figure.ratio is not None:
            return part.figure.ratio.by
        return part.figure.share.of.by if part.figure.share and part.figure.share.of else None

    def _within(self, part: MeasurePart, first: date, last: date, unit: Any) -> tuple[list[Row], list[Row]]:
        """The rows of a slot that count for a unit (None: whosever they are), and those of the other table."""
        column = str(part.per.column or self.rule.owner.column) if part.per else None
        rows = [
            row
            for row in self._rows(part)
            if self._falls(row[part.on], first, last)
            and (unit is None or row[str(column)] == unit)
            and (part.figure.value is None or row[part.figure.value] is not None)
            and (part.per is None or part.per.column is None or row[part.per.column] is not None)
        ]
        beside: list[Row] = []
        if (ratio := part.figure.ratio) is not None:
            others = self.world.tables.get(ratio.over, ())
            beside = [row for row in others if meets(row, ratio.where) and self._falls(row[ratio.on], first, last)]
        if part.figure.share is not None and (of := part.figure.share.of) is not None:
            others = self.world.tables.get(of.subject, ())
            named = [row for row in others if row[of.item] is not None]
            beside = [row for row in named if row[of.starts] <= last and (row[of.ends] is None or last <= row[of.ends])]
        by = self._by(part)
        return rows, [row for row in beside if unit is None or row[str(by)] == unit]

    def _falls(self, moment: Any, first: date, last: date) -> bool:
        return self.night.has_come(moment, self._zone) and first <= day_of(moment, self._zone) <= last

    def _of_windows(self, part: MeasurePart) -> Iterator[Commitment]:
        assert part.rolling is not None
        key = self.agency.subjects[self.rule.subject].key
        column = str(part.per.column or self.rule.owner.column) if part.per else None
        counted = [
            row
            for row in self._rows(part)
            if self.night.has_come(row[part.on], self._zone) and (column is None or row[column] is not None)
        ]
        if part.per_kind is not None:
            kinds = {each.id: each.kind for each in self.agency.organisation.departments}
            counted = [row for row in counted if kinds[row[str(column)]] == part.per_kind]
        for row in counted:
            last = day_of(row[part.on], self._zone)
            if not self._in_force(last):
                continue
            first = window_begins(part.rolling, last)
            before = [
                other
                for other in counted
                if (column is None or other[column] == row[column])
                and (other[part.on], other[key]) <= (row[part.on], row[key])
                and day_of(other[part.on], self._zone) >= first
            ]
            owner = self._first_owner(row)
            yield self._figure(part, first, last, row[key], owner, Measured(float(len(before))), before)

    def _of_days(self, part: LevelPart | ZeroPart) -> Iterator[Commitment]:
        needed = {self.rule.subject}
        population: Sequence[Row] = ()
        if isinstance(part, LevelPart) and part.population is not None:
            needed.add(part.population.subject)
            population = self.world.tables.get(part.population.subject, ())
        key = self.agency.subjects[self.rule.subject].key
        day = self.rule.effective_from
        while begins(day + DAY, self._zone) <= self.night.as_of and self._in_force(day):
            works = part.days == "every_day" or self.calendars.agency_works_on(day)
            if works and all((table, day) in self.world.covered for table in needed):
                for owner, called in self._whose(part, [day], day.isoformat()):
                    yield self._of_day(part, day, owner, called, key, population)
            day += DAY

    def _of_day(
        self, part: LevelPart | ZeroPart, day: date, owner: str, called: str, key: str, population: Sequence[Row]
    ) -> Commitment:
        rows = self._rows_of(part, owner)
        if isinstance(part, LevelPart):
            shown = standing(part, key, day, rows)
            verdict = read_level(part, day, shown, population, self._zone)
            unit = "percent" if part.population else "count"
            used = [row for each in shown.values() for row in each]
            if part.population is not None:
                starts, ends = part.population.starts, part.population.ends
                named = [row for row in population if row[part.population.item] is not None]
                used += [row for row in named if row[starts] <= day and (row[ends] is None or day <= row[ends])]
        else:
            rows = [row for row in rows if self.night.has_come(row[part.on], self._zone)]
            verdict, unit = read_zero(part, day, rows, self._zone), "count"
            used = [row for row in rows if row[part.on] == day]
        return self._taken_out(part, called, owner, unit, verdict, {}, tuple(used))

    def _taken_out(
        self, part: Part, subject_id: str, owner: str, unit: str, verdict: Verdict, row: Row, rows: tuple[Row, ...]
    ) -> Commitment:
        exclusions: list[tuple[str, Exclusion]] = []
        if row:
            exclusions = [(name, self.agency.charter.exclusions[name]) for name in self.rule.exclude]
        out: Verdict | None = None
        if verdict.status != "excluded":  # a figure of too few rows is out already
            out = excluded_by(exclusions, row, verdict, self.night, self._zone) or waived_by(
                self.world.waivers, self.standard_id, subject_id, owner, verdict, self.night, self._zone
            )
        return Commitment(
            self.standard_id,
            self.rule.version,
            part.id,
            self.rule.subject,
            subject_id,
            owner,
            unit,
            out or verdict,
            rows,
        )


# ── comparing ───────────────────────────────────────────────────────────────────────────────────


def assert_same(expected: Iterable[Commitment], actual: Iterable[dict[str, Any]], standards: Collection[str]) -> int:
    """Fails with the first commitment on which the SQL and the reading differ, in every column; counts them."""
    read = {commitment.commitment_id: commitment for commitment in expected}
    rows = [row for row in actual if row["standard_id"] in standards]
    built = {row["commitment_id"]: row for row in rows}
    assert len(built) == len(rows), "the SQL has a commitment twice"
    missing = sorted(read.keys() - built.keys())
    assert not missing, f"the SQL lacks {len(missing)}, first: {read[missing[0]]}"
    surplus = sorted(built.keys() - read.keys())
    assert not surplus, f"the SQL has {len(surplus)} too many, first: {built[surplus[0]]}"
    for name, commitment in read.items():
        row = commitment.as_row()
        assert row.keys() == built[name].keys(), "fct_commitments has other columns than the reading"
        differing = [column for column in row if not same(row[column], built[name][column])]
        assert not differing, "\n".join(
            [
                f"{name} differs:",
                *(f"  {column}: read {row[column]!r}, SQL {built[name][column]!r}" for column in differing),
                f"  read: {row}",
                f"  from: {commitment.rows}",
            ]
        )
    return len(read)


def same(read: Any, built: Any) -> bool:
    """Equal; figures to a millionth, which the last digit of a double cannot reach."""
    if isinstance(read, float) and isinstance(built, float):
        return math.isclose(read, built, rel_tol=1e-9, abs_tol=1e-6)
    return bool(read == built) and isinstance(read, datetime) == isinstance(built, datetime)

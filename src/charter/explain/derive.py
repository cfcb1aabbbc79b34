"""What a case says: its row with every fact that subjects.yaml derives, read a second time, row by row.

The models compute the same in SQL, over all cases at once. This is the reading that a person can follow, for one case;
where the two come to different values the explanation says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, floor

from charter.definitions.models import Agency, Fact, Subject, Where
from charter.explain.conditions import day_of, has_come, instant_of, meets, written
from charter.explain.landed import Landed, Row
from charter.explain.models import Cell, FactTold
from charter.transform.compile.rule_parts import conditions


class NotReadableError(Exception):
    """A table that an agency's own model writes: what it says of a case can't be read from its definition."""


@dataclass(frozen=True)
class Case:
    """A row of a subject table with all its columns; ``facts`` are those that were derived, in order."""

    table: str
    id: str
    cells: dict[str, Cell]
    source_id: str
    facts: tuple[FactTold, ...] = ()
    rows: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class _Value:
    value: Cell
    row: Row | None = None


class Deriving:
    """Derives cases as of ``as_of`` (aware)."""

    def __init__(self, agency: Agency, landed: Landed, as_of: datetime) -> None:
        self._agency = agency
        self._landed = landed
        self._as_of = as_of

    def case(self, table: str, subject_id: str) -> Case | None:
        """The row called ``subject_id`` of a subject table; None when there is none, or it is not in the table.

        Raises NotReadableError for a table that an agency's own model writes, or that has the breaches of a promise.
        """
        subject = self._agency.subjects[table]
        if subject.landed:
            key = subject_id.partition("/")[2] if table in self._landed.shared else subject_id
            found = [row for row in self._landed.newest(table, "_row_key", key) if row.id == subject_id]
            return self._of_row(table, found[0]) if found else None
        if subject.from_ is None or subject.breach_of is not None:
            raise NotReadableError(table)
        base = self.case(subject.from_, subject_id)
        if base is None or not meets(conditions(subject.where), base.cells):
            return None
        return self._with_facts(table, subject, base)

    def cases_of(self, table: str, by: str, key: str, of: Case) -> list[Case]:
        """The rows of a table whose column ``by`` says ``key``, and means the case ``of``.

        Raises NotReadableError as ``case``.
        """
        base = self.base_of(of.table)
        rows = self._landed.newest(self.base_of(table), by, key)
        return [self._derived(table, row) for row in rows if self._landed.may_belong(row.source_id, base, of.source_id)]

    def of_rows(self, table: str, rows: Sequence[Row]) -> Iterator[Case]:
        """The rows of a subject table that landed ``rows`` of its base become; those that it leaves out are left out.

        Raises NotReadableError as ``case``.
        """
        for row in rows:
            case = self._derived(table, row)
            if self._is_in(table, case):
                yield case

    def base_of(self, table: str) -> str:
        """The landed table that a subject table begins with. Raises NotReadableError as ``case``."""
        subject = self._agency.subjects[table]
        if subject.landed:
            return table
        if subject.from_ is None or subject.breach_of is not None:
            raise NotReadableError(table)
        return self.base_of(subject.from_)

    def _is_in(self, table: str, case: Case) -> bool:
        subject = self._agency.subjects[table]
        if subject.from_ is None:
            return True
        return meets(conditions(subject.where), case.cells) and self._is_in(subject.from_, case)

    def _derived(self, table: str, row: Row) -> Case:
        subject = self._agency.subjects[table]
        if subject.landed:
            return self._of_row(table, row)
        if subject.from_ is None or subject.breach_of is not None:
            raise NotReadableError(table)
        return self._with_facts(table, subject, self._derived(subject.from_, row))

    def _of_row(self, table: str, row: Row) -> Case:
        return Case(table, row.id, row.cells, row.source_id, rows={row.table: row})

    def _with_facts(self, table: str, subject: Subject, base: Case) -> Case:
        facts = _Facts(self._agency, self, subject, base, self._as_of)
        cells = dict(base.cells)
        told = list(base.facts)
        for name, fact in subject.facts.items():
            found = facts.value(name)
            cells[name] = found.value
            row = f"{found.row.table}/{found.row.key}" if found.row is not None else None
            told.append(FactTold(column=name, definition=definition_of(fact), value=found.value, row=row))
        return Case(table, base.id, cells, base.source_id, tuple(told), base.rows)


class _Facts:
    """The facts of one row; each is looked up once."""

    def __init__(self, agency: Agency, deriving: Deriving, subject: Subject, base: Case, as_of: datetime) -> None:
        self._agency = agency
        self._deriving = deriving
        self._subject = subject
        self._base = base
        self._as_of = as_of
        self._known: dict[str, _Value] = {}

    def value(self, column: str) -> _Value:
        fact = self._subject.facts.get(column)
        if fact is None:
            return _Value(self._base.cells.get(column))
        if column not in self._known:
            self._known[column] = self._found(fact)
        return self._known[column]

    def _found(self, fact: Fact) -> _Value:
        match fact.verb:
            case "first" | "last":
                return self._ranked(fact)
            case "count":
                return _Value(len(self._counting(fact)))
            case "standing":
                return self._standing(fact)
            case "take":
                row = self.value(fact.with_ or "").row
                return _Value(row.cells.get(fact.take or "") if row is not None else None, row)
            case "days_between":
                return _Value(self._days_between(fact))
        return _Value(self._product(fact))

    def _ranked(self, fact: Fact) -> _Value:
        moment, rows = fact.moment or "", self._counting(fact)
        key = self._agency.subjects[fact.of or ""].key
        rows.sort(key=lambda case: (self._instant(case.cells[moment]), str(case.cells.get(key))))
        if fact.last is not None:
            rows.reverse()
        place = (fact.nth or 1) - 1
        if len(rows) <= place:
            return _Value(None)
        return _Value(rows[place].cells[moment], self._row(rows[place], fact))

    def _standing(self, fact: Fact) -> _Value:
        moment = fact.moment or ""
        ends = [self._instant(case.cells[moment]) for case in self._come(fact, fact.until)]
        since = [case for case in self._counting(fact) if not ends or self._instant(case.cells[moment]) > max(ends)]
        if not since:
            return _Value(None)
        first = min(since, key=lambda case: self._instant(case.cells[moment]))
        return _Value(first.cells[moment], self._row(first, fact))

    def _row(self, case: Case, fact: Fact) -> Row:
        subject = self._agency.subjects[fact.of or ""]
        return Row(fact.of or "", case.id, str(case.cells.get(subject.key)), case.source_id, case.cells)

    def _counting(self, fact: Fact) -> list[Case]:
        moment, found = fact.moment or "", []
        before = self.value(fact.before).value if fact.before else None
        after = self.value(fact.after).value if fact.after else None
        for case in self._come(fact, fact.where):
            at = self._instant(case.cells[moment])
            if fact.before and before is not None and at >= self._instant(before):
                continue
            if fact.after and (after is None or at < self._instant(after)):
                continue
            found.append(case)
        return found

    def _come(self, fact: Fact, where: Where) -> list[Case]:
        """The rows of the other table that name ours, meet ``where``, and have come to pass."""
        key = str(self._base.cells.get(self._subject.key))
        rows = self._deriving.cases_of(fact.of or "", fact.by or self._subject.key, key, self._base)
        zone = self._agency.zone
        return [
            case
            for case in rows
            if meets(conditions(where), case.cells) and has_come(case.cells.get(fact.moment or ""), self._as_of, zone)
        ]

    def _instant(self, value: Cell) -> datetime:
        instant = instant_of(value, self._agency.zone)
        assert instant is not None
        return instant

    def _days_between(self, fact: Fact) -> int | None:
        assert fact.days_between is not None
        first, second = (day_of(self.value(each).value, self._agency.zone) for each in fact.days_between)
        return (second - first).days if first is not None and second is not None else None

    def _product(self, fact: Fact) -> float | None:
        assert fact.product is not None
        of = self.value(fact.product.of).value
        times = fact.product.times if not isinstance(fact.product.times, str) else self.value(fact.product.times).value
        if not isinstance(of, int | float) or not isinstance(times, int | float):
            return None
        number = round(float(of), 6)
        if fact.product.rounded is not None:
            number = float(ceil(number) if fact.product.rounded == "up" else floor(number))
        return round(number * times, 6)


def definition_of(fact: Fact) -> str:
    """A fact as subjects.yaml writes it, on one line: ``first occurred_at of ticket_events where kind = …``."""
    match fact.verb:
        case "take":
            return f"take {fact.take} with {fact.with_}"
        case "days_between":
            assert fact.days_between is not None
            return f"days_between {fact.days_between[0]}, {fact.days_between[1]}"
        case "product":
            assert fact.product is not None
            rounded = f" rounded {fact.product.rounded}" if fact.product.rounded else ""
            return f"product {fact.product.of} × {fact.product.times}{rounded}"
    nth = f" nth {fact.nth}" if fact.nth else ""
    edges = "".join(f" {name} {edge}" for name, edge in (("before", fact.before), ("after", fact.after)) if edge)
    until = f" until {_written(fact.until)}" if fact.until else ""
    where = f" where {_written(fact.where)}" if fact.where else ""
    return f"{fact.verb} {fact.moment} of {fact.of}{where}{until}{nth}{edges}"


def _written(where: Where) -> str:
    return ", ".join(written(each) for each in conditions(where))

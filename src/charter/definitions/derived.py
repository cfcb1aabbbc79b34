"""Fills in what subjects.yaml leaves out: models, what derived tables have of others, and the engine's own tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from charter.base.errors import Problem
from charter.definitions.actions import TABLES
from charter.definitions.breaches import breach_behind
from charter.definitions.columns import NUMBERS, Columns, closest
from charter.definitions.document import Document, Location
from charter.definitions.models import BREACH_COLUMNS, MOMENTS, Fact, Product, Subject, SubjectColumn, Subjects
from charter.definitions.waivers import TABLE, WAIVERS


def resolve_subjects(document: Document, given: Subjects, fed: Collection[str] = ()) -> tuple[Subjects, list[Problem]]:
    """``given`` with every derived table's key, columns, types and landed tables filled in, and with the engine's own
    tables: waivers, and of the others those that are ``fed``.

    With it comes every problem that stands in the way.
    """
    resolving = _Resolving(document, given.subjects)
    done = {name: resolving.resolved(name) for name in given.subjects}
    for name, table in {WAIVERS: TABLE, **TABLES}.items():
        if name == WAIVERS or name in fed or name in done:
            resolving.check_own_table(name, table, done.setdefault(name, table))
    return Subjects.model_construct(subjects=done), resolving.problems


@dataclass
class _Resolving:
    document: Document
    given: Mapping[str, Subject]
    problems: list[Problem] = field(default_factory=list)
    _done: dict[str, Subject] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    def resolved(self, name: str) -> Subject:
        if name not in self._done:
            self._under_way.append(name)
            self._done[name] = self._resolve(name, self.given[name])
            self._under_way.pop()
        return self._done[name]

    def check_own_table(self, table: str, own: Subject, declared: Subject) -> None:
        """A folder that declares one of the engine's own tables must declare all that the engine reads of it."""
        for name, column in own.columns.items():
            if name not in declared.columns or declared.columns[name].type != column.type:
                what = f"'{table}' has no column '{name}' of type {column.type}"
                remedy = f"leave '{table}' out of subjects.yaml: it is there by itself"
                self._tell(what, ("subjects", table, "columns", name), remedy)

    def _resolve(self, name: str, subject: Subject) -> Subject:
        place: Location = ("subjects", name)
        if subject.from_ is None:
            model = subject.model or f"stg_{name}"
            self._ownership(place, name, done := subject.model_copy(update={"model": model}))
            return done
        base = self._base(place, name, subject)
        if base is None:
            return subject.model_copy(update={"landed": False, "columns": {}})
        self.problems.extend(Columns(self.document, subject.from_, base).where((*place, "where"), subject.where))
        columns = {column: _plain(entry) for column, entry in base.columns.items()}
        if subject.breach_of is not None:
            self._refuse_same_names(place, subject, base)
            columns |= BREACH_COLUMNS
        for column, entry in subject.columns.items():
            where: Location = (*place, "columns", column)
            if not isinstance(entry, Fact):
                self._repeated_from_base(where, column, entry, base)
            else:
                columns[column] = self._typed(where, name, entry, base, columns)
        made_of = [subject.from_] if base.landed else list(base.of)
        needed = [*(entry.of for entry in subject.facts.values()), subject.ownership.of if subject.ownership else None]
        made_of += [table for table in needed if table is not None and table in self.given]
        done = subject.model_copy(
            update={
                "model": subject.model or f"int_{name}",
                "key": base.key,
                "landed": False,
                "of": list(dict.fromkeys(made_of)),
                "columns": columns,
            }
        )
        self._as_said(place, subject, done)
        self._ownership(place, name, done)
        return done

    def _refuse_same_names(self, place: Location, subject: Subject, base: Subject) -> None:
        """A breach's own columns stand beside those of the row that it is a breach of, and in place of those of an
        earlier breach."""
        is_of_breaches = breach_behind(self.given, str(subject.from_)) is not None
        for name in BREACH_COLUMNS:
            if name in base.columns and not is_of_breaches:
                what = f"'{subject.from_}' has a column '{name}', as every table of breaches has"
                remedy = f"call that of '{subject.from_}' otherwise: sources.yaml maps it to what the source calls it"
                self._tell(what, (*place, "breach_of"), remedy)
            elif isinstance(subject.columns.get(name), Fact):
                remedy = "call this one otherwise"
                self._tell(f"every table of breaches has a column '{name}'", (*place, "columns", name), remedy)

    def _base(self, place: Location, name: str, subject: Subject) -> Subject | None:
        assert subject.from_ is not None
        if subject.from_ not in self.given:
            self._tell(f"'{subject.from_}' is not a table", (*place, "from"), closest(subject.from_, self.given))
            return None
        if subject.from_ in self._under_way:
            circle = " from ".join([*self._under_way[self._under_way.index(subject.from_) :], subject.from_])
            self._tell(
                f"tables are derived in a circle: {circle}", (*place, "from"), "derive one of them from a landed table"
            )
            return None
        return self.resolved(subject.from_)

    def _repeated_from_base(self, place: Location, column: str, entry: SubjectColumn, base: Subject) -> None:
        if column not in base.columns:
            self._tell(
                f"'{column}' is neither a column of the table it is derived from, nor a fact",
                place,
                "say how it is found (first, last, count, standing, take, days_between or product), or remove it",
            )
        elif entry.type != base.columns[column].type:
            self._tell(
                f"'{column}' is of type {base.columns[column].type} there, not {entry.type}",
                place,
                "leave the column out: a derived table has all columns of the one it is derived from",
            )

    def _typed(
        self, place: Location, name: str, fact: Fact, base: Subject, columns: Mapping[str, SubjectColumn]
    ) -> SubjectColumn:
        """A fact with its type; ``columns`` are those of the row and the facts before it."""
        row = base.model_copy(update={"columns": dict(columns)})
        of_row = Columns(self.document, name, row)
        if fact.days_between is not None:
            for index, column in enumerate(fact.days_between):
                self.problems.extend(of_row.column((*place, "days_between", index), column, MOMENTS))
            return fact.model_copy(update={"type": "integer"})
        if fact.product is not None:
            self._multiplied((*place, "product"), of_row, fact.product)
            return fact.model_copy(update={"type": "number"})
        if fact.take is not None:
            return self._taken(place, name, fact, columns)
        other = self._other(place, fact.of)
        if other is None:
            return fact
        of_other = Columns(self.document, fact.of or "", other)
        self.problems.extend(of_other.column((*place, fact.verb), fact.moment or "", MOMENTS))
        self.problems.extend(of_other.where((*place, "where"), fact.where))
        self.problems.extend(of_other.where((*place, "until"), fact.until))
        by = self._by(place, fact.by, fact.of or "", other, base)
        for edge in ("before", "after"):
            if (column := getattr(fact, edge)) is not None:
                # Dates are compared with dates: nobody says at which hour of its day a date comes.
                self.problems.extend(of_row.column((*place, edge), column, {_type_of(other, fact.moment)}))
        kind: Any = "integer" if fact.count is not None else _type_of(other, fact.moment)
        return fact.model_copy(update={"type": kind, "by": by, "required": fact.count is not None})

    def _multiplied(self, place: Location, row: Columns, product: Product) -> None:
        self.problems.extend(row.column((*place, "of"), product.of, NUMBERS))
        if isinstance(product.times, str):
            self.problems.extend(row.column((*place, "times"), product.times, NUMBERS))

    def _taken(self, place: Location, name: str, fact: Fact, columns: Mapping[str, SubjectColumn]) -> SubjectColumn:
        source = columns.get(fact.with_ or "")
        if not isinstance(source, Fact) or not (source.first or source.last):
            self._tell(
                f"'{fact.with_}' of '{name}' stands in no one row: take reads the row of a first or a last",
                (*place, "with"),
                "name a fact with first or last that stands above this one",
            )
            return fact
        other = self.given.get(source.of or "")
        if other is None:
            return fact
        self.problems.extend(
            Columns(self.document, source.of or "", other).column((*place, "take"), fact.take or "", None)
        )
        taken = other.columns.get(fact.take or "")
        if taken is None:
            return fact
        return fact.model_copy(update={"type": taken.type, "values": taken.values})

    def _ownership(self, place: Location, name: str, subject: Subject) -> None:
        if subject.ownership is None:
            return
        place, owned = (*place, "ownership"), subject.ownership
        row = Columns(self.document, name, subject)
        self.problems.extend(row.column((*place, "opens"), owned.opens, {"instant"}))
        self.problems.extend(row.column((*place, "department"), owned.department, {"department"}))
        other = self._other(place, owned.of)
        if other is None:
            return
        columns = Columns(self.document, owned.of, other)
        self.problems.extend(columns.column((*place, "at"), owned.at, {"instant"}))
        self.problems.extend(columns.column((*place, "department"), owned.department, {"department"}))
        self.problems.extend(columns.where((*place, "where"), owned.where))
        self._by(place, owned.by, owned.of, other, subject)

    def _other(self, place: Location, table: str | None) -> Subject | None:
        other = self.given.get(table or "")
        if other is None or not other.landed or other.from_ is not None:
            landed = [name for name, subject in self.given.items() if subject.landed and subject.from_ is None]
            self._tell(f"'{table}' is not a landed table", (*place, "of"), closest(table or "", landed))
            return None
        return other

    def _by(self, place: Location, by: str | None, table: str, other: Subject, base: Subject) -> str:
        key = base.columns.get(base.key)
        if key is not None and key.type != "text":
            self._tell(
                f"rows of '{table}' name a row by its key '{base.key}', which is of type {key.type}",
                place,
                f"give '{base.key}' the type text: numbers are read as they are written",
            )
        if by is not None:
            self.problems.extend(Columns(self.document, table, other).column((*place, "by"), by, {"text"}))
            return by
        if base.key not in other.columns:
            self._tell(
                f"no column of '{table}' is called '{base.key}', so nothing says whose row it is",
                (*place, "of"),
                f"name with 'by' the column of '{table}' that holds '{base.key}'",
            )
        else:
            self.problems.extend(Columns(self.document, table, other).column((*place, "of"), base.key, {"text"}))
        return base.key

    def _as_said(self, place: Location, said: Subject, done: Subject) -> None:
        """What the file says beside 'from' must be what follows from it."""
        if said.key and said.key != done.key:
            self._tell(
                f"the key is '{done.key}', not '{said.key}'", (*place, "key"), "leave 'key' out: it follows from 'from'"
            )
        if said.of and set(said.of) != set(done.of):
            what = f"it is made of {', '.join(done.of)}, not of {', '.join(said.of)}"
            self._tell(what, (*place, "of"), "leave 'of' out: it follows from 'from' and the facts")

    def _tell(self, what: str, place: Location, remedy: str) -> None:
        self.problems.append(Problem(what, self.document.place(place), remedy))


def _plain(column: SubjectColumn) -> SubjectColumn:
    """A column of the table that another one is derived from: a fact of that table is a column like others here."""
    return SubjectColumn.model_construct(**{name: getattr(column, name) for name in SubjectColumn.model_fields})


def _type_of(subject: Subject, column: str | None) -> str:
    found = subject.columns.get(column or "")
    return found.type if found is not None else "instant"

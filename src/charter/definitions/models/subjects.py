"""subjects.yaml: the tables that standards apply to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from charter.definitions.models.common import (
    ColumnName,
    Identifier,
    Strict,
    Where,
)

MOMENTS = frozenset({"instant", "date"})
ColumnType = Literal["instant", "date", "text", "code", "department", "pseudonym", "integer", "number", "boolean"]


class SubjectColumn(Strict):
    """One column. ``pseudonym`` columns are personal: only their keyed pseudonym is ever stored.

    ``refers_to`` is the landed table whose key the column holds. A table's ``case`` column refers to the table that is
    keyed by it without saying so. ``no_earlier_than`` (``tickets.received_at``) is a moment of a table that the row
    refers to: a row dated before it stands in doubt.
    """

    type: ColumnType
    required: bool = False
    values: list[str] | None = None
    refers_to: ColumnName | None = None
    no_earlier_than: str | None = None
    text: str = ""

    @property
    def is_moment(self) -> bool:
        return self.type in MOMENTS

    @model_validator(mode="after")
    def _codes_have_values(self) -> SubjectColumn:
        if (self.type == "code") != (self.values is not None):
            raise ValueError("a column of type code lists its values, and no other type does")
        return self


FACT_VERBS = ("first", "last", "count", "standing", "take", "days_between", "product")


class Product(Strict):
    """A number of our row (``of``) times a number, or times another column that holds one.

    ``rounded`` makes the number in ``of`` whole first: ``up`` counts what has begun, ``down`` what is complete.
    """

    of: ColumnName
    times: float | ColumnName
    rounded: Literal["up", "down"] | None = None


class Fact(SubjectColumn):
    """A column of a derived table that says what the rows of another table tell of its row.

    Exactly one verb is given. ``first``, ``last`` and ``count`` name a moment of the table ``of``, whose rows must meet
    ``where``; ``nth`` asks for another than the first. ``standing`` is the moment since which something stands: the
    first row that meets ``where`` after the last one that meets ``until``. ``before`` and ``after`` name a moment of
    our row: only what came strictly before it, or no earlier, counts. ``take`` is a value of the very row that another
    fact (``with``) was found in. ``days_between`` counts calendar days from the first moment of our row to the second,
    and ``product`` multiplies numbers of our row.

    ``by`` is the column of ``of`` that names our row; without it the one that is called as our key. The type follows.
    """

    model_config = ConfigDict(populate_by_name=True)

    type: ColumnType = "instant"
    of: ColumnName | None = None
    by: ColumnName | None = None
    first: ColumnName | None = None
    last: ColumnName | None = None
    nth: int | None = Field(default=None, ge=2)
    count: ColumnName | None = None
    standing: ColumnName | None = None
    where: Where = Field(default_factory=dict)
    until: Where = Field(default_factory=dict)
    before: ColumnName | None = None
    after: ColumnName | None = None
    take: ColumnName | None = None
    with_: ColumnName | None = Field(default=None, alias="with")
    days_between: tuple[ColumnName, ColumnName] | None = None
    product: Product | None = None

    @property
    def verb(self) -> str:
        """The one verb that is given."""
        return next(verb for verb in FACT_VERBS if getattr(self, verb) is not None)

    @property
    def moment(self) -> str | None:
        """The column of the table ``of`` that says when a row came to pass; None for other verbs."""
        return self.first or self.last or self.count or self.standing

    @model_validator(mode="after")
    def _one_verb(self) -> Fact:
        given = sorted(verb for verb in FACT_VERBS if getattr(self, verb) is not None)
        if len(given) != 1:
            wanted = ", ".join(sorted(FACT_VERBS))
            raise ValueError(f"give exactly one of {wanted}, not {' and '.join(given) or 'none'}")
        if (self.moment is not None) != (self.of is not None):
            raise ValueError("first, last, count and standing say with 'of' whose rows they look at; others don't")
        if (self.take is not None) != (self.with_ is not None):
            raise ValueError("take says with 'with' which fact's row it takes its value from; others don't")
        if (self.standing is not None) != bool(self.until):
            raise ValueError("standing says with 'until' what ends it; others don't")
        if self.nth is not None and self.first is None:
            raise ValueError("nth goes with first")
        if self.moment is None and (self.where or self.by or self.before or self.after):
            raise ValueError(f"{given[0]} has no where, by, before or after")
        if self.standing is not None and (self.before or self.after):
            raise ValueError("standing has no before or after")
        return self


class BreachOf(Strict):
    """The promise of whose breaches a table has the rows: a ``part`` of a ``standard``, in whichever version.

    Without ``part`` the standard has one part alone.
    """

    standard: Identifier
    part: Identifier | None = None


# What a row says of the breach that it is of, beside the columns of the table of the broken promise.
BREACH_COLUMNS: dict[str, SubjectColumn] = {
    "breached_at": SubjectColumn(
        type="instant", required=True, text="When the promise was broken: its due time, or when it was broken before"
    ),
    "breached_on": SubjectColumn(type="date", required=True, text="The day on which the breach counts"),
    "breach_due_at": SubjectColumn(type="instant", text="When the broken promise was due"),
    "breach_due_on": SubjectColumn(type="date", text="The last day on which it would have been kept"),
    "breach_ended_at": SubjectColumn(type="instant", text="When it was fulfilled after all; empty until then"),
    "breach_over": SubjectColumn(
        type="number",
        text="By how much its limit was missed, in the unit of the broken promise; empty until it is fulfilled",
    ),
    "breach_department": SubjectColumn(type="department", required=True, text="The department that answers for it"),
}


class Ownership(Strict):
    """How the department that owns a row changes: rows of the table ``of`` hand it on at the moment ``at``.

    It is the row's own ``department`` from ``opens`` on, then the ``department`` of each row that meets ``where`` and
    names one. ``by`` as in a fact.
    """

    opens: ColumnName
    of: ColumnName
    at: ColumnName
    department: ColumnName
    where: Where = Field(default_factory=dict)
    by: ColumnName | None = None


def _is_fact(column: Any) -> str:
    says_so = isinstance(column, dict) and not column.keys().isdisjoint((*FACT_VERBS, "of"))
    return "fact" if isinstance(column, Fact) or says_so else "column"


class Subject(Strict):
    """A table that standards apply to. ``landed`` tables arrive from sources; others are derived ``of`` landed ones.

    A table that is derived ``from`` another one (landed or derived) has its key and columns, its rows where they meet
    ``where``, and facts beside them; its model is written for it. With ``breach_of`` it has only those rows of which a
    promise was broken, and the columns of that breach. A derived table without ``from`` names a ``model`` of the
    agency's own, in the folder ``models`` beside this file, and all its columns.

    ``ownership`` says how its department changes over time. ``case`` is the column of a landed table that names the
    case to which a row belongs: rows of one case are judged together, and a night reworks only the cases that it
    touches. Without it the table is read whole every night.
    """

    model_config = ConfigDict(populate_by_name=True)

    model: ColumnName = ""
    text: str = Field(min_length=1)
    key: ColumnName = ""
    landed: bool = True
    from_: ColumnName | None = Field(default=None, alias="from")
    breach_of: BreachOf | None = None
    where: Where = Field(default_factory=dict)
    of: list[ColumnName] = Field(default_factory=list)
    ownership: Ownership | None = None
    case: ColumnName | None = None
    columns: dict[
        ColumnName,
        Annotated[Annotated[SubjectColumn, Tag("column")] | Annotated[Fact, Tag("fact")], Discriminator(_is_fact)],
    ] = Field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Fact]:
        """The columns that are told by other tables' rows, in their order."""
        return {name: column for name, column in self.columns.items() if isinstance(column, Fact)}

    @model_validator(mode="after")
    def _key_exists(self) -> Subject:
        if self.breach_of is not None and self.from_ is None:
            raise ValueError("a table of breaches says 'from' which table the broken promise is judged")
        if self.breach_of is not None and self.ownership is not None:
            raise ValueError("whoever answered for the breach is in breach_department: leave 'ownership' out")
        if self.from_ is not None:
            if self.case is not None:
                raise ValueError("a derived table has the cases of the landed tables it is made of: leave 'case' out")
            return self
        if self.key not in self.columns:
            raise ValueError(f"the key '{self.key}' is not one of the columns")
        if self.facts or self.where:
            raise ValueError("a table that is not derived 'from' another one has no facts and no where")
        if self.landed == bool(self.of):
            raise ValueError("a landed table has no 'of'; a derived one names the landed tables it is made of")
        if not self.landed and not self.model:
            raise ValueError("a derived table says 'from' which table it is derived, or names a model of its own")
        if self.case is not None and not self.landed:
            raise ValueError("a derived table has the cases of the landed tables it is made of: leave 'case' out")
        if self.case is not None and (self.case not in self.columns or self.columns[self.case].type != "text"):
            raise ValueError(f"the case '{self.case}' is not one of the columns of type text")
        return self


class Subjects(Strict):
    """subjects.yaml: the tables that the standards speak of."""

    subjects: dict[ColumnName, Subject]

"""The charter's rules as SQL takes them: one flat entry per part of a rule, one per companion figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from charter.definitions.models import Comparison, Scalar, SlotKind, Subject, Where

Counting = Literal[
    "seconds",
    "days",
    "months",
    "working_seconds",
    "working_days",
    "rolled_months",
    "promised",
    "promised_day",
    "calendar",
]


@dataclass(frozen=True)
class Condition:
    """One column's condition: ``operator`` is in, not_in, at_least, at_most, at_least_of, at_most_of, null, not_null,
    has_letters (or digits) or later_than.

    ``values`` of at_least_of, at_most_of and later_than is the other column's name.
    """

    column: str
    operator: str
    values: list[Scalar] = field(default_factory=list)


@dataclass(frozen=True)
class ColumnRef:
    """A column and whether it holds an instant, a date or something else, so that SQL can turn it into an instant."""

    name: str
    type: str

    @classmethod
    def of(cls, subject: Subject, name: str) -> ColumnRef:
        return cls(name, subject.columns[name].type)


@dataclass(frozen=True)
class EvidenceRef:
    """One thing that must be on record; any of ``options``."""

    options: list[EvidenceOption]


@dataclass(frozen=True)
class EvidenceOption:
    """A column on record; with ``after`` not before that one, and at most ``within_seconds`` or ``within_days`` later.

    ``by_day`` compares business dates: one of the two columns is a date.
    """

    column: ColumnRef
    after: ColumnRef | None = None
    by_day: bool = False
    within_seconds: int | None = None
    within_days: int | None = None


@dataclass(frozen=True)
class FinishRef:
    """A column that holds a finish; it counts where the row meets ``where``."""

    column: ColumnRef
    where: list[Condition] = field(default_factory=list)


@dataclass(frozen=True)
class RowLimit:
    """A limit that hangs on a row's ``column``: by its value, as ``counts`` list it, or as many as it says, each being
    ``count_per_unit``, and ``at_most`` so many. ``otherwise`` applies to any other value, or to none. All counts are in
    the part's counting.
    """

    column: str
    otherwise: int | None
    counts: dict[str, int] = field(default_factory=dict)
    count_per_unit: int | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class PausesRef:
    """The rows of ``model`` that hold a part's clock and let it go, by the ``by`` column that names the subject.

    One row holds it for ``at_most_seconds``.
    """

    table: str
    model: str
    by: str
    at: ColumnRef
    where: list[Condition]
    until: list[Condition]
    at_most_seconds: int


@dataclass(frozen=True)
class ExclusionRef:
    rule: str
    where: list[Condition]
    at: ColumnRef | None
    ended: ColumnRef | None


@dataclass(frozen=True)
class OverRef:
    """The rows that a ratio is taken over: of the table ``model`` with its ``key``, dated ``dated``; ``by`` names whose
    they are."""

    model: str
    key: str
    dated: ColumnRef
    where: list[Condition]
    by: str | None


@dataclass(frozen=True)
class RulePart:
    """One part of one rule, ready for SQL.

    ``limit_amount`` counts ``limit_unit`` as written in the charter; ``limit_count`` counts seconds, days or months
    as ``counting`` says, ``extension_count`` in the same measure; one that hangs on the row is ``row_limit`` instead.
    ``counts_first_day`` says that the day of the opening is day 1, so that months end on the eve of the same day.
    ``cut_off_seconds`` is a time of day; ``ends_at_closing`` says that a working day ends when work does.
    ``comparison`` relates measured_value to limit_value (``within``: and to lower_limit_value). ``tier`` is 1, or more
    where a broken promise is the subject (see charter.definitions.breaches). ``target`` is that of its own
    commitments; None where they count towards the rule's.
    """

    tier: int
    standard_id: str
    rule_version: int
    part: str
    kind: str
    effective_from: str
    effective_to: str | None
    subject_table: str
    model: str
    key: str
    ownership: bool
    where: list[Condition]
    owner_column: str | None
    owner_department: str | None
    exclusions: list[ExclusionRef]
    clock: str
    calendar: str | None
    counting: Counting
    granularity: str
    comparison: str
    unit: str
    unit_seconds: int
    limit_amount: int | None = None
    limit_unit: str | None = None
    limit_count: int | None = None
    extension_count: int | None = None
    counts_first_day: bool = False
    opens: ColumnRef | None = None
    fulfilled_any: list[FinishRef] = field(default_factory=list)
    fulfilled_all: list[FinishRef] = field(default_factory=list)
    due: ColumnRef | None = None
    not_before: ColumnRef | None = None
    row_limit: RowLimit | None = None
    pauses: PausesRef | None = None
    given_up: ColumnRef | None = None
    cut_off_seconds: int | None = None
    ends_at_closing: bool = False
    extension_notified: ColumnRef | None = None
    extension_reason: str | None = None
    event: ColumnRef | None = None
    notice: ColumnRef | None = None
    on: str | None = None
    slot: SlotKind | None = None
    only: list[int] = field(default_factory=list)
    per_kind: str | None = None
    nth: int = 1
    item: str | None = None
    item_is_text: bool = False
    starts: str | None = None
    ends: str | None = None
    valid_days: int | None = None
    standing: list[Condition] = field(default_factory=list)
    days: str | None = None
    required: int | None = None
    every: list[str] = field(default_factory=list)
    population_model: str | None = None
    population_item: str | None = None
    population_starts: str | None = None
    population_ends: str | None = None
    population_by: str | None = None
    dated: ColumnRef | None = None
    figure: str | None = None
    value: str | None = None
    hits: list[Condition] = field(default_factory=list)
    rank_per_mille: int | None = None
    per_column: str | None = None
    rolling_count: int | None = None
    rolling_unit: str | None = None
    limit_least: float | None = None
    limit_most: float | None = None
    least_rows: int | None = None
    scale: float | None = None
    over: OverRef | None = None
    evidence: list[EvidenceRef] = field(default_factory=list)
    broken_standard_id: str | None = None
    target: float | None = None

    def as_var(self) -> dict[str, Any]:
        """The entry as dbt's ``--vars`` takes it."""
        return asdict(self)

    @property
    def longest_count(self) -> int | None:
        """The longest that the limit may be, its extension included, in what the part counts.

        None when nothing says so: a column names the limit or the due time, or the clock may stand still.
        """
        limits = [self.limit_count]
        if self.row_limit is not None:
            listed = [*self.row_limit.counts.values(), self.row_limit.otherwise]
            limits = listed if self.row_limit.count_per_unit is None else []
        known = [limit for limit in limits if limit is not None]
        return max(known) + (self.extension_count or 0) if known and self.pauses is None else None


@dataclass(frozen=True)
class CompanionRef:
    """A figure shown beside a standard, ready for SQL.

    Where several versions of a rule have the same figure, a row counts for one of them: the last that has begun when it
    is dated. ``effective_from`` is None of the first, and ``effective_to`` of the last.
    """

    standard_id: str
    rule_version: int
    companion: str
    effective_from: str | None
    effective_to: str | None
    subject_table: str
    model: str
    key: str
    on: ColumnRef
    where: list[Condition]
    numerator: list[Condition]
    sum_of: str | None
    owner_column: str | None
    owner_department: str | None

    def as_var(self) -> dict[str, Any]:
        return asdict(self)


def conditions(where: Where) -> list[Condition]:
    """The conditions of a ``where`` in the order given."""
    return [condition for column, wanted in where.items() for condition in _conditions(column, wanted)]


def _conditions(column: str, wanted: Scalar | list[Scalar] | Comparison) -> Iterator[Condition]:
    if not isinstance(wanted, Comparison):
        yield Condition(column, "in", wanted if isinstance(wanted, list) else [wanted])
        return
    if wanted.is_null is not None:
        yield Condition(column, "null" if wanted.is_null else "not_null")
    if wanted.not_in is not None:
        yield Condition(column, "not_in", wanted.not_in)
    for operator, bound in (("at_least", wanted.at_least), ("at_most", wanted.at_most)):
        if bound is not None:
            yield Condition(column, f"{operator}_of" if isinstance(bound, str) else operator, [bound])
    if wanted.later_than is not None:
        yield Condition(column, "later_than", [wanted.later_than])

"""What may become of a landed row, for the SQL that says which: the rules that read it, and what it belongs to.

Every row has one fate; ``dbt_project/macros/fates.sql`` orders them. A row is a subject's own when its key is the
subject's (a ticket, for what is derived of tickets); otherwise it is looked at with the row that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from charter.definitions.actions import TABLES
from charter.definitions.models import (
    KINDS_OF_CASES,
    Agency,
    LevelPart,
    MeasurePart,
    Part,
    Scalar,
    Subject,
)
from charter.definitions.references import references
from charter.definitions.waivers import WAIVERS
from charter.transform.compile.cases import case_tables
from charter.transform.compile.companions import compile_companions
from charter.transform.compile.rule_parts import ColumnRef, CompanionRef, Condition, RulePart, conditions
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.subject_ids import in_view_together
from charter.transform.compile.waits import LONGEST_MONTH


@dataclass(frozen=True)
class FateCondition:
    """A condition with its ``code``: what is recorded when it took a row out (``in:kind:inquiry``)."""

    condition: Condition
    code: str


@dataclass(frozen=True)
class FateRule:
    """One reading of a subject's rows: a part of a rule, or a figure shown beside a standard.

    ``reading`` is ``due`` (each row is a commitment), ``counted`` or ``companion``. Rows are dated by ``dated``;
    a level's stand until ``ends``, or for ``valid_days``, and so long
    a row counts in rolling windows. ``population`` rows count whenever they are dated. A
    limit may hang on ``limit_column``.
    """

    standard_id: str
    part: str
    reading: str
    where: list[FateCondition]
    dated: ColumnRef
    effective_from: str | None = None
    effective_to: str | None = None
    ends: str | None = None
    valid_days: int | None = None
    limit_column: str | None = None


@dataclass(frozen=True)
class FateSubject:
    """A subject table whose rows have the keys of a landed table's, and every rule that reads it."""

    subject_table: str
    model: str
    key: str
    rules: list[FateRule]


@dataclass(frozen=True)
class FateParent:
    """The row that a landed row belongs to: that of ``model`` whose ``key`` stands in ``column``."""

    column: str
    model: str
    key: str


@dataclass(frozen=True)
class FateTable:
    """A landed table. ``is_evidence``: other tables that rules read are derived of it, by the row it belongs to.
    ``is_register``: its rows are actions or comments, which no rule reads.

    ``dated`` is the one moment that every row of it has; ``facts`` are the moments by which rules judge its rows.
    """

    name: str
    model: str
    key: str
    is_evidence: bool
    is_waivers: bool
    is_register: bool
    parent: FateParent | None
    dated: ColumnRef | None
    facts: list[ColumnRef]
    subjects: list[FateSubject]


def fate_tables(agency: Agency) -> list[FateTable]:
    """Every landed table, in the order of subjects.yaml."""
    parts = compile_rules(agency)
    readings = _readings(agency, parts)
    return [_table(agency, name, parts, readings) for name, subject in agency.subjects.items() if subject.landed]


def landed_by_case(agency: Agency) -> list[str]:
    """The landed tables of which a night reads the rows of its cases alone."""
    return [table for tables in case_tables(agency) for table in tables.landed]


def _readings(agency: Agency, parts: list[RulePart]) -> dict[str, list[FateRule]]:
    """By subject table, every reading of its rows."""
    found: dict[str, list[FateRule]] = {}
    for part in parts:
        reading = _rule(agency, part)
        found.setdefault(part.subject_table, []).append(reading)
        if part.rolling_count is not None:
            # A row counts in the windows of later rows, too, though its own day may lie before the rule.
            days = part.rolling_count * (LONGEST_MONTH if part.rolling_unit == "months" else 1)
            found[part.subject_table].append(replace(reading, reading="counted", valid_days=days))
    for standard in agency.charter.standards:
        if standard.kind in ("level", "measure"):
            for rule in standard.rules:
                for counted in rule.parts:
                    for table, reading in _beside(agency, standard.id, counted):
                        found.setdefault(table, []).append(reading)
    for companion in compile_companions(agency):
        found.setdefault(companion.subject_table, []).append(_companion(companion))
    return found


def _beside(agency: Agency, standard_id: str, part: Part) -> Iterator[tuple[str, FateRule]]:
    """The readings of other tables' rows that a part counts: of a population, and of what a ratio is taken over."""
    population = part.population if isinstance(part, LevelPart) else None
    if isinstance(part, MeasurePart):
        population = part.figure.share.of if part.figure.share else None
        if (ratio := part.figure.ratio) is not None:
            dated = ColumnRef.of(agency.subjects[ratio.over], ratio.on)
            yield (
                ratio.over,
                FateRule(standard_id, part.id, "counted", _fate_conditions(conditions(ratio.where)), dated),
            )
    if population is not None:
        starts = ColumnRef.of(agency.subjects[population.subject], population.starts)
        named = _fate_conditions([Condition(population.item, "not_null")])
        yield population.subject, FateRule(standard_id, part.id, "counted", named, starts)


def _rule(agency: Agency, part: RulePart) -> FateRule:
    subject = agency.subjects[part.subject_table]
    is_its_own = part.kind in KINDS_OF_CASES or part.rolling_count is not None
    reading = "due" if is_its_own else "counted"
    dated = part.opens or ColumnRef.of(subject, str(part.on or part.starts))
    # A row without the date that opens it is not opened yet, whether or not the rule says so.
    where = [each for each in part.where if (each.column, each.operator) != (dated.name, "not_null")]
    if part.item is not None:
        where.append(Condition(part.item, "has_letters" if part.item_is_text else "not_null"))
    return FateRule(
        part.standard_id,
        part.part,
        reading,
        _fate_conditions(where),
        dated,
        part.effective_from,
        part.effective_to,
        part.ends,
        part.valid_days,
        part.row_limit.column if part.row_limit else part.not_before.name if part.not_before else None,
    )


def _companion(companion: CompanionRef) -> FateRule:
    return FateRule(
        companion.standard_id,
        companion.companion,
        "companion",
        _fate_conditions(companion.where),
        companion.on,
        companion.effective_from,
        companion.effective_to,
    )


def _fate_conditions(where: list[Condition]) -> list[FateCondition]:
    return [FateCondition(each, _code(each)) for each in where]


def _code(condition: Condition) -> str:
    values = ", ".join(_value(value) for value in condition.values)
    return ":".join(filter(None, [condition.operator, condition.column, values]))


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(agency: Agency, name: str, parts: list[RulePart], readings: dict[str, list[FateRule]]) -> FateTable:
    subject = agency.subjects[name]
    own = [table for table in readings if table == name or _is_own(agency, table, name)]
    return FateTable(
        name=name,
        model=subject.model,
        key=subject.key,
        is_evidence=any(name in agency.subjects[table].of and table not in own for table in readings)
        or bool(_of_pauses(name, parts)),
        is_waivers=name == WAIVERS,
        is_register=name in TABLES,
        parent=_parent(agency, name),
        dated=_dated(subject),
        facts=_facts(subject, name, parts, readings.get(name, [])),
        subjects=[
            FateSubject(table, agency.subjects[table].model, agency.subjects[table].key, readings[table])
            for table in own
        ],
    )


def _is_own(agency: Agency, table: str, landed: str) -> bool:
    """Whether a derived ``table`` has one row for each row of ``landed``, by its key."""
    return landed in agency.subjects[table].of and agency.subjects[table].key == agency.subjects[landed].key


def _parent(agency: Agency, name: str) -> FateParent | None:
    """The table that a row belongs to: that of its case, else the first it refers to; one that every night has in view
    with it."""
    subject = agency.subjects[name]
    ordered = sorted(references(agency.subjects, name), key=lambda each: each.column != subject.case)
    for each in ordered:
        if in_view_together(agency, name, each):
            parent = agency.subjects[each.parent]
            return FateParent(each.column, parent.model, parent.key)
    return None


def _dated(subject: Subject) -> ColumnRef | None:
    moments = [
        ColumnRef(name, column.type) for name, column in subject.columns.items() if column.required and column.is_moment
    ]
    return moments[0] if len(moments) == 1 else None


def _facts(subject: Subject, name: str, parts: list[RulePart], rules: list[FateRule]) -> list[ColumnRef]:
    names = dict.fromkeys(rule.dated.name for rule in rules)
    if (dated := _dated(subject)) is not None:
        names[dated.name] = None
    names |= dict.fromkeys([*_fulfilments(name, parts), *_of_pauses(name, parts)])
    return [ColumnRef.of(subject, column) for column in names]


def _fulfilments(name: str, parts: list[RulePart]) -> Iterator[str]:
    """The columns of a landed table by which its own commitments are fulfilled."""
    for part in parts:
        if part.subject_table == name:
            yield from (finish.column.name for finish in (*part.fulfilled_any, *part.fulfilled_all))
            if part.notice is not None:
                yield part.notice.name


def _of_pauses(name: str, parts: list[RulePart]) -> list[str]:
    """The moments at which rows of a landed table hold a clock or let it go."""
    return [part.pauses.at.name for part in parts if part.pauses and part.pauses.table == name]

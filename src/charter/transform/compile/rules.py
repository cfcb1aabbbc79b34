"""The charter's rules as dbt's models take them: one flat entry per part, with its clock's way of counting.

The SQL never interprets a clock's name: it follows ``counting``, decided here once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal

from charter.base.composing import composed
from charter.base.moments import second_of_day
from charter.definitions.breaches import breach_behind, tier_of_standard
from charter.definitions.models import (
    Agency,
    ColumnLimit,
    Comparison,
    CoveragePart,
    DeadlinePart,
    Duration,
    Evidence,
    LeadTimePart,
    LevelPart,
    ListedLimit,
    MeasurePart,
    OccurrencePart,
    Part,
    Pauses,
    Population,
    Rule,
    Scalar,
    SlotKind,
    StandardBase,
    Subject,
    Where,
    ZeroPart,
)

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

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# How long a day of working time is by the petitions act, and by every clock of which calendar.yaml says nothing else.
EIGHT_HOURS = 8 * 3600
# A limit that a row names is a slip, and no limit, when it is longer: ten years.
LONGEST_LIMIT_SECONDS = 3653 * 86400
# How long before its opening an answer may be dated and be believed. The clocks of two systems differ by less; what is
# dated earlier contradicts itself, and no result rests on it.
ANSWER_MAY_PRECEDE_SECONDS = 24 * 3600


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


def count_limit(clock: str, limit: Duration, granularity: str, working_day: int = EIGHT_HOURS) -> tuple[Counting, int]:
    """How a clock counts a limit, and how many of what.

    ``elapsed`` counts seconds from an instant and days or months from a date. ``business_hours`` counts working
    seconds, a day being ``working_day`` of them, and ``working_days`` whole working days. ``kr_civil_petition`` counts
    working seconds up to 5 days, working days (first day included) from 6 days on (Civil Petitions Treatment Act, art.
    19, and its decree). Working time counts months by the calendar, rolled off a day off; see ``counts_first_day``.
    """
    if clock == "elapsed":
        if limit.unit == "months":
            return "months", limit.amount
        if granularity == "date":
            return "days", limit.amount
        return "seconds", limit.amount * SECONDS[limit.unit]
    if clock == "working_days":
        return "working_days", limit.amount
    if limit.unit == "months":
        return "rolled_months", limit.amount
    if clock == "kr_civil_petition" and limit.unit == "days" and limit.amount >= 6:
        return "working_days", limit.amount
    if limit.unit == "days":
        return "working_seconds", limit.amount * working_day
    return "working_seconds", limit.amount * SECONDS[limit.unit]


def counts_first_day(clock: str, counting: Counting) -> bool:
    """Whether the day of the opening is day 1, so that months end on the eve of the same day: the petitions act counts
    so, and a clock of working days where the charter says so."""
    return clock == "kr_civil_petition" and counting in ("rolled_months", "working_days")


def count_extension(counting: Counting, extension: Duration, working_day: int = EIGHT_HOURS) -> int:
    """How many of what a limit counts an extension adds to it: it goes on counting as its limit does."""
    if counting == "working_seconds" and extension.unit == "days":
        return extension.amount * working_day
    if counting in ("seconds", "working_seconds"):
        return extension.amount * SECONDS[extension.unit]
    return extension.amount


def working_day_of(agency: Agency, clock: str) -> int:
    """How many seconds a day of a limit in working time has: by the petitions act 8 hours, else as the agency says."""
    return EIGHT_HOURS if clock == "kr_civil_petition" else agency.calendar.working_day.seconds


def calendar_of(clock: str) -> str | None:
    """The calendar a clock counts working time on: the agency's own closures do not stop a statutory limit."""
    return {"business_hours": "agency", "working_days": "agency", "kr_civil_petition": "statutory"}.get(clock)


def compile_rules(agency: Agency) -> list[RulePart]:
    """Every part of every rule of the charter, in the charter's order."""
    return [
        _compile(agency, standard, rule, part)
        for standard in agency.charter.standards
        for rule in standard.rules
        for part in rule.parts
    ]


def compile_companions(agency: Agency) -> list[CompanionRef]:
    """Every companion figure of the charter, in the charter's order."""
    return list(_companions(agency))


def _companions(agency: Agency) -> Iterator[CompanionRef]:
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for companion in rule.companions:
                subject = agency.subjects[companion.subject]
                yield CompanionRef(
                    standard_id=standard.id,
                    rule_version=rule.version,
                    companion=companion.id,
                    **_turn(companion.id, rule, [*standard.rules]),
                    subject_table=companion.subject,
                    model=subject.model,
                    key=subject.key,
                    on=ColumnRef.of(subject, companion.on),
                    # A row without the value that is summed up adds nothing, and is not counted either.
                    where=[
                        *conditions(companion.where),
                        *([Condition(companion.sum_of, "not_null")] if companion.sum_of else []),
                    ],
                    numerator=conditions(companion.numerator or {}),
                    sum_of=companion.sum_of,
                    owner_column=companion.owner.column,
                    owner_department=companion.owner.department,
                )


def _turn(companion: str, rule: Rule[Any], rules: list[Rule[Any]]) -> dict[str, str | None]:
    """The dates of the rows that a companion of one version counts; the other versions' that have it count the rest."""
    others = [
        each.effective_from for each in rules if each is not rule and companion in {one.id for one in each.companions}
    ]
    later = min((begins for begins in others if begins > rule.effective_from), default=None)
    is_first = all(begins > rule.effective_from for begins in others)
    return {
        "effective_from": None if is_first else rule.effective_from.isoformat(),
        "effective_to": None if later is None else (later - timedelta(days=1)).isoformat(),
    }


def _granularity(subject: Subject, opens: str) -> str:
    """Whether a clock starts with a day or at an instant."""
    return "date" if subject.columns[opens].type == "date" else "instant"


def _compile(agency: Agency, standard: StandardBase, rule: Rule[Any], part: Part) -> RulePart:
    subject = agency.subjects[rule.subject]
    breach = breach_behind(agency.subjects, rule.subject)
    common: dict[str, Any] = {
        "tier": tier_of_standard(agency.charter, agency.subjects, standard),  # type: ignore[arg-type]
        "standard_id": standard.id,
        "rule_version": rule.version,
        "part": part.id,
        "kind": standard.kind,  # type: ignore[attr-defined]
        "effective_from": rule.effective_from.isoformat(),
        "effective_to": rule.effective_to.isoformat() if rule.effective_to else None,
        "broken_standard_id": breach.standard if breach else None,
        "subject_table": rule.subject,
        "model": subject.model,
        "key": subject.key,
        "ownership": subject.ownership is not None and rule.owner.column == subject.ownership.department,
        "where": [*conditions({**rule.where, **part.where}), *_of_departments(agency, rule, part.per_kind)],
        "owner_column": rule.owner.column,
        "owner_department": rule.owner.department,
        "per_kind": part.per_kind,
        "exclusions": [_exclusion(agency, subject, name) for name in rule.exclude],
        "target": part.target,
    }
    match part:
        case DeadlinePart():
            if part.due is not None:
                # Without the moment that would be promised there is no promise.
                common["where"].append(Condition(part.due, "not_null"))
            return RulePart(**common, **_deadline(agency, subject, part))
        case LeadTimePart():
            # Without its event there is nothing that a notice would come before.
            common["where"].append(Condition(part.event, "not_null"))
            return RulePart(**common, **_lead_time(subject, part))
        case OccurrencePart():
            return RulePart(**common, **_occurrence(part))
        case LevelPart():
            return RulePart(**common, **_level(agency, subject, part))
        case CoveragePart():
            return RulePart(**common, **_coverage(subject, part))
        case ZeroPart():
            return RulePart(**common, **_zero(part))
        case MeasurePart():
            common["where"] += _measurable(part)
            return RulePart(**common, **_measure(agency, subject, part))
    raise AssertionError(f"unknown part {part!r}")


def _of_departments(agency: Agency, rule: Rule[Any], per_kind: str | None) -> list[Condition]:
    """Rows of other departments have no commitment to count for: they are out of the rule's scope, and told so."""
    if per_kind is None:
        return []
    assert rule.owner.column is not None
    ids = [each.id for each in agency.organisation.departments if per_kind in each.kinds]
    return [Condition(rule.owner.column, "in", [*ids])]


def _exclusion(agency: Agency, subject: Subject, name: str) -> ExclusionRef:
    exclusion = agency.charter.exclusions[name]
    return ExclusionRef(
        rule=name,
        where=conditions(exclusion.where),
        at=ColumnRef.of(subject, exclusion.at) if exclusion.at else None,
        ended=ColumnRef.of(subject, exclusion.ended_before_limit) if exclusion.ended_before_limit else None,
    )


def _limit(limit: Duration) -> dict[str, Any]:
    return {"limit_amount": limit.amount, "limit_unit": limit.unit}


def _deadline(agency: Agency, subject: Subject, part: DeadlinePart) -> dict[str, Any]:
    granularity = _granularity(subject, part.opens)
    compiled: dict[str, Any] = {
        "clock": part.clock,
        "calendar": calendar_of(part.clock),
        "granularity": granularity,
        "comparison": "within" if part.not_before else "<" if part.before else "<=",
        "unit": part.unit,
        "unit_seconds": SECONDS[part.unit],
        "opens": ColumnRef.of(subject, part.opens),
        "not_before": ColumnRef.of(subject, part.not_before) if part.not_before else None,
        "pauses": _pauses(agency, subject, part.pauses) if part.pauses else None,
        "fulfilled_any" if part.fulfilled_by.any_of else "fulfilled_all": [
            FinishRef(ColumnRef.of(subject, finish.column), conditions(finish.where))
            for finish in part.fulfilled_by.finishes()
        ],
    }
    if part.limit is None:
        assert part.due is not None
        due = ColumnRef.of(subject, part.due)
        return {
            **compiled,
            "calendar": None,
            "counting": "promised_day" if due.type == "date" else "promised",
            "due": due,
        }
    working_day = working_day_of(agency, part.clock)
    compiled |= _limit_of(part, granularity, working_day)
    counting = compiled["counting"]
    if part.clock == "working_days":
        compiled |= {
            "counts_first_day": part.first_day == "counted",
            "cut_off_seconds": second_of_day(part.cut_off) if part.cut_off else None,
            "ends_at_closing": part.ends == "closing",
        }
    else:
        compiled["counts_first_day"] = counts_first_day(part.clock, counting)
    if counting == "working_seconds" and part.unit == "days":
        compiled["unit_seconds"] = working_day
    if part.extension is not None:
        compiled |= {
            "extension_notified": ColumnRef.of(subject, part.extension.notified),
            "extension_reason": part.extension.reason,
            "extension_count": count_extension(counting, part.extension.limit, working_day),
        }
    return compiled


def _limit_of(part: DeadlinePart, granularity: str, working_day: int) -> dict[str, Any]:
    """How the part counts its limit, and the limit itself: one for all, or what it hangs on."""
    limit = part.limit
    if isinstance(limit, Duration):
        counting, count = count_limit(part.clock, limit, granularity, working_day)
        return {"counting": counting, "limit_count": count, **_limit(limit)}

    def count_of(duration: Duration | None) -> int | None:
        return None if duration is None else count_limit(part.clock, duration, granularity, working_day)[1]

    if isinstance(limit, ListedLimit):
        counting, _ = count_limit(part.clock, part.limits[0], granularity, working_day)
        counts = {
            composed(value): count_limit(part.clock, each, granularity, working_day)[1]
            for value, each in limit.of.items()
        }
        row_limit = RowLimit(limit.by, count_of(limit.otherwise), counts)
        return {"counting": counting, "row_limit": row_limit, "limit_unit": part.limits[0].unit}
    assert isinstance(limit, ColumnLimit)
    counting, per_unit = count_limit(part.clock, Duration(1, limit.unit), granularity, working_day)
    row_limit = RowLimit(
        limit.column,
        count_of(limit.otherwise),
        count_per_unit=per_unit,
        at_most=LONGEST_LIMIT_SECONDS // SECONDS[limit.unit],
    )
    return {"counting": counting, "row_limit": row_limit, "limit_unit": limit.unit}


def _pauses(agency: Agency, subject: Subject, pauses: Pauses) -> PausesRef:
    other = agency.subjects[pauses.of]
    return PausesRef(
        table=pauses.of,
        model=other.model,
        by=pauses.by or subject.key,
        at=ColumnRef.of(other, pauses.at),
        where=conditions(pauses.where),
        until=conditions(pauses.until),
        at_most_seconds=pauses.at_most.amount * SECONDS[pauses.at_most.unit],
    )


def _lead_time(subject: Subject, part: LeadTimePart) -> dict[str, Any]:
    in_hours = part.limit.unit == "hours"
    granularity = "instant" if in_hours else "date"
    unit = "hours" if in_hours else "working_days" if part.clock == "working_days" else "days"
    counting, count = count_limit(part.clock, part.limit, granularity)
    return {
        "clock": part.clock,
        "calendar": calendar_of(part.clock),
        "counting": counting,
        "limit_count": count,
        **_limit(part.limit),
        "granularity": granularity,
        "comparison": ">=",
        "unit": unit,
        "unit_seconds": SECONDS["hours" if in_hours else "days"],
        "opens": ColumnRef.of(subject, part.opens),
        "event": ColumnRef.of(subject, part.event),
        "notice": ColumnRef.of(subject, part.notice),
    }


def _by_calendar(comparison: str, unit: str) -> dict[str, Any]:
    return {
        "clock": "calendar",
        "calendar": None,
        "counting": "calendar",
        "granularity": "date",
        "comparison": comparison,
        "unit": unit,
        "unit_seconds": SECONDS["days"],
    }


def _occurrence(part: OccurrencePart) -> dict[str, Any]:
    return {**_by_calendar(">=", "count"), "on": part.on, "slot": part.slot, "only": part.only, "nth": part.nth}


def _level(agency: Agency, subject: Subject, part: LevelPart) -> dict[str, Any]:
    compiled = {
        **_by_calendar(">=", "percent" if part.population else "count"),
        "item": part.item,
        # The keys of a population are compared as they are, as codes are.
        "item_is_text": part.population is None and subject.columns[part.item].type == "text",
        "starts": part.starts,
        "ends": part.ends,
        "valid_days": part.valid_for.amount if part.valid_for else None,
        "standing": conditions(part.standing),
        "days": part.days,
        "required": part.at_least if part.every is None else len(part.every),
        "every": [composed(name) for name in part.every or []],
    }
    if part.population is not None:
        compiled |= _population(agency, part.population)
    return compiled


def _coverage(subject: Subject, part: CoveragePart) -> dict[str, Any]:
    granularity = _granularity(subject, part.opens)
    counting, count = count_limit(part.clock, part.limit, granularity)
    return {
        "clock": part.clock,
        "calendar": calendar_of(part.clock),
        "counting": counting,
        "limit_count": count,
        **_limit(part.limit),
        "granularity": granularity,
        "comparison": ">=",
        "unit": "count",
        "unit_seconds": SECONDS["days"],
        "opens": ColumnRef.of(subject, part.opens),
        "evidence": [_evidence(subject, evidence) for evidence in part.evidence],
    }


def _evidence(subject: Subject, evidence: Evidence) -> EvidenceRef:
    return EvidenceRef([_option(subject, option) for option in (evidence.any_of or [evidence])])


def _option(subject: Subject, evidence: Evidence) -> EvidenceOption:
    assert evidence.column is not None
    column = ColumnRef.of(subject, evidence.column)
    if evidence.after is None:
        return EvidenceOption(column)
    after, within = ColumnRef.of(subject, evidence.after), evidence.within
    if "date" in (column.type, after.type):
        return EvidenceOption(column, after, by_day=True, within_days=within.amount if within else None)
    return EvidenceOption(column, after, within_seconds=within.amount * SECONDS[within.unit] if within else None)


def _zero(part: ZeroPart) -> dict[str, Any]:
    return {**_by_calendar("<=", "count"), "on": part.on, "days": part.days, "required": 0}


def _measurable(part: MeasurePart) -> list[Condition]:
    """A row counts only with the value that is measured, and with the one that says whose it is."""
    names = (part.figure.value, part.per.column if part.per else None)
    return [Condition(name, "not_null") for name in names if name is not None]


def _measure(agency: Agency, subject: Subject, part: MeasurePart) -> dict[str, Any]:
    comparison = "between" if part.at_least is not None and part.at_most is not None else _one_sided(part)
    figure, counted = part.figure, part.figure.count
    compiled: dict[str, Any] = {
        **_by_calendar(comparison, part.measured_in),
        "on": part.on,
        "dated": ColumnRef.of(subject, part.on),
        "slot": part.slot,
        "only": part.only,
        "figure": figure.name,
        "value": figure.value,
        "per_column": part.per.column if part.per else None,
        "limit_least": part.at_least,
        "limit_most": part.at_most,
        "least_rows": 0 if figure.of_nothing_is_zero else part.least,
        "scale": 100.0 if part.measured_in == "percent" else 1.0,
    }
    if part.rolling is not None:
        compiled |= {"rolling_count": part.rolling.amount, "rolling_unit": part.rolling.unit}
    if counted is not None and counted.distinct is not None:
        compiled |= {"figure": "distinct", "item": counted.distinct}
    if figure.percentile is not None:
        compiled["rank_per_mille"] = round(figure.percentile.p * 10)
    if figure.share is not None and figure.share.where is not None:
        compiled["hits"] = conditions(figure.share.where)
    if figure.share is not None and figure.share.of is not None:
        compiled |= {"figure": "reached", "item": figure.share.item, **_population(agency, figure.share.of)}
    if figure.ratio is not None:
        over = agency.subjects[figure.ratio.over]
        dated = ColumnRef.of(over, figure.ratio.on)
        compiled["over"] = OverRef(over.model, over.key, dated, conditions(figure.ratio.where), figure.ratio.by)
    return compiled


def _one_sided(part: MeasurePart) -> str:
    return ">=" if part.at_most is None else "<="


def _population(agency: Agency, population: Population) -> dict[str, Any]:
    return {
        "population_model": agency.subjects[population.subject].model,
        "population_item": population.item,
        "population_starts": population.starts,
        "population_ends": population.ends,
        "population_by": population.by,
    }

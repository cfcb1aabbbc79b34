"""Compiles the charter's rules: one entry per part, as dbt's models take them."""

from __future__ import annotations

from typing import Any

from charter.base.composing import composed
from charter.base.moments import second_of_day
from charter.definitions.breaches import breach_behind, tier_of_standard
from charter.definitions.models import (
    Agency,
    ColumnLimit,
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
    StandardBase,
    Subject,
    ZeroPart,
)
from charter.definitions.models.hours import DayLength
from charter.transform.compile.counting import (
    LONGEST_LIMIT_SECONDS,
    SECONDS,
    calendar_of,
    count_extension,
    count_limit,
    counts_first_day,
    working_day_of,
)
from charter.transform.compile.rule_parts import (
    ColumnRef,
    Condition,
    EvidenceOption,
    EvidenceRef,
    ExclusionRef,
    FinishRef,
    OverRef,
    PausesRef,
    RowLimit,
    RulePart,
    conditions,
)

# How long before its opening an answer may be dated and be believed. The clocks of two systems differ by less; what is
# dated earlier contradicts itself, and no result rests on it.
ANSWER_MAY_PRECEDE_SECONDS = 24 * 3600


def compile_rules(agency: Agency) -> list[RulePart]:
    """Every part of every rule of the charter, in the charter's order."""
    return [
        _compile(agency, standard, rule, part)
        for standard in agency.charter.standards
        for rule in standard.rules
        for part in rule.parts
    ]


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
        "given_up": ColumnRef.of(subject, part.given_up.column) if part.given_up else None,
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
        compiled["unit_seconds"] = working_day.seconds
    if part.extension is not None:
        compiled |= {
            "extension_notified": ColumnRef.of(subject, part.extension.notified),
            "extension_reason": part.extension.reason,
            "extension_count": count_extension(counting, part.extension.limit, working_day),
        }
    return compiled


def _limit_of(part: DeadlinePart, granularity: str, working_day: DayLength) -> dict[str, Any]:
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

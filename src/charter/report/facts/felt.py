"""What customers say of a promise, beside what is measured of it: the answers of the year so far, and who agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import Period, last_week_of
from charter.definitions.models import FELT, Agency
from charter.report.facts.figures import Key
from charter.report.facts.models import Felt, FeltTerms, Standard
from charter.report.facts.warehouse import Warehouse


@dataclass(frozen=True)
class Answers:
    """How many of those who answered agree, and the Mondays of the first and the last week with an answer."""

    agreed: int
    answered: int
    first: date
    last: date


@dataclass(frozen=True)
class FeltTables:
    """The question of each standard that has one under the rule in force, and the answers by department (None: all)."""

    terms: Mapping[str, FeltTerms]
    answers: Mapping[Key, Answers]


def read_felt(warehouse: Warehouse, agency: Agency, week: Period, standards: Mapping[str, Standard]) -> FeltTables:
    """The answers from the year's first week to ``week``, or to the last that ended with a month."""
    terms = {
        standard.id: FeltTerms(
            question=rule.felt.question.root,
            least=rule.felt.scale.least,
            most=rule.felt.scale.most,
            agrees_from=rule.felt.agrees_from,
        )
        for standard in agency.charter.standards
        for rule in standard.rules
        if rule.felt is not None and standard.id in standards and rule.version == standards[standard.id].rule_version
    }
    first_day = week.end.replace(month=1, day=1)
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, sum(numerator), sum(denominator), min(week_start), max(week_start)
        FROM marts.companion_weekly
        WHERE companion = ? AND week_start BETWEEN ? AND ?
        GROUP BY GROUPING SETS ((standard_id, department_id), (standard_id))
        """,
        [FELT, first_day - timedelta(days=first_day.weekday()), last_week_of(week).start],
    )
    return FeltTables(
        terms=terms,
        answers={
            (standard_id, department_id): Answers(round(agreed), int(answered), first, last)
            for standard_id, department_id, agreed, answered, first, last in rows
            if answered
        },
    )


def felt_of(tables: FeltTables, standard_id: str, department_id: str | None) -> Felt | None:
    """What is felt of a standard; None where nobody is asked. Without an answer there is no data, never agreement."""
    if (terms := tables.terms.get(standard_id)) is None:
        return None
    found = tables.answers.get((standard_id, department_id))
    if found is None:
        return Felt(terms=terms, agreed=0, answered=0, first_on=None, last_on=None)
    last_on = found.last + timedelta(days=6)
    return Felt(terms=terms, agreed=found.agreed, answered=found.answered, first_on=found.first, last_on=last_on)

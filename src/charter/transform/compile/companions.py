"""Compiles the figures that are shown beside a standard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from charter.definitions.models import Agency, Rule
from charter.transform.compile.rule_parts import ColumnRef, CompanionRef, Condition, conditions


def compile_companions(agency: Agency) -> list[CompanionRef]:
    """Every companion figure of the charter, in the charter's order."""
    return list(_companions(agency))


def _companions(agency: Agency) -> Iterator[CompanionRef]:
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for companion in rule.beside:
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
        each.effective_from for each in rules if each is not rule and companion in {one.id for one in each.beside}
    ]
    later = min((begins for begins in others if begins > rule.effective_from), default=None)
    is_first = all(begins > rule.effective_from for begins in others)
    return {
        "effective_from": None if is_first else rule.effective_from.isoformat(),
        "effective_to": None if later is None else (later - timedelta(days=1)).isoformat(),
    }

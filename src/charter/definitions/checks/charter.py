"""Checks of charter.yaml against the other files: each standard's rule names what exists and fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.checks.common import overlapping, repeated
from charter.definitions.checks.counted import check_departments, check_periods
from charter.definitions.checks.parts import check_part
from charter.definitions.checks.targets import check_targets
from charter.definitions.columns import NUMBERS, Columns, closest, no_subject_table
from charter.definitions.document import Folder, Location
from charter.definitions.models import (
    FELT,
    MOMENTS,
    Companion,
    Comparison,
    CoveragePart,
    DeadlinePart,
    Felt,
    LeadTimePart,
    MeasurePart,
    Owner,
    Rule,
)


def check_charter(folder: Folder) -> Iterator[Problem]:
    document, charter = folder.documents["charter.yaml"], folder.charter
    pledges = {pledge.id for pledge in charter.pledges}
    yield from repeated(document, ("pledges",), [pledge.id for pledge in charter.pledges], "pledge")
    yield from repeated(document, ("standards",), [standard.id for standard in charter.standards], "standard")
    yield from check_periods(folder)
    for index, standard in enumerate(charter.standards):
        base: Location = ("standards", index)
        if standard.pledge not in pledges:
            yield Problem(
                f"'{standard.pledge}' is not a pledge",
                document.place((*base, "pledge")),
                closest(standard.pledge, pledges),
            )
        rules: list[Rule[Any]] = [*standard.rules]
        versions = [rule.version for rule in rules]
        if len(set(versions)) != len(versions):
            yield Problem(
                f"'{standard.id}' has two rules of the same version",
                document.place((*base, "rules")),
                "number them 1, 2, …",
            )
        for late in overlapping([(rule.effective_from, rule.effective_to) for rule in rules]):
            yield Problem(
                f"version {versions[late]} of '{standard.id}' begins while another is in force",
                document.place((*base, "rules", late, "effective_from")),
                "end the earlier one (effective_to) the day before",
            )
        for number, rule in enumerate(rules):
            yield from _check_rule(folder, (*base, "rules", number), rule)


def _departments(folder: Folder) -> set[str]:
    return {department.id for department in folder.organisation.departments}


def _check_rule(folder: Folder, base: Location, rule: Rule[Any]) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(rule.subject)
    if subject is None:
        yield no_subject_table(document, (*base, "subject"), rule.subject, subjects)
        return
    check = Columns(document, rule.subject, subject, _departments(folder))
    yield from check.where((*base, "where"), rule.where)
    yield from _check_owner(folder, check, (*base, "owner"), rule.owner)
    yield from check_departments(folder, document, base, rule)
    each_row_has_its_own = any(isinstance(part, MeasurePart) and part.rolling for part in rule.parts)
    if rule.missing_day_at_most is not None and not is_of_cases(rule) and not each_row_has_its_own:
        yield Problem(
            "a missing day of this rule holds one commitment for each part, or one for the slot, whatever is declared",
            document.place((*base, "missing_day_at_most")),
            "leave missing_day_at_most out: it is for deadline, lead-time and coverage standards, and rolling windows",
        )
    for index, name in enumerate(rule.exclude):
        yield from _check_exclusion(folder, check, (*base, "exclude", index), name)
        yield from _check_fits_kind(folder, check, (*base, "exclude", index), name, rule)
    yield from check_targets(document, base, rule, is_of_cases(rule))
    yield from repeated(document, (*base, "parts"), [part.id for part in rule.parts], "part")
    for index, part in enumerate(rule.parts):
        place = (*base, "parts", index)
        yield from check.where((*place, "where"), part.where)
        yield from check_part(folder, check, place, part, rule.where)
    yield from repeated(document, (*base, "companions"), [each.id for each in rule.companions], "companion")
    for index, companion in enumerate(rule.companions):
        yield from _check_companion(folder, (*base, "companions", index), companion)
        if companion.id == FELT:
            where = document.place((*base, "companions", index, "id"))
            yield Problem(f"'{FELT}' is what customers say of the promise", where, "call this figure otherwise")
    if rule.felt is not None:
        yield from _check_felt(folder, (*base, "felt"), rule.felt)


def _check_owner(folder: Folder, check: Columns, place: Location, owner: Owner) -> Iterator[Problem]:
    if owner.column is not None:
        yield from check.column((*place, "column"), owner.column, {"department"})
        column = check.subject.columns.get(owner.column)
        if column is not None and column.type == "department" and not column.required:
            yield Problem(
                f"'{owner.column}' of '{check.name}' may be empty, and nobody would answer",
                check.document.place((*place, "column")),
                f"make '{owner.column}' required in subjects.yaml (rows without it are then refused one by one), "
                "or name a department",
            )
        return
    known = _departments(folder)
    if owner.department not in known:
        yield Problem(
            f"'{owner.department}' is not a department",
            check.document.place((*place, "department")),
            closest(str(owner.department), known),
        )


def _check_exclusion(folder: Folder, check: Columns, place: Location, name: str) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if exclusion is None:
        yield Problem(
            f"'{name}' is not an exclusion", check.document.place(place), closest(name, folder.charter.exclusions)
        )
        return
    definition: Location = ("exclusions", name)
    yield from check.where((*definition, "where"), exclusion.where)
    for key in ("at", "ended_before_limit"):
        if (column := getattr(exclusion, key)) is not None:
            yield from check.column((*definition, key), column, MOMENTS)


def is_of_cases(rule: Rule[Any]) -> bool:
    """Whether the rule makes a promise of each case, not of days or slots."""
    return all(isinstance(part, DeadlinePart | LeadTimePart | CoveragePart) for part in rule.parts)


def _check_fits_kind(folder: Folder, check: Columns, place: Location, name: str, rule: Rule[Any]) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if not is_of_cases(rule):
        yield Problem(
            f"'{name}' takes out single cases, but this rule counts slots or days",
            check.document.place(place),
            "use it in deadline, lead-time and coverage standards; a day or slot can only be waived",
        )
        return
    if exclusion is None or exclusion.ended_before_limit is None:
        return
    if not all(isinstance(part, DeadlinePart) for part in rule.parts):
        yield Problem(
            f"'{name}' excludes what ended before the limit, which only a deadline has",
            check.document.place(place),
            "use it in deadline standards, or another exclusion here",
        )


def _check_companion(folder: Folder, place: Location, companion: Companion) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(companion.subject)
    if subject is None:
        yield no_subject_table(document, (*place, "subject"), companion.subject, subjects)
        return
    check = Columns(document, companion.subject, subject, _departments(folder))
    yield from check.column((*place, "on"), companion.on, MOMENTS)
    yield from check.where((*place, "where"), companion.where)
    yield from check.where((*place, "numerator"), companion.numerator or {})
    if companion.sum_of is not None:
        yield from check.column((*place, "sum_of"), companion.sum_of, {"number", "integer"})
    yield from _check_owner(folder, check, (*place, "owner"), companion.owner)


def _check_felt(folder: Folder, place: Location, felt: Felt) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(felt.subject)
    if subject is None:
        yield no_subject_table(document, (*place, "subject"), felt.subject, subjects)
        return
    check = Columns(document, felt.subject, subject, _departments(folder))
    yield from check.column((*place, "on"), felt.on, MOMENTS)
    yield from check.where((*place, "where"), felt.where)
    yield from check.column((*place, "answer"), felt.answer, NUMBERS)
    if felt.answer in felt.where:
        what = f"'{felt.answer}' is the answer: whoever says nothing, or something off the scale, is left out by itself"
        yield Problem(what, document.place((*place, "where", felt.answer)), "remove this condition")
    if felt.owner.column is not None and felt.where.get(felt.owner.column) == Comparison(is_null=False):
        # Who says not whom they rate is left out on purpose.
        yield from check.column((*place, "owner", "column"), felt.owner.column, {"department"})
    else:
        yield from _check_owner(folder, check, (*place, "owner"), felt.owner)

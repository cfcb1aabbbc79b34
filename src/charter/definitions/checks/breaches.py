"""Checks of promises about broken promises: that the breach can be found, and is judged before they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.breaches import breach_behind, circle_of, standard_called
from charter.definitions.columns import closest
from charter.definitions.document import Folder, Location
from charter.definitions.models import KINDS_OF_CASES, BreachOf, Rule, Standard

OF_CASES = "deadline, lead_time and coverage"
_OWNER = "breach_department"


def check_breaches(folder: Folder) -> Iterator[Problem]:
    for name, subject in folder.subjects.subjects.items():
        if subject.breach_of is not None:
            yield from _check_table(folder, name, str(subject.from_), subject.breach_of)
    for index, standard in enumerate(folder.charter.standards):
        rules: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(rules):
            yield from _check_rule(folder, ("standards", index, "rules", number), standard, rule)


def _check_table(folder: Folder, name: str, base: str, breach: BreachOf) -> Iterator[Problem]:
    document, place = folder.documents["subjects.yaml"], ("subjects", name, "breach_of")
    standard = standard_called(folder.charter, breach.standard)
    if standard is None:
        known = [each.id for each in folder.charter.standards]
        yield Problem(
            f"'{breach.standard}' is not a standard",
            document.place((*place, "standard")),
            closest(breach.standard, known),
        )
        return
    if standard.kind not in KINDS_OF_CASES:
        yield Problem(
            f"'{standard.id}' is of kind {standard.kind}: it is broken by a day or a slot, and by no row of '{base}'",
            document.place((*place, "standard")),
            f"name a standard of kind {OF_CASES}",
        )
        return
    yield from _check_part(folder, place, standard, breach)
    for rule in standard.rules:
        if rule.subject != base:
            yield Problem(
                f"version {rule.version} of '{standard.id}' is judged on '{rule.subject}', not on '{base}'",
                document.place(("subjects", name, "from")),
                f"derive the table from '{rule.subject}'",
            )
    if (circle := circle_of(folder.charter, folder.subjects.subjects, name)) is not None:
        yield Problem(
            f"breaches come back to themselves: {' is judged after '.join(circle)}",
            document.place(place),
            "let one of these standards be judged on a table that has no breaches",
        )


def _check_part(folder: Folder, place: Location, standard: Standard, breach: BreachOf) -> Iterator[Problem]:
    document = folder.documents["subjects.yaml"]
    parts = list(dict.fromkeys(part.id for rule in standard.rules for part in rule.parts))
    if breach.part is None and len(parts) > 1:
        yield Problem(
            f"'{standard.id}' has the parts {', '.join(parts)}, and nothing says whose breaches are meant",
            document.place(place),
            "name one with part: a row is the breach of one of them",
        )
    elif breach.part is not None and breach.part not in parts:
        yield Problem(
            f"'{breach.part}' is not a part of '{standard.id}'",
            document.place((*place, "part")),
            closest(breach.part, parts),
        )


def _check_rule(folder: Folder, place: Location, standard: Standard, rule: Rule[Any]) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    for index, part in enumerate(rule.parts):
        for table in part.beside:
            if breach_behind(subjects, table) is not None:
                yield Problem(
                    f"'{table}' has breaches, and no figure counts them yet",
                    document.place((*place, "parts", index)),
                    f"make '{table}' the subject of a standard of kind {OF_CASES}",
                )
    if breach_behind(subjects, rule.subject) is None:
        return
    if standard.kind not in KINDS_OF_CASES:
        yield Problem(
            f"'{rule.subject}' has breaches, and a promise about each is of kind {OF_CASES}, not {standard.kind}",
            document.place((*place, "subject")),
            "promise what follows for each breach, or name a table of the rows themselves",
        )
    if rule.owner.column not in (None, _OWNER):
        yield Problem(
            f"'{rule.owner.column}' does not say who answers for a breach that may be there",
            document.place((*place, "owner", "column")),
            f"owner: {{column: {_OWNER}}}, or one department",
        )

"""Checks of targets: each commitment counts towards exactly one, and only promises to each case are parted by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.document import Document, Location
from charter.definitions.models import Rule


def check_targets(document: Document, base: Location, rule: Rule[Any], is_of_cases: bool) -> Iterator[Problem]:
    """The rule has a target, or each of its parts has. ``is_of_cases``: it makes a promise of each case."""
    if not rule.targets:
        yield Problem(
            "no target says how many of its commitments must be met",
            document.place(base),
            "add target: 0.95 (the share, above 0 and at most 1) to the rule, or one to each part",
        )
        return
    for index, part in enumerate(rule.parts):
        place: Location = (*base, "parts", index)
        if part.target is None and rule.target is None:
            yield Problem(
                f"'{part.id}' has no target, and other parts have one each: its commitments would count towards none",
                document.place(place),
                "add target: 0.95 (the share, above 0 and at most 1) to the part",
            )
        elif part.target is not None and rule.target is not None:
            yield Problem(
                f"the commitments of '{part.id}' would count twice: towards its own target and towards the rule's",
                document.place((*place, "target")),
                "remove the target of the rule and give each part one, or remove this one",
            )
        elif part.target is not None and not is_of_cases:
            yield Problem(
                f"'{part.id}' counts slots or days, and has a limit of its own to hold them against",
                document.place((*place, "target")),
                "give the rule one target, or make the part a standard; parts of deadline, lead-time and coverage "
                "standards may have targets",
            )

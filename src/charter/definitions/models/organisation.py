"""departments.yaml: by whom it was promised."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from charter.definitions.models.common import (
    Identifier,
    Language,
    Name,
    OneLine,
    Strict,
    ZoneName,
)


class Recipient(Strict):
    """Someone who gets a department's reports, in ``language`` (the agency's own when not given)."""

    name: OneLine
    address: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
    language: Language | None = None


class Placement(Strict):
    """Where a department stood in the hierarchy from ``effective_from`` to ``effective_to`` (included).

    ``name`` and ``kind`` are what it was called, and was, in that time, where that is not the department's.
    """

    effective_from: date
    effective_to: date | None = None
    parent: Identifier | None = None
    name: Name | None = None
    kind: Identifier | None = None

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Department(Strict):
    """A unit of the agency. ``aliases`` are the names under which source systems know it."""

    id: Identifier
    name: Name
    kind: Identifier
    time_zone: ZoneName
    placements: list[Placement] = Field(min_length=1)
    aliases: list[OneLine] = Field(default_factory=list)
    recipients: list[Recipient] = Field(default_factory=list)

    def every_name(self) -> list[str]:
        """Every name that it has or had, in any language, and its aliases; each once."""
        names = [self.name, *(placed.name for placed in self.placements if placed.name is not None)]
        return list(dict.fromkeys([*(text for name in names for text in name.root.values()), *self.aliases]))


class Organisation(Strict):
    """departments.yaml: by whom it was promised."""

    departments: list[Department] = Field(min_length=1)

"""departments.yaml: by whom it was promised."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from charter.definitions.models.common import (
    Identifier,
    Name,
    OneLine,
    Strict,
    ZoneName,
)


class Recipient(Strict):
    """Someone who gets a department's reports."""

    name: OneLine
    address: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")


class Placement(Strict):
    """Where a department stood in the hierarchy from ``effective_from`` to ``effective_to`` (included)."""

    effective_from: date
    effective_to: date | None = None
    parent: Identifier | None = None


class Department(Strict):
    """A unit of the agency. ``aliases`` are the names under which source systems know it."""

    id: Identifier
    name: Name
    kind: Identifier
    time_zone: ZoneName
    placements: list[Placement] = Field(min_length=1)
    aliases: list[OneLine] = Field(default_factory=list)
    recipients: list[Recipient] = Field(default_factory=list)


class Organisation(Strict):
    """departments.yaml: by whom it was promised."""

    departments: list[Department] = Field(min_length=1)

"""The suites as definitions, built from the charter folder and a catalogue: no Great Expectations, no warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from charter.assertions.coverage import FeedName
from charter.base.moments import PeriodKind

SuiteKind = Literal["contract", "threshold", "agreement"]
Severity = Literal["critical", "warning"]
Scope = Literal["rows", "period", "silence"]


@dataclass(frozen=True)
class Check:
    """One expectation. ``name`` is unique in its suite, ``type`` and ``kwargs`` are Great Expectations' own.

    ``scope`` says what the silence of ``feeds`` (sources and tables) means: ``rows`` judges the rows there are,
    ``period`` judges what the silence leaves certain, ``silence`` is the check for silence itself, whose failure is
    ``no_data`` and never ``broken``.
    """

    name: str
    type: str
    kwargs: Mapping[str, Any]
    description: str
    severity: Severity = "critical"
    standard_id: str | None = None
    source_id: str | None = None
    period_kind: PeriodKind | None = None
    feeds: tuple[FeedName, ...] = ()
    scope: Scope = "rows"


@dataclass(frozen=True)
class SuiteDefinition:
    """One suite: checks of one table, or of the counts that one query of ``sql/`` makes.

    ``table`` is ``schema.table``; exactly one of ``table`` and ``query`` (a file name without ``.sql``) is given.
    """

    agency_id: str
    name: str
    kind: SuiteKind
    notes: str
    checks: tuple[Check, ...]
    table: str | None = None
    query: str | None = None
    about_table: str | None = None

    @property
    def table_name(self) -> str | None:
        """The table that results name: the one checked, or the one the query counts."""
        return self.table or self.about_table

    def check_id(self, check: Check) -> str:
        """The same identifier for the same check of the same agency, whenever and wherever it is built."""
        return str(uuid5(NAMESPACE_OID, f"{self.agency_id}/{self.name}/{check.name}"))

    def as_gx(self) -> dict[str, Any]:
        """The arguments of a Great Expectations ``ExpectationSuite``; plain JSON values."""
        return {
            "name": self.name,
            "id": str(uuid5(NAMESPACE_OID, f"{self.agency_id}/{self.name}")),
            "notes": self.notes,
            "meta": {"kind": self.kind, **({"table": self.table} if self.table else {"query": f"{self.query}.sql"})},
            "expectations": [
                {
                    "id": self.check_id(check),
                    "type": check.type,
                    "kwargs": dict(check.kwargs),
                    "description": check.description,
                    "severity": check.severity,
                    "meta": {"name": check.name},
                }
                for check in self.checks
            ],
        }

"""The matrix as typed rows, in one language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from charter.report.facts.models import Result

TableRole = Literal["measured", "companion", "waivers", "mending"]
PlaceKind = Literal["site", "agency_report", "department_report"]
UntracedKind = Literal["pledge", "standard", "source", "table", "expectation"]


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetEntry(Entry):
    """The share that must be met: of one ``part``, or (empty) of all commitments."""

    part: str
    share: float


class TableEntry(Entry):
    """A landed table that a rule is measured on.

    ``columns`` are those that the rule, or a table derived for it, names. ``sources`` feed it; none feeds a table of
    waivers of which nothing was ever decided. ``role`` tells what is measured from what is shown beside it, and
    from what may take a commitment out.
    """

    table: str
    role: TableRole
    sources: tuple[str, ...]
    columns: tuple[str, ...]
    model: str


class PlaceEntry(Entry):
    """Where a figure is shown: in a page of the site (``href``, from the site's first page's folder), or in a report.

    ``department_id`` is whose report; empty for the agency's, and where each department's own report shows it.
    """

    kind: PlaceKind
    title: str
    section: str
    href: str = ""
    department_id: str = ""


class LastResult(Entry):
    """What a standard came to in the newest closed week in which its rule version decided anything; where it never
    did, in the newest closed week. Agency-wide. ``night`` is the as-of of the warehouse that says so (aware UTC)."""

    figure: str
    period_start: date
    period_end: date
    result: Result
    met: int
    breached: int
    pending: int
    excluded: int
    night: datetime


class MatrixRow(Entry):
    """One version of one standard's rule, from its clause to its last result. ``checks`` are named suite/check."""

    name: str
    citation: str
    section: str
    pledge_id: str
    pledge: str
    standard_id: str
    standard: str
    kind: str
    rule_version: int
    effective_from: date
    effective_to: date | None
    basis: str
    threshold: str
    targets: tuple[TargetEntry, ...]
    tables: tuple[TableEntry, ...]
    models: tuple[str, ...]
    checks: tuple[str, ...]
    places: tuple[PlaceEntry, ...]
    last: LastResult | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that feed its tables, each once."""
        return tuple(dict.fromkeys(source for table in self.tables for source in table.sources))


class CheckEntry(Entry):
    """One expectation, the ``rows`` of the matrix that rest on it, and its outcome in the newest published night.

    ``outcome`` is None where that night did not ask it.
    """

    name: str
    suite: str
    check: str
    kind: str
    description: str
    severity: str
    rows: tuple[str, ...]
    outcome: Result | None = None
    evaluated: int | None = None
    unexpected: int | None = None


class Untraced(Entry):
    """Something that no row of the matrix holds."""

    kind: UntracedKind
    name: str


class Matrix(Entry):
    """Every version of every rule, every expectation, and what of the charter's folder is in neither.

    ``night`` is the as-of (aware UTC) of the warehouse that the results are from; None before the first night.
    """

    charter_id: str
    charter_version: str
    language: str
    night: datetime | None
    rows: tuple[MatrixRow, ...]
    checks: tuple[CheckEntry, ...]
    untraced: tuple[Untraced, ...]

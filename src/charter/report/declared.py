"""The reports that an agency declares."""

from __future__ import annotations

from charter.base.errors import ReportError
from charter.definitions.models import Agency, ReportDefinition, ReportPeriod

_CALLED: dict[ReportPeriod, str] = {
    "working_day": "digest of what is at risk",
    "week": "weekly report",
    "month": "monthly report",
    "year": "publication",
}


def declared_report(agency: Agency, period: ReportPeriod) -> ReportDefinition:
    """The report of a period that the agency declares. Raises ReportError when it declares none."""
    definition = agency.reports.of(period)
    if definition is None:
        raise ReportError(
            f"no {_CALLED[period]} is declared",
            where="reports.yaml",
            remedy=f"add a report with period: {period} (docs/reports.md)",
        )
    return definition

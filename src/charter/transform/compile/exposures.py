"""Who reads the marts: an exposure of dbt for each report, for the site and for what auditors get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.definitions.models import Agency
from charter.transform.compile.derived_models import inert

_REPORTED = (
    *("fct_commitments", "compliance_weekly", "standard_results", "target_results", "companion_weekly"),
    *("actions", "period_comments", "unread_entries"),
    *("restatements", "source_status", "dim_standard", "dim_rule_part", "dim_department", "dim_exclusion", "run"),
)
_SHOWN = (*_REPORTED, "compliance_daily", "row_fates", "measured_figures", "ownership")
_EXCUSED = ("fct_commitments", "waivers", "restatements", "dim_department", "run")


def exposures(agency: Agency) -> list[dict[str, Any]]:
    """The exposures, as dbt reads them. They name departments, and no person."""
    return list(_exposures(agency))


def _exposures(agency: Agency) -> Iterator[dict[str, Any]]:
    charter = agency.charter
    owner = charter.agency.root[charter.language]
    yield _exposure("site", "The site", owner, "Every page of the site.", "dashboard", _SHOWN)
    yield _exposure(
        "weekly_report",
        "Weekly report of the agency",
        owner,
        "Mail, PDF and pages of each closed week.",
        "analysis",
        _REPORTED,
    )
    for department in agency.organisation.departments:
        if department.recipients and any(placed.parent for placed in department.placements):
            name = department.name.root[charter.language]
            yield _exposure(
                f"weekly_report_of_{department.id.replace('-', '_')}",
                f"Weekly report of {name}",
                name,
                "Mail, PDF and pages of each closed week.",
                "analysis",
                _REPORTED,
            )
    yield _exposure(
        "traceability_matrix",
        "Traceability matrix",
        owner,
        "Each clause of the charter, traced to its figure.",
        "analysis",
        ("standard_results", "fct_commitments", "run"),
    )
    yield _exposure(
        "register_of_exceptions", "Register of exceptions", owner, "All that was ever excused.", "analysis", _EXCUSED
    )


def _exposure(
    name: str, label: str, owner: str, description: str, kind: str, models: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "name": name,
        "label": inert(label),
        "type": kind,
        "description": inert(description),
        "owner": {"name": inert(owner)},
        "depends_on": [f"ref('{model}')" for model in models],
    }

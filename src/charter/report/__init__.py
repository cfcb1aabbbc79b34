"""What people see: the weekly reports (mail, PDF) and the site.

One direction: ``facts`` reads figures from the warehouse, ``view`` puts them into words, templates lay them out.
"""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
    from charter.report.declared import declared_report
    from charter.report.facts.filed import rendered_files
    from charter.report.facts.gather import agency_week, week_facts
    from charter.report.facts.models import AgencyWeek, DepartmentWeek
    from charter.report.morning import PostedMorning, PreparedMorning, post_morning, prepare_morning
    from charter.report.post import PostedWeek, PreparedWeek, post_week, prepare_week
    from charter.report.site.pages import build_site
    from charter.report.week import RenderedReport, RenderedWeek, render_week

__all__ = [
    "AgencyWeek",
    "DepartmentWeek",
    "PostedMorning",
    "PostedWeek",
    "PreparedMorning",
    "PreparedWeek",
    "RenderedReport",
    "RenderedWeek",
    "agency_week",
    "build_site",
    "declared_report",
    "post_morning",
    "post_week",
    "prepare_morning",
    "prepare_week",
    "render_week",
    "rendered_files",
    "week_facts",
]

__getattr__ = given_by(
    __name__,
    {
        "charter.report.declared": ("declared_report",),
        "charter.report.facts.filed": ("rendered_files",),
        "charter.report.facts.gather": (
            "agency_week",
            "week_facts",
        ),
        "charter.report.facts.models": (
            "AgencyWeek",
            "DepartmentWeek",
        ),
        "charter.report.morning": (
            "PostedMorning",
            "PreparedMorning",
            "post_morning",
            "prepare_morning",
        ),
        "charter.report.post": (
            "PostedWeek",
            "PreparedWeek",
            "post_week",
            "prepare_week",
        ),
        "charter.report.site.pages": ("build_site",),
        "charter.report.week": (
            "RenderedReport",
            "RenderedWeek",
            "render_week",
        ),
    },
)

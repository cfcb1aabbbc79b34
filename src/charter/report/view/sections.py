"""The sections of a report that its entry in reports.yaml names; all of them where it names none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from charter.definitions.models import ReportDefinition
from charter.report.view.mending_models import MendingView
from charter.report.view.models import ReportView


def only_sections(view: ReportView, definition: ReportDefinition | None) -> ReportView:
    """``view`` without the sections that ``definition`` does not show.

    What the verdict counts stays: the headline, what to do, missing data and corrections are no sections.
    """
    if definition is None or definition.sections is None:
        return view
    left_out = {section for section in _EMPTIED if not definition.shows(section)}
    emptied: dict[str, Any] = {name: value for section in left_out for name, value in _EMPTIED[section].items()}
    return replace(
        view,
        **emptied,
        shows_breaches="breaches" not in left_out,
        shows_due="due" not in left_out,
        mending=_mending(view.mending, definition),
    )


_EMPTIED: dict[str, dict[str, Any]] = {
    "overview": {"overview": None},
    "breaches": {"breaches": (), "breaches_rest": ""},
    "overdue": {"still_open": None},
    "due": {"due_next": None},
    "divisions": {"below": (), "below_rest": ""},
    "changes": {"changes": None},
    "standards": {"groups": (), "quiet": "", "not_kept": (), "not_kept_rest": "", "kept": ""},
    "calendar": {"duties": None},
    "charts": {"charts": (), "heat": None},
    "felt": {"felt": ()},
    "companions": {"companions": ()},
    "exclusions": {"exclusions": ()},
}


def _mending(mending: MendingView, definition: ReportDefinition) -> MendingView:
    if not definition.shows("actions"):
        mending = replace(mending, notes=(), asked=(), actions=())
    return mending if definition.shows("comments") else replace(mending, comments=())

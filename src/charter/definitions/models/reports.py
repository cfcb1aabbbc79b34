"""reports.yaml: which reports are made, when, of what, and for whom."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field, field_validator, model_validator

from charter.base.cron import is_cron
from charter.definitions.models.common import Identifier, Strict

ReportPeriod = Literal["working_day", "week", "month", "year"]
# Reports of these periods are kept by the period alone, and their past mails are known by these names.
REPORT_NAMES: dict[str, str] = {"week": "weekly", "month": "monthly"}

# What a report of a period may have, in the order in which it is shown. The verdict, what is corrected, what to do,
# missing data and how to check a figure are no sections: they always stand.
_OF_A_DEPARTMENT = (
    *("overview", "breaches", "overdue", "due", "actions", "comments", "divisions", "changes", "standards"),
    *("calendar", "charts", "felt", "companions", "exclusions"),
)
SECTIONS: dict[str, tuple[str, ...]] = {
    "working_day": ("due", "overdue", "resolved"),
    "week": _OF_A_DEPARTMENT,
    "month": _OF_A_DEPARTMENT,
    "year": ("divisions", "felt", "comments", "actions"),
}
# When it is made where nothing is said, by the agency's clocks, as cron writes it.
_USUAL: dict[str, str] = {
    "working_day": "30 7 * * *",
    "week": "0 7 * * MON",
    "month": "0 7 1 * *",
    "year": "",
}
# Everybody who is named as a recipient in departments.yaml, for their own department.
HEADS = "heads"


class ReportDefinition(Strict):
    """One report. ``period`` is what it is about: a working day (the digest of what is at risk), a week, a month, or a
    year (the publication, which people make: it has no schedule). ``schedule`` is in cron's form, by the agency's
    clocks; the usual one of the period when not given. ``sections`` are those shown, all of the period's when not
    given. ``due_by`` is the time by which it is to be out on the day of its making, by the agency's clocks: the
    operators are told when it is not.

    ``recipients`` are ``heads`` (the recipients of departments.yaml, each for their department) and addresses, which
    get that of the whole agency, in the agency's own language. ``least_n`` is the smallest count that a publication
    shows.
    """

    id: Identifier
    period: ReportPeriod
    sections: list[str] | None = None
    schedule: str | None = None
    due_by: time = time(9)
    recipients: list[str] = Field(default_factory=lambda: [HEADS])

    least_n: int = Field(default=5, ge=1, le=1000)

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, text: str | None) -> str | None:
        if text is not None and not is_cron(text):
            raise ValueError("it is no schedule such as '30 7 * * *' (minute, hour, day, month, weekday)")
        return text

    @model_validator(mode="after")
    def _shows_something(self) -> ReportDefinition:
        if self.sections == []:
            raise ValueError("name at least one section, or leave sections out: then all are shown")
        return self

    @property
    def cron(self) -> str:
        """When it is made, as cron writes it, by the agency's clocks."""
        return self.schedule or _USUAL[self.period]

    def shows(self, section: str) -> bool:
        """Whether the section is shown."""
        return self.sections is None or section in self.sections

    @property
    def addresses(self) -> list[str]:
        """The mailboxes that get the report of the whole agency, in the spelling by which the outbox knows them."""
        return [each.lower() for each in self.recipients if each != HEADS]

    @property
    def goes_to_heads(self) -> bool:
        """Whether departments' recipients get that of their department."""
        return HEADS in self.recipients


class Reports(Strict):
    """reports.yaml. Without the file there is the weekly report, as it has always been."""

    reports: list[ReportDefinition] = Field(
        default_factory=lambda: [ReportDefinition(id="weekly", period="week")], min_length=1
    )

    @property
    def mailed(self) -> list[ReportDefinition]:
        """Those that people get by mail: a publication is for everybody."""
        return [report for report in self.reports if report.period != "year"]

    def of(self, period: ReportPeriod) -> ReportDefinition | None:
        """The report of a period; None where none is declared."""
        return next((report for report in self.reports if report.period == period), None)

"""The reports of a week that were issued: from what is on file, and from what is in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from charter.base.moments import Period
from charter.base.settings import Settings
from charter.deliver import PostedMessage
from charter.report.facts.figures import Key
from charter.report.facts.filed import (
    adopted_figures,
    decided_file,
    filed_departments,
    filed_figures,
    filed_fingerprint,
    revisions,
    week_folder,
)
from charter.report.facts.models import Department
from charter.report.facts.reported import ReportedFigures, StandardFigures, differs, members
from charter.report.facts.restated import FigureChange, decided_figures
from charter.transform.build.closing import closed_week_file


@dataclass(frozen=True)
class IssuedReport:
    """The newest issued revision of a department's report.

    ``figures`` are those reported in it. ``measure`` are those to compare with: what the newest release that was asked
    makes of the same rows. A release before 0.3.0 kept no figures: then ``figures`` is None, and the measure is what
    the week was closed with. ``decided`` are the commitments that the measure counts. Both are None where nothing was
    kept. ``fingerprint`` is None when the revision is no longer on file.
    """

    department_id: str
    revision: int
    fingerprint: str | None
    figures: ReportedFigures | None
    measure: ReportedFigures | None
    decided: Path | None

    def still_wrong(self, changes: Sequence[FigureChange]) -> list[FigureChange]:
        """Those of ``changes`` (from the measure) whose reported figures are wrong too, now from the reported figures.

        Some releases kept nothing of what was open. For that, the measure stands for what was reported.
        """
        if self.figures is None:
            return list(changes)
        reported: Mapping[Key, StandardFigures] = {row.key: row for row in self.figures.standards}
        restated = [replace(each, before=_with_ends(reported.get(each.key), each.before)) for each in changes]
        return [each for each in restated if differs(each.before, each.after)]


def _with_ends(reported: StandardFigures | None, measure: StandardFigures | None) -> StandardFigures | None:
    if reported is None or measure is None or reported.in_doubt is not None:
        return reported
    return reported.model_copy(update={"in_doubt": measure.in_doubt, "ends": measure.ends})


def read_issued(
    settings: Settings,
    week: Period,
    departments: Mapping[str, Department],
    posted: Sequence[PostedMessage],
    alone: Callable[[str], AbstractContextManager[None]],
) -> dict[str, IssuedReport]:
    """The newest issued report of ``week`` of each department that has one. ``posted`` are the week's messages.

    A revision that was filed and never posted, because the run was cut short, was not issued. Where the department has
    no recipients at all, filing it issues it. Each is read within ``alone(department_id)``: where that keeps an error
    to itself, the report is left out.
    """
    folder = week_folder(settings, week)
    names = {*filed_departments(folder), *(message.department_id for message in posted)}
    issued: dict[str, IssuedReport] = {}
    for department_id in sorted(names & departments.keys()):
        own = [message for message in posted if message.department_id == department_id]
        with alone(department_id):
            issued[department_id] = _newest_issued(settings, week, departments, department_id, own)
    return issued


def _newest_issued(
    settings: Settings,
    week: Period,
    departments: Mapping[str, Department],
    department_id: str,
    posted: Sequence[PostedMessage],
) -> IssuedReport:
    folder = week_folder(settings, week)
    on_file = {number: filed_fingerprint(folder, department_id, number) for number in revisions(folder, department_id)}
    sent = {message.fingerprint for message in posted}
    issued = [number for number, fingerprint in on_file.items() if not sent or fingerprint in sent]
    revision = max(issued) if issued else max(message.revision for message in posted)
    fingerprint = on_file[revision] if issued else None
    figures = filed_figures(folder, department_id, revision) if issued else None
    measure = (adopted_figures(folder, department_id, revision) if issued else None) or figures
    if measure is not None:
        kept = decided_file(folder, measure.as_of)
        return IssuedReport(department_id, revision, fingerprint, figures, measure, kept if kept.exists() else None)
    # Only weeks were reported by releases that kept no figures.
    closed = closed_week_file(settings, week.start) if week.kind == "week" else None
    if closed is None or not closed.exists():
        return IssuedReport(department_id, revision, fingerprint, None, None, None)
    as_of = max((message.as_of for message in posted), default=datetime.min.replace(tzinfo=UTC))
    measure = ReportedFigures(
        week=week.key(),
        department_id=department_id,
        as_of=as_of,
        known_at=as_of,
        engine="",
        charter="",
        standards=tuple(decided_figures(closed)),
    ).of(department_id, members(departments, department_id))
    return IssuedReport(department_id, revision, fingerprint, None, measure, closed)

"""A report as its mail looks, for a browser, before anybody gets it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from charter.base.errors import ReportError
from charter.base.files import write_whole
from charter.base.moments import Period, end_of_day
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.deliver import Attachment
from charter.report.declared import declared_report
from charter.report.facts.at_risk import AtRiskTables, Scope, department_scopes, whole_scope
from charter.report.facts.enclosed import picture_of
from charter.report.facts.filed import report_of
from charter.report.facts.tables import read_week
from charter.report.facts.told import WHOLE
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.mail import Mail, render_at_risk
from charter.report.view.at_risk import at_risk_view
from charter.report.week import Renderer, week_reports
from charter.words import words_in

_PICTURE = re.compile(r"""(["'(])cid:([^"')\s]+)""")


def preview_week(
    settings: Settings,
    agency: Agency,
    week: Period,
    department_id: str,
    language: str | None = None,
    heads: dict[datetime, str] | None = None,
) -> Path:
    """Writes a department's report of ``week`` (or a month) as its first mail would look now, and returns the file.

    Nothing is filed or sent. ``heads`` are the hashes of the nights' seals by as-of. Raises ReportError: also when
    nothing is due in the week, and for a language without a catalogue.
    """
    with open_warehouse(settings) as warehouse:
        if warehouse.run.as_of < end_of_day(week.end, agency.zone):
            raise ReportError(
                f"the warehouse was built as of {warehouse.run.as_of.isoformat()}, before {week.kind} {week.key()} had"
                " ended",
                where=week.kind,
                remedy=f"run a night first: charter nightly --as-of {week.end}; or preview an earlier {week.kind}"
                f" (--{week.kind})",
            )
        tables = read_week(settings, warehouse, agency, week)
    reports = {report.department_id: report for report in week_reports(tables, [department_id])}
    if department_id not in reports:
        raise ReportError(
            f"department '{department_id}' has no report of {week.kind} {week.key()}",
            where="department",
            remedy=f"these have: {', '.join(sorted(reports))}",
        )
    own = agency.charter.language
    renderer = Renderer(settings, agency, (heads or {}).get(tables.run.as_of))
    mail = renderer.mail(reports[department_id], 1, None if language in (None, own) else language)
    return _written(settings, f"{report_of(week)}-{week.key()}-{department_id}-{language or own}", mail)


def preview_morning(
    settings: Settings,
    agency: Agency,
    night: datetime,
    department_id: str | None,
    language: str | None = None,
    heads: dict[datetime, str] | None = None,
) -> Path:
    """Writes the digest of a department (None: of the whole agency) of the morning after the published ``night``, as it
    would look if nobody had been told anything, and returns the file.

    Nothing is filed or sent. Raises ReportError: also when there is nothing to tell.
    """
    definition = declared_report(agency, "working_day")
    with open_warehouse(settings, night) as warehouse:
        tables = AtRiskTables(settings, agency, warehouse)
        day = tables.day_of(_scope(tables, department_id), None)
    name = department_id or WHOLE
    if not day.has_news:
        raise ReportError(
            f"nothing is at risk on {day.day}, and every source has spoken: nobody is written to",
            where=f"department '{department_id}'" if department_id else "the whole agency",
            remedy="preview another department, or a morning on which something falls due",
        )
    own = language or agency.charter.language
    view = at_risk_view(words_in(settings, agency, own), agency, definition, day, 1, (heads or {}).get(night))
    return _written(settings, f"{definition.id}-{day.day}-{name}-{own}", render_at_risk(settings, view))


def _scope(tables: AtRiskTables, department_id: str | None) -> Scope:
    if department_id is None:
        return whole_scope(tables.departments)
    scopes = department_scopes(tables.departments, lambda name: name == department_id)
    return next(scope for scope in scopes if scope.department.id == department_id)


def _written(settings: Settings, name: str, mail: Mail) -> Path:
    file = settings.var_dir / "preview" / f"{name}.html"
    pictures = [picture_of(picture.cid, picture.png) for picture in mail.pictures]
    write_whole(file, viewable(mail.html, pictures).encode())
    return file


def viewable(html: str, pictures: Iterable[Attachment]) -> str:
    """A mail's HTML with the pictures that it shows by ``cid:`` in itself: a browser knows no other part of a mail."""
    known = {picture.content_id: picture for picture in pictures if picture.content_id}

    def within(found: re.Match[str]) -> str:
        picture = known.get(found[2])
        if picture is None:
            return found[0]
        return f"{found[1]}data:{picture.media_type};base64,{base64.b64encode(picture.content).decode('ascii')}"

    return _PICTURE.sub(within, html)

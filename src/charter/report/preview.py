"""A week's report as its mail looks, for a browser, before anybody gets it."""

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
from charter.report.facts.enclosed import picture_of
from charter.report.facts.tables import read_week
from charter.report.facts.warehouse import open_warehouse
from charter.report.week import Renderer, week_reports

_PICTURE = re.compile(r"""(["'(])cid:([^"')\s]+)""")


def preview_week(
    settings: Settings,
    agency: Agency,
    week: Period,
    department_id: str,
    language: str | None = None,
    heads: dict[datetime, str] | None = None,
) -> Path:
    """Writes a department's report of ``week`` as its first mail would look now, and returns the file.

    Nothing is filed or sent. ``heads`` are the hashes of the nights' seals by as-of. Raises ReportError: also when
    nothing is due in the week, and for a language without a catalogue.
    """
    with open_warehouse(settings) as warehouse:
        if warehouse.run.as_of < end_of_day(week.end, agency.zone):
            raise ReportError(
                f"the warehouse was built as of {warehouse.run.as_of.isoformat()}, before week {week.key()} had ended",
                where="week",
                remedy=f"run a night first: charter nightly --as-of {week.end}; or preview an earlier week (--week)",
            )
        tables = read_week(settings, warehouse, agency, week)
    reports = {report.department_id: report for report in week_reports(tables, [department_id])}
    if department_id not in reports:
        raise ReportError(
            f"department '{department_id}' has no report of week {week.key()}",
            where="department",
            remedy=f"these have: {', '.join(sorted(reports))}",
        )
    own = agency.charter.language
    renderer = Renderer(settings, agency, (heads or {}).get(tables.run.as_of))
    mail = renderer.mail(reports[department_id], 1, None if language in (None, own) else language)
    file = settings.var_dir / "preview" / f"weekly-{week.key()}-{department_id}-{language or own}.html"
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

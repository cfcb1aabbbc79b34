"""A report as e-mail: HTML that phones and Outlook show, and plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.report.render.charts.pictures import MailPicture, pictures_of_mail, pictures_of_page
from charter.report.render.templates import fill, inlined, safe_style
from charter.report.view.at_risk import AtRiskView
from charter.report.view.digest import DigestView
from charter.report.view.models import ReportView

# Gmail cuts a message at 102 KB; some is left for what forwarding adds.
MOST_BYTES = 90_000


class MailTooLongError(ReportError):
    """The mail lists more than mail programs show."""


@dataclass(frozen=True)
class Mail:
    """A mail; its HTML shows ``pictures`` by their names (``cid:``)."""

    subject: str
    html: str
    text: str
    pictures: tuple[MailPicture, ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole report as a page and as text."""

    html: str
    text: str


def render_mail(settings: Settings, view: ReportView) -> Mail:
    """The mail that shows ``view``. Raises MailTooLongError when it would be too long for mail programs to show."""
    pictures = pictures_of_mail(view)
    html = _filled(settings, "mail.html.j2", view, pictures=pictures)
    _require_shown_whole(html, f"{view.department}, {view.week}")
    text = _tidy(fill(settings, "mail.txt.j2", view=view, pictures=pictures))
    return Mail(subject=view.subject, html=html, text=text, pictures=pictures)


def render_page(settings: Settings, view: ReportView) -> Page:
    """The whole of ``view`` as a page that shows itself without any other file, and as text."""
    html = _filled(settings, "report.html.j2", view, pictures=pictures_of_page(view))
    return Page(html, _tidy(fill(settings, "report.txt.j2", view=view)))


def _filled(settings: Settings, template: str, view: ReportView, **values: object) -> str:
    style = safe_style(settings, "report.css")
    return _without_blank_lines(inlined(fill(settings, template, view=view, style=style, **values)))


def render_digest(settings: Settings, digest: DigestView) -> Mail:
    """The mail that shows ``digest``. Raises MailTooLongError when it would be too long for mail programs to show,
    unless it lists nothing that could be left out."""
    page = fill(settings, "digest.html.j2", digest=digest, style=safe_style(settings, "report.css"))
    html = _without_blank_lines(inlined(page))
    if not digest.lists_elsewhere:
        _require_shown_whole(html, digest.heading)
    return Mail(subject=digest.subject, html=html, text=_tidy(fill(settings, "digest.txt.j2", digest=digest)))


def render_at_risk(settings: Settings, view: AtRiskView) -> Mail:
    """The mail that shows a morning's digest. It lists so few cases that no mail program cuts it off."""
    page = fill(settings, "at_risk.html.j2", view=view, style=safe_style(settings, "report.css"))
    text = _tidy(fill(settings, "at_risk.txt.j2", view=view))
    return Mail(subject=view.subject, html=_without_blank_lines(inlined(page)), text=text)


def _require_shown_whole(html: str, where: str) -> None:
    if len(html.encode()) > MOST_BYTES:
        raise MailTooLongError(
            f"the mail has {len(html.encode()):,} bytes, and {MOST_BYTES:,} are the most",
            where=where,
            remedy="list fewer cases (charter.report.view.report.SHORT_MAIL)",
        )


def _without_blank_lines(html: str) -> str:
    return "\n".join(line for line in html.splitlines() if line.strip()) + "\n"


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"

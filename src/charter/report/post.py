"""Puts the closed week's reports into the outbox, one message per recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charter.definitions.models import Agency, Recipient
from charter.deliver import Attachment, Message, Outbox, enqueue
from charter.report.mail import Mail
from charter.report.tables import load_week
from charter.report.week import (
    RenderedReport,
    Renderer,
    WeekReport,
    render_tables,
    week_reports,
)
from charter.settings import Settings

REPORT = "weekly"


@dataclass(frozen=True)
class PostedWeek:
    """``week`` is the period's key; ``new`` messages wait to be sent, ``already`` were in the outbox before."""

    week: str
    reports: int
    new: int
    already: int


def post_week(settings: Settings, agency: Agency, as_of: datetime) -> PostedWeek:
    """Renders the last week that had ended at ``as_of`` (aware) and enqueues each recipient's message.

    A recipient who has these figures already gets nothing new; when a closed week's figures have changed, a further
    revision, which says so. Raises ReportError, SettingError (no sender) or DeliveryError (the outbox).
    """
    tables = load_week(settings, agency, as_of)
    period = tables.week.key()
    reports = week_reports(tables)
    standing = {report.department_id: _standing(settings, period, report) for report in reports}
    sent = frozenset(name for name, people in standing.items() if people and not any(item.new for item in people))
    latest = {name: max((item.revision for item in people), default=1) for name, people in standing.items()}
    rendered = {made.department_id: made for made in render_tables(settings, tables, latest, sent).reports}
    renderer = Renderer(settings, agency)
    messages = [
        _message(period, made, item, _mail(renderer, report, made, item.revision))
        for report in reports
        if (made := rendered.get(report.department_id))
        for item in standing[report.department_id]
        if item.new
    ]
    enqueued = enqueue(settings, messages, as_of)
    already = sum(not item.new for people in standing.values() for item in people)
    return PostedWeek(period, len(reports), enqueued.new, enqueued.already + already)


@dataclass(frozen=True)
class _Standing:
    """The revision under which a person gets a report, and whether that revision is ``new`` to the outbox."""

    person: Recipient
    revision: int
    new: bool


def _standing(settings: Settings, period: str, report: WeekReport) -> list[_Standing]:
    if not report.recipients:
        return []
    with Outbox.open(settings) as outbox:
        known = {
            (record.key.recipient, record.key.revision, record.department_id)
            for record in outbox.records(report=REPORT, period=period)
        }
        standing = []
        for person in report.recipients:
            revision = outbox.revision_for(REPORT, period, person.address, report.fingerprint)
            key = (person.address.lower(), revision, report.department_id)
            standing.append(_Standing(person, revision, key not in known))
    return standing


def _mail(renderer: Renderer, report: WeekReport, made: RenderedReport, revision: int) -> Mail:
    # Someone who joined later gets as their first what is a correction to the others: without the word correction.
    return Mail(made.subject, made.html, made.text) if revision == made.revision else renderer.mail(report, revision)


def _message(period: str, made: RenderedReport, to: _Standing, mail: Mail) -> Message:
    return Message(
        report=REPORT,
        period=period,
        revision=to.revision,
        recipient=to.person.address,
        recipient_name=to.person.name,
        department_id=made.department_id,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        attachments=(Attachment(filename="report.pdf", media_type="application/pdf", content=made.pdf),),
        fingerprint=made.fingerprint,
    )

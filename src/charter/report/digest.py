"""One mail for a mailbox that serves several departments: what it carries, as a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charter.base.moments import Period
from charter.definitions.models import Recipient
from charter.deliver import Message, Section
from charter.report.facts.digests import fingerprint_of
from charter.report.facts.enclosed import paper_of
from charter.report.facts.filed import digest_of, report_of
from charter.report.render.mail import Mail
from charter.report.week import WeekReport


@dataclass(frozen=True)
class DigestPart:
    """One department's report in a digest: the ``revision`` that it is to the mailbox, the ``fingerprint`` of its
    figures, and its PDF."""

    person: Recipient
    report: WeekReport
    revision: int
    fingerprint: str
    pdf: bytes

    @property
    def section(self) -> Section:
        """What the outbox remembers of it."""
        return Section(department_id=self.report.department_id, revision=self.revision, fingerprint=self.fingerprint)


def digest_message(week: Period, parts: Sequence[DigestPart], mail: Mail, revision: int, language: str) -> Message:
    """The mail, in ``language``, as the mailbox's digest number ``revision`` of the week. Raises ValidationError for a
    recipient who can't be addressed."""
    person = parts[0].person
    sections = tuple(part.section for part in parts)
    return Message(
        report=digest_of(report_of(week)),
        period=week.key(),
        revision=revision,
        recipient=person.address,
        recipient_name=person.name,
        department_id="",
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        attachments=tuple(paper_of(week, part.report.department_id, part.revision, part.pdf) for part in parts),
        fingerprint=fingerprint_of(sections),
        sections=sections,
        language=language,
        list_name=report_of(week),
    )

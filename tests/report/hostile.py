"""A week in which every name that people or sources write is hostile, in each form in which it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from charter.base.moments import parse_week
from charter.definitions.load import load_agency
from charter.definitions.models import Agency, Name, Recipient, ReportDefinition, Reports
from charter.definitions.models import Words as Written
from charter.deliver import Outbox
from charter.report import post_week, prepare_week
from charter.report.morning import post_morning, prepare_morning
from charter.report.publish import publish_year
from charter.report.site.pages import build_site
from charter.report.view.phrases import from_source

from .builders import KOTRA, SUNDAY, Scenario

WEEK = parse_week("2026-W27")
YEAR = date(2026, 1, 1), date(2026, 12, 31)


@dataclass(frozen=True)
class Kind:
    """A name that does harm somewhere: as text, and the department, standard and source that bear it."""

    text: str
    department_id: str
    standard_id: str

    @property
    def source_id(self) -> str:
        return f"source-{self.department_id}"

    @property
    def may_be_a_name(self) -> bool:
        """Whether a charter may call a department so."""
        return _is(Name, self.text)

    @property
    def may_be_a_text(self) -> bool:
        """Whether a charter may call a standard or a source so."""
        return _is(Written, self.text)

    @property
    def shown(self) -> str:
        return from_source(self.text)


def _is(form: type[Name] | type[Written], text: str) -> bool:
    try:
        form(ko=text)
    except ValidationError:
        return False
    return True


KINDS = {
    "markup": Kind('<b onclick="alert(1)">Kim & Söhne</b><!--', "branch-team", "branch-first-reply"),
    "a formula": Kind('=HYPERLINK("https://x.example")', "champ-team", "champ-first-reply"),
    "300 letters without a space": Kind("Donaudampfschiff" * 19, "aftercare-team", "champ-recruitment"),
    "pictures": Kind("🏢 민원실 ❤", "invest-centre", "invest-first-reply"),
    "Vietnamese": Kind("Nguyễn Thị Ánh, Phường Bến Nghé", "hanoi", "branch-recruitment"),
    "Arabic": Kind("مكتب دبي ١٢", "dubai", "online-voc-reply"),
    "marks of templates": Kind("{{ 7*7 }} {case} #eval \\x $a$ *b* _c_ [d] %s", "general-affairs", "visit-comfort"),
    "a line break": Kind("첫째\nBcc: all@x.example\n\n둘째", "voc-team", "visit-priority"),
    "all breaks of lines": Kind("첫째\r\nBcc: all@x.example\u2028둘째\x0c셋째", "digital-team", "phone-transfer"),
    "marks of direction": Kind("번호\u202egnp.exe\u2066", "planning-team", "visit-introduction"),
}


def hostile_agency() -> Agency:
    """KOTRA, in which a department, a standard and a source bear each name that a charter may have."""
    agency = load_agency(KOTRA)
    named = {kind.department_id: kind for kind in KINDS.values() if kind.may_be_a_name}
    titled = {kind.standard_id: kind for kind in KINDS.values() if kind.may_be_a_text}
    mailbox = Recipient(name="행정실", address="office@kotra.example", digest=True)
    bearers = {kind.department_id for kind in KINDS.values()}
    departments = [
        each.model_copy(
            update={
                "name": _name(named[each.id].text) if each.id in named else each.name,
                "recipients": [*each.recipients, mailbox] if each.id in bearers else each.recipients,
            }
        )
        for each in agency.organisation.departments
    ]
    standards = [
        each.model_copy(update={"text": _words(titled[each.id].text)}) if each.id in titled else each
        for each in agency.charter.standards
    ]
    pattern = next(each for each in agency.sources if each.id == "surveys")
    sources = [pattern.model_copy(update={"id": each.source_id, "text": _words(each.text)}) for each in titled.values()]
    reports = [
        ReportDefinition(id="weekly", period="week"),
        ReportDefinition(id="at-risk", period="working_day"),
        ReportDefinition(id="publication", period="year"),
    ]
    # Not a copy: it would take over what others have worked out of the agency as it is in its folder.
    return Agency.model_construct(
        **{
            **dict(agency),
            "organisation": agency.organisation.model_copy(update={"departments": departments}),
            "charter": agency.charter.model_copy(update={"standards": standards}),
            "sources": [*agency.sources, *sources],
            "reports": Reports(reports=reports),
        }
    )


def _name(text: str) -> Name:
    return Name(ko=text, en=text)


def _words(text: str) -> Written:
    return Written(ko=text, en=text)


def hostile_week(folder: Path) -> Scenario:
    """For each kind: a late case and one due, an action, comments on the week before and the year, a silent source."""
    week = Scenario(folder, agency=hostile_agency())
    for kind in KINDS.values():
        of = kind.standard_id, kind.department_id
        week.many_met(*of, 3)
        week.commitment(*of, kind.text, "breached", opened="2026-06-29 09:00", due="2026-07-01 09:00")
        week.commitment(*of, f"{kind.text}2", "pending", opened="2026-07-04 13:20", due="2026-07-06 13:20")
        week.earlier_weeks(*of, [(30, 2)] * 12)
        week.action(*of, due=date(2026, 7, 31), owner=kind.text, cause=kind.text, measure=kind.text)
        week.comment(*of, date(2026, 6, 22), date(2026, 6, 28), kind.text)
        week.comment(kind.standard_id, None, *YEAR, kind.text)
        if kind.may_be_a_text:
            week.no_data(kind.standard_id, kind.source_id, SUNDAY, reason=kind.text)
    return week.build()


@dataclass(frozen=True)
class Told:
    """Everything that is told of the hostile week."""

    folder: Path
    mails: tuple[EmailMessage, ...]

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def report(self, kind: Kind, name: str) -> bytes:
        """A file of the department's report."""
        return (self.site / "reports" / WEEK.key() / kind.department_id / "r1" / name).read_bytes()

    @cached_property
    def pages(self) -> dict[str, str]:
        """Every page by its place in the site."""
        return {
            str(path.relative_to(self.site)): path.read_text(encoding="utf-8") for path in self.site.rglob("*.html")
        }


def told_of(scenario: Scenario) -> Told:
    """The week's reports, mails, digests, publication and site, all made."""
    settings = replace(scenario.settings, environment={"CHARTER_MAIL_FROM": "고객서비스헌장 <charter@kotra.example>"})
    agency = scenario.agency
    post_week(settings, agency, prepare_week(settings, agency, WEEK))
    post_morning(settings, agency, prepare_morning(settings, agency, scenario.as_of))
    publish_year(settings, agency, 2026, draft=True)
    build_site(settings, agency, scenario.as_of)
    with Outbox.open(settings) as outbox:
        raw = [outbox.mime(record.key) for record in outbox.records()]
    mails = [message_from_bytes(each, policy=policy.default) for each in raw]
    return Told(scenario.folder, tuple(mail for mail in mails if isinstance(mail, EmailMessage)))

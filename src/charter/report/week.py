"""Renders the closed week's reports: e-mail, plain text and PDF for each department and for the agency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from charter.base.languages import direction
from charter.base.moments import Period, local_date
from charter.base.settings import Settings
from charter.definitions.models import Agency, Recipient
from charter.report.facts.department_week import department_weeks, whole_week
from charter.report.facts.enclosed import paper_name
from charter.report.facts.figure_rows import FigureRow, figure_rows
from charter.report.facts.filed import (
    file_report,
    form_name,
    latest_revision,
    mail_name,
    rendered_files,
    revision_folder,
    week_folder,
)
from charter.report.facts.models import AgencyWeek, Department, DepartmentWeek
from charter.report.facts.readers import readers_on
from charter.report.facts.reported import ReportedFigures
from charter.report.facts.restated import Restatement
from charter.report.facts.tables import WeekTables, load_week
from charter.report.render.data import figures_csv, figures_json
from charter.report.render.mail import Mail, MailTooLongError, Page, render_digest, render_mail, render_page
from charter.report.render.pdf import PdfPrinter
from charter.report.render.workbook import workbook
from charter.report.view.digest import DigestView, digest_view, section_view
from charter.report.view.links import site_links
from charter.report.view.models import Limits, ReportView
from charter.report.view.report import MAIL, PAPER, SHORT_MAIL, Known, ViewMaker
from charter.report.view.tables import TableWording
from charter.words import Words, words_in


@dataclass(frozen=True)
class WeekReport:
    """What one report is made from. ``facts`` of the agency are an AgencyWeek; ``figures`` are what it tells of the
    closed week, ``restatement`` what of an earlier revision it corrects, ``filed_as`` its revision on file."""

    department_id: str
    recipients: tuple[Recipient, ...]
    facts: DepartmentWeek | AgencyWeek
    figures: ReportedFigures
    restatement: Restatement | None = None
    filed_as: int = 1

    @property
    def is_due(self) -> bool:
        """Whether the week has a report of the department: the agency's always, another where something is due."""
        return isinstance(self.facts, AgencyWeek) or self.facts.something_due

    @property
    def breached(self) -> int:
        """How many promises were, by the department and all below it."""
        return _week_of(self).components.breached


@dataclass(frozen=True)
class DigestReports:
    """What a digest is made from: reports, each with the revision that it says it is; the departments whose report
    could not be made; and whether it is a further one of the same week. ``language`` is None for the agency's own."""

    reports: tuple[tuple[WeekReport, int], ...]
    left_out: tuple[Department, ...]
    is_further: bool
    language: str | None


@dataclass(frozen=True)
class Forms:
    """One report in one language: the mail, which shows the first of it, and the whole as page, text and PDF."""

    mail: Mail
    page: Page
    pdf: bytes
    workbook: bytes

    def files(self, language: str | None) -> dict[str, bytes]:
        """Its files by their names; ``language`` is None for the agency's own."""
        return {
            form_name("html", language): self.page.html.encode(),
            form_name("txt", language): self.page.text.encode(),
            form_name("pdf", language): self.pdf,
            form_name("xlsx", language): self.workbook,
            mail_name("html", language): self.mail.html.encode(),
            mail_name("txt", language): self.mail.text.encode(),
            **{mail_name(f"{picture.cid}.png", language): picture.png for picture in self.mail.pictures},
        }


@dataclass(frozen=True)
class RenderedReport:
    """One department's report in the agency's ``own`` language, and in ``others`` that its recipients read.

    ``folder`` is where it is filed. ``recipients`` is empty when nobody is named to get it.
    """

    department_id: str
    recipients: tuple[Recipient, ...]
    revision: int
    own: Forms
    folder: Path
    figures: ReportedFigures
    data: tuple[FigureRow, ...] = ()
    others: Mapping[str, Forms] = field(default_factory=dict)

    def in_(self, language: str | None) -> Forms:
        """The report in ``language``; in the agency's own where there is no other."""
        return self.others.get(language or "", self.own)

    def file(self) -> None:
        """Writes the report's files."""
        forms = self.own.files(None)
        for language, other in self.others.items():
            forms |= other.files(language)
        forms |= {form_name("csv"): figures_csv(self.data), form_name("json"): figures_json(self.data)}
        file_report(self.folder, forms, self.figures)


@dataclass(frozen=True)
class RenderedWeek:
    """A closed week's reports: the agency's first, then the departments' by id. ``files`` are all of the week's."""

    week: Period
    as_of: datetime
    reports: tuple[RenderedReport, ...]
    files: tuple[Path, ...]


def week_reports(tables: WeekTables, also: Collection[str] = ()) -> list[WeekReport]:
    """The reports of a closed week: the agency's, then those of the departments for which something is due, or that
    are named in ``also``."""
    day = local_date(tables.run.as_of, tables.agency.zone)
    whole = whole_week(tables)
    recipients = readers_on(tables.agency, tables.agency.reports.of(whole.whole.period_kind), day)
    facts: dict[str, DepartmentWeek | AgencyWeek] = {whole.whole.department.id: whole}
    facts |= {week.department.id: week for week in department_weeks(tables, also)}
    return [
        WeekReport(department_id, recipients.get(department_id, ()), week, tables.reported[department_id])
        for department_id, week in facts.items()
    ]


class Renderer:
    """Turns reports into mail and PDF, in the agency's own language and in those that recipients read.

    ``head`` is the hash of the seal of the night that the figures are published by; None when it is not sealed yet.
    """

    def __init__(self, settings: Settings, agency: Agency, head: str | None = None) -> None:
        self.settings = settings
        self.agency = agency
        self.head = head
        self._links = site_links(settings)
        self._words: dict[str, Words] = {}
        self._printer = PdfPrinter(settings)
        self._made: tuple[DepartmentWeek | AgencyWeek, Words, ViewMaker] | None = None

    def report(self, week: Period, report: WeekReport, revision: int) -> RenderedReport:
        """The report of ``week`` in every form, as the revision that it says it is. Nothing is written."""
        report = replace(report, filed_as=revision)
        read = {person.language for person in report.recipients} - {None, self.agency.charter.language}
        folder = revision_folder(week_folder(self.settings, week), report.department_id, revision)
        return RenderedReport(
            department_id=report.department_id,
            recipients=report.recipients,
            revision=revision,
            own=self._forms(report, revision, None),
            folder=folder,
            figures=report.figures,
            data=tuple(figure_rows(_week_of(report), revision)),
            others={language: self._forms(report, revision, language) for language in sorted(filter(None, read))},
        )

    def _forms(self, report: WeekReport, revision: int, language: str | None) -> Forms:
        view = self._view(report, PAPER, revision, language)
        return Forms(
            mail=self.mail(report, revision, language),
            page=render_page(self.settings, view),
            pdf=self._printer.render(view, _week_of(report).as_of),
            workbook=self._workbook(report, language),
        )

    def _workbook(self, report: WeekReport, language: str | None) -> bytes:
        words = self._words_in(language or self.agency.charter.language)
        maker = TableWording(words, self.agency, _week_of(report), self._links)
        is_right_to_left = direction(words.language) == "rtl"
        sheets = maker.sheets(report.filed_as)
        made = _week_of(report).as_of
        return workbook(sheets, self.agency.zone, made, right_to_left=is_right_to_left)

    def mail(self, report: WeekReport, revision: int, language: str | None = None) -> Mail:
        """The report as mail, in the agency's own language when none is named; with fewer cases listed when mail
        programs would cut it off."""
        try:
            return render_mail(self.settings, self._view(report, MAIL, revision, language))
        except MailTooLongError:
            return render_mail(self.settings, self._view(report, SHORT_MAIL, revision, language))

    def digest(self, of: DigestReports) -> Mail:
        """Several reports as one mail; with fewer cases listed, or none, when mail programs would cut it off."""
        for limits in (MAIL, SHORT_MAIL):
            with suppress(MailTooLongError):
                return render_digest(self.settings, self._digest_view(of, limits, is_brief=False))
        return render_digest(self.settings, self._digest_view(of, SHORT_MAIL, is_brief=True))

    def _digest_view(self, of: DigestReports, limits: Limits, *, is_brief: bool) -> DigestView:
        words = self._words_in(of.language or self.agency.charter.language)
        words = words.of_period(_period_of(of.reports[0][0]).kind)
        sections = [
            section_view(
                words,
                report.department_id,
                report.breached,
                self._view(report, limits, revision, of.language),
                paper_name(_period_of(report), report.department_id, revision),
            )
            for report, revision in of.reports
        ]
        return digest_view(words, sections, of.left_out, is_further=of.is_further, is_brief=is_brief)

    def _view(self, report: WeekReport, limits: Limits, revision: int, language: str | None) -> ReportView:
        words = self._words_in(language or self.agency.charter.language)
        known = Known(report.filed_as, self.head, self._links)
        agency = report.facts if isinstance(report.facts, AgencyWeek) else None
        return self._maker(report, words).report(limits, revision, agency, report.restatement, known=known)

    def _maker(self, report: WeekReport, words: Words) -> ViewMaker:
        """Mail and paper of a report are made one after the other, and by the same maker: they share their rows."""
        if self._made is None or self._made[0] is not report.facts or self._made[1] is not words:
            maker = ViewMaker(words, self.agency, _week_of(report), self._links)
            self._made = report.facts, words, maker
        return self._made[2]

    def _words_in(self, language: str) -> Words:
        if language not in self._words:
            self._words[language] = words_in(self.settings, self.agency, language)
        return self._words[language]


def _period_of(report: WeekReport) -> Period:
    facts = _week_of(report)
    return Period(facts.period_kind, facts.week_start, facts.week_end)


def _week_of(report: WeekReport) -> DepartmentWeek:
    return report.facts.whole if isinstance(report.facts, AgencyWeek) else report.facts


def render_week(
    settings: Settings,
    agency: Agency,
    as_of: datetime,
    numbers: Mapping[str, int] | None = None,
    head: str | None = None,
) -> RenderedWeek:
    """Renders the last week that had ended at ``as_of`` (aware) into ``var/site/reports/<week>/<department>/r<n>``.

    ``numbers`` gives, by department, the revision that the report says it is (1 when not named), ``head`` the hash of
    the night's seal. The same facts give the same bytes. A revision on file is never written again. Raises ReportError.
    """
    tables = load_week(settings, agency, as_of)
    renderer = Renderer(settings, agency, head)
    made = [
        renderer.report(tables.week, report, (numbers or {}).get(report.department_id, 1))
        for report in week_reports(tables)
    ]
    for report in made:
        if latest_revision(week_folder(settings, tables.week), report.department_id) < report.revision:
            report.file()
    return RenderedWeek(tables.week, tables.run.as_of, tuple(made), tuple(rendered_files(settings, tables.week)))

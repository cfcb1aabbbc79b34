"""Renders the closed week's reports: e-mail, plain text and PDF for each department and for the agency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from charter.definitions.models import Agency, Recipient
from charter.moments import Period
from charter.report.cutting import department_weeks, whole_week
from charter.report.mail import Mail, MailTooLongError, render_mail
from charter.report.models import AgencyWeek, DepartmentWeek
from charter.report.pdf import PdfPrinter
from charter.report.tables import WeekTables, load_week
from charter.report.view import MAIL, PAPER, SHORT_MAIL, agency_view, department_view
from charter.report.view_models import Limits, ReportView
from charter.settings import Settings
from charter.words import Words

# Beside each revision's files: the fingerprint of the figures they show.
FIGURES = "figures.sha256"


@dataclass(frozen=True)
class WeekReport:
    """What one report is made from. ``facts`` of the agency are an AgencyWeek."""

    department_id: str
    recipients: tuple[Recipient, ...]
    facts: DepartmentWeek | AgencyWeek
    fingerprint: str


@dataclass(frozen=True)
class RenderedReport:
    """One department's report as files and as mail. ``recipients`` is empty when nobody is named to get it.

    ``fingerprint`` is that of the closed week's figures (``DepartmentWeek.fingerprint``).
    """

    department_id: str
    recipients: tuple[Recipient, ...]
    revision: int
    subject: str
    html: str
    text: str
    pdf: bytes
    pdf_path: Path
    fingerprint: str


@dataclass(frozen=True)
class RenderedWeek:
    """A closed week's reports: the agency's first, then the departments' by id. ``files`` are all of the week's."""

    week: Period
    as_of: datetime
    reports: tuple[RenderedReport, ...]
    files: tuple[Path, ...]


def week_folder(settings: Settings, week: Period) -> Path:
    return settings.site_dir / "reports" / week.key()


def revision_folder(week: Path, department_id: str, revision: int) -> Path:
    """Where one revision of a department's report is kept; earlier ones stay beside it."""
    return week / department_id / f"r{revision}"


def rendered_files(settings: Settings, week: Period) -> list[Path]:
    """The files of the week's reports in every revision, in a fixed order."""
    return sorted(path for path in week_folder(settings, week).glob("*/r*/report.*") if path.is_file())


def latest_revision(week: Path, department_id: str) -> int:
    """The newest revision on file of a department's report; 0 when there is none."""
    return max((int(path.parent.name[1:]) for path in week.glob(f"{department_id}/r*/{FIGURES}")), default=0)


def filed_fingerprint(week: Path, department_id: str, revision: int) -> str | None:
    """The fingerprint of the figures in one revision on file; None when there is no such revision."""
    path = revision_folder(week, department_id, revision) / FIGURES
    return path.read_text(encoding="ascii") if path.exists() else None


def week_reports(tables: WeekTables) -> list[WeekReport]:
    """The reports of a closed week: the agency's, then those of the departments for which something is due."""
    recipients = {item.id: tuple(item.recipients) for item in tables.agency.organisation.departments}
    whole = whole_week(tables)
    top = whole.whole.department.id
    agency = WeekReport(top, recipients.get(top, ()), whole, whole.whole.fingerprint())
    return [
        agency,
        *(
            WeekReport(facts.department.id, recipients.get(facts.department.id, ()), facts, facts.fingerprint())
            for facts in department_weeks(tables)
        ),
    ]


class Renderer:
    """Turns reports into mail and PDF, in Korean."""

    def __init__(self, settings: Settings, agency: Agency) -> None:
        self._settings = settings
        self._agency = agency
        self._words = Words.load(settings)
        self._printer = PdfPrinter(settings)

    def mail(self, report: WeekReport, revision: int) -> Mail:
        """The report as mail; with fewer cases listed when mail programs would cut it off."""
        try:
            return render_mail(self._settings, self._view(report, MAIL, revision))
        except MailTooLongError:
            return render_mail(self._settings, self._view(report, SHORT_MAIL, revision))

    def pdf(self, report: WeekReport, revision: int, as_of: datetime) -> bytes:
        return self._printer.render(self._view(report, PAPER, revision), as_of)

    def _view(self, report: WeekReport, limits: Limits, revision: int) -> ReportView:
        if isinstance(report.facts, AgencyWeek):
            return agency_view(self._words, self._agency, report.facts, limits, revision)
        return department_view(self._words, self._agency, report.facts, limits, revision)


def render_week(
    settings: Settings, agency: Agency, as_of: datetime, revisions: Mapping[str, int] | None = None
) -> RenderedWeek:
    """Renders the last week that had ended at ``as_of`` (aware) into ``var/site/reports/<week>/<department>/r<n>``.

    ``revisions`` gives, by department, the revision that the report says it is (1 when not named). The same facts
    give the same bytes. A revision on file is never written again. Raises ReportError.
    """
    return render_tables(settings, load_week(settings, agency, as_of), revisions or {})


def render_tables(
    settings: Settings, tables: WeekTables, revisions: Mapping[str, int], unneeded: frozenset[str] = frozenset()
) -> RenderedWeek:
    """As ``render_week``, from what was read already. Departments in ``unneeded`` are left out when on file."""
    folder = week_folder(settings, tables.week)
    renderer = Renderer(settings, tables.agency)
    reports: list[RenderedReport] = []
    for report in week_reports(tables):
        revision = revisions.get(report.department_id, 1)
        on_file = filed_fingerprint(folder, report.department_id, revision) is not None
        if on_file and report.department_id in unneeded:
            continue
        made = _rendered(renderer, tables.run.as_of, folder, report, revision)
        reports.append(made)
        if not on_file:
            for name, content in _contents(made):
                write_file(made.pdf_path.with_name(name), content)
    return RenderedWeek(tables.week, tables.run.as_of, tuple(reports), tuple(rendered_files(settings, tables.week)))


def _rendered(renderer: Renderer, as_of: datetime, folder: Path, report: WeekReport, revision: int) -> RenderedReport:
    mail = renderer.mail(report, revision)
    return RenderedReport(
        department_id=report.department_id,
        recipients=report.recipients,
        revision=revision,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        pdf=renderer.pdf(report, revision, as_of),
        pdf_path=revision_folder(folder, report.department_id, revision) / "report.pdf",
        fingerprint=report.fingerprint,
    )


def _contents(report: RenderedReport) -> Iterator[tuple[str, bytes]]:
    yield "report.html", report.html.encode()
    yield "report.txt", report.text.encode()
    yield "report.pdf", report.pdf
    # Last: a revision counts as on file once its figures are told.
    yield FIGURES, report.fingerprint.encode("ascii")


def write_file(path: Path, content: bytes) -> Path:
    """Writes ``content`` so that a reader sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)
    return path

"""Where a week's or a month's reports are filed: a folder for each department and revision, with the figures in it.

reports/<week>/decided.<as-of>.parquet                the commitments decided in the week, as known then
reports/<week>/<department>/r2/report.{html,txt,pdf,xlsx}  in the agency's own language; report.de.html … in others
reports/<week>/<department>/r2/report.{csv,json}      its figures, for programs
reports/<week>/<department>/r2/mail.{html,txt}        as it is mailed, with its pictures (mail.chart-1.png); releases
                                                      before 0.4.0 mailed report.html
reports/<week>/<department>/r2/figures.json           the reported figures; figures.sha256 is its fingerprint
reports/<week>/<department>/r2/adopted.<as-of>.json   what a later release makes of the same rows
reports/<week>/digests/<message>/digest.{html,txt}    a digest as its mailbox got it; digest.json names its reports

A week's folder is called 2026-W27, a month's 2026-06.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from charter.base.errors import Problem, ReportError, SettingError
from charter.base.files import write_together, write_whole
from charter.base.moments import Period, parse_reported, stamp
from charter.base.settings import Settings
from charter.definitions.models import REPORT_NAMES, Agency
from charter.report.facts.reported import ReportedFigures

# What the outbox calls the weekly report.
REPORT = REPORT_NAMES["week"]
# How it ends the name of a digest of several departments' reports: no department's id has capitals.
_DIGEST = "DIGEST"
DIGESTS = "digests"
_FIGURES = "figures.json"
# Written last: a revision counts as on file once this is there. Releases before 0.3.0 wrote this alone.
_FINGERPRINT = "figures.sha256"


def report_name(agency: Agency, department_id: str, mailbox: str, report: str = REPORT) -> str:
    """What a department's ``report`` is known by in the outbox: ``weekly``; ``weekly-desk`` where the mailbox serves
    several departments, so that each has its own."""
    serves = [
        department.id
        for department in agency.organisation.departments
        if any(person.mailbox == mailbox for person in department.recipients)
    ]
    return report if serves in ([], [department_id]) else f"{report}-{department_id}"


def report_of(period: Period) -> str:
    """What the outbox calls the report of a week (``weekly``) or of a month (``monthly``)."""
    return REPORT_NAMES[period.kind]


def digest_of(report: str) -> str:
    """What it calls the digest of several departments' reports of one period."""
    return f"{report}-{_DIGEST}"


def is_digest(name: str) -> bool:
    """Whether the name of a report in the outbox is that of a digest of several departments' reports."""
    return name in {digest_of(report) for report in REPORT_NAMES.values()}


def is_of_a_period(name: str) -> bool:
    """Whether the outbox knows a week's or a month's report, or a digest of them, by this name."""
    return any(name == report or name.startswith(f"{report}-") for report in REPORT_NAMES.values())


def department_of_report(name: str) -> str | None:
    """The department that the name of a report tells; None when it tells none."""
    if is_digest(name):
        return None
    found = (name.removeprefix(f"{report}-") for report in REPORT_NAMES.values() if name.startswith(f"{report}-"))
    return next(found, None)


def reports_folder(settings: Settings) -> Path:
    return settings.site_dir / "reports"


def week_folder(settings: Settings, week: Period) -> Path:
    return reports_folder(settings) / week.key()


def revision_folder(week: Path, department_id: str, revision: int) -> Path:
    """Where one revision of a department's report is kept; earlier ones stay beside it."""
    return week / department_id / f"r{revision}"


def form_name(ending: str, language: str | None = None) -> str:
    """The name of a report's file: ``report.html`` in the agency's own language, ``report.de.html`` in another."""
    return f"report.{language}.{ending}" if language else f"report.{ending}"


def mail_name(ending: str, language: str | None = None) -> str:
    """As ``form_name``, of the mail: ``mail.html``, ``mail.de.html``."""
    return f"mail.{language}.{ending}" if language else f"mail.{ending}"


def decided_file(week: Path, as_of: datetime) -> Path:
    """Where the commitments decided in the week are kept, as reports made as of ``as_of`` (aware) had them."""
    return week / f"decided.{stamp(as_of)}.parquet"


def filed_periods(settings: Settings, kind: str) -> list[Period]:
    """Every week or month (by ``kind``) of which a report is on file, the oldest first. Other folders are
    :func:`strange_folders`."""
    found = (_period_of(path) for path in _folders(settings))
    return [period for period in found if period is not None and period.kind == kind]


def filed_weeks(settings: Settings) -> list[Period]:
    """Every week of which a report is on file, the oldest first."""
    return filed_periods(settings, "week")


def strange_folders(settings: Settings) -> list[Problem]:
    """The folders that are no week's and no month's, such as ``2026-W60``: nothing in them is looked at."""
    return [
        Problem(
            f"'{path.name}' is no week and no month: what lies there is no report, and is corrected by none",
            str(path),
            "move the folder away; a week is named as ISO 8601 does, such as 2026-W27, a month 2026-06",
        )
        for path in _folders(settings)
        if _period_of(path) is None
    ]


def _folders(settings: Settings) -> list[Path]:
    return [path for path in sorted(reports_folder(settings).glob("*")) if path.is_dir()]


def _period_of(path: Path) -> Period | None:
    try:
        return parse_reported(path.name)
    except SettingError:
        return None


def filed_departments(week: Path) -> list[str]:
    """The departments that have a report of the week on file, by id."""
    return sorted({path.parent.parent.name for path in week.glob(f"*/r*/{_FINGERPRINT}")})


def revisions(week: Path, department_id: str) -> list[int]:
    """The revisions of a department's report that are on file, in order."""
    folders = (path.parent.name[1:] for path in week.glob(f"{department_id}/r*/{_FINGERPRINT}"))
    return sorted(int(number) for number in folders if number.isdecimal())


def latest_revision(week: Path, department_id: str) -> int:
    """The newest revision on file of a department's report; 0 when there is none."""
    return max(revisions(week, department_id), default=0)


def filed_fingerprint(week: Path, department_id: str, revision: int) -> str | None:
    """The fingerprint of the figures in one revision on file; None when there is no such revision.

    Raises ReportError.
    """
    path = revision_folder(week, department_id, revision) / _FINGERPRINT
    if not path.exists():
        return None
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise unreadable(path) from error


def filed_figures(week: Path, department_id: str, revision: int) -> ReportedFigures | None:
    """The reported figures of one revision on file; None where a release before 0.3.0 filed it. Raises ReportError."""
    path = revision_folder(week, department_id, revision) / _FIGURES
    return _read(path) if path.exists() else None


def adopted_figures(week: Path, department_id: str, revision: int) -> ReportedFigures | None:
    """What the newest release makes of the rows that one revision reported; None when none was asked.

    Raises ReportError.
    """
    adopted = sorted(revision_folder(week, department_id, revision).glob("adopted.*.json"))
    return _read(adopted[-1]) if adopted else None


def adopt(week: Path, revision: int, figures: ReportedFigures) -> None:
    """Takes ``figures`` for what the revision is compared with from now on."""
    folder = revision_folder(week, figures.department_id, revision)
    write_file(folder / f"adopted.{stamp(figures.as_of)}.json", _bytes(figures))


def file_report(folder: Path, forms: dict[str, bytes], figures: ReportedFigures) -> None:
    """Files one revision: its forms (``report.html`` …) and what they tell, the fingerprint last."""
    write_together(folder, {**forms, _FIGURES: _bytes(figures)})
    write_file(folder / _FINGERPRINT, figures.fingerprint().encode("ascii"))


def rendered_files(settings: Settings, week: Period) -> list[Path]:
    """The files of the week's reports in every revision, with the reported figures, and of its digests, in a
    fixed order."""
    folder = week_folder(settings, week)
    reports = ("*/r*/report.*", "*/r*/mail.*", f"*/r*/{_FIGURES}", f"*/r*/{_FINGERPRINT}", "*/r*/adopted.*.json")
    patterns = ("decided.*.parquet", *reports, f"{DIGESTS}/*/digest.*")
    return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())


def write_file(path: Path, content: bytes) -> Path:
    """Writes ``content`` so that a reader sees the old file or the new one, never half of one."""
    write_whole(path, content)
    return path


def write_pages(folder: Path, pages: Iterable[tuple[str, str]]) -> Iterator[Path]:
    """Writes ``pages``, each by its place in ``folder``, those of one folder together, and gives their paths."""
    of_folder: dict[Path, dict[str, bytes]] = defaultdict(dict)
    for place, text in pages:
        path = folder / place
        of_folder[path.parent][path.name] = text.encode()
    for parent, files in of_folder.items():
        write_together(parent, files)
        yield from (parent / name for name in files)


def _bytes(figures: ReportedFigures) -> bytes:
    return (figures.model_dump_json(indent=1) + "\n").encode()


def _read(path: Path) -> ReportedFigures:
    try:
        return ReportedFigures.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> ReportError:
    """The reported figures, or what is kept beside them, are damaged."""
    return ReportError(
        "the figures that were reported cannot be read",
        where=str(path),
        remedy="charter verify says whether the file was altered; restore it from a copy",
    )

"""The at-risk digests on file: what each department was told, and when.

digests/<report>/<day>/<department>/r1/mail.{html,txt}   as it is mailed, in the agency's own language; mail.de.html …
digests/<report>/<day>/<department>/r1/told.json         what it told; a revision is on file once this is there
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from charter.base.settings import Settings
from charter.report.facts.at_risk import AtRiskDay, ToldCase
from charter.report.facts.filed import unreadable, write_file
from charter.report.facts.models import Frozen

# The folder of the whole agency's digest, and the end of its name in the outbox: no department's id has capitals.
WHOLE = "WHOLE"
_TOLD = "told.json"


class Told(Frozen):
    """What one revision of a digest told. ``subjects`` are those of its mails by language."""

    day: date
    as_of: datetime
    department_id: str
    fingerprint: str
    subjects: Mapping[str, str]
    cases: tuple[ToldCase, ...]


def digests_folder(settings: Settings, report: str) -> Path:
    """Where the digests of a report are filed."""
    return settings.var_dir / "digests" / report


def scope_name(day: AtRiskDay) -> str:
    """What a digest's folder is called: its department, or WHOLE."""
    return WHOLE if day.whole_agency else day.department.id


def revision_of(folder: Path, day: date, scope: str, number: int) -> Path:
    """The folder of one revision of a day's digest."""
    return folder / day.isoformat() / scope / f"r{number}"


def file_told(folder: Path, mails: Mapping[str, bytes], told: Told) -> None:
    """Files one revision: its mails by file name, and last what it told."""
    for name, content in mails.items():
        write_file(folder / name, content)
    write_file(folder / _TOLD, (told.model_dump_json(indent=1) + "\n").encode())


def filed_told(folder: Path, day: date, scope: str) -> list[Told]:
    """What the revisions of a day's digest told, the first first. Raises ReportError."""
    found: list[Told] = []
    while (path := revision_of(folder, day, scope, len(found) + 1) / _TOLD).exists():
        found.append(_read(path))
    return found


def filed_days(folder: Path) -> list[date]:
    """The days of which a digest is on file, the newest first."""
    return sorted({date.fromisoformat(path.parts[-4]) for path in folder.glob(f"*/*/r*/{_TOLD}")}, reverse=True)


def filed_scopes(folder: Path, day: date) -> list[str]:
    """Whose digests of a day are on file, by name."""
    return sorted({path.parts[-3] for path in folder.glob(f"{day.isoformat()}/*/r*/{_TOLD}")})


def digest_files(folder: Path, day: date) -> list[Path]:
    """The files of a day's digests in every revision, in a fixed order."""
    return sorted(path for path in folder.glob(f"{day.isoformat()}/*/r*/*") if path.is_file())


def _read(path: Path) -> Told:
    try:
        return Told.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unreadable(path) from error

"""The digests of a week on file: one mail for a mailbox that serves several departments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from charter.deliver import Message, MessageKey, Section
from charter.report.facts.filed import DIGESTS, unreadable, write_file
from charter.report.facts.models import Frozen


class FiledDigest(Frozen):
    """What a digest on file is: its ``subject``, ``language`` and the ``sections`` that it carries."""

    subject: str
    language: str
    sections: tuple[Section, ...]


def digest_folder(week: Path, key: MessageKey) -> Path:
    """Where a digest is kept. The folder's name tells nothing of the mailbox."""
    return week / DIGESTS / key.digest()[:16]


def file_digest(folder: Path, message: Message, language: str) -> None:
    """Files a digest as its mailbox gets it, in ``language``; what it is comes last."""
    digest = FiledDigest(subject=message.subject, language=language, sections=message.sections)
    write_file(folder / "digest.html", message.html.encode())
    write_file(folder / "digest.txt", message.text.encode())
    write_file(folder / "digest.json", (digest.model_dump_json(indent=1) + "\n").encode())


def filed_digest(folder: Path) -> FiledDigest | None:
    """The digest on file in ``folder``; None when there is none. Raises ReportError."""
    path = folder / "digest.json"
    if not path.exists():
        return None
    try:
        return FiledDigest.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise unreadable(path) from error


def fingerprint_of(sections: Sequence[Section]) -> str:
    """A hash of the figures of all sections, 64 hexadecimal digits; the same in whatever order they stand."""
    lines = sorted(f"{section.department_id} {section.fingerprint}\n" for section in sections)
    return hashlib.sha256("".join(lines).encode()).hexdigest()

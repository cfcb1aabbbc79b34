"""What goes with a report's mail: its paper and its pictures."""

from __future__ import annotations

import re
from pathlib import Path

from charter.base.moments import Period
from charter.deliver import Attachment
from charter.report.facts.filed import mail_name

_SHOWN = re.compile(r'src="cid:([A-Za-z0-9_-]+)"')


def paper_of(week: Period, department_id: str, revision: int, pdf: bytes) -> Attachment:
    """A report's PDF, as it goes with a mail."""
    name = paper_name(week, department_id, revision)
    return Attachment(filename=name, media_type="application/pdf", content=pdf)


def paper_name(week: Period, department_id: str, revision: int) -> str:
    """What a report's PDF is called: it still says what it is among a hundred others."""
    number = f"-r{revision}" if revision > 1 else ""
    return f"charter-{week.key()}-{department_id}{number}.pdf"


def picture_of(cid: str, png: bytes) -> Attachment:
    """A picture that the mail's HTML shows by ``cid``."""
    return Attachment(filename=f"{cid}.png", media_type="image/png", content=png, content_id=cid)


def filed_pictures(place: Path, html: str, language: str | None) -> tuple[Attachment, ...]:
    """The pictures on file in the folder ``place`` that a mail on file shows. Raises OSError when one is lost."""
    names = dict.fromkeys(_SHOWN.findall(html))
    return tuple(picture_of(cid, (place / mail_name(f"{cid}.png", language)).read_bytes()) for cid in names)

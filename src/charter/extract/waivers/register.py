"""The register's file: one line a record, none of which is ever changed.

``var/waivers/register.csv`` arrives as a source like any other, night by night. Each record's last cell is a hash over
the record and the one before it, so that a line that was changed, taken out or put between others shows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from charter.base.errors import StateError
from charter.base.files import write_whole
from charter.base.lock import exclusive
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.definitions.waivers import REGISTER_FILE

Action = Literal["proposed", "approved", "withdrawn"]
_INSTANT = "%Y-%m-%d %H:%M:%S"
_PATIENCE_S = 10
_REMEDY = "restore the file from a copy: its records are never changed, a further one withdraws a waiver"


def _instant(value: object) -> object:
    return datetime.strptime(value, _INSTANT).replace(tzinfo=UTC) if isinstance(value, str) else value


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(lambda instant: instant.astimezone(UTC).strftime(_INSTANT), return_type=str),
]


class WaiverRecord(BaseModel):
    """One act of one person.

    ``by`` is their mailbox, ``role`` what figures call an approver, ``typed_by`` the login at which it was typed.
    ``standard`` to ``to_on`` repeat what was proposed; ``department`` and ``subject`` say ``*`` for all. ``chain`` is
    the hash over this record and the one before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    record: int
    recorded_at: Instant
    action: Action
    waiver: str
    standard: str
    department: str
    subject: str
    from_on: date
    to_on: date
    reason: str
    by: str
    role: str
    typed_by: str
    chain: str = ""

    def chained(self, before: str) -> WaiverRecord:
        """The record as it stands behind one whose hash is ``before``."""
        said = json.dumps([before, *list(self._cells().values())[:-1]], ensure_ascii=False)
        return self.model_copy(update={"chain": hashlib.sha256(said.encode()).hexdigest()})

    def _cells(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.model_dump(mode="json").items()}

    def line(self) -> list[str]:
        """Its cells, in the order of the file's columns."""
        return list(self._cells().values())


COLUMNS = tuple(WaiverRecord.model_fields)


def register_folder(settings: Settings) -> Path:
    return settings.var_dir / "waivers"


def register_path(settings: Settings) -> Path:
    return register_folder(settings) / REGISTER_FILE


def ensure_register(settings: Settings) -> None:
    """An installation in which nothing was waived has a register without records. One that is gone is not made anew."""
    if not register_folder(settings).exists():
        with writing(settings):
            pass


def read_register(settings: Settings) -> list[WaiverRecord]:
    """Every record, in their order. Raises StateError when the file was altered, or is gone."""
    path = register_path(settings)
    if not register_folder(settings).exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise StateError("the register of waivers can't be read", where=str(path), remedy=_REMEDY) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise StateError("this is no register of waivers", where=str(path), remedy=_REMEDY)
    records: list[WaiverRecord] = []
    for number, row in enumerate(rows[1:], start=1):
        before = records[-1].chain if records else ""
        try:
            record = WaiverRecord.model_validate(dict(zip(COLUMNS, row, strict=True)))
        except (ValidationError, ValueError) as error:
            where = f"{path}, record {number}"
            raise StateError("the record can't be read", where=where, remedy=_REMEDY) from error
        if record.record != number or record != record.chained(before):
            raise StateError(
                "a record was altered, or stands where none stood", where=f"{path}, record {number}", remedy=_REMEDY
            )
        records.append(record)
    return records


@contextmanager
def writing(settings: Settings) -> Iterator[list[WaiverRecord]]:
    """Gives the records while nobody else writes; those that are appended to the list (each ``chained`` to the one
    before) are kept when it ends well.

    Raises StateError when the file was altered, or somebody else keeps it for long.
    """
    private_folder(register_folder(settings))
    with exclusive(register_folder(settings) / ".lock", wait_s=_PATIENCE_S, error=StateError):
        if not register_path(settings).exists() and not _was_there(settings):
            _write(settings, [])
        records = read_register(settings)
        known = len(records)
        yield records
        if len(records) > known:
            _write(settings, records)


def _was_there(settings: Settings) -> bool:
    """Whether there was a register, whose file is gone: its mark stays."""
    return (register_folder(settings) / ".begun").exists()


def _write(settings: Settings, records: Sequence[WaiverRecord]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(record.line() for record in records)
    write_whole(register_path(settings), text.getvalue().encode("utf-8"), mode=0o600)
    (register_folder(settings) / ".begun").touch()

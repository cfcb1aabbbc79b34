"""Corrections as people write them: refused rows as CSV, and each cell held against the contract."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from charter.base.composing import composed
from charter.base.errors import CharterError
from charter.base.moments import naive_utc
from charter.definitions.models import Agency, Feed, Subject, SubjectColumn
from charter.definitions.waivers import ALL, SAYS_NOT_WHOM, says_whom
from charter.extract.contract.personal import looks_personal
from charter.extract.contract.shown import shown
from charter.extract.corrections.refusals import Cell, Refusal

ABOUT = ("refusal", "place", "refused_because")
REASON = "correction_reason"

_PSEUDONYM = re.compile(r"^[0-9a-f]{32}$")
_BOOLEANS = {"true": True, "false": False}


class CorrectionError(CharterError):
    """A correction does not fit its contract, or names no refused row."""


@dataclass(frozen=True)
class Proposal:
    """A row as a steward wrote it: texts by column, and the place (file and line) where they wrote it."""

    refusal: str
    cells: Mapping[str, str]
    reason: str
    where: str


def to_csv(agency: Agency, feed: Feed, found: Sequence[Refusal]) -> str:
    """Refused rows of one feed for a spreadsheet: the mapped columns, times on the agency's clocks.

    The steward fills in what is missing, and ``correction_reason`` in each row that they put right.
    """
    subject = agency.subjects[feed.table]
    names = _mapped_columns(subject, feed)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*ABOUT, *names, REASON])
    for each in found:
        cells = [_shown_cell(subject.columns[name], each.row.get(name), agency) for name in names]
        cells = [ALL if _names_all(each, name) else cell for name, cell in zip(names, cells, strict=True)]
        writer.writerow([each.id, each.origin, each.reason, *cells, ""])
    return text.getvalue()


def from_csv(text: str, name: str, reason: str | None = None) -> list[Proposal]:
    """The rows that a steward put right in what :func:`to_csv` gave: those with a reason (``reason``, for all).

    Raises CorrectionError when a row or the header can't be read.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        remedy = "save it as CSV, with the columns of charter quarantine export"
        raise CorrectionError(f"this is no CSV: {error}", where=name, remedy=remedy) from error
    missing = [column for column in ("refusal", REASON) if rows and column not in rows[0]]
    if missing or (not rows and not text.startswith(ABOUT[0])):
        what = f"the column '{(missing or ['refusal'])[0]}' is missing"
        raise CorrectionError(what, where=f"{name}:1", remedy="keep the columns of charter quarantine export")
    proposals = []
    for line, row in enumerate(rows, start=2):
        where = f"{name}, row {line}"
        if None in row or None in row.values():
            raise CorrectionError(
                "the row has more or fewer fields than the header", where=where, remedy="quote what holds commas"
            )
        because = (row[REASON] or reason or "").strip()
        if because:
            cells = {column: cell for column, cell in row.items() if column not in (*ABOUT, REASON)}
            proposals.append(Proposal(row["refusal"].strip(), cells, because, where))
    return proposals


def typed_row(agency: Agency, feed: Feed, cells: Mapping[str, object]) -> tuple[dict[str, Cell], list[str]]:
    """The row that ``cells`` (texts, or what a correction holds) say, and what is wrong with them."""
    subject = agency.subjects[feed.table]
    mapped = _mapped_columns(subject, feed)
    faults = [f"{name}: is no column of '{feed.table}' that the source gives" for name in cells if name not in mapped]
    row: dict[str, Cell] = {}
    for name, column in subject.columns.items():
        text = "" if cells.get(name) is None else str(cells[name]).strip()
        if says_whom(feed.table, name):
            if name in cells and not text:
                faults.append(f"{name}: {SAYS_NOT_WHOM}")
            text = "" if composed(text) == ALL else text
        try:
            row[name] = _cell(column, text, agency) if text and name in mapped else None
        except ValueError as error:
            faults.append(f"{name}: {error}")
            continue
        if row[name] is None and (column.required or name == subject.key):
            faults.append(f"{name}: is empty, and required")
    return row, faults


def _names_all(refusal: Refusal, name: str) -> bool:
    """Whether a waiver could be read in this column, and is for all."""
    unreadable = refusal.column.split(", ")
    return says_whom(refusal.table, name) and name not in unreadable and refusal.row.get(name) is None


def _mapped_columns(subject: Subject, feed: Feed) -> list[str]:
    return [name for name in subject.columns if name in feed.columns]


def _cell(column: SubjectColumn, text: str, agency: Agency) -> Cell:
    """Reads what a steward wrote. Raises ValueError, which never repeats what may be personal."""
    text = composed(text)
    match column.type:
        case "instant":
            return _read(text, lambda: _instant(text, agency), "is not an instant such as 2026-07-01 10:00:00")
        case "date":
            return _read(text, lambda: date.fromisoformat(text).isoformat(), "is not a date such as 2026-07-01")
        case "integer":
            return _read(text, lambda: int(text), "is not a whole number")
        case "number":
            return _read(text, lambda: _finite(text), "is not a number")
        case "boolean":
            if text.lower() not in _BOOLEANS:
                raise ValueError(f"{shown(text, _BOOLEANS)} is neither true nor false")
            return _BOOLEANS[text.lower()]
        case "code":
            if text not in (column.values or []):
                raise ValueError(f"{shown(text, column.values or [])} is not one of {', '.join(column.values or [])}")
            return text
        case "department":
            if text not in agency.department_of_alias:
                raise ValueError(f"{shown(text, agency.department_of_alias)} is no department's id, name or alias")
            return agency.department_of_alias[text]
        case "pseudonym":
            if not _PSEUDONYM.match(text):
                raise ValueError("holds a pseudonym (32 characters) or nothing: never write who it is")
            return text
        case _:
            if looks_personal(text):
                raise ValueError("looks like somebody's address or number (not shown): such things are never kept")
            return text


def _read(text: str, parse: Callable[[], Cell], why: str) -> Cell:
    try:
        return parse()
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(text)} {why}") from None


def _instant(text: str, agency: Agency) -> str:
    instant = datetime.fromisoformat(text)
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=agency.zone)
    return naive_utc(aware).isoformat() + "Z"


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _shown_cell(column: SubjectColumn, value: Cell, agency: Agency) -> str:
    if value is None:
        return ""
    if column.type == "instant":
        return datetime.fromisoformat(str(value)).astimezone(agency.zone).replace(tzinfo=None).isoformat(" ")
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Entries of the registers of actions and comments that could not be read: none of them is a cause on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.actions import TABLES
from charter.definitions.models import Agency
from charter.extract.corrections.land import standing_refusals
from charter.extract.corrections.refusals import Cell, Refusal, key_text


@dataclass(frozen=True)
class UnreadEntry:
    """An entry that was refused and not put right since. ``row_key`` and ``standard_id`` are None where they can't be
    read. ``refused_at`` is naive UTC."""

    entry_id: str
    table_name: str
    source_id: str
    row_key: str | None
    standard_id: str | None
    origin: str
    unread_columns: str
    refused_at: datetime


def unread_entries(settings: Settings, agency: Agency, known_at: datetime) -> list[UnreadEntry]:
    """Every entry that could not be read by ``known_at`` (aware); none where no register is connected."""
    return [
        _entry(refusal, agency.subjects[refusal.table].key)
        for source in agency.sources
        if any(feed.table in TABLES for feed in source.feeds)
        for refusal in standing_refusals(settings, agency, source, known_at)
        if refusal.table in TABLES
    ]


def _entry(refusal: Refusal, key: str) -> UnreadEntry:
    unread = refusal.column.split(", ")
    readable: dict[str, Cell] = {name: cell for name, cell in refusal.row.items() if name not in unread}
    return UnreadEntry(
        entry_id=refusal.id,
        table_name=refusal.table,
        source_id=refusal.source_id,
        row_key=key_text(readable.get(key)),
        standard_id=key_text(readable.get("standard_id")),
        origin=refusal.origin,
        unread_columns=refusal.column,
        refused_at=naive_utc(refusal.first_at),
    )

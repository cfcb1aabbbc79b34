"""Rows that are gone at their source, of which nobody has said that they really are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.lake.receipts import SourceReceipt
from charter.lake.versions import STATED_DELETION
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import RowVersion, versions_where


def rows_withdrawn(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], known_at: datetime
) -> Iterator[DoubtedRow]:
    """The rows that a full snapshot, or a day's file given again, no longer held at ``known_at`` (aware).

    Not those of which the source itself told that they are deleted, or that a person has confirmed since.
    """
    gone = f"_deleted AND _row_hash <> '{STATED_DELETION}'"
    for table, subject in agency.subjects.items():
        for versions in versions_where(settings, agency, table, gone, known_at) if subject.landed else ():
            newest = versions[-1]
            is_gone = newest.deleted and newest.row_hash != STATED_DELETION
            if is_gone and not is_confirmed(agency, receipts, table, newest):
                yield DoubtedRow.landed(table, versions, "withdrawn", newest.cells)


def is_confirmed(agency: Agency, receipts: Sequence[SourceReceipt], table: str, deletion: RowVersion) -> bool:
    """Whether the feed's deletions are believed, or a person has accepted this one, then or later.

    ``deletion`` is the version that takes something back.

    What an earlier release deleted, nobody was asked to confirm.
    """
    feeds = [feed for source in agency.sources if source.id == deletion.source_id for feed in source.feeds]
    if any(feed.table == table and feed.deletions == "believed" for feed in feeds):
        return True
    since = [
        (night.as_of, feed)
        for night in receipts
        if night.source_id == deletion.source_id and night.as_of >= deletion.known_at and (feed := night.feed(table))
    ]
    of_earlier_release = any(at == deletion.known_at and feed.left_out is None for at, feed in since)
    return of_earlier_release or any(feed.shrinking_accepted for _, feed in since)

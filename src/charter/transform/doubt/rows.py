"""Which rows stand in doubt: what they say could not be read, or can't be right, or they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.extract.corrections.land import standing_refusals
from charter.extract.corrections.refusals import Refusal, key_text, refusals
from charter.lake.receipts import SourceReceipt
from charter.transform.doubt.row import DoubtedRow, row_id
from charter.transform.doubt.rows_ahead import rows_ahead
from charter.transform.doubt.rows_disordered import rows_disordered
from charter.transform.doubt.rows_orphaned import rows_orphaned
from charter.transform.doubt.rows_taken_back import rows_taken_back
from charter.transform.doubt.rows_withdrawn import rows_withdrawn


def doubted_rows(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> list[DoubtedRow]:
    """Every row that stands in doubt at ``as_of``, by what was known at ``known_at`` (both aware).

    ``receipts`` are those known at ``known_at``.
    """
    found = refusals(settings, agency, known_at)
    refused = [
        DoubtedRow.refused(refusal)
        for source in agency.sources
        for refusal in standing_refusals(settings, agency, source, known_at, found)
    ]
    ahead = _since_first_refused(agency, found, list(rows_ahead(settings, agency, as_of, known_at)))
    taken_back = rows_taken_back(settings, agency, receipts, as_of, known_at)
    orphaned = rows_orphaned(settings, agency, receipts, as_of, known_at, refused)
    disordered = rows_disordered(settings, agency, known_at)
    withdrawn = rows_withdrawn(settings, agency, receipts, known_at)
    return [*refused, *ahead, *withdrawn, *taken_back, *orphaned, *disordered]


def _since_first_refused(agency: Agency, found: Sequence[Refusal], ahead: list[DoubtedRow]) -> list[DoubtedRow]:
    """Rows dated ahead, each from the night in which its key first came, in order or not: it began no later."""
    if not ahead:
        return []
    first: dict[str, datetime] = {}
    for refusal in found:
        key = key_text(refusal.row.get(agency.subjects[refusal.table].key))
        name = row_id(refusal.source_id, refusal.table, key or "")
        first[name] = min(first.get(name, refusal.first_at), refusal.first_at)
    return [replace(row, first_at=min(row.first_at, first.get(row.id, row.first_at))) for row in ahead]

"""Which rows stand in doubt: what they say could not be read, or can't be right, or they are gone."""

from __future__ import annotations

from datetime import datetime

from charter.definitions.models import Agency
from charter.extract.corrections import standing_refusals
from charter.settings import Settings
from charter.transform.doubted_row import DoubtedRow
from charter.transform.rows_ahead import rows_ahead
from charter.transform.rows_withdrawn import rows_withdrawn


def doubted_rows(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> list[DoubtedRow]:
    """Every row that stands in doubt at ``as_of``, by what was known at ``known_at`` (both aware)."""
    refused = [
        DoubtedRow.refused(refusal)
        for source in agency.sources
        for refusal in standing_refusals(settings, agency, source, known_at)
    ]
    ahead, withdrawn = rows_ahead(settings, agency, as_of, known_at), rows_withdrawn(settings, agency, known_at)
    return [*refused, *ahead, *withdrawn]

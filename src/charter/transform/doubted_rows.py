"""Which rows stand in doubt: what they say, or that they are gone, can't be right, or could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from charter.definitions.models import Agency
from charter.extract.corrections import standing_refusals
from charter.extract.receipts import SourceReceipt
from charter.extract.refusals import Cell, Refusal
from charter.extract.versions import SUPERSEDED
from charter.settings import Settings

Because = Literal["refused", "ahead", "withdrawn"]


@dataclass(frozen=True)
class DoubtedRow:
    """A row in doubt: it was ``refused`` and not put right since.

    ``cells`` are those that could be read, by column; ``first_at`` (aware) is the night in which the row came. One that
    does not name ``its_case`` has a key that another row has, too.
    """

    id: str
    source_id: str
    table: str
    origin: str
    because: Because
    cells: Mapping[str, Cell]
    first_at: datetime
    names_its_case: bool = True

    @classmethod
    def refused(cls, refusal: Refusal) -> DoubtedRow:
        unreadable = refusal.column.split(", ")
        return cls(
            refusal.id,
            refusal.source_id,
            refusal.table,
            refusal.origin,
            "refused",
            {name: cell for name, cell in refusal.row.items() if name not in unreadable},
            refusal.first_at,
            names_its_case=not refusal.reason.startswith(SUPERSEDED),
        )


def doubted_rows(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> list[DoubtedRow]:
    """Every row that stands in doubt at ``as_of``, by what was known at ``known_at`` (both aware)."""
    return [
        DoubtedRow.refused(refusal)
        for source in agency.sources
        for refusal in standing_refusals(settings, agency, source, known_at)
    ]

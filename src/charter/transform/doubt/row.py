"""A landed or refused row that stands in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from charter.extract.corrections.refusals import Cell, Refusal
from charter.lake.versions import IN_OTHER_CASE, SUPERSEDED
from charter.transform.doubt.row_versions import RowVersion


def row_id(source_id: str, table: str, key: str) -> str:
    """What a landed row in doubt is called."""
    return f"{source_id}/{table}/{key}"


Because = Literal["refused", "ahead", "withdrawn", "orphaned", "disordered"]


@dataclass(frozen=True)
class DoubtedRow:
    """A row in doubt, because

    * it was ``refused`` and not put right since, or
    * it is dated ``ahead`` of the night, and can't be, or
    * it is ``withdrawn``: gone at its source, which nobody has confirmed, or
    * it is ``orphaned``: the case that it belongs to is not at its source, or
    * it is ``disordered``: dated before what it belongs to, and may not be.

    ``cells`` are those that can be believed, by column; ``first_at`` (aware) is the night in which the row came. Of one
    that does not name its case another row has the key, too. ``misdated`` are the columns that lie ahead, or take
    back what they said: the row bears on what they decide alone.
    """

    id: str
    source_id: str
    table: str
    origin: str
    because: Because
    cells: Mapping[str, Cell]
    first_at: datetime
    names_its_case: bool = True
    misdated: frozenset[str] = frozenset()

    @classmethod
    def refused(cls, refusal: Refusal) -> DoubtedRow:
        """A refused row, of which some columns could not be read."""
        unreadable = refusal.column.split(", ")
        return cls(
            refusal.id,
            refusal.source_id,
            refusal.table,
            refusal.origin,
            "refused",
            {name: cell for name, cell in refusal.row.items() if name not in unreadable},
            refusal.first_at,
            names_its_case=refusal.reason.split(":")[0] not in (SUPERSEDED, IN_OTHER_CASE),
        )

    @classmethod
    def landed(
        cls,
        table: str,
        versions: Sequence[RowVersion],
        because: Because,
        cells: Mapping[str, Cell],
        misdated: Iterable[str] = (),
    ) -> DoubtedRow:
        """A row that landed, by its ``versions`` (oldest first), of which ``cells`` are believed."""
        newest = versions[-1]
        return cls(
            row_id(newest.source_id, table, newest.key),
            newest.source_id,
            table,
            newest.origin,
            because,
            cells,
            versions[0].known_at,
            misdated=frozenset(misdated),
        )

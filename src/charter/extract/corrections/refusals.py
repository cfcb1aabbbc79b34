"""What was refused: each row once, however often its source gives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency, Subject
from charter.lake.engine import connect
from charter.lake.files import read_quarantine
from charter.lake.newest import of_newest
from charter.lake.receipts import SourceReceipt
from charter.lake.versions import IN_OTHER_CASE, NOT_HEARD_OF, OF_ANOTHER_DAY, SUPERSEDED, place_of

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Refusal:
    """A row of a source that broke its contract, however often it was refused. Instants are aware.

    ``id`` stays the same as long as the row does, wherever it moves in its file. ``row`` holds the mapped columns that
    could be read, personal ones as pseudonyms. ``places`` are the files (or queries) in which it stood, with the last
    night of each; ``origin`` is the last of all.
    """

    id: str
    source_id: str
    table: str
    origin: str
    column: str
    reason: str
    row: dict[str, Cell]
    first_at: datetime
    last_at: datetime
    places: Mapping[str, datetime] = field(default_factory=dict)


def refusals(settings: Settings, agency: Agency, known_at: datetime, source_id: str | None = None) -> list[Refusal]:
    """Every row refused up to ``known_at`` (aware), once, in the order of sources.yaml, then by first refusal."""
    found: dict[str, Refusal] = {}
    rows = read_quarantine(settings, known_at)
    names = ("source_id", "table", "origin", "column", "reason", "row", "_known_at")
    for source, table, origin, column, reason, row, instant in zip(*(rows[name] for name in names), strict=True):
        subject = agency.subjects.get(table)
        if source_id not in (None, source) or subject is None:
            continue
        night, content = instant.to_pydatetime().replace(tzinfo=UTC), json.loads(row)
        place = key_text(content.get(subject.key)) or origin
        name = _refusal_id(source, table, place, reason, row)
        before = found.get(name)
        first = min(night, before.first_at) if before else night
        places = {**(before.places if before else {}), place_of(origin): night}
        found[name] = Refusal(name, source, table, origin, column, reason, content, first, night, places)
    order = {source.id: position for position, source in enumerate(agency.sources)}
    return sorted(found.values(), key=lambda each: (order.get(each.source_id, len(order)), each.table, each.first_at))


def latest_versions(
    settings: Settings, receipts: Iterable[SourceReceipt], table: str, keys: Collection[str] | None = None
) -> dict[str, tuple[datetime, str]]:
    """The keys that ``receipts`` have landed in ``table`` and not deleted: the night (aware) and origin of each.

    ``keys`` are the only ones that are looked for, where given.
    """
    files = [settings.lake_dir / file.path for receipt in receipts for file in receipt.landed_files(table)]
    if not files:
        return {}
    with connect() as db:
        rows = db.execute(
            f"SELECT _row_key, max(_known_at), {of_newest('_origin')} FROM read_parquet($files, "
            "union_by_name = true, hive_partitioning = false) WHERE $keys IS NULL OR list_contains($keys, _row_key) "
            f"GROUP BY _row_key HAVING NOT {of_newest('_deleted')}",
            {"files": [str(file) for file in files], "keys": None if keys is None else sorted(keys)},
        ).fetchall()
    return {key: (night.replace(tzinfo=UTC), origin) for key, night, origin in rows}


def _refusal_id(*what: str) -> str:
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()[:12]


def stands_for(refusal: Refusal, subject: Subject) -> str:
    """What tells the row apart, however it changes: its key, unless another row has that, too."""
    key = key_text(refusal.row.get(subject.key))
    return refusal.id if key is None or another_has_its_key(refusal) else key


def another_has_its_key(refusal: Refusal) -> bool:
    """Whether it was refused for nothing but its key, which another row has."""
    return refusal.reason.split(":")[0] in (SUPERSEDED, OF_ANOTHER_DAY, IN_OTHER_CASE)


def is_misplaced(refusal: Refusal) -> bool:
    """Whether nothing is wrong with it but that it stood in the file of a day that was not heard of."""
    return refusal.reason.split(":")[0] == NOT_HEARD_OF


def key_text(value: Cell) -> str | None:
    return None if value is None else str(value)

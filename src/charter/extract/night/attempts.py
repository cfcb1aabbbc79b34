"""A night that is tried again: what landed at its earlier attempt stays, whatever the source gives now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from charter.lake.receipts import READ_STATUSES, DayReceipt, FeedReceipt
from charter.lake.versions import place_of


@dataclass(frozen=True)
class Together:
    """The rows of all attempts of a night, by key, and those ``kept`` among them that the last one did not give.

    ``more_deleted`` is how many more keys vanished than the last attempt says: negative where one that it misses stays.
    """

    rows: pa.Table
    kept: pa.Table
    more_deleted: int

    def kept_of(self, places: Collection[str]) -> int:
        """How many rows were kept, without those of ``places``, whose counts stand as they were."""
        return sum(place_of(origin) not in places for origin in self.kept["_origin"].to_pylist())


def together(now: pa.Table, before: pa.Table, given: Collection[str]) -> Together:
    """The rows that an attempt would land (``now``) with those that landed ``before`` (both as in the lake).

    ``given`` are the keys that it gave in order: of these its own word counts. A key that landed before and is no
    longer given stays, and is not deleted in the same night; a deletion stands until the key is given again.
    """
    given_now = _among(before, given)
    stays = pc.and_(pc.invert(before["_deleted"]), pc.invert(given_now))
    was_deleted = pc.and_(before["_deleted"], pc.invert(pc.or_(given_now, _among(before, _keys(now)))))
    kept, deleted = before.filter(stays), before.filter(was_deleted)
    not_now = pc.and_(now["_deleted"], _among(now, _keys(kept)))
    rows = pa.concat_tables([now.filter(pc.invert(not_now)), kept, deleted])
    more_deleted = deleted.num_rows - int(pc.sum(not_now).as_py() or 0)
    return Together(rows.sort_by("_row_key") if before.num_rows else now, kept, more_deleted)


def _keys(rows: pa.Table) -> list[str]:
    keys: list[str] = rows["_row_key"].to_pylist()
    return keys


def _among(rows: pa.Table, keys: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(rows["_row_key"], value_set=pa.array(list(keys), pa.string()))


def days_that_stay(now: Collection[DayReceipt], before: FeedReceipt | None) -> list[DayReceipt]:
    """The days of an earlier attempt that this one has nothing better to say of: it did not read their files."""
    read = {day.day for day in now if day.status in READ_STATUSES}
    in_this_run = {day.day for day in now}
    found = before.days if before is not None else []
    return [day for day in found if day.day not in in_this_run or (day.status in READ_STATUSES and day.day not in read)]

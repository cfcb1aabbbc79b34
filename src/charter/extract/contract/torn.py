"""A file that was cut off within the last cell of its last row: the row has all its cells, and one can't be read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from charter.base.errors import Problem
from charter.definitions.models import Feed
from charter.extract.contract.batch import RawBatch
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import Refused

# Of so many cells above the last one, one at least looks as the last one would have, had it been written whole.
_COMPARED = 1_000


def refuse_torn(feed: Feed, key: str, batch: RawBatch, refused: Sequence[Refused], where: str) -> None:
    """Raises FeedFault when the last row of a text file was cut off within its last cell.

    It was when no line ends after it, it has its ``key`` (a total under a table has none), it is refused for that cell,
    and the cell looks like the beginning of another one in its column. Nobody knows how many rows there were after it.
    """
    if not batch.is_unended or not len(batch) or batch.positions is None:
        return
    last, name = batch.names[-1], batch.positions[-1].as_py()
    ours = {column for column, mapped in feed.mapped().items() if mapped.source == last}
    row = next((each for each in refused if each.origin == f"{batch.place}:{name}" and each.column in ours), None)
    if row is None or not json.loads(row.row).get(key) or last not in batch.columns:
        return
    cells = batch.columns[last].slice(max(len(batch) - 1 - _COMPARED, 0)).to_pylist()
    written = _signs(cells.pop() or "")
    if any(len(whole) > len(written) and whole.startswith(written) for whole in map(_signs, filter(None, cells))):
        what = f"the file ends within the last cell of line {name}: it was cut off, and what followed is unknown"
        raise FeedFault("failed", Problem(what, where, "ask for the whole file to be written again"))


def _signs(text: str) -> str:
    """What kinds of signs a text is made of: 9 for a digit, a for a letter, all others as they are."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text.strip()))

"""From a list of JSON values to a batch of texts: the columns at their paths, and the values that are no rows."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from charter.base.errors import Problem
from charter.base.json_paths import JsonPath
from charter.definitions.models import Feed
from charter.extract.contract.batch import BrokenRow, RawBatch
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.shown import is_heading, shown_names
from charter.extract.contract.typed import as_texts

_BATCH = 20_000
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}


class JsonRows:
    """The rows of one feed, page after page. Remembers which columns were there in any of them."""

    def __init__(
        self, feed: Feed, paths: Mapping[str, JsonPath], place: str, written: Callable[[str], str] = str
    ) -> None:
        """Rows stand at ``place``, by their key, which is the same wherever they move.

        ``written`` is how a key of the rows is named as a column, where that is not by itself.
        """
        self._feed = feed
        self._place = place
        self._written = written
        self._paths = paths
        self._keys: set[str] = set()
        self._names: dict[str, None] = {}
        self._missing = set(paths)
        self._rows = 0
        self._pending: list[list[object]] = []
        self._enough = 1

    def take(self, records: Sequence[object], page: str) -> Iterator[RawBatch]:
        """Takes in the ``records`` of one page; gives a batch when there are enough rows for one.

        The first page is a batch of its own: who only looks at the beginning need not wait for more. What is no object
        is a broken row: it stands in ``page``, by its number there.
        """
        broken: list[BrokenRow] = []
        for position, record in enumerate(records, start=1):
            read = self._read(record)
            if isinstance(read, str):
                broken.append(BrokenRow(position, read))
            else:
                self._pending.append(read)
        if broken:
            yield dataclasses.replace(self._batch([], page), broken=tuple(broken))
        if len(self._pending) >= self._enough:
            self._enough = _BATCH
            yield self.rest()

    def rest(self) -> RawBatch:
        """The rows that were taken in and are in no batch yet: perhaps none."""
        rows, self._pending = self._pending, []
        return self._batch(rows, self._place)

    def _batch(self, rows: Sequence[Sequence[object]], place: str) -> RawBatch:
        cells = list(zip(*rows, strict=True)) if rows else [()] * len(self._paths)
        pairs = [as_texts(column) for column in cells]
        return RawBatch(
            columns={name: texts for name, (texts, _) in zip(self._paths, pairs, strict=True)},
            names=tuple(self._names),
            place=place,
            observed={name: kinds for name, (_, kinds) in zip(self._paths, pairs, strict=True)},
        )

    def require_columns(self, where: str) -> None:
        """To be asked after the last page. Raises FeedFault (drifted) when a column was in none of the rows.

        Whether it is there can't be told from no rows at all.
        """
        optional = {mapped.source for mapped in self._feed.mapped().values() if mapped.optional}
        missing = [name for name in self._paths if name in self._missing and name not in optional]
        if not missing or not self._rows:
            return
        listed = ", ".join(f"'{name}'" for name in missing)
        what = f"none of the {self._rows} rows has {listed}"
        # As in a file without a header: if nothing is where it should be, the "names" may be somebody's data.
        there = list(self._names) if len(missing) < len(self._paths) else []
        if there:
            what += f"; there are: {shown_names(there, self._paths)}"
        headings = [name for name in there if is_heading(name, self._paths)]
        raise FeedFault("drifted", Problem(what, where, _remedy(missing, headings)), tuple(missing), tuple(headings))

    def _note_names(self, record: Mapping[str, object]) -> None:
        for key in record:
            if key not in self._keys and _is_text(key):
                self._keys.add(key)
                self._names[self._written(key)] = None

    def _read(self, record: object) -> list[object] | str:
        """The cells of a row, or why it is none."""
        if not isinstance(record, dict):
            return f"is no object, but {_KINDS.get(type(record), 'null')}"
        cells = []
        self._rows += 1
        self._note_names(record)
        for name, path in self._paths.items():
            try:
                there, value = path.find(record)
                cells.append(_plain(value))
            except ValueError as error:
                return str(error)
            except RecursionError:
                return f"'{name}' is nested too deep"
            if there:
                self._missing.discard(name)
            if isinstance(cells[-1], str) and not _is_text(cells[-1]):
                return f"'{name}' holds half a character"
        return cells


def _plain(value: object) -> object:
    """Objects and lists as JSON, in one order of their keys: the same value is the same text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return value


def _is_text(text: str) -> bool:
    """JSON may hold one half of a pair of UTF-16 units, which is no character."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _remedy(missing: Sequence[str], there: Sequence[str]) -> str:
    for name in missing:
        if close := difflib.get_close_matches(name, there, n=1, cutoff=0.5):
            return f"was '{name}' renamed to '{close[0]}'? then map that in sources.yaml; else ask for it back"
    return "map its new name in sources.yaml; optional: true, if the API leaves out what is empty"

"""Parquet files: typed columns, of which only the wanted ones are unpacked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from charter.base.errors import Problem
from charter.definitions.models import Feed
from charter.extract.contract.batch import RawBatch, wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.typed import UnreadableTypeError, arrow_texts
from charter.extract.readers.allowance import Allowance
from charter.extract.readers.batch import positions
from charter.extract.readers.file.files import FilesReader
from charter.lake.receipts import FileDigest

_BATCH = 200_000


class ParquetReader(FilesReader):
    """Reads Parquet files. A row's place is its number in the file, from 1."""

    def _content(self, path: str, allowance: Allowance) -> tuple[bytes, FileDigest]:
        content, digest = super()._content(path, allowance)
        where = f"source '{self._source.id}', {path}"
        about = _opened(content, where).metadata
        sizes = [about.row_group(number).total_byte_size for number in range(about.num_row_groups)]
        allowance.require_size(sum(sizes), "the file, unpacked,", where)
        return content, digest

    def _batches(self, feed: Feed, path: str, content: bytes, digest: FileDigest) -> Iterator[RawBatch]:
        where = f"source '{self._source.id}', {path}"
        file = _opened(content, where)
        names = file.schema_arrow.names
        wanted = wanted_columns(feed)
        stored = {name: names[place] for name, place in positions(names, wanted, where).items()}
        first = 1
        for part in _parts(file, list(dict.fromkeys(stored.values())), where):
            columns, observed = {}, {}
            for name in wanted:
                try:
                    columns[name], observed[name] = arrow_texts(part.column(stored[name]))
                except UnreadableTypeError as error:
                    what = f"the column '{name}' is of type {error}, which can't be mapped"
                    remedy = "ask for it as a plain column, or map another"
                    raise FeedFault("drifted", Problem(what, where, remedy), (name,), tuple(names)) from None
            yield RawBatch(
                columns=columns,
                names=tuple(names),
                place=path,
                positions=pa.array(np.arange(first, first + part.num_rows, dtype=np.int64)),
                observed=observed,
                input=digest,
            )
            first += part.num_rows


def _opened(content: bytes, where: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        raise _damaged(where) from None


def _parts(file: pq.ParquetFile, wanted: list[str], where: str) -> Iterator[pa.Table]:
    try:
        yield file.schema_arrow.empty_table().select(wanted)
        for batch in file.iter_batches(batch_size=_BATCH, columns=wanted):
            yield pa.Table.from_batches([batch])
    except (pa.ArrowException, OSError):
        raise _damaged(where) from None


def _damaged(where: str) -> FeedFault:
    problem = Problem(
        "the file is no Parquet file that can be read", where, "ask for the file to be written again, then extract"
    )
    return FeedFault("failed", problem)

"""Erases pseudonyms in landed rows: of rows that landed long ago, or of one person who asks for it.

The pseudonym's place is taken by a word that is nobody's, and nothing else of the row changes: its key, dates and
department stay, so every figure stays what it is and can be recomputed. The row's hash stays too: a source that gives
the same row again lands nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from charter.base.errors import EvidenceError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.definitions.models.subjects import Fact
from charter.evidence import sealed_erasures
from charter.evidence.files import file_sha256
from charter.evidence.manifest import ErasedFile
from charter.lake.files import parquet_bytes

ERASED = "erased"
_STAGED = "incoming/erased"


@dataclass(frozen=True)
class Erasure:
    """What can be erased: files, as they are and as they would be. ``kept`` are columns that a rule may read to tell
    persons apart (``tickets.customer``), ``gone`` tables of landed rows that the charter's folder has no more.
    ``refused`` rows of that age stay as they are: what is in doubt is known by what it holds."""

    files: tuple[ErasedFile, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    refused: int = 0

    @property
    def values(self) -> int:
        return sum(file.values for file in self.files)


def find_erasures(
    settings: Settings, agency: Agency, before: str | None, persons: Collection[str] | None = None
) -> Erasure:
    """What would be erased: pseudonyms of rows that landed in nights before the stamp ``before`` (None: any), all or
    those of ``persons`` (pseudonyms). Nothing is written."""
    own_words = _words_of_models(settings)
    columns = erasable_columns(agency, own_words)
    files = tuple(
        found
        for path in _landed(settings, before)
        if (found := _erased(settings, path, columns.get(_table_of(settings, path), ()), persons)) is not None
    )
    kept = tuple(sorted(_read_by_rules(agency, own_words)))
    return Erasure(files, kept, _tables_gone(settings, agency), _refused(settings, before))


def stage(settings: Settings, erasure: Erasure, persons: Collection[str] | None = None) -> None:
    """Writes every file as it will be, aside: once the erasure is sealed, ``put_in_place`` needs nothing else."""
    for file in erasure.files:
        content = _content(settings.var_dir / file.path, file.columns, persons)[0]
        if hashlib.sha256(content).hexdigest() != file.erased:
            raise EvidenceError(
                "the file has changed meanwhile", where=file.path, remedy="run charter verify, then prune again"
            )
        write_whole(_staged(settings, file), content)


def put_in_place(settings: Settings) -> int:
    """Puts the files of every sealed erasure in their places that are not there yet; how many there were."""
    done = 0
    for file in sealed_erasures(settings).values():
        staged = _staged(settings, file)
        if staged.exists() and file_sha256(staged) == file.erased:
            if file_sha256(settings.var_dir / file.path) == file.sealed:
                write_whole(settings.var_dir / file.path, staged.read_bytes())
                done += 1
            staged.unlink()
    return done


def erasable_columns(agency: Agency, own_words: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """The pseudonym columns of each landed table that no rule tells persons apart by. ``own_words`` are those of the
    agency's own models."""
    kept = _read_by_rules(agency, own_words)
    return {
        table: tuple(name for name in _pseudonyms(agency, table) if f"{table}.{name}" not in kept)
        for table, subject in agency.subjects.items()
        if subject.landed
    }


def _pseudonyms(agency: Agency, table: str) -> Iterator[str]:
    return (name for name, column in agency.subjects[table].columns.items() if column.type == "pseudonym")


def _read_by_rules(agency: Agency, own_words: Collection[str]) -> set[str]:
    """Columns that are a table's key, refer to another table, or are named anywhere by the charter, a fact or a model.

    Rather one too many: what is erased tells nobody apart any more.
    """
    named = {*_texts(agency.charter.model_dump()), *_named_by_tables(agency), *own_words}
    return {
        f"{table}.{name}"
        for table, subject in agency.subjects.items()
        if subject.landed
        for name in _pseudonyms(agency, table)
        if name == subject.key or name in named or subject.columns[name].refers_to is not None
    }


def _named_by_tables(agency: Agency) -> Iterator[str]:
    """What tables say of themselves and of others, but for the names of their own columns."""
    for subject in agency.subjects.values():
        yield from _texts(subject.model_dump(exclude={"columns"}))
        for column in subject.columns.values():
            if isinstance(column, Fact):
                yield from _texts(column.model_dump())


def _words_of_models(settings: Settings) -> set[str]:
    """Every word of the agency's own models."""
    files = sorted((settings.charter_dir / "models").rglob("*.sql"))
    return {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8", errors="replace"))}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(node, list | tuple | set | frozenset):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node.rpartition(".")[2] if node.count(".") == 1 else node


def _landed(settings: Settings, before: str | None) -> list[Path]:
    files = settings.raw_dir.glob("*/source=*/as_of=*/*.parquet")
    return sorted(path for path in files if before is None or path.parent.name.removeprefix("as_of=") < before)


def _refused(settings: Settings, before: str | None) -> int:
    """How many refused rows landed before, with whatever they hold."""
    files = settings.lake_dir.glob("quarantine/source=*/as_of=*/*.parquet")
    old = [path for path in files if before is None or path.parent.name.removeprefix("as_of=") < before]
    return sum(pq.read_metadata(path).num_rows for path in old)


def _table_of(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.raw_dir).parts[0]


def _tables_gone(settings: Settings, agency: Agency) -> tuple[str, ...]:
    known = {table for table, subject in agency.subjects.items() if subject.landed}
    return tuple(sorted({_table_of(settings, path) for path in _landed(settings, None)} - known))


def _erased(
    settings: Settings, path: Path, columns: Collection[str], persons: Collection[str] | None
) -> ErasedFile | None:
    there = [name for name in columns if name in pq.read_schema(path).names]
    if not there:
        return None
    content, counts = _content(path, there, persons)
    if not counts:
        return None
    return ErasedFile(
        path=path.relative_to(settings.var_dir).as_posix(),
        sealed=file_sha256(path),
        erased=hashlib.sha256(content).hexdigest(),
        columns=tuple(counts),
        values=sum(counts.values()),
    )


def _content(
    path: Path, columns: Collection[str], persons: Collection[str] | None
) -> tuple[memoryview, dict[str, int]]:
    """The file without those pseudonyms, and how many of each column these are."""
    rows = pq.read_table(path, partitioning=None)
    counts: dict[str, int] = {}
    for name in columns:
        values = rows[name]
        meant = pc.and_(pc.is_valid(values), pc.not_equal(values, ERASED))
        if persons is not None:
            meant = pc.and_(meant, pc.is_in(values, value_set=pa.array(sorted(persons), pa.string())))
        meant = pc.fill_null(meant, False)
        if count := pc.sum(meant).as_py() or 0:
            counts[name] = int(count)
            erased = pc.if_else(meant, pa.scalar(ERASED, pa.string()), values)
            rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), erased)
    return parquet_bytes(rows), counts


def _staged(settings: Settings, file: ErasedFile) -> Path:
    return settings.lake_dir / _STAGED / f"{file.erased}.parquet"

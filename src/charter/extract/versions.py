"""Versions: which arrived rows are new or changed, which are known already, which were superseded, what vanished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from charter.definitions.models import Subject
from charter.extract.engine import connect
from charter.extract.lake import raw_schema
from charter.moments import naive_utc

SUPERSEDED = "superseded_in_same_extraction"


@dataclass(frozen=True)
class Known:
    """What the lake already holds of a table from one source: its sealed files."""

    files: Sequence[Path]
    subject: Subject


@dataclass(frozen=True)
class Vanishing:
    """Where a key's absence is a deletion: in everything (a full snapshot), or in rows that came from these files.

    ``seen`` are keys that did not vanish although their rows are not among the arrived.
    """

    seen: Sequence[str]
    everywhere: bool = False
    places: Sequence[str] = ()


@dataclass(frozen=True)
class Decided:
    """``landed``: rows as they go into the lake (deletions among them), by key. ``outcomes``: per business day (None
    where the feed has no days) how many rows are landed and unchanged. ``superseded``: earlier rows of a key that
    another row of the same extraction overtook, with ``_origin`` and ``_day``."""

    landed: pa.Table
    outcomes: dict[date | None, tuple[int, int]]
    superseded: pa.Table
    deleted: int
    known_before: int


def decide(arrived: pa.Table, known: Known, vanishing: Vanishing, source_id: str, known_at: datetime) -> Decided:
    """Compares ``arrived`` (see mapping.Checked.rows, in reading order) with the latest known versions.

    Of several rows with one key the last counts: by the instant of recording, else by reading order. The row hash is
    the SHA-256 of a JSON list of the subject's columns as texts (null as null), in the subject's order.
    """
    subject = known.subject
    columns = ", ".join(f'"{name}"' for name in subject.columns)
    texts = ", ".join(f'"{name}"::VARCHAR' for name in subject.columns)
    with connect() as db:
        db.register("arrived", arrived.append_column("_order", pa.array(range(arrived.num_rows), pa.int64())))
        db.register("contract", raw_schema(subject).empty_table())
        db.register("seen", pa.table({"_row_key": pa.array(list(vanishing.seen), pa.string())}))
        db.register("places", pa.table({"place": pa.array(list(vanishing.places), pa.string())}))
        stored = f"SELECT * FROM read_parquet({_listed(known.files)}, union_by_name = true, hive_partitioning = false)"
        db.execute(
            "CREATE TEMP VIEW versions AS SELECT * FROM contract"
            + (f" UNION ALL BY NAME {stored}" if known.files else "")
        )
        db.execute(f"""
            CREATE TEMP TABLE hashed AS
            SELECT *, "{subject.key}"::VARCHAR AS _row_key, sha256(to_json([{texts}])::VARCHAR) AS _row_hash
            FROM arrived""")
        narrowed = "" if vanishing.everywhere or vanishing.places else "WHERE _row_key IN (SELECT _row_key FROM hashed)"
        db.execute(f"""
            CREATE TEMP TABLE latest AS
            SELECT _row_key, arg_max(_row_hash, _known_at) AS _row_hash, arg_max(_deleted, _known_at) AS _deleted,
                   arg_max(_origin, _known_at) AS _origin, max(_known_at) AS _known_at
            FROM versions {narrowed} GROUP BY _row_key""")
        db.execute("""
            CREATE TEMP TABLE judged AS
            WITH ranked AS (
                SELECT *, row_number() OVER newest_first AS _place,
                       first_value(_row_hash) OVER newest_first AS _last_hash
                FROM hashed
                WINDOW newest_first AS (PARTITION BY _row_key ORDER BY _recorded_at DESC NULLS LAST, _order DESC)
            )
            SELECT ranked.*, CASE
                WHEN _place > 1 AND ranked._row_hash <> _last_hash THEN 'superseded'
                WHEN _place > 1 THEN 'unchanged'
                WHEN latest._row_hash = ranked._row_hash AND NOT latest._deleted THEN 'unchanged'
                ELSE 'landed' END AS _outcome
            FROM ranked LEFT JOIN latest USING (_row_key)""")
        db.execute(
            """
            CREATE TEMP TABLE vanished AS
            SELECT _row_key, _known_at FROM latest
            WHERE NOT _deleted
              AND ($everywhere OR regexp_replace(_origin, ':[0-9]+$', '') IN (SELECT place FROM places))
              AND _row_key NOT IN (SELECT _row_key FROM hashed)
              AND _row_key NOT IN (SELECT _row_key FROM seen)""",
            {"everywhere": vanishing.everywhere},
        )
        landed = db.execute(
            f"""
            SELECT {columns}, $source_id AS _source_id, $known_at::TIMESTAMP AS _known_at, _row_key, _row_hash, _origin,
                   false AS _deleted
            FROM judged WHERE _outcome = 'landed'
            UNION ALL
            SELECT {columns}, $source_id, $known_at::TIMESTAMP, _row_key, _row_hash, _origin, true
            FROM versions SEMI JOIN vanished USING (_row_key, _known_at)
            ORDER BY _row_key""",
            {"source_id": source_id, "known_at": naive_utc(known_at)},
        ).to_arrow_table()
        counted = db.execute("""
            SELECT _day, count(*) FILTER (_outcome = 'landed'), count(*) FILTER (_outcome = 'unchanged')
            FROM judged GROUP BY _day""").fetchall()
        superseded = db.execute(
            f"SELECT {columns}, _origin, _day FROM judged WHERE _outcome = 'superseded' ORDER BY _order"
        ).to_arrow_table()
        deleted = _count(db.execute("SELECT count(*) FROM vanished").fetchone())
        before = _count(db.execute("SELECT count(*) FROM latest WHERE NOT _deleted").fetchone())
    return Decided(
        landed=landed.cast(raw_schema(subject)),
        outcomes={day: (new, same) for day, new, same in counted},
        superseded=superseded,
        deleted=deleted,
        known_before=before,
    )


def _count(row: tuple[int] | None) -> int:
    return row[0] if row else 0


def _listed(files: Sequence[Path]) -> str:
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"[{quoted}]"

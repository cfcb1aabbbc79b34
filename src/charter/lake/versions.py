"""Versions: which arrived rows are new or changed, which are known already, which were superseded, what vanished."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.moments import naive_utc
from charter.definitions.models import Subject
from charter.lake.engine import connect
from charter.lake.files import raw_schema, rows_of
from charter.lake.hexadecimal import hexadecimal
from charter.lake.newest import of_newest
from charter.lake.receipts import WithheldBecause

SUPERSEDED = "superseded_in_same_extraction"
OF_ANOTHER_DAY = "key_of_another_day"
IN_OTHER_CASE = "key_in_other_case"
NOT_HEARD_OF = "file_not_heard_of"
# A corrected row's origin: the correction's name, then where the row stood that it replaces.
CORRECTION_OF = "correction [a-z0-9-]+ for "
_HASHED_AT_ONCE = 200_000
# The row hash of a deletion that was stated: by a row of the source that says so, or by a steward who put a key right.
STATED_DELETION = "withdrawn"
# What :func:`place_of` is, in SQL.
_PLACE_OF = f"regexp_replace(regexp_replace({{}}, '^{CORRECTION_OF}', ''), ':[0-9]+$', '')"
# The scope of a snapshot's deletions. A file's are of its path.
EVERYWHERE = ""
_LINE = re.compile(":[0-9]+$")
_ONCE = """
    SELECT *, 1 AS _place, _row_hash AS _last_hash, _day AS _first_day, _row_hash AS _first_hash, _order AS _first_order
    FROM hashed
"""
# A key that comes several times: its rows from the newest on (``_place``), of each day by themselves where days have
# keys of their own, and the newest row of its first day.
_RANKED = f"""
    {_ONCE} ANTI JOIN repeated USING (_row_key)
    UNION ALL
    SELECT *, first_value(_day) OVER first_day_first, first_value(_row_hash) OVER first_day_first,
           first_value(_order) OVER first_day_first
    FROM (
        SELECT *, row_number() OVER newest_first AS _place, first_value(_row_hash) OVER newest_first AS _last_hash
        FROM hashed SEMI JOIN repeated USING (_row_key)
        WINDOW newest_first AS (
            PARTITION BY _row_key, CASE WHEN $by_day THEN _day END ORDER BY _recorded_at DESC NULLS LAST, _order DESC
        )
    )
    WINDOW first_day_first AS (PARTITION BY _row_key ORDER BY CASE WHEN $by_day THEN _day END, _place)
"""
# In microseconds since 1970: these years and those between are four digits, however they are written.
_YEAR_1000, _YEAR_10000 = -30_610_224_000_000_000, 253_402_300_800_000_000


def place_of(origin: str) -> str:
    """Where a row stood (a file, a sheet), from its origin: also where a correction has put it right since."""
    return _LINE.sub("", re.sub(f"^{CORRECTION_OF}", "", origin))


@dataclass(frozen=True)
class Known:
    """What the lake already holds of a table from one source: its sealed files.

    ``day_of_file`` gives the day of each daily file by its path. A key belongs to its day unless ``days_correct``.
    ``attempted`` rows, as in the lake, landed at an earlier attempt of the very night. Keys that differ in upper and
    lower case alone are one key in two spellings, unless they are ``case_sensitive``.
    """

    files: Sequence[Path]
    subject: Subject
    day_of_file: Mapping[str, date] = field(default_factory=dict)
    days_correct: bool = False
    attempted: pa.Table | None = None
    case_sensitive: bool = False


@dataclass(frozen=True)
class Withheld:
    """Keys that were missed, of how many ``known``, and that were not deleted."""

    missed: int
    known: int
    because: WithheldBecause


@dataclass(frozen=True)
class Vanishing:
    """Where a key's absence is a deletion: in everything (a full snapshot), or in rows that came from these files.

    ``seen`` are keys that did not vanish although their rows are not among the arrived; ``gone`` ones are to be deleted
    wherever they came from. When more than the share ``at_most`` of a file's known keys (of all, in a snapshot) and
    more than one of them vanish, none is deleted; nor is any of the files ``in_doubt`` (``EVERYWHERE``: the snapshot).
    """

    seen: Sequence[str]
    everywhere: bool = False
    places: Sequence[str] = ()
    gone: Sequence[str] = ()
    at_most: float = 1.0
    in_doubt: Mapping[str, WithheldBecause] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """``landed``: rows as they go into the lake (deletions among them), by key. ``outcomes``: per business day (None
    where the feed has no days) how many rows are landed and unchanged; ``elsewhere``, how many of the unchanged are
    known from another day's file. ``superseded``: earlier rows of a key that another row of the same extraction
    overtook, with ``_origin`` and ``_day``. ``of_another_day``: rows whose key another day has with other content; the
    origin of that one is in ``_held_by``. ``in_other_case``: likewise rows whose key another row has but for upper and
    lower case. ``deleted`` counts the keys that vanished, or that a row said were deleted,
    by their file; such a row is among the landed of its day, or unchanged where nothing is known under its key.
    ``withheld`` tells of keys that vanished and were not deleted; of a snapshot both have one entry, ``EVERYWHERE``."""

    landed: pa.Table
    outcomes: dict[date | None, tuple[int, int]]
    elsewhere: dict[date | None, int]
    superseded: pa.Table
    of_another_day: pa.Table
    in_other_case: pa.Table
    deleted: dict[str, int]
    withheld: dict[str, Withheld]
    known_before: int

    @property
    def refused_origins(self) -> list[str]:
        """Where the rows stand whose key is not theirs."""
        return [origin for part in (self.of_another_day, self.in_other_case) for origin in part["_origin"].to_pylist()]


def decide(arrived: pa.Table, known: Known, vanishing: Vanishing, source_id: str, known_at: datetime) -> Decided:
    """Compares ``arrived`` (see mapping.Checked.rows, in reading order) with the latest known versions.

    Of several rows with one key the last counts: by the instant of recording, else by reading order; of daily files
    those of the day that has the key, which is the one that it is known from, or else the first. Of two keys that
    differ in case alone the known one counts, or else the first in reading order. The row hash is
    the SHA-256 of a JSON list of the subject's columns as texts (null as null), in the subject's order. A row that is
    ``_withdrawn`` lands as a deletion of what is known under its key. The row hash of a deletion is that of the version
    that is gone, or ``STATED_DELETION`` where it was stated.
    """
    subject = known.subject
    columns = ", ".join(f'"{name}"' for name in subject.columns)
    with connect() as db:
        hashed = _hashed(db, arrived, subject)
        ascending = _ascending(hashed)
        may_differ_in_case = not known.case_sensitive and _has_letters(hashed["_row_key"])
        if (
            ascending
            and not known.files
            and known.attempted is None
            and not pc.any(hashed["_withdrawn"]).as_py()
            and not (may_differ_in_case and _differ_in_case(hashed["_row_key"]))
        ):
            return _all_new(arrived, hashed, subject, source_id, known_at)
        db.register("in_arrow", hashed)
        # What is joined several times is scanned and estimated best as a table of DuckDB's own.
        db.execute("CREATE TEMP TABLE hashed AS FROM in_arrow")
        _register_versions(db, known)
        db.register("seen", pa.table({"_row_key": pa.array(list(vanishing.seen), pa.string())}))
        db.register("places", pa.table({"place": pa.array(list(vanishing.places), pa.string())}))
        db.register("gone", pa.table({"_row_key": pa.array(list(vanishing.gone), pa.string())}))
        db.register("day_of_file", _days_table(known.day_of_file))
        if not ascending:
            db.execute(
                "CREATE TEMP TABLE repeated AS SELECT _row_key FROM hashed GROUP BY _row_key HAVING count(*) > 1"
            )
        of_arrived = "WHERE _row_key IN (SELECT _row_key FROM hashed UNION ALL SELECT _row_key FROM gone)"
        narrowed = "" if vanishing.everywhere or vanishing.places else of_arrived
        db.execute(f"""
            CREATE TEMP TABLE latest AS
            SELECT _row_key, {of_newest("_row_hash")} AS _row_hash, {of_newest("_deleted")} AS _deleted,
                   {of_newest("_origin")} AS _origin, max(_known_at) AS _known_at
            FROM versions {narrowed} GROUP BY _row_key""")
        _find_other_case(db, may_differ=may_differ_in_case, all_are_known=not narrowed)
        by_day = bool(known.day_of_file) and not known.days_correct
        db.execute(
            f"""
            CREATE TEMP TABLE judged AS
            WITH ranked AS ({_ONCE if ascending else _RANKED}),

            held AS (
                SELECT latest.*, day_of_file.day AS _held_day
                FROM latest
                LEFT JOIN day_of_file ON {_PLACE_OF.format("latest._origin")} = day_of_file.place
                WHERE NOT latest._deleted
            )

            SELECT ranked.*, held._origin AS _held_by,
                   _day <> coalesce(_held_day, CASE WHEN $by_day THEN _first_day END) AS _is_elsewhere,
                   CASE
                       WHEN _row_key IN (SELECT _row_key FROM other_case) THEN 'in_other_case'
                       WHEN _place > 1 AND ranked._row_hash <> _last_hash THEN 'superseded'
                       WHEN _place > 1 OR held._row_hash = ranked._row_hash THEN 'unchanged'
                       WHEN _withdrawn THEN CASE WHEN held._known_at IS NULL THEN 'unchanged' ELSE 'withdrawn' END
                       WHEN $by_day AND _is_elsewhere AND _held_day IS NULL AND ranked._row_hash = _first_hash
                           THEN 'unchanged'
                       WHEN $by_day AND _is_elsewhere THEN 'of_another_day'
                       ELSE 'landed'
                   END AS _outcome
            FROM ranked LEFT JOIN held USING (_row_key)""",
            {"by_day": by_day},
        )
        db.execute("CREATE TEMP VIEW withdrawn AS SELECT _row_key FROM judged WHERE _outcome = 'withdrawn'")
        db.execute(
            f"""
            CREATE TEMP TABLE held AS
            WITH placed AS (
                SELECT _row_key, _known_at,
                       CASE WHEN $everywhere THEN '{EVERYWHERE}' ELSE {_PLACE_OF.format("_origin")} END AS _scope
                FROM latest WHERE NOT _deleted
            ),

            absent AS (
                SELECT *,
                       _row_key IN (SELECT _row_key FROM gone) AS _is_gone,
                       $everywhere OR _scope IN (SELECT place FROM places) AS _is_told_of,
                       _row_key IN (SELECT _row_key FROM hashed UNION ALL SELECT _row_key FROM seen) AS _is_there
                FROM placed
            )

            SELECT *, (_is_gone OR _is_told_of) AND NOT _is_there AS _is_missed FROM absent""",
            {"everywhere": vanishing.everywhere},
        )
        missed = db.execute("""
            SELECT _scope, count(*) FILTER (_is_missed AND NOT _is_gone), count(*) FROM held
            GROUP BY _scope HAVING bool_or(_is_missed) ORDER BY _scope""").fetchall()
        withheld = {scope: found for scope, *counts in missed if (found := _withheld(vanishing, scope, *counts))}
        db.register("withheld", pa.table({"_scope": pa.array(list(withheld), pa.string())}))
        db.execute("""
            CREATE TEMP TABLE vanished AS
            SELECT _row_key, _known_at, _scope FROM held
            WHERE (_is_missed AND (_is_gone OR _scope NOT IN (SELECT _scope FROM withheld)))
               OR _row_key IN (SELECT _row_key FROM withdrawn)""")
        new = db.execute(
            "SELECT _order, _row_key, _row_hash FROM judged WHERE _outcome = 'landed' ORDER BY _row_key"
        ).to_arrow_table()
        gone = db.execute(
            f"SELECT {columns}, _origin, _row_key, CASE WHEN _row_key IN"
            f" (SELECT _row_key FROM withdrawn UNION ALL SELECT _row_key FROM gone) THEN '{STATED_DELETION}'"
            " ELSE _row_hash END AS _row_hash"
            " FROM versions SEMI JOIN vanished USING (_row_key, _known_at)"
        ).to_arrow_table()
        counted = db.execute("""
            SELECT _day, count(*) FILTER (_outcome IN ('landed', 'withdrawn')),
                   count(*) FILTER (_outcome = 'unchanged'),
                   count(*) FILTER (_outcome = 'unchanged' AND _is_elsewhere)
            FROM judged GROUP BY _day""").fetchall()
        overtaken = db.execute(
            "SELECT _order FROM judged WHERE _outcome = 'superseded' ORDER BY _order"
        ).to_arrow_table()
        misplaced = db.execute(
            "SELECT _order, _first_order, _held_by FROM judged WHERE _outcome = 'of_another_day' ORDER BY _order"
        ).to_arrow_table()
        recased = db.execute("""
            SELECT judged._order, other_case._first_order, other_case._held_by
            FROM judged INNER JOIN other_case USING (_row_key) ORDER BY judged._order""").to_arrow_table()
        deleted = db.execute("SELECT _scope, count(*) FROM vanished GROUP BY _scope ORDER BY _scope").fetchall()
        before = _count(db.execute("SELECT count(*) FROM latest WHERE NOT _deleted").fetchone())
    # The rows themselves stay where they are until it is known which of them are wanted.
    landed = arrived.take(new["_order"]).append_column("_row_key", new["_row_key"])
    landed = landed.append_column("_row_hash", new["_row_hash"])
    parts = [(landed, False), (gone, True)]
    rows = pa.concat_tables([_in_lake(part, subject, source_id, known_at, deleted=is_gone) for part, is_gone in parts])
    return Decided(
        landed=rows.sort_by("_row_key") if gone.num_rows else rows,
        outcomes={day: (landing, same) for day, landing, same, _ in counted},
        elsewhere={day: elsewhere for day, _, _, elsewhere in counted},
        superseded=arrived.take(overtaken["_order"]).select([*subject.columns, "_origin", "_day"]),
        of_another_day=_misplaced(arrived, misplaced, subject),
        in_other_case=_misplaced(arrived, recased, subject),
        deleted=dict(deleted),
        withheld=withheld,
        known_before=before,
    )


def _find_other_case(db: duckdb.DuckDBPyConnection, *, may_differ: bool, all_are_known: bool) -> None:
    """Makes the table ``other_case``: each given key that a known row, or one further up, has but for its case, with
    the origin of the known row or the order of the other. ``all_are_known``: ``latest`` has every known key."""
    db.execute(f"""
        CREATE TEMP TABLE unheld AS
        SELECT _row_key, min(_order) AS _order
        FROM hashed ANTI JOIN (SELECT _row_key FROM latest WHERE NOT _deleted) AS held USING (_row_key)
        WHERE {may_differ} GROUP BY _row_key""")
    if not _count(db.execute("SELECT count(*) FROM unheld").fetchone()):
        # Most rows of most nights are known: nothing else need be looked at.
        db.execute("CREATE TEMP TABLE other_case (_row_key VARCHAR, _first_order BIGINT, _held_by VARCHAR)")
        return
    is_spelled_so = "lower(_row_key) IN (SELECT lower(_row_key) FROM unheld)"
    held = f"SELECT _row_key, _origin FROM latest WHERE NOT _deleted AND {is_spelled_so}"
    if not all_are_known:
        held = f"""
            SELECT _row_key, {of_newest("_origin")} AS _origin FROM versions
            WHERE {is_spelled_so} GROUP BY _row_key HAVING NOT {of_newest("_deleted")}"""
    db.execute(f"""
        CREATE TEMP TABLE other_case AS
        WITH spelled AS (
            SELECT _row_key, _order, NULL AS _held_by FROM unheld
            UNION ALL SELECT _row_key, NULL, _origin FROM ({held})
        ),

        spelled_twice AS (
            SELECT lower(_row_key) AS _any_case FROM spelled GROUP BY lower(_row_key) HAVING count(*) > 1
        ),

        placed AS (
            SELECT _row_key, _held_by IS NOT NULL AS _is_held, row_number() OVER known_first AS _place,
                   first_value(_held_by) OVER known_first AS _held_by,
                   first_value(_order) OVER known_first AS _first_order
            FROM spelled SEMI JOIN spelled_twice ON lower(_row_key) = _any_case
            WINDOW known_first AS (PARTITION BY lower(_row_key) ORDER BY _held_by IS NULL, _order, _row_key)
        )

        SELECT _row_key, _first_order, _held_by FROM placed WHERE _place > 1 AND NOT _is_held""")


def _has_letters(keys: pa.ChunkedArray) -> bool:
    """Whether any key could be written in another case."""
    return bool(pc.any(pc.not_equal(pc.utf8_lower(keys), pc.utf8_upper(keys))).as_py())


def _differ_in_case(keys: pa.ChunkedArray) -> bool:
    """Whether two of ``keys``, which are all different, differ in upper and lower case alone."""
    return bool(pc.count_distinct(pc.utf8_lower(keys)).as_py() < len(keys))


def _withheld(vanishing: Vanishing, scope: str, missed: int, known: int) -> Withheld | None:
    """Why the ``missed`` keys of a scope, of those ``known``, are not deleted; None when they are."""
    because = vanishing.in_doubt.get(scope)
    if because is None and missed > max(1, vanishing.at_most * known):
        because = "shrunk"
    return Withheld(missed, known, because) if because and missed else None


def known_otherwise(arrived: pa.Table, known: Known) -> pa.Array:
    """Which rows of ``arrived`` (as for :func:`decide`) ``known`` has with other content."""
    with connect() as db:
        db.register("in_arrow", _hashed(db, arrived, known.subject))
        _register_versions(db, known)
        found = db.execute(f"""
            WITH latest AS (
                SELECT _row_key, {of_newest("_row_hash")} AS _row_hash FROM versions GROUP BY _row_key
            )
            SELECT coalesce(latest._row_hash <> in_arrow._row_hash, false) AS _is_other
            FROM in_arrow LEFT JOIN latest USING (_row_key) ORDER BY _order""").to_arrow_table()
    return found["_is_other"].combine_chunks()


def told_alike(arrived: pa.Table, others: pa.Table, known: Known) -> pa.Array:
    """Which rows of ``arrived`` say nothing new: ``known``, or the rows ``others``, have their key with their content.

    All are as for :func:`decide`. A row that is ``_withdrawn`` says nothing new where nothing is known under its key.
    """
    with connect() as db:
        db.register("in_arrow", _hashed(db, arrived, known.subject))
        db.register("given", _hashed(db, others, known.subject))
        _register_versions(db, known)
        found = db.execute(f"""
            WITH latest AS (
                SELECT _row_key, {of_newest("_row_hash")} AS _row_hash
                FROM versions GROUP BY _row_key HAVING NOT {of_newest("_deleted")}
            ),

            known_already AS (
                SELECT _row_key, _row_hash FROM latest
                UNION
                SELECT _row_key, _row_hash FROM given WHERE NOT _withdrawn
            )

            SELECT CASE
                       WHEN _withdrawn THEN _row_key NOT IN (SELECT _row_key FROM latest)
                       ELSE (_row_key, _row_hash) IN (SELECT (_row_key, _row_hash) FROM known_already)
                   END AS _is_alike
            FROM in_arrow ORDER BY _order""").to_arrow_table()
    return found["_is_alike"].combine_chunks()


def _register_versions(db: duckdb.DuckDBPyConnection, known: Known) -> None:
    """Makes the view ``versions``: every known row, as in the lake."""
    db.register("contract", raw_schema(known.subject).empty_table())
    if known.attempted is not None:
        db.register("attempted", known.attempted)
    db.execute(
        "CREATE TEMP VIEW versions AS SELECT * FROM contract"
        + (f" UNION ALL BY NAME SELECT * FROM {rows_of(known.files)}" if known.files else "")
        + (" UNION ALL BY NAME SELECT * FROM attempted" if known.attempted is not None else "")
    )


def _hashed(db: duckdb.DuckDBPyConnection, arrived: pa.Table, subject: Subject) -> pa.Table:
    """Of each row its ``_order``, ``_recorded_at``, ``_day``, ``_withdrawn``, ``_row_key`` and ``_row_hash``. All rows
    that are withdrawn have one hash, which no content has."""
    named = {name: _whole_seconds(arrived[name]) for name in subject.columns}
    named |= {"_order": pa.array(np.arange(arrived.num_rows)), "_recorded_at": arrived["_recorded_at"]}
    withdrawn = arrived["_withdrawn"] if "_withdrawn" in arrived.column_names else _none_of(arrived)
    db.register("arrived", pa.table({**named, "_day": arrived["_day"], "_withdrawn": withdrawn}))
    texts = ", ".join(f'"{name}"::VARCHAR' for name in subject.columns)
    found = db.execute(f"""
        SELECT _order, _recorded_at, _day, _withdrawn, "{subject.key}"::VARCHAR AS _row_key,
               to_json([{texts}])::VARCHAR AS _content
        FROM arrived""").to_arrow_reader(_HASHED_AT_ONCE)
    parts = []
    for batch in found:
        # OpenSSL is about three times as fast here as DuckDB's own SHA-256.
        contents = batch.column("_content").cast(pa.binary()).to_pylist()
        hashes = hexadecimal([hashlib.sha256(content).digest() for content in contents])
        hashes = pc.if_else(batch.column("_withdrawn"), STATED_DELETION, hashes)
        kept = batch.select(["_order", "_recorded_at", "_day", "_withdrawn", "_row_key"])
        parts.append(pa.table([*kept.columns, hashes], names=[*kept.schema.names, "_row_hash"]))
    return pa.concat_tables(parts) if parts else _no_hashes()


def _no_hashes() -> pa.Table:
    columns = [("_order", pa.int64()), ("_recorded_at", pa.timestamp("us")), ("_day", pa.date32())]
    columns += [("_withdrawn", pa.bool_()), ("_row_key", pa.string()), ("_row_hash", pa.string())]
    return pa.schema(columns).empty_table()


def _none_of(rows: pa.Table) -> pa.Array:
    return pa.repeat(pa.scalar(False), rows.num_rows)


def _whole_seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants as the texts that DuckDB makes of them, only faster: where all have whole seconds and four-digit years.
    Any other column stays as it is."""
    if column.type != pa.timestamp("us") or column.null_count == len(column):
        return column
    first, last = pc.min_max(column).values()
    if first.value < _YEAR_1000 or last.value >= _YEAR_10000:
        return column
    try:
        return pc.cast(pc.cast(column, pa.timestamp("s")), pa.string())
    except pa.ArrowInvalid:
        return column


def _ascending(hashed: pa.Table) -> bool:
    """Whether rows are in the order of their keys, and no key comes twice."""
    keys, orders = hashed["_row_key"], hashed["_order"]
    if hashed.num_rows < 2:
        return bool(keys.null_count == 0)
    in_order = pc.and_(pc.less(keys[:-1], keys[1:]), pc.less(orders[:-1], orders[1:]))
    return bool(keys.null_count == 0 and pc.all(in_order).as_py())


def _all_new(arrived: pa.Table, hashed: pa.Table, subject: Subject, source_id: str, known_at: datetime) -> Decided:
    """The first rows of a table, each key once and in order: there is nothing to compare them with."""
    days = pc.value_counts(arrived["_day"])
    rows = arrived.append_column("_row_key", hashed["_row_key"]).append_column("_row_hash", hashed["_row_hash"])
    return Decided(
        landed=_in_lake(rows, subject, source_id, known_at, deleted=False),
        outcomes={count["values"].as_py(): (count["counts"].as_py(), 0) for count in days},
        elsewhere={},
        superseded=arrived.slice(0, 0).select([*subject.columns, "_origin", "_day"]),
        of_another_day=_misplaced(arrived, _NOTHING_MISPLACED, subject),
        in_other_case=_misplaced(arrived, _NOTHING_MISPLACED, subject),
        deleted={},
        withheld={},
        known_before=0,
    )


def _in_lake(rows: pa.Table, subject: Subject, source_id: str, known_at: datetime, *, deleted: bool) -> pa.Table:
    """``rows`` (the subject's columns, ``_origin``, ``_row_key``, ``_row_hash``) with all columns of the lake's."""
    length, schema = rows.num_rows, raw_schema(subject)
    added = {
        "_source_id": pa.repeat(pa.scalar(source_id, pa.string()), length),
        "_known_at": pa.repeat(pa.scalar(naive_utc(known_at), pa.timestamp("us")), length),
        "_deleted": pa.repeat(pa.scalar(deleted), length),
    }
    columns = [added[name] if name in added else rows[name] for name in schema.names]
    return pa.Table.from_arrays(columns, names=schema.names).cast(schema)


_NOTHING_MISPLACED = pa.schema(
    [("_order", pa.int64()), ("_first_order", pa.int64()), ("_held_by", pa.string())]
).empty_table()


def _misplaced(arrived: pa.Table, misplaced: pa.Table, subject: Subject) -> pa.Table:
    """The rows of ``arrived`` that ``misplaced`` names, each with the origin of the row that has its key."""
    rows = arrived.take(misplaced["_order"]).select([*subject.columns, "_origin", "_day"])
    tonight = arrived["_origin"].take(misplaced["_first_order"])
    return rows.append_column("_held_by", pc.coalesce(misplaced["_held_by"], tonight))


def _days_table(day_of_file: Mapping[str, date]) -> pa.Table:
    return pa.table(
        {
            "place": pa.array(list(day_of_file), pa.string()),
            "day": pa.array(list(day_of_file.values()), pa.date32()),
        }
    )


def _count(row: tuple[int] | None) -> int:
    return row[0] if row else 0

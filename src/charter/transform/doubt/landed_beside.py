"""What landed of the cases that rows in doubt belong to, and which of them decisions name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.definitions.waivers import WAIVERS
from charter.extract.corrections.refusals import key_text
from charter.lake.engine import connect
from charter.lake.files import landed_files, rows_of
from charter.transform.compile.subject_ids import SharedTables
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_versions import versions_where

Row = dict[str, Any]


def named_by_waivers(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> set[tuple[str, str]]:
    """The standards and cases that decisions in force name, by what was known at ``known_at`` (aware)."""
    if WAIVERS not in agency.subjects:
        return set()
    waivers = (each[-1] for each in versions_where(settings, agency, WAIVERS, "subject_id IS NOT NULL", known_at))
    return {
        (str(each.cells["standard_id"]), str(each.cells["subject_id"]))
        for each in waivers
        if not each.deleted and datetime.fromisoformat(str(each.cells["decided_at"])) <= naive_utc(as_of)
    }


def landed_beside(
    settings: Settings, agency: Agency, known_at: datetime, standing: Sequence[DoubtedRow], shared: SharedTables
) -> dict[tuple[str, str], Row]:
    """The newest landed row, by table and id, of every key or case that a row in doubt names."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for doubted in standing:
        for name, subject in agency.subjects.items():
            if subject.landed and subject.key in doubted.cells and doubted.cells[subject.key] is not None:
                wanted[name].add(str(doubted.cells[subject.key]))
    found: dict[tuple[str, str], Row] = {}
    with connect() as db:
        for table, keys in wanted.items():
            files = landed_files(settings, table, until=known_at)
            if not files:
                continue
            columns = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in agency.subjects[table].columns)
            rows = db.execute(
                f"SELECT _source_id, _row_key, {columns} FROM {rows_of(files)} WHERE list_contains($keys, _row_key)"
                " QUALIFY row_number() OVER (PARTITION BY _source_id, _row_key ORDER BY _known_at DESC, _deleted) = 1",
                {"keys": sorted(keys)},
            )
            names = [column[0] for column in rows.description or ()]
            for source, key, *values in rows.fetchall():
                row_id = f"{source}/{key}" if table in shared else key
                found[table, row_id] = dict(zip(names[2:], values, strict=True))
    return found


def handed_on_keys(
    settings: Settings, agency: Agency, known_at: datetime, standing: Sequence[DoubtedRow]
) -> set[tuple[str, str]]:
    """The tables and keys of the rows in doubt that some landed row hands to another department."""
    found: set[tuple[str, str]] = set()
    for name, subject in agency.subjects.items():
        rows = [each for each in standing if each.table in subject.of]
        keys = sorted({key for each in rows if (key := key_text(each.cells.get(subject.key))) is not None})
        files = landed_files(settings, subject.ownership.of, until=known_at) if subject.ownership and keys else []
        if subject.ownership is None or not files:
            continue
        by = subject.ownership.by or subject.key
        with connect() as db:
            handed_on = db.execute(
                f'SELECT DISTINCT "{by}"::VARCHAR FROM {rows_of(files)} WHERE list_contains($keys, "{by}"::VARCHAR)'
                f' AND "{subject.ownership.department}" IS NOT NULL',
                {"keys": keys},
            ).fetchall()
        found |= {(name, key) for (key,) in handed_on}
    return found

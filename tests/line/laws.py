"""What the two laws of damage forbid: verdicts that damage improved, and rows in no state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.extract import read_quarantine, read_receipts

from .compiled import ask

UNDECIDED = ("broken", "no_data", "check_error")

# A result by kind and start of its period, standard and department.
Verdicts = dict[tuple[str, str, str, str | None], str]


def verdicts(settings: Settings) -> Verdicts:
    """Every result of the last build."""
    rows = ask(
        settings,
        "select period_kind, period_start::varchar, standard_id, department_id, result from marts.standard_results",
    )
    return {(kind, start, standard, department): result for kind, start, standard, department, result in rows}


def improved(before: Verdicts, after: Verdicts) -> Verdicts:
    """What was broken or undecided ``before``, and is kept ``after``."""
    return {key: result for key, result in before.items() if result in UNDECIDED and after.get(key) == "kept"}


def arrived_without_a_fate(settings: Settings, as_of: datetime) -> Iterator[str]:
    """Feeds of which the rows of the night ``as_of`` (aware) do not add up, or of which other rows were refused than
    are kept in quarantine."""
    kept = read_quarantine(settings, as_of)
    for receipt in read_receipts(settings, as_of):
        for feed in receipt.feeds:
            read, left_out = feed.read_and_left_out
            fates = feed.landed + feed.unchanged + feed.quarantined + feed.waiting + left_out + feed.merged
            if read != fates:
                yield f"{receipt.source_id}/{feed.table}, {receipt.as_of}: {read} read, {fates} told"
            of_feed = (kept["source_id"] == receipt.source_id) & (kept["table"] == feed.table)
            in_quarantine = len(kept[of_feed & (kept["_known_at"] == naive_utc(receipt.as_of))])
            if in_quarantine != feed.quarantined:
                yield f"{receipt.source_id}/{feed.table}: {feed.quarantined} refused, {in_quarantine} in quarantine"


def landed_without_a_fate(settings: Settings) -> list[str]:
    """Sources and tables of which the rows on hand are not those of which the warehouse tells what they became."""
    landed = duckdb.sql(
        f"""
        select source, regexp_extract(filename, '/raw/([^/]+)/', 1) as landed_table, count(distinct _row_key) as n
        from read_parquet('{settings.raw_dir}/*/source=*/as_of=*/*.parquet',
            filename = true, union_by_name = true, hive_partitioning = true)
        group by all
        """
    ).fetchall()
    told = ask(settings, "select source_id, table_name, sum(row_count)::bigint from marts.row_fates group by all")
    return sorted(f"{source}/{table}: {count} rows" for source, table, count in set(landed) ^ set(told))

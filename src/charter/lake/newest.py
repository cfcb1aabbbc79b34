"""The one rule for the newest version of a landed row, as SQL: per source and key, whatever else feeds the table.

``dbt_project/macros/staging.sql`` spells the same rule for the models; a test holds the two together.
"""

from __future__ import annotations

# One row of one source: another source's row with the same key is another row.
ROW = "_source_id, _row_key"


def version_order(alias: str = "") -> str:
    """A number that is greatest for the newest version of a row: a later night's, then one that is no deletion."""
    prefix = f"{alias}." if alias else ""
    return f"(2 * epoch_us({prefix}_known_at) + CASE WHEN {prefix}_deleted THEN 0 ELSE 1 END)"


def of_newest(column: str) -> str:
    """What the newest of a row's versions says (``GROUP BY`` :data:`ROW`, or by the key within one source)."""
    return f"arg_max({column}, {version_order()})"


def newest_versions(relation: str) -> str:
    """A SELECT of the newest version of every row of ``relation`` (landed rows), deletions among them."""
    return (
        f"SELECT * FROM {relation}"
        f" QUALIFY row_number() OVER (PARTITION BY {ROW} ORDER BY {version_order()} DESC, _row_hash) = 1"
    )

"""Raw rows → commitments → marts, with dbt on DuckDB, for one (as-of, known-at)."""

from charter.transform.build import BuildReceipt, build_warehouse, require_built
from charter.transform.closing import close_weeks
from charter.transform.engine import opened
from charter.transform.publish import publish_warehouse, published_as_of

__all__ = [
    "BuildReceipt",
    "build_warehouse",
    "close_weeks",
    "opened",
    "publish_warehouse",
    "published_as_of",
    "require_built",
]

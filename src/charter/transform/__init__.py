"""Raw rows → commitments → marts, with dbt on DuckDB, for one (as-of, known-at)."""

from charter.transform.build.closing import close_weeks, closed_week_files
from charter.transform.build.engine import opened
from charter.transform.build.nightly import BuildReceipt, build_warehouse, require_built
from charter.transform.build.publish import publish_warehouse, published_as_of

__all__ = [
    "BuildReceipt",
    "build_warehouse",
    "close_weeks",
    "closed_week_files",
    "opened",
    "publish_warehouse",
    "published_as_of",
    "require_built",
]

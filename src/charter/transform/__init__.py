"""Raw rows → commitments → marts, with dbt on DuckDB, for one (as-of, known-at)."""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
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

__getattr__ = given_by(
    __name__,
    {
        "charter.transform.build.closing": (
            "close_weeks",
            "closed_week_files",
        ),
        "charter.transform.build.engine": ("opened",),
        "charter.transform.build.nightly": (
            "BuildReceipt",
            "build_warehouse",
            "require_built",
        ),
        "charter.transform.build.publish": (
            "publish_warehouse",
            "published_as_of",
        ),
    },
)

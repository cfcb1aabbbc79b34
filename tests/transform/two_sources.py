"""An agency whose tickets and events come from two systems that number them alike."""

from __future__ import annotations

from charter.definitions import Agency
from charter.definitions.models import Source


def with_second_source(agency: Agency, source_id: str = "crm", *tables: str) -> Agency:
    """``agency`` with one more source like the one that feeds ``tables`` (tickets and their events by default)."""
    wanted = tables or ("tickets", "ticket_events")
    first = agency.source(agency.feeding(wanted[0])[0])
    feeds = [feed for feed in first.feeds if feed.table in wanted]
    second: Source = first.model_copy(update={"id": source_id, "connection": source_id, "feeds": feeds})
    digests = {**agency.digests, "sources.yaml": source_id}
    return agency.model_copy(update={"sources": [*agency.sources, second], "digests": digests})

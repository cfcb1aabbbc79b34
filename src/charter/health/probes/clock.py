"""Is the machine's clock believable, and does it know the agency's time zones?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

# Clocks of two machines that share a disk may differ by so much.
_APART = timedelta(minutes=5)


def look(place: Place, now: datetime) -> Iterator[Finding]:
    newest = newest_file(place)
    if newest is not None and newest > now + _APART:
        values: dict[str, str | int] = {"newest": f"{newest:%Y-%m-%d %H:%M} UTC", "shown": f"{now:%Y-%m-%d %H:%M} UTC"}
        yield Finding(cause="clock/behind", state=State.FAILURE, code="clock_behind", values=values)
    else:
        yield in_order("clock/behind", f"{now:%Y-%m-%d %H:%M} UTC, after the newest file")
    for zone in sorted(_zones(place)):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            cause = f"clock/{zone.replace('/', '.')}"
            yield Finding(cause=cause, state=State.FAILURE, code="zone_unknown", values={"zone": zone})


def _zones(place: Place) -> set[str]:
    if place.charter is None:
        return set()
    agency = place.charter
    of_sources = {source.time_zone for source in agency.sources}
    return {agency.zone.key} | of_sources | {each.time_zone for each in agency.organisation.departments}


def newest_file(place: Place) -> datetime | None:
    """When the newest of the files was written by which our state is known; None without any."""
    settings = place.settings
    files: list[Path] = [settings.warehouse, settings.evidence_dir / "chain.jsonl"]
    receipts = sorted((settings.lake_dir / "receipts").glob("as_of=*"))[-3:]
    written = [path.stat().st_mtime for path in (*files, *receipts) if path.exists()]
    return datetime.fromtimestamp(max(written), UTC) if written else None

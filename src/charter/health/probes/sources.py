"""Which source has not been heard of, and for how long? Its owner is told, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from charter.base.moments import last_ended_day
from charter.definitions.models import Source
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

# So many nights are looked at: what has been silent for longer has been told.
_NIGHTS = 60


def look(place: Place, now: datetime) -> Iterator[Finding]:
    nights = _nights(place, now)
    if not nights:
        yield in_order("sources/all", "no night has asked yet")
        return
    for source in place.agency.sources:
        yield _finding(place, source, nights)


def _nights(place: Place, now: datetime) -> list[datetime]:
    """The nights that sources were asked in up to ``now``, the newest first."""
    stamps = sorted(path.name.removeprefix("as_of=") for path in place.settings.lake_dir.glob("receipts/as_of=*"))
    nights = [datetime.strptime(text, "%Y%m%dT%H%M%S%z") for text in stamps]
    return [night for night in reversed(nights) if night <= now][:_NIGHTS]


def _finding(place: Place, source: Source, nights: Sequence[datetime]) -> Finding:
    from charter.extract import read_receipt

    silent: list[datetime] = []
    said = ""
    for night in nights:
        receipt = read_receipt(place.settings, source.id, night)
        if receipt is None and not silent:
            # That night has not asked it yet.
            continue
        if receipt is None or receipt.status == "landed":
            break
        if not silent:
            said = next((feed.problem.what for feed in receipt.feeds if feed.problem is not None), receipt.status)
        silent.append(night)
    if not silent:
        return in_order(f"sources/{source.id}", f"{source.id} was heard")
    days = (silent[0] - silent[-1]).days + 1
    limit = source.freshness.tell_after_nights
    return Finding(
        cause=f"sources/{source.id}",
        state=State.FAILURE if days >= limit else State.WARNING,
        code="source_silent",
        where=f"sources.yaml, {source.id}",
        values={
            "source": source.id,
            "count": days,
            "day": last_ended_day(silent[-1], place.zone).isoformat(),
            "problem": said,
        },
        since=silent[-1],
        amount=days,
        # A night without a source may be mended by the next one: until then it is in every report, and here.
        quiet=days < limit,
        owner=source.owner,
    )

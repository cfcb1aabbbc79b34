"""Which waivers end soon? What they excuse counts from the day after on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.base.errors import StateError
from charter.base.moments import local_date
from charter.health.finding import Finding, State, in_order, of_problems
from charter.health.place import Place

_DAYS = 14


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.extract.waivers.decide import registered_waivers

    today = local_date(now, place.zone)
    try:
        approved = [each for each in registered_waivers(place.settings) if each.standing == "approved"]
    except StateError as error:
        yield of_problems("waivers/register", "register_unusable", error.problems)
        return
    in_force = [each for each in approved if each.proposed.to_on >= today]
    ending = [each for each in in_force if (each.proposed.to_on - today).days < _DAYS]
    if not ending:
        yield in_order("waivers/ending", f"{len(in_force)} approved, none ends within {_DAYS} days")
    for each in ending:
        yield Finding(
            cause=f"waivers/{each.id}",
            state=State.WARNING,
            code="waiver_ending",
            where=f"charter waive list, {each.id}",
            values={"waiver": each.id, "standard": each.proposed.standard, "day": each.proposed.to_on.isoformat()},
        )

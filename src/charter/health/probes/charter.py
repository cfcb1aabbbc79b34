"""Does the agency's folder load, and is the state folder its own?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.base.errors import CharterError
from charter.health.finding import Finding, in_order, of_problems
from charter.health.place import Place


def look(place: Place, now: datetime) -> Iterator[Finding]:
    if place.charter is None:
        yield of_problems("charter/folder", "charter_unusable", place.problems)
        return
    agency = place.charter
    size = f"{len(agency.charter.standards)} standards, {len(agency.sources)} sources"
    yield in_order("charter/folder", f"{agency.charter.id}, version {agency.charter.version}: {size}")
    yield from _catalogues_and_owner(place)


def _catalogues_and_owner(place: Place) -> Iterator[Finding]:
    from charter.catalogues import require_catalogues
    from charter.state_owner import require_own_state

    for name, check in (("texts", require_catalogues), ("state", require_own_state)):
        try:
            check(place.settings, place.agency)
        except CharterError as error:
            yield of_problems(f"charter/{name}", "charter_unusable", error.problems)

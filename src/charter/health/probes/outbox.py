"""Do messages wait for a person, or for a server that does not come back?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from charter.base.errors import DeliveryError, StateError
from charter.health.finding import Finding, State, in_order, of_problems
from charter.health.place import Place

# A server that puts messages off is asked again for an hour; the next run tries once more.
_OLD = timedelta(hours=3)


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.deliver.mark import mark_path
    from charter.deliver.outbox import Outbox, outbox_path

    # To look must not make one.
    if not outbox_path(place.settings).exists() and not mark_path(place.settings).exists():
        yield in_order("outbox/all", "no message was ever made")
        return
    where = outbox_path(place.settings).as_posix()
    try:
        with Outbox.open(place.settings) as outbox:
            unsettled = [record.state.value for record in outbox.unsettled()]
            waiting, since = len(outbox.queued()), outbox.waiting_since()
            sent = len(outbox.records()) - len(unsettled) - waiting
    except (DeliveryError, StateError) as error:
        yield of_problems("outbox/file", "outbox_unusable", error.problems)
        return
    if unsettled:
        states = ", ".join(f"{count} {state}" for state, count in sorted(Counter(unsettled).items()))
        yield Finding(
            cause="outbox/unsettled",
            state=State.FAILURE,
            code="outbox_unsettled",
            where=where,
            values={"count": len(unsettled), "states": states},
            amount=len(unsettled),
        )
    if since is not None and now - since > _OLD:
        values: dict[str, str | int] = {"count": waiting}
        yield Finding(
            cause="outbox/waiting",
            state=State.WARNING,
            code="outbox_waiting",
            where=where,
            values=values,
            since=since,
            amount=waiting,
        )
    elif not unsettled:
        yield in_order("outbox/all", f"{sent} messages settled, {waiting} waiting", where)

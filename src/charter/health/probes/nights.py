"""Is the last night published and sealed, and every one before it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from charter.base.errors import DamagedWarehouse, EvidenceError
from charter.base.moments import every_day, last_ended_day, local_date
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place

# By then, on the agency's clocks, the night that began at 02:00 has had all its tries.
DUE_AT = time(6)
# A night is sealed minutes after it was published.
_SEALED_WITHIN = timedelta(hours=1)
_LOOKING_BACK = 14
_SHOWN = 7


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.transform import published_as_of

    try:
        published = published_as_of(place.settings)
    except DamagedWarehouse as error:
        values: dict[str, str | int] = {"problem": error.problems[0].what, "remedy": error.problems[0].remedy}
        where = place.settings.warehouse.as_posix()
        cause = "nights/warehouse"
        yield Finding(cause=cause, state=State.FAILURE, code="warehouse_damaged", where=where, values=values)
        return
    if published is None:
        yield Finding(cause="nights/first", state=State.WARNING, code="night_none", quiet=True)
        return
    yield from _last(place, now, published)
    yield from _sealed(place, now, published)


def expected_day(place: Place, now: datetime) -> tuple[date, datetime]:
    """The newest day whose night should be published at ``now``, and the instant from which it should."""
    today = local_date(now, place.zone)
    due = datetime.combine(today, DUE_AT, place.zone)
    if now < due:
        today, due = today - timedelta(days=1), due - timedelta(days=1)
    return today - timedelta(days=1), due.astimezone(UTC)


def _last(place: Place, now: datetime, published: datetime) -> Iterator[Finding]:
    wanted, due = expected_day(place, now)
    last = last_ended_day(published, place.zone)
    missing = (wanted - last).days
    if missing <= 0:
        yield in_order("nights/last", f"the night of {last} is published")
        return
    yield Finding(
        cause="nights/last",
        state=State.FAILURE,
        code="night_missing",
        where="charter_nightly",
        values={"day": (last + timedelta(days=1)).isoformat(), "last": last.isoformat(), "count": missing},
        since=due - timedelta(days=missing - 1),
        amount=missing,
    )


def _sealed(place: Place, now: datetime, published: datetime) -> Iterator[Finding]:
    from charter.evidence import read_chain

    try:
        chain = read_chain(place.settings.evidence_dir)
    except EvidenceError:
        # The probe of the evidence tells it.
        return
    sealed = {last_ended_day(entry.as_of, place.zone) for entry in chain if entry.kind == "nightly"}
    last = last_ended_day(published, place.zone)
    written = datetime.fromtimestamp(place.settings.warehouse.stat().st_mtime, UTC)
    expected = [day for day in every_day(last - timedelta(days=_LOOKING_BACK), last) if sealed and day >= min(sealed)]
    gaps = [day for day in expected if day not in sealed and (day != last or now > written + _SEALED_WITHIN)]
    if not sealed and now > written + _SEALED_WITHIN:
        gaps = [last]
    if not gaps:
        yield in_order("nights/sealed", f"sealed, as the nights before it: {len(sealed)} in all")
        return
    yield Finding(
        cause="nights/sealed",
        state=State.FAILURE if last in gaps else State.WARNING,
        code="night_unsealed",
        where=place.settings.evidence_dir.as_posix(),
        values={
            "days": ", ".join(day.isoformat() for day in gaps[:_SHOWN]),
            "day": gaps[0].isoformat(),
            "count": len(gaps),
        },
        since=written if last in gaps else None,
        amount=len(gaps),
    )

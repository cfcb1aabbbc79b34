"""What was planted at the counters and in the acquisitions department: opening hours and working days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from . import rows
from .clocks import after_open_time, berlin, ends, last_working_day
from .truth import Judge, Verdict


def holds(judge: Judge) -> Iterator[Verdict]:
    """Ready within eight opening hours of the branch."""
    ready: dict[str, datetime] = {}
    for event in judge.world.seen(rows.HoldEvent, judge.now):
        if event.kind == "ready":
            ready[event.hold_id] = min(event.happened_at, ready.get(event.hold_id, event.happened_at))
    for hold in judge.world.seen(rows.Hold, judge.now):
        done = ready.get(hold.hold_id)

        def counted(known_on: date, hold: rows.Hold = hold) -> datetime:
            return after_open_time(hold.returned_at, hold.branch, timedelta(hours=8), known_on)

        yield judge.verdict(
            f"hold-ready/ready/{hold.hold_id}",
            hold.branch,
            hold.returned_at,
            judge.due(hold.returned_at, done, counted),
            done,
            excluded="storniert" if hold.cancelled_at else "",
        )


def compensations(judge: Judge) -> Iterator[Verdict]:
    """Where a reservation was late, 2.50 euros within 14 days of the breach; the first credit since then counts."""
    credits: dict[str, list[rows.Credit]] = defaultdict(list)
    for credit in judge.world.seen(rows.Credit, judge.now):
        credits[credit.hold_id].append(credit)
    for breach in holds(judge):
        if breach.status != "breached" or breach.decided_on is None:
            continue
        since = [each for each in credits[breach.subject_id] if each.credited_on >= breach.decided_on]
        first = min(since, key=lambda each: (each.credited_on, each.key), default=None)
        yield judge.verdict(
            f"hold-compensated/credited/{breach.subject_id}",
            breach.department_id,
            berlin(breach.decided_on),
            ends(breach.decided_on + timedelta(days=14)),
            berlin(first.credited_on) if first is not None and first.euros >= 2.5 else None,
            before_midnight=True,
        )


def registrations(judge: Judge) -> Iterator[Verdict]:
    """Papers, data protection and the card, all of them by the seventh day after."""
    for each in judge.world.seen(rows.Registration, judge.now):
        explained_on, given_on = each.privacy_explained_on, each.card_given_on
        done = None
        if each.papers_seen and explained_on is not None and given_on is not None:
            done = berlin(max(explained_on, given_on))
        yield judge.verdict(
            f"registration-explained/complete/{each.registration_no}",
            each.branch,
            berlin(each.registered_on),
            ends(each.registered_on + timedelta(days=7)),
            done,
            before_midnight=True,
        )


def suggestions(judge: Judge) -> Iterator[Verdict]:
    """Decided within ten working days; from three in the afternoon on the next one counts as the day of receipt."""
    for each in judge.world.seen(rows.Suggestion, judge.now):

        def counted(known_on: date, each: rows.Suggestion = each) -> datetime:
            return ends(last_working_day(each.received_at, 10, time(15), known_on, "erwerbung"))

        yield judge.verdict(
            f"suggestion-decided/decided/{each.suggestion_id}",
            "erwerbung",
            each.received_at,
            judge.due(each.received_at, each.decided_at, counted),
            each.decided_at,
            before_midnight=True,
        )

"""What the planted broken rows and missing files leave open: an independent reading, from the world's own objects.

As in ``truth``, the charter's numbers are written out once more. A row that breaks its contract may stand for a promise
that nobody counted, or change one that was counted; a missing file may hold as many calls as the largest day before it;
an answer more than a day before what it answers keeps no promise for sure. A record that was deleted leaves nothing
open: in this world a decision names each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from . import rows
from .truth import Judge, Verdict
from .world import FIRST_DAY, Broken, days

INQUIRY_STANDARDS = (
    *("branch-first-reply", "champ-first-reply", "invest-first-reply", "online-voc-reply", "online-aftercare"),
    "satisfaction-reply-rating",
)
CHECK_HOLDS_FOR = timedelta(days=7)
THIRTEEN_WEEKS = timedelta(weeks=13)
A_DAY = timedelta(hours=24)
# The standards whose promise is an answer after something happened; evidence and notices may come before.
ANSWERED_LATER = {
    *("branch-first-reply", "champ-first-reply", "invest-first-reply", "champ-roadmap", "phone-answer"),
    *("online-voc-reply", "online-aftercare", "info-disclosure", "redress-correction"),
}


@dataclass
class Unknown:
    """What is not known of one standard up to now.

    ``in_doubt`` are commitments that a broken row may change, or that an early answer met; ``added`` come to those that
    are known, ``anything`` may be more or change any; ``unbounded`` when nobody can say how many a missing file holds.
    """

    in_doubt: set[str] = field(default_factory=set)
    added: int = 0
    anything: int = 0
    unbounded: bool = False


def unknown_of(judge: Judge, verdicts: list[Verdict], standards: list[str]) -> dict[str, Unknown]:
    """What the world leaves open of each of ``standards`` in the year up to now."""
    found = {standard: Unknown() for standard in standards}
    for broken in judge.world.broken:
        if broken.known_at <= judge.now:
            _read(broken, judge, verdicts, found)
    _missing_calls(judge, verdicts, found["phone-answer"])
    for each in verdicts:
        answered = each.fulfilled_at
        if each.standard_id in ANSWERED_LATER and answered and each.opened_at - answered > A_DAY:
            found[each.standard_id].in_doubt.add(each.commitment_id)
    return found


def _read(broken: Broken, judge: Judge, verdicts: list[Verdict], found: dict[str, Unknown]) -> None:
    match broken.row:
        case rows.Ticket():
            for standard, promises in _promised(broken):
                _more(found[standard], promises, "ticket_id" in broken.raw)
        case rows.TicketEvent(ticket_id=ticket_id):
            _of_ticket(ticket_id, judge, verdicts, found)
        case rows.Call(direction="inbound"):
            _more(found["phone-answer"], 1, broken.extra_field is not None or "call_id" in broken.raw)
        case rows.CallReview(transfer_needed=transfer_needed):
            nothing_readable = broken.extra_field is not None
            _more(found["phone-greeting"], 1, nothing_readable)
            if transfer_needed or nothing_readable:
                _more(found["phone-transfer"], 1, nothing_readable)
        case rows.Visit():
            for standard in ("visit-introduction", "visit-comfort", "visit-priority"):
                _more(found[standard], 1, False)
        case rows.Firm(programme="champ", active_from_on=active_from_on):
            _more(found["champ-roadmap"], 1, False)
            if active_from_on is not None:
                _more(found["champ-tailored-support"], 1, False)
        case rows.DisclosureRequest():
            _more(found["info-disclosure"], 1, False)
        case rows.Complaint(confirmed_at=confirmed_at, harm_confirmed_on=harm_confirmed_on):
            if confirmed_at is not None:
                _more(found["redress-correction"], 1, "complaint_id" in broken.raw)
            if harm_confirmed_on is not None:
                _more(found["redress-compensation"], 1, "complaint_id" in broken.raw)
        case rows.ChannelCheck(checked_on=checked_on, purpose=purpose):
            standard_id = {"complaint": "redress-channels", "suggestion": "voice-channels"}[purpose]
            checked = {day.isoformat() for day in days(checked_on, checked_on + CHECK_HOLDS_FOR)}
            found[standard_id].in_doubt |= {
                each.commitment_id
                for each in verdicts
                if each.standard_id == standard_id and each.subject_id in checked
            }
        case _:
            # A meeting that is none of the advisory group's, an answer to no rating: no promise hangs on it.
            return


def _more(unknown: Unknown, promises: int, without_key: bool) -> None:
    if without_key:
        unknown.anything += promises
    else:
        unknown.added += promises


def _promised(broken: Broken) -> Iterator[tuple[str, int]]:
    """What a ticket would promise as far as it can be read, and how many promises each standard makes of it."""
    ticket: rows.Ticket = broken.row
    programmes = ["branch", "champ", "invest"] if "programme" in broken.raw else [ticket.programme]
    if ticket.kind == "inquiry" and ticket.channel in ("website", "voc"):
        yield from ((f"{programme}-first-reply", 1) for programme in programmes if programme != "none")
    if ticket.channel == "voc" and ticket.kind in ("inquiry", "complaint"):
        yield "online-voc-reply", 2
    if ticket.kind == "aftercare" and ticket.project_ended_on is not None:
        yield "online-aftercare", 1
    yield "satisfaction-reply-rating", 1


def _of_ticket(ticket_id: str, judge: Judge, verdicts: list[Verdict], found: dict[str, Unknown]) -> None:
    """Whatever is known of the ticket may be otherwise; what it may promise and is not known may be one more."""
    known = [each for each in verdicts if each.standard_id in INQUIRY_STANDARDS and each.subject_id == ticket_id]
    for each in known:
        found[each.standard_id].in_doubt.add(each.commitment_id)
    ticket = next((each.ticket for each in judge.inquiries if each.ticket.ticket_id == ticket_id), None)
    if ticket is None:
        return
    have = Counter(each.standard_id for each in known)
    for standard, promises in _promised(Broken(ticket, judge.now, "")):
        # Several broken events of one ticket make its missing promises missing once.
        key = f"{standard}/{ticket_id}"
        if key not in found[standard].in_doubt and promises > have[standard]:
            found[standard].in_doubt.add(key)
            found[standard].added += promises - have[standard]


def _missing_calls(judge: Judge, verdicts: list[Verdict], unknown: Unknown) -> None:
    calls = [each for each in verdicts if each.standard_id == "phone-answer"]
    by_day = Counter(each.decided_on for each in calls if each.decided_on is not None)
    for day in days(FIRST_DAY, judge.today):
        if not judge.world.call_file_landed(day, judge.now):
            largest = max((by_day[before] for before in days(day - THIRTEEN_WEEKS, day - timedelta(days=1))), default=0)
            unknown.added += largest
            unknown.unbounded |= largest == 0
    unknown.added += sum(
        each.status == "pending" and each.due_at is not None and each.due_at <= judge.now for each in calls
    )


# Shares that must be kept; every standard that is not named must be kept always.
TARGETS = {
    "phone-answer": 0.95,
    "phone-greeting": 0.95,
    "phone-transfer": 0.95,
    "visit-introduction": 0.95,
    "visit-comfort": 0.95,
    "visit-priority": 0.95,
}


@dataclass(frozen=True)
class YearResult:
    """A standard's result for the year up to now, with the counts it rests on."""

    standard_id: str
    result: str
    met: int
    breached: int
    pending: int
    excluded: int


def year_results(judge: Judge, verdicts: list[Verdict], standards: list[str]) -> list[YearResult]:
    """The year's result of each of ``standards``, in their order: certain at the worst, impossible at the best, or
    open."""
    unknown = unknown_of(judge, verdicts, standards)
    found = []
    for standard in standards:
        own = [each for each in verdicts if each.standard_id == standard]
        counts = Counter(_status(judge, each) for each in own)
        doubted = Counter(_status(judge, each) for each in own if each.commitment_id in unknown[standard].in_doubt)
        result = _result(counts, doubted, unknown[standard], Fraction(str(TARGETS.get(standard, 1.0))))
        found.append(
            YearResult(standard, result, counts["met"], counts["breached"], counts["pending"], counts["excluded"])
        )
    return found


def _status(judge: Judge, verdict: Verdict) -> str:
    decided_later = verdict.decided_on is not None and verdict.decided_on > judge.today
    return "pending" if decided_later else verdict.status


def _result(counts: Counter[str], doubted: Counter[str], unknown: Unknown, target: Fraction) -> str:
    beside = unknown.added + doubted["pending"] + doubted["excluded"]
    sure_met = max(counts["met"] - doubted["met"] - unknown.anything, 0)
    sure_breached = max(counts["breached"] - doubted["breached"] - unknown.anything, 0)
    worst = sure_met, counts["breached"] + doubted["met"] + unknown.anything + beside
    best = counts["met"] + doubted["breached"] + unknown.anything + beside, sure_breached
    if unknown.unbounded:
        return "broken" if target == 1 and sure_breached else "no_data"
    if best[0] < target * sum(best):
        return "broken"
    if worst[0] < target * sum(worst):
        return "no_data"
    return "kept" if counts["met"] + counts["breached"] else "nothing_due"

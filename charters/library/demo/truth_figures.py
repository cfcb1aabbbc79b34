"""What was planted of figures: means, shares, ratios and counts of a stretch of time, from its rows one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

from . import rows
from .clocks import day_of, days
from .questions import DESK
from .truth import Judge, Verdict, months
from .truth_days import TERMS
from .world import BRANCHES, FIRST_DAY, LOST_FILE


def calls(judge: Judge) -> Iterator[Verdict]:
    """A minute on average, three for nine in ten, by the month; 45 seconds for half of a week's callers."""
    calls = [each for each in judge.world.seen(rows.DeskCall, judge.now) if day_of(each.rang_at) != LOST_FILE]

    def waited(name: str, slot: tuple[date, date], *, holds: bool, too_few: bool) -> Verdict:
        return judge.of_a_stretch(f"phone-wait/{name}", DESK, slot, holds=holds, too_few=too_few, lacks=LOST_FILE)

    for first, last in months(FIRST_DAY, judge.today):
        waits = _waits(calls, first, last)
        mean = sum(waits) / len(waits) if waits else Fraction(0)
        ninth = waits[-(-9 * len(waits) // 10) - 1] if waits else Fraction(0)
        slot, few = (first, last), len(waits) < 20
        yield waited(f"mean/{first:%Y-%m}", slot, holds=mean <= 60, too_few=few)
        yield waited(f"p90/{first:%Y-%m}", slot, holds=ninth <= 180, too_few=not waits)
    for monday in (day for day in days(FIRST_DAY, judge.today) if day.weekday() == 0):
        slot = (monday, monday + timedelta(days=6))
        waits = _waits(calls, *slot)
        half = (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2 if waits else Fraction(0)
        year, week, _ = monday.isocalendar()
        yield waited(f"median/{year}-W{week:02d}", slot, holds=half <= 45, too_few=len(waits) < 5)


def _waits(calls: Sequence[rows.DeskCall], first: date, last: date) -> list[Fraction]:
    """Seconds, the shortest first, of the calls from ``first`` to ``last``."""
    return sorted(Fraction(str(each.waited_seconds)) for each in calls if first <= day_of(each.rang_at) <= last)


def new_books(judge: Judge) -> Iterator[Verdict]:
    """Of the books that came to the shelf in a quarter, 80 % within 10 days and 95 % within 30."""
    books = judge.world.seen(rows.NewBook, judge.now)
    for name, first, last in _quarters(judge):
        took = [
            (book.shelved_on - book.delivered_on).days
            for book in books
            if book.shelved_on is not None and first <= book.shelved_on <= last
        ]
        for part, limit, percent in (("in-10", 10, 80), ("in-30", 30, 95)):
            share = _percent(sum(each <= limit for each in took), len(took))
            commitment = f"new-on-the-shelf/{part}/{name}"
            holds = share >= percent
            yield judge.of_a_stretch(commitment, "erwerbung", (first, last), holds=holds, too_few=not took)


def ratio_of_cancellations(judge: Judge) -> Iterator[Verdict]:
    """Six events that take place in a quarter for each that is called off in it."""
    events = judge.world.seen(rows.Event, judge.now)
    for name, first, last in _quarters(judge):
        held = sum(each.state == "held" and first <= each.held_on <= last for each in events)
        called_off = [day_of(each.cancelled_at) for each in events if each.cancelled_at is not None]
        cancelled = sum(first <= day <= last for day in called_off)
        commitment = f"few-cancellations/ratio/{name}"
        holds = held >= 6 * cancelled
        yield judge.of_a_stretch(commitment, "stadtbibliothek", (first, last), holds=holds, too_few=not cancelled)


def classes(judge: Judge) -> Iterator[Verdict]:
    """Nine in ten of a branch's classes on the last day of the term have visited it in the term."""
    partners = judge.world.seen(rows.SchoolClass, judge.now)
    visits = judge.world.seen(rows.ClassVisit, judge.now)
    for term, (first, last) in TERMS.items():
        for branch in BRANCHES if first <= judge.today else ():
            here = {
                each.school_class
                for each in partners
                if each.branch == branch and each.joined_on <= last and (each.left_on is None or last <= each.left_on)
            }
            came = {each.school_class for each in visits if each.branch == branch and first <= each.visited_on <= last}
            holds = _percent(len(here & came), len(here)) >= 90
            name = f"classes-reached/reached/{branch}/{term}"
            yield judge.of_a_stretch(name, branch, (first, last), holds=holds, too_few=not here)


def reminders(judge: Judge) -> Iterator[Verdict]:
    """With each reminder, two at most in the 60 days that end with it; of one day the later number comes later."""
    sent = judge.world.seen(rows.Reminder, judge.now)
    for each in sent:
        since = each.sent_on - timedelta(days=59)
        count = sum(
            other.borrower == each.borrower
            and since <= other.sent_on
            and (other.sent_on, other.key) <= (each.sent_on, each.key)
            for other in sent
        )
        slot = (each.sent_on, each.sent_on)
        yield judge.of_a_stretch(f"few-reminders/reader/{each.key}", BRANCHES[0], slot, holds=count <= 2)


def _quarters(judge: Judge) -> Iterator[tuple[str, date, date]]:
    for number in range(1, 5):
        first = date(2026, 3 * number - 2, 1)
        last = (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)
        if first <= judge.today:
            yield f"2026-Q{number}", first, last


def _percent(part: int, whole: int) -> Fraction:
    return Fraction(100 * part, whole or 1)

"""What was planted of orders and questions: named days, windows, pauses, limits by topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from . import rows
from .clocks import after_open_time, ends
from .questions import HOURS, OTHER_HOURS
from .truth import Judge, Verdict

LONGEST_PAUSE = timedelta(days=21)


def interlibrary(judge: Judge) -> Iterator[Verdict]:
    """Here within the days that were named, or 14; while a question about the cost is open the clock stands still."""
    events: dict[str, list[rows.InterlibraryEvent]] = defaultdict(list)
    for event in judge.world.seen(rows.InterlibraryEvent, judge.now):
        events[event.order_no].append(event)
    for loan in judge.world.seen(rows.InterlibraryLoan, judge.now):
        limit = timedelta(days=loan.days_named or 14)
        due_at = _with_pauses(loan.ordered_at + limit, _pauses(events[loan.order_no]), loan.arrived_at, judge.now)
        yield judge.verdict(
            f"interlibrary-loan/arrived/{loan.order_no}", loan.branch, loan.ordered_at, due_at, loan.arrived_at
        )


def _pauses(events: Sequence[rows.InterlibraryEvent]) -> list[tuple[datetime, datetime]]:
    """Each question about the cost, until the answer that follows it, or for three weeks."""
    found = []
    for asked in sorted((event for event in events if event.kind == "cost_asked"), key=lambda event: event.happened_at):
        answers = [
            event.happened_at
            for event in events
            if event.kind in ("consented", "declined") and event.happened_at >= asked.happened_at
        ]
        found.append((asked.happened_at, min([*answers, asked.happened_at + LONGEST_PAUSE])))
    return found


def _with_pauses(
    due_at: datetime, pauses: Sequence[tuple[datetime, datetime]], arrived_at: datetime | None, now: datetime
) -> datetime | None:
    """The due time moved by each pause that began before it; None while the clock stands still. No two overlap here."""
    for began, ended in pauses:
        if began >= due_at or (arrived_at is not None and began >= arrived_at):
            break
        if arrived_at is None and ended > now:
            return None
        due_at += min(ended, arrived_at or ended) - began
    return due_at


def stack_orders(judge: Judge) -> Iterator[Verdict]:
    """Ready on the day that was named; who was named none was promised nothing."""
    for order in judge.world.seen(rows.StackOrder, judge.now):
        if order.promised_on is not None:
            yield judge.verdict(
                f"stack-order/ready/{order.order_no}",
                "zentralbibliothek",
                order.ordered_at,
                ends(order.promised_on),
                order.ready_at,
                before_midnight=True,
            )


def deliveries(judge: Judge) -> Iterator[Verdict]:
    """Within the window: not before it, not after it."""
    for each in judge.world.seen(rows.Delivery, judge.now):
        yield judge.verdict(
            f"home-delivery/window/{each.delivery_no}",
            each.branch,
            each.agreed_at,
            each.window_to,
            each.arrived_at,
            not_before=each.window_from,
        )


def questions(judge: Judge) -> Iterator[Verdict]:
    """Answered in opening hours of whoever had it when it came in; it counts for whoever has it when it falls due."""
    steps: dict[str, list[rows.QuestionStep]] = defaultdict(list)
    for step in judge.world.seen(rows.QuestionStep, judge.now):
        steps[step.question_no].append(step)
    for question in judge.world.seen(rows.Question, judge.now):
        own = sorted(steps[question.question_no], key=lambda step: step.happened_at)
        answered_at = next((step.happened_at for step in own if step.kind == "answered"), None)
        hours = timedelta(hours=HOURS.get(question.topic or "", OTHER_HOURS))
        first = _owner(question, own, question.received_at)

        def counted(
            known_on: date, since: datetime = question.received_at, owner: str = first, hours: timedelta = hours
        ) -> datetime:
            return after_open_time(since, owner, hours, known_on)

        due_at = judge.due(question.received_at, answered_at, counted)
        yield judge.verdict(
            f"question-answered/answer/{question.question_no}",
            _owner(question, own, due_at),
            question.received_at,
            due_at,
            answered_at,
        )


def _owner(question: rows.Question, steps: Sequence[rows.QuestionStep], when: datetime) -> str:
    passed_on = [step.department for step in steps if step.department is not None and step.happened_at <= when]
    return passed_on[-1] if passed_on else question.department

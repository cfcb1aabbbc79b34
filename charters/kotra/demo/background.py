"""The ordinary days of the synthetic agency: tickets, calls, reviews, visits and survey answers, drawn from the seed.

Every day draws from its own generator, so that a longer year or another size of one stream leaves the others alone.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day
from charter.definitions.models import Agency

from .rows import Call, CallReview, Complaint, SurveyResponse, Ticket, TicketEvent, Visit
from .world import FIRST_DAY, LAST_DAY, SEOUL, World, at, day_of, days, entered_on, tell

UTC = ZoneInfo("UTC")
OFFICES = [
    "silicon-valley", "new-york", "mexico-city", "sao-paulo", "frankfurt", "london", "dubai",
    "new-delhi", "singapore", "hanoi", "sydney", "shanghai", "tokyo",
]  # fmt: skip
PROGRAMMES = {"branch": 36, "champ": 18, "invest": 24, "none": 22}
CHANNELS = {"website": 44, "voc": 38, "phone": 9, "visit": 4, "fax": 2, "post": 3}
KINDS = {"inquiry": 76, "complaint": 7, "aftercare": 12, "proposal": 5}
HOME_TEAM = {"branch": "branch-team", "champ": "champ-team", "invest": "invest-centre", "none": "voc-team"}
HOME_SHARE = {"branch": 0.35, "champ": 0.5, "invest": 0.8, "none": 0.9}
# Foreign investors' inquiries are never late: one standard of the three that is kept.
LATE_SHARE = {"branch": 0.012, "champ": 0.01, "invest": 0.0, "none": 0.008}
# A system migration slowed the branch programme down for one week: something for a control chart to find.
SLOW_WEEK = (date(2026, 6, 8), date(2026, 6, 14))
CALL_DESKS = {
    "voc-team": 42, "branch-team": 12, "invest-centre": 11, "champ-team": 6, "aftercare-team": 5, "digital-team": 3,
    "general-affairs": 3, "planning-team": 2,
}  # fmt: skip
VISIT_DESKS = {
    "invest-centre": 40,
    "branch-team": 14,
    "voc-team": 12,
    "champ-team": 8,
    "tokyo": 8,
    "hanoi": 8,
    "frankfurt": 6,
}
REVIEW_DESKS = {"voc-team": 40, "branch-team": 18, "invest-centre": 18, "champ-team": 12, "aftercare-team": 12}


def pick(rng: Random, weights: dict[str, int]) -> str:
    """One of the names, by weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def count(rng: Random, expected: float) -> int:
    """A whole number whose mean is ``expected``."""
    return int(expected + rng.random())


class Working:
    """Working days by the frozen calendar."""

    def __init__(self, agency: Agency) -> None:
        self._working_time = agency.calendar.working_time

    def day(self, day: date) -> bool:
        """Whether the agency works on ``day``."""
        return bool(self._working_time.blocks(day, date.max))


def add_background(world: World, agency: Agency, size: float, seed: int) -> None:
    """Fills ``world`` with the ordinary days of 2026; ``size`` scales how many of each there are."""
    working = Working(agency)
    zones = {department.id: ZoneInfo(department.time_zone) for department in agency.organisation.departments}
    add_tickets(world, working, size, seed)
    add_calls(world, working, zones, size, seed)
    add_reviews(world, working, size, seed)
    add_visits(world, working, size, seed)
    add_complaints(world, seed)


# ── tickets ─────────────────────────────────────────────────────────────────────────────────────


def add_tickets(world: World, working: Working, size: float, seed: int) -> None:
    """Tickets with their events and, for some, the customer's rating of the answer."""
    arrivals: list[tuple[datetime, Random]] = []
    for day in days(FIRST_DAY, LAST_DAY):
        rng = Random(f"{seed}/tickets/{day}")
        for _ in range(count(rng, (11.3 if working.day(day) else 1.4) * size)):
            arrivals.append((_arrival(rng, day), Random(rng.random())))
    for number, (received_at, rng) in enumerate(sorted(arrivals, key=lambda arrival: arrival[0]), start=1):
        _add_ticket(world, f"VOC-2026-{number:06d}", received_at, rng)


def _arrival(rng: Random, day: date) -> datetime:
    hour = rng.choices(range(24), weights=[1] * 8 + [6, 14, 14, 12, 6, 12, 14, 14, 12, 9, 5, 4, 3, 3, 2, 1])[0]
    moment = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), SEOUL)
    return moment.astimezone(UTC)


def _add_ticket(world: World, ticket_id: str, received_at: datetime, rng: Random) -> None:
    programme, channel, kind = pick(rng, PROGRAMMES), pick(rng, CHANNELS), pick(rng, KINDS)
    home = HOME_TEAM[programme] if kind != "aftercare" else "aftercare-team"
    department = home if rng.random() < HOME_SHARE[programme] else rng.choice(OFFICES)
    ended_on = day_of(received_at) - timedelta(days=rng.randrange(10, 420)) if kind == "aftercare" else None
    ticket = Ticket(
        ticket_id,
        programme,
        kind,
        channel,
        received_at,
        department,
        f"customer{rng.randrange(2500):04d}@example.com",
        ended_on,
    )
    world.add(tell(ticket, received_at + timedelta(seconds=rng.randrange(2, 40))))
    history = History(world, ticket, rng)
    fate = rng.random()
    if fate < 0.015:
        history.add("marked_spam", rng.randrange(600, 30000))
    elif fate < 0.028:
        history.add("marked_duplicate", rng.randrange(600, 90000))
    elif programme == "none" and fate < 0.10:
        _answer_after_notice(history, rng)
    else:
        _answer(history, rng)


def _answer(history: History, rng: Random) -> None:
    ticket = history.ticket
    share = LATE_SHARE[ticket.programme]
    if ticket.programme == "branch" and SLOW_WEEK[0] <= day_of(ticket.received_at) <= SLOW_WEEK[1]:
        share = 0.12
    hours = min(rng.lognormvariate(2.5, 0.8), 46.5)
    if rng.random() < share:
        hours = rng.uniform(49, 90)
    seconds = int(hours * 3600)
    if rng.random() < 0.3:
        history.add("internal_note", rng.randrange(60, seconds + 60))
    if rng.random() < 0.06:
        history.transfer(rng.choice(OFFICES), rng.randrange(30, max(31, seconds // 2)))
    history.reply(seconds)
    if ticket.kind == "aftercare":
        history.add("handled", seconds + int(rng.uniform(0.1, 4.5) * 86400))
    elif rng.random() < 0.02:
        history.add("reopened", seconds + rng.randrange(7200, 86400))
        history.add("public_reply", seconds + rng.randrange(90000, 200000))
    if rng.random() < 0.9:
        history.add("closed", seconds + rng.randrange(86400 * 5, 86400 * 12))


def _answer_after_notice(history: History, rng: Random) -> None:
    noticed = rng.randrange(4 * 3600, 44 * 3600)
    promised_on = day_of(history.ticket.received_at) + timedelta(days=rng.randrange(5, 9))
    promised_at = datetime.combine(promised_on, time(18), SEOUL).astimezone(UTC)
    history.add("interim_notice", noticed, promised_at=promised_at)
    until_promise = int((promised_at - history.ticket.received_at).total_seconds())
    history.reply(rng.randrange(noticed + 3600, until_promise))


class History:
    """Writes the events of one ticket: each ``seconds`` after its receipt, recorded a little later."""

    def __init__(self, world: World, ticket: Ticket, rng: Random) -> None:
        self.world = world
        self.ticket = ticket
        self.rng = rng
        self.department = ticket.department_id
        self.count = 0

    def add(
        self,
        kind: str,
        seconds: int,
        *,
        department: str | None = None,
        promised_at: datetime | None = None,
        recorded_at: datetime | None = None,
        committed_at: datetime | None = None,
    ) -> None:
        """One event. It is stamped ``recorded_at`` and appears in the database at ``committed_at``."""
        self.count += 1
        occurred_at = self.ticket.received_at + timedelta(seconds=seconds)
        stamp = recorded_at or occurred_at + timedelta(seconds=self.rng.randrange(0, 20))
        event = TicketEvent(
            f"H-{self.ticket.ticket_id[4:]}-{self.count:02d}",
            self.ticket.ticket_id,
            kind,
            occurred_at,
            department or self.department,
            promised_at,
        )
        self.world.add(tell(event, committed_at or stamp, recorded_at=stamp))

    def transfer(self, department: str, seconds: int) -> None:
        """Hands the ticket to ``department``."""
        self.add("transferred", seconds, department=department)
        self.department = department

    def reply(self, seconds: int, *, invited_after: int | None = None) -> None:
        """A public reply, the invitation to rate it, and sometimes a rating."""
        self.add("public_reply", seconds)
        invited = seconds + (self.rng.randrange(300, 36000) if invited_after is None else invited_after)
        self.add("rating_invited", invited)
        if self.rng.random() < 0.35:
            rated_at = self.ticket.received_at + timedelta(seconds=invited + self.rng.randrange(600, 86400 * 6))
            score = float(self.rng.choices([1, 2, 3, 4, 5], weights=[2, 3, 10, 35, 50])[0])
            response = SurveyResponse(
                f"R-{self.ticket.ticket_id[4:]}",
                "reply_rating",
                self.ticket.ticket_id,
                None,
                self.department,
                rated_at,
                score,
                self.ticket.customer,
            )
            self.world.add(tell(response, rated_at))


# ── calls ───────────────────────────────────────────────────────────────────────────────────────


def add_calls(world: World, working: Working, zones: dict[str, ZoneInfo], size: float, seed: int) -> None:
    """Calls at desks at home and, in their own working hours, at trade offices abroad."""
    found: list[Call] = []
    for day in days(FIRST_DAY, LAST_DAY):
        rng = Random(f"{seed}/calls/{day}")
        for _ in range(_each_working_day(working, day, count(rng, (52 if working.day(day) else 2) * size))):
            desk = pick(rng, CALL_DESKS) if working.day(day) else "voc-team"
            found.append(_call(rng, desk, SEOUL, day))
        if day.weekday() < 5:
            for _ in range(count(rng, 11 * size)):
                desk = rng.choice(OFFICES)
                found.append(_call(rng, desk, zones[desk], day))
    number: dict[date, int] = {}
    for call in sorted(found, key=lambda each: each.rang_at):
        day = day_of(call.rang_at)
        number[day] = number.get(day, 0) + 1
        add_call(world, Call(**{**call.__dict__, "call_id": f"C-{day:%Y%m%d}-{number[day]:04d}"}))


def _each_working_day(working: Working, day: date, drawn: int) -> int:
    """At least one on a working day, however small the agency: a day's file without rows would count as silence."""
    return max(drawn, int(working.day(day)))


def add_call(world: World, call: Call, known_at: datetime | None = None) -> None:
    """A call, known when the exchange's file of its day lands (or at ``known_at``). A call of a lost file is lost."""
    if day_of(call.rang_at) > LAST_DAY:
        return
    landed = known_at or world.call_file_lands(day_of(call.rang_at))
    if landed is not None:
        world.add(tell(call, landed))


def _call(rng: Random, desk: str, zone: ZoneInfo, day: date) -> Call:
    clock = time(rng.choice([9, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16, 17]), rng.randrange(60), rng.randrange(60))
    rang_at = datetime.combine(day, clock, zone).astimezone(UTC)
    direction = "inbound" if rng.random() < 0.9 else "outbound"
    fate = rng.random()
    # One trade office was short of staff in May.
    if desk == "hanoi" and day.month == 5:
        fate = fate * 0.4 + 0.6
    if fate < 0.968:
        return answered(desk, rang_at, rng.choices(range(1, 9), weights=[4, 9, 14, 14, 10, 7, 4, 2])[0], rng, direction)
    if fate < 0.982:
        return answered(desk, rang_at, rng.randrange(9, 25), rng, direction)
    if fate < 0.992:
        return hung_up(desk, rang_at, "abandoned", rng.randrange(2, 9), rng, direction)
    if fate < 0.996:
        return hung_up(desk, rang_at, "abandoned", rng.randrange(9, 30), rng, direction)
    return hung_up(desk, rang_at, "unanswered", rng.randrange(30, 60), rng, direction)


def answered(desk: str, rang_at: datetime, seconds: int, rng: Random, direction: str = "inbound") -> Call:
    """A call picked up after ``seconds`` of ringing."""
    picked_up = rang_at + timedelta(seconds=seconds)
    ended = picked_up + timedelta(seconds=rng.randrange(20, 900))
    return Call("", desk, direction, rang_at, picked_up, ended, "answered", _number(rng))


def hung_up(desk: str, rang_at: datetime, outcome: str, seconds: int, rng: Random, direction: str = "inbound") -> Call:
    """A call that nobody took; it rang for ``seconds``."""
    return Call("", desk, direction, rang_at, None, rang_at + timedelta(seconds=seconds), outcome, _number(rng))


def _number(rng: Random) -> str:
    return f"010-0000-{rng.randrange(10000):04d}"


# ── call reviews and visits ─────────────────────────────────────────────────────────────────────


def add_reviews(world: World, working: Working, size: float, seed: int) -> None:
    """Monitored calls, reviewed on working days and known when that day's sheet is exported at midnight."""
    for day in days(FIRST_DAY, LAST_DAY):
        rng = Random(f"{seed}/reviews/{day}")
        for number in range(1, _each_working_day(working, day, count(rng, 5 * size)) + 1 if working.day(day) else 1):
            reviewed_at = at(f"{day} {rng.randrange(9, 18):02d}:{rng.randrange(60):02d}")
            transfer = rng.random() < 0.25
            review = CallReview(
                f"M-{day:%Y%m%d}-{number:03d}",
                f"C-{day:%Y%m%d}-{rng.randrange(1, 50):04d}",
                pick(rng, REVIEW_DESKS),
                reviewed_at,
                "monitored" if rng.random() < 0.9 else "mystery",
                rng.random() < 0.993,
                rng.random() < 0.992,
                rng.random() < 0.99,
                transfer,
                rng.random() < 0.97 if transfer else None,
                rng.random() < 0.96 if transfer else None,
                rng.random() < 0.95 if transfer else None,
                not transfer,
            )
            world.add(tell(review, end_of_day(day, SEOUL)))


def add_visits(world: World, working: Working, size: float, seed: int) -> None:
    """Visits that were reviewed or rated, entered when they were concluded."""
    for day in days(FIRST_DAY, LAST_DAY):
        rng = Random(f"{seed}/visits/{day}")
        for number in range(1, count(rng, 9 * size) + 1 if working.day(day) else 1):
            arrived_at = at(f"{day} {rng.randrange(9, 17):02d}:{rng.randrange(60):02d}")
            fate = rng.random()
            waited = rng.randrange(0, 10) if fate < 0.90 else rng.randrange(11, 40)
            served_at = arrived_at + timedelta(minutes=waited)
            concluded_at = served_at + timedelta(minutes=rng.randrange(5, 50))
            visit = Visit(
                f"V-{day:%Y%m%d}-{number:03d}",
                pick(rng, VISIT_DESKS),
                arrived_at,
                served_at,
                concluded_at,
                rng.random() < 0.99,
                rng.random() < 0.993,
                rng.random() < 0.992,
                rng.random() < 0.99,
                True if 0.90 <= fate < 0.92 else None,
                "해외 바이어 긴급 화상상담" if 0.92 <= fate < 0.93 else None,
            )
            world.add(tell(visit, concluded_at))


def add_complaints(world: World, seed: int) -> None:
    """About two complaints a week; some are confirmed, and those are corrected within days."""
    rng = Random(f"{seed}/complaints")
    for number, offset in enumerate(range(5, 364, 4), start=1):
        received_at = at(f"{FIRST_DAY + timedelta(days=offset)} 10:30")
        received_at += timedelta(minutes=rng.randrange(0, 400))
        confirmed_at = received_at + timedelta(hours=rng.randrange(20, 120)) if rng.random() < 0.6 else None
        corrected_at = confirmed_at + timedelta(hours=rng.randrange(8, 150)) if confirmed_at else None
        complaint = Complaint(
            f"G-2026-{number:03d}",
            rng.choice(["branch-team", "champ-team", "invest-centre", "voc-team", "aftercare-team", *OFFICES]),
            received_at,
            confirmed_at,
            corrected_at,
        )
        entered = min(entered_on(day_of(received_at)), confirmed_at or entered_on(day_of(received_at)))
        world.add(tell(complaint, max(entered, received_at), "confirmed_at", "corrected_at"))

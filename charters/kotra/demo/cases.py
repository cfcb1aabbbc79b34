"""The awkward tickets, calls, reviews and visits, planted one by one, each with the verdict that it must get.

Times are Seoul wall times. A case that is decided later names the nights for which each verdict holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from charter.base.moments import end_of_day

from .background import History, add_call, answered, hung_up
from .rows import Call, CallReview, Ticket, TicketEvent, Visit, Waiver
from .world import SEOUL, Broken, Expectation, World, at, corrected, day_of, on, tell

HOUR = 3600
DAY = 86400


def add_cases(world: World, seed: int) -> None:
    """Plants every awkward case that is not a register's."""
    rng = Random(f"{seed}/cases")
    add_reply_cases(world, rng)
    add_ownership_cases(world, rng)
    add_notice_cases(world, rng)
    add_exclusion_cases(world, rng)
    add_aftercare_cases(world, rng)
    add_rating_cases(world, rng)
    add_broken_tickets(world, rng)
    add_call_cases(world, rng)
    add_file_cases(world, rng)
    add_review_cases(world)
    add_visit_cases(world)


def open_ticket(
    world: World,
    rng: Random,
    number: int,
    received: str,
    programme: str,
    department: str,
    *,
    channel: str = "website",
    kind: str = "inquiry",
    ended_on: str | None = None,
) -> History:
    """A planted ticket, numbered from 900001, and the pen that writes its history."""
    ticket = Ticket(
        f"VOC-2026-{900000 + number}",
        programme,
        kind,
        channel,
        at(received),
        department,
        f"customer9{number:03d}@example.com",
        on(ended_on) if ended_on else None,
    )
    world.add(tell(ticket, ticket.received_at + timedelta(seconds=5)))
    return History(world, ticket, rng)


def expect(
    commitment: str, history: History, status: str, from_night: str, to_night: str = "2026-12-31", **more: str
) -> Expectation:
    """The verdict of ``commitment`` (``standard/part``) for a planted ticket, from one night to another."""
    return Expectation(f"{commitment}/{history.ticket.ticket_id}", status, on(from_night), on(to_night), **more)


# ── replies around 48 hours ─────────────────────────────────────────────────────────────────────


def add_reply_cases(world: World, rng: Random) -> None:
    never = open_ticket(world, rng, 1, "2026-06-16 10:00", "branch", "branch-team")
    world.scenario(
        "an inquiry that is never answered is breached from its due time",
        expect("branch-first-reply/first-reply", never, "pending", "2026-06-16", "2026-06-17"),
        expect("branch-first-reply/first-reply", never, "breached", "2026-06-18", department_id="branch-team"),
    )
    exact = open_ticket(world, rng, 2, "2026-06-09 09:30", "invest", "invest-centre")
    exact.reply(48 * HOUR)
    world.scenario(
        "a reply at exactly 48:00:00 is in time", expect("invest-first-reply/first-reply", exact, "met", "2026-06-11")
    )
    second = open_ticket(world, rng, 3, "2026-06-09 09:30", "champ", "champ-team")
    second.reply(48 * HOUR + 1)
    world.scenario(
        "a reply at 48:00:01 is late", expect("champ-first-reply/first-reply", second, "breached", "2026-06-11")
    )
    again = open_ticket(world, rng, 4, "2026-06-10 11:00", "branch", "frankfurt")
    again.reply(20 * HOUR)
    again.add("reopened", 50 * HOUR)
    again.add("public_reply", 240 * HOUR)
    world.scenario(
        "a reopened inquiry keeps its first reply", expect("branch-first-reply/first-reply", again, "met", "2026-06-11")
    )
    note = open_ticket(world, rng, 5, "2026-06-22 13:00", "branch", "shanghai", channel="voc")
    note.add("internal_note", HOUR)
    note.reply(50 * HOUR)
    world.scenario(
        "an internal note is not a reply",
        expect("branch-first-reply/first-reply", note, "breached", "2026-06-24"),
        expect("online-voc-reply/reply-or-notice", note, "breached", "2026-06-24"),
    )
    fresh = open_ticket(world, rng, 6, "2026-07-05 23:40", "branch", "branch-team")
    fresh.reply(34 * HOUR)
    world.scenario(
        "an inquiry received just before the night is pending",
        expect("branch-first-reply/first-reply", fresh, "pending", "2026-07-05", "2026-07-06"),
        expect("branch-first-reply/first-reply", fresh, "met", "2026-07-07"),
    )
    late_entry = open_ticket(world, rng, 7, "2026-06-29 09:00", "branch", "london")
    late_entry.add("public_reply", 38 * HOUR + 3480, recorded_at=at("2026-07-01 00:03"))
    late_entry.add("rating_invited", 40 * HOUR)
    world.scenario(
        "a reply given before midnight but recorded after it counts from the next night",
        expect("branch-first-reply/first-reply", late_entry, "pending", "2026-06-30", "2026-06-30"),
        expect("branch-first-reply/first-reply", late_entry, "met", "2026-07-01"),
    )
    late_commit = open_ticket(world, rng, 8, "2026-06-23 09:00", "invest", "invest-centre")
    late_commit.add("internal_note", 14 * HOUR, committed_at=at("2026-06-24 00:40"))
    late_commit.reply(30 * HOUR)
    world.scenario(
        "an event stamped before midnight appears in the database after it",
        expect("invest-first-reply/first-reply", late_commit, "met", "2026-06-24"),
    )
    edge = open_ticket(world, rng, 9, "2026-06-28 23:59:59", "champ", "dubai")
    edge.add("public_reply", 48 * HOUR, recorded_at=at("2026-06-30 23:59:59"))
    edge.add("rating_invited", 49 * HOUR)
    world.scenario(
        "received in the last second of a week, recorded in the next one, answered in the last second of a day",
        expect("champ-first-reply/first-reply", edge, Expectation.ABSENT, "2026-06-28", "2026-06-28"),
        expect("champ-first-reply/first-reply", edge, "pending", "2026-06-29", "2026-06-29"),
        expect("champ-first-reply/first-reply", edge, "met", "2026-06-30"),
    )


# ── who answers for it ──────────────────────────────────────────────────────────────────────────


def add_ownership_cases(world: World, rng: Random) -> None:
    before = open_ticket(world, rng, 20, "2026-06-22 09:00", "champ", "champ-team")
    before.transfer("singapore", 24 * HOUR)
    before.reply(70 * HOUR)
    world.scenario(
        "transferred before the due time: the receiver answers for it",
        expect(
            "champ-first-reply/first-reply", before, "pending", "2026-06-22", "2026-06-22", department_id="champ-team"
        ),
        expect("champ-first-reply/first-reply", before, "breached", "2026-06-24", department_id="singapore"),
    )
    after = open_ticket(world, rng, 21, "2026-06-22 10:00", "branch", "branch-team")
    after.transfer("hanoi", 53 * HOUR)
    after.reply(60 * HOUR)
    world.scenario(
        "transferred after the due time: the sender answers for it",
        expect("branch-first-reply/first-reply", after, "breached", "2026-06-24", department_id="branch-team"),
    )
    moved = open_ticket(world, rng, 22, "2026-05-20 14:00", "branch", "champ-team")
    moved.reply(10 * HOUR)
    world.stories[Ticket][-1] = corrected(world.stories[Ticket][-1], at("2026-05-22 09:15"), programme="champ")
    world.scenario(
        "a ticket filed under the wrong programme is judged under the right one once corrected",
        expect("branch-first-reply/first-reply", moved, "met", "2026-05-21", "2026-05-21"),
        expect("branch-first-reply/first-reply", moved, Expectation.ABSENT, "2026-05-22"),
        expect("champ-first-reply/first-reply", moved, "met", "2026-05-22"),
    )
    reorganised = open_ticket(world, rng, 23, "2026-03-30 12:00", "branch", "new-delhi")
    reorganised.reply(72 * HOUR)
    world.scenario(
        "opened before a reorganisation and due after it",
        expect("branch-first-reply/first-reply", reorganised, "breached", "2026-04-01", department_id="new-delhi"),
    )


# ── interim notices ─────────────────────────────────────────────────────────────────────────────


def add_notice_cases(world: World, rng: Random) -> None:
    def noticed(number: int, received: str, hours: int, promised: str) -> History:
        history = open_ticket(world, rng, number, received, "none", "voc-team", channel="voc")
        history.add("interim_notice", hours * HOUR, promised_at=at(promised))
        return history

    kept = noticed(30, "2026-06-15 09:00", 30, "2026-06-22 18:00")
    kept.reply(176 * HOUR)
    world.scenario(
        "an interim notice in time, the answer by the promised date",
        expect("online-voc-reply/reply-or-notice", kept, "met", "2026-06-16"),
        expect("online-voc-reply/promised-answer", kept, "pending", "2026-06-16", "2026-06-21"),
        expect("online-voc-reply/promised-answer", kept, "met", "2026-06-22"),
    )
    broken = noticed(31, "2026-06-15 10:00", 20, "2026-06-22 18:00")
    broken.reply(200 * HOUR)
    world.scenario(
        "an interim notice in time, the answer after the promised date",
        expect("online-voc-reply/reply-or-notice", broken, "met", "2026-06-16"),
        expect("online-voc-reply/promised-answer", broken, "breached", "2026-06-22"),
    )
    forgotten = noticed(32, "2026-06-17 11:00", 26, "2026-06-26 18:00")
    world.scenario(
        "an interim notice whose promise was forgotten",
        expect("online-voc-reply/reply-or-notice", forgotten, "met", "2026-06-18"),
        expect("online-voc-reply/promised-answer", forgotten, "breached", "2026-06-26"),
    )
    running = noticed(33, "2026-07-01 15:00", 24, "2026-07-10 18:00")
    running.reply(190 * HOUR)
    world.scenario(
        "an interim notice whose promise is still running",
        expect("online-voc-reply/promised-answer", running, "pending", "2026-07-02", "2026-07-08"),
        expect("online-voc-reply/promised-answer", running, "met", "2026-07-09"),
    )
    tardy = noticed(34, "2026-06-02 09:00", 50, "2026-06-12 18:00")
    tardy.reply(96 * HOUR)
    world.scenario(
        "an interim notice after the limit does not mend the first breach",
        expect("online-voc-reply/reply-or-notice", tardy, "breached", "2026-06-04"),
        expect("online-voc-reply/promised-answer", tardy, "met", "2026-06-06"),
    )
    programme = open_ticket(world, rng, 35, "2026-06-10 16:00", "branch", "branch-team", channel="voc")
    programme.add("interim_notice", 24 * HOUR, promised_at=at("2026-06-17 18:00"))
    programme.reply(140 * HOUR)
    world.scenario(
        "an interim notice keeps the Voice-of-Customer promise, not the programme's first reply",
        expect("online-voc-reply/reply-or-notice", programme, "met", "2026-06-11"),
        expect("online-voc-reply/promised-answer", programme, "met", "2026-06-16"),
        expect("branch-first-reply/first-reply", programme, "breached", "2026-06-12"),
    )


# ── exclusions and waivers ──────────────────────────────────────────────────────────────────────


def add_exclusion_cases(world: World, rng: Random) -> None:
    spam = open_ticket(world, rng, 40, "2026-06-24 08:00", "branch", "branch-team")
    spam.add("marked_spam", 3 * HOUR)
    world.scenario(
        "spam is excluded",
        expect("branch-first-reply/first-reply", spam, "excluded", "2026-06-24", exclusion_rule="spam"),
    )
    late = open_ticket(world, rng, 41, "2026-06-08 09:00", "champ", "champ-team", channel="voc")
    late.add("marked_duplicate", 96 * HOUR)
    world.scenario(
        "a duplicate marked after the due time: breached until then, excluded from then on",
        expect("champ-first-reply/first-reply", late, "breached", "2026-06-10", "2026-06-11"),
        expect("champ-first-reply/first-reply", late, "excluded", "2026-06-12", exclusion_rule="duplicate"),
        expect("online-voc-reply/reply-or-notice", late, "excluded", "2026-06-12", exclusion_rule="duplicate"),
    )
    answered_spam = open_ticket(world, rng, 42, "2026-06-25 09:00", "invest", "invest-centre")
    answered_spam.reply(2 * HOUR)
    answered_spam.add("marked_spam", 30 * HOUR)
    world.scenario(
        "answered, then marked as spam",
        expect("invest-first-reply/first-reply", answered_spam, "met", "2026-06-25", "2026-06-25"),
        expect("invest-first-reply/first-reply", answered_spam, "excluded", "2026-06-26", exclusion_rule="spam"),
        expect("satisfaction-reply-rating/invitation", answered_spam, "excluded", "2026-06-26", exclusion_rule="spam"),
    )
    waived = open_ticket(world, rng, 43, "2026-06-11 17:00", "branch", "sydney")
    waived.reply(80 * HOUR)
    add_waiver(
        world, 1, "branch-first-reply", None, waived.ticket.ticket_id, "2026-06-11", "2026-06-11", "2026-06-15 11:00"
    )
    world.scenario(
        "one inquiry is waived",
        expect("branch-first-reply/first-reply", waived, "breached", "2026-06-13", "2026-06-14"),
        expect("branch-first-reply/first-reply", waived, "excluded", "2026-06-15", exclusion_rule="waiver:WV-2026-001"),
    )
    closed = open_ticket(world, rng, 44, "2026-05-12 10:00", "branch", "silicon-valley", channel="voc")
    other = open_ticket(world, rng, 45, "2026-05-13 00:00", "branch", "silicon-valley", channel="voc")
    add_waiver(world, 2, "online-voc-reply", "silicon-valley", None, "2026-05-11", "2026-05-12", "2026-05-12 16:00")
    world.scenario(
        "a department's waiver holds to the end of its last day, for its own standard only",
        expect(
            "online-voc-reply/reply-or-notice", closed, "excluded", "2026-05-12", exclusion_rule="waiver:WV-2026-002"
        ),
        expect("branch-first-reply/first-reply", closed, "breached", "2026-05-14"),
        expect("online-voc-reply/reply-or-notice", other, "breached", "2026-05-15"),
    )
    flooded = open_ticket(world, rng, 46, "2026-06-30 09:00", "champ", "mexico-city")
    flooded.reply(75 * HOUR)
    add_waiver(world, 3, "champ-first-reply", "mexico-city", None, "2026-06-29", "2026-07-01", "2026-07-14 14:00")
    world.scenario(
        "a waiver decided two weeks later restates a closed week from that night on",
        expect("champ-first-reply/first-reply", flooded, "breached", "2026-07-02", "2026-07-13"),
        expect("champ-first-reply/first-reply", flooded, "excluded", "2026-07-14", exclusion_rule="waiver:WV-2026-003"),
    )


def add_waiver(
    world: World,
    number: int,
    standard: str,
    department: str | None,
    subject: str | None,
    first: str,
    last: str,
    decided: str,
    reason: str = "전산시스템 이전(합성 사유)",
) -> None:
    """A decision, entered in the register when it was made."""
    approver = "경영지원본부장"
    waiver = Waiver(
        f"WV-2026-{number:03d}", standard, department, subject, on(first), on(last), reason, approver, at(decided)
    )
    world.add(tell(waiver, waiver.decided_at))


# ── after-support and ratings ───────────────────────────────────────────────────────────────────


def add_aftercare_cases(world: World, rng: Random) -> None:
    def requested(number: int, received: str, ended_on: str) -> History:
        return open_ticket(
            world,
            rng,
            number,
            received,
            "branch",
            "aftercare-team",
            channel="phone",
            kind="aftercare",
            ended_on=ended_on,
        )

    exact = requested(50, "2026-06-01 09:00", "2025-12-19")
    exact.reply(24 * HOUR)
    exact.add("handled", 7 * DAY)
    world.scenario("handled at exactly seven days", expect("online-aftercare/handled", exact, "met", "2026-06-08"))
    slow = requested(51, "2026-06-01 10:00", "2025-12-19")
    slow.reply(24 * HOUR)
    slow.add("handled", 8 * DAY)
    world.scenario(
        "answered in time but handled on the eighth day",
        expect("online-aftercare/handled", slow, "pending", "2026-06-02", "2026-06-07"),
        expect("online-aftercare/handled", slow, "breached", "2026-06-08"),
    )
    last = requested(52, "2026-06-02 11:00", "2025-06-02")
    last.reply(5 * HOUR)
    last.add("handled", 3 * DAY)
    world.scenario(
        "after-support asked 365 days after the project's end",
        expect("online-aftercare/handled", last, "met", "2026-06-05"),
    )
    beyond = requested(53, "2026-06-02 12:00", "2025-06-01")
    world.scenario(
        "after-support asked 366 days after the project's end is no commitment",
        expect("online-aftercare/handled", beyond, Expectation.ABSENT, "2026-06-02"),
    )


def add_rating_cases(world: World, rng: Random) -> None:
    exact = open_ticket(world, rng, 60, "2026-06-15 13:00", "invest", "invest-centre")
    exact.reply(5 * HOUR, invited_after=24 * HOUR)
    world.scenario(
        "the invitation to rate goes out exactly a day after the answer",
        expect("satisfaction-reply-rating/invitation", exact, "pending", "2026-06-15", "2026-06-15"),
        expect("satisfaction-reply-rating/invitation", exact, "met", "2026-06-16"),
    )
    overnight = open_ticket(world, rng, 61, "2026-07-05 14:00", "invest", "invest-centre")
    overnight.reply(8 * HOUR, invited_after=10 * HOUR)
    world.scenario(
        "answered in the evening, the invitation goes out in the morning",
        expect("satisfaction-reply-rating/invitation", overnight, "pending", "2026-07-05", "2026-07-05"),
        expect("satisfaction-reply-rating/invitation", overnight, "met", "2026-07-06"),
    )
    forgotten = open_ticket(world, rng, 62, "2026-09-01 09:00", "invest", "invest-centre")
    forgotten.add("public_reply", 4 * HOUR)
    world.scenario(
        "an answer without an invitation to rate it",
        expect("satisfaction-reply-rating/invitation", forgotten, "pending", "2026-09-01", "2026-09-01"),
        expect("satisfaction-reply-rating/invitation", forgotten, "breached", "2026-09-02"),
    )


# ── rows that break the contract ────────────────────────────────────────────────────────────────


def add_broken_tickets(world: World, rng: Random) -> None:
    def ticket(number: int, received: str) -> Ticket:
        key = f"VOC-2026-{900000 + number}"
        return Ticket(
            key, "branch", "inquiry", "website", at(received), "branch-team", f"customer9{number:03d}@example.com"
        )

    def broken(number: int, received: str, reason: str, **raw: str | None) -> None:
        row = ticket(number, received)
        world.broken.append(Broken(row, row.received_at + timedelta(seconds=5), reason, raw))

    broken(101, "2026-04-14 10:12", "unknown_department", department_id="신사업추진단")
    broken(102, "2026-06-30 16:40", "unknown_department", department_id="글로벌협력TF")
    broken(103, "2026-05-06 09:05", "unknown_code", programme="미래사업")
    broken(104, "2026-06-18 11:30", "missing_value", ticket_id=None)
    orphan = History(world, ticket(102, "2026-06-30 16:40"), rng)
    orphan.add("public_reply", 5 * HOUR)
    world.scenario(
        "a ticket of an unknown department is quarantined, and its events stand without it",
        expect("branch-first-reply/first-reply", orphan, Expectation.ABSENT, "2026-06-30"),
    )
    for number, reason, raw in (
        (1, "unknown_code", {"kind": "재배정"}),
        (2, "unknown_department", {"department_id": "글로벌협력TF"}),
        (3, "missing_value", {"event_id": None}),
    ):
        moment = at(f"2026-06-2{number} 15:00")
        event = TicketEvent(f"H-2026-99900{number}-01", "VOC-2026-900001", "internal_note", moment, "branch-team")
        world.broken.append(Broken(event, moment, reason, dict[str, str | None](raw)))


# ── calls ───────────────────────────────────────────────────────────────────────────────────────


def planted(call: Call, number: int) -> Call:
    """The call, numbered from 9001 on its day."""
    return Call(**{**call.__dict__, "call_id": f"C-{day_of(call.rang_at):%Y%m%d}-{9000 + number}"})


def add_call_cases(world: World, rng: Random) -> None:
    def case(name: str, number: int, call: Call, *verdicts: tuple[str, str, str], rule: str | None = None) -> None:
        numbered = planted(call, number)
        add_call(world, numbered)
        world.scenario(
            name,
            *(
                Expectation(
                    f"phone-answer/call/{numbered.call_id}",
                    status,
                    on(first),
                    on(last),
                    exclusion_rule=rule if status == "excluded" else None,
                )
                for status, first, last in verdicts
            ),
        )

    year_end, tuesday = "2026-12-31", "2026-06-30"
    case(
        "answered after 8 s of ringing",
        1,
        answered("voc-team", at("2026-06-30 10:00"), 8, rng),
        ("met", tuesday, year_end),
    )
    case(
        "answered at 9 s: the third ring is complete",
        2,
        answered("voc-team", at("2026-06-30 10:05"), 9, rng),
        ("breached", tuesday, year_end),
    )
    case(
        "the caller hung up before the third ring",
        3,
        hung_up("voc-team", at("2026-06-30 10:10"), "abandoned", 5, rng),
        ("excluded", tuesday, year_end),
        rule="abandoned-within-limit",
    )
    case(
        "the caller hung up at exactly 9 s",
        4,
        hung_up("voc-team", at("2026-06-30 10:15"), "abandoned", 9, rng),
        ("breached", tuesday, year_end),
    )
    case(
        "the caller hung up after the third ring",
        5,
        hung_up("branch-team", at("2026-06-30 10:20"), "abandoned", 20, rng),
        ("breached", tuesday, year_end),
    )
    case(
        "nobody answered",
        6,
        hung_up("invest-centre", at("2026-06-30 10:25"), "unanswered", 45, rng),
        ("breached", tuesday, year_end),
    )
    case(
        "an outbound call is no commitment",
        7,
        answered("voc-team", at("2026-06-30 10:30"), 30, rng, "outbound"),
        (Expectation.ABSENT, tuesday, year_end),
    )
    case(
        "ringing over midnight, answered in time on the next day",
        8,
        answered("silicon-valley", at("2026-07-05 23:59:55"), 7, rng),
        ("pending", "2026-07-05", "2026-07-05"),
        ("met", "2026-07-06", year_end),
    )
    case(
        "answered as midnight strikes",
        9,
        answered("new-york", at("2026-06-30 23:59:57"), 3, rng),
        ("met", tuesday, year_end),
    )
    case(
        "a call waived for a typhoon",
        10,
        hung_up("tokyo", at("2026-06-12 11:00"), "unanswered", 40, rng),
        ("breached", "2026-06-12", "2026-06-15"),
        ("excluded", "2026-06-16", year_end),
        rule="waiver:WV-2026-004",
    )
    typhoon = "태풍으로 무역관 휴무(합성 사유)"
    moot = "신청인이 제안을 거두어들임(합성 사유)"
    add_waiver(world, 5, "voice-proposals", None, "PP-2026-904", "2026-04-01", "2026-04-01", "2026-05-20 10:00", moot)
    add_waiver(world, 4, "phone-answer", "tokyo", None, "2026-06-12", "2026-06-12", "2026-06-16 09:30", typhoon)
    twice = planted(answered("voc-team", at("2026-06-30 10:40"), 4, rng), 11)
    add_call(world, twice)
    world.repeated.add(twice.call_id)
    world.scenario(
        "the same line twice in a file counts once",
        Expectation(f"phone-answer/call/{twice.call_id}", "met", on(tuesday)),
    )


def add_file_cases(world: World, rng: Random) -> None:
    late = planted(hung_up("voc-team", at("2026-06-23 16:00"), "unanswered", 50, rng), 1)
    add_call(world, late, end_of_day(on("2026-06-25"), SEOUL))
    world.scenario(
        "a call that only the corrected file of two days later shows",
        Expectation(f"phone-answer/call/{late.call_id}", Expectation.ABSENT, on("2026-06-23"), on("2026-06-24")),
        Expectation(f"phone-answer/call/{late.call_id}", "breached", on("2026-06-25")),
    )
    mended = planted(hung_up("champ-team", at("2026-06-23 15:00"), "unanswered", 40, rng), 2)
    story = tell(mended, end_of_day(on("2026-06-23"), SEOUL))
    world.add(
        corrected(
            story,
            end_of_day(on("2026-06-25"), SEOUL),
            outcome="answered",
            answered_at=mended.rang_at + timedelta(seconds=6),
            ended_at=mended.rang_at + timedelta(seconds=90),
        )
    )
    world.scenario(
        "a call whose outcome is corrected two days later",
        Expectation(f"phone-answer/call/{mended.call_id}", "breached", on("2026-06-23"), on("2026-06-24")),
        Expectation(f"phone-answer/call/{mended.call_id}", "met", on("2026-06-25")),
    )
    delayed = planted(answered("voc-team", at("2026-07-02 11:00"), 5, rng), 1)
    add_call(world, delayed)
    world.scenario(
        "a call in the file that came five days late",
        Expectation(f"phone-answer/call/{delayed.call_id}", Expectation.ABSENT, on("2026-07-02"), on("2026-07-06")),
        Expectation(f"phone-answer/call/{delayed.call_id}", "met", on("2026-07-07")),
    )
    lost = planted(hung_up("voc-team", at("2026-03-18 11:00"), "unanswered", 50, rng), 1)
    add_call(world, lost)
    world.scenario(
        "a call in the file that never came",
        Expectation(f"phone-answer/call/{lost.call_id}", Expectation.ABSENT, on("2026-03-18")),
    )
    for number, day, reason, raw, extra in (
        (1, "2026-02-04", "unknown_department", {"department_id": "특별상담반"}, None),
        (2, "2026-06-30", "unknown_code", {"outcome": "전환"}, None),
        (3, "2026-06-30", "unparsable", {"rang_at": "2026-06-30 25:61:00"}, None),
        (4, "2026-07-01", "field_count", {}, "고객이 다시 전화함"),
        (5, "2026-07-01", "missing_value", {"call_id": ""}, None),
        (6, "2026-07-03", "unparsable", {"answered_at": "########"}, None),
    ):
        call = planted(answered("voc-team", at(f"{day} 17:{number:02d}"), 4, rng), 50 + number)
        landed = end_of_day(on(day), SEOUL)
        world.broken.append(Broken(call, landed, reason, dict[str, str | None](raw), extra))


# ── reviews and visits ──────────────────────────────────────────────────────────────────────────


def add_review_cases(world: World) -> None:
    def review(
        number: int, reviewed: str, given: tuple[bool, bool, bool], told: tuple[bool, bool, bool] | None
    ) -> CallReview:
        moment = at(reviewed)
        department, name, telephone = (None, None, None) if told is None else told
        key, moved = f"M-{day_of(moment):%Y%m%d}-{900 + number}", told is not None
        return CallReview(
            key, None, "voc-team", moment, "mystery", *given, moved, department, name, telephone, not moved
        )

    def landed(moment: datetime) -> datetime:
        return end_of_day(day_of(moment), SEOUL)

    nameless = review(1, "2026-06-30 14:00", (True, True, False), None)
    numberless = review(2, "2026-06-30 14:30", (True, True, True), (True, True, False))
    for row in (nameless, numberless):
        world.add(tell(row, landed(row.reviewed_at)))
    world.scenario(
        "greeting and department, but no name",
        Expectation(f"phone-greeting/call/{nameless.review_id}", "breached", on("2026-06-30")),
        Expectation(f"phone-transfer/transfer/{nameless.review_id}", Expectation.ABSENT, on("2026-06-30")),
    )
    world.scenario(
        "a transfer without the number",
        Expectation(f"phone-greeting/call/{numberless.review_id}", "met", on("2026-06-30")),
        Expectation(f"phone-transfer/transfer/{numberless.review_id}", "breached", on("2026-06-30")),
    )
    unclear = review(3, "2026-06-29 15:00", (True, True, True), None)
    world.broken.append(Broken(unclear, landed(unclear.reviewed_at), "unparsable", {"name_given": "불명확"}))
    comma = review(4, "2026-05-27 15:00", (True, True, True), None)
    world.broken.append(Broken(comma, landed(comma.reviewed_at), "field_count", {}, "재점검 필요"))


def add_visit_cases(world: World) -> None:
    def visit(number: int, arrived: str, waited: int, kept: bool | None = None, urgent: str | None = None) -> Visit:
        came = at(arrived)
        served = came + timedelta(minutes=waited)
        key = f"V-{day_of(came):%Y%m%d}-{900 + number}"
        concluded = served + timedelta(minutes=20)
        return Visit(key, "invest-centre", came, served, concluded, True, True, True, True, kept, urgent)

    def case(name: str, row: Visit, status: str, rule: str | None = None) -> None:
        world.add(tell(row, row.concluded_at))
        night = day_of(row.concluded_at)
        world.scenario(name, Expectation(f"visit-priority/visit/{row.visit_id}", status, night, exclusion_rule=rule))

    case("served after exactly ten minutes", visit(1, "2026-06-30 10:00", 10), "met")
    case("served after eleven minutes", visit(2, "2026-06-30 10:30", 11), "breached")
    case("an appointment was made, and kept", visit(3, "2026-06-30 11:00", 60, True), "met")
    case("an appointment was made, and missed", visit(4, "2026-06-30 13:00", 60, False), "breached")
    urgent = visit(5, "2026-06-30 14:00", 50, None, "국회 자료 긴급 제출")
    case("urgent business with its reason", urgent, "excluded", "urgent-business")
    nowhere = visit(6, "2026-06-24 14:00", 5)
    world.broken.append(Broken(nowhere, nowhere.concluded_at, "unknown_department", {"department_id": "구관안내소"}))

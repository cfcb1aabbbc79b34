"""The verdicts that the world planted: an independent reading of all 36 standards from the world's own objects.

It reads neither the files that the demo writes nor charter.yaml, and uses no SQL: whoever measures the files must
come to the same verdicts. The charter's numbers (48 hours, 9 seconds, ten agencies …) are therefore written out here
once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from charter.definitions.models import Agency
from charter.planted_verdict import PlantedVerdict

from . import rows
from .background import Working
from .clocks import Statutory, begins, ends, months_later
from .world import FIRST_DAY, SEOUL, World, day_of, days

HOURS_48 = timedelta(hours=48)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Verdict(PlantedVerdict):
    ZONE = SEOUL


@dataclass(frozen=True)
class Inquiry:
    """A ticket with what its events say about it."""

    ticket: rows.Ticket
    first_reply_at: datetime | None
    interim_notice_at: datetime | None
    interim_promised_at: datetime | None
    handled_at: datetime | None
    invited_at: datetime | None
    spam: bool
    duplicate: bool
    transfers: tuple[tuple[datetime, str], ...]

    def owner(self, when: datetime) -> str:
        """The department that had the ticket at ``when``."""
        owner = self.ticket.department_id
        for transferred_at, department in self.transfers:
            if transferred_at <= when:
                owner = department
        return owner

    @property
    def excluded_as(self) -> str | None:
        return "spam" if self.spam else "duplicate" if self.duplicate else None


class Judge:
    """Judges every standard at ``now``, the instant the world is looked at."""

    def __init__(self, world: World, agency: Agency, now: datetime) -> None:
        self.world = world
        self.now = now
        self.today = day_of(now) - timedelta(days=1)
        self.working = Working(agency)
        self.statutory = Statutory(agency.calendar, self.today)
        self.waivers = sorted(world.known(rows.Waiver, now), key=lambda waiver: waiver.waiver_id)
        self.calls_until = self._calls_until()
        self.inquiries = self._inquiries()

    def _calls_until(self) -> datetime:
        landed = [day for day in days(FIRST_DAY, self.today) if self.world.call_file_landed(day, self.now)]
        return ends(landed[-1]) if landed else LONG_AGO

    def _inquiries(self) -> list[Inquiry]:
        histories: dict[str, list[rows.TicketEvent]] = defaultdict(list)
        for event in self.world.known(rows.TicketEvent, self.now):
            if event.occurred_at <= self.now:
                histories[event.ticket_id].append(event)
        return [_inquiry(ticket, histories[ticket.ticket_id]) for ticket in self.world.known(rows.Ticket, self.now)]

    # ── the verdict ─────────────────────────────────────────────────────────────────────────────

    def verdict(
        self,
        commitment: str,
        subject_id: str,
        department: str,
        opened_at: datetime,
        due_at: datetime,
        fulfilled_at: datetime | None,
        *,
        before: bool = False,
        until: datetime | None = None,
        excluded: str | None = None,
    ) -> Verdict | None:
        """Met, breached, pending or excluded; None when no rule was in force yet, or nothing has opened yet.

        ``before``: fulfilled at the due time is late. ``until``: how far the sources are known.
        """
        if day_of(opened_at) < FIRST_DAY or opened_at > self.now:
            return None
        standard_id, part = commitment.split("/")
        done = fulfilled_at if fulfilled_at is not None and fulfilled_at <= self.now else None
        if done is not None and (done < due_at if before else done <= due_at):
            status = "met"
        elif done is not None or min(self.now, until or self.now) >= due_at:
            status = "breached"
        else:
            status = "pending"
        verdict = Verdict(standard_id, part, subject_id, department, status, opened_at, due_at, done)
        rule = excluded or self._waived(verdict)
        return replace(verdict, status="excluded", exclusion_rule=rule) if rule else verdict

    def _waived(self, verdict: Verdict) -> str | None:
        for waiver in self.waivers:
            if (
                waiver.standard_id == verdict.standard_id
                and waiver.department_id in (None, verdict.department_id)
                and waiver.subject_id in (None, verdict.subject_id)
                and waiver.from_on <= day_of(verdict.opened_at) <= waiver.to_on
                and waiver.decided_at <= self.now
            ):
                return f"waiver:{waiver.waiver_id}"
        return None

    def dated(
        self,
        commitment: str,
        subject_id: str,
        department: str,
        opened_on: date,
        last_day: date,
        done_on: date | None,
        excluded: str | None = None,
    ) -> Verdict | None:
        """A verdict by dates: open from the midnight that begins ``opened_on`` to the one that ends ``last_day``.

        A date stands for the midnight that begins it: that of the next day is the due time itself, and too late.
        """
        done = None if done_on is None else begins(done_on)
        return self.verdict(
            commitment, subject_id, department, begins(opened_on), ends(last_day), done, before=True, excluded=excluded
        )

    # ── deadlines ───────────────────────────────────────────────────────────────────────────────

    def replies(self) -> Iterator[Verdict | None]:
        """First replies to programme inquiries, Voice of Customer, after-support, rating invitations."""
        for inquiry in self.inquiries:
            ticket = inquiry.ticket
            received = ticket.received_at
            if ticket.kind == "inquiry" and ticket.channel in ("website", "voc") and ticket.programme != "none":
                commitment = f"{ticket.programme}-first-reply/first-reply"
                yield self._of(inquiry, commitment, received, received + HOURS_48, inquiry.first_reply_at)
            if ticket.channel == "voc" and ticket.kind in ("inquiry", "complaint"):
                heard = earliest(inquiry.first_reply_at, inquiry.interim_notice_at)
                yield self._of(inquiry, "online-voc-reply/reply-or-notice", received, received + HOURS_48, heard)
                if inquiry.interim_notice_at is not None and inquiry.interim_promised_at is not None:
                    yield self._of(
                        inquiry,
                        "online-voc-reply/promised-answer",
                        inquiry.interim_notice_at,
                        inquiry.interim_promised_at,
                        inquiry.first_reply_at,
                    )
            ended_on = ticket.project_ended_on
            if ticket.kind == "aftercare" and ended_on is not None and 0 <= (day_of(received) - ended_on).days <= 365:
                both = latest(inquiry.first_reply_at, inquiry.handled_at)
                yield self._of(inquiry, "online-aftercare/handled", received, received + timedelta(days=7), both)
            if inquiry.first_reply_at is not None:
                replied = inquiry.first_reply_at
                invited = None if inquiry.invited_at is None else max(replied, inquiry.invited_at)
                commitment = "satisfaction-reply-rating/invitation"
                yield self._of(inquiry, commitment, replied, replied + timedelta(days=1), invited)

    def _of(
        self, inquiry: Inquiry, commitment: str, opened_at: datetime, due_at: datetime, fulfilled_at: datetime | None
    ) -> Verdict | None:
        owner = inquiry.owner(min(due_at, self.now))
        subject_id = inquiry.ticket.ticket_id
        return self.verdict(
            commitment, subject_id, owner, opened_at, due_at, fulfilled_at, excluded=inquiry.excluded_as
        )

    def calls(self) -> Iterator[Verdict | None]:
        """Inbound calls: answered before nine seconds of ringing are over."""
        for call in self.world.known(rows.Call, self.now):
            if call.direction == "inbound":
                due_at = call.rang_at + timedelta(seconds=9)
                gave_up = call.outcome == "abandoned" and call.ended_at < due_at
                yield self.verdict(
                    "phone-answer/call",
                    call.call_id,
                    call.department_id,
                    call.rang_at,
                    due_at,
                    call.answered_at,
                    before=True,
                    until=self.calls_until,
                    excluded="abandoned-within-limit" if gave_up else None,
                )

    def roadmaps(self) -> Iterator[Verdict | None]:
        """World Champ firms: roadmap within a month of selection; adviser and trade office when support begins."""
        for firm in self.world.known(rows.Firm, self.now):
            if firm.programme == "champ":
                last_day = months_later(firm.selected_on, 1)
                yield self.dated(
                    "champ-roadmap/roadmap",
                    firm.firm_id,
                    firm.department_id,
                    firm.selected_on,
                    last_day,
                    firm.roadmap_confirmed_on,
                )
                if firm.active_from_on is not None:
                    began = firm.active_from_on
                    assigned = began if firm.adviser and firm.trade_office else None
                    yield self.dated(
                        "champ-tailored-support/firm", firm.firm_id, firm.department_id, began, began, assigned
                    )

    def disclosures(self) -> Iterator[Verdict | None]:
        """Requests for information: ten statutory days, ten more when lawfully extended."""
        for request in self.world.known(rows.DisclosureRequest, self.now):
            last_day = self.statutory.last_day(request.received_on, 10)
            if request.extended_on is not None and request.extended_on <= last_day and request.extension_reason:
                last_day = self.statutory.last_day(request.received_on, 20)
            yield self.dated(
                "info-disclosure/decision",
                request.request_id,
                request.department_id,
                request.received_on,
                last_day,
                request.decided_on,
                "withdrawn" if request.withdrawn_on is not None else None,
            )

    def complaints(self) -> Iterator[Verdict | None]:
        """Confirmed complaints are corrected within seven days; confirmed harm is compensated within thirty."""
        for complaint in self.world.known(rows.Complaint, self.now):
            if complaint.confirmed_at is not None:
                yield self.verdict(
                    "redress-correction/correction",
                    complaint.complaint_id,
                    complaint.department_id,
                    complaint.confirmed_at,
                    complaint.confirmed_at + timedelta(days=7),
                    complaint.corrected_at,
                )
            if complaint.harm_confirmed_on is not None:
                confirmed = complaint.harm_confirmed_on
                remedied = earliest(complaint.paid_on, complaint.remedy_agreed_on)
                settled = latest(complaint.compensation_decided_on, remedied)
                yield self.dated(
                    "redress-compensation/compensation",
                    complaint.complaint_id,
                    complaint.department_id,
                    confirmed,
                    confirmed + timedelta(days=30),
                    None if settled is None else max(settled, confirmed),
                )

    # ── lead times ──────────────────────────────────────────────────────────────────────────────

    def changes(self) -> Iterator[Verdict | None]:
        """Changes to the branch programme, announced a month ahead on each of two channels."""
        for change in self.world.known(rows.ProgrammeChange, self.now):
            if change.programme == "branch":
                last_day = months_later(change.effective_on, -1)
                for channel, noticed in (("website", change.website_notice_on), ("email", change.email_notice_on)):
                    yield self.dated(
                        f"branch-change-notice/{channel}",
                        change.change_id,
                        change.department_id,
                        change.decided_on,
                        last_day,
                        noticed,
                    )

    # ── coverage ────────────────────────────────────────────────────────────────────────────────

    def rounds(self) -> Iterator[Verdict | None]:
        """Selection rounds: an outside body's evaluation; World Champ rounds carried through all four stages."""
        for each in self.world.known(rows.Round, self.now):
            if each.programme in ("branch", "champ") and each.selected_on is not None:
                evaluated = each.external_evaluated_on if each.external_body else None
                yield self.dated(
                    f"{each.programme}-external-review/round",
                    each.round_id,
                    each.department_id,
                    each.selected_on,
                    each.selected_on,
                    None if evaluated is None else max(evaluated, each.selected_on),
                )
            if each.programme == "champ" and each.finished_on is not None:
                stages = latest(each.announced_on, each.selected_on, each.operation_completed_on, each.settled_on)
                yield self.dated(
                    "champ-end-to-end/round",
                    each.round_id,
                    each.department_id,
                    each.finished_on,
                    each.finished_on,
                    None if stages is None else max(stages, each.finished_on),
                )

    def call_reviews(self) -> Iterator[Verdict | None]:
        """Reviewed calls: greeting, department and name; before a transfer department, name and number."""
        for review in self.world.known(rows.CallReview, self.now):
            said = review.greeting_given and review.department_given and review.name_given
            yield self._at_once("phone-greeting/call", review.review_id, review.department_id, review.reviewed_at, said)
            if review.transfer_needed:
                given = (
                    review.transfer_department_given and review.transfer_name_given and review.transfer_number_given
                ) or False
                yield self._at_once(
                    "phone-transfer/transfer", review.review_id, review.department_id, review.reviewed_at, given
                )

    def visits(self) -> Iterator[Verdict | None]:
        """Visits: introduced kindly; seated comfortably; served within ten minutes or by a kept appointment."""
        for visit in self.world.known(rows.Visit, self.now):
            key, desk, concluded = visit.visit_id, visit.department_id, visit.concluded_at
            introduced = visit.name_given and visit.kindly_received
            seated = visit.seat_offered and visit.comfortable
            waited = None if visit.served_at is None else visit.served_at - visit.arrived_at
            prompt = waited is not None and timedelta() <= waited <= timedelta(minutes=10)
            urgent = "urgent-business" if visit.urgent_reason is not None else None
            yield self._at_once("visit-introduction/visit", key, desk, concluded, introduced)
            yield self._at_once("visit-comfort/visit", key, desk, concluded, seated)
            yield self._at_once(
                "visit-priority/visit", key, desk, concluded, prompt or visit.appointment_kept is True, urgent
            )

    def _at_once(
        self, commitment: str, subject_id: str, department: str, when: datetime, done: bool, rule: str | None = None
    ) -> Verdict | None:
        return self.verdict(commitment, subject_id, department, when, when, when if done else None, excluded=rule)

    def proposals(self) -> Iterator[Verdict | None]:
        """Adopted proposals are rewarded within thirty days."""
        for proposal in self.world.known(rows.Proposal, self.now):
            if proposal.adopted_on is not None:
                last_day = proposal.adopted_on + timedelta(days=30)
                rewarded = None if proposal.rewarded_on is None else max(proposal.rewarded_on, proposal.adopted_on)
                yield self.dated(
                    "voice-proposals/reward",
                    proposal.proposal_id,
                    proposal.department_id,
                    proposal.adopted_on,
                    last_day,
                    rewarded,
                )

    # ── occurrences ─────────────────────────────────────────────────────────────────────────────

    def occurrences(self) -> Iterator[Verdict | None]:
        """Activities that must fall in their month, quarter, half or year."""
        known = self.world.known
        branch = [each.published_on for each in known(rows.Notice, self.now) if each.programme == "branch"]
        champ = [each.published_on for each in known(rows.Notice, self.now) if each.programme == "champ"]
        trained = [each.held_on for each in known(rows.Training, self.now) if each.customer_meetings >= 1]
        reviewed = [each.held_on for each in known(rows.SelfReview, self.now) if each.findings_without_action == 0]
        advised = [each.held_on for each in known(rows.Meeting, self.now) if each.kind == "advisory_group"]
        waves = known(rows.SurveyWave, self.now)
        courtesy = [each.held_on for each in waves if each.kind == "courtesy"]
        outside = [each.held_on for each in waves if each.kind == "satisfaction" and each.external_body]
        for month in (3, 5, 7, 9):
            yield self._slot("branch-recruitment/month", f"2026-{month:02d}", month, 1, "branch-team", branch)
        yield self._slot("branch-recruitment/fourth-of-year", "2026", 1, 12, "branch-team", branch, nth=4)
        yield self._slot("champ-recruitment/first-of-year", "2026", 1, 12, "champ-team", champ)
        yield self._slot("champ-recruitment/second-of-year", "2026", 1, 12, "champ-team", champ, nth=2)
        yield self._slot("phone-courtesy-survey/year", "2026", 1, 12, "voc-team", courtesy)
        yield self._slot("satisfaction-survey/year", "2026", 1, 12, "planning-team", outside)
        for half in (1, 2):
            first = half * 6 - 5
            yield self._slot("branch-staff-training/half-year", f"2026-H{half}", first, 6, "branch-team", trained)
            yield self._slot("voice-participation/half-year", f"2026-H{half}", first, 6, "planning-team", advised)
        for quarter in (1, 2, 3, 4):
            first = quarter * 3 - 2
            yield self._slot("voice-self-review/quarter", f"2026-Q{quarter}", first, 3, "audit-office", reviewed)

    def _slot(
        self, commitment: str, slot: str, month: int, length: int, department: str, held: list[date], nth: int = 1
    ) -> Verdict | None:
        first = date(2026, month, 1)
        last = months_later(first, length) - timedelta(days=1)
        if first > self.today:
            return None
        inside = sorted(day for day in held if first <= day <= last)
        done = inside[nth - 1] if len(inside) >= nth else None
        return self.dated(commitment, slot, department, first, last, done)

    # ── levels and zeros ────────────────────────────────────────────────────────────────────────

    def levels(self) -> Iterator[Verdict | None]:
        """Services that must stand on each day."""
        seconded = self.world.known(rows.Secondment, self.now)
        doctors = self.world.known(rows.HomeDoctor, self.now)
        tenants = self.world.known(rows.Tenancy, self.now)
        pages = self.world.known(rows.Page, self.now)
        page_checks: dict[str, list[tuple[date, bool]]] = defaultdict(list)
        for review in self.world.known(rows.PageReview, self.now):
            page_checks[review.page_id].append((review.reviewed_on, True))
        channels: dict[tuple[str, str], list[tuple[date, bool]]] = defaultdict(list)
        for check in self.world.known(rows.ChannelCheck, self.now):
            channels[check.purpose, check.channel].append((check.checked_on, check.working))
        leaks = {
            incident.occurred_on
            for incident in self.world.known(rows.Incident, self.now)
            if incident.kind in ("leak", "violation") and incident.confirmed_on is not None
        }
        for day in days(FIRST_DAY, self.today):
            if self.working.day(day):
                agencies = {each.agency for each in seconded if _stands(each.from_on, each.to_on, day)}
                present = [each for each in doctors if _stands(each.from_on, each.to_on, day)]
                fields = {each.field for each in present if each.role == "home_doctor" and each.field}
                ombudsmen = {each.person for each in present if each.role == "ombudsman"}
                yield self._day("invest-one-stop/agencies", day, "invest-centre", len(agencies) >= 10)
                yield self._day("invest-home-doctor/fields", day, "invest-centre", len(fields) >= 4)
                yield self._day("invest-home-doctor/ombudsman", day, "invest-centre", len(ombudsmen) >= 1)
            firms = {
                each.firm for each in tenants if each.reviewed_on is not None and _stands(each.from_on, each.to_on, day)
            }
            yield self._day("invest-incubation/tenants", day, "invest-centre", len(firms) >= 10)
            current = all(
                _checked(page_checks[page.page_id], day, 90)
                for page in pages
                if _stands(page.published_on, page.retired_on, day)
            )
            yield self._day("info-website/pages", day, "digital-team", current)
            suggestions = all(
                _checked(channels["suggestion", channel], day, 7) for channel in ("website", "post", "visit", "phone")
            )
            yield self._day("voice-channels/channels", day, "voc-team", suggestions)
            complaints = all(
                _checked(channels["complaint", channel], day, 7)
                for channel in ("website", "voc", "phone", "fax", "visit")
            )
            yield self._day("redress-channels/channels", day, "voc-team", complaints)
            yield self._day("info-confidentiality/day", day, "digital-team", day not in leaks)

    def _day(self, commitment: str, day: date, department: str, stood: bool) -> Verdict | None:
        return self.verdict(
            commitment, day.isoformat(), department, begins(day), ends(day), ends(day) if stood else None
        )

    # ── all together ────────────────────────────────────────────────────────────────────────────

    def verdicts(self) -> list[Verdict]:
        """Every commitment of every standard, by commitment id."""
        readings: list[Callable[[], Iterable[Verdict | None]]] = [
            self.replies,
            self.calls,
            self.roadmaps,
            self.disclosures,
            self.complaints,
            self.changes,
            self.rounds,
            self.call_reviews,
            self.visits,
            self.proposals,
            self.occurrences,
            self.levels,
        ]
        found = [verdict for reading in readings for verdict in reading() if verdict is not None]
        return sorted(found, key=lambda verdict: verdict.commitment_id)


MomentT = TypeVar("MomentT", date, datetime)


def earliest(*moments: MomentT | None) -> MomentT | None:
    """The first of those that there are; None without any."""
    return min((moment for moment in moments if moment is not None), default=None)


def latest(*moments: MomentT | None) -> MomentT | None:
    """The last of them once all are there; None while one is missing."""
    there = [moment for moment in moments if moment is not None]
    return max(there) if len(there) == len(moments) else None


def _first(history: list[rows.TicketEvent], kind: str) -> rows.TicketEvent | None:
    return min((event for event in history if event.kind == kind), key=lambda event: event.occurred_at, default=None)


def _is_marked(history: list[rows.TicketEvent], mark: str) -> bool:
    """Whether the last word on a mark was to set it; a ticket that is reopened loses it."""
    taken_back = (f"unmarked_{mark}", "reopened")
    said = [event for event in history if event.kind in (f"marked_{mark}", *taken_back)]
    said.sort(key=lambda event: (event.occurred_at, event.kind in taken_back))
    return bool(said) and said[-1].kind == f"marked_{mark}"


def _inquiry(ticket: rows.Ticket, history: list[rows.TicketEvent]) -> Inquiry:
    def first_at(kind: str) -> datetime | None:
        event = _first(history, kind)
        return None if event is None else event.occurred_at

    notice = _first(
        [event for event in history if event.promised_at and event.promised_at > event.occurred_at], "interim_notice"
    )
    transfers = sorted((event for event in history if event.kind == "transferred"), key=lambda event: event.occurred_at)
    return Inquiry(
        ticket,
        first_at("public_reply"),
        None if notice is None else notice.occurred_at,
        None if notice is None else notice.promised_at,
        first_at("handled"),
        first_at("rating_invited"),
        _is_marked(history, "spam"),
        _is_marked(history, "duplicate"),
        tuple((event.occurred_at, str(event.department_id)) for event in transfers),
    )


def _stands(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


def _checked(checks: list[tuple[date, bool]], day: date, valid_for: int) -> bool:
    """Whether the latest check on or before ``day`` is at most ``valid_for`` days old and found all well."""
    so_far = [check for check in checks if check[0] <= day]
    if not so_far:
        return False
    checked_on, well = max(so_far)
    return well and (day - checked_on).days <= valid_for

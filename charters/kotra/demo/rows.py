"""The synthetic agency's records, one class per landed table; fields are the canonical columns of ``subjects.yaml``.

Instants are aware UTC datetimes, dates are the agency's. Departments are ids; writers turn them into the names that the
source systems use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Ticket:
    ticket_id: str
    programme: str
    kind: str
    channel: str
    received_at: datetime
    department_id: str
    customer: str
    project_ended_on: date | None = None


@dataclass(frozen=True)
class TicketEvent:
    event_id: str
    ticket_id: str
    kind: str
    occurred_at: datetime
    department_id: str | None = None
    promised_at: datetime | None = None


@dataclass(frozen=True)
class Call:
    call_id: str
    department_id: str
    direction: str
    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    outcome: str
    caller: str


@dataclass(frozen=True)
class CallReview:
    review_id: str
    call_id: str | None
    department_id: str
    reviewed_at: datetime
    method: str
    greeting_given: bool
    department_given: bool
    name_given: bool
    transfer_needed: bool
    transfer_department_given: bool | None
    transfer_name_given: bool | None
    transfer_number_given: bool | None
    answered_by_first: bool


@dataclass(frozen=True)
class SurveyResponse:
    response_id: str
    kind: str
    ticket_id: str | None
    wave_id: str | None
    department_id: str | None
    responded_at: datetime
    score: float | None
    respondent: str


@dataclass(frozen=True)
class SurveyWave:
    wave_id: str
    kind: str
    held_on: date
    external_body: str | None
    invited: int | None


@dataclass(frozen=True)
class Notice:
    notice_id: str
    programme: str
    published_on: date
    department_id: str


@dataclass(frozen=True)
class Round:
    round_id: str
    programme: str
    department_id: str
    announced_on: date | None = None
    selected_on: date | None = None
    external_body: str | None = None
    external_evaluated_on: date | None = None
    operation_completed_on: date | None = None
    settled_on: date | None = None
    finished_on: date | None = None


@dataclass(frozen=True)
class ProgrammeChange:
    change_id: str
    programme: str
    department_id: str
    decided_on: date
    effective_on: date
    website_notice_on: date | None = None
    email_notice_on: date | None = None


@dataclass(frozen=True)
class Training:
    training_id: str
    held_on: date
    department_id: str
    trainees: int | None
    customer_meetings: int


@dataclass(frozen=True)
class Firm:
    firm_id: str
    programme: str
    department_id: str
    selected_on: date
    active_from_on: date | None = None
    active_to_on: date | None = None
    roadmap_confirmed_on: date | None = None
    adviser: str | None = None
    trade_office: str | None = None


@dataclass(frozen=True)
class Secondment:
    secondment_id: str
    agency: str
    officer: str | None
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class HomeDoctor:
    appointment_id: str
    role: str
    field: str | None
    person: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class Tenancy:
    tenancy_id: str
    firm: str
    reviewed_on: date | None
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class Page:
    page_id: str
    published_on: date
    retired_on: date | None = None


@dataclass(frozen=True)
class PageReview:
    review_id: str
    page_id: str
    reviewed_on: date


@dataclass(frozen=True)
class DisclosureRequest:
    request_id: str
    department_id: str
    received_on: date
    extended_on: date | None = None
    extension_reason: str | None = None
    decided_on: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True)
class Incident:
    incident_id: str
    kind: str
    department_id: str | None
    occurred_on: date
    confirmed_on: date | None = None


@dataclass(frozen=True)
class ChannelCheck:
    check_id: str
    purpose: str
    channel: str
    checked_on: date
    working: bool


@dataclass(frozen=True)
class Proposal:
    proposal_id: str
    department_id: str
    received_on: date
    adopted_on: date | None = None
    rewarded_on: date | None = None


@dataclass(frozen=True)
class SelfReview:
    self_review_id: str
    held_on: date
    department_id: str
    findings: int
    findings_without_action: int


@dataclass(frozen=True)
class Meeting:
    meeting_id: str
    kind: str
    held_on: date


@dataclass(frozen=True)
class Complaint:
    complaint_id: str
    department_id: str
    received_at: datetime
    confirmed_at: datetime | None = None
    corrected_at: datetime | None = None
    harm_confirmed_on: date | None = None
    compensation_decided_on: date | None = None
    paid_on: date | None = None
    remedy_agreed_on: date | None = None


@dataclass(frozen=True)
class Visit:
    visit_id: str
    department_id: str
    arrived_at: datetime
    served_at: datetime | None
    concluded_at: datetime
    name_given: bool
    kindly_received: bool
    seat_offered: bool
    comfortable: bool
    appointment_kept: bool | None = None
    urgent_reason: str | None = None


@dataclass(frozen=True)
class Waiver:
    waiver_id: str
    standard_id: str
    department_id: str | None
    subject_id: str | None
    from_on: date
    to_on: date
    reason: str
    approver: str
    decided_at: datetime


@dataclass(frozen=True)
class Action:
    action_id: str
    standard_id: str
    department_id: str | None
    from_on: date
    to_on: date | None
    cause: str
    measure: str
    owner: str
    due_on: date
    done_on: date | None = None


@dataclass(frozen=True)
class PeriodComment:
    comment_id: str
    standard_id: str
    department_id: str | None
    from_on: date
    to_on: date
    comment: str
    owner: str


# The table each class lands in, in the order of subjects.yaml.
TABLES: dict[str, type] = {
    "tickets": Ticket,
    "ticket_events": TicketEvent,
    "calls": Call,
    "call_reviews": CallReview,
    "survey_responses": SurveyResponse,
    "survey_waves": SurveyWave,
    "notices": Notice,
    "rounds": Round,
    "programme_changes": ProgrammeChange,
    "trainings": Training,
    "firms": Firm,
    "secondments": Secondment,
    "home_doctors": HomeDoctor,
    "tenancies": Tenancy,
    "pages": Page,
    "page_reviews": PageReview,
    "disclosure_requests": DisclosureRequest,
    "incidents": Incident,
    "channel_checks": ChannelCheck,
    "proposals": Proposal,
    "self_reviews": SelfReview,
    "meetings": Meeting,
    "complaints": Complaint,
    "visits": Visit,
    "waivers": Waiver,
    "actions": Action,
    "period_comments": PeriodComment,
}

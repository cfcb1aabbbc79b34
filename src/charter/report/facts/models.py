"""What a weekly report says, as figures: no words, no layout. Instants are aware UTC, dates the agency's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from charter.report.facts.rates import Components, Direction, Ends, Rate, rate

Result = Literal["kept", "broken", "nothing_due", "no_data", "check_error"]
# The figures that a change lies across: the closed week, the weeks shown with it, the year to date.
Reach = Literal["week", "trend", "year"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _written(texts: Any) -> Any:
    return {language: text for language, text in texts.items() if text is not None}


# What the agency wrote, by language; without those that it did not write it in.
Texts = Annotated[dict[str, str], BeforeValidator(_written)]


class Department(Frozen):
    """A department as it stood at the week's end. ``parent_id`` is None for the agency itself."""

    id: str
    name: Texts
    kind: str
    parent_id: str | None


class PartTarget(Frozen):
    """The target of one part of a rule. ``text`` is empty where the charter does not word the part."""

    part: str
    text: Texts
    target: float


class Standard(Frozen):
    """A standard under the rule in force at the week's end.

    ``target`` is that of all its commitments; None where its parts have ``targets`` of their own.
    """

    id: str
    rule_version: int
    position: int
    section: str
    citation: str
    pledge: str
    text: Texts
    kind: str
    basis: str
    basis_note: Texts
    threshold: Texts
    clock: str
    target: float | None
    owner: str
    effective_from: date
    targets: tuple[PartTarget, ...] = ()


class Case(Frozen):
    """One commitment in view. ``correctable`` says that late fulfilment still helps the customer.

    ``measured``, ``limit`` and ``comparison`` are in ``unit``; ``measured`` is None while unfulfilled. Of two limits
    ``least`` is the lower one. Its clock stood still ``paused_count`` times, for ``paused_seconds`` in all.
    ``awaiting_data`` says that its due time has passed but its source has not spoken yet. ``due_at`` is None where it
    is not known (``due_basis`` says why). ``broken_standard_id`` is the standard of whose breach it is promised.
    ``source_id`` is the source that its row came from. ``missing_evidence`` names the pieces that were not on record in
    time (``a,b|c``: one of b and c would have done), and ``waited_seconds`` is how long the customer waited, where the
    rule tells.
    """

    commitment_id: str
    standard_id: str
    part: str
    part_text: Texts
    subject_id: str
    department_id: str | None
    opened_at: datetime
    due_at: datetime | None
    due_basis: str
    fulfilled_at: datetime | None
    kind: str
    correctable: bool
    awaiting_data: bool
    measured: float | None
    limit: float | None
    unit: str
    comparison: str
    least: float | None = None
    paused_count: int = 0
    paused_seconds: float = 0
    broken_standard_id: str | None = None
    source_id: str = ""
    missing_evidence: str | None = None
    waited_seconds: float | None = None

    @property
    def due_order(self) -> tuple[bool, datetime, str]:
        """Sorts cases by their due time; those without one come last."""
        return self.due_at is None, self.due_at or self.opened_at, self.commitment_id


class CaseGroup(Frozen):
    """A standard's cases: how many there are, and the first of them (unfulfilled first, then by due time)."""

    standard_id: str
    count: int
    cases: tuple[Case, ...]


class CaseList(Frozen):
    """How many cases there are, and the first of them."""

    count: int
    cases: tuple[Case, ...]


class ExclusionCount(Frozen):
    """How many commitments of a standard a rule took out in the week."""

    standard_id: str
    rule: str
    text: Texts
    approver: str
    count: int


class CompanionFigure(Frozen):
    """A figure shown beside a standard: ``numerator`` over ``denominator``; ``share`` or mean."""

    standard_id: str
    companion: str
    share: bool
    numerator: float
    denominator: int


class WeekComponents(Frozen):
    week_start: date
    components: Components


class Allowance(Frozen):
    """How many more breaches a year can bear at the present volume.

    Of ``projected`` commitments of the year ``bearable`` may be breached; ``breached`` are, and ``unknown`` are counted
    as if they were (None: nothing bounds them, and nothing is ``left`` to tell). ``left`` below 0 says by how many the
    target is out of reach. ``used_up_on`` is the day of the last that can be borne at the present rate, None when that
    is not this year, or has come already.
    """

    projected: int
    bearable: int
    breached: int
    unknown: int | None
    left: int | None
    used_up_on: date | None


DutyState = Literal["done", "due", "at_risk", "missed", "no_data"]


class Duty(Frozen):
    """A duty of the calendar: one slot or notice of a standard. It can be kept until the end of ``last_day``."""

    standard_id: str
    department_id: str | None
    part: str
    part_text: Texts
    subject_id: str
    last_day: date
    state: DutyState


SeriesActionState = Literal["open", "overdue", "done"]
# ``undecided`` is too early to tell, or too little is known.
FigureChange = Literal["fewer", "more", "undecided"]


class SeriesWeek(Frozen):
    """One week of a series. ``ends`` are None when nothing is open."""

    week_start: date
    components: Components
    result: Result
    ends: Ends | None = None


class SeriesAction(Frozen):
    """An action on the register that concerns a series: ``on`` is the day on which it was done, else by which it is
    due. ``department_id`` is whose it is (None: all). ``change`` is of the figure since; None of one not done.
    """

    action_id: str
    department_id: str | None
    on: date
    state: SeriesActionState
    change: FigureChange | None = None

    @property
    def week(self) -> date:
        """The Monday of its week."""
        return self.on - timedelta(days=self.on.weekday())


class Series(Frozen):
    """A standard's weeks, oldest first, without gaps; the last one is the closed week.

    ``department_id`` None is the agency. ``target`` is None where its parts have targets of their own. On the days of
    ``rebased_on`` a further version of its rule came into force. ``actions`` are what is done to mend it, in the order
    of their days.
    """

    standard_id: str
    department_id: str | None
    target: float | None
    weeks: tuple[SeriesWeek, ...]
    rebased_on: tuple[date, ...] = ()
    actions: tuple[SeriesAction, ...] = ()


class MeasuredFigure(Frozen):
    """The figure of a slot. ``value`` is None where there is none: then ``unknown`` says that data are missing; else it
    was of too few rows."""

    first_on: date
    last_on: date
    value: float | None
    unknown: bool


class MeasuredSeries(Frozen):
    """What one part of a measure came to, slot after slot, the oldest first; ``department_id`` is whose it is.

    ``limit`` and the figures are in ``unit``; a figure on the ``better`` side of the limit, or on it, keeps it. At the
    places of ``rebased_at`` another version of the rule begins.
    """

    standard_id: str
    department_id: str | None
    part: str
    part_text: Texts
    unit: str
    limit: float
    better: Literal["high", "low"]
    figures: tuple[MeasuredFigure, ...]
    rebased_at: tuple[int, ...] = ()


class InDoubt(Frozen):
    """What leaves something of a week open: rows that were refused, rows dated after the night that can't be, rows that
    are gone at their source, and answers dated too long before their opening."""

    refused: int = 0
    ahead: int = 0
    withdrawn: int = 0
    early: int = 0

    def counts(self) -> list[tuple[str, int]]:
        """What there is, by name."""
        return [(name, count) for name in InDoubt.model_fields if (count := getattr(self, name))]


class TargetFigures(PartTarget):
    """What one target of a part came to in a period, under one version of the rule. ``ends`` are None when nothing is
    open."""

    rule_version: int
    components: Components
    result: Result
    ends: Ends | None = None


class FeltTerms(Frozen):
    """What customers are asked of a promise: the question, the scale of its answers, and from which on they agree."""

    question: Texts
    least: float
    most: float
    agrees_from: float


class Felt(Frozen):
    """What customers say of a promise in the year so far: ``agreed`` of those who ``answered``, from the first day of
    the first week with an answer to the last day of the last; None without any: that is no data."""

    terms: FeltTerms
    agreed: int
    answered: int
    first_on: date | None
    last_on: date | None

    def rate(self) -> Rate | None:
        """The share that agrees; None when nobody answered."""
        return rate(self.agreed, self.answered)


class StandardWeek(Frozen):
    """One standard of one department (None: the whole agency) in the closed week.

    ``earlier`` are the weeks before it, oldest first, without gaps. ``year`` runs from 1 January to as-of.
    ``breached_strict`` counts as breached what a declared rule had excluded, or what the strict reading adds.
    ``ends`` are None when nothing is open. ``targets`` are those of its parts, where they have targets of their own.
    ``series`` is what its chart shows, ``allowance`` what the year can still bear; None for a target of 100 %.
    ``felt`` is what customers say of it, where they are asked; it changes no result. ``measured`` are the figures of a
    measure, by its parts.
    """

    standard_id: str
    department_id: str | None
    components: Components
    breached_strict: int
    days_without_data: int
    result: Result
    reason: str
    in_doubt: InDoubt = InDoubt()
    ends: Ends | None = None
    earlier: tuple[WeekComponents, ...]
    direction: Direction
    year: Components
    year_result: Result
    year_ends: Ends | None = None
    targets: tuple[TargetFigures, ...] = ()
    year_targets: tuple[TargetFigures, ...] = ()
    series: Series | None = None
    allowance: Allowance | None = None
    felt: Felt | None = None
    measured: tuple[MeasuredSeries, ...] = ()


class MissingData(Frozen):
    """Days of the week that a source did not cover, with the reasons it gave."""

    source_id: str
    days: tuple[date, ...]
    reasons: tuple[str, ...]


class UnitFigures(Frozen):
    """What a department came to in the closed week, or it and all under it together: its commitments; of how many of
    its standards the result was what (one that several departments share counts for each); and its overdue cases."""

    components: Components = Components()
    broken: int = 0
    no_data: int = 0
    check_error: int = 0
    still_open: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return self.components.any or bool(self.broken or self.no_data or self.check_error or self.still_open)

    @property
    def gravity(self) -> tuple[int, int, int, int]:
        """Sorts the gravest first: by broken commitments, overdue cases, standards not judged, standards broken."""
        return -self.components.breached, -self.still_open, -(self.no_data + self.check_error), -self.broken

    def __add__(self, other: UnitFigures) -> UnitFigures:
        return UnitFigures(
            components=self.components + other.components,
            broken=self.broken + other.broken,
            no_data=self.no_data + other.no_data,
            check_error=self.check_error + other.check_error,
            still_open=self.still_open + other.still_open,
        )


class DepartmentSummary(Frozen):
    """One department in the report of one above it: its ``own`` figures, and those of it and all under it.

    ``level`` is its depth below the report's department, 1 for the nearest. ``has_below`` says that others are under
    it.
    """

    department_id: str
    level: int
    own: UnitFigures
    in_all: UnitFigures
    has_below: bool


class RuleTerms(Frozen):
    """What one version of a standard's rule says."""

    version: int
    threshold: Texts
    clock: str
    target: float | None
    effective_from: date
    effective_to: date | None
    targets: tuple[PartTarget, ...] = ()


class RuleStep(Frozen):
    """From ``on`` commitments open under ``after``; None where no rule was in force. ``reach``: what it lies across."""

    on: date
    before: RuleTerms | None
    after: RuleTerms | None
    reach: tuple[Reach, ...] = ()


class VersionCount(Frozen):
    """What one version of a rule decided in a period, beside another one; of ``part`` alone where that has a target of
    its own."""

    reach: Reach
    version: int
    components: Components
    target: float
    part: PartTarget | None = None


class RuleChange(Frozen):
    """A standard whose rule changed. ``counts`` are only of periods in which two versions decided something."""

    standard_id: str
    steps: tuple[RuleStep, ...]
    counts: tuple[VersionCount, ...]


class MoveCount(Frozen):
    """What a department decided in a period before and from the day of its move."""

    reach: Reach
    before: Components
    after: Components


class DepartmentMove(Frozen):
    """A department's place changed: its parent ``before`` and from ``on``; None where it was not there."""

    department_id: str
    on: date
    reach: tuple[Reach, ...]
    before: str | None
    after: str | None
    counts: tuple[MoveCount, ...]


ActionState = Literal["open", "overdue", "done", "withdrawn"]


class EffectSide(Frozen):
    """What the ``weeks`` that decided something, before or after an action, come to together."""

    weeks: int
    components: Components


class Effect(Frozen):
    """A figure before and after an action was done. ``change`` is of breaches, by an exact test that holds under as
    many actions as were ``looked_at``."""

    before: EffectSide
    after: EffectSide
    change: FigureChange
    looked_at: int


class ActionFacts(Frozen):
    """An action on the register, as it stands tonight. ``department_id`` None is all.

    ``cause``, ``measure`` and ``owner`` are as they were written; ``owner_department_id`` where the owner is one.
    ``is_cause`` says that its cause is on record; it is not where its newest version is ``unread``. ``ended_on`` is the
    day on which a withdrawn one went. ``effect`` is that of one that was done in the last half year.
    """

    action_id: str
    standard_id: str
    department_id: str | None
    from_on: date
    to_on: date | None
    cause: str
    measure: str
    owner: str
    owner_department_id: str | None
    due_on: date
    done_on: date | None
    state: ActionState
    days_overdue: int
    is_cause: bool
    unread: bool
    ended_on: date | None = None
    effect: Effect | None = None

    def answers(self, first: date, last_day: date) -> bool:
        """Whether its cause is on record for the days from ``first`` to ``last_day``: its period touches them; without
        a last day it goes on until it is done."""
        last = self.to_on or (self.done_on if self.state == "done" else None)
        return self.is_cause and self.from_on <= last_day and (last is None or last >= first)


class CauseAsked(Frozen):
    """A standard that was broken in the week and has no cause on record: ``weeks`` broken weeks in a row, from the one
    that begins ``since``. ``unread``: an entry that can't be read may be on it."""

    standard_id: str
    department_id: str | None
    since: date
    weeks: int
    unread: bool


class OwnerComment(Frozen):
    """What the owner of a standard says of a period. ``department_id`` None is all."""

    comment_id: str
    standard_id: str
    department_id: str | None
    from_on: date
    to_on: date
    comment: str
    owner: str


class Mending(Frozen):
    """From breach to mending. ``heard_on`` is the last day of which the register of actions was heard (None: of none);
    ``is_current`` that it was heard to the week's end. ``unread`` counts entries that can't be read and may concern the
    report. Without ``keeps_actions`` only comments are connected, and nothing is asked."""

    keeps_actions: bool
    heard_on: date | None
    is_current: bool
    unread: int
    asked: tuple[CauseAsked, ...]
    actions: tuple[ActionFacts, ...]
    comments: tuple[OwnerComment, ...]

    def in_state(self, state: ActionState) -> list[ActionFacts]:
        """The actions that stand so, in the order of their due dates."""
        return [each for each in self.actions if each.state == state]


class DepartmentWeek(Frozen):
    """What one department answers for in the closed week.

    ``standards`` are its own, and, for a department with others under it, those of theirs that are not in order.
    Cases, exclusions and ``below`` cover the department and all under it. ``components`` is the sum of commitments,
    ``earlier`` that of each week before, oldest first, without gaps.
    ``series_looked_at`` counts the agency's series of a standard over which ``worse`` and ``better`` were called.
    Of a month (``period_kind``) it tells the same: ``earlier`` are months then, and series still weeks.
    """

    agency_name: Texts
    charter_version: str
    as_of: datetime
    time_zone: str
    week_start: date
    week_end: date
    synthetic: bool
    whole_agency: bool
    department: Department
    components: Components
    series_looked_at: int
    period_kind: Literal["week", "month"] = "week"
    earlier: tuple[WeekComponents, ...]
    standards: tuple[StandardWeek, ...]
    breaches: tuple[CaseGroup, ...]
    still_open: CaseList
    due_next: CaseList
    exclusions: tuple[ExclusionCount, ...]
    companions: tuple[CompanionFigure, ...]
    missing: tuple[MissingData, ...]
    below: tuple[DepartmentSummary, ...]
    rule_changes: tuple[RuleChange, ...]
    moves: tuple[DepartmentMove, ...]
    catalogue: tuple[Standard, ...]
    departments: tuple[Department, ...]
    mending: Mending | None = None
    duties: tuple[Duty, ...] = ()

    @property
    def something_due(self) -> bool:
        """Whether anything was decided, is pending, lacks data or could not be checked."""
        return (
            self.components.any
            or bool(self.due_next.count or self.still_open.count)
            or any(week.result in ("no_data", "check_error", "broken") for week in self.standards)
        )


class PledgeWeek(Frozen):
    """One of the preamble's pledges, the standards that roll up under it, and what they came to, agency-wide.

    ``undecided`` counts standards without data and those whose check failed, ``nothing_due`` those of which nothing was
    due. ``components`` is the sum of their commitments.
    """

    id: str
    text: Texts
    standard_ids: tuple[str, ...]
    kept: int
    broken: int
    undecided: int
    nothing_due: int
    components: Components


class BrokenRun(Frozen):
    """A standard that a department broke in the closed week, and in how many ``weeks`` since it last kept it, from the
    week of ``since`` on (a Monday). Weeks in which it was not judged neither count nor end the run."""

    standard_id: str
    department_id: str
    weeks: int
    since: date


class RestatedWeek(Frozen):
    """A closed week of which something is known otherwise than it was closed with: how many commitments, and of how
    many departments."""

    week_start: date
    commitments: int
    departments: int


DecisionKind = Literal["cause", "source", "waiver", "calendar"]


class Decision(Frozen):
    """Something that somebody has to decide or see to, and whose it is.

    ``owner_id`` is the department that is asked; None where none is named. ``cause``: it broke ``standard_ids``, and
    no cause is on record. ``source``: the source ``subject`` is silent since the day ``on``. ``waiver``: the waiver
    ``subject`` ends with the day ``on``. ``calendar``: the working days after ``on`` are not settled.
    """

    kind: DecisionKind
    owner_id: str | None
    subject: str = ""
    standard_ids: tuple[str, ...] = ()
    on: date | None = None
    approver: str = ""


class AgencyOverview(Frozen):
    """What the head of the agency needs beside the figures: what is ``new``, what persists (the longest first), which
    closed weeks are ``restated`` (the newest first), and the ``decisions`` needed."""

    new: tuple[BrokenRun, ...]
    persisting: tuple[BrokenRun, ...]
    restated: tuple[RestatedWeek, ...]
    decisions: tuple[Decision, ...]


class AgencyWeek(Frozen):
    """The whole agency's closed week: every standard in force, under its pledge."""

    whole: DepartmentWeek
    pledges: tuple[PledgeWeek, ...]
    overview: AgencyOverview

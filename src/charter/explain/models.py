"""What an explanation says, as data: no words of a language, no layout. Instants are aware UTC, dates the agency's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from charter.report.facts.models import Result, Texts
from charter.report.facts.rates import Components, Ends

Cell = str | int | float | bool | datetime | date | None
Status = Literal["met", "breached", "pending", "excluded"]


class Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleTold(Told):
    """A version of a standard's rule, and the clause that it measures. ``place`` is its file and line.

    ``target`` is None where its parts have ``targets`` of their own, by part.
    """

    standard_id: str
    version: int
    citation: str
    section: str
    text: Texts
    pledge: Texts
    threshold: Texts
    basis: str
    basis_note: Texts
    clock: str
    kind: str
    target: float | None
    targets: dict[str, float]
    effective_from: date
    effective_to: date | None
    place: str


class CheckTold(Told):
    """A check of an expectation suite, on one night: what came of it. ``name`` is ``suite/expectation``."""

    name: str
    kind: str
    as_of: datetime
    outcome: str
    evaluated: int | None
    unexpected: int | None
    period_kind: str | None
    error: str | None


class CheckHistory(Told):
    """A check over the nights of which results are kept, the newest last; ``outcomes`` counts the nights by outcome."""

    newest: CheckTold
    first_at: datetime
    outcomes: dict[str, int]


class SealTold(Told):
    """A seal: its place under the state folder, its hash, and the code that made what it seals."""

    place: str
    sha256: str
    kind: str
    as_of: datetime
    sequence: int
    code_version: str
    code_sha256: str
    charter_version: str


class CommitmentTold(Told):
    """One row of the ledger (marts.fct_commitments)."""

    commitment_id: str
    standard_id: str
    rule_version: int
    part: str
    subject_table: str
    subject_id: str
    department_id: str
    opened_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    due_basis: str
    fulfilled_at: datetime | None
    fulfilled_by: str | None
    decided_at: datetime | None
    opened_on: date
    decided_on: date | None
    status: Status
    exclusion_rule: str | None
    measured_value: float | None
    limit_value: float | None
    lower_limit_value: float | None
    paused_count: int
    paused_seconds: float
    unit: str
    source_id: str | None
    known_at: datetime | None


class ExclusionTold(Told):
    """A rule or a waiver that takes commitments out: what it says, who approves it, how many it took out here."""

    rule: str
    text: Texts
    approver: str
    count: int = 0


class TargetTold(Told):
    """What a part with a target of its own came to."""

    part: str
    rule_version: int
    target: float
    components: Components
    result: str


class ReportedTold(Told):
    """The figure as a revision of the week's report had it; ``stands`` says whether it is what is known today."""

    revision: int
    as_of: datetime
    met: int
    breached: int
    excluded: int
    result: Result | None
    stands: bool


class SilenceTold(Told):
    """A source that left days of the period uncovered: how many, the first of them, and why."""

    source_id: str
    days: int
    first_day: date
    reason: str


class BesideTold(Told):
    """The same standard's figure of another department (None: of the whole agency)."""

    name: str
    department_id: str | None
    department: Texts
    components: Components
    result: str


class FigureExplanation(Told):
    """One figure. ``is_counted`` is false where nothing was counted under its name: then ``result`` says why not.

    ``commitments`` are the first of ``shown_of``, breached ones first. ``beside`` are the same standard's figures of
    the whole agency and of the other departments.
    """

    kind: Literal["figure"] = "figure"
    name: str
    as_of: datetime
    known_at: datetime
    agency: Texts
    time_zone: str
    period_kind: str
    period_start: date
    period_end: date
    department_id: str | None
    department: Texts
    is_counted: bool
    result: str
    reason: str
    components: Components
    breached_strict: int
    ends: Ends | None
    refused: int
    ahead: int
    withdrawn: int
    early: int
    awaited: int
    days_without_data: int
    targets: tuple[TargetTold, ...]
    rules: tuple[RuleTold, ...]
    reported: tuple[ReportedTold, ...]
    commitments: tuple[CommitmentTold, ...]
    shown_of: int
    exclusions: tuple[ExclusionTold, ...]
    silences: tuple[SilenceTold, ...]
    checks: tuple[CheckHistory, ...]
    seal: SealTold | None
    beside: tuple[BesideTold, ...]


class VersionTold(Told):
    """One version of a landed row: when it became known, where it stood in its source, and what it said.

    ``file`` is its place under the state folder, ``seal`` that of the seal which names the file. ``cells`` leaves out
    pseudonyms. ``is_used`` says that it is the newest known to the published night.
    """

    table: str
    source_id: str
    key: str
    known_at: datetime
    origin: str
    is_deletion: bool
    is_used: bool
    file: str
    seal: str | None
    cells: dict[str, Cell]


class FactTold(Told):
    """A value that is derived: what it is (``definition``, as subjects.yaml writes it), and the row that gave it."""

    column: str
    definition: str
    value: Cell
    row: str | None


class TestTold(Told):
    """A condition, what the row says, and whether it holds."""

    condition: str
    value: Cell
    holds: bool


StepKind = Literal[
    "opens",
    "counts_from",
    "limit",
    "extended",
    "not_extended",
    "works",
    "working_day",
    "day_off",
    "skipped",
    "pause",
    "stands_still",
    "rolls",
    "promised",
    "not_before",
    "figure",
    "event",
    "slot",
    "counted",
    "needed",
    "evidence",
    "no_evidence",
    "calendar",
    "due",
    "no_due",
    "fulfilled",
    "unfulfilled",
    "measured",
    "agrees",
    "differs",
    "not_walked",
]


class StepTold(Told):
    """A step of a clock's arithmetic. Which fields are filled hangs on its ``kind``."""

    kind: StepKind
    at: datetime | None = None
    until: datetime | None = None
    day: date | None = None
    amount: float | None = None
    total: float | None = None
    least: float | None = None
    unit: str = ""
    what: str = ""


class StretchTold(Told):
    """Who owned the subject from when until when (None: to this day)."""

    department_id: str
    department: Texts
    owned_from: datetime
    owned_until: datetime | None


class ConsideredTold(Told):
    """An exclusion or a waiver that might have taken the commitment out, and whether it did."""

    rule: str
    text: Texts
    approver: str
    tests: tuple[TestTold, ...]
    applies: bool


class RestatementTold(Told):
    """That a closed week says otherwise of the commitment than what is known now."""

    week: str
    closed_at: datetime
    before: str | None
    after: str | None
    cause: str


class CommitmentExplanation(Told):
    """One commitment, from the row in its source to the verdict, and where it counts."""

    kind: Literal["commitment"] = "commitment"
    name: str
    as_of: datetime
    known_at: datetime
    agency: Texts
    time_zone: str
    commitment: CommitmentTold
    department: Texts
    rule: RuleTold
    part_text: Texts
    comparison: str
    versions: tuple[VersionTold, ...]
    rows_beside: tuple[VersionTold, ...]
    rows_beside_of: int
    scope: tuple[TestTold, ...]
    facts: tuple[FactTold, ...]
    steps: tuple[StepTold, ...]
    owners: tuple[StretchTold, ...]
    considered: tuple[ConsideredTold, ...]
    restatements: tuple[RestatementTold, ...]
    counts_in: tuple[str, ...]
    checks: tuple[CheckHistory, ...]
    seal: SealTold | None


class RuleNotMet(Told):
    """A part of a rule that might have judged a row, and the conditions it asks for; ``commitment_id`` if it did.

    ``why`` is a code: ``counted``, ``in_force`` (opened when no version was), ``conditions``, ``not_opened`` (the date
    that opens it is empty) or ``no_commitment``.
    """

    standard_id: str
    rule_version: int
    part: str
    citation: str
    why: Literal["counted", "in_force", "conditions", "not_opened", "no_commitment"]
    tests: tuple[TestTold, ...]
    opens: str
    opened_on: date | None
    commitment_id: str | None


class RefusalTold(Told):
    """A time at which the row broke its contract; ``open`` says that nobody has put it right since."""

    source_id: str
    table: str
    origin: str
    column: str
    reason: str
    first_at: datetime
    last_at: datetime
    is_open: bool


class HeardTold(Told):
    """When a source that could have given the row was last heard, and what of that night has no key to be found by.

    ``without_key`` rows were refused without a readable key and are open, ``waiting`` ones belong to a later night,
    ``left_out`` ones the feed's own SQL leaves out.
    """

    source_id: str
    tables: tuple[str, ...]
    heard_at: datetime | None
    without_key: int = 0
    waiting: int = 0
    left_out: int = 0


class RowExplanation(Told):
    """What became of the rows that are called ``name``, in whichever table; whether counted, refused or never seen.

    ``similar`` are rows whose key is the same but for capitals, where none has this one.
    """

    kind: Literal["row"] = "row"
    name: str
    as_of: datetime
    known_at: datetime
    agency: Texts
    time_zone: str
    versions: tuple[VersionTold, ...]
    refusals: tuple[RefusalTold, ...]
    rules: tuple[RuleNotMet, ...]
    fates: tuple[str, ...]
    belongs_to: tuple[str, ...]
    commitments: tuple[CommitmentTold, ...]
    heard: tuple[HeardTold, ...]
    seal: SealTold | None
    similar: tuple[str, ...] = ()


Explanation = FigureExplanation | CommitmentExplanation | RowExplanation

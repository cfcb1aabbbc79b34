"""Builds explanations for tests of words and layout: one figure, one commitment, one row that does not count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from charter.explain.models import (
    BesideTold,
    CheckHistory,
    CheckTold,
    CommitmentExplanation,
    CommitmentTold,
    ConsideredTold,
    ExclusionTold,
    FactTold,
    FigureExplanation,
    HeardTold,
    RefusalTold,
    ReportedTold,
    RestatementTold,
    RowExplanation,
    RuleNotMet,
    RuleTold,
    SealTold,
    SilenceTold,
    StepTold,
    StretchTold,
    TestTold,
    VersionTold,
)
from charter.report.facts.rates import Components, Ends

AGENCY = {"en": "Town Hall", "ko": "시청"}
DESK = {"en": "Front desk", "ko": "민원실"}
JUNK = {"en": "Junk mail", "ko": "스팸"}
NIGHT = datetime(2026, 7, 5, 15, tzinfo=UTC)
OPENED = datetime(2026, 6, 29, 0, 30, tzinfo=UTC)


def rule() -> RuleTold:
    return RuleTold(
        standard_id="first-reply",
        version=2,
        citation="Service/Letters/1",
        section="Letters",
        text={"en": "A letter is answered within ten working hours", "ko": "편지에 근무 10시간 안에 답한다"},
        pledge={"en": "Answered in time", "ko": "제때 답한다"},
        threshold={"en": "within 10 working hours", "ko": "근무 10시간 이내"},
        basis="charter",
        basis_note={},
        clock="business_hours",
        kind="deadline",
        target=0.9,
        targets={},
        effective_from=date(2026, 1, 1),
        effective_to=None,
        place="charters/town/charter.yaml:41",
    )


def seal() -> SealTold:
    return SealTold(
        place="evidence/20260705T150000Z-nightly/manifest.json",
        sha256="3f9a02bc" * 8,
        kind="nightly",
        as_of=NIGHT,
        sequence=186,
        code_version="1.2.3",
        code_sha256="ab" * 32,
        charter_version="2026.1",
    )


def check(outcome: str = "broken") -> CheckHistory:
    told = CheckTold(
        name="thresholds/first-reply/week",
        kind="threshold",
        as_of=NIGHT,
        outcome=outcome,
        evaluated=12,
        unexpected=2,
        period_kind="week",
        error=None,
    )
    return CheckHistory(newest=told, first_at=NIGHT - timedelta(days=6), outcomes={"broken": 2, "kept": 5})


def commitment(subject: str = "L-17") -> CommitmentTold:
    return CommitmentTold(
        commitment_id=f"first-reply/reply/{subject}",
        standard_id="first-reply",
        rule_version=2,
        part="reply",
        subject_table="letters",
        subject_id=subject,
        department_id="desk",
        opened_at=OPENED,
        due_at=OPENED + timedelta(days=1, hours=1),
        original_due_at=OPENED + timedelta(days=1, hours=1),
        due_basis="limit",
        fulfilled_at=OPENED + timedelta(days=2),
        fulfilled_by="replied_at",
        decided_at=OPENED + timedelta(days=1, hours=1),
        opened_on=date(2026, 6, 29),
        decided_on=date(2026, 6, 30),
        status="breached",
        exclusion_rule=None,
        measured_value=16.5,
        limit_value=10,
        lower_limit_value=None,
        paused_count=0,
        paused_seconds=0,
        unit="hours",
        source_id="mail-room",
        known_at=NIGHT,
    )


def version(key: str = "L-17", *, is_used: bool = True) -> VersionTold:
    return VersionTold(
        table="letters",
        source_id="mail-room",
        key=key,
        known_at=NIGHT if is_used else NIGHT - timedelta(days=2),
        origin="letters.csv:18",
        is_deletion=False,
        is_used=is_used,
        file="lake/raw/letters/source=mail-room/as_of=20260705T150000Z/part-0.parquet",
        seal="evidence/20260705T150000Z-nightly/manifest.json" if is_used else None,
        cells={"letter_id": key, "received_at": OPENED, "kind": "inquiry", "urgent": None},
    )


def figure() -> FigureExplanation:
    """A figure that is undecided: two breached, one source silent, a report that said otherwise."""
    return FigureExplanation(
        name="2026-W27/first-reply/desk",
        as_of=NIGHT,
        known_at=NIGHT,
        agency=AGENCY,
        time_zone="Asia/Seoul",
        period_kind="week",
        period_start=date(2026, 6, 29),
        period_end=date(2026, 7, 5),
        department_id="desk",
        department=DESK,
        is_counted=True,
        result="no_data",
        reason="mail-room:2026-07-02; refused:1",
        components=Components(met=10, breached=2, pending=1, excluded=1),
        breached_strict=3,
        ends=Ends(met_at_least=10, breached_at_most=4, met_at_most=12, breached_at_least=2),
        refused=1,
        ahead=0,
        withdrawn=0,
        early=0,
        awaited=1,
        days_without_data=1,
        targets=(),
        rules=(rule(),),
        reported=(ReportedTold(revision=1, as_of=NIGHT, met=11, breached=1, excluded=1, result="kept", stands=False),),
        commitments=(commitment(), commitment("L-18")),
        shown_of=14,
        exclusions=(ExclusionTold(rule="spam", text=JUNK, approver="Head of desk", count=1),),
        silences=(SilenceTold(source_id="mail-room", days=1, first_day=date(2026, 7, 2), reason="missing"),),
        checks=(check(),),
        seal=seal(),
        beside=(
            BesideTold(
                name="2026-W27/first-reply",
                department_id=None,
                department=AGENCY,
                components=Components(met=40, breached=3),
                result="kept",
            ),
        ),
    )


def walked() -> CommitmentExplanation:
    """A breach in working time, with a hand-over, an exclusion that does not hold, and a week that said otherwise."""
    told = commitment()
    return CommitmentExplanation(
        name=told.commitment_id,
        as_of=NIGHT,
        known_at=NIGHT,
        agency=AGENCY,
        time_zone="Asia/Seoul",
        commitment=told,
        department=DESK,
        rule=rule(),
        part_text={},
        comparison="<=",
        versions=(version(is_used=False), version()),
        rows_beside=(),
        rows_beside_of=0,
        scope=(TestTold(condition="kind = inquiry", value="inquiry", holds=True),),
        facts=(
            FactTold(
                column="replied_at",
                definition="first occurred_at of events where kind = reply",
                value=OPENED + timedelta(days=2),
                row="events/E-4",
            ),
        ),
        steps=(
            StepTold(kind="opens", at=OPENED),
            StepTold(kind="limit", amount=36000, unit="working_seconds"),
            StepTold(kind="works", at=OPENED, until=OPENED + timedelta(hours=8), amount=28800, total=28800),
            StepTold(kind="day_off", day=date(2026, 7, 4), amount=2, unit="days"),
            StepTold(
                kind="works",
                at=OPENED + timedelta(days=1),
                until=OPENED + timedelta(days=1, hours=2),
                amount=7200,
                total=36000,
            ),
            StepTold(kind="due", at=told.due_at),
            StepTold(kind="agrees", at=told.due_at, until=told.due_at),
            StepTold(kind="fulfilled", at=told.fulfilled_at, what="replied_at"),
            StepTold(kind="measured", amount=16.5, total=10, unit="hours", what="<="),
        ),
        owners=(StretchTold(department_id="desk", department=DESK, owned_from=OPENED, owned_until=None),),
        considered=(
            ConsideredTold(
                rule="spam",
                text=JUNK,
                approver="Head of desk",
                tests=(TestTold(condition="spam_at ≠ ∅", value=None, holds=False),),
                applies=False,
            ),
        ),
        restatements=(
            RestatementTold(week="2026-W27", closed_at=NIGHT, before="met", after="breached", cause="late_row"),
        ),
        counts_in=("2026-W27/first-reply/desk", "2026-W27/first-reply"),
        checks=(check(),),
        seal=None,
    )


def not_counted() -> RowExplanation:
    """A row that no rule judges, beside one of the same key that was refused and put right."""
    return RowExplanation(
        name="L-99",
        as_of=NIGHT,
        known_at=NIGHT,
        agency=AGENCY,
        time_zone="Asia/Seoul",
        versions=(version("L-99"),),
        refusals=(
            RefusalTold(
                source_id="mail-room",
                table="letters",
                origin="letters.csv:99",
                column="received_at",
                reason="not_a_moment: 31.02.2026",
                first_at=NIGHT - timedelta(days=3),
                last_at=NIGHT - timedelta(days=1),
                is_open=False,
            ),
        ),
        rules=(
            RuleNotMet(
                standard_id="first-reply",
                rule_version=2,
                part="reply",
                citation="Service/Letters/1",
                why="conditions",
                tests=(
                    TestTold(condition="kind = inquiry", value="thanks", holds=False),
                    TestTold(condition="channel ∈ {letter, fax}", value="fax", holds=True),
                ),
                opens="received_at",
                opened_on=date(2026, 6, 29),
                commitment_id=None,
            ),
        ),
        fates=("letters: out_of_scope",),
        belongs_to=(),
        commitments=(),
        heard=(HeardTold(source_id="mail-room", tables=("letters",), heard_at=NIGHT, without_key=2, waiting=1),),
        seal=seal(),
    )

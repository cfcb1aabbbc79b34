"""The control tables: what dbt's models must know that is not a source row. Rewritten before every build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, get_args, get_type_hints

import duckdb
import pyarrow as pa

from charter.base.languages import column_in
from charter.base.moments import local_date, naive_utc
from charter.definitions.models import Agency, needed_tables
from charter.extract import SourceReceipt
from charter.transform.compile.calendar import (
    CalendarVersion,
    ClockDay,
    Day,
    OfficeCalendar,
    WorkingSpan,
    build_clock,
    build_days,
    clock_rules,
    office_calendars,
)
from charter.transform.compile.cases import case_tables
from charter.transform.compile.fates import landed_by_case
from charter.transform.compile.follows import Follow, follows
from charter.transform.compile.organisation import DepartmentVersion, department_versions
from charter.transform.compile.rules import compile_rules
from charter.transform.compile.slots import Slot, build_slots
from charter.transform.control.coverage import FeedDay, Horizon, feed_days, horizons
from charter.transform.control.registers import UnreadEntry
from charter.transform.doubt.doubted_case import DoubtedCase

# What a measure without enough rows is taken out by (dbt_project/models/commitments/commitments_measure.sql).
TOO_FEW_ROWS = "figure:too_few_rows"


@dataclass(frozen=True)
class Run:
    """The one row that says for when the warehouse is built. Instants are naive UTC."""

    as_of: datetime
    known_at: datetime
    today: date
    charter_id: str
    charter_version: str
    in_force_from: date
    agency_name_in: Mapping[str, str]
    time_zone: str


@dataclass(frozen=True)
class PeriodKindRow:
    """A kind of period in which standards are judged; of a fiscal year, the month and day on which it begins."""

    period_kind: str
    starts_in_month: int | None
    starts_on_day: int | None


@dataclass(frozen=True)
class StandardRow:
    """One standard in one version of its rule."""

    standard_id: str
    rule_version: int
    position: int
    section: str
    citation: str
    pledge: str
    pledge_in: Mapping[str, str]
    text_in: Mapping[str, str]
    kind: str
    basis: str
    basis_note_in: Mapping[str, str]
    threshold_in: Mapping[str, str]
    clock: str
    target: float | None
    missing_day_at_most: int | None
    owner: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True)
class RulePartRow:
    """How one part of a rule is measured."""

    standard_id: str
    rule_version: int
    part: str
    part_in: Mapping[str, str]
    kind: str
    subject_table: str
    clock: str
    calendar: str | None
    counting: str
    granularity: str
    counts_first_day: bool
    cut_off_seconds: int | None
    ends_at_closing: bool
    limit_amount: int | None
    limit_unit: str | None
    limit_count: int | None
    extension_count: int | None
    comparison: str
    unit: str
    unit_seconds: int
    nth: int
    required: int | None
    days: str | None
    per_kind: str | None
    per_column: str | None
    figure: str | None
    rank_per_mille: int | None
    limit_least: float | None
    limit_most: float | None
    least_rows: int | None
    scale: float | None
    rolling_count: int | None
    rolling_unit: str | None
    effective_from: date
    effective_to: date | None
    owner_department: str | None
    ownership: bool
    broken_standard_id: str | None
    target: float | None


@dataclass(frozen=True)
class TargetRow:
    """The share of its commitments that must be met: of one part (``target_part``), or of all together (None)."""

    standard_id: str
    rule_version: int
    target_part: str | None
    target: float
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True)
class StandardTable:
    """A landed table that a standard's rule is measured on."""

    standard_id: str
    rule_version: int
    table_name: str


@dataclass(frozen=True)
class SubjectTable:
    """A landed table that a subject table is made of."""

    subject_table: str
    table_name: str


@dataclass(frozen=True)
class ExclusionRow:
    """A rule that takes commitments out."""

    exclusion_rule: str
    text_in: Mapping[str, str]
    approver: str
    is_strict: bool


@dataclass(frozen=True)
class BuildKind:
    """The one row that says whether everything is built anew, or tonight's scope alone."""

    is_full: bool


@dataclass(frozen=True)
class ScopeRow:
    """A subject that an increment reworks."""

    subject_table: str
    subject_id: str


@dataclass(frozen=True)
class ScopeKey:
    """A landed row that an increment reworks, of whichever source."""

    table_name: str
    row_key: str


@dataclass(frozen=True)
class LandedCaseTable:
    """A landed table of which an increment sees the rows of its cases alone."""

    table_name: str


@dataclass(frozen=True)
class CaseTable:
    """A subject table that is reworked case by case."""

    subject_table: str


@dataclass(frozen=True)
class ReplacedCommitment:
    """What the ledger said of a commitment of tonight's scope before."""

    commitment_id: str
    standard_id: str
    rule_version: int
    part: str
    department_id: str
    status: str
    opened_on: date
    decided_on: date | None
    exclusion_rule: str | None


@dataclass(frozen=True)
class CarriedDay:
    """A row of commitments_by_day as the build before left it."""

    day: date
    standard_id: str
    rule_version: int
    part: str
    department_id: str
    opened: int
    met: int
    breached: int
    excluded: int
    excluded_strict: int


@dataclass(frozen=True)
class CarriedRestatement:
    """A row of restatements as the build before left it."""

    week_start: date
    closed_at: datetime
    standard_id: str
    commitment_id: str
    before_status: str | None
    after_status: str | None
    before_department_id: str | None
    after_department_id: str | None
    cause: str
    known_at: datetime | None


# The end of a field's name that holds a text by language.
_IN = "_in"
_ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}


def _arrow_type(hint: Any) -> pa.DataType:
    options = [each for each in get_args(hint) if each is not type(None)] or [hint]
    return _ARROW[options[0]]


def as_table(row_type: type, rows: Sequence[Any], languages: Sequence[str] = ()) -> pa.Table:
    """Rows of one dataclass as an Arrow table whose columns are its fields; works for no rows too.

    A field that holds a text by language (``text_in``) becomes a column for each of ``languages`` (``text_ko``).
    """
    assert is_dataclass(row_type)
    hints = get_type_hints(row_type)
    columns: dict[str, pa.Array] = {}
    for each in fields(row_type):
        values = [getattr(row, each.name) for row in rows]
        if each.name.endswith(_IN):
            columns |= _by_language(each.name.removesuffix(_IN), values, languages)
        else:
            columns[each.name] = pa.array(values, _arrow_type(hints[each.name]))
    return pa.table(columns)


def _by_language(name: str, texts: Sequence[Mapping[str, str]], languages: Sequence[str]) -> dict[str, pa.Array]:
    """A column for each language; NULL where a text is not written in it."""
    return {
        column_in(name, language): pa.array([text.get(language) for text in texts], pa.string())
        for language in languages
    }


def control_tables(
    agency: Agency,
    receipts: list[SourceReceipt],
    as_of: datetime,
    known_at: datetime,
    doubted: Sequence[DoubtedCase] = (),
    unread: Sequence[UnreadEntry] = (),
) -> dict[str, pa.Table]:
    """Every control table by name, for a build at ``as_of`` of what was known at ``known_at`` (both aware).

    ``doubted`` says what the rows that stand in doubt may mean, ``unread`` which entries of registers can't be read.
    """
    parts = compile_rules(agency)
    spoken = agency.charter.languages
    today = local_date(as_of, agency.zone)
    known_on = local_date(known_at, agency.zone)
    clocks = [build_clock(rules, known_on) for rules in clock_rules(agency)]
    covered = feed_days(agency, receipts, as_of)
    return {
        "run": as_table(Run, [_run(agency, as_of, known_at, today)], spoken),
        "period_kinds": as_table(PeriodKindRow, _period_kinds(agency)),
        "days": as_table(Day, build_days(agency.calendar, agency.zone, known_on)),
        "calendar_versions": as_table(CalendarVersion, [each for clock in clocks for each in clock.versions]),
        "office_calendars": as_table(OfficeCalendar, office_calendars(agency)),
        "clock_days": as_table(ClockDay, [day for clock in clocks for day in clock.days]),
        "working_spans": as_table(WorkingSpan, [span for clock in clocks for span in clock.spans]),
        "slots": as_table(Slot, build_slots(agency, parts, today)),
        "standards": as_table(StandardRow, _standards(agency), spoken),
        "rule_parts": as_table(RulePartRow, _rule_parts(agency), spoken),
        "targets": as_table(TargetRow, _targets(agency)),
        "standard_tables": as_table(StandardTable, _standard_tables(agency)),
        "subject_tables": as_table(SubjectTable, _subject_tables(agency)),
        "exclusions": as_table(ExclusionRow, _exclusions(agency), spoken),
        "departments": as_table(DepartmentVersion, department_versions(agency.organisation), spoken),
        "feed_days": as_table(FeedDay, covered),
        "horizons": as_table(Horizon, horizons(agency, covered, receipts)),
        "doubted_cases": as_table(DoubtedCase, doubted),
        "unread_entries": as_table(UnreadEntry, unread),
        "follows": as_table(Follow, follows(agency)),
        "landed_case_tables": as_table(LandedCaseTable, [LandedCaseTable(name) for name in landed_by_case(agency)]),
        "case_tables": as_table(CaseTable, [CaseTable(name) for each in case_tables(agency) for name in each.subjects]),
    }


def scope_tables(is_full: bool) -> dict[str, pa.Table]:
    """The kind of build, and for a full one what an increment would find of the build before: nothing."""
    kind = {"build": as_table(BuildKind, [BuildKind(is_full)])}
    if not is_full:
        return kind
    return kind | {
        "scope": as_table(ScopeRow, []),
        "scope_keys": as_table(ScopeKey, []),
        "replaced_commitments": as_table(ReplacedCommitment, []),
        "carried_days": as_table(CarriedDay, []),
        "carried_restatements": as_table(CarriedRestatement, []),
    }


def write_control(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> None:
    """Replaces the schema ``control`` of the working warehouse by ``tables``, in one transaction."""
    connection.begin()
    connection.execute("create schema if not exists control")
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"create or replace table control.{name} as select * from incoming")
        connection.unregister("incoming")
    connection.commit()


def _run(agency: Agency, as_of: datetime, known_at: datetime, today: date) -> Run:
    charter = agency.charter
    return Run(
        as_of=naive_utc(as_of),
        known_at=naive_utc(known_at),
        today=today,
        charter_id=charter.id,
        charter_version=charter.version,
        in_force_from=charter.in_force_from,
        agency_name_in=charter.agency.root,
        time_zone=charter.time_zone,
    )


def _period_kinds(agency: Agency) -> list[PeriodKindRow]:
    starts = agency.calendar.fiscal_year_starts
    return [
        PeriodKindRow(kind, starts.month, starts.day)
        if kind == "fiscal_year" and starts is not None
        else PeriodKindRow(kind, None, None)
        for kind in agency.charter.period_kinds
    ]


def _standards(agency: Agency) -> list[StandardRow]:
    pledges = {pledge.id: pledge.text for pledge in agency.charter.pledges}
    rows: list[StandardRow] = []
    for position, standard in enumerate(agency.charter.standards, start=1):
        for rule in standard.rules:
            note = rule.basis_note
            rows.append(
                StandardRow(
                    standard_id=standard.id,
                    rule_version=rule.version,
                    position=position,
                    section=standard.heading,
                    citation=standard.citation,
                    pledge=standard.pledge,
                    pledge_in=pledges[standard.pledge].root,
                    text_in=standard.text.root,
                    kind=standard.kind,
                    basis=rule.basis,
                    basis_note_in=note.root if note else {},
                    threshold_in=rule.threshold.root,
                    clock=rule.parts[0].clock,
                    target=rule.target,
                    missing_day_at_most=rule.missing_day_at_most,
                    owner=rule.owner.department or f"column {rule.owner.column}",
                    effective_from=rule.effective_from,
                    effective_to=rule.effective_to,
                )
            )
    return rows


def _rule_parts(agency: Agency) -> list[RulePartRow]:
    words = {
        (standard.id, rule.version, part.id): part.text
        for standard in agency.charter.standards
        for rule in standard.rules
        for part in rule.parts
    }
    rows: list[RulePartRow] = []
    for part in compile_rules(agency):
        text = words[part.standard_id, part.rule_version, part.part]
        rows.append(
            RulePartRow(
                part_in=text.root if text else {},
                effective_from=date.fromisoformat(part.effective_from),
                effective_to=date.fromisoformat(part.effective_to) if part.effective_to else None,
                **{
                    each.name: getattr(part, each.name)
                    for each in fields(RulePartRow)
                    if each.name not in ("part_in", "effective_from", "effective_to")
                },
            )
        )
    return rows


def _targets(agency: Agency) -> list[TargetRow]:
    return [
        TargetRow(standard.id, rule.version, part, target, rule.effective_from, rule.effective_to)
        for standard in agency.charter.standards
        for rule in standard.rules
        for part, target in rule.targets.items()
    ]


def _standard_tables(agency: Agency) -> list[StandardTable]:
    return [
        StandardTable(standard.id, rule.version, table)
        for standard in agency.charter.standards
        for rule in standard.rules
        for table in needed_tables(rule, agency.subjects)
    ]


def _subject_tables(agency: Agency) -> list[SubjectTable]:
    """The landed tables that must have been heard of before a subject's due time decides anything: those it is made of,
    and those whose rows hold its clock."""
    holding: dict[str, list[str]] = defaultdict(list)
    for part in compile_rules(agency):
        if part.pauses is not None:
            holding[part.subject_table].append(part.pauses.table)
    return [
        SubjectTable(name, table)
        for name, subject in agency.subjects.items()
        for table in dict.fromkeys([*(subject.of if not subject.landed else [name]), *holding[name]])
    ]


def _exclusions(agency: Agency) -> list[ExclusionRow]:
    """The charter's exclusions, and that of a figure of too few rows, which catalogues put into words."""
    rows = [
        ExclusionRow(name, each.text.root, each.approver, each.strict)
        for name, each in agency.charter.exclusions.items()
    ]
    if any(standard.kind == "measure" for standard in agency.charter.standards):
        rows.append(
            ExclusionRow(TOO_FEW_ROWS, dict.fromkeys(agency.charter.languages, TOO_FEW_ROWS), agency.charter.id, False)
        )
    return rows

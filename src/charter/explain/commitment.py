"""Why a commitment has its verdict: from the row in its source, through the clock, to the figures that it counts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from charter.base.figure_name import figure_name
from charter.base.moments import Period
from charter.base.settings import Settings
from charter.definitions.models import KINDS_OF_CASES, Agency, Subject
from charter.definitions.references import references
from charter.definitions.waivers import WAIVERS
from charter.explain.checks import checks_of
from charter.explain.conditions import tested
from charter.explain.counted import Counting
from charter.explain.deadline import Steps, measured
from charter.explain.derive import Case, Deriving, NotReadableError
from charter.explain.landed import Landed
from charter.explain.ledger import Ledger
from charter.explain.models import (
    CommitmentExplanation,
    CommitmentTold,
    ConsideredTold,
    FactTold,
    StepTold,
    StretchTold,
    TestTold,
    VersionTold,
)
from charter.explain.seals import Seals
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules

# Rows that belong to a case, or count for a slot: more of them are told by their number alone.
MOST_ROWS = 60


class CommitmentExplainer:
    """Explains single commitments of the published warehouse."""

    def __init__(self, settings: Settings, agency: Agency, ledger: Ledger) -> None:
        run = ledger.warehouse.run
        self._settings = settings
        self._agency = agency
        self._ledger = ledger
        self._run = run
        self._seals = Seals(settings)
        self._landed = Landed(settings, agency, run.known_at, self._seals)
        self._deriving = Deriving(agency, self._landed, run.as_of)
        self._parts = {(part.standard_id, part.rule_version, part.part): part for part in compile_rules(agency)}

    def explain(self, told: CommitmentTold) -> CommitmentExplanation:
        """Everything that the commitment rests on."""
        rules = {rule.version: rule for rule in self._ledger.rules(told.standard_id)}
        part = self._parts.get((told.standard_id, told.rule_version, told.part))
        text, comparison = self._ledger.part_text(told.standard_id, told.rule_version, told.part)
        owners = self._owners(told)
        case, beside, steps = self._walked(told, part, owners)
        shown = beside[:MOST_ROWS]
        return CommitmentExplanation(
            name=told.commitment_id,
            as_of=self._run.as_of,
            known_at=self._run.known_at,
            agency=self._run.agency_name,
            time_zone=self._agency.zone.key,
            commitment=told,
            department=self._ledger.department(told.department_id),
            rule=rules[told.rule_version],
            part_text=text,
            comparison=comparison,
            versions=tuple(self._versions(told)),
            rows_beside=tuple(shown),
            rows_beside_of=len(beside),
            scope=self._scope(part, case),
            facts=self._facts(part, case),
            steps=steps,
            owners=owners,
            considered=tuple(self._considered(told, part, case)),
            restatements=self._ledger.restatements(told.commitment_id),
            counts_in=tuple(self._counts_in(told)),
            checks=checks_of(self._settings, self._agency, told.standard_id, self._run.as_of),
            seal=self._seals.of_night(self._run.as_of),
        )

    # ── its rows ────────────────────────────────────────────────────────────────────────────────

    def _is_of_case(self, told: CommitmentTold) -> bool:
        rule = self._parts.get((told.standard_id, told.rule_version, told.part))
        return rule is not None and rule.kind in KINDS_OF_CASES

    def _versions(self, told: CommitmentTold) -> Iterator[VersionTold]:
        """Every version of the row that the commitment is of."""
        table = self._landed_table(told)
        if table is None or not self._is_of_case(told):
            return
        key = self._key(table, told.subject_id)
        for version in self._landed.versions(table, "_row_key", key):
            if self._landed.row_id(table, version.source_id, version.key) == told.subject_id:
                yield version

    def _landed_table(self, told: CommitmentTold) -> str | None:
        """The landed table whose rows the subjects are called as."""
        subject = self._agency.subjects.get(told.subject_table)
        if subject is None:
            return None
        if subject.landed:
            return told.subject_table
        return next((name for name in subject.of if self._agency.subjects[name].key == subject.key), None)

    def _key(self, table: str, subject_id: str) -> str:
        return subject_id.partition("/")[2] if table in self._landed.shared else subject_id

    def _beside(self, told: CommitmentTold) -> list[VersionTold]:
        """The rows of other tables that belong to the case, every version of each."""
        table = self._landed_table(told)
        if table is None:
            return []
        key, source_id = self._key(table, told.subject_id), told.source_id or ""
        return [
            version
            for name, column in self._belonging(table)
            for version in self._landed.versions(name, column, key, MOST_ROWS)
            if self._landed.may_belong(version.source_id, table, source_id)
        ]

    def _belonging(self, table: str) -> Iterator[tuple[str, str]]:
        """The tables that the subject's rules read beside its own, with the column that names its row."""
        for name, subject in self._agency.subjects.items():
            if subject.landed and name not in (table, WAIVERS):
                columns = [each.column for each in references(self._agency.subjects, name) if each.parent == table]
                columns += [key for key in (self._agency.subjects[table].key,) if _holds(subject, key, columns)]
                for column in columns[:1]:
                    yield name, column

    # ── what they say ───────────────────────────────────────────────────────────────────────────

    def _walked(
        self, told: CommitmentTold, part: RulePart | None, owners: Sequence[StretchTold]
    ) -> tuple[Case | None, list[VersionTold], tuple[StepTold, ...]]:
        """The case as it reads, the rows beside it, and the clock's steps."""
        beside = self._beside(told) if self._is_of_case(told) else []
        if part is None:
            return None, beside, (StepTold(kind="not_walked", what="charter.yaml"),)
        try:
            if part.kind in KINDS_OF_CASES:
                case = self._deriving.case(told.subject_table, told.subject_id)
                if case is None:
                    return None, beside, (StepTold(kind="not_walked", what=told.subject_table),)
                walking = Steps(self._agency, self._deriving, self._run.as_of)
                return case, beside, walking.of(told, part, case, _owner_at(told, owners))
            today = (self._run.as_of - timedelta(microseconds=1)).astimezone(self._agency.zone).date()
            counted = Counting(self._agency, self._ledger, self._landed, self._deriving, today).of(told, part)
        except NotReadableError as error:
            return None, beside, (StepTold(kind="not_walked", what=str(error)), measured(told, part))
        return None, self._rows_of(counted.cases), counted.steps

    def _rows_of(self, cases: Sequence[Case]) -> list[VersionTold]:
        found: list[VersionTold] = []
        for case in cases[:MOST_ROWS]:
            for row in case.rows.values():
                versions = self._landed.versions(row.table, "_row_key", row.key)
                found += [version for version in versions if version.source_id == row.source_id]
        return found

    def _scope(self, part: RulePart | None, case: Case | None) -> tuple[TestTold, ...]:
        return tested(part.where, case.cells) if part is not None and case is not None else ()

    def _facts(self, part: RulePart | None, case: Case | None) -> tuple[FactTold, ...]:
        """The derived values that this rule reads; those that other rules read say nothing here."""
        if part is None or case is None:
            return ()
        read = set(_columns_read(part))
        wanted = [fact for fact in case.facts if fact.column in read]
        return tuple(wanted)

    # ── who answers, and what might take it out ─────────────────────────────────────────────────

    def _owners(self, told: CommitmentTold) -> tuple[StretchTold, ...]:
        subject = self._agency.subjects.get(told.subject_table)
        tables = [told.subject_table, *(subject.of if subject is not None else ())]
        return self._ledger.owners(tables, told.subject_id)

    def _considered(self, told: CommitmentTold, part: RulePart | None, case: Case | None) -> Iterator[ConsideredTold]:
        named = set()
        for exclusion in part.exclusions if part is not None and case is not None else ():
            assert case is not None
            known = self._ledger.exclusion(exclusion.rule)
            named.add(exclusion.rule)
            yield ConsideredTold(
                rule=exclusion.rule,
                text=known.text,
                approver=known.approver,
                tests=tested(exclusion.where, case.cells),
                applies=told.exclusion_rule == exclusion.rule,
            )
        if told.exclusion_rule is not None and told.exclusion_rule not in named:
            known = self._ledger.exclusion(told.exclusion_rule)
            yield ConsideredTold(rule=known.rule, text=known.text, approver=known.approver, tests=(), applies=True)

    # ── where it counts ─────────────────────────────────────────────────────────────────────────

    def _counts_in(self, told: CommitmentTold) -> Iterator[str]:
        """The names of the figures that the commitment is counted in: its department's and the agency's."""
        if told.decided_on is None:
            return
        rows = self._ledger.warehouse.rows(
            """
            SELECT period_kind, period_start, period_end, department_id FROM marts.standard_results
            WHERE standard_id = ? AND period_start <= ? AND period_end >= ?
              AND (department_id = ? OR department_id IS NULL)
            ORDER BY period_end - period_start, department_id NULLS LAST, period_kind
            """,
            [told.standard_id, told.decided_on, told.decided_on, told.department_id],
        )
        for kind, start, end, department in rows:
            yield str(figure_name(Period(kind, start, end), told.standard_id, department))


def _holds(subject: Subject, key: str, columns: Sequence[str]) -> bool:
    return not columns and key in subject.columns and subject.key != key


def _owner_at(told: CommitmentTold, owners: Sequence[StretchTold]) -> str:
    """Who owned the case when it opened: that department's hours are the clock's."""
    for stretch in owners:
        if stretch.owned_from <= told.opened_at and (
            stretch.owned_until is None or told.opened_at < stretch.owned_until
        ):
            return stretch.department_id
    return told.department_id


def _columns_read(part: RulePart) -> Iterator[str]:
    for ref in (part.opens, part.due, part.not_before, part.extension_notified, part.event, part.notice, part.dated):
        if ref is not None:
            yield ref.name
    for finish in (*part.fulfilled_any, *part.fulfilled_all):
        yield finish.column.name
        yield from (condition.column for condition in finish.where)
    for evidence in part.evidence:
        for option in evidence.options:
            yield option.column.name
            if option.after is not None:
                yield option.after.name
    yield from (condition.column for condition in part.where)
    for exclusion in part.exclusions:
        yield from (condition.column for condition in exclusion.where)
        yield from (ref.name for ref in (exclusion.at, exclusion.ended) if ref is not None)
    for column in (part.owner_column, part.extension_reason, part.on, part.item, part.starts, part.ends):
        if column is not None:
            yield column
    if part.row_limit is not None:
        yield part.row_limit.column

"""What became of a row: counted and where, or not and why, or never seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source
from charter.definitions.references import references
from charter.definitions.waivers import WAIVERS
from charter.explain.conditions import day_of, tested
from charter.explain.derive import Case, Deriving, NotReadableError
from charter.explain.landed import Landed
from charter.explain.ledger import Ledger
from charter.explain.models import (
    CommitmentTold,
    HeardTold,
    RefusalTold,
    RowExplanation,
    RuleNotMet,
    VersionTold,
)
from charter.explain.seals import Seals
from charter.extract import read_receipts
from charter.extract.corrections.land import open_refusals
from charter.extract.corrections.refusals import Refusal, key_text, refusals
from charter.transform import opened
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules

MOST_COMMITMENTS = 60


class RowExplainer:
    """Explains rows by their key, as the published night knows them."""

    def __init__(self, settings: Settings, agency: Agency, ledger: Ledger) -> None:
        self._settings = settings
        self._agency = agency
        self._ledger = ledger
        self._run = ledger.warehouse.run
        self._seals = Seals(settings)
        self._landed = Landed(settings, agency, self._run.known_at, self._seals)
        self._deriving = Deriving(agency, self._landed, self._run.as_of)
        self._parts = compile_rules(agency)
        self._open_of: dict[str, list[Refusal]] = {}

    def explain(self, key: str, table: str | None = None) -> RowExplanation:
        """What became of the rows called ``key``: in one table, or in whichever has them."""
        tables = [table] if table is not None else [n for n, subject in self._agency.subjects.items() if subject.landed]
        versions = [version for name in tables for version in self._landed.versions(name, "_row_key", key)]
        ids = self._ids(versions) or [key]
        return RowExplanation(
            name=key if table is None else f"{table}/{key}",
            as_of=self._run.as_of,
            known_at=self._run.known_at,
            agency=self._run.agency_name,
            time_zone=self._agency.zone.key,
            versions=tuple(versions),
            refusals=tuple(self._refusals(key, tables)),
            rules=tuple(self._rules(versions)),
            fates=tuple(self._fates(key, tables)),
            belongs_to=tuple(self._belongs_to(versions)),
            commitments=tuple(self._commitments(ids, tables if table is not None else None)),
            heard=tuple(self._heard(tables)),
            seal=self._seals.of_night(self._run.as_of),
            similar=() if versions else tuple(self._similar(key, tables)),
        )

    def _similar(self, key: str, tables: Sequence[str]) -> Iterator[str]:
        for table in tables:
            yield from (f"{table}/{other}" for other in self._landed.spelled_otherwise(table, key))

    def _ids(self, versions: Sequence[VersionTold]) -> list[str]:
        return sorted({self._landed.row_id(each.table, each.source_id, each.key) for each in versions})

    def _commitments(self, ids: Sequence[str], tables: Sequence[str] | None) -> list[CommitmentTold]:
        where, values = "list_contains(?, subject_id)", [list(ids)]
        if tables is not None:
            derived = [name for name, subject in self._agency.subjects.items() if {name, *subject.of} & set(tables)]
            where, values = f"{where} AND list_contains(?, subject_table)", [*values, derived]
        return self._ledger.commitments(where, values, MOST_COMMITMENTS)

    # ── refused, or not heard of ────────────────────────────────────────────────────────────────

    def _refusals(self, key: str, tables: Sequence[str]) -> Iterator[RefusalTold]:
        for refusal in refusals(self._settings, self._agency, self._run.known_at):
            if refusal.table not in tables or not self._is_called(refusal, key):
                continue
            yield RefusalTold(
                source_id=refusal.source_id,
                table=refusal.table,
                origin=refusal.origin,
                column=refusal.column,
                reason=refusal.reason,
                first_at=refusal.first_at,
                last_at=refusal.last_at,
                is_open=refusal.id in {each.id for each in self._open(refusal.source_id)},
            )

    def _open(self, source_id: str) -> list[Refusal]:
        """The source's refused rows that nobody has put right, read once."""
        if source_id not in self._open_of:
            source = self._agency.source(source_id)
            self._open_of[source_id] = open_refusals(self._settings, self._agency, source, self._run.known_at)
        return self._open_of[source_id]

    def _is_called(self, refusal: Refusal, key: str) -> bool:
        subject = self._agency.subjects[refusal.table]
        return key_text(refusal.row.get(subject.key)) == key

    def _heard(self, tables: Sequence[str]) -> Iterator[HeardTold]:
        receipts = read_receipts(self._settings, self._run.known_at)
        for source in self._agency.sources:
            fed = tuple(dict.fromkeys(feed.table for feed in source.feeds if feed.table in tables))
            if fed:
                heard = [
                    (receipt.as_of, feed)
                    for receipt in receipts
                    if receipt.source_id == source.id
                    for feed in receipt.feeds
                    if feed.status == "landed" and feed.table in fed
                ]
                last = max((as_of for as_of, _ in heard), default=None)
                newest = [feed for as_of, feed in heard if as_of == last]
                yield HeardTold(
                    source_id=source.id,
                    tables=fed,
                    heard_at=last,
                    without_key=self._without_key(source, fed),
                    waiting=sum(feed.waiting or 0 for feed in newest),
                    left_out=sum(feed.left_out or 0 for feed in newest),
                )

    def _without_key(self, source: Source, tables: Sequence[str]) -> int:
        """How many open refused rows have no key that can be read: any row might be one of them."""
        subjects = self._agency.subjects
        return sum(
            refusal.table in tables and key_text(refusal.row.get(subjects[refusal.table].key)) is None
            for refusal in self._open(source.id)
        )

    # ── landed, and counted or not ──────────────────────────────────────────────────────────────

    def _rules(self, versions: Sequence[VersionTold]) -> Iterator[RuleNotMet]:
        """Every part of a rule that reads the row's table, and whether it judges the row."""
        for version in versions:
            if version.is_used and not version.is_deletion:
                subject_id = self._landed.row_id(version.table, version.source_id, version.key)
                for part in self._parts:
                    if self._is_judged_by(version.table, part):
                        told = self._judged(part, subject_id)
                        if told is not None:
                            yield told

    def _is_judged_by(self, table: str, part: RulePart) -> bool:
        subject = self._agency.subjects[part.subject_table]
        is_begun_with = table in subject.of and subject.key == self._agency.subjects[table].key
        return part.subject_table == table or is_begun_with

    def _judged(self, part: RulePart, subject_id: str) -> RuleNotMet | None:
        commitment_id = f"{part.standard_id}/{part.part}/{subject_id}"
        found = self._ledger.commitments(
            "commitment_id = ? AND rule_version = ?", [commitment_id, part.rule_version], 1
        )
        try:
            case = self._deriving.case(part.subject_table, subject_id)
        except NotReadableError:
            case = None
        rule = next(each for each in self._ledger.rules(part.standard_id) if each.version == part.rule_version)
        opens = _opening_column(part)
        opened_on = day_of(case.cells.get(opens), self._agency.zone) if case is not None and opens else None
        return RuleNotMet(
            standard_id=part.standard_id,
            rule_version=part.rule_version,
            part=part.part,
            citation=rule.citation,
            why="counted" if found else self._why_not(part, case, opened_on, opens),
            tests=tested(part.where, case.cells) if case is not None else (),
            opens=opens,
            opened_on=opened_on,
            commitment_id=found[0].commitment_id if found else None,
        )

    def _why_not(self, part: RulePart, case: Case | None, opened_on: date | None, opens: str) -> str:
        if case is None:
            return "no_commitment"
        if not all(test.holds for test in tested(part.where, case.cells)):
            return "conditions"
        if opens and opened_on is None:
            return "not_opened"
        until = part.effective_to or "9999"
        if opened_on is not None and not part.effective_from <= opened_on.isoformat() <= until:
            return "in_force"
        return "counted" if part.kind in ("occurrence", "level", "zero", "measure") else "no_commitment"

    def _fates(self, key: str, tables: Sequence[str]) -> list[str]:
        """What the models say became of the row, where the working warehouse is that of the published night."""
        if not self._settings.work_warehouse.exists():
            return []
        try:
            with opened(self._settings, self._settings.work_warehouse, read_only=True) as connection:
                built = connection.execute("SELECT as_of FROM control.run").fetchall()
                if built != [(naive_utc(self._run.as_of),)]:
                    return []
                rows = connection.execute(
                    """
                    SELECT DISTINCT table_name, fate FROM intermediate.int_row_fates
                    WHERE row_key = $key AND list_contains($tables, table_name) ORDER BY ALL
                    """,
                    {"key": key, "tables": list(tables)},
                ).fetchall()
        except duckdb.Error:
            return []
        return [f"{table}: {fate}" for table, fate in rows]

    def _belongs_to(self, versions: Sequence[VersionTold]) -> Iterator[str]:
        """The rows that the row refers to, as a person would ask for them."""
        found: dict[str, None] = {}
        for version in versions:
            if version.table == WAIVERS or not version.is_used:
                continue
            for reference in references(self._agency.subjects, version.table):
                value = version.cells.get(reference.column)
                if value is not None:
                    found[f"{reference.parent}/{value}"] = None
        yield from found


def _opening_column(part: RulePart) -> str:
    ref = part.opens or part.dated
    return ref.name if ref is not None else part.on or part.starts or ""

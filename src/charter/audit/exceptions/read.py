"""Reads the register of exceptions: waivers and exclusions from the published warehouse, refused waivers from the
lake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from charter.audit.exceptions.rows import (
    Exception_,
    Finding,
    RefusedWaiver,
    Register,
    RuleEntry,
    Tally,
    Use,
    WaiverEntry,
    WaiverState,
)
from charter.base.moments import last_ended_day, local_date
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.definitions.waivers import WAIVERS
from charter.extract.corrections.land import standing_refusals
from charter.report.facts.figures import read_departments
from charter.report.facts.warehouse import Warehouse, aware, aware_or_none
from charter.words import Words

EXPIRES_SOON = timedelta(days=30)
# The exclusions that no rule of the charter makes.
_OF_THE_ENGINE = "figure:"
# What a waiver names, of all that the ledger has: `commitment` is a row of fct_commitments.
_COVERS = """
    commitment.standard_id = waiver.standard_id
    AND (waiver.department_id IS NULL OR commitment.department_id = waiver.department_id)
    AND (
        waiver.subject_id IS NULL OR commitment.subject_id = waiver.subject_id
        OR ends_with(commitment.subject_id, '/' || waiver.subject_id)
    )
    AND commitment.opened_on BETWEEN waiver.from_on AND waiver.to_on
"""


def read_register(settings: Settings, agency: Agency, words: Words, warehouse: Warehouse) -> Register:
    """All that was ever excused, as of the night that ``warehouse`` was published by, in ``words``.

    Raises StateError or SourceError when the lake can't be read.
    """
    return _Reading(settings, agency, words, warehouse).register()


@dataclass
class _Reading:
    settings: Settings
    agency: Agency
    words: Words
    warehouse: Warehouse

    def register(self) -> Register:
        run = self.warehouse.run
        self._until = last_ended_day(run.as_of, self.agency.zone)
        self._standards = {each.id: self.words.pick(each.text.root) for each in self.agency.charter.standards}
        self._departments = {
            name: self.words.pick(each.name) for name, each in read_departments(self.warehouse, self._until).items()
        }
        self._uses = self._read_uses()
        waivers, rules = tuple(self._waivers()), tuple(self._rules())
        every: list[Exception_] = [*waivers, *rules]
        return Register(
            charter_id=run.charter_id,
            charter_version=run.charter_version,
            language=self.words.language,
            night=run.as_of,
            until=self._until,
            waivers=waivers,
            rules=rules,
            refused=tuple(self._refused()),
            approvers=_tallies((each.approver, each) for each in every if each.approver),
            reasons=_tallies((each.reason, each) for each in every),
        )

    def _read_uses(self) -> dict[str, tuple[Use, ...]]:
        rows = self.warehouse.rows(
            """
            SELECT exclusion_rule, standard_id, department_id, count(*), min(decided_on), max(decided_on)
            FROM marts.fct_commitments WHERE status = 'excluded' AND exclusion_rule IS NOT NULL
            GROUP BY ALL ORDER BY ALL
            """
        )
        found: dict[str, list[Use]] = defaultdict(list)
        for rule, standard_id, department_id, count, first_on, last_on in rows:
            found[rule].append(
                Use(
                    standard_id=standard_id,
                    standard=self._standards.get(standard_id, standard_id),
                    department_id=department_id or "",
                    department=self._department(department_id),
                    commitments=count,
                    first_on=first_on,
                    last_on=last_on,
                )
            )
        return {rule: tuple(uses) for rule, uses in found.items()}

    def _department(self, department_id: str | None) -> str:
        return self._departments.get(department_id or "", department_id or self.words("department.unknown"))

    def _rules(self) -> Iterator[RuleEntry]:
        for name, rule in self.agency.charter.exclusions.items():
            yield RuleEntry(
                rule=name,
                reason=self.words.pick(rule.text.root),
                approver=rule.approver,
                uses=self._uses.get(name, ()),
                is_strict=rule.strict,
            )
        for name, uses in self._uses.items():
            if name.startswith(_OF_THE_ENGINE):
                reason = self.words.or_else(name.replace(":", "."), name)
                yield RuleEntry(rule=name, reason=reason, approver="", uses=uses, is_strict=False, is_engine=True)

    def _waivers(self) -> Iterator[WaiverEntry]:
        rows = self.warehouse.rows(
            f"""
            SELECT waiver.exclusion_rule, waiver.waiver_id, waiver.standard_id, waiver.department_id,
                   waiver.subject_id, waiver.from_on, waiver.to_on, waiver.reason, waiver.approver, waiver.decided_at,
                   waiver.source_id, waiver.origin, waiver.first_known_at, waiver.version_count, waiver.ended_at,
                   waiver.ended_by,
                   (SELECT count(*) FROM marts.fct_commitments AS commitment WHERE {_COVERS}),
                   (
                       SELECT count(DISTINCT restated.commitment_id)
                       FROM marts.restatements AS restated
                       INNER JOIN marts.fct_commitments AS commitment USING (commitment_id)
                       WHERE restated.before_status = 'excluded' AND commitment.status <> 'excluded' AND {_COVERS}
                   )
            FROM marts.waivers AS waiver
            ORDER BY waiver.to_on DESC, waiver.exclusion_rule
            """
        )
        for row in rows:
            rule, waiver_id, standard_id, department_id, subject_id, from_on, to_on, reason, approver, *times = row
            decided_at, source_id, origin, first_known_at, versions, ended_at, ended_by, covered, judged_again = times
            state = self._state(from_on, to_on, aware(decided_at) > self.warehouse.run.as_of, ended_by)
            uses = self._uses.get(rule, ())
            approved_on = local_date(aware(decided_at), self.agency.zone)
            yield WaiverEntry(
                rule=rule,
                reason=reason,
                approver=approver,
                uses=uses,
                waiver_id=waiver_id,
                standard_id=standard_id,
                standard=self._standards.get(standard_id, standard_id),
                department_id=department_id,
                department=self._department(department_id) if department_id else self.words("exceptions.all"),
                subject_id=subject_id,
                from_on=from_on,
                to_on=to_on,
                decided_at=aware(decided_at),
                source_id=source_id,
                origin=origin,
                first_known_at=aware(first_known_at),
                version_count=versions,
                ended_at=aware_or_none(ended_at),
                state=state,
                covered=covered,
                judged_again=judged_again,
                findings=tuple(_findings(state, bool(uses), approved_on > to_on, versions > 1)),
            )

    def _state(self, from_on: date, to_on: date, is_later: bool, ended_by: str | None) -> WaiverState:
        if ended_by == "withdrawn":
            return "withdrawn"
        if ended_by is not None:
            return "gone"
        if is_later or from_on > self._until:
            return "not_yet"
        if to_on <= self._until:
            return "expired"
        return "expiring" if to_on <= self._until + EXPIRES_SOON else "in_force"

    def _refused(self) -> Iterator[RefusedWaiver]:
        for source_id in self.agency.feeding(WAIVERS):
            source = self.agency.source(source_id)
            for each in standing_refusals(self.settings, self.agency, source, self.warehouse.run.known_at):
                if each.table == WAIVERS:
                    first_on = last_ended_day(each.first_at, self.agency.zone)
                    yield RefusedWaiver(source_id=source_id, origin=each.origin, because=each.reason, first_on=first_on)


def _findings(state: WaiverState, is_used: bool, is_late: bool, is_changed: bool) -> Iterator[Finding]:
    if not is_used and state in ("in_force", "expiring", "expired"):
        yield "excused_nothing"
    if is_late:
        yield "approved_after_its_days"
    if is_changed:
        yield "changed"
    if state == "gone":
        yield "gone"


def _tallies(entries: Iterable[tuple[str, Exception_]]) -> tuple[Tally, ...]:
    """Those that excused most first."""
    found: dict[str, list[Exception_]] = defaultdict(list)
    for name, entry in entries:
        found[name].append(entry)
    tallies = [
        Tally(
            name=name,
            waivers=sum(isinstance(each, WaiverEntry) for each in group),
            rules=sum(isinstance(each, RuleEntry) for each in group),
            commitments=sum(each.commitments for each in group),
        )
        for name, group in found.items()
    ]
    return tuple(sorted(tallies, key=lambda each: (-each.commitments, -each.waivers, each.name)))

"""What is at risk on the morning of a working day: due before the next one, overdue, and what came of what was told.

Every figure is a function of the published night and of the digest that was sent before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from charter.base.moments import Period, last_ended_day, local_date
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.cases import case_query, read_case
from charter.report.facts.figures import read_catalogue, read_departments, read_uncovered
from charter.report.facts.models import Case, Department, Frozen, MissingData, Standard, Texts
from charter.report.facts.mornings import horizon
from charter.report.facts.tables import is_synthetic
from charter.report.facts.warehouse import Warehouse

# Where a case at risk stands: ``awaiting`` is past due, and its source has not spoken yet.
Standing = Literal["overdue", "due", "awaiting"]
# Since the digest before: not told then, told as not overdue yet, or told as it stands.
Change = Literal["new", "lapsed", "same"]
# What came of a case that was told and is at risk no more.
Outcome = Literal["in_time", "late", "missed", "excluded", "handed_on", "later", "gone"]


class AtRiskCase(Frozen):
    """A case at risk. ``change`` is None in a first digest, which is compared with none."""

    case: Case
    standing: Standing
    change: Change | None


class ToldCase(Frozen):
    """What a digest told of a case."""

    commitment_id: str
    standard_id: str
    subject_id: str
    standing: Standing
    due_at: datetime | None


class ResolvedCase(Frozen):
    """A case that the digest before told of and that is at risk no more."""

    told: ToldCase
    outcome: Outcome


class AtRiskDay(Frozen):
    """What is told to the recipients of ``department`` on the morning of ``day``; ``whole_agency`` of all departments.

    It covers the department, and each below it whose own recipients nobody has named. ``until`` is when the agency's
    next working day begins, ``since`` the day of the digest before. ``missing`` are sources that did not cover the day
    that ended: what was done since may not be seen.
    """

    agency_name: Texts
    as_of: datetime
    time_zone: str
    day: date
    until: datetime
    since: date | None
    synthetic: bool
    whole_agency: bool
    department: Department
    cases: tuple[AtRiskCase, ...]
    resolved: tuple[ResolvedCase, ...]
    missing: tuple[MissingData, ...]
    catalogue: tuple[Standard, ...]
    departments: tuple[Department, ...]

    @property
    def has_news(self) -> bool:
        """Whether there is anything to tell: a case at risk, or a silent source, without which nobody can know that
        there is none."""
        return bool(self.cases or self.missing)

    def standing(self, standing: Standing) -> list[AtRiskCase]:
        """The cases that stand so, in order."""
        return [each for each in self.cases if each.standing == standing]

    def told(self) -> tuple[ToldCase, ...]:
        """What the digest tells, as the next one reads it."""
        return tuple(
            ToldCase(
                commitment_id=each.case.commitment_id,
                standard_id=each.case.standard_id,
                subject_id=each.case.subject_id,
                standing=each.standing,
                due_at=each.case.due_at,
            )
            for each in self.cases
        )

    def fingerprint(self) -> str:
        """A hash of everything that is told, 64 hexadecimal digits."""
        said = self.model_dump_json(include={"day", "since", "whole_agency", "cases", "resolved", "missing"})
        return sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Scope:
    """Whose cases a digest tells: those of ``covers`` (None is no known department), to whoever reads ``department``'s
    digest."""

    department: Department
    covers: frozenset[str | None]
    whole_agency: bool = False


# The digest before: its day, and what it told.
Before = tuple[date, Sequence[ToldCase]]


def department_scopes(departments: Mapping[str, Department], has_readers: Callable[[str], bool]) -> list[Scope]:
    """A scope for each department that somebody reads for, by id. What nobody reads is told to the next department
    above that has readers; cases of no known department to the agency's head."""
    covers: dict[str, set[str | None]] = defaultdict(set)
    top = next(each.id for each in departments.values() if each.parent_id is None)
    covers[top].add(None)
    for department_id in departments:
        at: str | None = department_id
        while at is not None and not has_readers(at):
            at = departments[at].parent_id
        covers[at or top].add(department_id)
    return [Scope(departments[name], frozenset(found)) for name, found in sorted(covers.items()) if has_readers(name)]


def whole_scope(departments: Mapping[str, Department]) -> Scope:
    """All departments in one digest."""
    top = next(each for each in departments.values() if each.parent_id is None)
    return Scope(top, frozenset([*departments, None]), whole_agency=True)


class AtRiskTables:
    """What is read of the warehouse once for all digests of a morning."""

    def __init__(self, settings: Settings, agency: Agency, warehouse: Warehouse) -> None:
        self._agency = agency
        self._run = warehouse.run
        self._warehouse = warehouse
        self.day = local_date(warehouse.run.as_of, agency.zone)
        ended = last_ended_day(warehouse.run.as_of, agency.zone)
        self.departments = read_departments(warehouse, self.day)
        self._catalogue = tuple(read_catalogue(warehouse, Period("day", ended, ended)).values())
        self._missing = tuple(
            item for _, item in sorted(read_uncovered(warehouse, Period("day", ended, ended)).items())
        )
        self._synthetic = is_synthetic(settings)
        self._horizons = {name: horizon(agency, name, self.day) for name in [*self.departments, None]}
        self._at_risk = list(self._read_at_risk())
        self._sources = set(warehouse.rows("SELECT DISTINCT department_id, source_id FROM marts.fct_commitments"))

    def day_of(self, scope: Scope, before: Before | None) -> AtRiskDay:
        """What is told to the readers of ``scope``, after the digest ``before``."""
        told = {each.commitment_id: each for each in before[1]} if before else {}
        cases = [
            AtRiskCase(case=case, standing=standing, change=_change(standing, told.get(case.commitment_id), before))
            for case, standing in self._at_risk
            if case.department_id in scope.covers
        ]
        known = {each.case.commitment_id for each in cases}
        left = [each for name, each in told.items() if name not in known]
        return AtRiskDay(
            agency_name=self._run.agency_name,
            as_of=self._run.as_of,
            time_zone=self._agency.charter.time_zone,
            day=self.day,
            until=self._horizons[None],
            since=before[0] if before else None,
            synthetic=self._synthetic,
            whole_agency=scope.whole_agency,
            department=scope.department,
            cases=tuple(sorted(cases, key=_in_order)),
            resolved=tuple(self._resolved(left, scope)),
            missing=tuple(item for item in self._missing if self._is_asked(item.source_id, scope)),
            catalogue=self._catalogue,
            departments=tuple(self.departments.values()),
        )

    def _is_asked(self, source_id: str, scope: Scope) -> bool:
        """Whether cases of the departments in ``scope`` came from the source, or one of them answers for it."""
        if any(source.id == source_id and source.owner in scope.covers for source in self._agency.sources):
            return True
        return any((department_id, source_id) in self._sources for department_id in scope.covers)

    def _read_at_risk(self) -> Iterator[tuple[Case, Standing]]:
        latest = max(self._horizons.values())
        rows = self._warehouse.rows(
            f"""
            SELECT found.*, fct.status FROM ({case_query(self._warehouse)}) AS found
            JOIN marts.fct_commitments AS fct USING (commitment_id)
            WHERE fct.status = 'breached' AND fct.fulfilled_at IS NULL AND found.correctable
               -- Nobody can see to a day that must stand before it ends, or to a call that rings.
               OR fct.status = 'pending' AND fct.due_at <= $latest AND found.kind NOT IN ('level', 'zero')
                  AND found.unit <> 'seconds'
            ORDER BY found.due_at, commitment_id
            """,
            {"latest": latest.replace(tzinfo=None)},
        )
        for *row, status in rows:
            case = read_case(row, self._run.as_of)
            if status == "breached":
                yield case.model_copy(update={"awaiting_data": False}), "overdue"
            elif case.awaiting_data:
                yield case, "awaiting"
            elif case.due_at is not None and case.due_at <= self._horizons.get(
                case.department_id, self._horizons[None]
            ):
                yield case, "due"

    def _resolved(self, told: Sequence[ToldCase], scope: Scope) -> Iterator[ResolvedCase]:
        rows = self._warehouse.rows(
            """
            SELECT commitment_id, department_id, status, fulfilled_at IS NOT NULL FROM marts.fct_commitments
            WHERE commitment_id IN (SELECT unnest($ids))
            """,
            {"ids": [each.commitment_id for each in told]},
        )
        found = {row[0]: row[1:] for row in rows}
        for each in sorted(told, key=lambda one: (one.standard_id, one.subject_id, one.commitment_id)):
            yield ResolvedCase(told=each, outcome=_outcome(found.get(each.commitment_id), scope))


def _outcome(now: tuple[str | None, str, bool] | None, scope: Scope) -> Outcome:
    if now is None:
        return "gone"
    department_id, status, fulfilled = now
    if department_id not in scope.covers:
        return "handed_on"
    if status == "breached":
        return "late" if fulfilled else "missed"
    return {"met": "in_time", "excluded": "excluded"}.get(status, "later")  # type: ignore[return-value]


def _change(standing: Standing, told: ToldCase | None, before: Before | None) -> Change | None:
    if before is None:
        return None
    if told is None:
        return "new"
    return "lapsed" if standing == "overdue" and told.standing != "overdue" else "same"


_FIRST = {"new": 0, "lapsed": 0, "same": 1, None: 0}


def _in_order(each: AtRiskCase) -> tuple[int, bool, datetime, str]:
    """What is new among the overdue comes first; else what falls due first."""
    return (_FIRST[each.change] if each.standing == "overdue" else 0, *each.case.due_order)

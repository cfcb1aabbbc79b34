"""The figures of a week's reports as data: as a report on file gave them, and as one would give them now.

Figures are what was decided under each standard and its verdict: met, breached and excluded commitments, which ones
were breached, days without data, rows in doubt, the two ends between which the truth lies, the result; and the same of
each target of its parts. Wording, layout,
companions, trends, what is still open or falls due next are no figures of the closed week: they move by themselves, and
nobody is written to because of them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal

from charter.base.moments import Period
from charter.report.facts.figures import (
    Key,
    ResultRow,
    members_of,
    read_departments,
    read_exclusions,
    read_results,
    read_target_figures,
)
from charter.report.facts.models import Department, Frozen, InDoubt, Result, TargetFigures
from charter.report.facts.rates import Ends, ShownEnds, shown_ends
from charter.report.facts.warehouse import Run, Warehouse


class ReportedTarget(Frozen):
    """The reported figures of one target of a part, under one version of the rule."""

    part: str
    rule_version: int
    met: int
    breached: int
    excluded: int
    result: Result
    ends: Ends | None = None

    @property
    def key(self) -> tuple[int, str]:
        return self.rule_version, self.part

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.met, self.breached, self.excluded

    @property
    def shown(self) -> tuple[int, int, int, Result, ShownEnds | None]:
        """What a reader saw: the counts, the result and, where that hangs on them, the two ends."""
        is_open = self.ends is not None and self.result == "no_data"
        ends = shown_ends(self.ends) if self.ends is not None and is_open else None
        return *self.counts, self.result, ends


class StandardFigures(Frozen):
    """One standard of one department (None: the whole agency) in the week.

    ``cases`` is a hash of the breached commitments' ids (empty without any), ``excluded_by`` the excluded ones by rule.
    ``result`` is None where only the counts are known: of a week reported by a release that kept no figures.
    ``in_doubt`` is None where nobody kept what was in doubt, and neither ``ends``: of a release that kept no such
    figures. Else ``ends`` are None when nothing was open. ``targets`` are those of its parts: None where a release
    reported none, empty where the parts share one.
    """

    standard_id: str
    department_id: str | None
    met: int
    breached: int
    excluded: int
    breached_strict: int | None = None
    days_without_data: int | None = None
    result: Result | None = None
    cases: str | None = None
    excluded_by: tuple[tuple[str, int], ...] = ()
    in_doubt: InDoubt | None = None
    ends: Ends | None = None
    targets: tuple[ReportedTarget, ...] | None = None

    @property
    def key(self) -> Key:
        return self.standard_id, self.department_id

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.met, self.breached, self.excluded

    @property
    def shown_ends(self) -> tuple[bool, ShownEnds | None]:
        """Whether anything was open, and the ends as a reader saw them."""
        return self.ends is not None, shown_ends(self.ends) if self.ends is not None else None


class ReportedFigures(Frozen):
    """The figures of one department's report, with those of all departments under it.

    ``as_of`` and ``known_at`` are the warehouse's (aware UTC); ``engine`` and ``charter`` are digests of what made it,
    empty where nobody knows.
    """

    version: Literal[1] = 1
    week: str
    department_id: str
    as_of: datetime
    known_at: datetime
    engine: str
    charter: str
    standards: tuple[StandardFigures, ...]

    def fingerprint(self) -> str:
        """Hash of the figures alone, 64 hexadecimal digits: it tells which revision a message carried."""
        figures = self.model_copy(update={"as_of": datetime.min, "known_at": datetime.min, "engine": "", "charter": ""})
        # Where no part has a target the hash is what it was before parts had any.
        without = {index: {"targets"} for index, row in enumerate(figures.standards) if not row.targets}
        return hashlib.sha256(figures.model_dump_json(exclude={"standards": without}).encode()).hexdigest()

    def of(self, department_id: str, members: Collection[str | None]) -> ReportedFigures:
        """What these figures say of another department's report, whose departments are ``members``."""
        standards = tuple(row for row in self.standards if row.department_id in members)
        return self.model_copy(update={"department_id": department_id, "standards": standards})

    def without_errors(self) -> ReportedFigures:
        """The same, knowing only the counts where a check could not be evaluated: no result to be held to."""
        rows = tuple(
            row.model_copy(update={"result": None}) if row.result == "check_error" else row for row in self.standards
        )
        return self.model_copy(update={"standards": rows})


def differs(before: StandardFigures | None, after: StandardFigures | None) -> bool:
    """Whether a report with ``before`` (None: nothing) said something else than one with ``after``.

    A department that nothing was counted for has no figures, whether it is named or not. A check that could not be
    evaluated tonight takes back nothing that was reported.
    """
    if before is None or after is None:
        there = before or after
        return there is not None and any(there.counts)
    if before.counts != after.counts:
        return True
    if before.result is None or after.result is None:
        return False
    then = (before.breached_strict, before.days_without_data, before.cases, before.excluded_by)
    now = (after.breached_strict, after.days_without_data, after.cases, after.excluded_by)
    if then != now or after.result not in (before.result, "check_error"):
        return True
    if after.result != "check_error" and targets_differ(before, after):
        return True
    # Any other result holds at both ends, whichever they are.
    return before.result == "no_data" and doubts_differ(before, after)


def targets_differ(before: StandardFigures, after: StandardFigures) -> bool:
    """Whether a target of a part was reported with other figures. What nobody kept is not compared."""
    if before.targets is None or after.targets is None:
        return False
    return {each.key: each.shown for each in before.targets} != {each.key: each.shown for each in after.targets}


def doubts_differ(before: StandardFigures, after: StandardFigures) -> bool:
    """Whether other rows are in doubt, or the ends that a reader sees are others. What nobody kept is not compared."""
    if before.in_doubt is None or after.in_doubt is None:
        return False
    return (before.in_doubt, before.shown_ends) != (after.in_doubt, after.shown_ends)


def members(departments: Mapping[str, Department], department_id: str) -> frozenset[str | None]:
    """The departments whose figures stand in a report: its own and all under it; in the agency's also what nobody owns
    and the whole (None)."""
    below: list[str | None] = [member for member, _ in members_of(dict(departments), department_id)]
    whole: list[str | None] = [None] if departments[department_id].parent_id is None else []
    return frozenset([department_id, *below, *whole])


def read_reported(warehouse: Warehouse, week: Period) -> dict[str, ReportedFigures]:
    """The figures that each department's report of ``week`` would have now, by department; the agency's has all."""
    departments = read_departments(warehouse, week.end)
    rows = tuple(_rows(warehouse, week))
    return {
        department_id: reported(warehouse.run, week, department_id, rows).of(
            department_id, members(departments, department_id)
        )
        for department_id in departments
    }


def reported(run: Run, week: Period, department_id: str, rows: Iterable[StandardFigures]) -> ReportedFigures:
    """``rows`` as the figures of a report made from the warehouse ``run``."""
    return ReportedFigures(
        week=week.key(),
        department_id=department_id,
        as_of=run.as_of,
        known_at=run.known_at,
        engine=run.made_by.engine if run.made_by else "",
        charter=run.made_by.charter if run.made_by else "",
        standards=tuple(rows),
    )


def _rows(warehouse: Warehouse, week: Period) -> Iterable[StandardFigures]:
    results = read_results(warehouse, week.kind, week.start)
    exclusions = read_exclusions(warehouse, week)
    cases = _cases(warehouse, week)
    targets = read_target_figures(warehouse, week.kind, week.start)
    for key in sorted(results, key=lambda key: (key[0], key[1] or "")):
        row = _row(key, results[key], _excluded_by(exclusions, key), cases.get(key, ""))
        yield row.model_copy(update={"targets": tuple(_target(each) for each in targets.get(key, ()))})


def _target(figures: TargetFigures) -> ReportedTarget:
    return ReportedTarget(
        part=figures.part,
        rule_version=figures.rule_version,
        met=figures.components.met,
        breached=figures.components.breached,
        excluded=figures.components.excluded,
        result=figures.result,
        ends=figures.ends,
    )


def _row(key: Key, row: ResultRow, excluded_by: tuple[tuple[str, int], ...], cases: str) -> StandardFigures:
    return StandardFigures(
        standard_id=key[0],
        department_id=key[1],
        met=row.components.met,
        breached=row.components.breached,
        excluded=row.components.excluded,
        breached_strict=row.breached_strict,
        days_without_data=row.days_without_data,
        result=row.result,
        cases=cases,
        excluded_by=excluded_by,
        in_doubt=row.in_doubt,
        ends=row.ends,
    )


def _excluded_by(exclusions: Mapping[Key, Mapping[str, int]], key: Key) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = defaultdict(int)
    for (standard_id, department_id), rules in exclusions.items():
        # The whole agency's are all departments' together, and those that nobody owns.
        if standard_id == key[0] and key[1] in (None, department_id):
            for rule, count in rules.items():
                counts[rule] += count
    return tuple(sorted(counts.items()))


def _cases(warehouse: Warehouse, week: Period) -> dict[Key, str]:
    """A hash of the breached commitments' ids by standard and department; None: those that nobody owns."""
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, sha256(string_agg(commitment_id, chr(10) ORDER BY commitment_id))
        FROM marts.fct_commitments
        WHERE status = 'breached' AND decided_on BETWEEN ? AND ?
        GROUP BY ALL
        """,
        [week.start, week.end],
    )
    return {(standard_id, department_id): digest for standard_id, department_id, digest in rows}

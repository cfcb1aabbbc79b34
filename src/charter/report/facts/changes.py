"""What changed in the rules and the organisation within the days that a report shows, and what falls on either side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from charter.base.moments import Period, earlier_starts
from charter.report.facts.figures import EARLIER_WEEKS, Key, components_of, read_targets_of_parts
from charter.report.facts.models import DepartmentMove, MoveCount, Reach, RuleChange, RuleStep, RuleTerms, VersionCount
from charter.report.facts.rates import Components
from charter.report.facts.warehouse import Warehouse

ONE_DAY = timedelta(days=1)

# A rule version, and the part that has a target of its own (None: all that count towards the rule's).
Counted = tuple[int, str | None]
# Period shown → version and part → what was decided.
VersionCounts = Mapping[Reach, Mapping[Counted, Components]]


@dataclass(frozen=True)
class ShownDays:
    """The days that a report's figures stand on (business dates, both ends included).

    ``trend`` is the weeks before and the week itself, ``year`` runs to the last ended day.
    """

    week: Period
    trend: Period
    year: Period

    @classmethod
    def of(cls, week: Period, in_force_from: date, last_day: date) -> ShownDays:
        new_year = week.end.replace(month=1, day=1)
        return cls(
            week=week,
            trend=Period("trend", max(earlier_starts(week, EARLIER_WEEKS)[0], in_force_from), week.end),
            year=Period("year", max(new_year, in_force_from), min(last_day, week.end.replace(month=12, day=31))),
        )

    def periods(self) -> dict[Reach, Period]:
        return {"week": self.week, "trend": self.trend, "year": self.year}

    def crossed(self, day: date) -> list[Reach]:
        """The periods in which some days lie before ``day`` and some do not."""
        return [reach for reach, period in self.periods().items() if period.start < day <= period.end]

    @property
    def first(self) -> date:
        return min(self.trend.start, self.year.start)

    @property
    def last(self) -> date:
        return max(self.week.end, self.year.end)


@dataclass(frozen=True)
class ChangeTables:
    """Every change on record up to the last day shown, in order. ``decided`` is only of standards with a change."""

    days: ShownDays
    steps: dict[str, tuple[RuleStep, ...]]
    terms: dict[tuple[str, int], RuleTerms]
    decided: dict[Key, VersionCounts]
    moves: tuple[DepartmentMove, ...]


def read_changes(warehouse: Warehouse, days: ShownDays) -> ChangeTables:
    """Reads versions of rules and places of departments; commitments only of what has more than one."""
    terms = _terms(warehouse, days.last)
    steps = {standard_id: tuple(_steps(versions, days.last)) for standard_id, versions in terms.items()}
    return ChangeTables(
        days=days,
        steps={standard_id: found for standard_id, found in steps.items() if found},
        terms={
            (standard_id, version.version): version for standard_id, versions in terms.items() for version in versions
        },
        decided=_decided(
            warehouse, days, [standard_id for standard_id, versions in terms.items() if len(versions) > 1]
        ),
        moves=tuple(_moves(warehouse, days)),
    )


def _terms(warehouse: Warehouse, last_day: date) -> dict[str, list[RuleTerms]]:
    rows = warehouse.rows(
        f"""
        SELECT standard_id, rule_version, {warehouse.texts("threshold")}, clock, target, effective_from, effective_to
        FROM marts.dim_standard WHERE effective_from <= ? ORDER BY position, effective_from
        """,
        [last_day],
    )
    terms: dict[str, list[RuleTerms]] = defaultdict(list)
    names = [name for name in RuleTerms.model_fields if name != "targets"]
    targets = read_targets_of_parts(warehouse)
    for standard_id, *values in rows:
        found = RuleTerms.model_validate(dict(zip(names, values, strict=True)))
        terms[standard_id].append(found.model_copy(update={"targets": targets.get((standard_id, found.version), ())}))
    return dict(terms)


def _steps(versions: Sequence[RuleTerms], last_day: date) -> Iterator[RuleStep]:
    """A standard's beginning is a step when others were in force before it; so is an end that nothing follows."""
    yield RuleStep(on=versions[0].effective_from, before=None, after=versions[0])
    for before, after in pairwise(versions):
        ended = _ends(before)
        if ended is not None and ended < after.effective_from:
            yield RuleStep(on=ended, before=before, after=None)
            yield RuleStep(on=after.effective_from, before=None, after=after)
        else:
            yield RuleStep(on=after.effective_from, before=before, after=after)
    ended = _ends(versions[-1])
    if ended is not None and ended <= last_day:
        yield RuleStep(on=ended, before=versions[-1], after=None)


def _ends(terms: RuleTerms) -> date | None:
    """The first day on which these terms are no longer in force."""
    return terms.effective_to + ONE_DAY if terms.effective_to else None


def _decided(warehouse: Warehouse, days: ShownDays, standards: list[str]) -> dict[Key, VersionCounts]:
    if not standards:
        return {}
    decided: dict[Key, dict[Reach, dict[Counted, Components]]] = defaultdict(lambda: defaultdict(dict))
    for reach, period in days.periods().items():
        rows = warehouse.rows(
            """
            SELECT standard_id, department_id, rule_version, CASE WHEN target IS NOT NULL THEN part END,
                   count(*) FILTER (WHERE status = 'met'), count(*) FILTER (WHERE status = 'breached'), 0,
                   count(*) FILTER (WHERE status = 'excluded')
            FROM marts.fct_commitments
            LEFT JOIN marts.dim_rule_part USING (standard_id, rule_version, part)
            WHERE decided_on BETWEEN ? AND ? AND standard_id IN (SELECT unnest(?))
            GROUP BY ALL ORDER BY ALL
            """,
            [period.start, period.end, standards],
        )
        for standard_id, department_id, version, part, *values in rows:
            decided[standard_id, department_id][reach][version, part] = components_of(values)
    return dict(decided)


# ── departments ─────────────────────────────────────────────────────────────────────────────────


def _moves(warehouse: Warehouse, days: ShownDays) -> Iterator[DepartmentMove]:
    rows = warehouse.rows(
        """
        SELECT department_id, valid_from, valid_to, parent_id
        FROM marts.dim_department WHERE valid_from <= ? ORDER BY department_id, valid_from
        """,
        [days.last],
    )
    places: dict[str, list[tuple[date, date | None, str | None]]] = defaultdict(list)
    for department_id, *place in rows:
        places[department_id].append((place[0], place[1], place[2]))
    for department_id, found in places.items():
        for on, before, after in _departures(found, days.last):
            if days.crossed(on):
                yield DepartmentMove(
                    department_id=department_id,
                    on=on,
                    reach=tuple(days.crossed(on)),
                    before=before,
                    after=after,
                    counts=tuple(_either_side(warehouse, days, department_id, on)),
                )


def _departures(
    places: Sequence[tuple[date, date | None, str | None]], last_day: date
) -> Iterator[tuple[date, str | None, str | None]]:
    """Day, place before and place from then on; None where the department was not there."""
    yield places[0][0], None, places[0][2]
    for (_, valid_to, before), (valid_from, _, after) in pairwise(places):
        # A row of its own may only tell that something higher up moved.
        if before != after:
            yield valid_from, before, after
        elif valid_to is not None and valid_to + ONE_DAY < valid_from:
            yield valid_to + ONE_DAY, before, None
            yield valid_from, None, after
    ended = places[-1][1]
    if ended is not None and ended < last_day:
        yield ended + ONE_DAY, places[-1][2], None


def _either_side(warehouse: Warehouse, days: ShownDays, department_id: str, on: date) -> Iterator[MoveCount]:
    # Sums over departments are shown of the week; of the year for the department itself.
    sides: dict[Reach, Period] = {"week": days.week, "year": days.year}
    for reach, period in sides.items():
        row: tuple[Any, ...] = warehouse.rows(
            """
            SELECT count(*) FILTER (WHERE status = 'met' AND decided_on < $on),
                   count(*) FILTER (WHERE status = 'breached' AND decided_on < $on), 0,
                   count(*) FILTER (WHERE status = 'excluded' AND decided_on < $on),
                   count(*) FILTER (WHERE status = 'met' AND decided_on >= $on),
                   count(*) FILTER (WHERE status = 'breached' AND decided_on >= $on), 0,
                   count(*) FILTER (WHERE status = 'excluded' AND decided_on >= $on)
            FROM marts.fct_commitments
            WHERE department_id = $department AND decided_on BETWEEN $first AND $last
            """,
            {"on": on, "department": department_id, "first": period.start, "last": period.end},
        )[0]
        before, after = components_of(row[:4]), components_of(row[4:])
        if before.any and after.any:
            yield MoveCount(reach=reach, before=before, after=after)


# ── cutting ─────────────────────────────────────────────────────────────────────────────────────


def rule_changes(
    changes: ChangeTables, standards: Sequence[str], members: Sequence[str | None], *, whole_agency: bool
) -> Iterator[RuleChange]:
    """The changes of ``standards`` that the figures of ``members`` stand across, in the standards' order."""
    for standard_id in standards:
        counts = _sums(changes, standard_id, None if whole_agency else members)
        steps = tuple(
            step.model_copy(update={"reach": tuple(reach)})
            for step in changes.steps.get(standard_id, ())
            if (reach := _reach(changes.days, step, counts))
        )
        if steps:
            yield RuleChange(
                standard_id=standard_id, steps=steps, counts=tuple(_version_counts(changes, standard_id, counts))
            )


def further_versions(steps: Sequence[RuleStep]) -> list[date]:
    """The days on which a further version of a rule came into force: what is measured from then on is another thing."""
    return [step.on for step in steps[1:] if step.after is not None]


def every_step(changes: ChangeTables, standard_id: str) -> RuleChange | None:
    """All that ever changed in a standard, with what its versions decided agency-wide in the days shown."""
    steps = changes.steps.get(standard_id, ())
    if len(steps) < 2:
        return None
    counts = _sums(changes, standard_id, None)
    marked = tuple(step.model_copy(update={"reach": tuple(_reach(changes.days, step, counts))}) for step in steps[1:])
    return RuleChange(
        standard_id=standard_id, steps=marked, counts=tuple(_version_counts(changes, standard_id, counts))
    )


def _sums(changes: ChangeTables, standard_id: str, members: Sequence[str | None] | None) -> VersionCounts:
    """Summed over ``members``; over everybody when None."""
    sums: dict[Reach, dict[Counted, Components]] = {}
    for (counted, department_id), periods in changes.decided.items():
        if counted == standard_id and (members is None or department_id in members):
            for reach, versions in periods.items():
                known = sums.setdefault(reach, {})
                for counted_by, components in versions.items():
                    known[counted_by] = known.get(counted_by, Components()) + components
    return sums


def _reach(days: ShownDays, step: RuleStep, counts: VersionCounts) -> list[Reach]:
    """The periods that the step lies in, or in which what it ended still decided something beside what it began."""
    crossed = days.crossed(step.on)
    if step.before and step.after:
        both = {step.before.version, step.after.version}
        crossed += [reach for reach, found in counts.items() if both <= _versions(found)]
    return [reach for reach in days.periods() if reach in crossed]


def _versions(counts: Mapping[Counted, Components]) -> set[int]:
    return {version for version, _ in counts}


def _version_counts(changes: ChangeTables, standard_id: str, counts: VersionCounts) -> Iterator[VersionCount]:
    for reach in changes.days.periods():
        found = counts.get(reach, {})
        if len(_versions(found)) < 2:
            continue
        for (version, name), components in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            terms = changes.terms[standard_id, version]
            part = next((each for each in terms.targets if each.part == name), None)
            target = part.target if part else terms.target
            assert target is not None, "charter check asks for a target of each commitment"
            yield VersionCount(reach=reach, version=version, components=components, target=target, part=part)


def department_moves(
    changes: ChangeTables, department_id: str, below: Sequence[str], above: Sequence[str], *, whole_agency: bool
) -> Iterator[DepartmentMove]:
    """The moves that concern a department: its own, those below and above it, and of what left it."""
    own = {department_id, *below}
    for move in changes.moves:
        if whole_agency or move.department_id in own or move.department_id in above or move.before in own:
            yield move

"""Whether a standard's figure changed after an action was done: weeks before its week against closed weeks after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import Period
from charter.report.facts.changes import further_versions
from charter.report.facts.figures import Key, components_of, ends_of
from charter.report.facts.models import Effect, EffectSide, FigureChange, RuleStep
from charter.report.facts.rates import Components, Ends, at_best, at_worst, total
from charter.report.facts.warehouse import Warehouse
from charter.report.spc.significance import chance_of_so_few, chance_of_so_many

# So many weeks on either side are compared at most, and so many at least must have decided something.
MOST_WEEKS = 12
FEWEST_WEEKS = 4
# One side; shared among all actions that are looked at.
CHANCE = 0.025


@dataclass(frozen=True)
class DoneAction:
    """An action that was done on an agency date, for a standard and a department (None: the agency)."""

    action_id: str
    key: Key
    done_on: date

    @property
    def week(self) -> date:
        """The Monday of the week in which it was done."""
        return self.done_on - timedelta(days=self.done_on.weekday())


@dataclass(frozen=True)
class _Week:
    components: Components
    ends: Ends | None


@dataclass(frozen=True)
class _Side:
    """The weeks of one side. ``worst`` and ``best`` are None where nothing bounds what is not known."""

    weeks: int
    known: Components
    worst: Components | None
    best: Components | None

    def shown(self) -> EffectSide:
        return EffectSide(weeks=self.weeks, components=self.known)


def effects_of(
    warehouse: Warehouse, actions: Sequence[DoneAction], week: Period, steps: Mapping[str, Sequence[RuleStep]]
) -> dict[str, Effect]:
    """The effect of each action, by its id, as known at the end of ``week``. Weeks under another version of the
    standard's rule than that of the action's week are not compared."""
    if not actions:
        return {}
    weeks, silent = _weeks(warehouse, min(action.week for action in actions), week)
    compared = {}
    for action in actions:
        changed = further_versions(steps.get(action.key[0], ()))
        since = max((day for day in changed if day <= action.done_on), default=date.min)
        until = min((day for day in changed if day > action.done_on), default=date.max)
        compared[action.action_id] = tuple(
            _side(weeks.get(action.key, {}), silent, action.key[0], starts)
            for starts in (
                [start for start in _before(action.week) if start >= since],
                [start for start in _after(action.week, week) if start + timedelta(days=6) < until],
            )
        )
    looked_at = sum(_has_enough(*sides) for sides in compared.values())
    return {
        action_id: Effect(
            before=before.shown(),
            after=after.shown(),
            change=_change(before, after, looked_at),
            looked_at=looked_at,
        )
        for action_id, (before, after) in compared.items()
    }


def _before(done: date) -> list[date]:
    return [done - timedelta(weeks=back) for back in range(MOST_WEEKS, 0, -1)]


def _after(done: date, week: Period) -> list[date]:
    later = (done + timedelta(weeks=on) for on in range(1, MOST_WEEKS + 1))
    return [start for start in later if start <= week.start]


def _weeks(
    warehouse: Warehouse, first_done: date, week: Period
) -> tuple[dict[Key, dict[date, _Week]], Collection[tuple[str, date]]]:
    """Every week's components and ends by standard and department; and the weeks with days without data."""
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, period_start, coalesce(days_without_data, 0),
               met, breached, pending, excluded, met_at_least, breached_at_most, met_at_most, breached_at_least
        FROM marts.standard_results
        WHERE period_kind = 'week' AND period_start BETWEEN ? AND ?
        """,
        [first_done - timedelta(weeks=MOST_WEEKS), week.start],
    )
    weeks: dict[Key, dict[date, _Week]] = {}
    silent = set()
    for standard_id, department_id, start, days, *values in rows:
        components = components_of(values[:4])
        found = weeks.setdefault((standard_id, department_id), {})
        found[start] = _Week(components, ends_of(components, values[4:]))
        if days:
            silent.add((standard_id, start))
    return weeks, silent


def _side(
    weeks: Mapping[date, _Week], silent: Collection[tuple[str, date]], standard_id: str, starts: Sequence[date]
) -> _Side:
    found = [weeks[start] for start in starts if start in weeks]
    # A silent week in which nothing was counted may have had anything.
    is_bounded = all(start in weeks or (standard_id, start) not in silent for start in starts)
    worst = [at_worst(each.components, each.ends) for each in found]
    best = [at_best(each.components, each.ends) for each in found]
    return _Side(
        weeks=sum(each.components.n > 0 for each in found),
        known=total([each.components for each in found]),
        worst=total([each for each in worst if each]) if is_bounded and all(worst) else None,
        best=total([each for each in best if each]) if is_bounded and all(best) else None,
    )


def _has_enough(before: _Side, after: _Side) -> bool:
    return min(before.weeks, after.weeks) >= FEWEST_WEEKS


def _change(before: _Side, after: _Side, looked_at: int) -> FigureChange:
    """Fewer breaches only if that holds at the worst after the action and at the best before it: what is missing never
    makes an action a success."""
    if not _has_enough(before, after):
        return "undecided"
    chance = CHANCE / looked_at
    now, then = after.known, before.known
    if chance_of_so_many(now.breached, now.n, then.breached, then.n) <= chance:
        return "more"
    if after.worst is None or before.best is None:
        return "undecided"
    now, then = after.worst, before.best
    return "fewer" if chance_of_so_few(now.breached, now.n, then.breached, then.n) <= chance else "undecided"

"""A standard's weeks in their order, of a department or the agency, as a chart shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import Period
from charter.report.facts.changes import further_versions
from charter.report.facts.figures import Key, components_of, ends_of, standards_unchecked
from charter.report.facts.models import Result, RuleStep, Series, SeriesAction, SeriesWeek, Standard
from charter.report.facts.rates import Components
from charter.report.facts.warehouse import Warehouse

# Half a year: enough weeks for firm limits, and still readable at the width of a phone.
SERIES_WEEKS = 26


@dataclass(frozen=True)
class SeriesTables:
    """The weeks of every standard and department (None: the agency) up to ``last``, as they are known tonight.

    ``silent`` are the standards and weeks in which days of a source are missing.
    """

    last: date
    weeks: Mapping[Key, Mapping[date, SeriesWeek]]
    silent: frozenset[tuple[str, date]]
    rebased_on: Mapping[str, tuple[date, ...]]


def read_series(warehouse: Warehouse, week: Period, steps: Mapping[str, Sequence[RuleStep]]) -> SeriesTables:
    """The last SERIES_WEEKS weeks up to ``week``."""
    rows = warehouse.rows(
        """
        SELECT standard_id, department_id, period_start, result, coalesce(days_without_data, 0),
               met, breached, pending, excluded, met_at_least, breached_at_most, met_at_most, breached_at_least
        FROM marts.standard_results
        WHERE period_kind = 'week' AND period_start BETWEEN ? AND ?
        """,
        [week.start - timedelta(weeks=SERIES_WEEKS - 1), week.start],
    )
    unchecked = standards_unchecked(warehouse, "week", week.start)
    weeks: dict[Key, dict[date, SeriesWeek]] = defaultdict(dict)
    silent: set[tuple[str, date]] = set()
    for standard_id, department_id, start, result, days, *values in rows:
        components = components_of(values[:4])
        if start == week.start and standard_id in unchecked:
            result = "check_error"
        weeks[standard_id, department_id][start] = SeriesWeek(
            week_start=start, components=components, result=result, ends=ends_of(components, values[4:])
        )
        if days:
            silent.add((standard_id, start))
    return SeriesTables(
        last=week.start,
        weeks=dict(weeks),
        silent=frozenset(silent),
        rebased_on={standard_id: tuple(further_versions(found)) for standard_id, found in steps.items()},
    )


def series_of(
    tables: SeriesTables,
    standard: Standard,
    department_id: str | None,
    since: date,
    actions: Sequence[SeriesAction] = (),
) -> Series:
    """The series of one standard, from the week that ``since`` (the charter's first day) lies in, without gaps.

    ``actions`` are what is done to mend it; those of before the first week are left out.
    """
    first = max(tables.last - timedelta(weeks=SERIES_WEEKS - 1), since - timedelta(days=since.weekday()))
    count = (tables.last - first).days // 7 + 1
    starts = [first + timedelta(weeks=at) for at in range(count)]
    known = tables.weeks.get((standard.id, department_id), {})
    judged = tables.weeks.get((standard.id, None), {})
    return Series(
        standard_id=standard.id,
        department_id=department_id,
        target=standard.target,
        weeks=tuple(known.get(start) or _nothing_counted(tables, standard.id, start, judged) for start in starts),
        rebased_on=tuple(day for day in tables.rebased_on.get(standard.id, ()) if first <= day),
        actions=tuple(action for action in actions if _is_on(action, first, tables.last)),
    )


def _is_on(action: SeriesAction, first: date, last: date) -> bool:
    """Whether an action belongs beside the weeks; what is to be done is due after them, too."""
    return first <= action.week and (action.state != "done" or action.week <= last)


def _nothing_counted(
    tables: SeriesTables, standard_id: str, start: date, judged: Mapping[date, SeriesWeek]
) -> SeriesWeek:
    """A week without a row: nothing was due, unless data are missing, or the standard was not judged at all."""
    is_known = start in judged and (standard_id, start) not in tables.silent
    result: Result = "nothing_due" if is_known else "no_data"
    return SeriesWeek(week_start=start, components=Components(), result=result)

"""Which series got worse or better this week, called over every series that the run looked at.

A department head reads one word, and the agency has hundreds of series: what is called has to hold under that many.
Every series is tested exactly, and ``discoveries`` chooses among all of them (see docs/charts.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from charter.base.moments import Period
from charter.report.facts.changes import further_versions
from charter.report.facts.figures import Key, ResultRow
from charter.report.facts.models import RuleStep
from charter.report.facts.rates import Components, Direction, at_worst, total
from charter.report.spc.significance import chance_of_so_few, chance_of_so_many, discoveries

# Of all words ``worse`` of a week so many are expected to be false at most, and of all words ``better``.
FALSE_CALLS = 0.05
# A trend needs at least this many decided commitments now, and this many earlier weeks that had any.
FEW_NOW = 5
FEW_WEEKS = 4


@dataclass(frozen=True)
class Compared:
    """One series: the weeks before, this week, and this week if everything that is not known went wrong.

    ``at_worst`` is None where nothing bounds what is not known.
    """

    earlier: Sequence[Components]
    now: Components
    at_worst: Components | None

    @property
    def has_enough(self) -> bool:
        return self.now.n >= FEW_NOW and sum(week.n > 0 for week in self.earlier) >= FEW_WEEKS

    def chance_of_worse(self) -> float:
        """How likely so many breaches are by chance alone, of what is known."""
        before = total(self.earlier)
        return chance_of_so_many(self.now.breached, self.now.n, before.breached, before.n)

    def may_be_worse(self) -> bool:
        """Whether what is not known may hide a change for the worse, judged as if this series were the only one."""
        if self.at_worst is None:
            return True
        before = total(self.earlier)
        chance = chance_of_so_many(self.at_worst.breached, self.at_worst.n, before.breached, before.n)
        return self.at_worst != self.now and chance <= FALSE_CALLS

    def chance_of_better(self) -> float:
        """How likely so few are, at the worst: what is missing never makes a week better."""
        before = total(self.earlier)
        if self.at_worst is None:
            return 1.0
        return chance_of_so_few(self.at_worst.breached, self.at_worst.n, before.breached, before.n)


@dataclass(frozen=True)
class Signals:
    """What is called. ``looked_at`` counts the series that had enough to be tested; the others are ``too_few``.

    Of a series in which nothing is called, ``unknown`` says that what is missing may hide a change for the worse.
    """

    looked_at: int = 0
    directions: Mapping[Key, Direction] = field(default_factory=dict)

    def of(self, key: Key) -> Direction:
        return self.directions.get(key, "too_few")


def signals(series: Mapping[Key, Compared]) -> Signals:
    """Calls ``worse`` and ``better`` over all of ``series`` together; FALSE_CALLS bounds the false ones among each."""
    tested = {key: each for key, each in series.items() if each.has_enough}
    worse = discoveries({key: each.chance_of_worse() for key, each in tested.items()}, FALSE_CALLS)
    better = discoveries({key: each.chance_of_better() for key, each in tested.items()}, FALSE_CALLS)
    directions: dict[Key, Direction] = {
        key: "unknown" if each.may_be_worse() else "steady" for key, each in tested.items()
    }
    directions |= dict.fromkeys(better, "better")
    directions |= dict.fromkeys(worse, "worse")
    return Signals(len(tested), directions)


def read_signals(
    week: Period,
    results: Mapping[Key, ResultRow],
    weekly: Mapping[Key, Mapping[date, Components]],
    steps: Mapping[str, Sequence[RuleStep]],
) -> Signals:
    """The calls of ``week``, over each department's and the agency's series of each standard.

    Where a rule changed, only the weeks that began under the newest one are compared.
    """
    since = {
        standard_id: max((day for day in further_versions(found) if day <= week.end), default=date.min)
        for standard_id, found in steps.items()
    }
    return signals(
        {
            key: _tested(row, weekly.get(key, {}), since.get(key[0], date.min), week.start)
            for key, row in results.items()
            if since.get(key[0], date.min) <= week.start
        }
    )


def _tested(row: ResultRow, weeks: Mapping[date, Components], since: date, this_week: date) -> Compared:
    earlier = [components for start, components in sorted(weeks.items()) if since <= start < this_week]
    return Compared(earlier, row.components, at_worst(row.components, row.ends))

"""A series of weeks as a control chart: which kind, limits from each change of the rule on, signals, icons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from charter.report.spc.icons import assurance, variation
from charter.report.spc.limits import p_limits, xmr_limits
from charter.report.spc.models import ControlChart, Kind, Limits, Observation, Point, Side, Signal, Unjudged
from charter.report.spc.rules import RULES, Measured, outside

# A p-chart needs so many commitments in a usual week; below, a share moves in steps too coarse for its limits.
FEW_A_WEEK = 10
# With fewer weeks there are no limits; until there are enough they are on trial (NHS: 12 points).
FEWEST_WEEKS = 7
ENOUGH_WEEKS = 12
# What happens less often than once a week says nothing by its absence: seven weeks without a breach are then usual.
RARE_A_WEEK = 1.0


@dataclass(frozen=True)
class _Process:
    """The weeks between two changes of the rule."""

    weeks: Sequence[Observation]
    kind: Kind
    is_share: bool

    @property
    def values(self) -> list[float]:
        return [week.value for week in self.weeks if week.value is not None]

    @property
    def has_few_weeks(self) -> bool:
        return len(self.values) < FEWEST_WEEKS

    @property
    def is_on_trial(self) -> bool:
        return len(self.values) < ENOUGH_WEEKS

    @property
    def is_rare(self) -> bool:
        """Whether a usual week has less than one that counts, or less than one that does not."""
        known = [(week.value, week.n) for week in self.weeks if week.value is not None]
        counted = sum(value * n for value, n in known)
        # Shares come from whole counts; rounding keeps a sum of their products from falling just short of one.
        fewer = round(min(counted, sum(n for _, n in known) - counted), 6)
        return self.is_share and fewer < RARE_A_WEEK * len(known)

    def limits(self) -> list[Limits | None]:
        if self.has_few_weeks or (self.is_rare and self.kind == "xmr"):
            return [None] * len(self.weeks)
        if self.kind == "p":
            return p_limits(self.weeks)
        ends = (0.0, 1.0) if self.is_share else (None, None)
        limits = xmr_limits(self.values, *ends)
        return [limits if week.value is not None else None for week in self.weeks]

    def points(self, improvement: Side) -> Iterator[Point]:
        limits = self.limits()
        signals = self._signals(limits, improvement)
        for at, week in enumerate(self.weeks):
            yield Point(week.value, week.n, week.unknown, limits[at], tuple(signals.get(at, ())))

    def _signals(self, limits: Sequence[Limits | None], improvement: Side) -> dict[int, list[Signal]]:
        """The signals of each point by its place.

        A week in which nothing was decided is passed over. One whose data are missing ends a row that speaks for an
        improvement, and is passed over in one that speaks for concern: missing data never improve what is said.
        """
        every = list(range(len(self.weeks)))
        found: dict[int, list[Signal]] = {}
        for places, wanted in ((every, False), *((row, True) for row in _unbroken(self.weeks))):
            at = [place for place in places if limits[place] is not None]
            for place, signal in self._by_rules([_measured(self.weeks[place], limits[place]) for place in at]):
                if (signal.side == improvement) is wanted:
                    found.setdefault(at[place], []).append(signal)
        return found

    def _by_rules(self, points: Sequence[Measured]) -> Iterator[tuple[int, Signal]]:
        for rule in (outside,) if self.is_rare else RULES:
            yield from rule(points).items()


def control_chart(
    weeks: Sequence[Observation],
    *,
    is_share: bool = True,
    target: float | None = None,
    rebased_at: Sequence[int] = (),
    improvement: Side = "high",
) -> ControlChart:
    """The chart of ``weeks``, oldest first, the last being the newest week itself; there must be one at least.

    ``rebased_at`` are the places of the weeks in which a rule changed: from each on, limits are those of the new
    process alone. ``improvement`` is the side on which a value is better. A share is between 0 and 1, as its target.
    """
    starts = (0, *sorted({at for at in rebased_at if 0 < at < len(weeks)}))
    kind = chart_kind(weeks, is_share=is_share)
    processes = [_Process(weeks[start:end], kind, is_share) for start, end in pairwise((*starts, len(weeks)))]
    points = tuple(point for process in processes for point in process.points(improvement))
    newest = processes[-1]
    unjudged = _unjudged(points[-1], newest)
    found, side = ("unjudged", None) if unjudged else variation(points[-1].signals, improvement)
    return ControlChart(
        kind=kind,
        points=points,
        starts=starts,
        trial=newest.is_on_trial,
        variation=found,
        side=side,
        unjudged=unjudged,
        assurance=assurance(target, _newest_limits(points[starts[-1] :]), improvement),
    )


def chart_kind(weeks: Sequence[Observation], *, is_share: bool) -> Kind:
    """XmR for means and measures, and where the usual week (the median) decides few commitments; else p."""
    counts = [week.n for week in weeks if week.value is not None]
    return "p" if is_share and counts and median(counts) >= FEW_A_WEEK else "xmr"


def _unjudged(newest: Point, process: _Process) -> Unjudged:
    if newest.value is None:
        return "no_data" if newest.unknown else "nothing_decided"
    if newest.limits is None:
        return "few_weeks" if process.has_few_weeks else "rare"
    return ""


def _newest_limits(points: Sequence[Point]) -> Limits | None:
    return next((point.limits for point in reversed(points) if point.limits is not None), None)


def _measured(week: Observation, limits: Limits | None) -> Measured:
    assert week.value is not None and limits is not None
    return week.value, limits


def _unbroken(weeks: Sequence[Observation]) -> Iterator[list[int]]:
    """The places between weeks whose data are missing."""
    row: list[int] = []
    for at, week in enumerate(weeks):
        if week.unknown:
            yield row
            row = []
        else:
            row.append(at)
    yield row

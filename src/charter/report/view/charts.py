"""A standard's series as a picture's texts and places, and what the picture says in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from charter.report.facts.models import Series, SeriesWeek
from charter.report.spc.chart import control_chart
from charter.report.spc.models import ControlChart, Observation, Point
from charter.report.view.chart_actions import ActionWording
from charter.report.view.chart_models import MEASURED, ControlView, LimitMark, Tick, Tone, WeekMark, levels_of
from charter.report.view.chart_words import ChartWording
from charter.report.view.models import StandardView
from charter.report.view.phrases import Phrases
from charter.words import Words

# Results of a week that say nothing of its share.
_UNKNOWN = ("no_data", "check_error")
# The scales that a family of charts may have: its lowest value stands on the first that holds it.
_BOTTOMS = (0.9, 0.8, 0.5, 0.0)
# Fewer weeks with anything decided are no picture.
FEWEST_POINTS = 4
_DATES = 4
# Of one report; its page stays light, and nobody looks at more.
MOST_CHARTS = 8
# Weeks that are named in words; the others are in the table beside.
_MOST_NAMED = 3


def charts_to_show(rows: Sequence[StandardView]) -> list[ControlView]:
    """The pictures of a report, on one scale: of what was not kept, is not known or differs from the usual.

    What got worse comes first, then what is worse than usual, broken, not known, and better; else in the order of
    ``rows``. There are at most MOST_CHARTS: the others are on the standards' pages.
    """
    ranked = [(_rank(row, chart), chart) for row in rows for chart in row.charts]
    ranked.sort(key=lambda item: item[0])
    return one_scale([chart for rank, chart in ranked if rank < _NOT_SHOWN][:MOST_CHARTS])


# The rank of what needs no picture.
_NOT_SHOWN = 9


def _rank(row: StandardView, chart: ControlView) -> int:
    kind = chart.variation.kind
    reasons = (
        row.trend_class == "worse",
        kind.startswith("concern"),
        row.result_class == "broken",
        row.result_class in _UNKNOWN,
        kind.startswith("improvement") or row.trend_class == "better",
    )
    return next((rank for rank, holds in enumerate(reasons) if holds), _NOT_SHOWN)


def chart_of(series: Series) -> ControlChart:
    """The control chart of a series of shares kept."""
    return control_chart(
        [_observation(week) for week in series.weeks], target=series.target, rebased_at=_rebased_at(series)
    )


def control_view(
    words: Words, phrases: Phrases, series: Series, name: str, title: str, named: Callable[[str | None], str]
) -> ControlView | None:
    """The picture of ``series``; None where too few weeks have anything to show. ``named`` names a department."""
    if sum(week.components.n > 0 for week in series.weeks) < FEWEST_POINTS:
        return None
    maker = _ControlWording(words, phrases, series, chart_of(series), ActionWording(words, phrases, series, named))
    return maker.view(name, title)


def one_scale(charts: Sequence[ControlView]) -> list[ControlView]:
    """The same charts, each family on one scale: from the highest foot that holds the lowest value of all of it.

    A family are the p-charts, and the charts of few commitments, whose shares swing further. Measured figures have
    scales of their own, since they have units of their own.
    """
    lowest: dict[str, float] = {}
    for chart in (each for each in charts if each.family != MEASURED):
        lowest[chart.family] = min(_lowest(chart), lowest.get(chart.family, 1.0))
    bottoms = {family: next(each for each in _BOTTOMS if each <= value) for family, value in lowest.items()}
    return [replace(chart, bottom=bottoms.get(chart.family, chart.bottom)) for chart in charts]


def _lowest(chart: ControlView) -> float:
    values = [mark.value for mark in chart.marks if mark.value is not None]
    return min([*values, *(limit.lower for limit in chart.limits), 1.0 if chart.target is None else chart.target])


def _observation(week: SeriesWeek) -> Observation:
    n = week.components.n
    if week.result in _UNKNOWN:
        return Observation(None, n, unknown=True)
    return Observation(week.components.met / n if n else None, n)


def _rebased_at(series: Series) -> list[int]:
    """The first week that is all under the newer rule."""
    starts = [week.week_start for week in series.weeks]
    return [next((at for at, start in enumerate(starts) if start >= day), 0) for day in series.rebased_on]


class _ControlWording:
    def __init__(
        self, words: Words, phrases: Phrases, series: Series, chart: ControlChart, actions: ActionWording
    ) -> None:
        self._words, self._phrases = words, phrases
        self._series, self._chart, self._actions = series, chart, actions
        self._icons = ChartWording(words, phrases, chart, "weeks")

    def view(self, name: str, title: str) -> ControlView:
        target = self._series.target
        bare = ControlView(
            name=name,
            family=self._chart.kind,
            language=self._words.language,
            title=title,
            weeks=len(self._series.weeks),
            marks=tuple(
                self._mark(at, week, point)
                for at, (week, point) in enumerate(zip(self._series.weeks, self._chart.points, strict=True))
            ),
            limits=tuple(
                LimitMark(at, point.limits.mean, point.limits.lower, point.limits.upper)
                for at, point in enumerate(self._chart.points)
                if point.limits is not None
            ),
            steps=tuple(Tick(at, self._words("chart.new_rule")) for at in self._chart.starts[1:]),
            dates=self._dates(),
            target=target,
            target_text="" if target is None else self._words("chart.target", target=self._words.target(target)),
            bottom=0.0,
            top=1.0,
            better="high",
            levels=tuple(
                Tick(at, self._words.target(at)) for at in sorted({level for b in _BOTTOMS for level in levels_of(b)})
            ),
            variation=self._icons.variation(),
            assurance=self._icons.assurance(),
            actions=tuple(self._actions.marks()),
            ahead=self._actions.ahead,
            lines=(*self._icons.lines(), *self._actions.lines()),
            alt=self._words("chart.alt", title=title, said=" ".join(self._sentences())),
        )
        return one_scale([bare])[0]

    def _mark(self, at: int, week: SeriesWeek, point: Point) -> WeekMark:
        tone: Tone = "common"
        if point.signals:
            tone = "concern" if any(signal.side == "low" for signal in point.signals) else "improvement"
        worst, best = (week.ends.worst(), week.ends.best()) if week.ends else (None, None)
        if point.unknown and (worst is None or best is None):
            # Nothing bounds it: all is possible.
            return WeekMark(at, None, tone, 0.0, 1.0)
        if worst is None or best is None:
            return WeekMark(at, point.value, tone)
        return WeekMark(at, point.value, tone, worst.value, best.value)

    def _dates(self) -> tuple[Tick, ...]:
        last = len(self._series.weeks) - 1
        places = sorted({round(last * part / (_DATES - 1)) for part in range(_DATES)})
        return tuple(Tick(at, self._week(self._series.weeks[at].week_start)) for at in places)

    def _week(self, start: date) -> str:
        return self._words("chart.week", number=start.isocalendar().week)

    def _sentences(self) -> list[str]:
        first, last = self._series.weeks[0], self._series.weeks[-1]
        said = [
            self._words(
                "chart.span",
                weeks=len(self._series.weeks),
                start=self._phrases.day(first.week_start),
                end=self._phrases.day(last.week_start + timedelta(days=6)),
            )
        ]
        now, limits = self._chart.points[-1].value, self._newest_limits()
        if now is not None:
            said.append(self._words("chart.now", now=self._phrases.percent(now)))
        if limits is not None:
            mean, lower, upper = (self._phrases.percent(each) for each in (limits.mean, limits.lower, limits.upper))
            said.append(self._words("chart.usual", mean=mean, lower=lower, upper=upper))
        if self._series.target is not None:
            said.append(self._words("chart.target_is", target=self._words.target(self._series.target)))
        said += [self._words("chart.sentence", line=line) for line in (*self._icons.lines(), *self._actions.lines())]
        said += self._outliers()
        missing = sum(point.unknown for point in self._chart.points)
        if missing:
            said.append(self._words("chart.missing", count=missing))
        return said

    def _newest_limits(self) -> LimitMark | None:
        found = [(at, point.limits) for at, point in enumerate(self._chart.points) if point.limits is not None]
        if not found or found[-1][0] < self._chart.starts[-1]:
            return None
        at, limits = found[-1]
        return LimitMark(at, limits.mean, limits.lower, limits.upper)

    def _outliers(self) -> list[str]:
        """The newest weeks outside the limits, each with its value."""
        outside = [
            self._words(
                "chart.outlier", week=self._phrases.week(week.week_start), value=self._phrases.percent(point.value)
            )
            for week, point in zip(self._series.weeks, self._chart.points, strict=True)
            if point.value is not None and any(signal.rule == "outside" for signal in point.signals)
        ]
        if not outside:
            return []
        shown = self._phrases.list(outside[-_MOST_NAMED:])
        return [self._words("chart.outliers", count=len(outside), weeks=shown)]

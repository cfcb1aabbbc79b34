"""A measure's figures as an XmR chart's texts and places, and what the picture says in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from charter.report.facts.models import MeasuredSeries
from charter.report.spc.chart import control_chart
from charter.report.spc.models import ControlChart, Observation, Point
from charter.report.view.chart_models import (
    MEASURED,
    ControlView,
    LimitMark,
    Tick,
    Tone,
    WeekMark,
    levels_of,
)
from charter.report.view.chart_words import ChartWording
from charter.report.view.phrases import Phrases
from charter.words import Words

# Fewer figures are no picture.
FEWEST_FIGURES = 4
_DATES = 4
# Figures that are named in words.
_MOST_NAMED = 3
# The head of a scale that begins at 0 is one of these, times a power of ten.
_HEADS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def measured_view(words: Words, phrases: Phrases, series: MeasuredSeries, name: str, title: str) -> ControlView | None:
    """The picture of ``series``; None where too few figures are known."""
    if sum(figure.value is not None for figure in series.figures) < FEWEST_FIGURES:
        return None
    chart = control_chart(
        [Observation(each.value, 0 if each.value is None else 1, each.unknown) for each in series.figures],
        is_share=False,
        target=series.limit,
        rebased_at=series.rebased_at,
        improvement=series.better,
    )
    part = words.pick(series.part_text) if series.part_text else ""
    return _MeasuredWording(words, phrases, series, chart).view(
        name, words("measured.title", title=title, part=part) if part else title
    )


class _MeasuredWording:
    def __init__(self, words: Words, phrases: Phrases, series: MeasuredSeries, chart: ControlChart) -> None:
        self._words, self._phrases, self._series, self._chart = words, phrases, series, chart
        self._icons = ChartWording(words, phrases, chart, "figures")

    def view(self, name: str, title: str) -> ControlView:
        bottom, top = self._scale()
        lines = tuple(self._icons.lines())
        limit = self._words(
            "comparison.at_most" if self._series.better == "low" else "comparison.at_least",
            limit=self._value(self._series.limit),
        )
        return ControlView(
            name=name,
            family=MEASURED,
            language=self._words.language,
            title=title,
            weeks=len(self._chart.points),
            marks=tuple(self._mark(at, point) for at, point in enumerate(self._chart.points)),
            limits=tuple(
                LimitMark(at, point.limits.mean, point.limits.lower, point.limits.upper)
                for at, point in enumerate(self._chart.points)
                if point.limits is not None
            ),
            steps=tuple(Tick(at, self._words("chart.new_rule")) for at in self._chart.starts[1:]),
            dates=self._dates(),
            target=self._series.limit,
            target_text=limit,
            bottom=bottom,
            top=top,
            better=self._series.better,
            levels=tuple(Tick(at, self._phrases.amount(at)) for at in levels_of(bottom, top)),
            variation=self._icons.variation(),
            assurance=self._icons.assurance(),
            actions=(),
            ahead=0,
            lines=lines,
            alt=self._words(
                "measured.alt", title=title, said=_as_text((*self._sentences(limit), *self._as_sentences(lines)))
            ),
        )

    def _value(self, value: float) -> str:
        return self._phrases.measure(value, self._series.unit)

    def _mark(self, at: int, point: Point) -> WeekMark:
        tone: Tone = "common"
        if point.signals:
            is_worse = any(signal.side != self._series.better for signal in point.signals)
            tone = "concern" if is_worse else "improvement"
        if point.unknown:
            # Nothing bounds it: all is possible.
            return WeekMark(at, None, tone, 0.0 if self._is_never_negative else -inf, inf)
        return WeekMark(at, point.value, tone)

    def _scale(self) -> tuple[float, float]:
        """From 0, or below where there are negative figures, to a round value above all of it."""
        known = [point.value for point in self._chart.points if point.value is not None]
        ends = [end for point in self._chart.points if point.limits for end in (point.limits.lower, point.limits.upper)]
        # Limits below 0 of what is never below 0 are no reason to show what can't be.
        lowest = min(known)
        return (-_head(-lowest) if lowest < 0 else 0.0), _head(max(*known, *ends, self._series.limit, 1e-9))

    def _dates(self) -> tuple[Tick, ...]:
        last = len(self._series.figures) - 1
        shown = _DATES if last > 2 * _DATES else _DATES - 1
        places = sorted({round(last * part / (shown - 1)) for part in range(shown)})
        return tuple(Tick(at, self._phrases.short_day(self._series.figures[at].last_on)) for at in places)

    def _sentences(self, limit: str) -> Iterator[str]:
        figures, words = self._series.figures, self._words
        first, last = self._phrases.full_day(figures[0].first_on), self._phrases.full_day(figures[-1].last_on)
        yield words("measured.span", count=len(figures), start=first, end=last)
        newest = self._chart.points[-1]
        if newest.value is not None:
            yield words("measured.now", now=self._value(newest.value))
        if newest.limits is not None:
            mean, lower, upper = (
                self._value(max(0.0, each) if self._is_never_negative else each)
                for each in (newest.limits.mean, newest.limits.lower, newest.limits.upper)
            )
            yield words("chart.usual", mean=mean, lower=lower, upper=upper)
        yield words("measured.limit", limit=limit)
        outside = [
            words("chart.outlier", week=self._phrases.day(figure.last_on), value=self._value(point.value))
            for figure, point in zip(figures, self._chart.points, strict=True)
            if point.value is not None and any(signal.rule == "outside" for signal in point.signals)
        ]
        if outside:
            shown = self._phrases.list(outside[-_MOST_NAMED:])
            yield words("measured.outliers", count=len(outside), figures=shown)
        if missing := sum(point.unknown for point in self._chart.points):
            yield words("measured.missing", count=missing)

    @property
    def _is_never_negative(self) -> bool:
        return all(point.value is None or point.value >= 0 for point in self._chart.points)

    def _as_sentences(self, lines: tuple[str, ...]) -> Iterator[str]:
        return (self._words("chart.sentence", line=line) for line in lines)


def _as_text(sentences: Iterable[str]) -> str:
    """Sentences one after another; an abbreviated unit at the end of one ends it, too."""
    return " ".join(sentence.replace("..", ".") for sentence in sentences)


def _head(highest: float) -> float:
    """The lowest round value that is not below ``highest``, which is above 0."""
    power = 1.0
    while highest > 10 * power:
        power *= 10
    while highest <= power / 10:
        power /= 10
    return next(head * power for head in _HEADS if head * power >= highest)

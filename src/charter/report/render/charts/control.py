"""A control chart: the usual range as a band, the mean, the target, and a point a week."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from charter.report.render.charts.canvas import Align, Canvas
from charter.report.render.charts.colours import Role
from charter.report.view.chart_models import ControlView, LimitMark, Tone, WeekMark

WIDTH, HEIGHT = 343.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 10.0, 24.0, 18.0
# The numbers of what was done stand in a row between the weeks and their names.
_ROW_OF_ACTIONS = 15.0
_ROLES: dict[Tone, Role] = {"common": "point", "improvement": "good", "concern": "bad"}
# A triangle points to the side on which the point lies.
_SHAPES: dict[str, dict[Tone, str]] = {
    "high": {"common": "o", "improvement": "^", "concern": "v"},
    "low": {"common": "o", "improvement": "v", "concern": "^"},
}
# How the icons are drawn: shape, colour, hollow.
_ICONS: dict[str, tuple[str, Role, bool]] = {
    "common": ("o", "soft", True),
    "improvement_high": ("^", "good", False),
    "improvement_low": ("v", "good", False),
    "concern_high": ("^", "bad", False),
    "concern_low": ("v", "bad", False),
    "unjudged": ("_", "soft", False),
    "passing": ("o", "good", True),
    "hit_and_miss": ("^", "open", True),
    "failing": ("x", "bad", False),
}


def draw_control(chart: ControlView) -> Canvas:
    """The picture of ``chart``."""
    return _Drawing(chart).canvas


class _Drawing:
    def __init__(self, chart: ControlView) -> None:
        self.chart = chart
        self.canvas = Canvas(WIDTH, HEIGHT, chart.language)
        self._foot = HEIGHT - _BOTTOM - (_ROW_OF_ACTIONS if chart.actions else 0)
        self._scale()
        for row in _rows(chart):
            self._limits(row)
        self._target()
        self._actions()
        self._points()
        self._icons()

    def _x(self, at: float) -> float:
        weeks = max(self.chart.weeks + self.chart.ahead - 1, 1)
        return _LEFT + 6 + (WIDTH - _LEFT - _RIGHT - 12) * at / weeks

    def _y(self, value: float) -> float:
        bottom, top = self.chart.bottom, self.chart.top
        share = (min(max(value, bottom), top) - bottom) / (top - bottom)
        return self._foot - (self._foot - _TOP) * share

    def _scale(self) -> None:
        levels = self.chart.shown_levels
        across = [[(_LEFT, self._y(level.at)), (WIDTH - _RIGHT, self._y(level.at))] for level in levels]
        self.canvas.lines(across, "line", width=0.8)
        for level in levels:
            self.canvas.text(_LEFT - 5, self._y(level.at), level.text, align="right", size=11)
        for tick in self.chart.dates:
            align: Align = "right" if tick.at == self.chart.weeks + self.chart.ahead - 1 else "center"
            x = self._x(tick.at) + (6 if align == "right" else 0)
            self.canvas.text(x, HEIGHT - 8, tick.text, align=align, size=11)
        for step in self.chart.steps:
            x = self._x(step.at - 0.5)
            self.canvas.lines([[(x, _TOP), (x, self._foot)]], "soft", width=0.8, dashes=(2, 2))
            self.canvas.text(x + 3, self._foot - 6, step.text, size=9)

    def _limits(self, row: list[LimitMark]) -> None:
        """The band of one process, in steps, since each week has limits of its own."""
        upper = [(x, self._y(mark.upper)) for mark in row for x in self._sides(mark)]
        lower = [(x, self._y(mark.lower)) for mark in row for x in self._sides(mark)]
        self.canvas.area([*upper, *reversed(lower)], "band")
        mean = self._y(row[0].mean)
        self.canvas.lines([[(self._sides(row[0])[0], mean), (self._sides(row[-1])[1], mean)]], "soft", width=0.9)

    def _sides(self, mark: LimitMark) -> tuple[float, float]:
        return self._x(mark.at - 0.5), self._x(mark.at + 0.5)

    def _target(self) -> None:
        if self.chart.target is None:
            return
        y = self._y(self.chart.target)
        self.canvas.lines([[(_LEFT, y), (WIDTH - _RIGHT, y)]], "target", width=1.2, dashes=(5, 3))
        self.canvas.text(WIDTH - _RIGHT, 9, self.chart.target_text, "target", align="right", size=11)

    def _actions(self) -> None:
        """A thin line through each week in which something was done or is due, down to its number: filled for what was
        done, hollow for what is to be."""
        y = HEIGHT - _BOTTOM - 4
        for mark in self.chart.actions:
            x = self._x(mark.at)
            self.canvas.lines([[(x, _TOP), (x, y - 6.5)]], "ink", width=0.7)
            self.canvas.signs([(x, y)], "o", "ink", size=11.5, hollow=not mark.done)
            self.canvas.text(x, y, mark.number, "ground" if mark.done else "ink", align="center", size=9)

    def _points(self) -> None:
        self._open()
        known = [mark for mark in self.chart.marks if mark.value is not None]
        joined = [[(self._x(at), self._y(value)) for at, value in row] for row in _without_gaps(known)]
        self.canvas.lines([line for line in joined if len(line) > 1], "point", width=1.1)
        for (tone, hollow, newest), row in self._alike(known).items():
            size = (7.5 if tone != "common" else 5.0) + (1.5 if newest else 0)
            self.canvas.signs(row, _SHAPES[self.chart.better][tone], _ROLES[tone], size=size, hollow=hollow)

    def _alike(self, known: list[WeekMark]) -> dict[tuple[Tone, bool, bool], list[tuple[float, float]]]:
        """The places of the points by how they are drawn: tone, whether something of the week is open, newest."""
        found: dict[tuple[Tone, bool, bool], list[tuple[float, float]]] = {}
        for mark in known:
            assert mark.value is not None
            key = (mark.tone, mark.low is not None, mark.at == self.chart.weeks - 1)
            found.setdefault(key, []).append((self._x(mark.at), self._y(mark.value)))
        return found

    def _open(self) -> None:
        """What is not known of a week: from the worst that it can have been to the best."""
        spans = [
            (self._x(mark.at), mark.low, mark.high)
            for mark in self.chart.marks
            if mark.low is not None and mark.high is not None
        ]
        lines = [[(x, self._y(low)), (x, self._y(high))] for x, low, high in spans]
        self.canvas.lines(lines, "open", width=1.4, dashes=(2, 1.5))
        # Where the scale ends before the span does, it has no end.
        ends = [
            [(x - 2.5, self._y(end)), (x + 2.5, self._y(end))]
            for x, *both in spans
            for end in both
            if self.chart.bottom <= end <= self.chart.top
        ]
        self.canvas.lines(ends, "open", width=1.4)

    def _icons(self) -> None:
        x = _LEFT
        for icon in (self.chart.variation, self.chart.assurance):
            if icon.kind not in _ICONS:
                continue
            shape, role, hollow = _ICONS[icon.kind]
            self.canvas.signs([(x + 7, 10)], "o", role, size=16, hollow=True, width=1.4)
            self.canvas.signs([(x + 7, 10)], shape, role, size=7.5, hollow=hollow, width=1.6)
            x += 24


def _rows(chart: ControlView) -> Iterator[list[LimitMark]]:
    """The limits of each process: between changes of the rule."""
    edges = [0, *(int(step.at) for step in chart.steps), chart.weeks]
    for start, end in pairwise(edges):
        row = [mark for mark in chart.limits if start <= mark.at < end]
        if row:
            yield row


def _without_gaps(marks: list[WeekMark]) -> Iterator[list[tuple[int, float]]]:
    """The points that a line joins: a week without a point ends it."""
    row: list[tuple[int, float]] = []
    for mark in marks:
        assert mark.value is not None
        if row and mark.at != row[-1][0] + 1:
            yield row
            row = []
        row.append((mark.at, mark.value))
    if row:
        yield row

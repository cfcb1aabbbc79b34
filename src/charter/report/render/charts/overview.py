"""The pictures of the whole agency: heat map, calendar of duties, distribution of times."""

from __future__ import annotations

from charter.report.render.charts.canvas import Canvas
from charter.report.render.charts.colours import Role
from charter.report.view.chart_models import DistributionView, DutiesView, HeatView

_LABEL = 300.0
_CELL = 17.0
# So many signs of a title stand beside its row; the whole title is in the table that the picture belongs to.
_MOST_SIGNS = 26
# How a result is drawn: colour and height, so that what was broken stands out without colour, too. The cells of a
# result are one line that is lifted between them: a sign for each would make the page four times as heavy.
_RESULTS: dict[str, tuple[Role, float]] = {
    "broken": ("bad", 13.0),
    "no_data": ("open", 8.0),
    "check_error": ("open", 8.0),
    "kept": ("good", 4.0),
    "nothing_due": ("line", 1.0),
}
# How a duty is drawn: shape, colour, size, hollow. No two differ in colour alone.
_STATES: dict[str, tuple[str, Role, float, bool]] = {
    "done": ("o", "good", 9.0, False),
    "due": ("o", "soft", 9.0, True),
    "at_risk": ("^", "open", 11.0, False),
    "missed": ("x", "bad", 9.0, False),
    "no_data": ("s", "open", 9.0, True),
}


# Two duties of one day stand above each other, what is open above what is done.
_LANES = {"done": 5.0, "due": 0.0, "at_risk": -4.0, "missed": -4.0, "no_data": -4.0}


def draw_heat_map(heat: HeatView) -> Canvas:
    """Standards × weeks, each cell a sign of its result."""
    weeks = max((len(row.cells) for row in heat.rows), default=0)
    canvas = Canvas(_LABEL + weeks * _CELL + 10, 44 + len(heat.rows) * _CELL, heat.language)
    x = 8.0
    for result, text in heat.legend:
        _cells(canvas, result, [(x + 6, 10)])
        canvas.text(x + 17, 10, text, size=10)
        x += 40 + 10.5 * len(text)
    places: dict[str, list[tuple[float, float]]] = {}
    for at, row in enumerate(heat.rows):
        y = 40 + at * _CELL
        canvas.text(_LABEL - 8, y, _short(row.title), align="right", size=10)
        for week, (result, _) in enumerate(row.cells):
            places.setdefault(result, []).append((_LABEL + (week + 0.5) * _CELL, y))
    for result, found in places.items():
        _cells(canvas, result, found)
    for tick in heat.dates:
        canvas.text(_LABEL + (tick.at + 0.5) * _CELL, 26, tick.text, align="center", size=9)
    return canvas


def draw_duties(duties: DutiesView) -> Canvas:
    """The year's months, and each standard's duties on their last days."""
    month = 36.0
    height = 44 + len(duties.rows) * 22
    canvas = Canvas(_LABEL + 12 * month + 10, height, duties.language)
    x = 12.0
    for state, text in duties.legend:
        _signs(canvas, state, [(x, 10)])
        canvas.text(x + 11, 10, text, size=10)
        x += 34 + 10.5 * len(text)
    edges = [[(_LABEL + at * month, 34.0), (_LABEL + at * month, height - 4.0)] for at in range(13)]
    canvas.lines(edges, "line", width=0.8)
    for at, text in enumerate(duties.months):
        canvas.text(_LABEL + (at + 0.5) * month, 27, text, align="center", size=9)
    today = _LABEL + duties.today * month
    canvas.lines([[(today, 34), (today, height - 4)]], "target", width=1.2, dashes=(4, 2))
    places: dict[str, list[tuple[float, float]]] = {}
    for at, row in enumerate(duties.rows):
        y = 46 + at * 22.0
        canvas.text(_LABEL - 8, y, _short(row.title), align="right", size=10)
        for mark in row.marks:
            places.setdefault(mark.state, []).append((_LABEL + mark.at * month, y + _LANES[mark.state]))
    for state, found in places.items():
        _signs(canvas, state, found)
    return canvas


def draw_distribution(distribution: DistributionView) -> Canvas:
    """One bar for each bin, with its count."""
    label, width = 130.0, 343.0
    canvas = Canvas(width, 8 + len(distribution.bins) * 18, distribution.language)
    most = max((each.count for each in distribution.bins), default=0) or 1
    for at, each in enumerate(distribution.bins):
        y = 12 + at * 18.0
        length = (width - label - 50) * each.count / most
        canvas.text(label - 6, y, each.text, align="right", size=10)
        canvas.box(label, y - 6, max(length, 0.8), 12, "bad" if each.late else "point")
        canvas.text(label + length + 5, y, each.shown, size=10)
    return canvas


def _cells(canvas: Canvas, result: str, places: list[tuple[float, float]]) -> None:
    role, height = _RESULTS[result]
    canvas.lines([[(x - 6.5, y), (x + 6.5, y)] for x, y in places], role, width=height, butt=True)


def _signs(canvas: Canvas, state: str, places: list[tuple[float, float]]) -> None:
    shape, role, size, hollow = _STATES[state]
    canvas.signs(places, shape, role, size=size, hollow=hollow, width=1.6)


def _short(title: str) -> str:
    return title if len(title) <= _MOST_SIGNS else f"{title[: _MOST_SIGNS - 1]}…"

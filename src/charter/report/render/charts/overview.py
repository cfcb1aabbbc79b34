"""The pictures of the whole agency: heat map, calendar of duties, distribution of times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from charter.report.render.charts.canvas import Canvas
from charter.report.render.charts.colours import Role
from charter.report.render.charts.control import WIDTH
from charter.report.render.charts.texts import shortened, width_of
from charter.report.view.chart_models import DistributionView, DutiesView, HeatView

_LABEL = 300.0
_CELL = 17.0
# What stands beside the pictures' edges, and how high a row of duties is: its title, and its year below.
_MARGIN = 8.0
_DUTIES_ROW = 40.0
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
    "at_risk": ("^", "open", 10.0, False),
    "missed": ("x", "bad", 9.0, False),
    "no_data": ("s", "open", 9.0, True),
}


# What is done stands below its year's line, and what is not above it: both are seen on one day.
_LANES = {"done": 5.0, "due": -5.0, "at_risk": -5.0, "missed": -5.0, "no_data": -5.0}


def draw_heat_map(heat: HeatView) -> Canvas:
    """Standards × weeks, each cell a sign of its result; as wide as a printed page."""
    weeks = max((len(row.cells) for row in heat.rows), default=0)
    width = _LABEL + weeks * _CELL + 10
    rows = _legend_rows(heat.legend, width)
    top = 12.0 + 16 * len(rows)
    canvas = Canvas(width, top + 16 + len(heat.rows) * _CELL, heat.language)
    for x, y, result, text in _legend_places(rows):
        _cells(canvas, result, [(x, y)])
        canvas.text(x + 12, y, text, size=10)
    places: dict[str, list[tuple[float, float]]] = {}
    for at, row in enumerate(heat.rows):
        y = top + 14 + at * _CELL
        canvas.text(_LABEL - 8, y, shortened(row.title, 10, _LABEL - 12), "ink", align="right", size=10)
        for week, (result, _) in enumerate(row.cells):
            places.setdefault(result, []).append((_LABEL + (week + 0.5) * _CELL, y))
    for result, found in places.items():
        _cells(canvas, result, found)
    for tick in heat.dates:
        canvas.text(_LABEL + (tick.at + 0.5) * _CELL, top, tick.text, align="center", size=10)
    return canvas


def draw_duties(duties: DutiesView) -> Canvas:
    """The year's months, and under each standard's title its duties on their last days; as wide as a phone."""
    rows = _legend_rows(duties.legend, WIDTH)
    top = 10.0 + 16 * len(rows)
    height = top + 12 + len(duties.rows) * _DUTIES_ROW
    canvas = Canvas(WIDTH, height, duties.language)
    for x, y, state, text in _legend_places(rows):
        _signs(canvas, state, [(x, y)])
        canvas.text(x + 10, y, text, size=11)
    month = (WIDTH - 2 * _MARGIN) / 12
    for at, text in enumerate(duties.months):
        canvas.text(_MARGIN + (at + 0.5) * month, top, text, align="center", size=11)
    tracks = [top + 12 + (at + 1) * _DUTIES_ROW - 13 for at in range(len(duties.rows))]
    canvas.lines([[(_MARGIN, y), (WIDTH - _MARGIN, y)] for y in tracks], "line", width=0.8)
    edges = [_MARGIN + at * month for at in range(13)]
    canvas.lines([[(x, y - 4), (x, y + 4)] for x in edges for y in tracks], "line", width=0.8)
    today = _MARGIN + duties.today * month
    canvas.lines([[(today, y - 9), (today, y + 10)] for y in tracks], "target", width=1.4)
    places: dict[str, list[tuple[float, float]]] = {}
    for row, y in zip(duties.rows, tracks, strict=True):
        canvas.text(_MARGIN, y - 19, shortened(row.title, 11, WIDTH - 2 * _MARGIN), "ink", size=11)
        for mark in row.marks:
            place = (_MARGIN + mark.at * month, y + _LANES[mark.state])
            if place not in (found := places.setdefault(mark.state, [])):
                found.append(place)
    for state, found in places.items():
        _signs(canvas, state, found)
    return canvas


def draw_distribution(distribution: DistributionView) -> Canvas:
    """One bar for each bin, with its count."""
    label, width = 130.0, WIDTH
    canvas = Canvas(width, 8 + len(distribution.bins) * 18, distribution.language)
    most = max((each.count for each in distribution.bins), default=0) or 1
    for at, each in enumerate(distribution.bins):
        y = 12 + at * 18.0
        length = (width - label - 50) * each.count / most
        canvas.text(label - 6, y, each.text, align="right", size=11)
        canvas.box(label, y - 6, max(length, 0.8), 12, "bad" if each.late else "point")
        canvas.text(label + length + 5, y, each.shown, size=11)
    return canvas


def _cells(canvas: Canvas, result: str, places: list[tuple[float, float]]) -> None:
    role, height = _RESULTS[result]
    canvas.lines([[(x - 6.5, y), (x + 6.5, y)] for x, y in places], role, width=height, butt=True)


def _signs(canvas: Canvas, state: str, places: list[tuple[float, float]]) -> None:
    shape, role, size, hollow = _STATES[state]
    canvas.signs(places, shape, role, size=size, hollow=hollow, width=1.6)


def _legend_rows(legend: Sequence[tuple[str, str]], width: float) -> list[list[tuple[float, str, str]]]:
    """What each sign means, in as many rows as it takes: where each stands, its sign and its text."""
    rows: list[list[tuple[float, str, str]]] = [[]]
    x = _MARGIN + 6
    for sign, text in legend:
        needed = 16 + width_of(text, 11)
        if rows[-1] and x + needed > width:
            rows.append([])
            x = _MARGIN + 6
        rows[-1].append((x, sign, text))
        x += needed + 8
    return rows


def _legend_places(rows: list[list[tuple[float, str, str]]]) -> Iterator[tuple[float, float, str, str]]:
    for at, row in enumerate(rows):
        for x, sign, text in row:
            yield x, 10.0 + 16 * at, sign, text

"""The pictures of a report: for its mail, its page and its paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from markupsafe import Markup

from charter.base.languages import direction
from charter.report.render.charts.canvas import Canvas
from charter.report.render.charts.control import HEIGHT, WIDTH, draw_control
from charter.report.render.charts.outputs import for_mail, for_page, for_paper
from charter.report.render.charts.overview import draw_duties, draw_heat_map
from charter.report.render.fonts import families, signs_of_language
from charter.report.view.chart_models import ControlView, DutiesView, HeatView
from charter.report.view.models import ReportView

# What a picture says, in its source.
_TEXT = re.compile(r">([^<]*)<")
# A mail shows no more: the third screen of a phone is reached soon enough.
MOST_IN_MAIL = 1
# Two rows: a department's paper stays within four pages.
MOST_ON_PAPER = 4

# What the pictures that a report has once are called beside its charts, which are called by their standards.
DUTIES, HEAT = ":duties", ":heat"
Shown = ControlView | DutiesView | HeatView


@dataclass(frozen=True)
class MailPicture:
    """A picture of a mail: ``cid`` names it within the message, ``alt`` says what it shows.

    ``width`` and ``height`` are CSS pixels; the PNG has twice as many. ``title`` and ``lines`` are what stands beside
    it as text: the picture never says something by itself.
    """

    cid: str
    png: bytes
    alt: str
    title: str
    lines: tuple[str, ...]
    width: int
    height: int


def pictures_of_mail(view: ReportView) -> tuple[MailPicture, ...]:
    """The picture of what is most urgent in the mail that shows ``view``; none where nothing needs one."""
    return tuple(
        MailPicture(
            cid=f"chart-{number}",
            png=_png(chart),
            alt=chart.alt,
            title=chart.title,
            lines=chart.lines,
            width=int(WIDTH),
            height=int(HEIGHT),
        )
        for number, chart in enumerate(view.charts[:MOST_IN_MAIL], 1)
    )


def pictures_of_paper(view: ReportView) -> dict[str, str]:
    """SVG by name of the most urgent charts of ``view`` (the others are on its page), of its calendar of duties, and of
    the agency's heat map, which the site has as a table."""
    shown: dict[str, Shown] = {chart.name: chart for chart in view.charts[:MOST_ON_PAPER]}
    shown |= {name: each for name, each in ((DUTIES, view.duties), (HEAT, view.heat)) if each is not None}
    return {name: _on_paper(each) for name, each in shown.items()}


def _on_paper(shown: Shown) -> str:
    """Typst writes a picture's text into an archive's PDF only when the language's own font has all its signs, and no
    script that joins its letters: any other text is drawn as outlines."""
    drawn = _svg(shown)
    said = unescape("".join(_TEXT.findall(drawn)))
    if direction(shown.language) == "ltr" and signs_of_language(shown.language).issuperset(said):
        return for_paper(drawn, families(shown.language))
    return _drawn(shown).svg(outlines=True)


def pictures_of_page(view: ReportView) -> dict[str, Markup]:
    """SVG to stand inside the page of ``view``: its charts by name, and its calendar of duties."""
    pictures = {chart.name: picture_of_page(chart) for chart in view.charts}
    return pictures | ({DUTIES: calendar_of_page(view.duties)} if view.duties else {})


def picture_of_page(chart: ControlView) -> Markup:
    """One chart as SVG to stand inside a page that has it once."""
    return for_page(_svg(chart), f"chart-{chart.name}".replace(".", "-"), chart.alt)


def calendar_of_page(duties: DutiesView) -> Markup:
    """The calendar of the year's duties as SVG to stand inside a page."""
    return for_page(_svg(duties), "duties", duties.alt)


@lru_cache(maxsize=256)
def _png(chart: ControlView) -> bytes:
    return for_mail(draw_control(chart))


@lru_cache(maxsize=256)
def _svg(shown: Shown) -> str:
    """Drawn once for paper and page, and for the report of a department and of those above it."""
    return _drawn(shown).svg()


def _drawn(shown: Shown) -> Canvas:
    if isinstance(shown, DutiesView):
        return draw_duties(shown)
    return draw_heat_map(shown) if isinstance(shown, HeatView) else draw_control(shown)

"""The pictures of a report: for its mail, its page and its paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from charter.report.render.charts.control import HEIGHT, WIDTH, draw_control
from charter.report.render.charts.outputs import for_mail, for_page, for_paper
from charter.report.render.fonts import families
from charter.report.view.chart_models import ControlView
from charter.report.view.models import ReportView

# A mail shows no more: the third screen of a phone is reached soon enough.
MOST_IN_MAIL = 1
# Two rows: a department's paper stays within four pages.
MOST_ON_PAPER = 4


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
    """SVG by chart name of the most urgent pictures of ``view``; the others are on its page."""
    shown = view.charts[:MOST_ON_PAPER]
    # Typst writes no searchable text of scripts that join their letters into an archive's PDF.
    if view.is_right_to_left:
        return {chart.name: draw_control(chart).svg(outlines=True) for chart in shown}
    return {chart.name: for_paper(_svg(chart), families(chart.language)) for chart in shown}


def pictures_of_page(view: ReportView) -> dict[str, Markup]:
    """SVG to stand inside the page of ``view``, by chart name, for the same standards."""
    return {chart.name: picture_of_page(chart) for chart in view.charts}


def picture_of_page(chart: ControlView) -> Markup:
    """One chart as SVG to stand inside a page that has it once."""
    return for_page(_svg(chart), f"chart-{chart.name}".replace(".", "-"), chart.alt)


@lru_cache(maxsize=256)
def _png(chart: ControlView) -> bytes:
    return for_mail(draw_control(chart))


@lru_cache(maxsize=256)
def _svg(chart: ControlView) -> str:
    """Drawn once for paper and page, and for the report of a department and of those above it."""
    return draw_control(chart).svg()

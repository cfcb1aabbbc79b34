"""One figure of matplotlib that is drawn on again and again. No pyplot, no axes of its own, no global settings.

Axes with their ticks and locators cost three quarters of a small chart's time; what is drawn here is placed directly.
Places are in CSS pixels from the top left, as in a web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import StringIO
from math import nan
from pathlib import Path
from typing import Literal

from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from charter.report.render.charts.colours import COLOURS, Role
from charter.report.render.fonts import file_of_language

Align = Literal["left", "center", "right"]
Place = tuple[float, float]
# Where the pen is lifted between two lines.
_LIFTED: Place = (nan, nan)
# Points of 1/72 inch in a CSS pixel.
_POINTS = 0.75
_DPI = 96


class Canvas:
    """A picture of ``width`` × ``height`` CSS pixels in ``language``; texts are set in its first font."""

    def __init__(self, width: float, height: float, language: str) -> None:
        self.width, self.height = width, height
        self._font = file_of_language(language)
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        self._figure.patch.set_visible(False)
        # Pixels from the top left, at any resolution.
        self._places = Affine2D().scale(1 / width, -1 / height).translate(0, 1) + self._figure.transFigure

    def lines(
        self,
        lines: Sequence[Sequence[Place]],
        role: Role,
        *,
        width: float = 1.0,
        dashes: tuple[float, ...] = (),
        butt: bool = False,
    ) -> None:
        """Lines of one look, each through its places; ``dashes`` are pixels on and off, ``butt`` ends are not longer
        than the line. Nothing is drawn where there are none."""
        places = [place for line in lines for place in (*line, _LIFTED)]
        if not places:
            return
        xs, ys = zip(*places, strict=True)
        drawn = Line2D(xs, ys, color=COLOURS[role], linewidth=width * _POINTS, transform=self._places)
        if butt:
            drawn.set_solid_capstyle("butt")
        if dashes:
            drawn.set_dashes([each / width for each in dashes])
        self._figure.add_artist(drawn)

    def area(self, places: Sequence[Place], role: Role) -> None:
        self._figure.add_artist(
            Polygon(list(places), closed=True, facecolor=COLOURS[role], linewidth=0, transform=self._places)
        )

    def box(self, left: float, top: float, width: float, height: float, role: Role, *, outline: bool = False) -> None:
        """A rectangle, filled, or as an outline of one pixel."""
        self._figure.add_artist(
            Rectangle(
                (left, top),
                width,
                height,
                facecolor="none" if outline else COLOURS[role],
                edgecolor=COLOURS[role] if outline else "none",
                linewidth=_POINTS if outline else 0,
                transform=self._places,
            )
        )

    def signs(
        self,
        places: Sequence[Place],
        shape: str,
        role: Role,
        *,
        size: float = 5.0,
        hollow: bool = False,
        width: float = 1.0,
    ) -> None:
        """A sign of matplotlib's shapes (``o``, ``^``, ``v``, ``s``, ``x``) at each place, ``size`` pixels wide."""
        xs, ys = zip(*places, strict=True)
        self._figure.add_artist(
            Line2D(
                xs,
                ys,
                linestyle="none",
                marker=shape,
                markersize=size * _POINTS,
                markerfacecolor=COLOURS["ground"] if hollow else COLOURS[role],
                markeredgecolor=COLOURS[role],
                markeredgewidth=width * _POINTS,
                transform=self._places,
            )
        )

    def text(
        self, x: float, y: float, text: str, role: Role = "soft", *, size: float = 11.0, align: Align = "left"
    ) -> None:
        """A line of text whose middle is at ``y``, ``size`` pixels high."""
        self._figure.add_artist(
            Text(
                x,
                y,
                text,
                color=COLOURS[role],
                fontproperties=_font(self._font, size * _POINTS),
                horizontalalignment=align,
                verticalalignment="center",
                transform=self._places,
                parse_math=False,
            )
        )

    def svg(self, *, outlines: bool = False) -> str:
        """The picture as SVG, without dates, and with ids that depend on what is drawn alone.

        Its texts are texts, or ``outlines`` for who can't set them.
        """
        made = StringIO()
        with _settings_of_svg("path" if outlines else "none"):
            FigureCanvasSVG(self._figure).print_svg(made, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        text = made.getvalue()
        return text[text.index("<svg") :]

    def pixels(self, scale: int) -> Image.Image:
        """The picture on its ground, ``scale`` times its size in pixels."""
        self._figure.patch.set_visible(True)
        self._figure.patch.set_facecolor(COLOURS["ground"])
        self._figure.dpi = _DPI * scale
        agg = FigureCanvasAgg(self._figure)
        agg.draw()  # type: ignore[no-untyped-call]
        return Image.frombuffer("RGBA", agg.get_width_height(), bytes(agg.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]


@contextmanager
def _settings_of_svg(texts: Literal["path", "none"]) -> Iterator[None]:
    """matplotlib's two settings for one picture; its own context copies and checks all three hundred of them."""
    salt, kind = rcParams["svg.hashsalt"], rcParams["svg.fonttype"]
    rcParams["svg.hashsalt"], rcParams["svg.fonttype"] = "charter", texts
    try:
        yield
    finally:
        rcParams["svg.hashsalt"], rcParams["svg.fonttype"] = salt, kind


@lru_cache(maxsize=64)
def _font(file: Path, points: float) -> FontProperties:
    return FontProperties(fname=file, size=points)

"""A finished picture in each medium's form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

from markupsafe import Markup, escape
from PIL import Image

from charter.report.render.charts.canvas import Canvas
from charter.report.render.charts.colours import themed

# Phones have two or three pixels where a page counts one.
_SCALE = 2
# Pictures of few colours and their edges need no more.
_PALETTE = 32
_HEAD = re.compile(r'<svg[^>]*viewBox="([^"]*)"[^>]*>.*?</defs>', re.DOTALL)
_FONT = re.compile(r"font-family: [^;]*;")
_GROUP_ID = re.compile(r'<g id="[^"]*"')


def for_paper(svg: str, families: Sequence[str]) -> str:
    """SVG for print, its texts in the first of ``families`` that has their characters."""
    return _FONT.sub("font-family: " + ", ".join(f"'{family}'" for family in families) + ";", svg)


def for_page(svg: str, name: str, alt: str) -> Markup:
    """SVG to stand inside a page: its colours and its font are the page's, its texts stay texts, and it says ``alt``.

    ``name`` is one that no other picture of the page has: ids within the picture begin with it.
    """
    # The library's own head has a style sheet, which would reach into the page.
    svg = _HEAD.sub(lambda found: _head(found[1], alt), svg, count=1)
    svg = _GROUP_ID.sub("<g", _FONT.sub("", svg))
    svg = svg.replace(' id="', f' id="{name}-').replace('xlink:href="#', f'href="#{name}-')
    return Markup(themed(re.sub(r"\s*\n\s*", " ", svg)))


def _head(view_box: str, alt: str) -> str:
    return (
        f'<svg class="chart" role="img" aria-label="{escape(alt)}" viewBox="{view_box}" style="stroke-linejoin: round">'
    )


def for_mail(canvas: Canvas) -> bytes:
    """PNG at twice the size in few colours, so that it is small."""
    few = canvas.pixels(_SCALE).quantize(_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    made = BytesIO()
    few.save(made, "PNG", compress_level=9)
    return made.getvalue()

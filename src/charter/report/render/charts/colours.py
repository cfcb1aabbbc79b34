"""The colours of pictures by what they are for; pages take theirs from the style sheet, so that they turn dark with it.

Every colour is another one, since it is found in the finished picture by its value.
"""

from __future__ import annotations

from typing import Literal

Role = Literal["ink", "soft", "line", "ground", "band", "point", "good", "bad", "open", "target"]

COLOURS: dict[Role, str] = {
    "ink": "#1c2530",
    "soft": "#4a5765",
    "line": "#d5dbe1",
    "ground": "#ffffff",
    "band": "#e3ecf5",
    "point": "#1f4e79",
    "good": "#1b6e3c",
    "bad": "#b3261e",
    "open": "#7a5200",
    "target": "#5b3a8c",
}


def themed(svg: str) -> str:
    """``svg`` with colours that the page around it may set (``--chart-bad``), and ours where it does not."""
    for role, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--chart-{role}, {colour})")
    return svg

"""What a picture shows, ready to be drawn: places, values and texts. Values are shares between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The family of measured figures, each in its own unit and on a scale of its own.
MEASURED = "measured"
# How a point is drawn.
Tone = Literal["common", "improvement", "concern"]


@dataclass(frozen=True)
class Tick:
    """A text at a place of an axis: a week's number from the left, or a value."""

    at: float
    text: str


@dataclass(frozen=True)
class IconView:
    """One of the two icons: ``kind`` is what is drawn, ``mark`` its sign in a line of text, ``word`` what it says."""

    kind: str
    mark: str
    word: str


@dataclass(frozen=True)
class WeekMark:
    """A week on the chart. ``value`` is None where there is no point; from ``low`` to ``high`` is what is not known."""

    at: int
    value: float | None
    tone: Tone
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LimitMark:
    """The mean and the process limits of a week."""

    at: int
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ActionMark:
    """A week in which something was done to mend the standard, or (not ``done``) by which it is due. ``number`` is what
    its line in words begins with."""

    at: int
    number: str
    done: bool


@dataclass(frozen=True)
class ControlView:
    """A control chart. ``name`` tells it from the others of a report; ``alt`` says in words what it shows.

    ``bottom`` and ``top`` are the values at the foot and the head of the scale, which charts of one ``family`` share
    (but those that are measured). ``better`` is the side on which a value is better. The icons are in words in
    ``lines``. ``steps`` stand where another version of the rule came into force. After ``weeks`` there is room for
    ``ahead`` more, in which ``actions`` are due.
    """

    name: str
    family: str
    language: str
    title: str
    weeks: int
    marks: tuple[WeekMark, ...]
    limits: tuple[LimitMark, ...]
    steps: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    target: float | None
    target_text: str
    bottom: float
    top: float
    better: Literal["high", "low"]
    levels: tuple[Tick, ...]
    variation: IconView
    assurance: IconView
    actions: tuple[ActionMark, ...]
    ahead: int
    lines: tuple[str, ...]
    alt: str

    @property
    def shown_levels(self) -> tuple[Tick, ...]:
        """Those of ``levels`` that mark this scale: its foot, its middle and its head."""
        return tuple(level for level in self.levels if level.at in levels_of(self.bottom, self.top))


def levels_of(bottom: float, top: float = 1.0) -> tuple[float, float, float]:
    """The values that mark a scale from ``bottom`` to ``top``."""
    return (bottom, round((bottom + top) / 2, 2), top)


@dataclass(frozen=True)
class HeatRow:
    """A standard's weeks, oldest first: each a result and the text of its cell (empty where nothing is to say)."""

    title: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HeatView:
    """Standards × weeks of the agency. ``legend`` names each result that is shown."""

    language: str
    title: str
    dates: tuple[Tick, ...]
    rows: tuple[HeatRow, ...]
    legend: tuple[tuple[str, str], ...]
    alt: str


@dataclass(frozen=True)
class DutyMark:
    """A duty of the year on its due day: ``at`` is between 0 (1 January) and 12 (the year's end)."""

    at: float
    state: str
    text: str


@dataclass(frozen=True)
class DutyRow:
    title: str
    marks: tuple[DutyMark, ...]


@dataclass(frozen=True)
class DutiesView:
    """The year's duties by standard and due day. ``today`` is the place of the last day that has ended; ``lines`` tell
    the first of what is not done, and ``rest`` how much more there is."""

    language: str
    title: str
    months: tuple[str, ...]
    today: float
    today_text: str
    rows: tuple[DutyRow, ...]
    legend: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    rest: str
    alt: str


@dataclass(frozen=True)
class BinView:
    """So many answers that took so much of their limit. ``late`` ones took more than all of it."""

    text: str
    count: int
    shown: str
    late: bool


@dataclass(frozen=True)
class DistributionView:
    """How long answers took against their limit."""

    language: str
    title: str
    bins: tuple[BinView, ...]
    alt: str

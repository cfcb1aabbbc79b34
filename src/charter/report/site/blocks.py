"""What the pages are made of, as ready texts."""

from __future__ import annotations

from dataclasses import dataclass

from charter.report.site.editions import LanguageLink
from charter.report.view.models import RowView, StandardView


@dataclass(frozen=True)
class Link:
    """Where a reader can go; ``href`` is relative to the page, and empty when there is nothing to open."""

    text: str
    href: str


@dataclass(frozen=True)
class ReportLine:
    """The newest report of a department in a week, and its forms."""

    week: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class HeatCell:
    """What a standard came to in a week; ``text`` is what is read aloud."""

    css: str
    mark: str
    text: str


@dataclass(frozen=True)
class HeatLine:
    title: str
    href: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatMap:
    """Standards by weeks, the oldest week first. ``weeks`` are the columns, with the page of each."""

    weeks: tuple[Link, ...]
    lines: tuple[HeatLine, ...]
    legend: tuple[Outcome, ...]


@dataclass(frozen=True)
class PledgeBlock:
    title: str
    standards: tuple[StandardView, ...]


@dataclass(frozen=True)
class Outcome:
    text: str
    css: str
    mark: str


@dataclass(frozen=True)
class CheckLine:
    anchor: str
    page: str
    source_id: str
    expectation: str
    description: str
    standard_id: str
    severity: str
    period: str
    evaluated: str
    unexpected: str
    outcome: Outcome
    error: str


@dataclass(frozen=True)
class SourceLine:
    day: str
    covered: bool
    arrived: str
    landed: str
    unchanged: str
    quarantined: str
    reason: str


@dataclass(frozen=True)
class FatesLine:
    """What became of the rows that one feed gave in its last night."""

    table: str
    night: str
    read: str
    landed: str
    unchanged: str
    refused: str
    waiting: str
    left_out: str
    merged: str
    deleted: str
    withheld: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RowFateLine:
    """``tone`` is a style: what somebody should look at stands out."""

    table: str
    fate: str
    tone: str
    rows: str
    why: str
    ahead: str
    example: str


@dataclass(frozen=True)
class SourceBlock:
    id: str
    name: str
    last_covered: str
    fates: tuple[FatesLine, ...]
    gaps: tuple[RowView, ...]
    row_fates: tuple[RowFateLine, ...]
    look_at: str
    days: tuple[SourceLine, ...]


@dataclass(frozen=True)
class HistoryLine:
    week: str
    span: str
    result: Outcome
    met: str
    breached: str
    pending: str
    excluded: str
    share: str
    broken: str
    name: str
    changed: tuple[str, ...]
    width: str
    no_data: str


@dataclass(frozen=True)
class DepartmentShare:
    id: str
    name: str
    result: Outcome
    components: str
    share: str
    figure: str


@dataclass(frozen=True)
class Frame:
    """What every page shows around its own content. ``root`` is the way to the site's first page's folder, ``ending``
    how the names of its pages end, ``switch`` leads to the same page in other languages."""

    title: str
    language: str
    direction: str
    switch: tuple[LanguageLink, ...]
    root: str
    ending: str
    agency: str
    as_of: str
    synthetic: str
    synthetic_place: str
    footer: str
    proof: tuple[str, ...]

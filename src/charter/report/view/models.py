"""What templates loop over: ready texts, no figures to work out."""

from __future__ import annotations

from dataclasses import dataclass

from charter.base.languages import direction
from charter.report.view.chart_models import ControlView, DutiesView, HeatView
from charter.report.view.felt_models import FeltView
from charter.report.view.mending_models import MendingView


@dataclass(frozen=True)
class Limits:
    """How many cases, changes and restated figures a medium lists; the counts beside them are always of all."""

    per_standard: int
    in_all: int
    still_open: int
    due_next: int
    changes: int = 60
    restated: int = 60
    below: int = 200
    listed: int = 60
    decisions: int = 60
    holders: int = 60
    not_kept: int = 200


@dataclass(frozen=True)
class FileView:
    """Another form of the same report: its ``name`` is that of the file beside the page."""

    text: str
    name: str


@dataclass(frozen=True)
class TodoView:
    """One thing to do: ``what`` (such as: see to this first), of what (``title``, at ``address`` where it has one), and
    ``lines`` of details. ``text`` is all of it in one line."""

    kind: str
    what: str
    title: str
    address: str
    lines: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class CaseView:
    """``address`` is where the case is in its source system; empty where that is not known."""

    subject: str
    address: str
    detail: str
    opened: str
    due: str
    fulfilled: str
    state: str
    open: bool


@dataclass(frozen=True)
class CasesView:
    title: str
    citation: str
    count: str
    cases: tuple[CaseView, ...]
    rest: str


@dataclass(frozen=True)
class BarView:
    """One week of a trend: ``height`` is the share of breaches between 0 and 1 on the trend's scale, -1 when n is 0.

    ``now`` is the closed week itself.
    """

    height: float
    now: bool
    text: str


@dataclass(frozen=True)
class TargetView:
    """The figure of a part that has a target of its own; ``name`` is what it is found by."""

    text: str
    name: str


@dataclass(frozen=True)
class StandardView:
    """``name`` is what its figure is found by, ``page`` the address of its page; empty where the site is not served."""

    id: str
    page: str
    name: str
    title: str
    department: str
    citation: str
    threshold: str
    target: str
    changed: str
    basis: str
    operational: bool
    basis_note: str
    result: str
    result_class: str
    mark: str
    nothing_counted: bool
    reason: str
    components: str
    met: str
    breached: str
    pending: str
    excluded: str
    n: str
    rate: str
    interval: str
    share: str
    few: str
    strict: str
    ends: str
    targets: tuple[TargetView, ...]
    no_data: str
    trend: str
    trend_word: str
    trend_class: str
    trend_shown: bool
    bars: tuple[BarView, ...]
    bars_text: str
    bars_top: str
    charts: tuple[ControlView, ...]
    year: str
    year_ends: str
    year_result: str
    year_class: str
    allowance: str
    year_targets: tuple[str, ...]


@dataclass(frozen=True)
class GroupView:
    title: str
    standards: tuple[StandardView, ...]


@dataclass(frozen=True)
class BelowView:
    """A department in the report of one above it. Where others are under it, the figures are those of it and them, and
    ``own`` tells its own apart. ``parent`` names what it belongs to where it stands out of the tree (``level`` 0)."""

    id: str
    name: str
    level: int
    met: str
    breached: str
    pending: str
    broken: str
    no_data: str
    still_open: str
    bad: bool
    own: str
    parent: str


@dataclass(frozen=True)
class PledgeView:
    """A pledge: how many of its standards were kept, broken or not decided; ``commitments`` counts those below."""

    title: str
    kept: str
    broken: str
    undecided: str
    commitments: str
    bad: bool


@dataclass(frozen=True)
class ListView:
    """The first lines of a list, and how many more there are (``rest``; empty when that is all)."""

    heading: str
    lines: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class DecisionView:
    """Something to decide: ``what`` kind it is, about what, and whose it is."""

    kind: str
    what: str
    text: str
    owner: str


@dataclass(frozen=True)
class OverviewView:
    """The agency on one page. ``lists`` are what is new, what persists and which weeks were restated, as far as there
    is something of each."""

    pledges: tuple[PledgeView, ...]
    lists: tuple[ListView, ...]
    decisions: tuple[DecisionView, ...]
    decisions_rest: str
    labels: dict[str, str]


@dataclass(frozen=True)
class RowView:
    """One line of a small table: at most four texts."""

    first: str
    second: str
    third: str
    fourth: str = ""


@dataclass(frozen=True)
class ChangeView:
    """What changed under ``title``: from which day, old and new; and what was decided on either side."""

    title: str
    across: str
    lines: tuple[str, ...]
    counts: tuple[str, ...]


@dataclass(frozen=True)
class ChangesView:
    """``intro`` says how commitments on either side were judged and counted."""

    intro: tuple[str, ...]
    changes: tuple[ChangeView, ...]
    rest: str


@dataclass(frozen=True)
class RestatedView:
    """What a revision corrects: ``intro`` says since when, each of ``lines`` one standard's figures, then and now."""

    intro: str
    lines: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class Page:
    """Something to read in a ``language``, from one side to the other."""

    language: str

    @property
    def is_right_to_left(self) -> bool:
        return direction(self.language) == "rtl"

    @property
    def start(self) -> str:
        """The side on which lines begin: mail programs know ``left`` and ``right`` alone."""
        return "right" if self.is_right_to_left else "left"

    @property
    def end(self) -> str:
        """The side on which lines end."""
        return "left" if self.is_right_to_left else "right"


@dataclass(frozen=True)
class ReportView(Page):
    """``brief`` is what a mail says under the headline, ``summary`` the same in full. A mail shows the standards that
    were ``not_kept``, and names those that were ``kept``. ``charts`` are the pictures, the most urgent first;
    ``duties`` the calendar of the year's, and ``heat`` the agency's standards by weeks. ``page`` is the address of the
    whole report; empty where the site is not served. ``proof`` says how to check what is shown; ``seal`` of it is the
    line that every printed page bears. Where a section is not shown (``sections``) there is nothing of it here; those
    that have a line also where they are empty say so (``shows_…``).
    """

    subject: str
    title: str
    agency: str
    department: str
    week: str
    week_of_year: str
    period: str
    as_of: str
    synthetic: str
    correction: str
    counts: str
    restated: RestatedView | None
    tone: str
    headline: str
    preheader: str
    brief: tuple[str, ...]
    summary: tuple[str, ...]
    todo: tuple[TodoView, ...]
    nothing_todo: str
    breaches: tuple[CasesView, ...]
    breaches_rest: str
    still_open: CasesView | None
    due_next: CasesView | None
    groups: tuple[GroupView, ...]
    not_kept: tuple[StandardView, ...]
    not_kept_rest: str
    kept: str
    charts: tuple[ControlView, ...]
    duties: DutiesView | None
    heat: HeatView | None
    quiet: str
    below: tuple[BelowView, ...]
    below_rest: str
    overview: OverviewView | None
    exclusions: tuple[RowView, ...]
    companions: tuple[RowView, ...]
    missing: tuple[RowView, ...]
    changes: ChangesView | None
    mending: MendingView
    felt: tuple[FeltView, ...]
    felt_title: str
    felt_note: str
    notes: tuple[str, ...]
    proof: tuple[str, ...]
    seal: str
    page: str
    files: tuple[FileView, ...]
    labels: dict[str, str]
    shows_breaches: bool = True
    shows_due: bool = True


@dataclass(frozen=True)
class SummaryView:
    department: str
    headline: str
    tone: str
    summary: tuple[str, ...]

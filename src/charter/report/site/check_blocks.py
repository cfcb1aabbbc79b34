"""What the pages of the checks are made of, as ready texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.report.site.blocks import Link, Outcome


@dataclass(frozen=True)
class LookLine:
    """Checks that need a look, of one standard or one by itself: what they are about, and each with its counts."""

    title: str
    links: tuple[Link, ...]
    reason: str


@dataclass(frozen=True)
class LookGroup:
    """What needs a look because it came to one outcome."""

    outcome: Outcome
    heading: str
    lines: tuple[LookLine, ...]


@dataclass(frozen=True)
class ShortCheck:
    """A check among those of its group. ``share`` is how many of how many do not hold; empty where all do."""

    anchor: str
    page: str
    source_id: str
    description: str
    outcome: Outcome
    share: str
    error: str


@dataclass(frozen=True)
class CheckGroup:
    """The checks of one standard, source or suite. ``bad`` says that some of them need a look."""

    anchor: str
    title: str
    counts: str
    bad: bool
    checks: tuple[ShortCheck, ...]
    standard_id: str
    source_id: str


@dataclass(frozen=True)
class CheckSection:
    heading: str
    groups: tuple[CheckGroup, ...]


@dataclass(frozen=True)
class Choice:
    """What a filter can be set to."""

    value: str
    text: str


@dataclass(frozen=True)
class Square:
    """One night in a row of them; without a mark the night is none."""

    outcome: Outcome | None
    day: str
    text: str


@dataclass(frozen=True)
class WeekOfNights:
    week: str
    squares: tuple[Square, ...]


@dataclass(frozen=True)
class NightLine:
    day: str
    outcome: Outcome
    evaluated: str
    unexpected: str
    reason: str


@dataclass(frozen=True)
class MonthLine:
    month: str
    counts: str


@dataclass(frozen=True)
class Failing:
    """The cases that broke a check in the newest night in which it was broken."""

    heading: str
    count: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class NightOutcome:
    """What a period of a standard came to, how many of how many do not hold (``share``), and why nothing can be said
    (empty where it can)."""

    outcome: Outcome
    share: str
    reason: str


@dataclass(frozen=True)
class NightStandard:
    """A standard in a night: by kind of period what it came to."""

    title: str
    outcomes: Mapping[str, NightOutcome]


@dataclass(frozen=True)
class NightSource:
    """Whether a source was heard in a night."""

    name: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class WeekStandard:
    title: str
    result: Outcome
    nothing_counted: bool
    components: str
    share: str
    no_data: str


@dataclass(frozen=True)
class NightLink:
    """A night of a week; without ``href`` its page is not written, and where it was not ``judged`` there is none."""

    day: str
    text: str
    judged: bool
    href: str


@dataclass(frozen=True)
class WeekLink:
    week: Link
    span: str
    nights: tuple[NightLink, ...]


@dataclass(frozen=True)
class YearOfWeeks:
    year: str
    weeks: tuple[WeekLink, ...]

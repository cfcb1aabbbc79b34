"""What happened in the synthetic agency, and when each of its systems came to know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar, cast
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day, local_date

from .rows import TABLES

SEOUL = ZoneInfo("Asia/Seoul")
FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2026, 12, 31)

RowT = TypeVar("RowT")


def at(text: str) -> datetime:
    """The UTC instant of a Seoul wall time such as ``2026-06-09 09:30`` or ``2026-06-09 09:30:01``."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL).astimezone(ZoneInfo("UTC"))


def on(text: str) -> date:
    """The date written as ``2026-06-09``."""
    return date.fromisoformat(text)


def entered_on(day: date) -> datetime:
    """When a clerk enters what was dated ``day``: six in the evening, Seoul."""
    return datetime.combine(day, time(18), SEOUL).astimezone(ZoneInfo("UTC"))


@dataclass(frozen=True)
class Version(Generic[RowT]):
    """How a record stood from ``known_at`` on; None once deleted. ``recorded_at`` is the stamp its system gives."""

    known_at: datetime
    row: RowT | None
    recorded_at: datetime


@dataclass(frozen=True)
class Story(Generic[RowT]):
    """One record through time: its versions, oldest first."""

    versions: tuple[Version[RowT], ...]

    @property
    def begun_at(self) -> datetime:
        return self.versions[0].known_at

    def version(self, when: datetime) -> Version[RowT] | None:
        """The version in force at ``when``, None before the first."""
        known = [version for version in self.versions if version.known_at <= when]
        return known[-1] if known else None

    def as_known(self, when: datetime) -> RowT | None:
        """The record as its system showed it at ``when``; None when not yet there, or deleted."""
        version = self.version(when)
        return version.row if version else None


def _happened(value: Any) -> datetime:
    return value if isinstance(value, datetime) else entered_on(value)


def tell(row: RowT, known_at: datetime, *later: str, recorded_at: datetime | None = None) -> Story[RowT]:
    """A record entered at ``known_at``; its ``later`` columns (dates, instants) are filled in when they happen."""
    facts = {name: _happened(value) for name in later if (value := getattr(row, name)) is not None}
    moments = sorted({known_at, *(moment for moment in facts.values() if moment > known_at)})
    versions = []
    for moment in moments:
        open_facts = {name: None for name, happened in facts.items() if happened > moment}
        stamp = recorded_at if recorded_at is not None and moment == known_at else moment
        versions.append(Version(moment, cast(RowT, replace(cast(Any, row), **open_facts)), stamp))
    return Story(tuple(versions))


def corrected(story: Story[RowT], known_at: datetime, **changes: Any) -> Story[RowT]:
    """``story`` with ``changes`` made to its last version at ``known_at``."""
    last = replace(cast(Any, story.versions[-1].row), **changes)
    return Story((*story.versions, Version(known_at, cast(RowT, last), known_at)))


def deleted(story: Story[RowT], known_at: datetime) -> Story[RowT]:
    """``story`` whose record vanishes at ``known_at``."""
    return Story((*story.versions, Version(known_at, None, known_at)))


@dataclass(frozen=True)
class Broken:
    """A row that breaks its source's contract: ``row`` with raw text in place of some columns.

    ``extra_field`` is a surplus field at the end of a CSV line. Quarantine must show it under ``reason``.
    """

    row: Any
    known_at: datetime
    reason: str
    raw: Mapping[str, str | None] = field(default_factory=dict)
    extra_field: str | None = None


@dataclass(frozen=True)
class Expectation:
    """A verdict that was planted, true for nights ``from_night`` to ``to_night``. ``absent``: no such commitment."""

    commitment_id: str
    status: str
    from_night: date
    to_night: date = LAST_DAY
    department_id: str | None = None
    exclusion_rule: str | None = None

    ABSENT = "absent"


@dataclass(frozen=True)
class Scenario:
    """An awkward case on purpose: what it is called, and what must come of it."""

    name: str
    expects: tuple[Expectation, ...]


@dataclass
class World:
    """Every record of the year 2026, the rows that are broken, the files that failed to come, and the planted cases.

    ``late_files`` are days whose call file did not come on time, with the instant it came (None: never).
    """

    stories: dict[type, list[Story[Any]]] = field(default_factory=lambda: defaultdict(list))
    broken: list[Broken] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    late_files: dict[date, datetime | None] = field(default_factory=dict)
    scenarios: list[Scenario] = field(default_factory=list)

    def add(self, story: Story[Any]) -> None:
        self.stories[type(story.versions[0].row)].append(story)

    def known(self, kind: type[RowT], when: datetime) -> list[RowT]:
        """Every intact record of ``kind`` that its system shows at ``when``, in the order they were entered."""
        return [row for story in self.stories[kind] if (row := story.as_known(when)) is not None]

    def scenario(self, name: str, *expects: Expectation) -> None:
        self.scenarios.append(Scenario(name, expects))

    def call_file_landed(self, day: date, when: datetime) -> bool:
        """Whether the exchange's file for ``day`` is there at ``when``."""
        landed = self.late_files.get(day, end_of_day(day, SEOUL))
        return landed is not None and landed <= when

    def call_file_lands(self, day: date) -> datetime | None:
        """When the exchange's file for ``day`` lands; None: never."""
        return self.late_files.get(day, end_of_day(day, SEOUL))


@dataclass(frozen=True)
class Line:
    """One line of a source as it stands: an intact row, or a broken one."""

    row: Any
    recorded_at: datetime
    broken: Broken | None = None


def lines(world: World, table: str, when: datetime) -> list[Line]:
    """The lines of ``table`` in its source at ``when``, in the order of entry (so that a line keeps its place)."""
    kind = TABLES[table]
    entries: list[tuple[datetime, int, Line]] = []
    for story in world.stories[kind]:
        version = story.version(when)
        if version is not None and version.row is not None:
            line = Line(version.row, version.recorded_at)
            entries.append((story.begun_at, 0, line))
            if key_of(version.row) in world.repeated:
                entries.append((story.begun_at, 0, line))
    entries += [
        (broken.known_at, 1, Line(broken.row, broken.known_at, broken))
        for broken in world.broken
        if isinstance(broken.row, kind) and broken.known_at <= when
    ]
    return [line for _, _, line in sorted(entries, key=lambda entry: entry[:2])]


def key_of(row: Any) -> str:
    """The record's key: its first field."""
    return str(getattr(row, fields(row)[0].name))


def days(first: date, last: date) -> list[date]:
    """Every date from ``first`` to ``last``, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def day_of(instant: datetime) -> date:
    """The business date in Seoul."""
    return local_date(instant, SEOUL)

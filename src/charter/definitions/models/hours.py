"""Working hours as people write them: blocks of a day, schedules by weekday, season and date, the length of a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from charter.base.moments import second_of_day
from charter.definitions.models.common import Strict, Written

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What is worked on public holidays that have no hours of their own.
HOLIDAY = "holiday"
_DAY = 24 * 3600


@dataclass(frozen=True, order=True)
class Block(Written):
    """A stretch of working time by local time, in seconds since the midnight that begins its day; over midnight
    ``end`` is more than a day's. Written ``09:00-12:00``, ``22:00-06:00``; the midnight that ends a day is 24:00."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: Any) -> Self:
        """Reads ``HH:MM-HH:MM``; raises ValueError otherwise."""
        if isinstance(text, cls):
            return text
        match = re.match(r"^(\d\d):([0-5]\d)-(\d\d):([0-5]\d)$", text) if isinstance(text, str) else None
        start, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, -1)
        if not (0 <= start < _DAY // 60 and 0 <= end <= _DAY // 60):
            raise ValueError(f"'{text}' is not a stretch of a day such as '09:00-12:00' or '22:00-06:00'")
        if start == end:
            raise ValueError(f"'{text}' ends where it starts; a whole day is '00:00-24:00'")
        return cls(start * 60, end * 60 if start < end else end * 60 + _DAY)

    @property
    def seconds(self) -> int:
        """How long it is when no clocks change."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{_clock_time(self.start)}-{_clock_time(self.end - _DAY if self.end > _DAY else self.end)}"


def _clock_time(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}" + (f":{second % 60:02d}" if second % 60 else "")


def weekdays_of(name: str) -> tuple[int, ...]:
    """The weekdays (1 is Monday) that a name of days means: ``sat``, ``mon-fri``, or ``fri-mon`` over the weekend; none
    for ``holiday``. Raises ValueError for any other name."""
    if name == HOLIDAY:
        return ()
    first, _, last = name.partition("-")
    for day in (first, last or first):
        if day not in WEEKDAYS:
            raise ValueError(f"'{day}' is no day; days are {', '.join(WEEKDAYS)}, {HOLIDAY}, or two with - between")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return tuple(number % 7 + 1 for number in range(start, (end if start <= end else end + 7) + 1))


def _known_days(name: str) -> str:
    weekdays_of(name)
    return name


Days = Annotated[str, AfterValidator(_known_days)]
Hours = dict[Days, list[Block]]


@dataclass(frozen=True, order=True)
class DayOfYear(Written):
    """A day of every year, written ``05-01``; 02-29 is there in leap years."""

    month: int
    day: int

    @classmethod
    def parse(cls, text: Any) -> Self:
        """Reads ``MM-DD``; raises ValueError otherwise."""
        if isinstance(text, cls):
            return text
        match = re.match(r"^(\d\d)-(\d\d)$", text) if isinstance(text, str) else None
        try:
            if match is None:
                raise ValueError
            date(2024, int(match[1]), int(match[2]))
        except ValueError:
            raise ValueError(f"'{text}' is not a day of the year such as 05-01 (month, day)") from None
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> DayOfYear:
        return cls(day.month, day.day)

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"


class Season(Strict):
    """The same days of every year, both ends included; it may run over the turn of the year."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: DayOfYear = Field(alias="from")
    to: DayOfYear

    def __str__(self) -> str:
        return f"{self.from_} to {self.to}"

    def holds(self, day: date) -> bool:
        """Whether ``day`` is in the season."""
        at = DayOfYear.of(day)
        if self.from_ <= self.to:
            return self.from_ <= at <= self.to
        return at >= self.from_ or at <= self.to


class Schedule(Strict):
    """Hours by weekday, in force from a date to a date (both included) or in a season of every year.

    All blocks that name a day count for it. ``known_on`` is when it became known: clocks know it from then on. It was
    known all along where that is not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    season: Season | None = None
    known_on: date | None = None
    hours: Hours

    @model_validator(mode="after")
    def _begins_once_known(self) -> Schedule:
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(f"it ends on {self.to}, before it begins on {self.from_}")
        if self.known_on is not None and (self.from_ is None or self.from_ < self.known_on):
            raise ValueError(
                f"it became known on {self.known_on}, and what has passed by then stays as it was: give a from on that"
                " day or later"
            )
        return self

    def holds(self, day: date) -> bool:
        """Whether it is in force on ``day``, whenever that became known."""
        return (
            (self.from_ is None or self.from_ <= day)
            and (self.to is None or day <= self.to)
            and (self.season is None or self.season.holds(day))
        )

    def is_known(self, known_on: date) -> bool:
        return self.known_on is None or self.known_on <= known_on

    def blocks(self, weekday: int) -> tuple[Block, ...]:
        """The blocks of a weekday (1 is Monday), the earliest first."""
        named = (blocks for name, blocks in self.hours.items() if weekday in weekdays_of(name))
        return tuple(sorted(block for blocks in named for block in blocks))

    def blocks_of_holiday(self) -> tuple[Block, ...]:
        """The blocks of a public holiday that has no hours of its own, the earliest first."""
        return tuple(sorted(self.hours.get(HOLIDAY, [])))


class WorkingHours(Strict):
    """The same hours all year: ``days`` 1 (Monday) to 7, from ``start`` to ``end`` less the break."""

    days: list[Annotated[int, Field(ge=1, le=7)]]
    start: time
    end: time
    break_start: time | None = None
    break_end: time | None = None

    def schedule(self) -> Schedule:
        """The same said as a schedule."""
        edges = [(self.start, self.end)]
        if self.break_start is not None and self.break_end is not None:
            edges = [(self.start, self.break_start), (self.break_end, self.end)]
        blocks = [Block(second_of_day(start), second_of_day(end)) for start, end in edges if start < end]
        return Schedule(hours={WEEKDAYS[day - 1]: blocks for day in self.days})


def _form_of(hours: Any) -> str:
    return "schedules" if isinstance(hours, list) else "all_year"


# The same hours all year, or schedules of which the last one that is in force on a day holds.
AnyHours = Annotated[
    Annotated[WorkingHours, Tag("all_year")] | Annotated[list[Schedule], Field(min_length=1), Tag("schedules")],
    Discriminator(_form_of),
]


def schedules_of(hours: WorkingHours | list[Schedule]) -> tuple[Schedule, ...]:
    """Working hours in the long form."""
    return (hours.schedule(),) if isinstance(hours, WorkingHours) else tuple(hours)


class DayLength(Written):
    """How long a day of working time is, as people write it: ``8 hours``, ``7 hours 30 minutes``, ``450 minutes``."""

    _PATTERN = re.compile(r"^(?:(\d+) hours?(?: (?=\d)|$))?(?:(\d+) minutes?)?$")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    @classmethod
    def parse(cls, text: Any) -> Self:
        """Reads hours, minutes, or both, up to 24 hours; raises ValueError otherwise."""
        if isinstance(text, cls):
            return text
        match = cls._PATTERN.match(text) if isinstance(text, str) else None
        seconds = 0 if match is None else int(match[1] or 0) * 3600 + int(match[2] or 0) * 60
        if not 0 < seconds <= _DAY:
            raise ValueError(f"'{text}' is not the length of a day such as '8 hours' or '7 hours 30 minutes'")
        return cls(seconds)

    def __str__(self) -> str:
        hours, minutes = divmod(self.seconds // 60, 60)
        said = [f"{hours} hours"] * bool(hours) + [f"{minutes} minutes"] * bool(minutes)
        return " ".join(said)

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DayLength) and self.seconds == other.seconds

    def __hash__(self) -> int:
        return hash(self.seconds)


EIGHT_HOURS = DayLength(8 * 3600)

"""Typed models of one agency's charter folder. Unknown keys are errors everywhere."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import core_schema

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Scalar = str | int | float | bool
# Registers know what came long before the charter, and leases that end long after the night.
_YEARS_BEFORE, _YEARS_AFTER = 50, 20


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"'{name}' is not an IANA time zone such as Asia/Seoul") from error
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


def _refused_characters(text: str, allowed: str = "") -> str:
    for character in text:
        if unicodedata.category(character) in _UNSEEN and character not in allowed:
            name = unicodedata.name(character, "a control character").lower()
            raise ValueError(f"it holds U+{ord(character):04X} ({name}), which changes how other text is shown")
    return text


def _one_line(text: str) -> str:
    return _refused_characters(text)


def _readable(text: str) -> str:
    return _refused_characters(text, "\n")


# Line breaks, control characters, marks of direction and others that nobody sees: with them a name can look like
# another one, turn round what stands beside it, or begin a line (or a mail's header) of its own.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
OneLine = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_readable)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """One text in the agency's language and in English."""

    ko: Text
    en: Text


class Name(Strict):
    """What somebody or something is called, in the agency's language and in English: one line each."""

    ko: OneLine
    en: OneLine


class Duration:
    """An amount and a unit as people write it: ``48 hours``, ``1 month``. Months follow the calendar."""

    UNITS = ("seconds", "minutes", "hours", "days", "months")
    _PATTERN = re.compile(r"^(\d+) (second|minute|hour|day|month)s?$")

    def __init__(self, amount: int, unit: str) -> None:
        self.amount = amount
        self.unit = unit

    @classmethod
    def parse(cls, text: Any) -> Duration:
        """Reads ``<whole number> <seconds|minutes|hours|days|months>``; raises ValueError otherwise."""
        if isinstance(text, Duration):
            return text
        match = cls._PATTERN.match(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"'{text}' is not a duration such as '48 hours', '7 days' or '1 month'")
        return cls(int(match[1]), match[2] + "s")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit[:-1]}"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and (self.amount, self.unit) == (other.amount, other.unit)

    def __hash__(self) -> int:
        return hash((self.amount, self.unit))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


class Size:
    """An amount of bytes as people write it: ``500 MB``, ``2 GB``. A kB is 1000 bytes."""

    UNITS: ClassVar[dict[str, int]] = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
    _PATTERN = re.compile(r"^([1-9]\d{0,5}) (kB|MB|GB)$")

    def __init__(self, amount: int, unit: str) -> None:
        self.amount = amount
        self.unit = unit

    @classmethod
    def parse(cls, text: Any) -> Size:
        """Reads ``<whole number> <kB|MB|GB>``; raises ValueError otherwise."""
        if isinstance(text, Size):
            return text
        match = cls._PATTERN.match(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"'{text}' is not a size such as '500 MB' or '2 GB'")
        return cls(int(match[1]), match[2])

    @property
    def bytes(self) -> int:
        return self.amount * self.UNITS[self.unit]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.bytes == other.bytes

    def __hash__(self) -> int:
        return hash(self.bytes)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


# ── charter.yaml ────────────────────────────────────────────────────────────────────────────────

Kind = Literal["deadline", "lead_time", "occurrence", "level", "coverage", "zero"]
RunningClock = Literal["elapsed", "business_hours", "kr_civil_petition"]


class Comparison(Strict):
    """A condition on one column. Exactly one of the fields is given, or ``at_least`` and ``at_most`` together.

    ``later_than`` is another column of the same row: both are filled, and the moment here comes after the one there.
    """

    at_least: float | None = None
    at_most: float | None = None
    is_null: bool | None = None
    not_in: list[Scalar] | None = None
    later_than: ColumnName | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Comparison:
        given = {name for name, value in self.__dict__.items() if value is not None}
        if len(given) != 1 and given != {"at_least", "at_most"}:
            raise ValueError(
                "give exactly one of at_least, at_most, is_null, not_in, later_than, or at_least with at_most"
            )
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")
        return self


# Column → the value it must have, a list of allowed values, or a comparison.
Where = dict[ColumnName, Scalar | list[Scalar] | Comparison]


class Owner(Strict):
    """Who answers for a commitment: the department named in a column, or one fixed department."""

    column: ColumnName | None = None
    department: Identifier | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Owner:
        if (self.column is None) == (self.department is None):
            raise ValueError("give exactly one of column, department")
        return self


class Exclusion(Strict):
    """A rule that takes commitments out, counted in view.

    ``at`` is the column with the instant the exclusion was made (the opening when not given).
    ``within_limit`` restricts it to subjects that ended (column ``ended``) before the limit had run out.
    ``strict`` says that the strict figure counts these commitments as breached.
    """

    text: Words
    approver: OneLine
    where: Where
    at: ColumnName | None = None
    ended_before_limit: ColumnName | None = None
    strict: bool = False


class Finish(Strict):
    """A column that holds a finish, and what else its row must say for it to count.

    An interim notice, for instance, finishes only where it promises a date after itself.
    """

    column: ColumnName
    where: Where = Field(default_factory=dict)


class FulfilledBy(Strict):
    """The finish: the first of ``any_of``, or the last of ``all_of`` once all are there."""

    any_of: list[ColumnName | Finish] = Field(default_factory=list)
    all_of: list[ColumnName | Finish] = Field(default_factory=list)

    @model_validator(mode="after")
    def _exactly_one(self) -> FulfilledBy:
        if bool(self.any_of) == bool(self.all_of):
            raise ValueError("give exactly one of any_of, all_of")
        return self

    def finishes(self) -> list[Finish]:
        """What is named, in the charter's order and in the long form."""
        return [each if isinstance(each, Finish) else Finish(column=each) for each in self.any_of or self.all_of]


class Extension(Strict):
    """A lawful prolongation: ``notified`` inside the first limit and with a ``reason``, it adds ``limit`` once."""

    notified: ColumnName
    reason: ColumnName
    limit: Duration


class Part(Strict):
    """What every part has. A part is one commitment per subject; most rules have one."""

    id: Identifier
    text: Words | None = None
    where: Where = Field(default_factory=dict)


class DeadlinePart(Part):
    """``opens`` starts the clock; ``fulfilled_by`` must come within ``limit``, or by the instant in ``due``.

    ``before`` means the limit itself is already too late (the third ring); otherwise it is still in time.
    """

    opens: ColumnName
    fulfilled_by: FulfilledBy
    clock: RunningClock
    limit: Duration | None = None
    due: ColumnName | None = None
    before: bool = False
    extension: Extension | None = None
    unit: Literal["seconds", "hours", "days"]

    @model_validator(mode="after")
    def _one_due_time(self) -> DeadlinePart:
        if (self.limit is None) == (self.due is None):
            raise ValueError("give exactly one of limit (a duration) and due (a column with the promised instant)")
        return self


class LeadTimePart(Part):
    """``notice`` must precede ``event`` by at least ``limit``; the commitment opens at ``opens``."""

    opens: ColumnName
    event: ColumnName
    notice: ColumnName
    clock: Literal["elapsed"]
    limit: Duration


class OccurrencePart(Part):
    """The ``nth`` activity dated ``on`` must fall in each slot; ``only`` names the slots of the year that count."""

    on: ColumnName
    clock: Literal["calendar"]
    slot: Literal["month", "quarter", "half", "year"]
    only: list[int] = Field(default_factory=list)
    nth: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _slots_exist(self) -> OccurrencePart:
        most = {"month": 12, "quarter": 4, "half": 2, "year": 1}[self.slot]
        if any(number < 1 or number > most for number in self.only):
            raise ValueError(f"a {self.slot} is numbered 1 to {most}")
        return self


class Population(Strict):
    """All the things that should stand: one per distinct ``item`` of ``subject`` between ``starts`` and ``ends``."""

    subject: ColumnName
    item: ColumnName
    starts: ColumnName
    ends: ColumnName


class LevelPart(Part):
    """Each day, the distinct ``item`` that stand: at least ``at_least``, ``every`` one named, or all of ``population``.

    An item stands from ``starts`` to ``ends`` (included), or for ``valid_for`` from ``starts`` until checked again;
    ``standing`` is the condition a check must meet for its item to stand.
    """

    item: ColumnName
    starts: ColumnName
    ends: ColumnName | None = None
    valid_for: Duration | None = None
    standing: Where = Field(default_factory=dict)
    clock: Literal["calendar"]
    days: Literal["working_days", "every_day"]
    at_least: int | None = None
    every: list[str] | None = None
    population: Population | None = None
    unit: str = "count"

    @model_validator(mode="after")
    def _one_of_each(self) -> LevelPart:
        if (self.ends is None) == (self.valid_for is None):
            raise ValueError("give exactly one of ends, valid_for")
        if self.valid_for is not None and self.valid_for.unit != "days":
            raise ValueError("valid_for is in days")
        if sum(value is not None for value in (self.at_least, self.every, self.population)) != 1:
            raise ValueError("give exactly one of at_least, every, population")
        return self

    @field_validator("every")
    @classmethod
    def _names_are_different(cls, every: list[str] | None) -> list[str] | None:
        named: dict[str, str] = {}
        for name in every or []:
            item = _letters_and_digits(name)
            if not item:
                raise ValueError(f"'{name}' has no letter or digit, and so names nothing")
            if item in named:
                raise ValueError(f"'{named[item]}' and '{name}' count as one")
            named[item] = name
        return every


# Letters to Unicode, and the dot between two words to who types Korean: NFKC makes the second of the first.
_DOTS = "\u318d\u119e"


def _letters_and_digits(text: str) -> str:
    """A text as a level rule counts it: its letters (with their marks) and digits, without capitals and dots."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(each for each in plain if unicodedata.category(each)[0] in "LMN" and each not in _DOTS)


class Evidence(Strict):
    """One thing that must be on record: a column that is filled (and not false), or any of several.

    With ``after`` the moment in ``column`` must not come before the one in ``after``, with ``within`` no later than
    that much after it; both ends count. Where one of the two is a date, days are compared.
    """

    column: ColumnName | None = None
    after: ColumnName | None = None
    within: Duration | None = None
    any_of: list[Evidence] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Evidence:
        if (self.column is None) == (self.any_of is None):
            raise ValueError("give exactly one of column, any_of")
        if self.after is None and self.within is not None:
            raise ValueError("within needs after, the column that it counts from")
        if self.within is not None and self.within.unit == "months":
            raise ValueError("within is in seconds, minutes, hours or days")
        return self


class CoveragePart(Part):
    """All of ``evidence`` must be on record within ``limit`` of ``opens`` (0 days: at the opening)."""

    opens: ColumnName
    evidence: list[Evidence] = Field(min_length=1)
    clock: Literal["elapsed"]
    limit: Duration


class ZeroPart(Part):
    """No incident dated ``on`` on any day."""

    on: ColumnName
    clock: Literal["calendar"]
    days: Literal["working_days", "every_day"]


PartT = TypeVar("PartT", bound=Part)


class Companion(Strict):
    """A figure shown beside a standard, stored as components: how many, or the sum, over how many.

    Counted over ``subject`` rows matching ``where`` on the date or instant in ``on``.
    """

    id: Identifier
    text: Words
    subject: ColumnName
    on: ColumnName
    where: Where = Field(default_factory=dict)
    numerator: Where | None = None
    sum_of: ColumnName | None = None
    owner: Owner

    @model_validator(mode="after")
    def _exactly_one(self) -> Companion:
        if (self.numerator is None) == (self.sum_of is None):
            raise ValueError("give exactly one of numerator, sum_of")
        return self


class Rule(Strict, Generic[PartT]):
    """What is measured while this version is in force: commitments opened on ``effective_from`` to ``effective_to``.

    ``missing_day_at_most`` is how many commitments a day that nobody heard of may have decided at most, by default the
    largest day of the 13 weeks before it.
    """

    version: int = Field(ge=1)
    effective_from: date
    effective_to: date | None = None
    basis: Literal["charter", "operational", "statute"]
    basis_note: Words | None = None
    threshold: Words
    target: float = Field(gt=0, le=1)
    missing_day_at_most: int | None = Field(default=None, ge=1)
    subject: ColumnName
    where: Where = Field(default_factory=dict)
    owner: Owner
    exclude: list[Identifier] = Field(default_factory=list)
    parts: list[PartT] = Field(min_length=1)
    companions: list[Companion] = Field(default_factory=list)


class StandardBase(Strict):
    """One of the charter's standards. ``citation`` is its place in the charter, as its readers look it up.

    ``section`` is the heading it stands under; not given, the middle of a citation written as part/heading/position, or
    else the citation itself.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    citation: OneLine
    section: OneLine | None = None
    pledge: Identifier
    text: Words


class DeadlineStandard(StandardBase):
    kind: Literal["deadline"]
    rules: list[Rule[DeadlinePart]] = Field(min_length=1)


class LeadTimeStandard(StandardBase):
    kind: Literal["lead_time"]
    rules: list[Rule[LeadTimePart]] = Field(min_length=1)


class OccurrenceStandard(StandardBase):
    kind: Literal["occurrence"]
    rules: list[Rule[OccurrencePart]] = Field(min_length=1)


class LevelStandard(StandardBase):
    kind: Literal["level"]
    rules: list[Rule[LevelPart]] = Field(min_length=1)


class CoverageStandard(StandardBase):
    kind: Literal["coverage"]
    rules: list[Rule[CoveragePart]] = Field(min_length=1)


class ZeroStandard(StandardBase):
    kind: Literal["zero"]
    rules: list[Rule[ZeroPart]] = Field(min_length=1)


Standard = Annotated[
    DeadlineStandard | LeadTimeStandard | OccurrenceStandard | LevelStandard | CoverageStandard | ZeroStandard,
    Field(discriminator="kind"),
]


class Pledge(Strict):
    """A heading of the preamble under which standards roll up."""

    id: Identifier
    text: Words


class Charter(Strict):
    """charter.yaml: what was promised."""

    id: Identifier
    version: OneLine
    agency: Name
    time_zone: ZoneName
    in_force_from: date
    pledges: list[Pledge] = Field(min_length=1)
    exclusions: dict[Identifier, Exclusion] = Field(default_factory=dict)
    standards: list[Standard] = Field(min_length=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


# ── departments.yaml ────────────────────────────────────────────────────────────────────────────


class Recipient(Strict):
    """Someone who gets a department's reports."""

    name: OneLine
    address: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")


class Placement(Strict):
    """Where a department stood in the hierarchy from ``effective_from`` to ``effective_to`` (included)."""

    effective_from: date
    effective_to: date | None = None
    parent: Identifier | None = None


class Department(Strict):
    """A unit of the agency. ``aliases`` are the names under which source systems know it."""

    id: Identifier
    name: Name
    kind: Identifier
    time_zone: ZoneName
    placements: list[Placement] = Field(min_length=1)
    aliases: list[OneLine] = Field(default_factory=list)
    recipients: list[Recipient] = Field(default_factory=list)


class Organisation(Strict):
    """departments.yaml: by whom it was promised."""

    departments: list[Department] = Field(min_length=1)


# ── calendar.yaml ───────────────────────────────────────────────────────────────────────────────


class WorkingHours(Strict):
    """When the agency works, by local time: ``days`` 1 (Monday) to 7, from ``start`` to ``end`` less the break."""

    days: list[Annotated[int, Field(ge=1, le=7)]]
    start: time
    end: time
    break_start: time | None = None
    break_end: time | None = None


class Holiday(Strict):
    """A day off, and the date on which it became known."""

    day: date
    name: OneLine
    known_on: date


class Office(Strict):
    """When one department works, where that differs from the agency: an office abroad.

    ``time_zone`` is the department's and ``working_hours`` the agency's where they are not given. ``holidays`` are its
    own days off; ``observes_agency_holidays`` adds the agency's (public holidays and closures).
    """

    department: Identifier
    time_zone: ZoneName | None = None
    working_hours: WorkingHours | None = None
    holidays: list[Holiday] = Field(default_factory=list)
    observes_agency_holidays: bool = False


class CalendarDefinition(Strict):
    """calendar.yaml: working hours and days off, frozen with the date each was known.

    ``holidays`` come from the ``holidays`` library (version in ``frozen_from``); ``closures`` are the agency's own.
    ``offices`` are the departments whose working time is their own.
    """

    country: str
    frozen_from: str
    first_day: date
    last_day: date
    working_hours: WorkingHours
    holidays: list[Holiday]
    closures: list[Holiday] = Field(default_factory=list)
    offices: list[Office] = Field(default_factory=list)

    def days_off(self, known_on: date) -> frozenset[date]:
        """The days off (holidays and closures) that were known on ``known_on``."""
        return self.public_holidays(known_on) | {off.day for off in self.closures if off.known_on <= known_on}

    def public_holidays(self, known_on: date) -> frozenset[date]:
        """The public holidays that were known on ``known_on``."""
        return frozenset(off.day for off in self.holidays if off.known_on <= known_on)


# ── subjects.yaml ───────────────────────────────────────────────────────────────────────────────

MOMENTS = frozenset({"instant", "date"})
ColumnType = Literal["instant", "date", "text", "code", "department", "pseudonym", "integer", "number", "boolean"]


class SubjectColumn(Strict):
    """One column. ``pseudonym`` columns are personal: only their keyed pseudonym is ever stored.

    ``refers_to`` is the landed table whose key the column holds. A table's ``case`` column refers to the table that is
    keyed by it without saying so.
    """

    type: ColumnType
    required: bool = False
    values: list[str] | None = None
    refers_to: ColumnName | None = None
    text: str = ""

    @property
    def is_moment(self) -> bool:
        return self.type in MOMENTS

    @model_validator(mode="after")
    def _codes_have_values(self) -> SubjectColumn:
        if (self.type == "code") != (self.values is not None):
            raise ValueError("a column of type code lists its values, and no other type does")
        return self


FACT_VERBS = ("first", "last", "count", "standing", "take", "days_between")


class Fact(SubjectColumn):
    """A column of a derived table that says what the rows of another table tell of its row.

    Exactly one verb is given. ``first``, ``last`` and ``count`` name a moment of the table ``of``, whose rows must meet
    ``where``; ``nth`` asks for another than the first. ``standing`` is the moment since which something stands: the
    first row that meets ``where`` after the last one that meets ``until``. ``before`` and ``after`` name a moment of
    our row: only what came strictly before it, or no earlier, counts. ``take`` is a value of the very row that another
    fact (``with``) was found in. ``days_between`` counts calendar days from the first moment of our row to the second.

    ``by`` is the column of ``of`` that names our row; without it the one that is called as our key. The type follows.
    """

    model_config = ConfigDict(populate_by_name=True)

    type: ColumnType = "instant"
    of: ColumnName | None = None
    by: ColumnName | None = None
    first: ColumnName | None = None
    last: ColumnName | None = None
    nth: int | None = Field(default=None, ge=2)
    count: ColumnName | None = None
    standing: ColumnName | None = None
    where: Where = Field(default_factory=dict)
    until: Where = Field(default_factory=dict)
    before: ColumnName | None = None
    after: ColumnName | None = None
    take: ColumnName | None = None
    with_: ColumnName | None = Field(default=None, alias="with")
    days_between: tuple[ColumnName, ColumnName] | None = None

    @property
    def verb(self) -> str:
        """The one verb that is given."""
        return next(verb for verb in FACT_VERBS if getattr(self, verb) is not None)

    @property
    def moment(self) -> str | None:
        """The column of the table ``of`` that says when a row came to pass; None for other verbs."""
        return self.first or self.last or self.count or self.standing

    @model_validator(mode="after")
    def _one_verb(self) -> Fact:
        given = sorted(verb for verb in FACT_VERBS if getattr(self, verb) is not None)
        if len(given) != 1:
            wanted = ", ".join(sorted(FACT_VERBS))
            raise ValueError(f"give exactly one of {wanted}, not {' and '.join(given) or 'none'}")
        if (self.moment is not None) != (self.of is not None):
            raise ValueError("first, last, count and standing say with 'of' whose rows they look at; others don't")
        if (self.take is not None) != (self.with_ is not None):
            raise ValueError("take says with 'with' which fact's row it takes its value from; others don't")
        if (self.standing is not None) != bool(self.until):
            raise ValueError("standing says with 'until' what ends it; others don't")
        if self.nth is not None and self.first is None:
            raise ValueError("nth goes with first")
        if self.moment is None and (self.where or self.by or self.before or self.after):
            raise ValueError(f"{given[0]} has no where, by, before or after")
        if self.standing is not None and (self.before or self.after):
            raise ValueError("standing has no before or after")
        return self


class Ownership(Strict):
    """How the department that owns a row changes: rows of the table ``of`` hand it on at the moment ``at``.

    It is the row's own ``department`` from ``opens`` on, then the ``department`` of each row that meets ``where`` and
    names one. ``by`` as in a fact.
    """

    opens: ColumnName
    of: ColumnName
    at: ColumnName
    department: ColumnName
    where: Where = Field(default_factory=dict)
    by: ColumnName | None = None


def _is_fact(column: Any) -> str:
    says_so = isinstance(column, dict) and not column.keys().isdisjoint((*FACT_VERBS, "of"))
    return "fact" if isinstance(column, Fact) or says_so else "column"


class Subject(Strict):
    """A table that standards apply to. ``landed`` tables arrive from sources; others are derived ``of`` landed ones.

    A table that is derived ``from`` another one (landed or derived) has its key and columns, its rows where they meet
    ``where``, and facts beside them; its model is written for it. A derived table without ``from`` names a ``model`` of
    the agency's own, in the folder ``models`` beside this file, and all its columns.

    ``ownership`` says how its department changes over time. ``case`` is the column of a landed table that names the
    case to which a row belongs: rows of one case are judged together, and a night reworks only the cases that it
    touches. Without it the table is read whole every night.
    """

    model_config = ConfigDict(populate_by_name=True)

    model: ColumnName = ""
    text: str = Field(min_length=1)
    key: ColumnName = ""
    landed: bool = True
    from_: ColumnName | None = Field(default=None, alias="from")
    where: Where = Field(default_factory=dict)
    of: list[ColumnName] = Field(default_factory=list)
    ownership: Ownership | None = None
    case: ColumnName | None = None
    columns: dict[
        ColumnName,
        Annotated[Annotated[SubjectColumn, Tag("column")] | Annotated[Fact, Tag("fact")], Discriminator(_is_fact)],
    ] = Field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Fact]:
        """The columns that are told by other tables' rows, in their order."""
        return {name: column for name, column in self.columns.items() if isinstance(column, Fact)}

    @model_validator(mode="after")
    def _key_exists(self) -> Subject:
        if self.from_ is not None:
            if self.case is not None:
                raise ValueError("a derived table has the cases of the landed tables it is made of: leave 'case' out")
            return self
        if self.key not in self.columns:
            raise ValueError(f"the key '{self.key}' is not one of the columns")
        if self.facts or self.where:
            raise ValueError("a table that is not derived 'from' another one has no facts and no where")
        if self.landed == bool(self.of):
            raise ValueError("a landed table has no 'of'; a derived one names the landed tables it is made of")
        if not self.landed and not self.model:
            raise ValueError("a derived table says 'from' which table it is derived, or names a model of its own")
        if self.case is not None and not self.landed:
            raise ValueError("a derived table has the cases of the landed tables it is made of: leave 'case' out")
        if self.case is not None and (self.case not in self.columns or self.columns[self.case].type != "text"):
            raise ValueError(f"the case '{self.case}' is not one of the columns of type text")
        return self


class Subjects(Strict):
    """subjects.yaml: the tables that the standards speak of."""

    subjects: dict[ColumnName, Subject]


# ── sources.yaml ────────────────────────────────────────────────────────────────────────────────


class Years(Strict):
    """The years that dates may have, both included. Any other is a slip: 0026 for 2026, or 2062."""

    first: int = Field(ge=1, le=9999)
    last: int = Field(ge=1, le=9998)

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if self.first > self.last:
            raise ValueError("first is later than last")
        return self


Century = Literal[1900, 2000]
ThousandsMark = Literal[",", ".", " ", "'"]


class MappedColumn(Strict):
    """Where a column's value comes from, and how codes are translated. ``values`` maps source values to ours.

    ``null_tokens`` are texts that mean nothing was entered in this column, beside the source's.
    ``optional`` columns of an API may be absent from every row of a night: some APIs leave out what is empty.
    ``format``, ``century``, ``midnight_24``, ``thousands`` and ``plausible_years`` stand for the source's (see Source).
    """

    source: str = Field(min_length=1)
    values: dict[str, str | bool] | None = None
    null_tokens: list[str] = Field(default_factory=list)
    format: str | None = None
    optional: bool = False
    century: Century | None = None
    midnight_24: bool | None = None
    thousands: ThousandsMark | None = None
    plausible_years: Years | None = None


class Cursor(Strict):
    """Extract only rows whose ``column`` moved since the last time, looking back ``overlap`` for late commits."""

    column: str = Field(min_length=1)
    overlap: Duration


class Authentication(Strict):
    """How an API is told who asks. The secret is in the environment as CHARTER_AUTH_<NAME>, never in a file of ours.

    ``bearer``: a token. ``basic``: ``user:password``. ``api_key``: a key, in the ``header`` or the query ``parameter``
    of that name.
    """

    by: Literal["none", "bearer", "basic", "api_key"] = "none"
    header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$")
    parameter: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _key_has_one_place(self) -> Authentication:
        if (self.header is not None) + (self.parameter is not None) != (self.by == "api_key"):
            raise ValueError("an api_key has either a header or a parameter; other ways to authenticate have neither")
        return self


class Requests(Strict):
    """How an API is asked: ``per_minute`` requests at most; each up to ``attempts`` times when the API is down or busy.

    ``timeout`` is for the connection, and for each pause within an answer. An API that asks to wait (Retry-After) for
    more than ``longest_wait`` counts as unreachable.
    """

    per_minute: int | None = Field(default=None, ge=1)
    timeout: Duration = Duration(30, "seconds")
    attempts: int = Field(default=4, ge=1, le=10)
    longest_wait: Duration = Duration(2, "minutes")

    @model_validator(mode="after")
    def _not_in_days(self) -> Requests:
        if {self.timeout.unit, self.longest_wait.unit} & {"days", "months"}:
            raise ValueError("timeout and longest_wait are given in seconds, minutes or hours")
        return self


class Limits(Strict):
    """What one feed may take in one night: beyond that it has failed, and the night goes on without it.

    ``time`` is from its first question to its last row. ``size`` is how much one file may hold (as it is stored, and
    unpacked), or all that a database or an API gives of one feed; one answer of an API may hold a tenth of it.
    """

    time: Duration = Duration(30, "minutes")
    size: Size = Size(1, "GB")

    @model_validator(mode="after")
    def _not_in_days(self) -> Limits:
        if self.time.unit in ("days", "months") or self.time.amount == 0:
            raise ValueError("time is given in seconds, minutes or hours, and is more than none")
        return self


class Pages(Strict):
    """How the pages of an answer go on. Paths are those of the answer, dotted (``meta.next``).

    ``last`` is true on the last page, ``more`` is false there; ``total`` is the number of rows of all pages.
    ``at_most`` pages are read: beyond that the API is taken to go round in circles.
    """

    last: str | None = None
    more: str | None = None
    total: str | None = None
    at_most: int = Field(default=10_000, ge=1)


class LinkPages(Pages):
    """The address of the next page stands in the answer, at ``next``."""

    by: Literal["link"]
    next: str = Field(min_length=1)


class HeaderPages(Pages):
    """The address of the next page stands in the Link header, as rel="next"."""

    by: Literal["link_header"]


class CursorPages(Pages):
    """A token in the answer, at ``next``, is the ``parameter`` that asks for the next page."""

    by: Literal["cursor"]
    next: str = Field(min_length=1)
    parameter: str = Field(min_length=1)


class OffsetPages(Pages):
    """``parameter`` is the number of rows to skip; ``size`` rows are asked for by ``size_parameter``."""

    by: Literal["offset"]
    parameter: str = "offset"
    size: int = Field(ge=1)
    size_parameter: str = "limit"


class NumberPages(Pages):
    """``parameter`` is the number of the page, from ``first`` on; ``size`` rows are asked for by ``size_parameter``."""

    by: Literal["number"]
    parameter: str = "page"
    first: int = Field(default=1, ge=0)
    size: int | None = Field(default=None, ge=1)
    size_parameter: str | None = None

    @model_validator(mode="after")
    def _size_and_its_parameter(self) -> NumberPages:
        if (self.size is None) != (self.size_parameter is None):
            raise ValueError("size and size_parameter are given together, or not at all")
        return self


AnyPages = Annotated[LinkPages | HeaderPages | CursorPages | OffsetPages | NumberPages, Field(discriminator="by")]


class LeftOut(Strict):
    """Rows that a feed's SQL is not to see: those of ``arrived`` for which ``where`` holds, and ``because`` of what.

    ``where`` is a condition in DuckDB's SQL over the columns that arrived; it may look at other rows of ``arrived``.
    """

    where: str = Field(min_length=1)
    because: Words


class Feed(Strict):
    """One stream of rows of a source into one subject table.

    ``query`` (sql), ``path`` (files) or ``sheet`` (workbook) says where the rows are. In a path ``{day}`` stands for
    YYYYMMDD in daily files; ``*`` and ``?`` make one feed of all the files that match. The headings stand on the row
    ``header_row``, or on ``header_rows`` rows from there on: a column's name is then what they say together. In
    workbooks a cell under a merge is refused, or, with ``merged_cells: fill``, holds what the merge shows. ``names``
    are the columns of a file without a header (``header_row`` is then not used), of which a row has at least
    ``fewest``; ``log`` names a file of Asterisk whose columns are known. ``arrived_sql`` is one SELECT over the table
    ``arrived`` (the source's columns as texts, ``_place``, ``_line``, ``_row``): ``columns`` then maps what it gives;
    in ``_rows`` it says of which rows it made each. Rows ``left_out`` it does not see: the first reason that holds is
    counted. ``recorded_at`` is the source column with the instant a row was written there: rows recorded after
    ``as_of`` wait for their own night. ``full`` feeds give everything each time, so a vanished key is a deletion; when
    more than the share ``may_shrink_by`` of the known keys (and more than one) vanish at once, none of them is. What is
    deleted so stays in doubt until a person confirms it, unless ``deletions`` are ``believed``. ``deleted_when`` names
    source columns (of what ``arrived_sql`` gives, where there is one) and their values by which a row says that its key
    was deleted: such a row withdraws what is known under the key, and need hold nothing but the key. ``in_order`` lists
    columns of ours of which none may be earlier than the one before it: a row that contradicts itself is quarantined.

    A daily file is heard of when it holds a row dated on its day, and not more of one other day: by our column
    ``dated_by``, or else by the first required column that is an instant or a date. ``of_any_day`` files hold rows of
    any day, and none must be of their own. A key belongs to its day: with other content in another day's file it is
    refused, unless ``days_correct_each_other``.

    Of an ``http`` API, ``path`` is asked with ``parameters``, in which ``{since}`` and ``{as_of}`` stand for instants
    written as ``parameter_format`` says (``iso8601`` and ``unix``, ``unix_ms`` in UTC, else a strftime pattern in the
    source's zone); on a first night ``{since}`` is ``earliest``. The rows are the list at ``records`` of the answer
    (the answer itself, if that is not given), and ``pages`` says how they go on. Of LimeSurvey, ``survey`` is the id.
    ``limits`` that differ from the source's are given here.
    """

    table: ColumnName
    query: str | None = None
    path: str | None = None
    sheet: str | None = None
    log: Literal["queue_log", "cdr"] | None = None
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=5)
    merged_cells: Literal["refuse", "fill"] = "refuse"
    names: list[str] | None = None
    fewest: int | None = Field(default=None, ge=1)
    arrived_sql: str | None = None
    left_out: list[LeftOut] = Field(default_factory=list)
    recorded_at: str | None = None
    cursor: Cursor | None = None
    in_order: list[Annotated[list[ColumnName], Field(min_length=2)]] = Field(default_factory=list)
    full: bool = False
    may_shrink_by: float = Field(default=0.2, ge=0, le=1)
    deletions: Literal["doubted", "believed"] = "doubted"
    deleted_when: dict[str, list[str]] = Field(default_factory=dict)
    dated_by: ColumnName | None = None
    of_any_day: bool = False
    days_correct_each_other: bool = False
    parameters: dict[str, str | int | bool] = Field(default_factory=dict)
    parameter_format: str = "iso8601"
    earliest: date = date(1970, 1, 1)
    records: str | None = None
    pages: AnyPages | None = None
    survey: int | None = Field(default=None, ge=1)
    limits: Limits | None = None
    columns: dict[ColumnName, str | MappedColumn]

    @property
    def is_daily(self) -> bool:
        """Whether it comes as a file for each day."""
        return "{day}" in (self.path or "")

    @property
    def keys_belong_to_days(self) -> bool:
        """Whether one key in two days' files is two rows, of which the second is refused."""
        return self.is_daily and not self.days_correct_each_other

    def mapped(self) -> dict[str, MappedColumn]:
        """Every canonical column with its mapping in the long form."""
        return {
            name: column if isinstance(column, MappedColumn) else MappedColumn(source=column)
            for name, column in self.columns.items()
        }


class WallClock(Strict):
    """What naive times mean when clocks change.

    A time that occurs twice (clocks went back) is the ``first`` or the ``second`` of the two; one that never occurs
    (clocks went forward) is the ``end`` of the gap. ``refuse`` sends such rows to quarantine.
    """

    twice: Literal["first", "second", "refuse"] = "first"
    never: Literal["end", "refuse"] = "end"


class Freshness(Strict):
    """When a source counts as having spoken: each night, or a file for each (working) day.

    A daily file without rows says that nothing happened: on the agency's ``days_off`` only, or on ``any_day``. A source
    that is asked each night is stale when it had nothing new for more than ``silent_working_days`` in a row.
    """

    expect: Literal["each_night", "file_each_day", "file_each_working_day"]
    quiet_days: Literal["days_off", "any_day"] = "days_off"
    silent_working_days: int | None = Field(default=None, ge=1)


class Source(Strict):
    """A source system. ``connection`` is a name: its address is in the environment as CHARTER_CONN_<NAME>.

    ``time_zone`` is that of its naive times, ``wall_clock`` what they mean when clocks change. An ``instant_format`` is
    a strptime pattern, or ``unix`` for seconds since 1970. ``quoted``: cells of text files may stand in double quotes.
    ``null_tokens`` are texts that mean nothing was entered. ``padded``: lines of only delimiters under a text file's
    last row are no rows (spreadsheets write them).

    What is refused unless it is said: with ``century`` a year may have two digits, and is of that century; with
    ``midnight_24`` 24:00 is the midnight that ends the day; ``thousands`` is the mark between the thousands of numbers.
    ``plausible_years`` are those that dates may have (by default from 50 years before the charter came into force to 20
    years after the night).
    """

    id: Identifier
    text: Words
    kind: Literal["sql", "csv", "workbook", "parquet", "asterisk", "http", "limesurvey"]
    connection: Identifier
    time_zone: ZoneName
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quoted: bool = True
    padded: bool = False
    wall_clock: WallClock = WallClock()
    instant_format: str = "%Y-%m-%d %H:%M:%S"
    date_format: str = "%Y-%m-%d"
    null_tokens: list[str] = Field(default_factory=lambda: [""])
    booleans: dict[str, bool] = Field(default_factory=dict)
    century: Century | None = None
    midnight_24: bool = False
    thousands: ThousandsMark | None = None
    plausible_years: Years | None = None
    authentication: Authentication = Authentication()
    requests: Requests = Requests()
    limits: Limits = Limits()
    freshness: Freshness
    feeds: list[Feed] = Field(min_length=1)

    def limits_of(self, feed: Feed) -> Limits:
        """What ``feed`` may take: its own limits where it gives them, else the source's."""
        own = {name: getattr(feed.limits, name) for name in feed.limits.model_fields_set} if feed.limits else {}
        return self.limits.model_copy(update=own)


class Sources(Strict):
    """sources.yaml: where the rows come from."""

    sources: list[Source] = Field(min_length=1)


# ── the whole folder ────────────────────────────────────────────────────────────────────────────


class Agency(Strict):
    """Everything that a charter folder defines, checked as a whole."""

    charter: Charter
    organisation: Organisation
    calendar: CalendarDefinition
    subjects: dict[str, Subject]
    sources: list[Source]
    digests: dict[str, str]

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def department_of_alias(self) -> dict[str, str]:
        """Every name under which a department may appear in a source → its id."""
        return {
            alias: department.id
            for department in self.organisation.departments
            for alias in (department.id, department.name.ko, department.name.en, *department.aliases)
        }

    @property
    def zone(self) -> ZoneInfo:
        return self.charter.zone

    def plausible_years(self, night: date) -> Years:
        """The years that dates may have, as known at the end of ``night``, where a source says nothing else."""
        return Years(first=self.charter.in_force_from.year - _YEARS_BEFORE, last=night.year + _YEARS_AFTER)

    def source(self, source_id: str) -> Source:
        """The source called ``source_id``; KeyError when there is none."""
        return self._sources[source_id]

    def feeding(self, table: str) -> tuple[str, ...]:
        """The sources that feed the landed table ``table``, in the order of sources.yaml."""
        return tuple(source.id for source in self.sources if any(feed.table == table for feed in source.feeds))

"""charter.yaml: what was promised."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from charter.base.moments import PERIOD_KINDS, PeriodKind
from charter.definitions.models.common import (
    ColumnName,
    Comparison,
    Identifier,
    Language,
    Name,
    OneLine,
    Strict,
    Where,
    Words,
    ZoneName,
)
from charter.definitions.models.parts import (
    CoveragePart,
    DeadlinePart,
    LeadTimePart,
    LevelPart,
    MeasurePart,
    OccurrencePart,
    Part,
    Target,
    ZeroPart,
)

Kind = Literal["deadline", "lead_time", "occurrence", "level", "coverage", "zero", "measure"]
# The kinds that promise something to each case by itself; the others count over many rows, by slots or days.
KINDS_OF_CASES: frozenset[Kind] = frozenset({"deadline", "lead_time", "coverage"})


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


# What a felt figure is called among the figures beside a standard.
FELT = "felt"


class Scale(Strict):
    """From the least to the most that an answer may say."""

    least: float
    most: float

    @model_validator(mode="after")
    def _from_least_to_most(self) -> Scale:
        if self.least >= self.most:
            raise ValueError(f"a scale goes from its least to its most, not from {self.least:g} to {self.most:g}")
        return self


class Felt(Strict):
    """What customers say of the promise itself: a survey question or a rating, and which answers count as a yes.

    Asked in ``subject`` rows matching ``where``, answered on the date or instant in ``on``. ``answer`` is the column
    that holds the score, on ``scale``; whoever gives ``agrees_from`` or more agrees. A row without an answer, or with
    one off the scale, counts for nothing. What is felt never changes a verdict.
    """

    question: Words
    subject: ColumnName
    on: ColumnName
    where: Where = Field(default_factory=dict)
    answer: ColumnName
    scale: Scale
    agrees_from: float
    owner: Owner

    @model_validator(mode="after")
    def _some_agree_and_some_do_not(self) -> Felt:
        if not self.scale.least < self.agrees_from <= self.scale.most:
            said = f"agrees_from {self.agrees_from:g} is not above {self.scale.least:g} and at most {self.scale.most:g}"
            raise ValueError(f"{said}: everybody would agree, or nobody could")
        return self

    @property
    def as_companion(self) -> Companion:
        """The figure as one that is shown beside a standard: how many agree, of those who answered."""
        on_scale = Comparison(at_least=self.scale.least, at_most=self.scale.most)
        return Companion(
            id=FELT,
            text=self.question,
            subject=self.subject,
            on=self.on,
            where={**self.where, self.answer: on_scale},
            numerator={self.answer: Comparison(at_least=self.agrees_from)},
            owner=self.owner,
        )


class Rule(Strict, Generic[PartT]):
    """What is measured while this version is in force: commitments opened on ``effective_from`` to ``effective_to``.

    ``target`` is the share of its commitments that must be met; left out where each part has a target of its own.
    ``missing_day_at_most`` is how many commitments a day that nobody heard of may have decided at most, by default the
    largest day of the 13 weeks before it.
    """

    version: int = Field(ge=1)
    effective_from: date
    effective_to: date | None = None
    basis: Literal["charter", "operational", "statute"]
    basis_note: Words | None = None
    threshold: Words
    target: Target | None = None
    missing_day_at_most: int | None = Field(default=None, ge=1)
    subject: ColumnName
    where: Where = Field(default_factory=dict)
    owner: Owner
    exclude: list[Identifier] = Field(default_factory=list)
    parts: list[PartT] = Field(min_length=1)
    companions: list[Companion] = Field(default_factory=list)
    felt: Felt | None = None

    @property
    def beside(self) -> list[Companion]:
        """The figures shown beside the standard, what is felt of it last."""
        return [*self.companions, *([self.felt.as_companion] if self.felt else [])]

    @property
    def targets(self) -> dict[str | None, float]:
        """The shares that must be met: of each part that has a target of its own, and (None) of all parts together."""
        own: dict[str | None, float] = {part.id: part.target for part in self.parts if part.target is not None}
        return own if self.target is None else {None: self.target, **own}


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

    @property
    def heading(self) -> str:
        """The heading of the charter that it stands under."""
        parts = self.citation.split("/")
        return self.section or (parts[1] if len(parts) == 3 else self.citation)


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


class MeasureStandard(StandardBase):
    kind: Literal["measure"]
    rules: list[Rule[MeasurePart]] = Field(min_length=1)


Standard = Annotated[
    DeadlineStandard
    | LeadTimeStandard
    | OccurrenceStandard
    | LevelStandard
    | CoverageStandard
    | ZeroStandard
    | MeasureStandard,
    Field(discriminator="kind"),
]


class Pledge(Strict):
    """A heading of the preamble under which standards roll up."""

    id: Identifier
    text: Words


# Reports rest on these.
_ALWAYS_JUDGED: tuple[PeriodKind, ...] = ("day", "week", "year")


class Charter(Strict):
    """charter.yaml: what was promised.

    ``languages`` are those that its texts are written in, the agency's own first. Every text has the own language; what
    is not written in another one is shown in the own. By default they are those of the agency's name, in their order.
    Every standard is judged by the day, the week and the year, and in each of ``periods``.
    """

    id: Identifier
    version: OneLine
    agency: Name
    languages: list[Language] = Field(min_length=1)
    time_zone: ZoneName
    in_force_from: date
    periods: list[PeriodKind] = Field(default_factory=list)
    pledges: list[Pledge] = Field(min_length=1)
    exclusions: dict[Identifier, Exclusion] = Field(default_factory=dict)
    standards: list[Standard] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _languages_of_the_name(cls, given: Any) -> Any:
        name = given.get("agency") if isinstance(given, dict) else None
        return {"languages": list(name), **given} if isinstance(name, dict) else given

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: list[str]) -> list[str]:
        if len(set(languages)) != len(languages):
            raise ValueError("a language is named twice")
        return languages

    @property
    def language(self) -> str:
        """The agency's own language."""
        return self.languages[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def period_kinds(self) -> tuple[PeriodKind, ...]:
        """The kinds of periods in which every standard is judged, from the shortest on."""
        return tuple(kind for kind in PERIOD_KINDS if kind in _ALWAYS_JUDGED or kind in self.periods)

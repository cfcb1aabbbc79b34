"""The parts of a rule in charter.yaml: what each kind of promise asks for."""

from __future__ import annotations

import unicodedata
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from charter.definitions.models.common import ColumnName, Duration, Identifier, OneLine, Strict, Where, Words
from charter.definitions.models.figures import Figure, Population

SlotKind = Literal["week", "month", "quarter", "half", "year", "fiscal_year", "term"]
RunningClock = Literal["elapsed", "business_hours", "working_days", "kr_civil_petition"]
Target = Annotated[float, Field(gt=0, le=1)]


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
    """What every part has. A part is one commitment per subject; most rules have one.

    With ``target`` the share of its own commitments is held against it; otherwise they count towards the rule's.
    """

    id: Identifier
    text: Words | None = None
    target: Target | None = None
    where: Where = Field(default_factory=dict)

    @property
    def per_kind(self) -> str | None:
        """The kind of departments that have a commitment each; None where there is one for the whole agency."""
        return None

    @property
    def beside(self) -> tuple[str, ...]:
        """The subject tables that the part reads beside the rule's own."""
        return ()


class ColumnLimit(Strict):
    """A limit that each row names itself: so many ``unit`` as ``column`` says, or ``otherwise`` where it is empty.

    A row whose column holds no usable number (or none, without ``otherwise``) has no limit, and is not judged.
    """

    column: ColumnName
    unit: Literal["seconds", "minutes", "hours", "days"]
    otherwise: Duration | None = None

    def durations(self) -> list[Duration]:
        """The limits that the charter itself names."""
        return [] if self.otherwise is None else [self.otherwise]


class ListedLimit(Strict):
    """A limit by what a row's column ``by`` says: one ``of`` those listed, or ``otherwise`` for any other value.

    Without ``otherwise`` a row with another value, or with none, has no limit, and is not judged.
    """

    by: ColumnName
    of: dict[str, Duration] = Field(min_length=1)
    otherwise: Duration | None = None

    def durations(self) -> list[Duration]:
        """The limits that the charter names."""
        return [*self.of.values(), *([] if self.otherwise is None else [self.otherwise])]


def _form_of_limit(limit: Any) -> str:
    if isinstance(limit, ListedLimit) or (isinstance(limit, dict) and "by" in limit):
        return "listed"
    return "column" if isinstance(limit, ColumnLimit | dict) else "duration"


Limit = Annotated[
    Annotated[Duration, Tag("duration")]
    | Annotated[ColumnLimit, Tag("column")]
    | Annotated[ListedLimit, Tag("listed")],
    Discriminator(_form_of_limit),
]


class Pauses(Strict):
    """When the clock stands still: from each row of the table ``of`` that meets ``where`` to the next that meets
    ``until``, both at their moment ``at``; rows that overlap count once.

    ``by`` is the column of ``of`` that names our row; without it the one that is called as our key. One row holds the
    clock for ``at_most`` this long, whether or not its end has come.
    """

    of: ColumnName
    at: ColumnName
    where: Where = Field(min_length=1)
    until: Where = Field(min_length=1)
    by: ColumnName | None = None
    at_most: Duration = Duration(90, "days")

    @model_validator(mode="after")
    def _of_some_length(self) -> Pauses:
        if self.at_most.amount == 0 or self.at_most.unit == "months":
            raise ValueError("at_most is more than none, in seconds, minutes, hours or days")
        return self


class GivenUp(Strict):
    """When a customer gave up waiting: the moment in ``column``. ``text`` says so, with ``{time}`` for how long it was,
    such as: rang {time}, then given up."""

    column: ColumnName
    text: Words

    @model_validator(mode="after")
    def _tells_the_time(self) -> GivenUp:
        for language, text in self.text.root.items():
            if text.count("{time}") != 1 or {"{", "}"} & set(text.replace("{time}", "")):
                raise ValueError(f"text ({language}) names {{time}} once, and no other value")
        return self


class DeadlinePart(Part):
    """``opens`` starts the clock; ``fulfilled_by`` must come within ``limit``, or by the moment in ``due`` (a date ends
    with its day), and, with ``not_before``, no earlier than the moment there.

    ``before`` means the limit itself is already too late (the third ring); otherwise it is still in time. ``pauses``
    say when the clock stands still for the customer's sake, ``given_up`` when the customer waited no longer: reports
    tell it of what was never fulfilled.

    Of ``clock: working_days`` alone: whether the day of the opening is the ``first_day`` (and then day 1); what opens
    at or after ``cut_off`` by local time, or on a day off, counts as opened on the next working day; and whether the
    last day ``ends`` at midnight or when work does.
    """

    opens: ColumnName
    fulfilled_by: FulfilledBy
    clock: RunningClock
    limit: Limit | None = None
    due: ColumnName | None = None
    not_before: ColumnName | None = None
    before: bool = False
    extension: Extension | None = None
    pauses: Pauses | None = None
    given_up: GivenUp | None = None
    first_day: Literal["counted", "not_counted"] = "not_counted"
    cut_off: time | None = None
    ends: Literal["midnight", "closing"] = "midnight"
    unit: Literal["seconds", "minutes", "hours", "days"]

    @model_validator(mode="after")
    def _one_due_time(self) -> DeadlinePart:
        if (self.limit is None) == (self.due is None):
            raise ValueError("give exactly one of limit (a duration) and due (a column with the promised moment)")
        return self

    @property
    def beside(self) -> tuple[str, ...]:
        return (self.pauses.of,) if self.pauses else ()

    @property
    def limits(self) -> list[Duration]:
        """Every limit that the charter names for this part."""
        if self.limit is None:
            return []
        return [self.limit] if isinstance(self.limit, Duration) else self.limit.durations()


class LeadTimePart(Part):
    """``notice`` must precede ``event`` by at least ``limit``; the commitment opens at ``opens``.

    A limit in days or months compares days, whether they are dates or instants; one in hours counts back from the
    instant of the event, or from the midnight with which its date begins. By ``working_days`` the days between are
    those on which the agency works, or the office that owned the subject when it opened.
    """

    opens: ColumnName
    event: ColumnName
    notice: ColumnName
    clock: Literal["elapsed", "working_days"]
    limit: Duration

    @model_validator(mode="after")
    def _counts_whole_units(self) -> LeadTimePart:
        if self.clock == "working_days" and (self.limit.unit != "days" or self.limit.amount == 0):
            raise ValueError("a lead time by working_days has a limit of at least 1 day (0 days: clock elapsed)")
        if self.limit.unit not in ("hours", "days", "months"):
            raise ValueError("a lead time has a limit in hours, days or months")
        return self


# How many slots of each kind a year has, by their numbers.
_SLOTS_OF_A_YEAR: dict[SlotKind, int] = {"week": 53, "month": 12, "quarter": 4, "half": 2}


def _check_slots(slot: SlotKind, only: list[int]) -> None:
    """Raises ValueError unless ``only`` numbers slots that a year has."""
    if not only:
        return
    if (most := _SLOTS_OF_A_YEAR.get(slot)) is None:
        raise ValueError(f"only picks weeks, months, quarters or halves of a year; a {slot} has no number")
    if any(number < 1 or number > most for number in only):
        raise ValueError(f"a {slot} is numbered 1 to {most}")


class Per(Strict):
    """One commitment each: for each ``department`` of one kind, of which the rule's ``owner`` column names the rows, or
    for each value of a ``column`` that some row has, such as a customer."""

    department: Identifier | None = None
    column: ColumnName | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Per:
        if (self.department is None) == (self.column is None):
            raise ValueError("give exactly one of department (a kind of departments) and column")
        return self


class CountedPart(Part):
    """A part that counts what happened or stands in a slot or on a day; for each department of a kind by itself, or for
    the whole agency."""

    per: Per | None = None

    @property
    def per_kind(self) -> str | None:
        return self.per.department if self.per else None

    @model_validator(mode="after")
    def _is_per_department(self) -> CountedPart:
        if self.per is not None and self.per.column is not None and not isinstance(self, MeasurePart):
            raise ValueError("only a measure has a commitment per column; give per: {department: <kind>}")
        return self


class OccurrencePart(CountedPart):
    """The ``nth`` activity dated ``on`` must fall in each slot; ``only`` names the slots of the year that count.

    With ``per`` it must so for each department of a kind, as long as it stands.
    """

    on: ColumnName
    clock: Literal["calendar"]
    slot: SlotKind
    only: list[int] = Field(default_factory=list)
    nth: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _slots_exist(self) -> OccurrencePart:
        _check_slots(self.slot, self.only)
        return self


class LevelPart(CountedPart):
    """Each day, the distinct ``item`` that stand: at least ``at_least``, ``every`` one named, or all of ``population``.

    An item stands from ``starts`` to ``ends`` (included), or for ``valid_for`` from ``starts`` until checked again;
    ``standing`` is the condition a check must meet for its item to stand. With ``per`` each department of a kind must
    have what stands, on every day on which it stands itself.
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

    @property
    def beside(self) -> tuple[str, ...]:
        return (self.population.subject,) if self.population else ()

    @model_validator(mode="after")
    def _one_of_each(self) -> LevelPart:
        if (self.ends is None) == (self.valid_for is None):
            raise ValueError("give exactly one of ends, valid_for")
        if self.valid_for is not None and self.valid_for.unit != "days":
            raise ValueError("valid_for is in days")
        if sum(value is not None for value in (self.at_least, self.every, self.population)) != 1:
            raise ValueError("give exactly one of at_least, every, population")
        if self.population is not None and self.per is not None:
            raise ValueError("a population is that of the whole agency: leave per out")
        return self

    @field_validator("every")
    @classmethod
    def _names_are_different(cls, every: list[str] | None) -> list[str] | None:
        named: dict[str, str] = {}
        for name in every or []:
            item = letters_and_digits(name)
            if not item:
                raise ValueError(f"'{name}' has no letter or digit, and so names nothing")
            if item in named:
                raise ValueError(f"'{named[item]}' and '{name}' count as one")
            named[item] = name
        return every


# Letters to Unicode, and the dot between two words to who types Korean: NFKC makes the second of the first.
_DOTS = "\u318d\u119e"


def letters_and_digits(text: str) -> str:
    """A text as a level rule counts it: its letters (with their marks) and digits, without capitals and dots."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(each for each in plain if unicodedata.category(each)[0] in "LMN" and each not in _DOTS)


class Evidence(Strict):
    """One thing that must be on record: a column that is filled (and not false), or any of several.

    With ``after`` the moment in ``column`` must not come before the one in ``after``, with ``within`` no later than
    that much after it; both ends count. Where one of the two is a date, days are compared. ``missing`` says, for
    reports, what it means that it isn't there, such as: the name was not given.
    """

    column: ColumnName | None = None
    after: ColumnName | None = None
    within: Duration | None = None
    any_of: list[Evidence] | None = None
    missing: Words | None = None

    @property
    def name(self) -> str:
        """What the ledger calls it: its column, or those of which one would do."""
        return "|".join(str(option.column) for option in self.any_of or [self])

    @model_validator(mode="after")
    def _one_form(self) -> Evidence:
        if (self.column is None) == (self.any_of is None):
            raise ValueError("give exactly one of column, any_of")
        if self.after is None and self.within is not None:
            raise ValueError("within needs after, the column that it counts from")
        if self.within is not None and self.within.unit == "months":
            raise ValueError("within is in seconds, minutes, hours or days")
        if self.any_of is not None and (self.after is not None or not self.any_of):
            raise ValueError("any_of lists at least one column, and each has an after of its own")
        if any(option.any_of is not None for option in self.any_of or []):
            raise ValueError("any_of lists columns: write those of an any_of within it beside them")
        if any(option.missing is not None for option in self.any_of or []):
            raise ValueError("missing stands beside any_of, for all of it")
        return self


class CoveragePart(Part):
    """All of ``evidence`` must be on record within ``limit`` of ``opens`` (0 days: at the opening)."""

    opens: ColumnName
    evidence: list[Evidence] = Field(min_length=1)
    clock: Literal["elapsed"]
    limit: Duration


class ZeroPart(CountedPart):
    """No incident dated ``on`` on any day; with ``per`` in no department of a kind."""

    on: ColumnName
    clock: Literal["calendar"]
    days: Literal["working_days", "every_day"]


class MeasurePart(CountedPart):
    """A ``figure`` of the rows dated ``on`` in each ``slot``, held against ``at_least``, ``at_most`` or both.

    With ``rolling`` each row is a commitment: of the rows of that time which end with it there are ``at_most`` so many.
    Of fewer than ``least`` rows no figure is taken, and nothing is due.
    """

    on: ColumnName
    clock: Literal["calendar"] = "calendar"
    slot: SlotKind | None = None
    only: list[int] = Field(default_factory=list)
    rolling: Duration | None = None
    figure: Figure
    at_least: float | None = None
    at_most: float | None = None
    least: int = Field(default=1, ge=1)
    unit: OneLine | None = None

    @property
    def measured_in(self) -> str:
        """The unit of the figure and its limits; a bare number where the charter names none."""
        return self.unit or ("percent" if self.figure.share else "count")

    @property
    def beside(self) -> tuple[str, ...]:
        population = self.figure.share.of if self.figure.share else None
        return tuple(
            table
            for table in (population and population.subject, self.figure.ratio and self.figure.ratio.over)
            if table
        )

    @model_validator(mode="after")
    def _slots_exist(self) -> MeasurePart:
        if (self.slot is None) == (self.rolling is None):
            raise ValueError("give exactly one of slot and rolling")
        if self.slot is not None:
            _check_slots(self.slot, self.only)
        elif self.only:
            raise ValueError("only picks slots: leave it out of a rolling window")
        return self

    @model_validator(mode="after")
    def _has_limits(self) -> MeasurePart:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")
        if "least" in self.model_fields_set and self.figure.of_nothing_is_zero:
            raise ValueError(f"a {self.figure.name} of no rows is 0, which is a figure: leave least out")
        if self.figure.share is not None and self.unit not in (None, "percent"):
            raise ValueError("a share is in percent: leave unit out")
        return self

    @model_validator(mode="after")
    def _counts_in_a_window(self) -> MeasurePart:
        if self.rolling is None:
            return self
        if self.figure.count is None or self.figure.count.distinct is not None or self.at_least is not None:
            raise ValueError("a rolling window counts its rows: give figure: {count: {}} and at_most")
        if self.rolling.unit not in ("days", "months") or self.rolling.amount == 0:
            raise ValueError("a rolling window is in days or months, and more than none")
        return self

"""What every file of a charter folder is written in: names, words, amounts, conditions. Unknown keys are errors."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic_core import core_schema

from charter.base.languages import known_language

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Scalar = str | int | float | bool


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
Language = Annotated[str, AfterValidator(known_language)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(RootModel[Annotated[dict[Language, Text], Field(min_length=1)]]):
    """One text in the agency's languages, by language. Its own language is required, the others may be left out."""

    model_config = ConfigDict(frozen=True)


class Name(RootModel[Annotated[dict[Language, OneLine], Field(min_length=1)]]):
    """What somebody or something is called in the agency's languages: one line each."""

    model_config = ConfigDict(frozen=True)


class Written:
    """A value that a file holds as people write it: ``parse`` reads it and raises ValueError, ``str`` writes it."""

    @classmethod
    def parse(cls, text: Any) -> Self:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        """What an editor is told of such a value: a text, and its form where one pattern says all of it."""
        pattern: re.Pattern[str] | None = getattr(cls, "_PATTERN", None)
        return {"type": "string"} | ({"pattern": pattern.pattern} if pattern else {})


class Duration(Written):
    """An amount and a unit as people write it: ``48 hours``, ``1 month``. Months follow the calendar."""

    UNITS = ("seconds", "minutes", "hours", "days", "months")
    _PATTERN = re.compile(r"^(\d+) (second|minute|hour|day|month)s?$")
    _DAYS_AT_MOST = 36_525
    _MOST: ClassVar[dict[str, int]] = {
        "seconds": _DAYS_AT_MOST * 86_400,
        "minutes": _DAYS_AT_MOST * 1_440,
        "hours": _DAYS_AT_MOST * 24,
        "days": _DAYS_AT_MOST,
        "months": 1_200,
    }

    def __init__(self, amount: int, unit: str) -> None:
        self.amount = amount
        self.unit = unit

    @classmethod
    def parse(cls, text: Any) -> Self:
        """Reads ``<whole number> <seconds|minutes|hours|days|months>``; raises ValueError otherwise."""
        if isinstance(text, cls):
            return text
        match = cls._PATTERN.match(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"'{text}' is not a duration such as '48 hours', '7 days' or '1 month'")
        amount, unit = int(match[1]), match[2] + "s"
        if amount > cls._MOST[unit]:
            raise ValueError(f"'{text}' is longer than a hundred years, beyond every calendar")
        return cls(amount, unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit[:-1]}"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and (self.amount, self.unit) == (other.amount, other.unit)

    def __hash__(self) -> int:
        return hash((self.amount, self.unit))


class Size(Written):
    """An amount of bytes as people write it: ``500 MB``, ``2 GB``. A kB is 1000 bytes."""

    UNITS: ClassVar[dict[str, int]] = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
    _PATTERN = re.compile(r"^([1-9]\d{0,5}) (kB|MB|GB)$")

    def __init__(self, amount: int, unit: str) -> None:
        self.amount = amount
        self.unit = unit

    @classmethod
    def parse(cls, text: Any) -> Self:
        """Reads ``<whole number> <kB|MB|GB>``; raises ValueError otherwise."""
        if isinstance(text, cls):
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


class Comparison(Strict):
    """A condition on one column. Exactly one of the fields is given, or ``at_least`` and ``at_most`` together.

    ``at_least`` and ``at_most`` are a number, or another column of the same row that holds one. ``later_than`` is
    another column, too: both are filled, and the moment here comes after the one there.
    """

    at_least: float | ColumnName | None = None
    at_most: float | ColumnName | None = None
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
        if isinstance(self.at_least, float) and isinstance(self.at_most, float) and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")
        return self


# Column → the value it must have, a list of allowed values, or a comparison.
Where = dict[ColumnName, Scalar | list[Scalar] | Comparison]

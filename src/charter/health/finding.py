"""One thing that a probe found: in order or not, since when, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from charter.base.errors import Problem


class State(StrEnum):
    """How grave a finding is. ``unknown``: it could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"
    FAILURE = "failure"

    @property
    def gravity(self) -> int:
        """0 for what is in order; the graver, the higher."""
        return list(State).index(self)


def gravest(states: Iterable[State]) -> State:
    """The gravest of ``states``; ``ok`` when there are none."""
    return max(states, key=lambda state: state.gravity, default=State.OK)


# The probe's name, then what it is about: disk/free, source/voc.
Cause = Annotated[str, Field(pattern=r"^[a-z][a-z_]*/[A-Za-z0-9][A-Za-z0-9_.:+-]*$", max_length=200)]


class Finding(BaseModel):
    """``cause`` is its stable name: the same thing has the same cause at every look.

    ``code`` names its words in the catalogues (``notice.<code>``), which ``values`` fill; a finding that is in order
    has none, and says what it saw in ``value``. ``where`` is a place that a person can open, ``since`` the instant from
    which it is so, as far as that is known. ``amount`` counts what is wrong: twice as many are worse. ``quiet`` ones
    are shown by `charter doctor` and told to nobody. ``owner`` is the department that is told, too. Nothing here is
    personal or secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: Cause
    state: State
    code: str = ""
    where: str = ""
    value: str = ""
    values: dict[str, str | int] = Field(default_factory=dict)
    since: AwareDatetime | None = None
    amount: int = Field(default=1, ge=0)
    quiet: bool = False
    owner: str | None = None

    @property
    def probe(self) -> str:
        """The name of the probe that found it."""
        return self.cause.partition("/")[0]

    @property
    def is_told(self) -> bool:
        """Whether people are told of it."""
        return self.state is not State.OK and not self.quiet


def in_order(cause: str, value: str, where: str = "") -> Finding:
    """Nothing is wrong with it; ``value`` is what was seen, in English."""
    return Finding(cause=cause, state=State.OK, value=value, where=where)


def of_problems(
    cause: str, code: str, problems: Iterable[Problem], *, state: State = State.FAILURE, since: datetime | None = None
) -> Finding:
    """One finding that tells the first of several problems, and how many there are."""
    found = list(problems)
    return Finding(
        cause=cause,
        state=state,
        code=code,
        where=found[0].where,
        values={"problem": found[0].what, "remedy": found[0].remedy, "more": len(found) - 1},
        since=since,
        amount=len(found),
    )

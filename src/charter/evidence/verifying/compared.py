"""What a verification found, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from charter.base.errors import Problem

NOT_IN_THE_CHAIN = (
    "seals were taken off the chain's end, or the chain was made anew: restore it from a copy that has that seal"
)
RESTORE = "find out who changed it and why; restore it from a copy"


@dataclass(frozen=True)
class Compared:
    """One kind of thing, held against its seals. ``count`` is how many were compared.

    ``altered`` is what is not as it was sealed. ``changed`` may have a good reason, and the next seal will name it.
    ``left`` says what was not compared, and why. ``notes`` are no fault.
    """

    what: str
    count: int
    altered: tuple[Problem, ...] = ()
    changed: tuple[Problem, ...] = ()
    left: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """All kinds. ``head`` is the newest seal's hash and ``until`` its as-of; both None when nothing was sealed."""

    kinds: tuple[Compared, ...]
    head: str | None
    until: datetime | None

    @property
    def altered(self) -> list[Problem]:
        """Everything that is not as it was sealed."""
        return [problem for kind in self.kinds for problem in kind.altered]

    @property
    def changed(self) -> list[Problem]:
        """Everything that the next seal may explain."""
        return [problem for kind in self.kinds for problem in kind.changed]

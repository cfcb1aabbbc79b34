"""The register of exceptions as typed rows, in one language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

WaiverState = Literal["not_yet", "in_force", "expiring", "expired", "withdrawn", "gone"]
# What somebody should look at.
Finding = Literal["excused_nothing", "approved_after_its_days", "changed", "gone"]


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Use(Entry):
    """How many commitments of one standard and department were taken out, and on which days (business dates) they
    count."""

    standard_id: str
    standard: str
    department_id: str
    department: str
    commitments: int
    first_on: date
    last_on: date


class Exception_(Entry):  # noqa: N801 - the word is Python's
    """What takes commitments out, with its reason in words, who approved it and what it took out.

    ``rule`` is its id as commitments name it (``spam``, ``waiver:W-0001``).
    """

    rule: str
    reason: str
    approver: str
    uses: tuple[Use, ...]

    @property
    def commitments(self) -> int:
        return sum(use.commitments for use in self.uses)

    @property
    def first_on(self) -> date | None:
        return min((use.first_on for use in self.uses), default=None)

    @property
    def last_on(self) -> date | None:
        return max((use.last_on for use in self.uses), default=None)


class RuleEntry(Exception_):
    """A rule of the charter. ``is_strict``: the strict figure counts what it takes out as breached. ``is_engine``: no
    rule of the charter, but what no figure can be taken of."""

    is_strict: bool
    is_engine: bool = False


class WaiverEntry(Exception_):
    """A decision that a standard does not apply for a time: for commitments that opened from ``from_on`` to ``to_on``.

    ``department_id`` and ``subject_id`` are None for all. ``covered`` counts the commitments in its days, department
    and case, whatever took them out or did not; ``judged_again`` those that a closed week had as excluded and that are
    judged again. ``version_count`` above 1 says that it was changed after it had arrived. Instants are aware UTC.
    """

    waiver_id: str
    standard_id: str
    standard: str
    department_id: str | None
    department: str
    subject_id: str | None
    from_on: date
    to_on: date
    decided_at: datetime
    source_id: str
    origin: str
    first_known_at: datetime
    version_count: int
    ended_at: datetime | None
    state: WaiverState
    covered: int
    judged_again: int
    findings: tuple[Finding, ...]


class RefusedWaiver(Entry):
    """A row of a register of waivers that breaks its contract: without approver, expiry or reason, say. It excuses
    nothing, and what it might have excused is in doubt."""

    source_id: str
    origin: str
    because: str
    first_on: date


class Tally(Entry):
    """How often one approver, or one reason, excused: by how many waivers and rules, how many commitments."""

    name: str
    waivers: int
    rules: int
    commitments: int


class Register(Entry):
    """All that was ever excused, as known to the published warehouse of ``night`` (aware UTC).

    ``until`` is the last business day that it knows of.
    """

    charter_id: str
    charter_version: str
    language: str
    night: datetime
    until: date
    waivers: tuple[WaiverEntry, ...]
    rules: tuple[RuleEntry, ...]
    refused: tuple[RefusedWaiver, ...]
    approvers: tuple[Tally, ...]
    reasons: tuple[Tally, ...]

    @property
    def commitments(self) -> int:
        """How many commitments are excused now."""
        return sum(entry.commitments for entry in (*self.waivers, *self.rules))

"""A commitment as a demonstration's own reading of its world judges it, and when it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from charter.base.moments import local_date


@dataclass(frozen=True)
class PlantedVerdict:
    """One commitment and what became of it. Instants are aware; ``ZONE`` is the agency's, whose days count."""

    ZONE: ClassVar[ZoneInfo]

    standard_id: str
    part: str
    subject_id: str
    department_id: str
    status: str
    opened_at: datetime
    due_at: datetime | None
    fulfilled_at: datetime | None = None
    exclusion_rule: str | None = None

    @property
    def commitment_id(self) -> str:
        return f"{self.standard_id}/{self.part}/{self.subject_id}"

    @property
    def decided_at(self) -> datetime | None:
        """When it was met or breached: at fulfilment or due time, whichever came first, never before it opened."""
        if self.status not in ("met", "breached") or self.due_at is None:
            return None
        return max(self.opened_at, min(self.fulfilled_at or self.due_at, self.due_at))

    @property
    def decided_on(self) -> date | None:
        """The business date it counts on. A due time at midnight belongs to the day that ends with it."""
        if self.status not in ("met", "breached") or self.due_at is None:
            return None
        in_time = self.fulfilled_at is not None and self.fulfilled_at < self.due_at
        decided = self.fulfilled_at if in_time and self.fulfilled_at else self.due_at - timedelta(microseconds=1)
        return max(local_date(self.opened_at, self.ZONE), local_date(decided, self.ZONE))

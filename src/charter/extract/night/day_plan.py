"""Which daily files to read: each business day once, again when its file was corrected, and when it comes at last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from charter.base.moments import every_day, last_ended_day, local_date
from charter.definitions.models import Agency, Source
from charter.definitions.models.working_time import WorkingTime
from charter.extract.readers.storage import StoredFile
from charter.lake.receipts import READ_STATUSES, DayReceipt, DayStatus, FeedReceipt, FileDigest, WithheldDeletions

DayPlan = Literal["read", "missing", "none_expected"]
# Whether a file still holds the bytes that a receipt tells of.
IsSame = Callable[[StoredFile, FileDigest], bool]


@dataclass(frozen=True)
class Calendar:
    """The business days of one extraction: the last that had ended, and those on which the agency works."""

    agency: Agency
    source: Source
    as_of: datetime

    @property
    def last(self) -> date:
        return last_ended_day(self.as_of, self.agency.zone)

    def works(self, day: date) -> bool:
        """Whether ``day`` is a working day, as known at as_of."""
        return bool(self._working_time.blocks(day, local_date(self.as_of, self.agency.zone)))

    @cached_property
    def _working_time(self) -> WorkingTime:
        return self.agency.calendar.working_time

    def expects(self, day: date) -> bool:
        """Whether the source gives a file for ``day``: every day, or on working days."""
        return self.source.freshness.expect == "file_each_day" or self.works(day)

    def may_be_quiet(self, day: date) -> bool:
        """Whether a file without rows says that nothing happened on ``day``."""
        return self.source.freshness.quiet_days == "any_day" or not self.works(day)


@dataclass(frozen=True)
class SaidOfDay:
    """What earlier receipts say of a day: its status (``landed`` once it has), and its file as it was last ``read``,
    by which ``contract``."""

    status: DayStatus
    read: DayReceipt | None = None
    contract: str = ""


def last_said(history: Sequence[FeedReceipt]) -> dict[date, SaidOfDay]:
    """What a feed's receipts, in the order of their nights, say of each day."""
    said: dict[date, SaidOfDay] = {}
    for feed in history:
        for day in feed.days:
            before = said.get(day.day, SaidOfDay(day.status))
            status: DayStatus = "landed" if "landed" in (day.status, before.status) else day.status
            if day.status in READ_STATUSES:
                said[day.day] = SaidOfDay(status, day, feed.contract)
            else:
                said[day.day] = SaidOfDay(status, before.read, before.contract)
    return said


def day_of_file(history: Sequence[FeedReceipt]) -> dict[str, date]:
    """The day of each file that a feed's receipts have read, by its path."""
    return {day.file.path: day.day for feed in history for day in feed.days if day.file is not None}


def standing_withheld(history: Sequence[FeedReceipt]) -> dict[date, WithheldDeletions]:
    """The days of which a file, as it was last read, lacked rows that were not deleted."""
    standing: dict[date, WithheldDeletions] = {}
    for feed in history:
        read = {day.day for day in feed.days if day.status in READ_STATUSES}
        standing = {day: found for day, found in standing.items() if day not in read}
        standing |= {found.day: found for found in feed.withheld if found.day is not None}
    return standing


def plan_days(
    calendar: Calendar,
    files: dict[date, StoredFile],
    history: Sequence[FeedReceipt],
    contract: str,
    is_same: IsSame,
    again: Collection[date] = (),
) -> dict[date, DayPlan]:
    """The days that this extraction has something to say about, in order. Days after the last ended one are not.

    The files of ``again`` are read whether they changed or not.
    """
    said = last_said(history)
    past = [day for day in (*files, *said) if day <= calendar.last]
    first = min(past, default=calendar.last)
    plans = {
        day: _plan(calendar, day, files.get(day), said.get(day), contract, is_same)
        for day in every_day(first, calendar.last)
    }
    plans |= {day: "read" for day in again if day in files}
    return {day: plan for day, plan in plans.items() if plan is not None}


def _plan(
    calendar: Calendar,
    day: date,
    file: StoredFile | None,
    said: SaidOfDay | None,
    contract: str,
    is_same: IsSame,
) -> DayPlan | None:
    if file is not None:
        return None if said and said.read and _settled(said.read, said.contract == contract, file, is_same) else "read"
    if said is not None and said.status == "landed":
        return None
    if calendar.expects(day):
        return "missing"
    return None if said is not None and said.status == "none_expected" else "none_expected"


def _settled(receipt: DayReceipt, same_contract: bool, file: StoredFile, is_same: IsSame) -> bool:
    """Nothing to gain from reading the file again: no row waits, nothing that another contract reads, same bytes."""
    another_contract_may_help = receipt.quarantined or receipt.status != "landed"
    if receipt.waiting or (another_contract_may_help and not same_contract) or receipt.file is None:
        return False
    # Whether a file without rows is a quiet day is no part of the contract's digest.
    is_empty = receipt.status != "landed" and receipt.arrived == 0
    return not is_empty and is_same(file, receipt.file)

"""Which daily files to read: each business day once, again when its file was corrected, and when it comes at last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from charter.definitions.models import Agency, Source
from charter.extract.readers.storage import StoredFile
from charter.extract.receipts import DayReceipt, FeedReceipt, FileDigest
from charter.moments import last_ended_day, local_date

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

    def expects(self, day: date) -> bool:
        """Whether the source gives a file for ``day``: every day, or on working days as known at as_of."""
        if self.source.freshness.expect == "file_each_day":
            return True
        calendar = self.agency.calendar
        off = calendar.days_off(local_date(self.as_of, self.agency.zone))
        return day.isoweekday() in calendar.working_hours.days and day not in off


def last_said(history: Sequence[FeedReceipt]) -> dict[date, tuple[DayReceipt, str]]:
    """For each day its latest receipt, a landing before anything else, and the contract in force then."""
    said: dict[date, tuple[DayReceipt, str]] = {}
    for feed in history:
        for day in feed.days:
            if day.status == "landed" or day.day not in said or said[day.day][0].status != "landed":
                said[day.day] = (day, feed.contract)
    return said


def plan_days(
    calendar: Calendar,
    files: dict[date, StoredFile],
    history: Sequence[FeedReceipt],
    contract: str,
    is_same: IsSame,
) -> dict[date, DayPlan]:
    """The days that this extraction has something to say about, in order. Days after the last ended one are not."""
    said = last_said(history)
    past = [day for day in (*files, *said) if day <= calendar.last]
    first = min(past, default=calendar.last)
    days = [first + timedelta(days=count) for count in range((calendar.last - first).days + 1)]
    plans = {day: _plan(calendar, day, files.get(day), said.get(day), contract, is_same) for day in days}
    return {day: plan for day, plan in plans.items() if plan is not None}


def _plan(
    calendar: Calendar,
    day: date,
    file: StoredFile | None,
    said: tuple[DayReceipt, str] | None,
    contract: str,
    is_same: IsSame,
) -> DayPlan | None:
    receipt, contract_then = said or (None, "")
    landed = receipt is not None and receipt.status == "landed"
    if file is not None:
        settled = landed and receipt is not None and _settled(receipt, contract_then == contract, file, is_same)
        return None if settled else "read"
    if landed:
        return None
    if calendar.expects(day):
        return "missing"
    return None if receipt is not None and receipt.status == "none_expected" else "none_expected"


def _settled(receipt: DayReceipt, same_contract: bool, file: StoredFile, is_same: IsSame) -> bool:
    """Nothing to gain from reading the file again: no row waits, none was refused by another contract, same bytes."""
    if receipt.waiting or (receipt.quarantined and not same_contract) or receipt.file is None:
        return False
    return is_same(file, receipt.file)

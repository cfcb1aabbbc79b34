"""The receipt of a feed that could not be read, or not in all its columns."""

from __future__ import annotations

from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract
from charter.extract.night.drift import last_landed, mapped_columns
from charter.extract.night.gathered import landed_without
from charter.extract.night.landing import Night
from charter.lake.receipts import Drift, FeedReceipt, ProblemNote


def with_missing(receipt: FeedReceipt, fault: FeedFault) -> FeedReceipt:
    """The receipt of a feed that was read without the columns that ``fault`` tells of."""
    missing = sorted({*receipt.drift.missing, *fault.missing_columns})
    problem = receipt.problem or ProblemNote.of(landed_without(fault))
    return receipt.model_copy(
        update={"drift": receipt.drift.model_copy(update={"missing": missing}), "problem": problem}
    )


def unread_receipt(night: Night, contract: FeedContract, fault: FeedFault) -> FeedReceipt:
    last = last_landed(night, contract.feed)
    known = set(last.source_columns) if last else set()
    new = sorted(set(fault.source_columns) - known - mapped_columns(contract.feed)) if last else []
    return FeedReceipt(
        table=contract.feed.table,
        status=fault.status,
        drift=Drift(missing=list(fault.missing_columns), new=new),
        problem=ProblemNote.of(fault.problem),
        contract=contract.digest,
    )

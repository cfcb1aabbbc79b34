"""How a feed's columns differ from those of its last landing."""

from __future__ import annotations

from charter.definitions.models import Feed
from charter.extract.contract.batch import wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.night.gathered import Gathered
from charter.extract.night.landing import Night
from charter.lake.receipts import Drift, FeedReceipt


def drift_of(night: Night, feed: Feed, gathered: Gathered) -> Drift:
    """Against the last landing; a first one has nothing to differ from."""
    last = last_landed(night, feed)
    if last is None:
        return Drift()
    new = set(gathered.names) - set(last.source_columns) - mapped_columns(feed)
    then = {name: set(kinds) for name, kinds in last.observed.items() if kinds}
    retyped = [name for name, now in gathered.observed.items() if now and name in then and not (now & then[name])]
    return Drift(new=sorted(new), retyped=sorted(retyped))


def last_landed(night: Night, feed: Feed) -> FeedReceipt | None:
    """The receipt of the last night in which the feed's columns could be seen."""
    return next((receipt for _, receipt in reversed(night.history(feed)) if receipt.source_columns), None)


def mapped_columns(feed: Feed) -> set[str]:
    """The source's columns that the feed reads."""
    try:
        return set(wanted_columns(feed))
    except FeedFault:
        # Its own SQL can't be read: the receipt says so already.
        return set()

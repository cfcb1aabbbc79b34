"""The files that an Asterisk telephone exchange keeps by itself: its queues' log, and its call detail records."""

from __future__ import annotations

from charter.definitions.feed import CDR, QUEUE_LOG
from charter.definitions.models import Feed
from charter.extract.readers.file.delimited import DelimitedReader, Layout


class AsteriskReader(DelimitedReader):
    """Reads ``queue_log`` (``time`` is seconds since 1970) and ``Master.csv`` (naive local times). Feeds that say
    ``names`` themselves have another order of the optional columns."""

    def layout(self, feed: Feed) -> Layout:
        if feed.log == "queue_log":
            return Layout("|", quoted=False, names=QUEUE_LOG, fewest=5)
        names = tuple(feed.names or CDR)
        return Layout(",", quoted=True, names=names, fewest=min(feed.fewest or 16, len(names)))

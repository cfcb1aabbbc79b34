"""The files that an Asterisk telephone exchange keeps by itself: its queues' log, and its call detail records."""

from __future__ import annotations

from charter.definitions.models import Feed, Source
from charter.extract.readers.file.delimited import DelimitedReader, Layout

# Columns as Asterisk 11 to 22 write them. How many data fields a line of the queue log has depends on its event.
QUEUE_LOG = (
    *("time", "callid", "queuename", "agent", "event"),
    *("data1", "data2", "data3", "data4", "data5"),
)
# The last five are there as cdr.conf says (loguniqueid, loguserfield, newcdrcolumns).
CDR = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)


class AsteriskReader(DelimitedReader):
    """Reads ``queue_log`` (``time`` is seconds since 1970) and ``Master.csv`` (naive local times). Feeds that say
    ``names`` themselves have another order of the optional columns."""

    def layout(self, feed: Feed) -> Layout:
        if feed.log == "queue_log":
            return Layout("|", quoted=False, names=QUEUE_LOG, fewest=5)
        names = tuple(feed.names or CDR)
        return Layout(",", quoted=True, names=names, fewest=min(feed.fewest or 16, len(names)))


def columns_of_log(source: Source, feed: Feed) -> tuple[str, ...] | None:
    """The columns of a file without a header, as far as the definitions tell; None when its header says them."""
    if source.kind == "asterisk":
        return QUEUE_LOG if feed.log == "queue_log" else tuple(feed.names or CDR)
    return tuple(feed.names) if feed.names else None

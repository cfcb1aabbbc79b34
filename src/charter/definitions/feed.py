"""What a feed's definition says by itself: which files it names, and which columns it reads of them."""

from __future__ import annotations

import re

from charter.base.composing import composed
from charter.definitions.models import Feed, Source

_DAY = "{day}"

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


def is_pattern(path: str) -> bool:
    """Whether ``path`` stands for any number of files."""
    return "*" in path or "?" in path


def path_pattern(path: str) -> re.Pattern[str]:
    """What ``path`` matches as a whole, among composed names; the group ``day`` holds the digits that ``{day}`` stands
    for. Systems differ in how they keep a name: Hangul in pieces on some, whole on others.

    A name that begins with a dot is hidden (files that are being written often are) and matches no wildcard.
    """
    parts: list[str] = []
    for part in filter(None, re.split(r"(\{day\}|\*|\?)", composed(path))):
        seen = any("(?P<day>" in other for other in parts)
        shown = r"(?!\.)" if not parts or parts[-1].endswith("/") else ""
        given = {"*": f"{shown}[^/]*", "?": f"{shown}[^/]", _DAY: "(?P=day)" if seen else r"(?P<day>\d{8})"}
        parts.append(given.get(part, re.escape(part)))
    return re.compile("".join(parts))


def leads_out(path: str) -> bool:
    """Whether ``path`` names something that is not below the place where it is looked for."""
    return path.startswith("/") or ".." in path.split("/")


def wanted_columns(feed: Feed) -> list[str]:
    """The source columns that leave the source: the mapped ones and the one with the instant of recording.

    Under ``arrived_sql`` those that it reads, in place of the mapped ones. Raises ArrivedSqlError when nobody can
    read it.
    """
    names = columns_of_sql(feed) if feed.arrived_sql else _mapped_names(feed)
    return list(dict.fromkeys([*names, *([feed.recorded_at] if feed.recorded_at else [])]))


def _mapped_names(feed: Feed) -> list[str]:
    return [*(mapped.source for mapped in feed.mapped().values()), *feed.deleted_when]


def columns_of_sql(feed: Feed) -> list[str]:
    """The source columns that a feed's SQL reads, and the conditions for what it leaves out; raises ArrivedSqlError."""
    # Not above: it takes the engine, which most commands never need.
    from charter.definitions.arrived_sql import input_columns, rows_where

    statements = [feed.arrived_sql or "", *(rows_where(each.where) for each in feed.left_out)]
    return list(dict.fromkeys(name for sql in statements for name in input_columns(sql)))


def columns_of_log(source: Source, feed: Feed) -> tuple[str, ...] | None:
    """The columns of a file without a header, as far as the definitions tell; None when its header says them."""
    if source.kind == "asterisk":
        return QUEUE_LOG if feed.log == "queue_log" else tuple(feed.names or CDR)
    return tuple(feed.names) if feed.names else None


def place_in(feed: Feed, path: str) -> str:
    """Where the rows of a file stand, as their origins name it."""
    return f"{path}/{feed.sheet}" if feed.sheet else path

"""Checks of one feed: where its rows are, how they are read, and what they become."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from charter.base.composing import composed
from charter.base.errors import Problem
from charter.base.json_paths import JsonPath
from charter.definitions.checks.common import repeated
from charter.definitions.columns import closest
from charter.definitions.document import Document, Location
from charter.definitions.feed import columns_of_log, is_pattern, leads_out, wanted_columns
from charter.definitions.models import (
    Feed,
    NumberPages,
    OffsetPages,
    Source,
    Subject,
)
from charter.definitions.time_formats import NAMED_FORMATS, UnknownDirectiveError, parts_of

_PLACE_OF_KIND = {
    "sql": "query",
    "csv": "path",
    "workbook": "sheet",
    "parquet": "path",
    "asterisk": "path",
    "http": "path",
    "limesurvey": "survey",
}
# What only an API is told.
_OF_APIS = ("parameters", "parameter_format", "earliest", "records", "pages")


def check_feed_place(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    wanted = _PLACE_OF_KIND[source.kind]
    for key in dict.fromkeys(_PLACE_OF_KIND.values()):
        given = getattr(feed, key) is not None
        if given and key not in (wanted, "path"):
            yield Problem(
                f"a {source.kind} source has no '{key}'", document.place((*place, key)), f"use '{wanted}' instead"
            )
        if key == wanted and not given:
            yield Problem(f"'{wanted}' is not given", document.place(place), f"say with {wanted} where the rows are")
    if feed.is_daily != source.freshness.expect.startswith("file_each"):
        yield Problem(
            f"freshness '{source.freshness.expect}' does not fit the path '{feed.path}'",
            document.place((*place, "path") if feed.path else place),
            "daily files have {day} in their path and freshness file_each_day or file_each_working_day; "
            "others have each_night",
        )


def check_days(document: Document, place: Location, feed: Feed, subjects: dict[str, Subject]) -> Iterator[Problem]:
    """What a feed says of its daily files: whether it has any, and whether the column that dates their rows can."""
    for key in ("dated_by", "of_any_day", "days_correct_each_other"):
        if key in feed.model_fields_set and not feed.is_daily:
            yield Problem(f"'{key}' is said of daily files", document.place((*place, key)), f"remove {key}")
    if feed.dated_by is None or feed.table not in subjects:
        return
    where = document.place((*place, "dated_by"))
    if feed.of_any_day:
        yield Problem("rows of any day are dated by no column", where, "remove dated_by, or of_any_day")
    if feed.dated_by not in feed.columns:
        yield Problem(f"'{feed.dated_by}' is not mapped", where, closest(feed.dated_by, feed.columns))
        return
    column = subjects[feed.table].columns.get(feed.dated_by)
    if column is not None and not column.is_moment:
        yield Problem(f"'{feed.dated_by}' is of type {column.type}", where, "name a column of type instant or date")


def check_layout(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    """What a feed says of how its files are written: whether it fits the kind, and itself."""
    # Not above: it takes the engine, which most commands never need.
    from charter.definitions.arrived_sql import ArrivedSqlError

    if (feed.log is not None) != (source.kind == "asterisk"):
        yield Problem(
            f"a {source.kind} source {'has no log' if feed.log else 'says which log it reads'}",
            document.place((*place, "log") if feed.log else place),
            "remove log" if feed.log else "add log: queue_log or log: cdr",
        )
    if feed.names is not None and source.kind not in ("csv", "asterisk"):
        yield Problem(f"a {source.kind} source has no 'names'", document.place((*place, "names")), "remove names")
    if feed.fewest is not None and feed.fewest > len(feed.names or ()):
        yield Problem(
            f"fewest is {feed.fewest}, of {len(feed.names or ())} names",
            document.place((*place, "fewest")),
            "give the names of all columns, and of how many at least a row has fields",
        )
    if feed.path is not None and feed.is_daily and is_pattern(feed.path):
        yield Problem(
            f"the path '{feed.path}' has both {{day}} and * or ?",
            document.place((*place, "path")),
            "a day has one file: name it whole, or read all files as one feed without {day}",
        )
    if feed.path is not None and source.kind != "http" and leads_out(feed.path):
        yield Problem(
            f"the path '{feed.path}' leads out of the source's folder",
            document.place((*place, "path")),
            "set the connection's address to the folder in which the files are, and name them from there",
        )
    known = columns_of_log(source, feed)
    if known is None:
        return
    yield from repeated(document, (*place, "names"), list(known), "column")
    try:
        wanted = wanted_columns(feed)
    except ArrivedSqlError:
        # Its arrived_sql can't be run, which is told by itself.
        return
    for name in wanted:
        if name not in known:
            yield Problem(
                f"'{name}' is not a column of the file", document.place((*place, "columns")), closest(name, known)
            )


def check_api(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    """What a feed says of how an API is asked: whether it fits the kind, and itself."""
    if source.kind != "http":
        for key in _OF_APIS:
            if key in feed.model_fields_set:
                what = f"a {source.kind} source has no '{key}'"
                yield Problem(what, document.place((*place, key)), f"remove {key}")
        if source.kind == "limesurvey" and feed.cursor is not None:
            yield Problem(
                "LimeSurvey is read whole each night, without a cursor",
                document.place((*place, "cursor")),
                "remove cursor",
            )
        return
    asks_since = any("{since}" in value for value in feed.parameters.values() if isinstance(value, str))
    if asks_since != (feed.cursor is not None):
        yield Problem(
            "'cursor' and {since} among the parameters go together",
            document.place((*place, "cursor" if feed.cursor else "parameters")),
            "add the other: a parameter that asks for what moved since then, and the overlap to look back",
        )
    if feed.full and asks_since:
        yield Problem(
            "a full feed gives everything each time, and {since} asks for what moved",
            document.place((*place, "full")),
            "remove full, or the parameter with {since}",
        )
    if feed.path is not None and (strange := re.search(r"[?#]|://", feed.path)):
        yield Problem(
            f"the path '{feed.path}' holds '{strange[0]}'",
            document.place((*place, "path")),
            "write only what comes after the address, and the query under parameters",
        )
    for name, value in feed.parameters.items():
        for mark in re.findall(r"\{([a-z_]+)\}", value if isinstance(value, str) else ""):
            if mark not in ("since", "as_of"):
                given = document.place((*place, "parameters", name))
                yield Problem(f"{{{mark}}} stands for nothing", given, "use {since} or {as_of}")
    counted = isinstance(feed.pages, OffsetPages | NumberPages) or (feed.pages is not None and feed.pages.total)
    if counted and re.search(r"[\[|]", feed.records or ""):
        yield Problem(
            f"the rows that '{feed.records}' picks are not all rows of a page, and these pages are told by counting",
            document.place((*place, "records")),
            "give records as a dotted path; pick rows by a parameter, or by arrived_sql",
        )
    for where, text in _paths_of(feed):
        try:
            JsonPath.of(text)
        except ValueError as error:
            remedy = "write keys with dots between them (via.channel), or a JMESPath expression"
            yield Problem(str(error), document.place((*place, *where)), remedy)


def _paths_of(feed: Feed) -> Iterator[tuple[Location, str]]:
    """Every path into an API's answer that a feed names, and where it does."""
    for key in ("records", "recorded_at"):
        if (text := getattr(feed, key)) is not None:
            yield (key,), text
    for key in ("next", "last", "more", "total"):
        if (text := getattr(feed.pages, key, None)) is not None:
            yield ("pages", key), text
    if feed.arrived_sql is None:
        yield from ((("columns", name), mapped.source) for name, mapped in feed.mapped().items())
        yield from ((("deleted_when", name), name) for name in feed.deleted_when)


def check_arrived_sql(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    from charter.definitions.arrived_sql import ArrivedSqlError, input_columns, result_columns, rows_where

    if feed.arrived_sql is None:
        if feed.left_out:
            yield Problem(
                "left_out is what arrived_sql does not see", document.place((*place, "left_out")), "add arrived_sql"
            )
        return
    where = document.place((*place, "arrived_sql"))
    for index, each in enumerate(feed.left_out):
        try:
            input_columns(rows_where(each.where))
        except ArrivedSqlError as error:
            yield Problem(
                f"the condition can't be asked: {error}",
                document.place((*place, "left_out", index, "where")),
                "write what follows WHERE; its table is called arrived",
            )
    if feed.cursor is not None or (feed.recorded_at is not None and source.kind == "sql"):
        yield Problem(
            "arrived_sql sees only the rows that moved since the last night",
            where,
            "write it in query instead, or read everything each night (no cursor, no recorded_at)",
        )
    try:
        read, given = input_columns(feed.arrived_sql), result_columns(feed.arrived_sql)
    except ArrivedSqlError as error:
        yield Problem(f"arrived_sql can't be run: {error}", where, "correct it; its table is called arrived")
        return
    if not read:
        yield Problem("arrived_sql names no column of the source", where, "name the columns it reads, not *")
    for name, mapped in feed.mapped().items():
        if mapped.source not in given:
            yield Problem(
                f"arrived_sql gives no column '{mapped.source}'",
                document.place((*place, "columns", name)),
                closest(mapped.source, given),
            )


def check_feed_columns(
    document: Document, place: Location, feed: Feed, subjects: dict[str, Subject], departments: Collection[str]
) -> Iterator[Problem]:
    """``departments`` are the ids of the agency's."""
    landed = {name for name, subject in subjects.items() if subject.landed}
    if feed.table not in landed:
        yield Problem(
            f"'{feed.table}' is not a landed table", document.place((*place, "table")), closest(feed.table, landed)
        )
        return
    subject = subjects[feed.table]
    for name in [subject.key, *(name for name, column in subject.columns.items() if column.required)]:
        if name not in feed.columns:
            yield Problem(
                f"the required column '{name}' of '{feed.table}' is not mapped",
                document.place((*place, "columns")),
                f"add {name}: <source column>",
            )
    for name, value in feed.constants().items():
        yield from _check_constant(document.place((*place, "columns", name)), subject, name, value, departments)
    for index, names in enumerate(feed.in_order):
        types = {subject.columns[name].type for name in names if name in subject.columns and name in feed.columns}
        unknown = [name for name in names if name not in feed.mapped()]
        if unknown or len(types) > 1:
            yield Problem(
                f"'{unknown[0]}' is not mapped" if unknown else f"{', '.join(names)} are not of one type",
                document.place((*place, "in_order", index)),
                closest(unknown[0], feed.mapped()) if unknown else "compare instants with instants, dates with dates",
            )
    for name, mapped in feed.mapped().items():
        column = subject.columns.get(name)
        where = document.place((*place, "columns", name))
        if column is None:
            yield Problem(f"'{name}' is not a column of '{feed.table}'", where, closest(name, subject.columns))
            continue
        for value in (mapped.values or {}).values():
            if column.values is not None and value not in column.values:
                yield Problem(f"'{value}' is not a value of '{name}'", where, closest(str(value), column.values))
        if mapped.ignore_time and column.type != "date":
            said = f"'{name}' is of type {column.type}: only a date is without its time of day"
            yield Problem(said, document.place((*place, "columns", name, "ignore_time")), "leave 'ignore_time' out")
        if mapped.format is not None and column.is_moment:
            form: Location = (*place, "columns", name, "format")
            yield from check_format(document, form, mapped.format, column.type)
        yield from _check_translated_once(document, (*place, "columns", name, "values"), mapped.values or {})


_CONSTANTS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "code": (str,),
    "department": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def _check_constant(
    where: str, subject: Subject, name: str, value: object, departments: Collection[str]
) -> Iterator[Problem]:
    """All rows of a feed may be of one channel or of one department; none has a key or a moment in common."""
    column = subject.columns.get(name)
    if column is None:
        yield Problem(f"'{name}' is not a column of the table", where, closest(name, subject.columns))
    elif name == subject.key or column.type not in _CONSTANTS:
        what = "the key" if name == subject.key else f"of type {column.type}"
        yield Problem(f"'{name}' is {what}: not one for all rows", where, f"write {name}: <source column>")
    elif not isinstance(value, _CONSTANTS[column.type]) or (column.type != "boolean" and isinstance(value, bool)):
        yield Problem(f"{value!r} is no {column.type}", where, f"write a {column.type} as '{name}' holds it")
    elif column.values is not None and value not in column.values:
        yield Problem(f"'{value}' is not a value of '{name}'", where, closest(str(value), column.values))
    elif column.type == "department" and value not in departments:
        yield Problem(f"'{value}' is no department's id", where, closest(str(value), departments))


def check_format(document: Document, place: Location, form: str, kind: str) -> Iterator[Problem]:
    """A format gives the year, month and day, and of instants the hour: what it lacks would be made up."""
    if form in NAMED_FORMATS:
        return
    where, example = document.place(place), "%Y-%m-%d %H:%M:%S" if kind == "instant" else "%Y-%m-%d"
    try:
        parts = parts_of(form)
    except UnknownDirectiveError as error:
        remedy = f"write it with %Y %m %d %H %M %S %f %z (or %y %b %I %p %a), such as {example}"
        yield Problem(f"the format '{form}' has {error}, which is not read", where, remedy)
        return
    clock = {"hour", "hour_of_12"} & parts
    lacking = [part for part in ("year", "month", "day") if part not in parts]
    if kind == "instant" and not clock:
        lacking.append("hour")
    if lacking:
        remedy = f"give the whole {kind}, such as {example}; ask the source's keepers for what it leaves out"
        yield Problem(f"the format '{form}' lacks the {' and the '.join(lacking)}", where, remedy)
    elif ("hour_of_12" in parts) != ("meridiem" in parts) or len(clock) > 1:
        what = f"the format '{form}' does not say which half of the day its hours are in"
        yield Problem(what, where, "use %I (1 to 12) with %p (오전/오후, AM/PM), or %H (0 to 23) alone")


def _check_translated_once(document: Document, place: Location, values: Mapping[str, object]) -> Iterator[Problem]:
    """Two spellings of one text (by width, invisible characters or composition) are one, and mean one thing."""
    known: dict[str, object] = {}
    for text, value in values.items():
        if known.setdefault(composed(text), value) != value:
            yield Problem(f"'{text}' is translated twice", document.place((*place, text)), "keep one of the two")

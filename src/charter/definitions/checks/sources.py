"""Checks of sources.yaml: each source, and that every rule's tables are fed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.base.errors import Problem
from charter.definitions.checks.common import repeated
from charter.definitions.checks.feeds import (
    check_api,
    check_arrived_sql,
    check_days,
    check_feed_columns,
    check_feed_place,
    check_format,
    check_layout,
)
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import (
    Rule,
    Source,
    needed_tables,
)


def check_sources(folder: Folder) -> Iterator[Problem]:
    document, sources = folder.documents["sources.yaml"], folder.sources.sources
    subjects = folder.subjects.subjects
    departments = [department.id for department in folder.organisation.departments]
    yield from repeated(document, ("sources",), [source.id for source in sources], "source")
    for index, source in enumerate(sources):
        yield from _check_authentication(document, index, source)
        yield from _check_freshness(document, index, source)
        yield from _check_feeds_once(document, index, source)
        yield from _check_owner(document, index, source, departments)
        yield from check_format(document, ("sources", index, "instant_format"), source.instant_format, "instant")
        yield from check_format(document, ("sources", index, "date_format"), source.date_format, "date")
        for number, feed in enumerate(source.feeds):
            place: Location = ("sources", index, "feeds", number)
            yield from check_feed_place(document, place, source, feed)
            yield from check_layout(document, place, source, feed)
            yield from check_api(document, place, source, feed)
            yield from check_arrived_sql(document, place, source, feed)
            yield from check_feed_columns(document, place, feed, subjects, departments)
            yield from check_days(document, place, feed, subjects)
    fed = {feed.table for source in sources for feed in source.feeds}
    for index, standard in enumerate(folder.charter.standards):
        each: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(each):
            for table in needed_tables(rule, subjects):
                if table not in fed:
                    yield Problem(
                        f"no source feeds '{table}', which '{standard.id}' is measured on",
                        folder.documents["charter.yaml"].place(("standards", index, "rules", number, "subject")),
                        f"add a feed with table: {table} to sources.yaml",
                    )


def _check_owner(document: Document, index: int, source: Source, departments: list[str]) -> Iterator[Problem]:
    if source.owner is not None and source.owner not in departments:
        yield Problem(
            f"'{source.owner}', the owner of '{source.id}', is no department",
            document.place(("sources", index, "owner")),
            "name the id of a department of departments.yaml",
        )


def _check_feeds_once(document: Document, index: int, source: Source) -> Iterator[Problem]:
    tables = [feed.table for feed in source.feeds]
    for number, table in enumerate(tables):
        if table in tables[:number]:
            yield Problem(
                f"'{source.id}' feeds '{table}' twice, and a key belongs to its source",
                document.place(("sources", index, "feeds", number, "table")),
                "make one feed of both (a query or arrived_sql can unite them), or two sources: "
                "their equal keys are then two cases",
            )


def _check_freshness(document: Document, index: int, source: Source) -> Iterator[Problem]:
    daily = source.freshness.expect != "each_night"
    for key in ("quiet_days", "silent_working_days"):
        if key in source.freshness.model_fields_set and daily != (key == "quiet_days"):
            yield Problem(
                f"freshness '{source.freshness.expect}' has no '{key}'",
                document.place(("sources", index, "freshness", key)),
                "quiet_days is of daily files, silent_working_days of sources that are asked each_night",
            )


def _check_authentication(document: Document, index: int, source: Source) -> Iterator[Problem]:
    place: Location = ("sources", index, "authentication")
    if source.kind == "limesurvey" and "authentication" in source.model_fields_set:
        remedy = "remove authentication: the variable CHARTER_AUTH_<NAME> holds user:password"
        yield Problem("LimeSurvey knows one way to authenticate only", document.place(place), remedy)
    for key in ("authentication", "requests"):
        if source.kind not in ("http", "limesurvey") and key in source.model_fields_set:
            what = f"a {source.kind} source has no '{key}'"
            yield Problem(what, document.place(("sources", index, key)), f"remove {key}")

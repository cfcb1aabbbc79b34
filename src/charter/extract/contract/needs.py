"""Which columns of a landed table a verdict may rest on: what vanishes from the others stops nothing."""

from __future__ import annotations

from collections.abc import Iterator

from charter.definitions.models import Agency, Feed


def columns_no_verdict_needs(agency: Agency, feed: Feed) -> frozenset[str]:
    """The mapped columns of ``feed`` that no standard needs: without them its rows are judged no differently.

    Cautious: a name that stands anywhere in the charter's standards and exclusions counts as needed; so does every
    column of a table that other tables are derived from, or that is no standard's own subject (waivers, say).
    """
    subject = agency.subjects[feed.table]
    subjects = {rule.subject for standard in agency.charter.standards for rule in standard.rules}
    derived_from = {table for other in agency.subjects.values() for table in other.of}
    if feed.table not in subjects or feed.table in derived_from:
        return frozenset()
    charter = agency.charter.model_dump(mode="json", include={"standards", "exclusions"})
    named = set(_texts(charter))
    read_by_the_feed = {feed.recorded_at, feed.cursor.column if feed.cursor else None, *feed.deleted_when}
    return frozenset(
        name
        for name, mapped in feed.mapped().items()
        if (column := subject.columns.get(name)) is not None
        and not column.required
        and column.type != "department"
        and name != subject.key
        and name not in named
        and mapped.source not in read_by_the_feed
    )


def _texts(node: object) -> Iterator[str]:
    """Every key and every text below ``node``."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)

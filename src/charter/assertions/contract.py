"""What a source owes us: one suite per landed table, and one for the sources' nightly accounts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from charter.assertions.coverage import FeedName
from charter.assertions.suites import Check, SuiteDefinition
from charter.definitions.models import (
    Agency,
    CoveragePart,
    DeadlinePart,
    Evidence,
    LevelPart,
    Part,
    Subject,
    SubjectColumn,
)
from charter.words import Words

NUMBERS = ("integer", "number")


def contract_suites(agency: Agency, words: Words) -> list[SuiteDefinition]:
    """One suite per landed subject table, on the rows that landed, then the suite of the sources."""
    tables = [_table_suite(agency, words, name, subject) for name, subject in agency.subjects.items() if subject.landed]
    return [*tables, _sources_suite(agency, words)]


def _table_suite(agency: Agency, words: Words, name: str, subject: Subject) -> SuiteDefinition:
    sources = agency.feeding(name)
    feeds = tuple((source, name) for source in sources)
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name=f"contract_{name}",
        kind="contract",
        notes=words("check.suite.contract", sources=_names(agency, words, sources), table=name),
        table=f"raw.{name}",
        checks=tuple(
            chain(
                [_unique(words, subject.key, feeds)],
                *(_column_checks(agency, words, column, rule, feeds) for column, rule in subject.columns.items()),
                (_in_order(words, later, earlier, feeds) for later, earlier in _ordered_moments(agency, name, subject)),
            )
        ),
    )


def _names(agency: Agency, words: Words, sources: tuple[str, ...]) -> str:
    return words("list.separator").join(words.pick(agency.source(source).text.root) for source in sources)


def _check(name: str, kind: str, kwargs: dict[str, object], description: str, feeds: tuple[FeedName, ...]) -> Check:
    source_id = feeds[0][0] if len(feeds) == 1 else None
    return Check(name, kind, kwargs, description, source_id=source_id, feeds=feeds)


def _unique(words: Words, column: str, feeds: tuple[FeedName, ...]) -> Check:
    text = words("check.column.unique", column=column)
    return _check(f"{column}/unique", "expect_column_values_to_be_unique", {"column": column}, text, feeds)


def _column_checks(
    agency: Agency, words: Words, column: str, rule: SubjectColumn, feeds: tuple[FeedName, ...]
) -> Iterator[Check]:
    if rule.required:
        kwargs: dict[str, object] = {"column": column}
        text = words("check.column.not_null", column=column)
        yield _check(f"{column}/not_null", "expect_column_values_to_not_be_null", kwargs, text, feeds)
    if rule.values is not None:
        kwargs = {"column": column, "value_set": list(rule.values)}
        text = words("check.column.in_set", column=column, values=", ".join(rule.values))
        yield _check(f"{column}/in_set", "expect_column_values_to_be_in_set", kwargs, text, feeds)
    if rule.type == "department":
        kwargs = {"column": column, "value_set": sorted(each.id for each in agency.organisation.departments)}
        text = words("check.column.department", column=column)
        yield _check(f"{column}/in_set", "expect_column_values_to_be_in_set", kwargs, text, feeds)
    if rule.type in NUMBERS:
        kwargs = {"column": column, "min_value": 0}
        text = words("check.column.at_least_0", column=column)
        yield _check(f"{column}/at_least_0", "expect_column_values_to_be_between", kwargs, text, feeds)


def _in_order(words: Words, later: str, earlier: str, feeds: tuple[FeedName, ...]) -> Check:
    kwargs = {
        "column_A": later,
        "column_B": earlier,
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    text = words("check.column.not_before", later=later, earlier=earlier)
    kind = "expect_column_pair_values_a_to_be_greater_than_b"
    return _check(f"{later}/not_before/{earlier}", kind, kwargs, text, feeds)


def _ordered_moments(agency: Agency, table: str, subject: Subject) -> list[tuple[str, str]]:
    """Pairs (later, earlier) of columns that the charter's rules read as an end and its beginning, each once."""
    pairs: dict[tuple[str, str], None] = {}
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for part in rule.parts:
                if rule.subject == table:
                    pairs |= dict.fromkeys(_pairs_of_part(part))
                    pairs |= dict.fromkeys(_pairs_of_exclusions(agency, rule.exclude, part))
                if isinstance(part, LevelPart) and part.population and part.population.subject == table:
                    pairs[part.population.ends, part.population.starts] = None
    return [pair for pair in pairs if _same_moment(subject, *pair)]


def _same_moment(subject: Subject, later: str, earlier: str) -> bool:
    column = subject.columns[later]
    return later != earlier and column.is_moment and column.type == subject.columns[earlier].type


def _pairs_of_part(part: Part) -> Iterator[tuple[str, str]]:
    match part:
        case DeadlinePart():
            for finish in part.fulfilled_by.finishes():
                yield finish.column, part.opens
            if part.extension is not None:
                yield part.extension.notified, part.opens
        case LevelPart() if part.ends is not None:
            yield part.ends, part.starts
        case CoveragePart():
            yield from chain.from_iterable(_pairs_of_evidence(each) for each in part.evidence)


def _pairs_of_evidence(evidence: Evidence) -> Iterator[tuple[str, str]]:
    if evidence.column is not None and evidence.after is not None:
        yield evidence.column, evidence.after
    yield from chain.from_iterable(_pairs_of_evidence(option) for option in evidence.any_of or [])


def _pairs_of_exclusions(agency: Agency, names: list[str], part: Part) -> Iterator[tuple[str, str]]:
    if not isinstance(part, DeadlinePart):
        return
    for name in names:
        exclusion = agency.charter.exclusions[name]
        for column in (exclusion.at, exclusion.ended_before_limit):
            if column is not None:
                yield column, part.opens


def _sources_suite(agency: Agency, words: Words) -> SuiteDefinition:
    checks: list[Check] = []
    for source in agency.sources:
        name = words.pick(source.text.root)
        checks.append(
            Check(
                name=f"{source.id}/adds_up",
                type="expect_counted_rows_to_hold",
                kwargs={"key": f"{source.id}/adds_up", "targets": {"*": 1.0}},
                description=words("check.source.adds_up", source=name),
                source_id=source.id,
                feeds=tuple((source.id, feed.table) for feed in source.feeds),
            )
        )
        checks.append(
            Check(
                name=f"{source.id}/withheld",
                type="expect_counted_rows_to_hold",
                kwargs={"key": f"{source.id}/withheld", "targets": {"*": 1.0}},
                description=words("check.source.withheld", source=name),
                severity="warning",
                source_id=source.id,
                feeds=tuple((source.id, feed.table) for feed in source.feeds),
            )
        )
        checks.append(
            Check(
                name=f"{source.id}/last_day",
                type="expect_counted_rows_to_hold",
                kwargs={"key": f"{source.id}/last_day", "targets": {"*": 1.0}},
                description=words("check.source.last_day", source=name),
                severity="warning",
                source_id=source.id,
                period_kind="day",
                feeds=tuple((source.id, feed.table) for feed in source.feeds),
                scope="silence",
            )
        )
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="contract_sources",
        kind="contract",
        notes=words("check.suite.sources"),
        query="sources",
        about_table="marts.source_status",
        checks=tuple(checks),
    )

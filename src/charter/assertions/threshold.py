"""The charter's thresholds: per standard and period, the share of commitments measured to be within their limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from charter.assertions.coverage import FeedName
from charter.assertions.suites import Check, Severity, SuiteDefinition
from charter.base.moments import PeriodKind
from charter.definitions.models import Agency, Rule, StandardBase, needed_tables
from charter.words import Words


def threshold_suite(agency: Agency, words: Words, on: date | None = None) -> SuiteDefinition:
    """One check per standard and kind of period (to date), worded by the rules in force on ``on``."""
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="thresholds",
        kind="threshold",
        notes=words("check.suite.thresholds"),
        query="thresholds",
        about_table="marts.fct_commitments",
        checks=tuple(
            _check(agency, words, standard, period_kind, on)
            for standard in agency.charter.standards
            for period_kind in agency.charter.period_kinds
        ),
    )


def rule_in_force(rules: list[Rule[Any]], on: date | None) -> Rule[Any]:
    """The version in force on ``on``; the newest when ``on`` is not given, the first when none had begun."""
    ordered = sorted(rules, key=lambda rule: rule.effective_from)
    begun = [rule for rule in ordered if on is None or rule.effective_from <= on]
    return begun[-1] if begun else ordered[0]


def needed_feeds(agency: Agency, standard: StandardBase) -> tuple[FeedName, ...]:
    """The feeds (source and table) without which the standard cannot be judged, in any version of its rule."""
    rules: list[Rule[Any]] = standard.rules  # type: ignore[attr-defined]
    return tuple(dict.fromkeys(feed for rule in rules for feed in feeds_of_rule(agency, rule)))


def feeds_of_rule(agency: Agency, rule: Rule[Any]) -> tuple[FeedName, ...]:
    """The feeds (source and table) that one version of a rule is measured on, in the order of sources.yaml."""
    tables = needed_tables(rule, agency.subjects)
    return tuple((source.id, feed.table) for source in agency.sources for feed in source.feeds if feed.table in tables)


def _check(agency: Agency, words: Words, standard: StandardBase, period_kind: PeriodKind, on: date | None) -> Check:
    rules: list[Rule[Any]] = standard.rules  # type: ignore[attr-defined]
    rule = rule_in_force(rules, on)
    severity: Severity = "warning" if rule.basis == "operational" else "critical"
    return Check(
        name=f"{standard.id}/{period_kind}",
        type="expect_counted_rows_to_hold_within_bounds",
        kwargs={
            "key": f"{standard.id}/{period_kind}",
            "targets": {
                name: target
                for each in sorted(rules, key=lambda each: each.version)
                for name, target in _targets_by_name(each).items()
            },
        },
        description=words(
            "check.threshold",
            standard=words.pick(standard.text.root),
            threshold=words.pick(rule.threshold.root),
            target=words.targets(rule.target, _targets_of_parts(words, rule)),
            period=words(f"check.period.{period_kind}"),
        ),
        severity=severity,
        standard_id=standard.id,
        period_kind=period_kind,
        feeds=needed_feeds(agency, standard),
        scope="period",
    )


def own_targets(agency: Agency) -> Iterator[tuple[str, int, str, float]]:
    """Each part with a target of its own: standard, rule version, part and target."""
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for part in rule.parts:
                if part.target is not None:
                    yield standard.id, rule.version, part.id, part.target


def _targets_by_name(rule: Rule[Any]) -> dict[str, float]:
    """The targets of a rule version as thresholds.sql names them: ``1``, or ``1/part`` of a part with its own."""
    return {
        str(rule.version) if part is None else f"{rule.version}/{part}": target for part, target in rule.targets.items()
    }


def _targets_of_parts(words: Words, rule: Rule[Any]) -> list[tuple[str, float]]:
    return [
        (words.pick(part.text.root) if part.text else part.id, part.target)
        for part in rule.parts
        if part.target is not None
    ]

"""Expectations of our own: of the rows that a query counted, no more fail than the target allows; the second of them
also where some rows are not known.

Great Expectations resolves the counts once per query and batch, so a hundred checks of one query cost one query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

METRIC = "charter.counts"
BOUNDED_METRIC = "charter.bounded_counts"
EVERY_VERSION = "*"

# Of one rule version: rows looked at, rows that do not hold, rows that could not be judged.
Counts = tuple[int, int, int]


@dataclass(frozen=True)
class BoundedCounts:
    """Of one rule version: rows looked at, rows that do not hold, rows that could not be judged; then rows and failures
    if everything that is not known went wrong (``worst``) or well (``best``). None: nothing bounds their number."""

    evaluated: int
    unexpected: int
    unjudged: int
    worst_evaluated: int | None
    worst_failed: int | None
    best_evaluated: int | None
    best_failed: int

    def is_certain(self, target: float) -> bool:
        """Whether the target is reached even at the worst."""
        return (
            self.worst_evaluated is not None
            and self.worst_failed is not None
            and within_target(self.worst_evaluated, self.worst_failed, target)
        )

    def is_possible(self, target: float) -> bool:
        """Whether the target is reached at the best. Of any number more only a promise to all is out of reach."""
        if self.best_evaluated is None:
            return target < 1 or self.best_failed == 0
        return within_target(self.best_evaluated, self.best_failed, target)


class CannotBeJudgedError(Exception):
    """The counts do not allow a judgement: an error of the check, never a breach."""


def within_target(evaluated: int, unexpected: int, target: float) -> bool:
    """Whether the share failing is at most ``1 - target``; exact, with 0.95 meaning 95 in 100."""
    return Fraction(unexpected) <= (1 - Fraction(str(target))) * evaluated


def _counted(engine: SqlAlchemyExecutionEngine, domain: dict[str, Any], names: tuple[str, ...]) -> list[Any]:
    """The rows of the batch's counting query: key, rule version, then the columns ``names``."""
    selectable, _, _ = engine.get_compute_domain(domain, domain_type=MetricDomainTypes.TABLE)
    columns: list[Any] = [sa.column(name) for name in ("key", "rule_version", *names)]
    rows: list[Any] = engine.execute_query(sa.select(*columns).select_from(selectable)).fetchall()
    return rows


class CountedRows(TableMetricProvider):
    """All rows of a counting query: key → rule version → counts."""

    metric_name = METRIC

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805  (Great Expectations calls it so)
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str, Counts]]:
        counts: dict[str, dict[str, Counts]] = {}
        names = ("evaluated", "unexpected", "unjudged")
        for key, version, evaluated, unexpected, unjudged in _counted(execution_engine, metric_domain_kwargs, names):
            counts.setdefault(key, {})[version] = (int(evaluated), int(unexpected), int(unjudged))
        return counts


class ExpectCountedRowsToHold(BatchExpectation):
    """Of the rows counted under ``key``, the share that holds reaches the target of every rule version.

    ``targets`` gives the target by rule version; ``*`` stands for every version. Nothing counted holds.
    """

    key: str
    targets: dict[str, float]

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("key", "targets")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        counts: dict[str, Counts] = metrics[METRIC].get(self.key, {})
        success = all(
            within_target(evaluated, unexpected, self._target_of(version, unjudged))
            for version, (evaluated, unexpected, unjudged) in counts.items()
        )
        return {
            "success": success,
            "result": {
                "element_count": sum(evaluated for evaluated, _, _ in counts.values()),
                "unexpected_count": sum(unexpected for _, unexpected, _ in counts.values()),
            },
        }

    def _target_of(self, version: str, unjudged: int) -> float:
        return target_of(self.targets, version, unjudged)


class BoundedRows(TableMetricProvider):
    """All rows of a counting query with its ends: key → rule version → counts."""

    metric_name = BOUNDED_METRIC

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805  (Great Expectations calls it so)
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str, BoundedCounts]]:
        counts: dict[str, dict[str, BoundedCounts]] = {}
        names = tuple(each.name for each in fields(BoundedCounts))
        for key, version, *values in _counted(execution_engine, metric_domain_kwargs, names):
            bounded = BoundedCounts(*(None if value is None else int(value) for value in values))  # type: ignore[arg-type]
            counts.setdefault(key, {})[version] = bounded
        return counts


class ExpectCountedRowsToHoldWithinBounds(BatchExpectation):
    """Of the rows counted under ``key`` and those that are not known, the share that holds may reach the target.

    Success says that it does if all that is not known holds, for every rule version; the result's ``observed_value``
    says whether it does so even if nothing of it holds. ``targets`` gives the target by rule version.
    """

    key: str
    targets: dict[str, float]

    metric_dependencies: ClassVar[tuple[str, ...]] = (BOUNDED_METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("key", "targets")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        counts: dict[str, BoundedCounts] = metrics[BOUNDED_METRIC].get(self.key, {})
        targets = {version: target_of(self.targets, version, each.unjudged) for version, each in counts.items()}
        return {
            "success": all(each.is_possible(targets[version]) for version, each in counts.items()),
            "result": {
                "observed_value": all(each.is_certain(targets[version]) for version, each in counts.items()),
                "element_count": sum(each.evaluated for each in counts.values()),
                "unexpected_count": sum(each.unexpected for each in counts.values()),
            },
        }


def target_of(targets: Mapping[str, float], version: str, unjudged: int) -> float:
    """The target of a rule version. Raises CannotBeJudgedError when it has none, or rows of it could not be judged."""
    if unjudged:
        raise CannotBeJudgedError(f"{unjudged} commitments of rule version {version} have no comparison or limit")
    target = targets.get(version, targets.get(EVERY_VERSION))
    if target is None:
        raise CannotBeJudgedError(f"rule version {version} has no target")
    return target

"""Runs one suite with Great Expectations and returns what it found for every check."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from charter.assertions.counted import ExpectCountedRowsToHold, ExpectCountedRowsToHoldWithinBounds
from charter.assertions.faults import fault_text, raised_fault
from charter.assertions.gx_duckdb import keep_duckdb_connected, quote_words_of_duckdb
from charter.assertions.suites import SuiteDefinition
from charter.assertions.validations import as_kept, not_validated

# Importing the classes registers them under the types that the suites name.
assert ExpectCountedRowsToHold.__name__
assert ExpectCountedRowsToHoldWithinBounds.__name__

COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Finding:
    """What one check found: rows looked at, rows that do not hold, and whether that is still within the target.

    ``certain`` is False where it is so only if things that are not known went well.
    """

    evaluated: int
    unexpected: int
    success: bool
    certain: bool = True


NOTHING = Finding(evaluated=0, unexpected=0, success=True)


@dataclass(frozen=True)
class Judgement:
    """What a suite's checks found, by name, and what Great Expectations itself says of it (see ``validations``)."""

    found: Mapping[str, Finding | Fault]
    validation: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """A check that could not be evaluated, and why (without values)."""

    text: str


@contextmanager
def opened_judge(warehouse: Path) -> Iterator[Judge]:
    """A judge over the DuckDB file ``warehouse``, opened read-only and closed at the end."""
    keep_duckdb_connected()
    quote_words_of_duckdb()
    with quiet():
        context = gx.get_context(mode="ephemeral", project_config=_in_memory())
        source = context.data_sources.add_sql(
            name="warehouse", connection_string=f"duckdb:///{warehouse}?access_mode=read_only"
        )
        try:
            yield Judge(source)
        finally:
            _close(source)


def _in_memory() -> DataContextConfig:
    """No folder, no report to anybody, and no data docs: their pages would load things from the internet."""
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


class Judge:
    """Evaluates suites over one warehouse."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def evaluate(self, suite: SuiteDefinition, query: str | None = None) -> Judgement:
        """What every check of ``suite`` found. ``query`` is the counting query, when the suite has one.

        Never raises: whatever goes wrong is the Fault of the checks that it concerns.
        """
        try:
            validated = self._validate(suite, query)
        except Exception as error:
            text = fault_text(str(error))
            return Judgement({check.name: Fault(text) for check in suite.checks}, not_validated(suite, text))
        finally:
            _end_transaction(self._source)
        by_name = {result.expectation_config.meta["name"]: result for result in validated.results}
        found = {
            check.name: _found(by_name[check.name]) if check.name in by_name else Fault("the check gave no result")
            for check in suite.checks
        }
        return Judgement(found, as_kept(validated.to_json_dict()))

    def _validate(self, suite: SuiteDefinition, query: str | None) -> Any:
        # A table asset would have its columns reflected, at 50 ms a table; a query does not.
        asset = self._source.add_query_asset(name=suite.name, query=query or f"SELECT * FROM {suite.table}")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        return batch.validate(gx.ExpectationSuite(**suite.as_gx()), result_format=COUNTS_ONLY)


def _found(result: Any) -> Finding | Fault:
    if (fault := raised_fault(result.exception_info)) is not None:
        return Fault(fault)
    counts: Mapping[str, Any] = result.result
    if counts.get("element_count") is None:
        return Fault("the check gave no counts")
    evaluated = int(counts["element_count"])
    if result.expectation_config.type != "expect_column_values_to_not_be_null":
        evaluated -= int(counts.get("missing_count") or 0)
    if result.expectation_config.type == "expect_counted_rows_to_hold_within_bounds":
        return Finding(evaluated, int(counts["unexpected_count"]), bool(result.success), bool(counts["observed_value"]))
    # Of no rows Great Expectations gives no count of unexpected ones.
    return Finding(evaluated, int(counts["unexpected_count"]), bool(result.success)) if evaluated else NOTHING


def _end_transaction(source: Any) -> None:
    """An error ends the engine's transaction: without a new one every later suite would fail, too."""
    connection = source.get_execution_engine()._connection
    if connection is not None:
        connection.rollback()


def _close(source: Any) -> None:
    """Lets go of the file: a kept connection would lock out the writer of the results."""
    engine = source.get_execution_engine()
    if engine._connection is not None:
        engine._connection.close()
    engine.close()
    source.get_engine().dispose()


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps tracebacks, which may quote data, out of the log: what matters of them is in the Faults."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)

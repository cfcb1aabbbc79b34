"""The two judgements agree, and the warehouse's accounts add up."""

from __future__ import annotations

from collections.abc import Sequence

from charter.assertions.figures import landed_figures
from charter.assertions.suites import Check, SuiteDefinition
from charter.assertions.threshold import own_targets
from charter.definitions.models import Agency
from charter.words import Words

_COMMITMENTS = "marts.fct_commitments"

# The keys of sql/columns.sql and sql/commitments.sql: what each asserts of every commitment stands in the catalogue.
_OF_COLUMNS = (
    *("commitment_id/unique", "commitment_id/not_null", "standard_id/not_null", "standard_id/in_set"),
    *("department_id/not_null", "department_id/in_set", "status/not_null", "status/in_set"),
)
_OF_COMMITMENTS = ("has_rule_part", "decided_by_as_of", "decided_unless_pending", "exclusion_has_rule")


def agreement_suites(agency: Agency, words: Words) -> list[SuiteDefinition]:
    """Suites on the commitments themselves, on their status, and on the marts that sum them up."""
    return [
        _of_commitments(agency, words, "columns", _OF_COLUMNS),
        _of_commitments(agency, words, "commitments", _OF_COMMITMENTS),
        _per_standard(agency, words, "status"),
        _per_standard(agency, words, "accounting"),
        _per_standard(agency, words, "daily", about_table="marts.compliance_daily"),
        _per_standard(agency, words, "results", about_table="marts.standard_results"),
        *_targets_suite(agency, words),
        _row_fates_suite(agency, words),
        *_figures_suite(agency, words),
    ]


def _targets_suite(agency: Agency, words: Words) -> list[SuiteDefinition]:
    """None where no part has a target of its own."""
    standards = list(dict.fromkeys(standard_id for standard_id, *_ in own_targets(agency)))
    if not standards:
        return []
    return [_per_standard(agency, words, "targets", about_table="marts.target_results", standards=standards)]


def _figures_suite(agency: Agency, words: Words) -> list[SuiteDefinition]:
    """None where no figure follows from one landed table by itself."""
    standards = list(dict.fromkeys(each.standard_id for each in landed_figures(agency)))
    if not standards:
        return []
    return [_per_standard(agency, words, "figures", about_table="marts.measured_figures", standards=standards)]


def _row_fates_suite(agency: Agency, words: Words) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name="agreement_row_fates",
        kind="agreement",
        notes=words("check.suite.row_fates"),
        query="row_fates",
        about_table="marts.row_fates",
        checks=tuple(
            _counted(name, words("check.row_fates", table=name))
            for name, subject in agency.subjects.items()
            if subject.landed
        ),
    )


def _counted(key: str, description: str, standard_id: str | None = None) -> Check:
    kwargs = {"key": key, "targets": {"*": 1.0}}
    return Check(key, "expect_counted_rows_to_hold", kwargs, description, standard_id=standard_id)


def _of_commitments(agency: Agency, words: Words, query: str, keys: tuple[str, ...]) -> SuiteDefinition:
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name=f"agreement_{query}",
        kind="agreement",
        notes=words(f"check.suite.{query}"),
        query=query,
        about_table=_COMMITMENTS,
        checks=tuple(_counted(key, words(f"check.{query}.{key}")) for key in keys),
    )


def _per_standard(
    agency: Agency, words: Words, query: str, about_table: str = _COMMITMENTS, standards: Sequence[str] | None = None
) -> SuiteDefinition:
    """One check for each of ``standards``, by default for every standard of the charter."""
    named = [standard.id for standard in agency.charter.standards] if standards is None else standards
    description = words(f"check.standard.{query}")
    return SuiteDefinition(
        agency_id=agency.charter.id,
        name=f"agreement_{query}",
        kind="agreement",
        notes=words(f"check.suite.{query}"),
        query=query,
        about_table=about_table,
        checks=tuple(_counted(name, f"{name}: {description}", name) for name in named),
    )

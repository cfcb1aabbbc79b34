"""The matrix as the charter's folder alone gives it: every clause traced forward, every expectation traced back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from charter.assertions import build_suites
from charter.assertions.suites import Check, SuiteDefinition
from charter.audit.matrix.measured import models_of, tables_of
from charter.audit.matrix.rows import CheckEntry, Matrix, MatrixRow, PlaceEntry, TargetEntry, Untraced
from charter.definitions.models import Agency, Rule, Standard
from charter.definitions.waivers import WAIVERS
from charter.report.site.editions import Edition


def trace(agency: Agency, edition: Edition, on: date | None = None) -> Matrix:
    """Every rule version and expectation of ``agency``, without results, in the edition's language.

    Checks are worded by the rules in force on the date ``on``, by default the newest.
    """
    words = edition.words
    rows = [_row(agency, edition, standard, rule) for standard in agency.charter.standards for rule in standard.rules]
    checks = [_check(suite, check, rows) for suite in build_suites(agency, words, on) for check in suite.checks]
    by_row: dict[str, list[str]] = {row.name: [] for row in rows}
    for entry in checks:
        for name in entry.rows:
            by_row[name].append(entry.name)
    traced = tuple(row.model_copy(update={"checks": tuple(by_row[row.name])}) for row in rows)
    return Matrix(
        charter_id=agency.charter.id,
        charter_version=agency.charter.version,
        language=words.language,
        night=None,
        rows=traced,
        checks=tuple(checks),
        untraced=tuple(_untraced(agency, traced, checks)),
    )


def row_name(standard_id: str, version: int) -> str:
    """What a row of the matrix is called: standard and version of its rule (``…/v1``)."""
    return f"{standard_id}/v{version}"


def _row(agency: Agency, edition: Edition, standard: Standard, rule: Rule[Any]) -> MatrixRow:
    words = edition.words
    pledge = next(each for each in agency.charter.pledges if each.id == standard.pledge)
    return MatrixRow(
        name=row_name(standard.id, rule.version),
        citation=standard.citation,
        section=standard.heading,
        pledge_id=pledge.id,
        pledge=words.pick(pledge.text.root),
        standard_id=standard.id,
        standard=words.pick(standard.text.root),
        kind=standard.kind,
        rule_version=rule.version,
        effective_from=rule.effective_from,
        effective_to=rule.effective_to,
        basis=rule.basis,
        threshold=words.pick(rule.threshold.root),
        targets=tuple(TargetEntry(part=part or "", share=share) for part, share in rule.targets.items()),
        tables=tables_of(agency, rule),
        models=models_of(agency, standard, rule),
        checks=(),
        places=tuple(_places(agency, edition, standard, rule)),
    )


def _places(agency: Agency, edition: Edition, standard: Standard, rule: Rule[Any]) -> Iterator[PlaceEntry]:
    words = edition.words
    pledge = next(words.pick(each.text.root) for each in agency.charter.pledges if each.id == standard.pledge)
    title = words.pick(standard.text.root)
    standards = words("label.standards")
    yield PlaceEntry(
        kind="site", title=words("site.index"), section=f"{pledge} · {title}", href=f"index{edition.ending}"
    )
    yield PlaceEntry(kind="site", title=title, section="", href=f"standards/{standard.id}{edition.ending}")
    agency_report = words("site.agency_report")
    yield PlaceEntry(kind="agency_report", title=agency_report, section=f"{standards} · {pledge}")
    owner = next((each for each in agency.organisation.departments if each.id == rule.owner.department), None)
    whose = (
        words("matrix.report_of", department=words.pick(owner.name.root)) if owner else words("matrix.report_of_each")
    )
    yield PlaceEntry(kind="department_report", title=whose, section=standards, department_id=owner.id if owner else "")


def _check(suite: SuiteDefinition, check: Check, rows: Sequence[MatrixRow]) -> CheckEntry:
    return CheckEntry(
        name=f"{suite.name}/{check.name}",
        suite=suite.name,
        check=check.name,
        kind=suite.kind,
        description=check.description,
        severity=check.severity,
        rows=tuple(row.name for row in rows if _rests_on(row, suite, check)),
    )


def _rests_on(row: MatrixRow, suite: SuiteDefinition, check: Check) -> bool:
    """Whether a row's figure rests on what the check says."""
    tables = {entry.table for entry in row.tables}
    if check.standard_id is not None:
        return row.standard_id == check.standard_id
    if suite.kind == "contract" and suite.table is not None:
        return suite.table.removeprefix("raw.") in tables
    if suite.kind == "contract":
        return check.source_id in row.sources
    # Of the accounts of rows each check is of one table; the others are of every commitment.
    return check.name in tables if suite.query == "row_fates" else True


def _untraced(agency: Agency, rows: Iterable[MatrixRow], checks: Iterable[CheckEntry]) -> Iterator[Untraced]:
    """What of the charter's folder is in no row: nothing, in a folder of which everything serves a promise."""
    rows = list(rows)
    pledges = {row.pledge_id for row in rows}
    standards = {row.standard_id for row in rows}
    tables = {entry.table for row in rows for entry in row.tables}
    sources = {source for row in rows for source in row.sources}
    yield from (Untraced(kind="pledge", name=each.id) for each in agency.charter.pledges if each.id not in pledges)
    yield from (
        Untraced(kind="standard", name=each.id) for each in agency.charter.standards if each.id not in standards
    )
    yield from (Untraced(kind="source", name=each.id) for each in agency.sources if each.id not in sources)
    yield from (
        Untraced(kind="table", name=name)
        for name, subject in agency.subjects.items()
        if subject.landed and name not in tables and name != WAIVERS
    )
    yield from (Untraced(kind="expectation", name=each.name) for each in checks if not each.rows)

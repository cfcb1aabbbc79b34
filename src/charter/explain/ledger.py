"""Reads the published warehouse for explanations: commitments, rules, departments, exclusions, ownership."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from charter.base.settings import Settings
from charter.definitions.document import Document
from charter.definitions.load import charter_document
from charter.definitions.models import Agency
from charter.explain.models import (
    CommitmentTold,
    ExclusionTold,
    RestatementTold,
    RuleTold,
    StepTold,
    StretchTold,
)
from charter.report.facts.figures import read_departments
from charter.report.facts.models import Department, Texts
from charter.report.facts.warehouse import Warehouse, aware

_COMMITMENT = ", ".join(CommitmentTold.model_fields)
# Breached ones first, then by the day on which they count.
_ORDER = """
    CASE status WHEN 'breached' THEN 0 WHEN 'excluded' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END,
    decided_on, commitment_id
"""


class Ledger:
    """The published warehouse, with the charter's folder for the places of its rules."""

    def __init__(self, settings: Settings, agency: Agency, warehouse: Warehouse) -> None:
        self.agency = agency
        self.warehouse = warehouse
        self._settings = settings
        self._folder = settings.charter_dir.parent.name
        self.departments = self._departments()
        self._rules: dict[str, list[RuleTold]] = {}

    def commitments(self, where: str, values: Sequence[Any], most: int) -> list[CommitmentTold]:
        """The first commitments that meet ``where`` (SQL over marts.fct_commitments), breached ones first."""
        rows = self.warehouse.rows(
            f"SELECT {_COMMITMENT} FROM marts.fct_commitments WHERE {where} ORDER BY {_ORDER} LIMIT {most}",
            list(values),
        )
        return [_commitment(row) for row in rows]

    def count(self, where: str, values: Sequence[Any]) -> int:
        """How many commitments meet ``where``."""
        return int(self.warehouse.rows(f"SELECT count(*) FROM marts.fct_commitments WHERE {where}", list(values))[0][0])

    def rules(self, standard_id: str) -> list[RuleTold]:
        """Every version of a standard's rule, the oldest first; none where the warehouse has no such standard."""
        if standard_id not in self._rules:
            self._rules[standard_id] = self._read_rules(standard_id)
        return self._rules[standard_id]

    def _read_rules(self, standard_id: str) -> list[RuleTold]:
        texts = self.warehouse.texts
        rows = self.warehouse.rows(
            f"""
            SELECT rule_version, citation, section, {texts("text")}, {texts("pledge")}, {texts("threshold")}, basis,
                   {texts("basis_note")}, clock, kind, target, effective_from, effective_to
            FROM marts.dim_standard WHERE standard_id = ? ORDER BY rule_version
            """,
            [standard_id],
        )
        return [self._rule(standard_id, row) for row in rows]

    def part_text(self, standard_id: str, version: int, part: str) -> tuple[Texts, str]:
        """A part's words and how its measured value must stand to its limit (``<=``)."""
        rows = self.warehouse.rows(
            f"""
            SELECT {self.warehouse.texts("part")}, comparison FROM marts.dim_rule_part
            WHERE standard_id = ? AND rule_version = ? AND part = ?
            """,
            [standard_id, version, part],
        )
        return ({language: text for language, text in rows[0][0].items() if text}, rows[0][1]) if rows else ({}, "")

    def department(self, department_id: str | None) -> Texts:
        """A department's name as known last; the agency's own for None, and for one that is not known no name."""
        if department_id is None:
            return self.warehouse.run.agency_name
        found = self.departments.get(department_id)
        return found.name if found is not None else {}

    def owners(self, tables: Sequence[str], subject_id: str) -> tuple[StretchTold, ...]:
        """Who owned a subject of one of these tables, in order."""
        rows = self.warehouse.rows(
            """
            SELECT department_id, owned_from, owned_until FROM marts.ownership
            WHERE list_contains(?, subject_table) AND subject_id = ? ORDER BY owned_from
            """,
            [list(tables), subject_id],
        )
        return tuple(
            StretchTold(
                department_id=department,
                department=self.department(department),
                owned_from=aware(owned_from),
                owned_until=aware(owned_until) if owned_until else None,
            )
            for department, owned_from, owned_until in rows
        )

    def exclusion(self, rule: str, count: int = 0) -> ExclusionTold:
        """A rule or a waiver that takes commitments out."""
        rows = self.warehouse.rows(
            f"SELECT {self.warehouse.texts('text')}, approver FROM marts.dim_exclusion WHERE exclusion_rule = ?", [rule]
        )
        text, approver = rows[0] if rows else ({}, "")
        return ExclusionTold(
            rule=rule,
            text={language: said for language, said in text.items() if said},
            approver=approver or "",
            count=count,
        )

    def measured_figure(self, commitment_id: str, name: str) -> list[StepTold]:
        """What the figure of a measure is made of: its numerator and denominator; nothing where none was taken."""
        rows = self.warehouse.rows(
            "SELECT numerator, denominator FROM marts.measured_figures WHERE commitment_id = ?", [commitment_id]
        )
        return [StepTold(kind="figure", amount=above, total=below, what=name) for above, below in rows]

    def restatements(self, commitment_id: str) -> tuple[RestatementTold, ...]:
        """The closed weeks that say otherwise of a commitment."""
        rows = self.warehouse.rows(
            """
            SELECT week_start, closed_at, before_status, after_status, cause FROM marts.restatements
            WHERE commitment_id = ? ORDER BY week_start
            """,
            [commitment_id],
        )
        return tuple(
            RestatementTold(
                week="{}-W{:02d}".format(*week.isocalendar()[:2]),
                closed_at=aware(closed_at),
                before=before,
                after=after,
                cause=cause,
            )
            for week, closed_at, before, after, cause in rows
        )

    def _rule(self, standard_id: str, row: Sequence[Any]) -> RuleTold:
        version, citation, section, text, pledge, threshold, basis, note, clock, kind, target, since, until = row
        targets = self.warehouse.rows(
            """
            SELECT part, target FROM marts.dim_rule_part
            WHERE standard_id = ? AND rule_version = ? AND target IS NOT NULL ORDER BY part
            """,
            [standard_id, version],
        )
        return RuleTold(
            standard_id=standard_id,
            version=version,
            citation=citation,
            section=section,
            text=_filled(text),
            pledge=_filled(pledge),
            threshold=_filled(threshold),
            basis=basis,
            basis_note=_filled(note),
            clock=clock,
            kind=kind,
            target=target,
            targets=dict(targets),
            effective_from=since,
            effective_to=until,
            place=self._place(standard_id, version),
        )

    def _place(self, standard_id: str, version: int) -> str:
        """File and line of a rule; of the file alone where the folder knows no such rule any more."""
        for number, standard in enumerate(self.agency.charter.standards):
            versions = [rule.version for rule in standard.rules]
            if standard.id == standard_id and version in versions:
                at = self._charter.place(("standards", number, "rules", versions.index(version)))
                return f"{self._folder}/{at}"
        return f"{self._folder}/{self._charter.name}"

    @cached_property
    def _charter(self) -> Document:
        return charter_document(self._settings.charter_dir)

    def _departments(self) -> dict[str, Department]:
        return read_departments(self.warehouse, date.max)


def _commitment(row: Sequence[Any]) -> CommitmentTold:
    values = dict(zip(CommitmentTold.model_fields, row, strict=True))
    return CommitmentTold.model_validate(
        {name: aware(value) if isinstance(value, datetime) else value for name, value in values.items()}
    )


def _filled(texts: Texts) -> Texts:
    return {language: text for language, text in texts.items() if text}

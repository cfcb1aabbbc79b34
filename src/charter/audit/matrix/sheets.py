"""The matrix as sheets of a workbook: the clauses, what each is measured on, the checks, and what has no row."""

from __future__ import annotations

from collections.abc import Iterable

from charter.audit.matrix.rows import Matrix, MatrixRow, PlaceEntry, TableEntry
from charter.report.view.sheets import Cell, CellKind, Column, Sheet
from charter.words import Words


def matrix_sheets(matrix: Matrix, words: Words) -> tuple[Sheet, ...]:
    """The sheets, in the words of one language."""
    makers = _Sheets(matrix, words)
    return makers.clauses(), makers.tables(), makers.checks(), makers.untraced()


# Each heading's key under ``audit.column`` in the catalogue, its width and its kind.
_Headings = tuple[tuple[str, int, CellKind], ...]
_CLAUSES: _Headings = (
    ("citation", 22, "text"),
    ("section", 18, "text"),
    ("pledge", 24, "text"),
    ("standard_id", 22, "text"),
    ("standard", 44, "text"),
    ("rule_version", 9, "number"),
    ("effective_from", 12, "date"),
    ("effective_to", 12, "date"),
    ("threshold", 30, "text"),
    ("target", 14, "text"),
    ("sources", 20, "text"),
    ("tables", 20, "text"),
    ("models", 32, "text"),
    ("checks", 9, "number"),
    ("checks_not_kept", 9, "number"),
    ("shown_in", 40, "text"),
    ("figure", 28, "text"),
    ("period_start", 12, "date"),
    ("period_end", 12, "date"),
    ("result", 14, "text"),
    ("met", 9, "number"),
    ("breached", 9, "number"),
    ("pending", 9, "number"),
    ("excluded", 9, "number"),
    ("share", 10, "share"),
    ("night", 17, "moment"),
)
_TABLES: _Headings = (
    ("citation", 22, "text"),
    ("standard_id", 22, "text"),
    ("rule_version", 9, "number"),
    ("role", 26, "text"),
    ("sources", 20, "text"),
    ("table", 20, "text"),
    ("columns", 60, "text"),
    ("model", 24, "text"),
)
_CHECKS: _Headings = (
    ("citation", 22, "text"),
    ("standard_id", 22, "text"),
    ("rule_version", 9, "number"),
    ("suite", 26, "text"),
    ("check", 30, "text"),
    ("check_kind", 14, "text"),
    ("description", 60, "text"),
    ("severity", 12, "text"),
    ("result", 14, "text"),
    ("evaluated", 10, "number"),
    ("unexpected", 10, "number"),
    ("night", 17, "moment"),
)
_UNTRACED: _Headings = (("what", 18, "text"), ("name", 40, "text"))


class _Sheets:
    def __init__(self, matrix: Matrix, words: Words) -> None:
        self._matrix = matrix
        self._words = words
        self._checks = {check.name: check for check in matrix.checks}

    def clauses(self) -> Sheet:
        return self._sheet("clauses", _CLAUSES, (self._clause(row) for row in self._matrix.rows))

    def _clause(self, row: MatrixRow) -> tuple[Cell, ...]:
        last, words = row.last, self._words
        not_kept = [name for name in row.checks if self._checks[name].outcome not in ("kept", "nothing_due", None)]
        what = (
            *(row.citation, row.section, row.pledge, row.standard_id, row.standard),
            *(row.rule_version, row.effective_from, row.effective_to, row.threshold),
            "\n".join(f"{each.part} {words.target(each.share)}".strip() for each in row.targets),
            *("\n".join(row.sources), "\n".join(each.table for each in row.tables), "\n".join(row.models)),
            *(len(row.checks), len(not_kept) if self._matrix.night else None),
            "\n".join(place_text(each) for each in row.places),
        )
        if last is None:
            return (*what, *(None for _ in range(len(_CLAUSES) - len(what))))
        counted = last.met + last.breached
        return (
            *what,
            *(last.figure, last.period_start, last.period_end, words(f"result.{last.result}")),
            *(last.met, last.breached, last.pending, last.excluded),
            last.met / counted if counted else None,
            last.night,
        )

    def tables(self) -> Sheet:
        rows = (
            (row.citation, row.standard_id, row.rule_version, *self._table(entry))
            for row in self._matrix.rows
            for entry in row.tables
        )
        return self._sheet("tables", _TABLES, rows)

    def _table(self, entry: TableEntry) -> tuple[Cell, ...]:
        role = self._words(f"matrix.role.{entry.role}")
        return role, "\n".join(entry.sources), entry.table, "\n".join(entry.columns), entry.model

    def checks(self) -> Sheet:
        rows = (
            (row.citation, row.standard_id, row.rule_version, *self._check(name))
            for row in self._matrix.rows
            for name in row.checks
        )
        return self._sheet("checks", _CHECKS, rows)

    def _check(self, name: str) -> tuple[Cell, ...]:
        check, words = self._checks[name], self._words
        return (
            *(check.suite, check.check, words(f"site.expectation_kind_{check.kind}"), check.description),
            words.or_else(f"site.severity_{check.severity}", check.severity),
            words(f"result.{check.outcome}") if check.outcome else words("matrix.not_asked"),
            *(check.evaluated, check.unexpected, self._matrix.night),
        )

    def untraced(self) -> Sheet:
        found = self._matrix.untraced
        rows = ((self._words(f"matrix.kind.{each.kind}"), each.name) for each in found)
        return self._sheet("untraced", _UNTRACED, rows if found else [(self._words("matrix.complete"), "")])

    def _sheet(self, name: str, columns: _Headings, rows: Iterable[tuple[Cell, ...]]) -> Sheet:
        words = self._words
        headings = tuple(Column(words(f"audit.column.{key}"), width, kind) for key, width, kind in columns)
        return Sheet(words(f"matrix.sheet.{name}"), headings, tuple(rows))


def place_text(place: PlaceEntry) -> str:
    """Where a figure is shown, in a line."""
    return " · ".join(filter(None, [place.title, place.section]))

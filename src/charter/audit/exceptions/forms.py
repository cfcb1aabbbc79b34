"""The register of exceptions as JSON and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable

from charter.audit.exceptions.read import read_register
from charter.audit.exceptions.rows import Register, Tally
from charter.base.languages import direction
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.warehouse import open_warehouse
from charter.report.render.workbook import workbook
from charter.report.view.sheets import Cell, CellKind, Column, Sheet
from charter.words import Words

# Each heading's key under ``audit.column`` in the catalogue, its width and its kind.
_Headings = tuple[tuple[str, int, CellKind], ...]
_WAIVERS: _Headings = (
    ("waiver", 18, "text"),
    ("state", 16, "text"),
    ("standard_id", 22, "text"),
    ("standard", 40, "text"),
    ("department", 24, "text"),
    ("case", 22, "text"),
    ("from_on", 12, "date"),
    ("to_on", 12, "date"),
    ("reason", 44, "text"),
    ("approver", 24, "text"),
    ("decided_at", 17, "moment"),
    ("excused", 10, "number"),
    ("covered", 10, "number"),
    ("judged_again", 10, "number"),
    ("first_on", 12, "date"),
    ("last_on", 12, "date"),
    ("findings", 40, "text"),
    ("versions", 10, "number"),
    ("first_known_at", 17, "moment"),
    ("ended_at", 17, "moment"),
    ("source", 18, "text"),
    ("origin", 34, "text"),
)
_USES: _Headings = (
    ("rule", 26, "text"),
    ("reason", 44, "text"),
    ("approver", 24, "text"),
    ("standard_id", 22, "text"),
    ("standard", 40, "text"),
    ("department", 24, "text"),
    ("excused", 10, "number"),
    ("first_on", 12, "date"),
    ("last_on", 12, "date"),
)
_TALLIES: _Headings = (
    ("name", 44, "text"),
    ("waivers", 10, "number"),
    ("rules", 10, "number"),
    ("excused", 10, "number"),
)
_REFUSED: _Headings = (
    ("source", 18, "text"),
    ("origin", 34, "text"),
    ("because", 60, "text"),
    ("first_on", 12, "date"),
)


def current_register(settings: Settings, agency: Agency, words: Words) -> Register:
    """The register of the published warehouse. Raises ReportError when nothing was published."""
    with open_warehouse(settings) as warehouse:
        return read_register(settings, agency, words, warehouse)


def register_json(register: Register) -> bytes:
    """The register as JSON; the same register gives the same bytes."""
    return (register.model_dump_json(indent=1) + "\n").encode()


def register_workbook(agency: Agency, words: Words, register: Register) -> bytes:
    """The register as an xlsx file; the same register gives the same bytes."""
    makers = _Sheets(register, words)
    right_to_left = direction(words.language) == "rtl"
    return workbook(makers.all(), agency.zone, register.night, right_to_left=right_to_left)


class _Sheets:
    def __init__(self, register: Register, words: Words) -> None:
        self._register = register
        self._words = words

    def all(self) -> tuple[Sheet, ...]:
        register = self._register
        return (
            self._sheet("waivers", _WAIVERS, self._waivers()),
            self._sheet("uses", _USES, self._uses()),
            self._sheet("approvers", _TALLIES, map(_tally, register.approvers)),
            self._sheet("reasons", _TALLIES, map(_tally, register.reasons)),
            self._sheet(
                "refused",
                _REFUSED,
                ((each.source_id, each.origin, each.because, each.first_on) for each in register.refused),
            ),
        )

    def _waivers(self) -> Iterable[tuple[Cell, ...]]:
        words = self._words
        for each in self._register.waivers:
            yield (
                *(each.waiver_id, words(f"exceptions.state.{each.state}"), each.standard_id, each.standard),
                *(each.department, each.subject_id or words("exceptions.all"), each.from_on, each.to_on),
                *(each.reason, each.approver, each.decided_at),
                *(each.commitments, each.covered, each.judged_again, each.first_on, each.last_on),
                "\n".join(words(f"exceptions.finding.{name}") for name in each.findings),
                *(each.version_count, each.first_known_at, each.ended_at, each.source_id, each.origin),
            )

    def _uses(self) -> Iterable[tuple[Cell, ...]]:
        for each in (*self._register.waivers, *self._register.rules):
            for use in each.uses:
                yield (
                    *(each.rule, each.reason, each.approver, use.standard_id, use.standard, use.department),
                    *(use.commitments, use.first_on, use.last_on),
                )

    def _sheet(self, name: str, headings: _Headings, rows: Iterable[tuple[Cell, ...]]) -> Sheet:
        words = self._words
        columns = tuple(Column(words(f"audit.column.{key}"), width, kind) for key, width, kind in headings)
        return Sheet(words(f"exceptions.sheet.{name}"), columns, tuple(rows))


def _tally(tally: Tally) -> tuple[Cell, ...]:
    return tally.name, tally.waivers, tally.rules, tally.commitments

"""An explanation in words: sections of lines and tables, ready to be laid out. And what all of them say alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from charter.base.agencies import in_own_commands
from charter.explain.models import Cell, CheckHistory, CommitmentTold, SealTold, TestTold, VersionTold
from charter.report.facts.models import Texts
from charter.report.view.phrases import Phrases, from_source
from charter.words import Words


@dataclass(frozen=True)
class Table:
    """A table with a head; ``rest`` says what was left out. ``anchors`` name its rows, for links to lead to."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rest: str = ""
    anchors: tuple[str, ...] = ()

    def anchor(self, number: int) -> str:
        """The anchor of row ``number``, from 0; empty where it has none."""
        return self.anchors[number] if number < len(self.anchors) else ""


@dataclass(frozen=True)
class Section:
    """A heading, lines, and then perhaps a table."""

    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Document:
    """An explanation in the words of one language. ``lead`` is what a reader wants first."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    language: str
    is_right_to_left: bool


class Saying:
    """The words and the clock of an explanation's readers."""

    def __init__(self, words: Words, time_zone: str) -> None:
        self.words = words
        self.phrases = Phrases(words, ZoneInfo(time_zone))

    def document(self, title: str, lead: Iterable[str], sections: Iterable[Section]) -> Document:
        """The explanation without the sections that have nothing to say."""
        said = tuple(
            replace(section, lines=tuple(map(in_own_commands, section.lines)))
            for section in sections
            if section.lines or (section.table and section.table.rows)
        )
        right_to_left = self.words.locale.text_direction == "rtl"
        return Document(title, tuple(filter(None, lead)), said, self.words.language, right_to_left)

    def text(self, texts: Texts) -> str:
        """What the agency wrote, in this language or named in another."""
        return self.words.pick(texts) if texts else ""

    def moment(self, instant: datetime | None) -> str:
        """An instant to the second, by the agency's clock: arithmetic is followed to the second."""
        if instant is None:
            return "–"
        local = instant.astimezone(self.phrases.zone)
        shown = f"{local:%Y-%m-%d %H:%M:%S}"
        return f"{shown}.{local:%f}" if local.microsecond else shown

    def day(self, day: date | None) -> str:
        return "–" if day is None else f"{day:%Y-%m-%d} ({self._weekday(day)})"

    def cell(self, value: Cell) -> str:
        """What a row says in a column; ∅ where it is empty."""
        if value is None:
            return "∅"
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, bool):
            return str(value).lower()
        return from_source(str(value))

    def number(self, number: float | None) -> str:
        if number is None:
            return "–"
        return str(self.phrases.decimal(number, 0 if number == int(number) else 3))

    def measure(self, number: float | None, unit: str) -> str:
        """A measured value to the thousandth, with its unit."""
        if number is None:
            return "–"
        key, shown = f"unit.{unit}", self.phrases.decimal(number, 0 if number == int(number) else 3)
        return self.words(key, number=shown) if key in self.words else f"{shown} {unit}"

    def department(self, department_id: str | None, name: Texts) -> str:
        named = self.text(name)
        return named or department_id or self.words("department.unknown")

    def tests(self, tests: Sequence[TestTold]) -> list[str]:
        """Each condition, what the row says, and whether it holds."""
        return [
            self.words(
                f"explain.test.{'holds' if test.holds else 'fails'}",
                condition=from_source(test.condition),
                value=self.cell(test.value),
            )
            for test in tests
        ]

    def commitments(self, told: Sequence[CommitmentTold], of: int, until: date | None = None) -> Table:
        """Commitments as a table, the name of each first; what was decided after ``until`` was open then."""
        head = ("commitment", "status", "opened", "due", "fulfilled", "measured", "limit", "department")
        rows = tuple(
            (
                from_source(each.commitment_id),
                self.status(each, until),
                self.moment(each.opened_at),
                self.moment(each.due_at),
                self.moment(each.fulfilled_at),
                self.measure(each.measured_value, each.unit),
                self.measure(each.limit_value, each.unit),
                each.department_id,
            )
            for each in told
        )
        rest = self.words("explain.more", count=self.phrases.whole(of - len(told))) if of > len(told) else ""
        return Table(tuple(self.words(f"explain.column.{name}") for name in head), rows, rest)

    def status(self, told: CommitmentTold, until: date | None = None) -> str:
        """A commitment's status with the rule that took it out; of one that was open at the end of ``until``, that."""
        said = self.words(f"status.{told.status}")
        said = f"{said} ({told.exclusion_rule})" if told.exclusion_rule else said
        if until is not None and told.decided_on is not None and told.decided_on > until:
            return self.words("explain.open_then", pending=self.words("status.pending"), status=said)
        return said

    def versions(self, versions: Sequence[VersionTold], of: int | None = None) -> Table:
        """Versions of rows: where each stood, when it came, the file that holds it, and the seal of that file."""
        head = ("row", "known_at", "origin", "file", "seal")
        rows = tuple(
            (
                f"{version.table}/{from_source(version.key)}" + ("" if version.is_used else " ↺"),
                self.moment(version.known_at) + (f" {self.words('explain.deleted')}" if version.is_deletion else ""),
                from_source(version.origin),
                version.file,
                version.seal or self.words("explain.unsealed"),
            )
            for version in versions
        )
        more = (of or 0) - len(versions)
        rest = self.words("explain.more_rows", count=self.phrases.whole(more)) if more > 0 else ""
        superseded = any(not version.is_used for version in versions)
        note = self.words("explain.superseded") if superseded else ""
        return Table(tuple(self.words(f"explain.column.{name}") for name in head), rows, rest or note)

    def cells(self, version: VersionTold) -> Table:
        """What a row said, column by column."""
        rows = tuple((column, self.cell(value)) for column, value in version.cells.items())
        return Table((self.words("explain.column.column"), self.words("explain.column.value")), rows)

    def checks(self, checks: Sequence[CheckHistory]) -> Section:
        """The expectations, with the outcome of the newest night and how the nights before ended."""
        head = ("check", "outcome", "judged", "nights", "history")
        rows = tuple(
            (
                each.newest.name,
                self.words(f"result.{each.newest.outcome}"),
                self._judged(each),
                self.phrases.whole(sum(each.outcomes.values())),
                self.phrases.list(
                    [
                        f"{self.words(f'result.{outcome}')} {self.phrases.whole(count)}"
                        for outcome, count in each.outcomes.items()
                    ]
                ),
            )
            for each in checks
        )
        titles = tuple(self.words(f"explain.column.{name}") for name in head)
        lines = (self.words("explain.checks.lead"),) if rows else ()
        return Section(self.words("explain.checks.title"), lines, Table(titles, rows) if rows else None)

    def _judged(self, check: CheckHistory) -> str:
        newest = check.newest
        if newest.evaluated is None:
            return newest.error or "–"
        unexpected = self.phrases.whole(newest.unexpected or 0)
        return f"{unexpected} / {self.phrases.whole(newest.evaluated)}"

    def seal(self, seal: SealTold | None) -> Section:
        """The night's seal, and the code that made the figures."""
        if seal is None:
            return Section(self.words("explain.seal.title"), (self.words("explain.seal.none"),))
        lines = (
            self.words("explain.seal.place", place=seal.place, sequence=seal.sequence),
            self.words("explain.seal.hash", hash=seal.sha256),
            self.words(
                "explain.seal.code",
                version=seal.code_version,
                hash=seal.code_sha256[:16],
                charter=seal.charter_version,
            ),
            self.words("explain.seal.verify"),
        )
        return Section(self.words("explain.seal.title"), lines)

    @cached_property
    def _weekdays(self) -> dict[int, str]:
        names = self.words.locale.days["format"]["abbreviated"]
        return {number: str(name) for number, name in names.items()}

    def _weekday(self, day: date) -> str:
        return self._weekdays[day.weekday()]

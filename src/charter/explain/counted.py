"""The rows behind a promise that counts over many: a slot's activities, what stands on a day, incidents, a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import local_date
from charter.definitions.models import Agency
from charter.definitions.models.parts import letters_and_digits
from charter.explain.clock import months_later
from charter.explain.conditions import day_of, meets
from charter.explain.deadline import measured
from charter.explain.derive import Case, Deriving
from charter.explain.landed import Landed
from charter.explain.ledger import Ledger
from charter.explain.models import CommitmentTold, StepTold
from charter.transform.compile.rule_parts import RulePart

# A register is small, and a day of calls is not. More rows than this are not read: then the walk says so.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Counted:
    """The rows that count for a commitment, and the steps that say so."""

    cases: tuple[Case, ...]
    steps: tuple[StepTold, ...]


class Counting:
    """Counts what a slot or a day has, as of the published night."""

    def __init__(self, agency: Agency, ledger: Ledger, landed: Landed, deriving: Deriving, today: date) -> None:
        self._agency = agency
        self._ledger = ledger
        self._landed = landed
        self._deriving = deriving
        self._today = today

    def of(self, told: CommitmentTold, part: RulePart) -> Counted:
        """What counts for a commitment of an occurrence, a level, a zero or a measure."""
        first, last = self._days(told, part)
        steps = [StepTold(kind="slot", day=first, until=told.due_at, what=told.subject_id)]
        cases = self._standing(told, part, first) if part.kind == "level" else self._dated(told, part, first, last)
        for number, (day, name) in enumerate(self._listed(cases, part), start=1):
            steps.append(StepTold(kind="counted", day=day, total=number, what=name))
        if part.kind in ("occurrence", "level") and told.limit_value is not None:
            steps.append(StepTold(kind="needed", amount=told.limit_value, unit=told.unit))
        for name in self._missing(cases, part):
            steps.append(StepTold(kind="no_evidence", what=name))
        if part.kind == "measure":
            steps += self._ledger.measured_figure(told.commitment_id, self._figure_of(part))
        if told.fulfilled_at is not None and part.kind in ("occurrence", "measure"):
            steps.append(StepTold(kind="fulfilled", at=told.fulfilled_at))
        steps.append(measured(told, part))
        return Counted(tuple(cases), tuple(steps))

    def _days(self, told: CommitmentTold, part: RulePart) -> tuple[date, date]:
        zone = self._agency.zone
        first = local_date(told.opened_at, zone)
        due = told.due_at or told.opened_at
        last = local_date(due - timedelta(microseconds=1), zone) if due > told.opened_at else first
        if part.rolling_count is None:
            return first, last
        # The window ends with the day of the row that is judged, and reaches back as long as the rule says.
        if part.rolling_unit == "months":
            return months_later(last, -part.rolling_count) + timedelta(days=1), last
        return last - timedelta(days=part.rolling_count - 1), last

    def _dated(self, told: CommitmentTold, part: RulePart, first: date, last: date) -> list[Case]:
        column = part.on or (part.dated.name if part.dated is not None else None)
        if column is None:
            return []
        table = part.subject_table
        base = self._deriving.base_of(table)
        if column in self._agency.subjects[base].columns:
            rows = self._landed.dated(base, column, first, last, MOST_ROWS)
        else:
            rows = self._landed.all_of(base, MOST_ROWS)
        zone, found, cases = self._agency.zone, [], list(self._deriving.of_rows(table, rows))
        unit = self._unit(told, part, cases)
        for case in cases:
            day = day_of(case.cells.get(column), zone)
            if day is None or not first <= day <= last or not meets(part.where, case.cells):
                continue
            if day <= self._today and self._is_its_own(told, part, case, unit):
                found.append(case)
        found.sort(key=lambda case: (str(case.cells.get(column)), case.id))
        if part.rolling_count is None:
            return found
        # What came after the row that is judged is of a later window.
        ids = [case.id for case in found]
        return found[: ids.index(told.subject_id) + 1] if told.subject_id in ids else found

    def _standing(self, told: CommitmentTold, part: RulePart, day: date) -> list[Case]:
        """The rows of what stands on the day: of each item the one that says so."""
        assert part.starts is not None and part.item is not None
        zone = self._agency.zone
        rows = self._landed.all_of(self._deriving.base_of(part.subject_table), MOST_ROWS)
        begun: dict[str, list[Case]] = {}
        for case in self._deriving.of_rows(part.subject_table, rows):
            starts = day_of(case.cells.get(part.starts), zone)
            item = _item(case, part)
            if starts is None or starts > day or not item or not meets(part.where, case.cells):
                continue
            if self._is_its_own(told, part, case):
                begun.setdefault(item, []).append(case)
        wanted = {letters_and_digits(name) for name in part.every}
        standing = []
        for item, cases in sorted(begun.items()):
            if wanted and item not in wanted:
                continue
            newest = max(cases, key=lambda case: (str(case.cells.get(part.starts or "")), case.id))
            stands = [case for case in cases if self._stands(part, case, newest, day)]
            standing += stands[:1]
        return standing

    def _stands(self, part: RulePart, case: Case, newest: Case, day: date) -> bool:
        zone = self._agency.zone
        if part.valid_days is None:
            ends = day_of(case.cells.get(part.ends or ""), zone)
            return ends is None or ends >= day
        starts = day_of(case.cells.get(part.starts or ""), zone)
        assert starts is not None
        return case is newest and meets(part.standing, case.cells) and day <= starts + timedelta(days=part.valid_days)

    def _unit(self, told: CommitmentTold, part: RulePart, cases: list[Case]) -> str:
        """The value of a measure's column whose rows count; of a rolling window that of the row that is judged."""
        if part.rolling_count is None:
            return told.subject_id.rpartition("/")[0]
        return next((str(case.cells.get(part.per_column or "")) for case in cases if case.id == told.subject_id), "")

    def _is_its_own(self, told: CommitmentTold, part: RulePart, case: Case, unit: str = "") -> bool:
        """Whether a row counts for this commitment, where each department (or value of a column) has its own."""
        if part.per_kind is not None:
            return case.cells.get(part.owner_column or "") == told.department_id
        if part.per_column is not None:
            return str(case.cells.get(part.per_column)) == unit
        return True

    def _figure_of(self, part: RulePart) -> str:
        """A figure as charter.yaml writes it: ``percentile 90 of waited``, ``share``, ``ratio over visits``."""
        tables = {subject.model: name for name, subject in self._agency.subjects.items()}
        is_ranked = part.figure == "percentile" and part.rank_per_mille is not None
        rank = f" {(part.rank_per_mille or 0) / 10:g}" if is_ranked else ""
        of = f" of {part.value}" if part.value is not None else ""
        over = f" over {tables.get(part.over.model, part.over.model)}" if part.over is not None else ""
        among = part.population_model
        return f"{part.figure}{rank}{of}{over}{f' of {tables.get(among, among)}' if among is not None else ''}"

    def _listed(self, cases: list[Case], part: RulePart) -> list[tuple[date | None, str]]:
        column = part.starts or part.on or (part.dated.name if part.dated is not None else "")
        zone = self._agency.zone
        return [(day_of(case.cells.get(column), zone), self._name(case, part)) for case in cases]

    def _name(self, case: Case, part: RulePart) -> str:
        """What a person knows the row by: the item that it stands for, unless that is a pseudonym, or its key."""
        subject = self._agency.subjects[part.subject_table]
        is_shown = part.item is not None and subject.columns[part.item].type != "pseudonym"
        item = case.cells.get(part.item or "") if is_shown else None
        name = case.id if item is None else f"{item} ({case.id})"
        if part.value is not None:
            name = f"{name}: {case.cells.get(part.value)}"
        if part.hits:
            name = f"{'✓' if meets(part.hits, case.cells) else '✗'} {name}"
        return name

    def _missing(self, cases: list[Case], part: RulePart) -> list[str]:
        """The items that a level rule names and that do not stand."""
        if not part.every:
            return []
        there = {_item(case, part) for case in cases}
        return [name for name in part.every if letters_and_digits(name) not in there]


def _item(case: Case, part: RulePart) -> str:
    """What a row of a level stands for, as the rule counts it; empty where it names nothing."""
    value = case.cells.get(part.item or "")
    return letters_and_digits(str(value)) if value is not None else ""

"""What a decision to take promises out, which nobody could read, may mean for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from charter.definitions.waivers import WAIVERS
from charter.extract.corrections.refusals import key_text
from charter.transform.compile.rule_parts import RulePart
from charter.transform.doubt.doubted_case import DoubtedCase
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_reading import RowReading


class PromisesWaived:
    """Promises that a waiver in doubt may take out. ``parts`` are those of each version of a rule."""

    def __init__(self, reading: RowReading, parts: Mapping[tuple[str, int], Sequence[RulePart]]) -> None:
        self._reading = reading
        self._agency = reading.agency
        self._parts = parts

    def by(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        """A decision to take promises out that nobody could read: those that it may mean are in doubt."""
        named = self._reading.cell(doubted, "standard_id") or self._waived_before(doubted)
        subject = self._reading.cell(doubted, "subject_id")
        first = self._reading.day(doubted, "from_on") or self._agency.charter.in_force_from
        for (standard_id, rule_version), parts in self._parts.items():
            if named in (None, standard_id):
                # A key alone may mean a case of any source that feeds the table.
                of_one = subject is not None and not self._is_shared(parts[0])
                yield DoubtedCase(
                    case_id=doubted.id,
                    standard_id=standard_id,
                    rule_version=rule_version,
                    subject_id=subject if of_one else None,
                    department_id=None,
                    any_department=False,
                    by_day=not of_one,
                    may_waive=True,
                    commitments=0,
                    first_day=first,
                    last_day=self._reading.day(doubted, "to_on"),
                )

    def _waived_before(self, doubted: DoubtedRow) -> str | None:
        """The standard of a waiver that landed and still says the same, but for what can't be read; else None."""
        key = key_text(doubted.cells.get(self._agency.subjects[WAIVERS].key))
        landed = self._reading.landed.get((WAIVERS, key or ""))
        if landed is None:
            return None
        before = replace(doubted, cells=landed)
        says_the_same = all(
            self._reading.cell(doubted, name) == self._reading.cell(before, name) for name in doubted.cells
        )
        return str(landed["standard_id"]) if says_the_same and landed["standard_id"] is not None else None

    def _is_shared(self, part: RulePart) -> bool:
        subject = self._agency.subjects[part.subject_table]
        return bool(self._reading.shared.keys() & {part.subject_table, *subject.of})

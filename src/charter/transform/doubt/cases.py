"""What rows in doubt may stand for: the commitments that they put in doubt, or may add.

Such a row is silence of a known size. Its readable cells are taken as true; of a cell that could not be read everything
is held to be possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import KINDS_OF_CASES, Agency, needed_tables
from charter.definitions.waivers import WAIVERS
from charter.lake.receipts import SourceReceipt
from charter.transform.compile.rule_parts import RulePart
from charter.transform.compile.rules import compile_rules
from charter.transform.doubt.doubted_case import DoubtedCase, joined
from charter.transform.doubt.landed_beside import handed_on_keys, named_by_waivers
from charter.transform.doubt.promises_of_cases import PromisesOfCases
from charter.transform.doubt.promises_of_days import PromisesOfDays
from charter.transform.doubt.promises_waived import PromisesWaived
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.row_reading import GONE, UNREAD, RowReading
from charter.transform.doubt.rows import doubted_rows
from charter.transform.doubt.rows_ahead import announcing_columns, dating_columns, promised_columns
from charter.transform.doubt.rows_taken_back import answering_columns, deciding_columns


def doubted_cases(
    settings: Settings, agency: Agency, receipts: Sequence[SourceReceipt], as_of: datetime, known_at: datetime
) -> list[DoubtedCase]:
    """What the rows that stand in doubt at ``known_at`` (aware) may mean for each rule.

    ``receipts`` are those known at ``known_at``. One row for each case and rule version that it may bear on.
    """
    standing = doubted_rows(settings, agency, receipts, as_of, known_at)
    return cases_of(settings, agency, receipts, as_of, known_at, standing) if standing else []


def cases_of(
    settings: Settings,
    agency: Agency,
    receipts: Sequence[SourceReceipt],
    as_of: datetime,
    known_at: datetime,
    standing: Sequence[DoubtedRow],
) -> list[DoubtedCase]:
    """What the rows of ``standing`` may mean for each rule, by their cases."""
    reading = RowReading(settings, agency, receipts, as_of, known_at, standing)
    handed_on = handed_on_keys(settings, agency, known_at, standing)
    promises = _Promises(reading, handed_on, named_by_waivers(settings, agency, as_of, known_at))
    return joined(case for row in standing for case in promises.cases(row))


class _Promises:
    """The promises that rows in doubt bear on, of whatever kind. ``decided`` are the standards and cases that decisions
    in force name."""

    def __init__(
        self, reading: RowReading, handed_on: Collection[tuple[str, str]], decided: Collection[tuple[str, str | None]]
    ) -> None:
        self._agency = reading.agency
        self._parts: dict[tuple[str, int], list[RulePart]] = defaultdict(list)
        for part in compile_rules(reading.agency):
            self._parts[part.standard_id, part.rule_version].append(part)
        self._of_cases = PromisesOfCases(reading, self._parts, handed_on)
        self._of_days = PromisesOfDays(reading)
        self._waived = PromisesWaived(reading, self._parts)
        self._decided = decided

    def cases(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        """What one row may mean for each rule."""
        because = doubted.because
        for case in self._cases(doubted):
            if because in GONE and (case.standard_id, case.subject_id) in self._decided:
                continue
            yield replace(
                case,
                refused=int(because in UNREAD),
                ahead=int(because == "ahead"),
                withdrawn=int(because in GONE),
            )

    def _cases(self, doubted: DoubtedRow) -> Iterator[DoubtedCase]:
        if doubted.table == WAIVERS:
            for waived in self._waived.by(doubted):
                for together in _by_target(self._parts[waived.standard_id, waived.rule_version]):
                    yield replace(waived, target_part=_target_part(together[0]))
        for standard in self._agency.charter.standards:
            for rule in standard.rules:
                if doubted.table in needed_tables(rule, self._agency.subjects):
                    parts = [each for each in self._parts[standard.id, rule.version] if self._bears_on(doubted, each)]
                    for together in _by_target(parts):
                        is_case = together[0].kind in KINDS_OF_CASES
                        case = (self._of_cases if is_case else self._of_days).of(doubted, together)
                        if case is not None:
                            yield replace(case, target_part=_target_part(together[0]))

    def _bears_on(self, doubted: DoubtedRow, part: RulePart) -> bool:
        """Whether what a row says of a date that is not believed, or says no longer, bears on the part."""
        if not doubted.misdated:
            return True
        dates = dating_columns(self._agency, part).get(doubted.table, set())
        dates = dates | deciding_columns(self._agency, part).get(doubted.table, set()) | promised_columns(part)
        dates = dates | announcing_columns(self._agency, part).get(doubted.table, set())
        dates = dates | answering_columns(self._agency, part).get(doubted.table, set())
        if part.subject_table == doubted.table:
            dates = dates | {each.column for each in part.where} | ({part.ends} if part.ends else set())
        return bool(doubted.misdated & dates)


def _by_target(parts: Sequence[RulePart]) -> Iterable[list[RulePart]]:
    """The parts whose commitments count towards one target, together."""
    found: dict[str | None, list[RulePart]] = defaultdict(list)
    for part in parts:
        found[_target_part(part)].append(part)
    return found.values()


def _target_part(part: RulePart) -> str | None:
    return None if part.target is None else part.part

"""Do the properties notice? One small change at a time in the compiled SQL, and the properties run on it.

By hand: ``python -m tests.commitments.mutate [model …]``. Prints every change that nothing noticed. One that changes no
result for any input (an equivalent one) is named in ``EQUIVALENT`` with the reason; any other survivor is a hole in the
tests, and the exit code says so.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tests.commitments import test_deadline, test_inquiries, test_other_kinds
from tests.commitments.agency import build_agency, read_calendars
from tests.commitments.compare import read_world
from tests.commitments.edges import (
    DEPARTMENTS,
    HEARD_ALL,
    OFFICES,
    TICK,
    TIMES,
    Rows,
    clock_changes,
    deadline_parts,
    due_of,
    edge_days,
    known_days,
    on,
    pick,
    seoul,
)
from tests.commitments.expected import Commitment, assert_same, read_commitments
from tests.commitments.reading import DAY, Calendars, Night, Row
from tests.commitments.warehouse import KINDS, Warehouse, compile_models

CHANGES: tuple[tuple[str, str], ...] = (
    (r"<=", "<"),
    (r"<(?![=>])", "<="),
    (r">=", ">"),
    (r"(?<![<>=-])>(?!=)", ">="),
    (r"(?<=\+ )1\b", "0"),
    (r"(?<=- )1\b", "0"),
    (r"(?<=\+ )1\b", "2"),
    (r"(?<=, )1\b", "0"),
    (r"(?<=, )-1\b", "0"),
    (r"-0\.000001", "0"),
    (r"(?<=then )1\b", "0"),
    (r"(?<=then )1\b", "2"),
    (r"(?<=else )2\b", "1"),
    (r"(?<=else )0\b", "1"),
    (r"(?<=then )0\b", "1"),
    (r"(?<=, )0\b", "1"),
    (r"(?<== )1\b", "2"),
    (r"\b100(\.0)?\b", "99"),
    (r"'met'", "'breached'"),
    (r"'breached'", "'met'"),
    (r"'pending'", "'breached'"),
    (r"'excluded'", "'met'"),
    (r"'limit'", "'extended'"),
    (r"'extended'", "'limit'"),
    (r"'promised'", "'limit'"),
    (r"'(seconds|working_seconds)'", "'days'"),
    (r"'(days|months|rolled_months|working_days)'", "'seconds'"),
    (r"'(date|every_day)'", "'other'"),
    (r"'(opened|fulfilled)'", "'other'"),
    (r"'(percent|standing|population)'", "'other'"),
    (r"\bleast\(", "greatest("),
    (r"\bgreatest\(", "least("),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bsum\(", "max("),
    (r"\bis not null\b", "is null"),
    (r"\bis null\b", "is not null"),
    (r"\band (?=[a-z_]+\.)", "and not "),
    (r"\bnot (?=judged|covered)", ""),
    (r"\bleft join\b", "inner join"),
    (r"\bdesc\b", "asc"),
)

# Model, what the line looks like as it becomes (a pattern: zones have several spellings), and why nothing can tell.
EQUIVALENT: tuple[tuple[str, str, str], ...] = (
    (
        "due_calendar",
        r"^and \(clocked\.fulfilled_at is null or version\.superseded_at <= clocked\.fulfilled_at\), false$",
        "no later version was known before that fulfilment, so that the chain has one link",
    ),
    (
        "due_calendar",
        r"^max\(case when may_be_extended and extended_at <= next_known_at then 1 else 0 end\) over \($",
        "what is extended as a version becomes known is so under that version, too, which ends no earlier",
    ),
    (
        "due_calendar",
        r"^and openings\.version <= later\.version$",
        "the opening's version again changes nothing",
    ),
    (
        "commitments_level",
        r"^max\(case when level\.role = 'population' then 2 else 0 end\) as belongs,$",
        "a share of twice the population",
    ),
    (
        "commitments_occurrence",
        r"^when timed\.fulfilled_at is not null then 'met'$",
        "an activity in the slot is in time, so that the branch is never reached",
    ),
    (
        "commitments_occurrence",
        r"^when timed\.due_at is null then 'breached'$",
        "a slot has an end, so that the branch is never reached",
    ),
    (
        "commitments_occurrence",
        r"^when fulfilled_at <= due_at then greatest\(",
        "an activity in the slot comes before its end",
    ),
    (
        "compliance_weekly",
        r"^cast\(max\(case when weeks\.day = last_days\.last_day then weeks\.pending else 0 end\) as bigint\)",
        "one day of a week is its last",
    ),
)

Check = Callable[[Warehouse, Calendars], None]


def _at_the_due_time(warehouse: Warehouse, calendars: Calendars) -> None:
    moments = test_deadline.TestTheDueTimeItself()
    for part_id in test_deadline.ONE_OF_EACH_COUNT:
        for step in (-TICK, TICK - TICK, TICK):
            moments.test_as_of(warehouse, calendars, part_id, step)
            moments.test_heard_until(warehouse, calendars, part_id, step)
    for step in (-TICK, TICK - TICK, TICK):
        moments.test_an_extension(warehouse, calendars, step)
        moments.test_a_withdrawal(warehouse, calendars, step)


class ClocksAtTheirEdges:
    """Visits at every edge that the clocks know, on three nights; read once, so that each mutant only costs its SQL."""

    standards = frozenset({"clocks-of-visits"})

    def __init__(self) -> None:
        self._read: list[tuple[Night, list[Row], list[Commitment]]] = []

    def __call__(self, warehouse: Warehouse, calendars: Calendars) -> None:
        for night, visits, read in self._read or self._prepare(warehouse, calendars):
            built = warehouse.judge(["deadline"], {"stg_visits": visits}, night)
            assert_same(read, built, self.standards)

    def _prepare(self, warehouse: Warehouse, calendars: Calendars) -> list[tuple[Night, list[Row], list[Commitment]]]:
        agency = warehouse.agency
        parts, rows = deadline_parts(agency, "clocks-of-visits"), Rows(agency, "visits")
        days = sorted({*edge_days(agency)[::4], *known_days(agency), *clock_changes(agency)})
        visits: list[Row] = []
        for number, day in enumerate(days):
            visit = dict(
                rows.add(
                    arrived_at=on(day, pick(TIMES, number)) - pick((0, 0, 9, 30), number // 3) * DAY,
                    department_id=pick((*DEPARTMENTS, *OFFICES), number),
                    urgent_reason=pick(("a reason", "a reason", None), number),
                )
            )
            first = due_of(parts[number % len(parts)], visit, calendars)
            visit["served_at"] = pick((None, first - TICK, first, visit["arrived_at"], on(day, TIMES[0])), number // 2)
            due = due_of(parts[number % len(parts)], visit, calendars)
            visit["concluded_at"] = pick((None, due, due + TICK, due - TICK, due + 3 * DAY, on(day, TIMES[0])), number)
            visits.append(visit)
        for day in known_days(agency)[1::3]:
            known = on(day, TIMES[0])
            # opened as a day off became known, and just before; answered as it became known, after days or a month
            visits += [rows.add(arrived_at=known - step, department_id="voc-team") for step in (TICK, DAY - DAY)]
            visits += [
                rows.add(arrived_at=known - back * DAY, concluded_at=known, department_id="voc-team")
                for back in (17, 20, 30)
            ]
            # extended as it became known, days before, and so that it is still open only because of that
            visits += [
                rows.add(
                    arrived_at=known - back * DAY,
                    served_at=known - notified * DAY,
                    urgent_reason="a reason",
                    department_id="voc-team",
                )
                for back, notified in ((17, 0), (25, 5), (35, 9))
            ]
        # eight hours from Monday 2 February 2026, 2:00 in Sydney, end as it becomes known that Monday was off
        visits.append(rows.add(arrived_at=datetime(2026, 2, 1, 15, tzinfo=UTC), department_id="sydney"))
        nights = [HEARD_ALL, *(Night(moment, moment) for moment in (seoul(2025, 1, 14), seoul(2026, 4, 1)))]
        for night in nights:
            world = read_world({"visits": visits}, [], {}, night, agency.zone)
            self._read.append((night, visits, read_commitments(agency, calendars, world, night, self.standards)))
        return self._read


_holidays = test_deadline.TestEveryHolidayOfTheCalendar()
_offices = test_deadline.TestOffices()
_known_later = test_deadline.TestDaysOffThatBecomeKnownLater()
_lead_time = test_other_kinds.TestLeadTime()
_working_days = test_other_kinds.TestLeadTimeByWorkingDays()
_by_instants = test_other_kinds.TestLeadTimeByInstants()
_coverage = test_other_kinds.TestCoverage()
_level = test_other_kinds.TestLevel()
_due = test_other_kinds.TestTheDueTimeItself()
_never = test_inquiries.TestWhatNeverHappens()
_instant = test_inquiries.TestTheInstantItself()

OF_INQUIRIES: tuple[Check, ...] = (
    _instant.test_of_a_transfer,
    _instant.test_of_a_waiver,
    _instant.test_of_an_event,
    test_inquiries.test_every_column_of_every_commitment,
    test_inquiries.test_each_day_counts_what_was_decided_and_what_was_open,
)
OF_KIND: dict[str, tuple[Check, ...]] = {
    "deadline": (
        ClocksAtTheirEdges(),
        test_deadline.test_visits_on_every_clock,
        test_deadline.test_requests_extended_withdrawn_and_decided,
        test_deadline.test_finished_by_one_of_two_by_both_or_as_promised,
        test_deadline.test_calls_by_the_rule_in_force_when_they_rang,
        _at_the_due_time,
        _offices.test_every_change_of_clocks,
        _offices.test_a_date_in_a_register_is_the_agencys,
        _known_later.test_every_version_of_every_calendar,
        _holidays.test_finished_within_a_tick_of_the_due_time,
        _holidays.test_requests_received_on_a_date,
        _holidays.test_never_finished,
        test_deadline.test_every_turn_of_a_month_and_a_year,
        *OF_INQUIRIES,
    ),
    "lead_time": (
        _lead_time.test_announced_late_never_or_before_it_was_decided,
        _lead_time.test_every_day_on_which_a_month_may_end,
        _lead_time.test_excluded_by_the_rule_or_waived,
        _working_days.test_every_day_off_between_the_notice_and_the_event,
        _working_days.test_what_lies_outside_the_calendar_is_set_aside,
        _working_days.test_a_subject_that_is_handed_on_keeps_the_office_of_its_opening,
        _by_instants.test_around_the_last_instant_and_the_last_day,
        _by_instants.test_dates_and_instants_mixed,
        _due.test_of_a_notice,
    ),
    "coverage": (
        _coverage.test_records_of_complaints_and_visits,
        _coverage.test_rewards_by_the_rule_in_force_at_adoption,
        _due.test_of_a_record,
        test_inquiries.test_every_column_of_every_commitment,
    ),
    "occurrence": (test_other_kinds.test_slots_of_months_quarters_halves_and_years, _due.test_of_a_slot),
    "level": (
        _level.test_officers_on_their_days,
        _level.test_channels_checked_from_time_to_time,
        _level.test_all_of_the_pages_that_there_are,
    ),
    "zero": (test_other_kinds.test_days_without_an_incident,),
}
CHECKS: dict[str, tuple[Check, ...]] = {
    **{f"commitments_{kind}": checks for kind, checks in OF_KIND.items()},
    **dict.fromkeys(("due_elapsed", "due_calendar"), OF_KIND["deadline"]),
    "fct_commitments": (
        *OF_INQUIRIES,
        _at_the_due_time,
        test_deadline.test_requests_extended_withdrawn_and_decided,
        test_deadline.test_calls_by_the_rule_in_force_when_they_rang,
        *(check for kind in KINDS for check in OF_KIND[kind][:1]),
    ),
    "compliance_daily": OF_INQUIRIES,
    "compliance_weekly": OF_INQUIRIES,
    "int_inquiries": (*OF_INQUIRIES, test_inquiries.test_what_became_of_each_ticket),
    "int_ownership": OF_INQUIRIES,
}


@dataclass(frozen=True)
class Mutant:
    """One change: the SQL with it, and the line it stands on before and after."""

    model: str
    sql: str
    before: str
    after: str


def mutants(model: str, sql: str) -> Iterator[Mutant]:
    """Every change of every kind, one at a time; comments stay out of it."""
    lines = [line for line in sql.splitlines() if not line.strip().startswith("--")]
    for number, line in enumerate(lines):
        for pattern, new in CHANGES:
            for found in re.finditer(pattern, line):
                changed = line[: found.start()] + new + line[found.end() :]
                yield Mutant(
                    model, "\n".join([*lines[:number], changed, *lines[number + 1 :]]), line.strip(), changed.strip()
                )


def is_noticed(warehouse: Warehouse, calendars: Calendars, mutant: Mutant) -> bool | None:
    """Whether a check fails on the mutant; None when its SQL does not even run."""
    whole = warehouse.models[mutant.model]
    warehouse.models[mutant.model] = replace(whole, sql=mutant.sql)
    try:
        for check in CHECKS[mutant.model]:
            check(warehouse, calendars)
    except duckdb.Error:
        return None
    except AssertionError:
        return True
    finally:
        warehouse.models[mutant.model] = whole
    return False


def is_equivalent(mutant: Mutant) -> bool:
    """Whether ``EQUIVALENT`` says why nothing can tell the mutant from the model."""
    return any(mutant.model == model and re.search(pattern, mutant.after) for model, pattern, _ in EQUIVALENT)


def main(names: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        agency = build_agency(Path(folder))
        models, _ = compile_models(agency, Path(folder) / "dbt")
        warehouse, calendars = Warehouse(agency, models), read_calendars(agency)
        holes = 0
        for name in names or list(CHECKS):
            begun = time.monotonic()
            counts = {"noticed": 0, "not runnable": 0, "equivalent": 0, "survived": 0}
            for mutant in mutants(name, warehouse.models[name].sql):
                noticed = is_noticed(warehouse, calendars, mutant)
                if noticed is False and is_equivalent(mutant):
                    counts["equivalent"] += 1
                elif noticed is False:
                    counts["survived"] += 1
                    print(f"  {name}: {mutant.before}\n    survives as: {mutant.after}", flush=True)
                else:
                    counts["noticed" if noticed else "not runnable"] += 1
            holes += counts["survived"]
            figures = ", ".join(f"{count} {what}" for what, count in counts.items())
            print(f"{name}: {sum(counts.values())} mutants in {time.monotonic() - begun:.0f} s: {figures}", flush=True)
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

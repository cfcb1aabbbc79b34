"""A plain reading of promises about broken promises: first the promises themselves, then what follows from each breach,
then what follows from that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from charter.definitions.models import Agency, Standard, Subject
from tests.agencies.facts import with_facts
from tests.commitments.expected import Commitment, World, read_commitments
from tests.commitments.reading import DAY, Calendars, Night, Row, Waiver, begins, day_of


def read_all(
    agency: Agency,
    calendars: Calendars,
    tables: Mapping[str, Sequence[Row]],
    night: Night,
    waivers: Sequence[Waiver] = (),
) -> list[Commitment]:
    """Every commitment as of the night; ``tables`` are the landed rows. A standard is read once its table is there."""
    there, found = dict(tables), list[Commitment]()
    waiting = list(agency.charter.standards)
    while waiting:
        standard = next(each for each in waiting if _made(agency, there, each, found, waiting, night))
        waiting.remove(standard)
        found += read_commitments(agency, calendars, World(there, waivers), night, {standard.id})
    return found


def _made(
    agency: Agency,
    there: dict[str, Sequence[Row]],
    standard: Standard,
    found: Sequence[Commitment],
    waiting: Sequence[Standard],
    night: Night,
) -> bool:
    """Whether the standard's tables are there, or can be made of what was read."""
    return all(_table(agency, there, rule.subject, found, waiting, night) for rule in standard.rules)


def _table(
    agency: Agency,
    there: dict[str, Sequence[Row]],
    name: str,
    found: Sequence[Commitment],
    waiting: Sequence[Standard],
    night: Night,
) -> bool:
    subject = agency.subjects[name]
    if name in there:
        return True
    if subject.from_ is None or not _table(agency, there, subject.from_, found, waiting, night):
        return False
    base = there[subject.from_]
    if subject.breach_of is not None:
        if any(each.id == subject.breach_of.standard for each in waiting):
            return False
        base = [*_broken(subject, base, found, agency)]
    there[name] = with_facts(agency, name, {**there, subject.from_: base}, night)
    return True


def _broken(subject: Subject, rows: Sequence[Row], found: Sequence[Commitment], agency: Agency) -> Iterator[Row]:
    """The rows of which the promise was broken, each with its breach."""
    assert subject.breach_of is not None
    breach = subject.breach_of
    for row in rows:
        for each in found:
            is_meant = each.standard_id == breach.standard and breach.part in (None, each.part)
            if is_meant and each.subject_id == row[subject.key] and each.verdict.status == "breached":
                yield {**row, **_breach_columns(each, agency)}


def _breach_columns(broken: Commitment, agency: Agency) -> Row:
    verdict = broken.verdict
    return {
        "breached_at": verdict.decided_at,
        "breached_on": verdict.decided_on,
        "breach_due_at": verdict.due_at,
        "breach_due_on": _last_day(verdict.due_at, agency),
        "breach_ended_at": verdict.fulfilled_at,
        "breach_over": _over(broken, agency),
        "breach_department": broken.department_id,
    }


def _last_day(due_at: Any, agency: Agency) -> date:
    """The last day that is wholly or in part before the due time."""
    day = day_of(due_at, agency.zone)
    return day - DAY if begins(day, agency.zone) == due_at else day


def _over(broken: Commitment, agency: Agency) -> float | None:
    measured, limit, least = (
        broken.verdict.measured_value,
        broken.verdict.limit_value,
        broken.verdict.lower_limit_value,
    )
    if measured is None or limit is None:
        return None
    if least is not None and measured < least:
        return least - measured
    kind = next(each.kind for each in agency.charter.standards if each.id == broken.standard_id)
    return measured - limit if kind == "deadline" else limit - measured

"""What the rows in doubt of one case may mean for one version of a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

# Business days from the first to the last, both included; None where no end is known.
Span = tuple[date, date | None]


@dataclass(frozen=True)
class DoubtedCase:
    """What the rows in doubt of one case may mean for one version of a rule. Dates are business dates, both included.

    ``subject_id`` is the case, None when it could not be read: then any commitment may be meant. ``commitments`` is how
    many promises the case has at most. What it adds was decided between ``first_day`` and ``last_day`` (None: no end is
    known). ``department_id`` answers for it, as far as it can be read; with ``any_department`` each other one may
    instead. With ``by_day`` the rows bear on the days or slots from ``first_day`` to ``last_day`` themselves; with
    ``may_waive`` they are decisions to take them out. Of a part with a target of its own (``target_part``) it has a row
    by itself; None bears on every part. With ``moves_due`` they may say how long the limit is, how long its clock stood
    still, or when that takes place which a lead time counts back from. Of incidents (zero), ``breaks`` is how many more
    days the rows may have broken at most, and ``mends`` how many of those that are broken they are counted on, and may
    not belong to; None where each day from ``first_day`` to ``last_day`` is in doubt by itself. ``refused``, ``ahead``
    and ``withdrawn`` count its rows by why they are in doubt (see DoubtedRow): ``disordered`` ones count as refused,
    and of ``orphaned`` ones the case is withdrawn.
    """

    case_id: str
    standard_id: str
    rule_version: int
    subject_id: str | None
    department_id: str | None
    any_department: bool
    by_day: bool
    commitments: int
    first_day: date
    last_day: date | None
    refused: int = 0
    ahead: int = 0
    withdrawn: int = 0
    may_waive: bool = False
    target_part: str | None = None
    moves_due: bool = False
    breaks: int | None = None
    mends: int | None = None

    @property
    def rows(self) -> int:
        return self.refused + self.ahead + self.withdrawn


def joined(found: Iterable[DoubtedCase]) -> list[DoubtedCase]:
    """One row for each case and target: several rows of it in doubt may stand for its promises once."""
    cases: dict[tuple[str, str, int, str | None], list[DoubtedCase]] = defaultdict(list)
    for each in found:
        cases[each.case_id, each.standard_id, each.rule_version, each.target_part].append(each)
    return [reduce(_together, cases[key]) for key in sorted(cases, key=lambda key: (*key[:3], key[3] or ""))]


def _together(one: DoubtedCase, other: DoubtedCase) -> DoubtedCase:
    named = {each.department_id for each in (one, other) if each.department_id is not None}
    anybody = one.any_department or other.any_department or len(named) > 1
    return replace(
        one,
        department_id=None if anybody else next(iter(named), None),
        any_department=anybody,
        commitments=max(one.commitments, other.commitments),
        first_day=min(one.first_day, other.first_day),
        last_day=latest([one.last_day, other.last_day]),
        refused=one.refused + other.refused,
        ahead=one.ahead + other.ahead,
        withdrawn=one.withdrawn + other.withdrawn,
        moves_due=one.moves_due or other.moves_due,
        breaks=_sum(one.breaks, other.breaks),
        mends=_sum(one.mends, other.mends),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def latest(days: Iterable[date | None]) -> date | None:
    """The last of ``days``; None, which is no end, comes after every other."""
    found = list(days)
    return None if None in found else max(day for day in found if day is not None)

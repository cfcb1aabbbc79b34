"""What a year came to, as the public is told: counts of the whole agency and of its divisions, small ones left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from charter.base.moments import Period, end_of_day
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.felt import felt_of, read_felt
from charter.report.facts.figures import members_of, read_catalogue, read_departments, read_results
from charter.report.facts.models import Department, Felt, FeltTerms, Frozen, Result, Texts
from charter.report.facts.suppress import COLUMNS, TOTAL, Cell, Counts, suppressed
from charter.report.facts.tables import is_synthetic
from charter.report.facts.warehouse import Warehouse

# Their commitments are slots, days and periods of the agency itself: nobody can be told from a count of them.
ABOUT_NOBODY = frozenset({"occurrence", "level", "zero", "measure"})
# What no division answers for.
OTHERS = "OTHERS"


class PublishedCounts(Frozen):
    """``n`` is met and breached together. A count that is left out is None."""

    met: int | None
    breached: int | None
    n: int | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left out: only then a share may be told."""
        return None not in (self.met, self.breached, self.n)


class PublishedGroup(Frozen):
    """A division: a department right below the agency, with all below it. OTHERS has no name."""

    id: str
    name: Texts
    counts: PublishedCounts


class PublishedFelt(Frozen):
    """What customers say of a standard in the weeks that ended in the year: ``agreed`` of those who ``answered``; both
    None where they are left out. ``terms`` are the question and its scale."""

    terms: FeltTerms
    agreed: int | None
    answered: int | None


class PublishedAction(Frozen):
    """What is done about a standard, by ``due_on``; ``done_on`` where it is done."""

    measure: str
    due_on: date | None
    done_on: date | None


class PublishedStandard(Frozen):
    """One standard in the year. ``result`` is None where counts are left out. ``before`` is the year before, as it was
    published or, where nothing was, as it is known; None where the standard had nothing then."""

    id: str
    position: int
    pledge: str
    citation: str
    text: Texts
    threshold: Texts
    target: float | None
    total: PublishedCounts
    result: Result | None
    days_without_data: int
    groups: tuple[PublishedGroup, ...]
    before: PublishedCounts | None
    comments: tuple[str, ...]
    actions: tuple[PublishedAction, ...]
    felt: PublishedFelt | None = None


class PublishedPledge(Frozen):
    id: str
    text: Texts


class Publication(Frozen):
    """A year as it is told to the public. ``is_draft`` says that the year has not ended: it runs to ``last_day``."""

    agency_name: Texts
    charter_version: str
    year: int
    last_day: date
    as_of: datetime
    is_draft: bool
    synthetic: bool
    least_n: int
    pledges: tuple[PublishedPledge, ...]
    standards: tuple[PublishedStandard, ...]

    def fingerprint(self) -> str:
        """A hash of what is told, 64 hexadecimal digits; not of the night that it is known from."""
        return hashlib.sha256(self.model_dump_json(exclude={"as_of"}).encode()).hexdigest()


def read_publication(
    settings: Settings,
    agency: Agency,
    warehouse: Warehouse,
    year: int,
    least_n: int,
    before: Publication | None,
    earlier: Publication | None,
) -> Publication:
    """The year as the published night knows it.

    ``before`` is what was published of the year before, whose figures are told as they stand there. ``earlier`` is the
    revision of this year that is on file: what it left out stays left out, since who has both could compare.
    """
    period = Period("year", date(year, 1, 1), date(year, 12, 31))
    return _Reader(settings, agency, warehouse, period, least_n).publication(before, earlier)


class _Reader:
    def __init__(self, settings: Settings, agency: Agency, warehouse: Warehouse, period: Period, least_n: int) -> None:
        self.settings = settings
        self.agency = agency
        self.warehouse = warehouse
        self.period = period
        self.least_n = least_n
        self.results = read_results(warehouse, "year", period.start)
        last = warehouse.rows(
            "SELECT max(period_end) FROM marts.standard_results WHERE period_kind = 'year' AND period_start = ?",
            [period.start],
        )
        self.last_day: date = last[0][0] or period.start
        self.departments = read_departments(warehouse, self.last_day)

    def publication(self, before: Publication | None, earlier: Publication | None) -> Publication:
        run = self.warehouse.run
        return Publication(
            agency_name=run.agency_name,
            charter_version=run.charter_version,
            year=self.period.start.year,
            last_day=self.last_day,
            as_of=run.as_of,
            is_draft=run.as_of < end_of_day(self.period.end, self.agency.zone),
            synthetic=is_synthetic(self.settings),
            least_n=self.least_n,
            pledges=tuple(PublishedPledge(id=each.id, text=each.text.root) for each in self.agency.charter.pledges),
            standards=tuple(self._standards(before, earlier)),
        )

    def _standards(self, before: Publication | None, earlier: Publication | None) -> Iterator[PublishedStandard]:
        counts_before = self._counts_before(before)
        told = {each.id: each for each in earlier.standards} if earlier else {}
        catalogue = read_catalogue(self.warehouse, self.period)
        felt = read_felt(self.warehouse, self.agency, self.period, catalogue)
        for standard in catalogue.values():
            row = self.results.get((standard.id, None))
            if row is None:
                continue
            groups = self._groups(standard.id, (row.components.met, row.components.breached))
            total = row.components.met, row.components.breached
            least = 1 if standard.kind in ABOUT_NOBODY else self.least_n
            hidden = suppressed(groups, total, least, _left_out(told.get(standard.id)))
            shown = _shown(TOTAL, total, hidden)
            yield PublishedStandard(
                id=standard.id,
                position=standard.position,
                pledge=standard.pledge,
                citation=standard.citation,
                text=standard.text,
                threshold=standard.threshold,
                target=standard.target,
                total=shown,
                result=row.result if shown.is_whole else None,
                days_without_data=row.days_without_data,
                groups=tuple(
                    PublishedGroup(id=name, name=self._name(name), counts=_shown(name, counts, hidden))
                    for name, counts in groups.items()
                ),
                before=counts_before(standard.id, least),
                comments=tuple(self._comments(standard.id)),
                actions=tuple(self._actions(standard.id)),
                felt=self._felt(felt_of(felt, standard.id, None), told.get(standard.id)),
            )

    def _groups(self, standard_id: str, total: Counts) -> dict[str, Counts]:
        """The divisions that decided something, and what no division did; none where they do not add up."""
        top = next(each for each in self.departments.values() if each.parent_id is None)
        divisions = [each for each in self.departments.values() if each.parent_id == top.id]
        groups = {each.id: self._counts(standard_id, each) for each in sorted(divisions, key=lambda one: one.id)}
        rest = tuple(whole - sum(counts[at] for counts in groups.values()) for at, whole in enumerate(total))
        if min(rest) < 0:
            return {}
        groups[OTHERS] = rest[0], rest[1]
        return {name: counts for name, counts in groups.items() if any(counts)}

    def _counts(self, standard_id: str, division: Department) -> Counts:
        members = [division.id, *(name for name, _ in members_of(self.departments, division.id))]
        rows = [self.results[standard_id, name] for name in members if (standard_id, name) in self.results]
        return sum(row.components.met for row in rows), sum(row.components.breached for row in rows)

    def _name(self, group: str) -> dict[str, str]:
        return self.departments[group].name if group != OTHERS else {}

    def _counts_before(self, before: Publication | None) -> _Before:
        if before is not None:
            return _Before({each.id: each.total for each in before.standards}, {})
        start = self.period.start.replace(year=self.period.start.year - 1)
        rows = read_results(self.warehouse, "year", start)
        whole = {name: row.components for (name, owner), row in rows.items() if owner is None}
        known = {name: (counts.met, counts.breached) for name, counts in whole.items()}
        return _Before({}, known)

    def _felt(self, felt: Felt | None, told: PublishedStandard | None) -> PublishedFelt | None:
        """What customers say. Those who agree, or who do not, are left out where they are few, and all with them."""
        if felt is None:
            return None
        was_left_out = told is not None and told.felt is not None and told.felt.answered is None
        counts = felt.agreed, felt.answered - felt.agreed
        if was_left_out or suppressed({}, counts, self.least_n):
            return PublishedFelt(terms=felt.terms, agreed=None, answered=None)
        return PublishedFelt(terms=felt.terms, agreed=felt.agreed, answered=felt.answered)

    def _comments(self, standard_id: str) -> Iterator[str]:
        """What owners say of the whole year: of the agency, or of any department."""
        rows = self.warehouse.rows(
            """
            SELECT comment FROM marts.period_comments
            WHERE ended_at IS NULL AND unread_at IS NULL AND standard_id = ? AND from_on <= ? AND to_on >= ?
            ORDER BY department_id NULLS FIRST, comment_id
            """,
            [standard_id, self.period.start, self.period.end],
        )
        yield from (comment for (comment,) in rows)

    def _actions(self, standard_id: str) -> Iterator[PublishedAction]:
        rows = self.warehouse.rows(
            """
            SELECT measure, due_on, done_on FROM marts.actions
            WHERE ended_at IS NULL AND unread_at IS NULL AND standard_id = $standard AND measure IS NOT NULL
              AND state <> 'withdrawn' AND from_on <= $last AND (to_on IS NULL OR to_on >= $first)
            ORDER BY due_on, action_id
            """,
            {"standard": standard_id, "first": self.period.start, "last": self.period.end},
        )
        for measure, due_on, done_on in rows:
            yield PublishedAction(measure=measure, due_on=due_on, done_on=done_on)


class _Before:
    """The year before: as it was published, else as it is known, with what is small left out."""

    def __init__(self, published: Mapping[str, PublishedCounts], known: Mapping[str, Counts]) -> None:
        self._published = published
        self._known = known

    def __call__(self, standard_id: str, least_n: int) -> PublishedCounts | None:
        if standard_id in self._published:
            return self._published[standard_id]
        counts = self._known.get(standard_id)
        if counts is None or not any(counts):
            return None
        return _shown(TOTAL, counts, suppressed({}, counts, least_n))


def _shown(row: str, counts: Counts, hidden: frozenset[Cell]) -> PublishedCounts:
    met, breached = counts
    values = dict(zip(COLUMNS, (met, breached, met + breached), strict=True))
    return PublishedCounts.model_validate(
        {column: None if Cell(row, column) in hidden else value for column, value in values.items()}
    )


def _left_out(told: PublishedStandard | None) -> list[Cell]:
    if told is None:
        return []
    rows = [(TOTAL, told.total), *((group.id, group.counts) for group in told.groups)]
    return [Cell(row, column) for row, counts in rows for column in COLUMNS if getattr(counts, column) is None]

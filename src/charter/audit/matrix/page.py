"""The matrix as pages of the site: the clauses under their pledges, each folded, and the suites of checks; then a page
for each suite, with what rests on each check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from charter.audit.matrix.rows import CheckEntry, Matrix, MatrixRow, TableEntry
from charter.audit.matrix.sheets import place_text
from charter.audit.pages import AuditPage
from charter.report.facts.rates import rate
from charter.report.site.blocks import Link, Outcome
from charter.report.site.checks import check_page

_BY_GRAVITY = ("check_error", "broken", "no_data", "kept", "nothing_due")
# Nothing to look at: what passed, and what was not asked yet.
_QUIET = ("kept", "nothing_due", None)
_FOLDER = "matrix"


@dataclass(frozen=True)
class CheckBlock:
    """A check; ``href`` leads to its own page, where it was asked. ``rests`` are the rows that rest on it, by their
    names and anchors."""

    name: str
    href: str
    description: str
    outcome: Outcome | None
    severity: str
    rests: tuple[Link, ...]


@dataclass(frozen=True)
class SuiteBlock:
    """One suite of checks; ``href`` leads to its page, ``counts`` is how they ended. ``rests`` is said once where it is
    the same for all."""

    anchor: str
    name: str
    href: str
    counts: str
    rests: tuple[Link, ...]


@dataclass(frozen=True)
class TableBlock:
    """A table that a figure is measured on, with its sources and the columns that are read."""

    name: str
    role: str
    sources: tuple[Link, ...]
    columns: str


@dataclass(frozen=True)
class RowBlock:
    """A clause's rule. ``own_checks`` are those of it alone that need a look; of the ``quiet`` ones, by
    outcome (None: not asked), only the names stand there."""

    anchor: str
    citation: str
    title: str
    href: str
    version: str
    outcome: Outcome | None
    facts: tuple[tuple[str, str], ...]
    tables: tuple[TableBlock, ...]
    models: tuple[str, ...]
    own_checks: tuple[CheckBlock, ...]
    quiet: tuple[tuple[Outcome | None, tuple[CheckBlock, ...]], ...]
    suites: tuple[Link, ...]
    places: tuple[Link, ...]
    last: str
    figure: str


@dataclass(frozen=True)
class PledgeRows:
    title: str
    counts: str
    rows: tuple[RowBlock, ...]


class MatrixPage(AuditPage):
    """The pages of the matrix in one language."""

    def pages(self, matrix: Matrix, workbook: str, data: str) -> dict[str, str]:
        """The page of the clauses and those of the suites, by their places in the site's folder. ``workbook`` and
        ``data`` are the names of the files beside the first."""
        self._matrix = matrix
        self._checks = {check.name: check for check in matrix.checks}
        self._rows = {row.name: row for row in matrix.rows}
        suites = tuple(self._suites())
        return {
            f"matrix{self.edition.ending}": self._clauses(suites, workbook, data),
            **{suite.href: self._suite_page(suite) for suite in suites},
        }

    def _clauses(self, suites: tuple[SuiteBlock, ...], workbook: str, data: str) -> str:
        matrix = self._matrix
        return self.fill(
            "site_matrix.html.j2",
            frame=self.frame("matrix", self.words("matrix.title")),
            counts=self.words(
                "matrix.counts",
                clauses=self.phrases.whole(len({row.citation for row in matrix.rows})),
                versions=self.phrases.whole(len(matrix.rows)),
                checks=self.phrases.whole(len(matrix.checks)),
            ),
            untraced=tuple(f"{self.words(f'matrix.kind.{each.kind}')} {each.name}" for each in matrix.untraced),
            files=(Link(self.words("audit.workbook"), workbook), Link(self.words("audit.data"), data)),
            pledges=tuple(self._pledges()),
            suites=suites,
        )

    def _pledges(self) -> Iterator[PledgeRows]:
        for pledge_id in dict.fromkeys(row.pledge_id for row in self._matrix.rows):
            rows = [row for row in self._matrix.rows if row.pledge_id == pledge_id]
            results = Counter(str(row.last.result) for row in rows if row.last)
            yield PledgeRows(rows[0].pledge, self._counted(results), tuple(self._row(row) for row in rows))

    def _counted(self, results: Counter[str]) -> str:
        return self.phrases.list(
            [
                self.words(
                    "site.outcome_count",
                    outcome=self.words(f"result.{result}"),
                    count=self.phrases.whole(results[result]),
                )
                for result in _BY_GRAVITY
                if results[result]
            ]
        )

    def _row(self, row: MatrixRow) -> RowBlock:
        checks = [self._checks[name] for name in row.checks]
        own = [check for check in checks if self._is_own(check, row)]
        shared = dict.fromkeys(check.suite for check in checks if not self._is_own(check, row))
        return RowBlock(
            anchor=_anchor(row.name),
            citation=row.citation,
            title=row.standard,
            href=f"standards/{row.standard_id}{self.edition.ending}",
            version=self._version(row),
            outcome=self.outcome(row.last.result) if row.last else None,
            facts=(
                (self.words("label.threshold"), row.threshold),
                (self.words("label.target"), self._targets(row)),
            ),
            tables=tuple(self._table(entry) for entry in row.tables),
            models=row.models,
            own_checks=tuple(self._own_check(check, row) for check in own if check.outcome not in _QUIET),
            quiet=tuple(self._quiet([check for check in own if check.outcome in _QUIET])),
            suites=tuple(Link(self._suite_line(suite, checks), f"#{_anchor(suite)}") for suite in shared),
            places=tuple(Link(place_text(place), place.href) for place in row.places),
            last=self._last(row),
            figure=row.last.figure if row.last else "",
        )

    def _targets(self, row: MatrixRow) -> str:
        of_parts = [(each.part, each.share) for each in row.targets if each.part]
        of_all = [self.words.target(each.share) for each in row.targets if not each.part]
        return self.phrases.titles([*of_all, *([self.words.targets(None, of_parts)] if of_parts else [])])

    def _version(self, row: MatrixRow) -> str:
        version = self.words(
            "site.rule_version_value",
            version=row.rule_version,
            effective_from=self.phrases.full_day(row.effective_from),
        )
        if row.effective_to is None:
            return version
        until = self.words("matrix.until", day=self.phrases.full_day(row.effective_to))
        return f"{version} {until}"

    def _last(self, row: MatrixRow) -> str:
        last = row.last
        if last is None:
            return self.words("matrix.last_none")
        share = rate(last.met, last.met + last.breached)
        return self.words(
            "matrix.last",
            week=self.phrases.week(last.period_start),
            span=self.phrases.span(last.period_start, last.period_end),
            met=self.phrases.whole(last.met),
            n=self.phrases.whole(last.met + last.breached),
            share=self.phrases.percent(share.value) if share else self.words("rate.none"),
            night=self.phrases.as_of(last.night),
        )

    def _table(self, entry: TableEntry) -> TableBlock:
        names = {source.id: self.words.pick(source.text.root) for source in self.agency.sources}
        links = tuple(Link(names[each], f"sources{self.edition.ending}#{each}") for each in entry.sources)
        role = "" if entry.role == "measured" else self.words(f"matrix.role.{entry.role}")
        return TableBlock(entry.table, role, links, ", ".join(entry.columns))

    @staticmethod
    def _is_own(check: CheckEntry, row: MatrixRow) -> bool:
        """Whether a check is of this standard alone; the others are said once, below."""
        own = {name.rsplit("/", 1)[0] for name in check.rows}
        return check.kind != "contract" and own == {row.standard_id}

    def _suite_line(self, suite: str, checks: Iterable[CheckEntry]) -> str:
        found = Counter(str(check.outcome) for check in checks if check.suite == suite and check.outcome)
        return f"{suite}: {self._counted(found)}" if found else suite

    def _quiet(self, checks: Sequence[CheckEntry]) -> Iterator[tuple[Outcome | None, tuple[CheckBlock, ...]]]:
        for outcome in _QUIET:
            found = tuple(self._check(check, rests=False) for check in checks if check.outcome == outcome)
            if found:
                yield self.outcome(outcome) if outcome else None, found

    def _suites(self) -> Iterator[SuiteBlock]:
        for suite in dict.fromkeys(check.suite for check in self._matrix.checks):
            checks = self._checks_of(suite)
            yield SuiteBlock(
                anchor=_anchor(suite),
                name=suite,
                href=f"{_FOLDER}/{_anchor(suite)}{self.edition.ending}",
                counts=self._counted(Counter(str(check.outcome) for check in checks if check.outcome)),
                rests=self._rests(checks[0]) if _rest_alike(checks) else (),
            )

    def _checks_of(self, suite: str) -> list[CheckEntry]:
        return [check for check in self._matrix.checks if check.suite == suite]

    def _suite_page(self, suite: SuiteBlock) -> str:
        checks = self._checks_of(suite.name)
        rests = not _rest_alike(checks)
        # Links of this page lead from its folder to the matrix, to whose clauses they name the place alone.
        page = f"matrix{self.edition.ending}"
        return self.fill(
            "site_matrix_suite.html.j2",
            frame=self.frame(suite.anchor, suite.name, "../"),
            suite=replace(suite, rests=_leading_to(page, suite.rests)),
            checks=tuple(
                replace(block, rests=_leading_to(page, block.rests))
                for block in (self._check(check, rests=rests) for check in checks)
            ),
        )

    def _check(self, check: CheckEntry, *, rests: bool) -> CheckBlock:
        return CheckBlock(
            name=check.name,
            href=f"{check_page(check.suite, check.check)}{self.edition.ending}" if check.outcome else "",
            description=check.description,
            outcome=self.outcome(check.outcome) if check.outcome else None,
            severity=self.words.or_else(f"site.severity_{check.severity}", check.severity),
            rests=self._rests(check) if rests else (),
        )

    def _own_check(self, check: CheckEntry, row: MatrixRow) -> CheckBlock:
        """A check within the row of its standard, which need not be named again."""
        block = self._check(check, rests=False)
        return replace(block, description=block.description.removeprefix(f"{row.standard_id}: "))

    def _rests(self, check: CheckEntry) -> tuple[Link, ...]:
        if len(check.rows) == len(self._matrix.rows) > 1:
            return (Link(self.words("matrix.rests_all"), ""),)
        return tuple(Link(self._rows[name].citation, f"#{_anchor(name)}") for name in check.rows)


def _rest_alike(checks: Sequence[CheckEntry]) -> bool:
    """Whether the same clauses rest on all of them."""
    return len({check.rows for check in checks}) == 1


def _leading_to(page: str, links: Iterable[Link]) -> tuple[Link, ...]:
    """The same links to places of ``page``, from another page."""
    return tuple(Link(link.text, f"{page}{link.href}" if link.href else "") for link in links)


def _anchor(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in name)

"""Evaluates one night's suites, keeps the results, and names the checks that could not be evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from charter.assertions.build import build_suites
from charter.assertions.coverage import FeedName, Silence
from charter.assertions.failing import Broken, failing_ids
from charter.assertions.figures import figures_query, landed_figures
from charter.assertions.judge import Fault, Finding, opened_judge
from charter.assertions.night import Night, open_night
from charter.assertions.queries import Parameters, arrived_rows, render_query
from charter.assertions.results import (
    ExpectationResult,
    Outcome,
    load_results,
    results_path,
    write_history,
)
from charter.assertions.suites import Check, SuiteDefinition
from charter.assertions.threshold import feeds_of_rule, needed_feeds, own_targets
from charter.assertions.validations import Validation, write_validations
from charter.base.errors import CheckError, Problem
from charter.base.moments import Period, local_date, naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency, LevelPart, MeasurePart, Part, ZeroPart
from charter.lake.files import contract_path, landed_files
from charter.transform.compile.calendar import working_days
from charter.transform.compile.follows import follows
from charter.transform.compile.organisation import department_versions, standing_throughout
from charter.transform.compile.subject_ids import shared_tables
from charter.words import own_words


@dataclass(frozen=True)
class ExpectationRun:
    """What one night's checks found. ``history`` is the file of the lake that holds this night's results."""

    as_of: datetime
    results: tuple[ExpectationResult, ...]
    history: Path

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How many checks ended in each outcome."""
        return Counter(result.outcome for result in self.results)

    @property
    def broken_contracts(self) -> tuple[ExpectationResult, ...]:
        """Contracts of sources that their rows break."""
        return self._broken("contract")

    @property
    def broken_thresholds(self) -> tuple[ExpectationResult, ...]:
        """Standards that were not kept, by period."""
        return self._broken("threshold")

    @property
    def disagreements(self) -> tuple[ExpectationResult, ...]:
        """Where the two judgements, or the accounts, differ."""
        return self._broken("agreement")

    def _broken(self, kind: str) -> tuple[ExpectationResult, ...]:
        return tuple(each for each in self.results if each.kind == kind and each.outcome == "broken")


def run_expectations(
    settings: Settings, agency: Agency, as_of: datetime, known_at: datetime | None = None, *, keep: bool = True
) -> ExpectationRun:
    """Evaluates every suite on ``settings.work_warehouse``; results go to the lake and to marts.expectation_results.

    ``as_of`` and ``known_at`` (default ``as_of``) are aware instants. A breach is a result. What was said on the night
    itself stays in the lake: a run with a later ``known_at`` is seen in the warehouse, and fills the lake only where it
    holds nothing for ``as_of``. The same warehouse gives the same bytes. Without ``keep`` the lake is left as it is.

    Raises CheckError when the warehouse is not there or was built for another instant; and, when everything else is
    evaluated and written, CheckError that names every check that could not be evaluated.
    """
    night = open_night(settings, agency, as_of, as_of if known_at is None else known_at)
    results, validations = _evaluate_all(settings, night)
    history = results_path(settings, as_of)
    if keep and (known_at is None or known_at == as_of or not history.exists()):
        write_history(settings, as_of, results, agency.charter.language)
        write_validations(settings, as_of, night.known_at, validations)
    load_results(settings, as_of, results, agency.charter.language)
    if problems := _problems(results):
        raise CheckError.of(problems)
    return ExpectationRun(as_of, results, history)


def _evaluate_all(settings: Settings, night: Night) -> tuple[tuple[ExpectationResult, ...], list[Validation]]:
    """Our results, and Great Expectations' own."""
    suites = build_suites(night.agency, own_words(settings, night.agency), on=night.last_day.end)
    results: list[ExpectationResult] = []
    validations: list[Validation] = []
    broken: list[Broken] = []
    with opened_judge(settings.work_warehouse) as judge:
        for suite in suites:
            query = _query(settings, night, suite)
            judgement = judge.evaluate(suite, query)
            validations.append(judgement.validation)
            for check in suite.checks:
                result = _result(night, suite, check, judgement.found[check.name])
                if result.outcome == "broken":
                    period = night.periods[check.period_kind] if check.period_kind else None
                    broken.append(Broken(len(results), suite, check, query, period))
                results.append(result)
    for place, failing in failing_ids(settings, night.agency, broken).items():
        results[place] = replace(results[place], failing_ids=failing)
    return tuple(results), validations


def _arrived(settings: Settings, night: Night, table: str, after: datetime | None) -> str:
    """What landed after a night (None: ever)."""
    files = landed_files(settings, table, after=after, until=night.known_at)
    subject = night.agency.subjects[table]
    shared_key = subject.key if table in shared_tables(settings, night.agency, night.known_at) else None
    return arrived_rows([contract_path(settings, table), *files], subject.columns, shared_key)


def _newly_arrived(settings: Settings, night: Night, relation: str) -> str:
    """What landed since the night judged before this one: earlier rows were judged on their own night."""
    return _arrived(settings, night, relation.removeprefix("raw."), night.judged_before)


def _query(settings: Settings, night: Night, suite: SuiteDefinition) -> str | None:
    if suite.query is None:
        return None if suite.table is None else _newly_arrived(settings, night, suite.table)
    parameters = Parameters(
        as_of=night.as_of,
        last_day=night.last_day.end,
        periods=tuple(night.periods.values()),
        judged_until=tuple(
            (standard.id, _judged_until(night, needed_feeds(night.agency, standard)))
            for standard in night.agency.charter.standards
        ),
        sources=tuple(source.id for source in night.agency.sources),
        departments=tuple(sorted(department.id for department in night.agency.organisation.departments)),
        rules=tuple(
            (standard.id, rule.version, standard.kind, rule.missing_day_at_most)
            for standard in night.agency.charter.standards
            for rule in standard.rules
        ),
        silent=tuple(_silent_days(night)),
        doubted=night.doubted,
        follows=tuple(follows(night.agency)),
        zone=night.agency.charter.time_zone,
        counting=tuple(_counting(night.agency)),
        own_targets=tuple(own_targets(night.agency)),
        landed=tuple(_landed(settings, night)) if suite.query == "row_fates" else (),
        figures=_figures(settings, night) if suite.query == "figures" else "",
    )
    return render_query(suite.query, parameters)


def _figures(settings: Settings, night: Night) -> str:
    """The query that takes figures again, from every row of their tables that was known."""
    tables = {each.table for each in landed_figures(night.agency)}
    return figures_query(night.agency, {table: _arrived(settings, night, table, after=None) for table in tables})


def _judged_until(night: Night, feeds: tuple[FeedName, ...]) -> datetime | None:
    return None if isinstance(night.coverage, Fault) else night.coverage.judged_until(feeds, night.agency.zone)


def _counting(agency: Agency) -> Iterator[tuple[str, int, str, int]]:
    """The parts whose figure is a number of rows, or a share of them: one row more or fewer moves it by one."""
    for standard in agency.charter.standards:
        for rule in standard.rules:
            for part in rule.parts:
                if isinstance(part, MeasurePart):
                    share = part.figure.share
                    if part.figure.count is not None or (share is not None and share.where is not None):
                        yield standard.id, rule.version, part.id, 100 if part.measured_in == "percent" else 1


def _silent_days(night: Night) -> Iterator[tuple[str, int, date, int | None]]:
    """The days on which a rule version in force lacked a source, with how many commitments the calendar gives each."""
    if isinstance(night.coverage, Fault):
        return
    known_on = local_date(night.known_at, night.agency.zone)
    works = dict(working_days(night.agency.calendar, known_on))
    for standard in night.agency.charter.standards:
        for rule in standard.rules:
            last = min(rule.effective_to or night.last_day.end, night.last_day.end)
            feeds = feeds_of_rule(night.agency, rule)
            for day in sorted(night.coverage.silent_days(feeds, rule.effective_from, last)):
                yield standard.id, rule.version, day, _of_the_day(night.agency, rule.parts, day, works.get(day, True))


def _of_the_day(agency: Agency, parts: Sequence[Part], day: date, is_working: bool) -> int | None:
    """How many commitments a day has: one for each level and zero, or as many as departments of a kind stood that have
    one each; None where nobody can say."""
    if any(isinstance(part, MeasurePart) and part.rolling for part in parts):
        return None
    if all(isinstance(part, MeasurePart) for part in parts):
        # What a silent day leaves open is there, and pending: its slot.
        return 0
    daily = [part for part in parts if isinstance(part, LevelPart | ZeroPart)]
    due = [part for part in daily if part.days == "every_day" or is_working]
    return sum(_departments_on(agency, part, day) for part in due) if daily else None


def _departments_on(agency: Agency, part: Part, day: date) -> int:
    if part.per_kind is None:
        return 1
    return len(standing_throughout(department_versions(agency.organisation), part.per_kind, day, day))


def _landed(settings: Settings, night: Night) -> Iterator[tuple[str, tuple[Path, ...]]]:
    for table, subject in night.agency.subjects.items():
        if subject.landed:
            yield table, tuple(landed_files(settings, table, until=night.known_at))


def _result(night: Night, suite: SuiteDefinition, check: Check, finding: Finding | Fault) -> ExpectationResult:
    period = night.periods[check.period_kind] if check.period_kind else None
    outcome, error = _outcome(night, check, finding, period or night.last_day)
    found = finding if isinstance(finding, Finding) else None
    return ExpectationResult(
        as_of=naive_utc(night.as_of),
        suite=suite.name,
        expectation=check.name,
        kind=suite.kind,
        standard_id=check.standard_id,
        table_name=suite.table_name,
        source_id=check.source_id,
        period_kind=check.period_kind,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        description=check.description,
        severity=check.severity,
        evaluated=found.evaluated if found else None,
        unexpected=found.unexpected if found else None,
        outcome=outcome,
        error=error,
    )


def _outcome(night: Night, check: Check, finding: Finding | Fault, period: Period) -> tuple[Outcome, str | None]:
    """``check_error`` > ``broken`` > ``no_data`` > ``kept`` > ``nothing_due``."""
    if isinstance(finding, Fault):
        return "check_error", finding.text
    if not finding.success and check.scope != "silence":
        return "broken", None
    if _has_answer(check, finding):
        return ("kept" if finding.evaluated else "nothing_due"), None
    if isinstance(night.coverage, Fault):
        return "check_error", f"which days the sources cover is not known: {night.coverage.text}"
    silences = night.coverage.silences(check.feeds, period)
    is_open = not finding.certain if check.scope == "period" else bool(silences)
    if not finding.success or is_open or (silences and not finding.evaluated):
        return "no_data", _unknown(night, check, silences, period)
    return ("kept" if finding.evaluated else "nothing_due"), None


def _unknown(night: Night, check: Check, silences: tuple[Silence, ...], period: Period) -> str | None:
    """What keeps a check from an answer: the silent sources with their days, and how many rows are in doubt
    (``in_doubt:3``), which whoever shows it puts into words."""
    cases = {
        each.case_id: each.rows
        for each in night.doubted
        if check.scope == "period"
        and each.standard_id == check.standard_id
        and each.first_day <= period.end
        and (each.last_day is None or each.last_day >= period.start)
    }
    in_doubt = [f"in_doubt:{sum(cases.values())}"] if cases else []
    return "; ".join([*(str(each) for each in silences), *in_doubt]) or None


def _has_answer(check: Check, finding: Finding) -> bool:
    """Whether a check that is not broken needs no look at what its sources cover."""
    if check.scope == "silence":
        return finding.success
    return not check.feeds or (check.scope == "rows" and finding.evaluated > 0)


def _problems(results: tuple[ExpectationResult, ...]) -> list[Problem]:
    """One problem per suite and error, naming every check that it kept from being evaluated."""
    failed: dict[tuple[str, str | None, str | None], list[str]] = {}
    for each in results:
        if each.outcome == "check_error":
            failed.setdefault((each.suite, each.table_name, each.error), []).append(each.expectation)
    return [
        Problem(
            f"could not be evaluated: {error}",
            f"suite {suite}, {'expectation' if len(names) == 1 else 'expectations'} {', '.join(names)}",
            f"look at {table}, and at {suite}.json in expectations/suites; then run the checks again",
        )
        for (suite, table, error), names in failed.items()
    ]

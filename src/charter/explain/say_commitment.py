"""A commitment's explanation in words: the walk from the source's row to the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from charter.explain.document import Document, Saying, Section, Table
from charter.explain.models import CommitmentExplanation, ConsideredTold, StepTold
from charter.explain.say_figure import rule_lines
from charter.report.view.phrases import from_source

# How a measured value must stand to its limit, as people write it.
_SIGNS = {"<=": "≤", ">=": "≥"}


def say_commitment(told: CommitmentExplanation, saying: Saying) -> Document:
    """What was promised, what the source said, the clock step by step, who answered, and where it counts."""
    words = saying.words
    newest = next((version for version in told.versions if version.is_used), None)
    sections = [
        Section(words("explain.rule.title"), rule_lines(told.rule, saying)),
        Section(words("explain.commitment.source"), (), saying.versions(told.versions) if told.versions else None),
        Section(words("explain.commitment.said"), (), saying.cells(newest) if newest is not None else None),
        _beside(told, saying),
        Section(words("explain.commitment.scope"), tuple(saying.tests(told.scope))),
        _facts(told, saying),
        Section(words("explain.commitment.clock"), tuple(steps_in_words(told, saying))),
        _owners(told, saying),
        Section(words("explain.commitment.exclusions"), tuple(_considered(told, saying))),
        Section(words("explain.commitment.restated"), tuple(_restated(told, saying))),
        Section(words("explain.commitment.counts_in"), told.counts_in),
        saying.checks(told.checks),
        saying.seal(told.seal),
    ]
    return saying.document(told.name, _lead(told, saying), sections)


def _lead(told: CommitmentExplanation, saying: Saying) -> Iterator[str]:
    words, commitment = saying.words, told.commitment
    part = saying.text(told.part_text)
    yield " · ".join(filter(None, (saying.text(told.rule.text), part)))
    yield words(
        "explain.commitment.lead",
        status=saying.status(commitment),
        department=saying.department(commitment.department_id, told.department),
        day=saying.day(commitment.decided_on) if commitment.decided_on else "–",
    )
    yield words("explain.known_at", as_of=saying.phrases.as_of(told.as_of), zone=saying.phrases.zone_name)


def _beside(told: CommitmentExplanation, saying: Saying) -> Section:
    """The rows of other tables that belong to it, each with what it says."""
    words = saying.words
    head = tuple(words(f"explain.column.{name}") for name in ("row", "says", "known_at", "origin", "seal"))
    rows = tuple(
        (
            f"{version.table}/{from_source(version.key)}" + ("" if version.is_used else " ↺"),
            ", ".join(f"{column}={saying.cell(value)}" for column, value in version.cells.items() if value is not None),
            saying.moment(version.known_at) + (f" {words('explain.deleted')}" if version.is_deletion else ""),
            from_source(version.origin),
            version.seal or words("explain.unsealed"),
        )
        for version in told.rows_beside
    )
    more = told.rows_beside_of - len(told.rows_beside)
    rest = words("explain.more_rows", count=saying.phrases.whole(more)) if more > 0 else ""
    return Section(words("explain.commitment.beside"), (), Table(head, rows, rest) if rows else None)


def _facts(told: CommitmentExplanation, saying: Saying) -> Section:
    words = saying.words
    head = tuple(words(f"explain.column.{name}") for name in ("fact", "value", "row", "definition"))
    rows = tuple(
        (fact.column, saying.cell(fact.value), from_source(fact.row or "–"), from_source(fact.definition))
        for fact in told.facts
    )
    return Section(words("explain.commitment.facts"), (), Table(head, rows) if rows else None)


def steps_in_words(told: CommitmentExplanation, saying: Saying) -> Iterator[str]:
    """The clock's steps, numbered."""
    for number, step in enumerate(told.steps, start=1):
        yield f"{number:>2}. {_step(step, told, saying)}"


def _step(step: StepTold, told: CommitmentExplanation, saying: Saying) -> str:
    words = saying.words
    if step.kind == "measured":
        return words(
            "explain.step.measured",
            measured=saying.measure(step.amount, step.unit),
            limit=_limits(step, saying),
            status=words(f"status.{told.commitment.status}"),
        )
    if step.kind == "figure":
        by = "explain.step.figure" if step.total is not None else "explain.step.figure_alone"
        return words(by, amount=saying.number(step.amount), total=saying.number(step.total), what=step.what)
    if step.kind == "no_due":
        return words(f"explain.no_due.{step.what or 'open'}")
    amount = saying.measure(step.amount, step.unit) if step.unit in ("count", "percent") else _amount(step, saying)
    return words(
        f"explain.step.{step.kind}",
        **{
            name: value
            for name, value in {
                "at": saying.moment(step.at),
                "until": saying.moment(step.until),
                "day": saying.day(step.day),
                "amount": amount,
                "total": _total(step, saying),
                "what": from_source(step.what) or "–",
            }.items()
            if name in words.fields(f"explain.step.{step.kind}")
        },
    )


def _limits(step: StepTold, saying: Saying) -> str:
    """The limit, or both where there is a lower one, too."""
    limit = saying.measure(step.total, step.unit)
    if step.least is None:
        return f"{_SIGNS.get(step.what, step.what)} {limit}"
    return f"{saying.measure(step.least, step.unit)} – {limit}"


def _amount(step: StepTold, saying: Saying) -> str:
    """How much a step counts, in the measure of its clock."""
    if step.amount is None:
        return "–"
    if step.kind == "works" or step.unit in ("seconds", "working_seconds"):
        shown = _hours(step.amount, saying)
        return shown if step.unit != "working_seconds" else saying.words("explain.unit.working", time=shown)
    units = {"days": "days", "months": "months", "rolled_months": "months", "working_days": "working_days"}
    return saying.measure(step.amount, units.get(step.unit, "count"))


def _total(step: StepTold, saying: Saying) -> str:
    if step.total is None:
        return "–"
    return _hours(step.total, saying) if step.kind == "works" else saying.number(step.total)


def _hours(seconds: float, saying: Saying) -> str:
    """A length of time to the second: ``48:00:00`` for two days of it."""
    whole, rest = divmod(round(seconds * 1_000_000), 1_000_000)
    hours, left = divmod(whole, 3600)
    minutes, left = divmod(left, 60)
    shown = f"{hours}:{minutes:02d}:{left:02d}" + (f".{rest:06d}" if rest else "")
    return saying.words("explain.unit.time", time=shown)


def _owners(told: CommitmentExplanation, saying: Saying) -> Section:
    words = saying.words
    head = tuple(words(f"explain.column.{name}") for name in ("department", "owned_from", "owned_until"))
    rows = tuple(
        (
            saying.department(each.department_id, each.department),
            saying.moment(each.owned_from),
            saying.moment(each.owned_until) if each.owned_until else words("explain.rule.today"),
        )
        for each in told.owners
    )
    return Section(words("explain.commitment.owners"), (), Table(head, rows) if rows else None)


def _considered(told: CommitmentExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    for each in told.considered:
        key = "applies" if each.applies else "applies_not"
        yield words(
            f"explain.exclusion.{key}",
            rule=each.rule,
            text=saying.text(each.text) or "–",
            approver=each.approver or "–",
            tests=_tests(each, saying),
        ).rstrip()


def _tests(each: ConsideredTold, saying: Saying) -> str:
    return "; ".join(saying.tests(each.tests))


def _restated(told: CommitmentExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    for each in told.restatements:
        yield words(
            "explain.commitment.restatement",
            week=each.week,
            before=words(f"status.{each.before}") if each.before else "–",
            after=words(f"status.{each.after}") if each.after else "–",
            cause=words.or_else(f"restated.cause.{each.cause}", each.cause),
        )

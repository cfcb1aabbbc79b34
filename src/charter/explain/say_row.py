"""What became of a row, in words: why it counts, or why not."""

from __future__ import annotations

from collections.abc import Iterator

from charter.explain.document import Document, Saying, Section
from charter.explain.models import RowExplanation, RuleNotMet
from charter.report.view.phrases import from_source


def say_row(told: RowExplanation, saying: Saying) -> Document:
    """Where the row is, what was said of it, which rules looked at it, and when its sources were heard."""
    words = saying.words
    newest = [version for version in told.versions if version.is_used]
    sections = [
        Section(words("explain.row.versions"), (), saying.versions(told.versions) if told.versions else None),
        *(Section(words("explain.commitment.said"), (), saying.cells(version)) for version in newest[:3]),
        Section(words("explain.row.refused"), tuple(_refusals(told, saying))),
        Section(words("explain.row.belongs_to"), told.belongs_to),
        Section(
            words("explain.row.commitments"),
            (),
            saying.commitments(told.commitments, len(told.commitments)) if told.commitments else None,
        ),
        Section(words("explain.row.rules"), tuple(_rules(told, saying))),
        Section(words("explain.row.fates"), tuple(_fates(told, saying))),
        Section(words("explain.row.heard"), tuple(_heard(told, saying))),
        saying.seal(told.seal),
    ]
    return saying.document(told.name, _lead(told, saying), sections)


def _lead(told: RowExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    yield words(f"explain.row.lead.{_state(told)}", count=saying.phrases.whole(len(told.commitments)))
    if told.similar:
        yield words("explain.row.similar", rows=saying.phrases.list([from_source(each) for each in told.similar]))
    yield words("explain.known_at", as_of=saying.phrases.as_of(told.as_of), zone=saying.phrases.zone_name)


def _state(told: RowExplanation) -> str:
    """The one thing to say first of the row."""
    if told.commitments:
        return "counted"
    newest = [version for version in told.versions if version.is_used]
    if newest and all(version.is_deletion for version in newest):
        return "withdrawn"
    if any(each.is_open for each in told.refusals):
        return "refused"
    if not newest:
        return "unknown"
    if any(rule.why == "counted" for rule in told.rules):
        return "counted_over"
    if told.belongs_to:
        return "evidence"
    return "landed"


def _refusals(told: RowExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    for each in told.refusals:
        yield words(
            f"explain.row.refusal.{'open' if each.is_open else 'mended'}",
            table=each.table,
            origin=from_source(each.origin),
            column=each.column or "–",
            reason=from_source(each.reason),
            first=saying.moment(each.first_at),
            last=saying.moment(each.last_at),
        )


def _rules(told: RowExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    for each in told.rules:
        yield words(
            f"explain.row.rule.{each.why}",
            **{
                name: value
                for name, value in {
                    "rule": f"{each.standard_id}/{each.part} v{each.rule_version}",
                    "citation": each.citation,
                    "tests": _failing(each, saying),
                    "opens": each.opens or "–",
                    "day": saying.day(each.opened_on),
                    "commitment": from_source(each.commitment_id or "–"),
                }.items()
                if name in words.fields(f"explain.row.rule.{each.why}")
            },
        )


def _failing(each: RuleNotMet, saying: Saying) -> str:
    return "; ".join(saying.tests([test for test in each.tests if not test.holds])) or "–"


def _fates(told: RowExplanation, saying: Saying) -> Iterator[str]:
    for fate in told.fates:
        table, _, name = fate.partition(": ")
        yield f"{table}: {saying.words.or_else(f'row_fate.{name}', name)}"


def _heard(told: RowExplanation, saying: Saying) -> Iterator[str]:
    words = saying.words
    for each in told.heard:
        yield words(
            f"explain.row.{'heard_at' if each.heard_at else 'never_heard'}",
            source=each.source_id,
            tables=", ".join(each.tables),
            **({"at": saying.moment(each.heard_at)} if each.heard_at else {}),
        )
        for name in ("without_key", "waiting", "left_out"):
            if count := getattr(each, name):
                yield words(f"explain.row.{name}", source=each.source_id, count=saying.phrases.whole(count))

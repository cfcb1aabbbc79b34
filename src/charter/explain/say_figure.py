"""A figure's explanation in words."""

from __future__ import annotations

from collections.abc import Iterator

from charter.explain.document import Document, Saying, Section, Table
from charter.explain.models import FigureExplanation, RuleTold


def say_figure(told: FigureExplanation, saying: Saying) -> Document:
    """The figure, the rule that it is held against, its commitments, what is not known, checks and seal."""
    words = saying.words
    sections = [
        Section(words("explain.figure.counted"), tuple(_counts(told, saying))),
        *(_rule(rule, saying) for rule in told.rules),
        Section(words("explain.figure.not_known"), tuple(_not_known(told, saying))),
        Section(words("explain.figure.reported"), tuple(_reported(told, saying))),
        _commitments(told, saying),
        _exclusions(told, saying),
        saying.checks(told.checks),
        saying.seal(told.seal),
        _beside(told, saying),
    ]
    return saying.document(told.name, _lead(told, saying), sections)


def _lead(told: FigureExplanation, saying: Saying) -> Iterator[str]:
    words, phrases = saying.words, saying.phrases
    yield " · ".join(
        (
            saying.department(told.department_id, told.department),
            phrases.span(told.period_start, told.period_end),
            saying.text(told.rules[-1].text),
        )
    )
    result = f"{words(f'mark.{told.result}')} {words(f'result.{told.result}')}"
    kept = told.components.kept_rate()
    if kept is None:
        yield words("explain.figure.nothing", result=result)
    else:
        yield words(
            "explain.figure.lead",
            result=result,
            met=phrases.whole(told.components.met),
            n=phrases.whole(told.components.n),
            rate=phrases.percent(kept.value),
            target=_target(told.rules[-1], saying),
        )
    yield words("explain.known_at", as_of=phrases.as_of(told.as_of), zone=phrases.zone_name)


def _target(rule: RuleTold, saying: Saying) -> str:
    return saying.words.targets(rule.target, sorted(rule.targets.items()))


def _counts(told: FigureExplanation, saying: Saying) -> Iterator[str]:
    words, phrases, counts = saying.words, saying.phrases, told.components
    for name, number in (
        ("met", counts.met),
        ("breached", counts.breached),
        ("pending", counts.pending),
        ("excluded", counts.excluded),
    ):
        yield f"{words(f'status.{name}')} {phrases.whole(number)}"
    kept = counts.kept_rate()
    if kept is not None:
        yield words(
            "explain.figure.rate",
            met=phrases.whole(counts.met),
            n=phrases.whole(counts.n),
            rate=phrases.percent(kept.value),
            low=phrases.percent(kept.low),
            high=phrases.percent(kept.high),
        )
    if told.breached_strict > counts.breached:
        yield words("explain.figure.strict", count=phrases.whole(told.breached_strict))
    for target in told.targets:
        rate = target.components.kept_rate()
        yield words(
            "explain.figure.part",
            part=target.part,
            version=target.rule_version,
            met=phrases.whole(target.components.met),
            n=phrases.whole(target.components.n),
            rate=phrases.percent(rate.value) if rate is not None else "–",
            target=words.target(target.target),
            result=words(f"result.{target.result}"),
        )


def _rule(rule: RuleTold, saying: Saying) -> Section:
    """The clause and the rule that measures it."""
    return Section(saying.words("explain.rule.title"), rule_lines(rule, saying))


def rule_lines(rule: RuleTold, saying: Saying) -> tuple[str, ...]:
    """What was promised, where it is written, and how it is measured."""
    words = saying.words
    until = str(rule.effective_to) if rule.effective_to else words("explain.rule.today")
    lines = (
        words("explain.rule.clause", citation=rule.citation, text=saying.text(rule.text)),
        words("explain.rule.threshold", threshold=saying.text(rule.threshold), target=_target(rule, saying)),
        words(
            "explain.rule.basis",
            basis=words(f"basis.{rule.basis}"),
            note=saying.text(rule.basis_note),
        )
        if rule.basis_note
        else words("explain.rule.basis_alone", basis=words(f"basis.{rule.basis}")),
        words(
            "explain.rule.version",
            version=rule.version,
            since=rule.effective_from,
            until=until,
            clock=words.or_else(f"clock.{rule.clock}", rule.clock),
        ),
        words("explain.rule.place", place=rule.place),
    )
    return lines


def _not_known(told: FigureExplanation, saying: Saying) -> Iterator[str]:
    words, phrases = saying.words, saying.phrases
    for silence in told.silences:
        yield words(
            "explain.figure.silence",
            source=silence.source_id,
            days=phrases.whole(silence.days),
            day=saying.day(silence.first_day),
            reason=silence.reason or "–",
        )
    for name in ("refused", "ahead", "withdrawn", "early", "awaited"):
        count = getattr(told, name)
        if count:
            yield words(f"doubt.{name}", count=phrases.whole(count))
    if told.refused:
        yield words("explain.figure.refused")
    if told.ends is not None:
        worst, best = told.ends.worst(), told.ends.best()
        yield words(
            "explain.figure.ends",
            worst=f"{worst.count}/{worst.n} = {phrases.percent(worst.value)}" if worst is not None else "0%",
            best=f"{best.count}/{best.n} = {phrases.percent(best.value)}" if best is not None else "100%",
        )


def _reported(told: FigureExplanation, saying: Saying) -> Iterator[str]:
    words, phrases = saying.words, saying.phrases
    for each in told.reported:
        yield words(
            "explain.figure.revision",
            revision=each.revision,
            as_of=phrases.as_of(each.as_of),
            met=phrases.whole(each.met),
            n=phrases.whole(each.met + each.breached),
            result=words(f"result.{each.result}") if each.result else "–",
            stands=words(f"explain.figure.{'stands' if each.stands else 'changed'}"),
        )


def _commitments(told: FigureExplanation, saying: Saying) -> Section:
    words = saying.words
    lines = (words("explain.figure.next", name=told.commitments[0].commitment_id),) if told.commitments else ()
    return Section(
        words("explain.figure.commitments", count=saying.phrases.whole(told.shown_of)),
        lines or (words("explain.figure.none"),),
        saying.commitments(told.commitments, told.shown_of, told.period_end) if told.commitments else None,
    )


def _exclusions(told: FigureExplanation, saying: Saying) -> Section:
    words = saying.words
    head = tuple(words(f"explain.column.{name}") for name in ("rule", "reason", "approver", "count"))
    rows = tuple(
        (each.rule, saying.text(each.text), each.approver, saying.phrases.whole(each.count)) for each in told.exclusions
    )
    return Section(words("explain.figure.excluded"), (), Table(head, rows) if rows else None)


def _beside(told: FigureExplanation, saying: Saying) -> Section:
    words, phrases = saying.words, saying.phrases
    head = (
        words("explain.column.figure"),
        words("explain.column.department"),
        *(words(f"status.{name}") for name in ("met", "breached", "pending", "excluded")),
        words("label.result"),
    )
    rows = tuple(
        (
            each.name,
            saying.department(each.department_id, each.department),
            phrases.whole(each.components.met),
            phrases.whole(each.components.breached),
            phrases.whole(each.components.pending),
            phrases.whole(each.components.excluded),
            f"{words(f'mark.{each.result}')} {words(f'result.{each.result}')}",
        )
        for each in told.beside
    )
    anchors = tuple(each.department_id or "" for each in told.beside)
    return Section(words("explain.figure.beside"), (), Table(head, rows, anchors=anchors) if rows else None)

"""Which of our columns a source's column is: by type, by name, and by codes that are translated elsewhere already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charter.definitions.models import Agency, Subject, SubjectColumn
from charter.extract.contract.similarity import likeness
from charter.extract.discover.guesses import Column, Guess
from charter.extract.discover.moments import FITTING

_LIKE_ENOUGH, _MOST = 0.4, 0.6
_FITS: dict[str, tuple[Guess, ...]] = {
    "instant": ("instant",),
    "date": ("date",),
    "code": ("code",),
    "department": ("department",),
    "pseudonym": ("personal",),
    "integer": ("integer",),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
    "text": ("text", "code", "integer"),
}


@dataclass(frozen=True)
class Fit:
    """The landed table that a source's columns fit best. ``is_sure`` when it is called as the source's file or table
    is, or when most of its columns are."""

    table: str
    is_sure: bool


def best_table(agency: Agency, columns: Sequence[Column], called: str) -> Fit | None:
    """The landed table whose columns are found best among the source's, whose rows are ``called`` so; None when none
    has its key and most of its required columns among them."""
    known = translations(agency)
    mappable = sum(each.guess not in ("empty", "free_text") for each in columns)

    def fitness(name: str) -> float:
        """Of its columns and of the source's, the shares that find each other; less for each required one missing."""
        subject = agency.subjects[name]
        matched = matched_columns(subject, columns, known)
        missing = sum(column.required and each not in matched for each, column in subject.columns.items())
        alike = sum(score for _, score in matched.values())
        return alike / len(subject.columns) + alike / max(mappable, 1) - 0.2 * missing

    landed = {name: subject for name, subject in agency.subjects.items() if subject.landed}
    fitting = [name for name, subject in landed.items() if _is_found(subject, matched_columns(subject, columns, known))]
    best = max(fitting, key=fitness, default=None)
    if best is None:
        return None
    alike = [likeness(column.name, name) for name, (column, _) in matched_columns(landed[best], columns, known).items()]
    return Fit(best, likeness(called, best) >= _MOST or sum(alike) >= _MOST * len(alike))


def _is_found(subject: Subject, matched: Mapping[str, object]) -> bool:
    required = [name for name, column in subject.columns.items() if column.required]
    return subject.key in matched and sum(name in matched for name in required) >= _MOST * len(required)


def matched_columns(
    subject: Subject, columns: Sequence[Column], known: Mapping[str, set[str]]
) -> dict[str, tuple[Column, float]]:
    """Our columns with the source's that are most like them, the most alike first; none is taken twice."""
    scores = [
        (_score(subject, name, ours, column, columns, known), name, column)
        for name, ours in subject.columns.items()
        for column in columns
        if column.read_as in _FITS[ours.type]
    ]
    matched: dict[str, tuple[Column, float]] = {}
    for score, name, column in sorted(scores, key=lambda each: -each[0]):
        taken = {found.name for found, _ in matched.values()}
        if score >= _LIKE_ENOUGH and name not in matched and column.name not in taken:
            matched[name] = (column, score)
    return matched


def _score(
    subject: Subject,
    name: str,
    ours: SubjectColumn,
    column: Column,
    columns: Sequence[Column],
    known: Mapping[str, set[str]],
) -> float:
    score = likeness(column.name, name)
    if name == subject.key:
        if not column.may_be_key:
            return 0.0
        score += 0.4
    elif ours.type == "text" and column.may_be_key:
        score -= 0.3
    if ours.values is not None:
        score += sum(code_for(code, ours, known) is not None for code in column.codes) / len(column.codes)
    if ours.type in ("department", "pseudonym"):
        alone = sum(each.guess == column.guess for each in columns) == 1
        score += 0.4 if alone and ours.type == "department" else 0.0
    return score - (0.1 if ours.required and column.filled < FITTING else 0.0)


def translations(agency: Agency) -> dict[str, set[str]]:
    """How codes of sources are translated elsewhere in sources.yaml."""
    known: dict[str, set[str]] = {}
    for source in agency.sources:
        for feed in source.feeds:
            for mapped in feed.mapped().values():
                for value, ours in (mapped.values or {}).items():
                    known.setdefault(value, set()).add(str(ours))
    return known


def code_for(value: str, ours: SubjectColumn, known: Mapping[str, set[str]]) -> str | None:
    """Our code for a value of the source: the same word, or what it is translated to elsewhere."""
    codes = ours.values or []
    if value.casefold() in codes:
        return value.casefold()
    fitting = known.get(value, set()) & set(codes)
    return next(iter(fitting)) if len(fitting) == 1 else None

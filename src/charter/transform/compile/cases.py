"""Which subject tables can be reworked case by case: rows that share a case are judged together, and with no others.

A case is named by a column (``case`` in subjects.yaml) that several landed tables may share, as a ticket and its events
share the ticket's id. Every other table is small enough to be read whole every night.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from charter.definitions.models import KINDS_OF_CASES, Agency, DeadlinePart, Pauses
from charter.definitions.waivers import WAIVERS

# Whatever a waiver takes out, it is looked at by every commitment.
_READ_WHOLE = {WAIVERS}


@dataclass(frozen=True)
class CaseTables:
    """Tables whose rows belong together by the column ``case``: landed ones, and the subject tables judged by it."""

    case: str
    landed: tuple[str, ...]
    subjects: tuple[str, ...]


def case_tables(agency: Agency) -> list[CaseTables]:
    """Every set of tables that can be reworked case by case, by the name of its case.

    A set is left out when some rule or companion figure counts over rows of several of its cases.
    """
    landed: dict[str, list[str]] = {}
    for name, subject in agency.subjects.items():
        if subject.case is not None:
            landed.setdefault(subject.case, []).append(name)
    whole = _READ_WHOLE | {table for subject in _counted_over(agency) for table in _made_of(agency, subject)}
    return [
        CaseTables(case, tuple(tables), tuple(_judged_by(agency, case, tables)))
        for case, tables in landed.items()
        if not whole & set(tables)
    ]


def _judged_by(agency: Agency, case: str, tables: list[str]) -> Iterator[str]:
    for name, subject in agency.subjects.items():
        if subject.key == case and set(_made_of(agency, name)) <= set(tables):
            yield name


def _counted_over(agency: Agency) -> Iterator[str]:
    """The subject tables that something reads otherwise than one case at a time."""
    for standard in agency.charter.standards:
        for rule in standard.rules:
            if standard.kind not in KINDS_OF_CASES or not _is_its_own_case(agency, rule.subject):
                yield rule.subject
            for part in rule.parts:
                pauses = part.pauses if isinstance(part, DeadlinePart) else None
                if pauses is None:
                    yield from part.beside
                elif not _holds_its_case(agency, rule.subject, pauses):
                    yield from (rule.subject, pauses.of)
            for companion in rule.beside:
                if not _is_its_own_case(agency, companion.subject):
                    yield companion.subject


def _is_its_own_case(agency: Agency, name: str) -> bool:
    key = agency.subjects[name].key
    return all(agency.subjects[table].case == key for table in _made_of(agency, name))


def _holds_its_case(agency: Agency, name: str, pauses: Pauses) -> bool:
    """Whether the rows that hold a subject's clock are rows of its case."""
    key = agency.subjects[name].key
    return agency.subjects[pauses.of].case == key == (pauses.by or key)


def _made_of(agency: Agency, name: str) -> list[str]:
    subject = agency.subjects[name]
    return [name] if subject.landed else subject.of

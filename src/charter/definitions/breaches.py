"""Tables of breaches: which broken promise each is of, and in which order promises are judged for them.

A promise about a broken promise can only be judged once that one is. A table of the first *tier* has no breach among
what it is derived of; a table of the breaches of a standard is of the tier after that standard's, and a standard of the
highest tier of the tables that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from charter.definitions.models import BreachOf, Charter, Standard, Subject, needed_tables

FIRST_TIER = 1


def breach_behind(subjects: Mapping[str, Subject], table: str) -> BreachOf | None:
    """The breach that the rows of ``table`` are of: its own, or that of the table that it is derived from."""
    subject = subjects.get(table)
    if subject is None:
        return None
    return subject.breach_of or (breach_behind(subjects, subject.from_) if subject.from_ else None)


def standard_called(charter: Charter, standard_id: str) -> Standard | None:
    return next((each for each in charter.standards if each.id == standard_id), None)


def broken_parts(charter: Charter, breach: BreachOf) -> list[tuple[int, str]]:
    """The versions of the standard's rule that have the part whose breaches are meant, and the part."""
    standard = standard_called(charter, breach.standard)
    return [
        (rule.version, part.id)
        for rule in (standard.rules if standard else ())
        for part in rule.parts
        if breach.part in (None, part.id)
    ]


def tables_read(standard: Standard) -> list[str]:
    """The subject tables that a standard's rules read."""
    return list(
        dict.fromkeys(
            table
            for rule in standard.rules
            for table in (rule.subject, *(beside for part in rule.parts for beside in part.beside))
        )
    )


def circle_of(charter: Charter, subjects: Mapping[str, Subject], table: str) -> list[str] | None:
    """The tables through which the breaches in ``table`` come back to themselves, if they do."""
    return _circle(charter, subjects, table, [])


def _circle(charter: Charter, subjects: Mapping[str, Subject], table: str, under_way: list[str]) -> list[str] | None:
    if table in under_way:
        return [*under_way[under_way.index(table) :], table]
    for before in _read_before(charter, subjects, table):
        if (found := _circle(charter, subjects, before, [*under_way, table])) is not None:
            return found
    return None


def _read_before(charter: Charter, subjects: Mapping[str, Subject], table: str) -> Iterator[str]:
    """The tables that must be there before ``table`` can be."""
    subject = subjects.get(table)
    if subject is None:
        return
    if subject.from_ is not None:
        yield subject.from_
    standard = standard_called(charter, subject.breach_of.standard) if subject.breach_of else None
    if standard is not None:
        yield from tables_read(standard)


def tier_of_table(charter: Charter, subjects: Mapping[str, Subject], table: str) -> int:
    """The tier of what is judged on ``table``. There must be no circle."""
    subject = subjects.get(table)
    if subject is None:
        return FIRST_TIER
    own = tier_of_table(charter, subjects, subject.from_) if subject.from_ is not None else FIRST_TIER
    standard = standard_called(charter, subject.breach_of.standard) if subject.breach_of else None
    return own if standard is None else max(own, tier_of_standard(charter, subjects, standard) + 1)


def tier_of_standard(charter: Charter, subjects: Mapping[str, Subject], standard: Standard) -> int:
    """The tier in which all versions of a standard's rule are judged. There must be no circle."""
    return max(tier_of_table(charter, subjects, table) for table in tables_read(standard))


def with_tables_of_the_broken(charter: Charter, subjects: dict[str, Subject]) -> dict[str, Subject]:
    """``subjects`` in which every table of breaches is made of all landed tables by which the broken promise is judged:
    those whose rows hold its clock, too. There must be no circle."""
    done: dict[str, Subject] = {}
    for name in sorted(subjects, key=lambda table: _depth(charter, subjects, table)):
        subject = subjects[name]
        if breach_behind(subjects, name) is not None:
            made_of = [*subject.of, *done[str(subject.from_)].of]
            standard = standard_called(charter, subject.breach_of.standard) if subject.breach_of else None
            for rule in standard.rules if standard else ():
                made_of += needed_tables(rule, {**subjects, **done})
            subject = subject.model_copy(update={"of": list(dict.fromkeys(made_of))})
        done[name] = subject
    return {name: done[name] for name in subjects}


def _depth(charter: Charter, subjects: Mapping[str, Subject], table: str) -> int:
    """How many tables come before ``table`` at most."""
    return 1 + max((_depth(charter, subjects, each) for each in _read_before(charter, subjects, table)), default=0)

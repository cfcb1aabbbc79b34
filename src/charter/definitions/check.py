"""What no single file can tell: that the files of a charter folder agree with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from charter.definitions.load import Document, Folder
from charter.definitions.models import (
    Companion,
    Comparison,
    CoveragePart,
    DeadlinePart,
    Department,
    Evidence,
    Feed,
    LeadTimePart,
    LevelPart,
    OccurrencePart,
    Owner,
    Part,
    Placement,
    Rule,
    Source,
    Subject,
    Where,
    ZeroPart,
)
from charter.errors import Problem

Location = tuple[str | int, ...]
MOMENTS = frozenset({"instant", "date"})


def check_folder(folder: Folder) -> list[Problem]:
    """Every disagreement between the files of ``folder``, in the order of the files."""
    return [
        *_check_charter(folder),
        *_check_departments(folder),
        *_check_calendar(folder),
        *_check_subjects(folder),
        *_check_sources(folder),
    ]


def _closest(name: str, known: Iterable[str]) -> str:
    options = sorted(known)
    near = get_close_matches(name, options, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(options)}"


def _repeated(document: Document, base: Location, ids: list[str], noun: str) -> Iterator[Problem]:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield Problem(f"the {noun} '{name}' is given twice", document.place((*base, index)), "keep one of them")


def _overlapping(periods: list[tuple[date, date | None]]) -> Iterator[int]:
    """Indexes of periods that begin before an earlier-starting one has ended. Ends are included; None is open."""
    order = sorted(range(len(periods)), key=lambda index: periods[index][0])
    for before, after in pairwise(order):
        end = periods[before][1]
        if end is None or end >= periods[after][0]:
            yield after


# ── charter.yaml ────────────────────────────────────────────────────────────────────────────────


def _check_charter(folder: Folder) -> Iterator[Problem]:
    document, charter = folder.documents["charter.yaml"], folder.charter
    pledges = {pledge.id for pledge in charter.pledges}
    yield from _repeated(document, ("standards",), [standard.id for standard in charter.standards], "standard")
    for index, standard in enumerate(charter.standards):
        base: Location = ("standards", index)
        if standard.pledge not in pledges:
            yield Problem(
                f"'{standard.pledge}' is not a pledge",
                document.place((*base, "pledge")),
                _closest(standard.pledge, pledges),
            )
        rules: list[Rule[Any]] = [*standard.rules]
        versions = [rule.version for rule in rules]
        if len(set(versions)) != len(versions):
            yield Problem(
                f"'{standard.id}' has two rules of the same version",
                document.place((*base, "rules")),
                "number them 1, 2, …",
            )
        for late in _overlapping([(rule.effective_from, rule.effective_to) for rule in rules]):
            yield Problem(
                f"version {versions[late]} of '{standard.id}' begins while another is in force",
                document.place((*base, "rules", late, "effective_from")),
                "end the earlier one (effective_to) the day before",
            )
        for number, rule in enumerate(rules):
            yield from _check_rule(folder, (*base, "rules", number), rule)


def _check_rule(folder: Folder, base: Location, rule: Rule[Any]) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(rule.subject)
    if subject is None:
        yield Problem(
            f"'{rule.subject}' is not a subject table",
            document.place((*base, "subject")),
            _closest(rule.subject, subjects),
        )
        return
    check = _Columns(document, rule.subject, subject)
    yield from check.where((*base, "where"), rule.where)
    yield from _check_owner(folder, check, (*base, "owner"), rule.owner)
    for index, name in enumerate(rule.exclude):
        yield from _check_exclusion(folder, check, (*base, "exclude", index), name)
        yield from _check_needs_limit(folder, check, (*base, "exclude", index), name, rule)
    yield from _repeated(document, (*base, "parts"), [part.id for part in rule.parts], "part")
    for index, part in enumerate(rule.parts):
        place = (*base, "parts", index)
        yield from check.where((*place, "where"), part.where)
        yield from _check_part(folder, check, place, part)
    for index, companion in enumerate(rule.companions):
        yield from _check_companion(folder, (*base, "companions", index), companion)


def _check_owner(folder: Folder, check: _Columns, place: Location, owner: Owner) -> Iterator[Problem]:
    if owner.column is not None:
        yield from check.column((*place, "column"), owner.column, {"department"})
        return
    known = {department.id for department in folder.organisation.departments}
    if owner.department not in known:
        yield Problem(
            f"'{owner.department}' is not a department",
            check.document.place((*place, "department")),
            _closest(str(owner.department), known),
        )


def _check_exclusion(folder: Folder, check: _Columns, place: Location, name: str) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if exclusion is None:
        yield Problem(
            f"'{name}' is not an exclusion", check.document.place(place), _closest(name, folder.charter.exclusions)
        )
        return
    definition: Location = ("exclusions", name)
    yield from check.where((*definition, "where"), exclusion.where)
    for key in ("at", "ended_before_limit"):
        if (column := getattr(exclusion, key)) is not None:
            yield from check.column((*definition, key), column, MOMENTS)


def _check_needs_limit(
    folder: Folder, check: _Columns, place: Location, name: str, rule: Rule[Any]
) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if exclusion is None or exclusion.ended_before_limit is None:
        return
    if not all(isinstance(part, DeadlinePart) for part in rule.parts):
        yield Problem(
            f"'{name}' excludes what ended before the limit, which only a deadline has",
            check.document.place(place),
            "use it in deadline standards, or another exclusion here",
        )


def _check_companion(folder: Folder, place: Location, companion: Companion) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    subject = subjects.get(companion.subject)
    if subject is None:
        yield Problem(
            f"'{companion.subject}' is not a subject table",
            document.place((*place, "subject")),
            _closest(companion.subject, subjects),
        )
        return
    check = _Columns(document, companion.subject, subject)
    yield from check.column((*place, "on"), companion.on, MOMENTS)
    yield from check.where((*place, "where"), companion.where)
    yield from check.where((*place, "numerator"), companion.numerator or {})
    if companion.sum_of is not None:
        yield from check.column((*place, "sum_of"), companion.sum_of, {"number", "integer"})
    yield from _check_owner(folder, check, (*place, "owner"), companion.owner)


def _check_part(folder: Folder, check: _Columns, place: Location, part: Part) -> Iterator[Problem]:
    for key, column, types in _columns_of(part):
        yield from check.column((*place, *key), column, types)
    if isinstance(part, LevelPart) and part.population is not None:
        yield from _check_population(folder, (*place, "population"), part)
    if isinstance(part, CoveragePart | LeadTimePart) and part.limit.unit != "days" and part.limit.unit != "months":
        opens = check.subject.columns.get(part.opens)
        if opens is not None and opens.type == "date":
            yield Problem(
                f"a limit of {part.limit} cannot run from '{part.opens}', which is a date",
                check.document.place((*place, "limit")),
                "give the limit in days or months",
            )
    if isinstance(part, DeadlinePart) and part.limit is not None and part.clock == "kr_civil_petition":
        yield from _check_petition_limit(check, place, part)


def _check_petition_limit(check: _Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    opens = check.subject.columns.get(part.opens)
    assert part.limit is not None
    short = part.limit.unit in ("seconds", "minutes", "hours") or (part.limit.unit == "days" and part.limit.amount <= 5)
    if short and opens is not None and opens.type == "date":
        yield Problem(
            f"kr_civil_petition counts a limit of {part.limit} in working hours, but '{part.opens}' is only a date",
            check.document.place((*place, "opens")),
            "open it with an instant, or give a limit of 6 days or more",
        )


def _columns_of(part: Part) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    """Every column a part names: where, which, and the types it may have (None: any)."""
    match part:
        case DeadlinePart():
            yield ("opens",), part.opens, MOMENTS
            for key in ("any_of", "all_of"):
                for index, column in enumerate(getattr(part.fulfilled_by, key)):
                    yield ("fulfilled_by", key, index), column, MOMENTS
            if part.due is not None:
                yield ("due",), part.due, {"instant"}
            if part.extension is not None:
                yield ("extension", "notified"), part.extension.notified, MOMENTS
                yield ("extension", "reason"), part.extension.reason, None
        case LeadTimePart():
            yield ("opens",), part.opens, MOMENTS
            yield ("event",), part.event, {"date"}
            yield ("notice",), part.notice, {"date"}
        case OccurrencePart() | ZeroPart():
            yield ("on",), part.on, {"date"}
        case LevelPart():
            yield ("item",), part.item, None
            yield ("starts",), part.starts, {"date"}
            if part.ends is not None:
                yield ("ends",), part.ends, {"date"}
            for column in part.standing:
                yield ("standing", column), column, None
        case CoveragePart():
            yield ("opens",), part.opens, MOMENTS
            for index, evidence in enumerate(part.evidence):
                yield from _columns_of_evidence(("evidence", index), evidence)


def _columns_of_evidence(
    place: Location, evidence: Evidence
) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    if evidence.column is not None:
        yield (*place, "column"), evidence.column, MOMENTS if evidence.within else None
    if evidence.after is not None:
        yield (*place, "after"), evidence.after, MOMENTS
    for index, option in enumerate(evidence.any_of or []):
        yield from _columns_of_evidence((*place, "any_of", index), option)


def _check_population(folder: Folder, place: Location, part: LevelPart) -> Iterator[Problem]:
    document, subjects = folder.documents["charter.yaml"], folder.subjects.subjects
    population = part.population
    assert population is not None
    subject = subjects.get(population.subject)
    if subject is None:
        yield Problem(
            f"'{population.subject}' is not a subject table",
            document.place((*place, "subject")),
            _closest(population.subject, subjects),
        )
        return
    check = _Columns(document, population.subject, subject)
    yield from check.column((*place, "item"), population.item, None)
    yield from check.column((*place, "starts"), population.starts, {"date"})
    yield from check.column((*place, "ends"), population.ends, {"date"})


class _Columns:
    """Checks that columns named in the charter exist in one subject table and have a fitting type."""

    def __init__(self, document: Document, name: str, subject: Subject) -> None:
        self.document = document
        self.name = name
        self.subject = subject

    def column(self, place: Location, name: str, types: Iterable[str] | None) -> Iterator[Problem]:
        column = self.subject.columns.get(name)
        if column is None:
            yield Problem(
                f"'{name}' is not a column of '{self.name}'",
                self.document.place(place),
                _closest(name, self.subject.columns),
            )
        elif types is not None and column.type not in types:
            yield Problem(
                f"'{name}' of '{self.name}' is of type {column.type}, not {' or '.join(sorted(types))}",
                self.document.place(place),
                "name a column of that type, or correct its type in subjects.yaml",
            )

    def where(self, place: Location, where: Where) -> Iterator[Problem]:
        for name, condition in where.items():
            yield from self.column((*place, name), name, None)
            column = self.subject.columns.get(name)
            if column is None or column.values is None:
                continue
            given = condition.not_in or [] if isinstance(condition, Comparison) else condition
            for value in given if isinstance(given, list) else [given]:
                if value not in column.values:
                    yield Problem(
                        f"'{value}' is not a value of '{name}' in '{self.name}'",
                        self.document.place((*place, name)),
                        _closest(str(value), column.values),
                    )


# ── departments.yaml ────────────────────────────────────────────────────────────────────────────


def _check_departments(folder: Folder) -> Iterator[Problem]:
    document, departments = folder.documents["departments.yaml"], folder.organisation.departments
    ids = [department.id for department in departments]
    yield from _repeated(document, ("departments",), ids, "department")
    names: dict[str, str] = {}
    for index, department in enumerate(departments):
        base: Location = ("departments", index)
        for alias in {department.name.ko, department.name.en, *department.aliases}:
            if (other := names.setdefault(alias, department.id)) != department.id:
                yield Problem(
                    f"'{alias}' names both '{other}' and '{department.id}'",
                    document.place(base),
                    "a name may stand for one department only",
                )
        for number, placement in enumerate(department.placements):
            if placement.parent is not None and placement.parent not in ids:
                yield Problem(
                    f"'{placement.parent}' is not a department",
                    document.place((*base, "placements", number, "parent")),
                    _closest(placement.parent, ids),
                )
        for late in _overlapping([(placed.effective_from, placed.effective_to) for placed in department.placements]):
            yield Problem(
                f"'{department.id}' has two places at once",
                document.place((*base, "placements", late)),
                "end the earlier one (effective_to) the day before",
            )
    yield from _check_circles(document, departments)


def _check_circles(document: Document, departments: list[Department]) -> Iterator[Problem]:
    placements = {department.id: department.placements for department in departments}
    changes = sorted({placed.effective_from for each in placements.values() for placed in each})
    for index, department in enumerate(departments):
        for day in changes:
            seen, at = {department.id}, _parent_on(placements, department.id, day)
            while at is not None and at not in seen:
                seen.add(at)
                at = _parent_on(placements, at, day)
            if at == department.id:
                yield Problem(
                    f"'{department.id}' stands above itself on {day}",
                    document.place(("departments", index)),
                    "correct the parent of one of the departments in this circle",
                )
                break


def _parent_on(placements: dict[str, list[Placement]], department_id: str, day: date) -> str | None:
    for placed in placements.get(department_id, []):
        if placed.effective_from <= day and (placed.effective_to is None or day <= placed.effective_to):
            return placed.parent
    return None


# ── calendar.yaml ───────────────────────────────────────────────────────────────────────────────


def _check_calendar(folder: Folder) -> Iterator[Problem]:
    document, calendar, charter = folder.documents["calendar.yaml"], folder.calendar, folder.charter
    if not calendar.first_day <= charter.in_force_from <= calendar.last_day:
        yield Problem(
            f"the calendar ({calendar.first_day} to {calendar.last_day}) does not hold {charter.in_force_from}, "
            "when the charter came into force",
            document.place(("first_day",)),
            "freeze the calendar for the years the charter is in force",
        )
    hours = calendar.working_hours
    if hours.start >= hours.end:
        yield Problem("working hours end before they start", document.place(("working_hours", "end")), "swap them")
    if (hours.break_start is None) != (hours.break_end is None):
        yield Problem(
            "a break has a start and an end", document.place(("working_hours",)), "give both break_start and break_end"
        )
    elif hours.break_start and hours.break_end and not hours.start <= hours.break_start <= hours.break_end <= hours.end:
        yield Problem(
            "the break is not inside the working hours",
            document.place(("working_hours", "break_start")),
            "put it between start and end",
        )
    for key in ("holidays", "closures"):
        for index, off in enumerate(getattr(calendar, key)):
            if not calendar.first_day <= off.day <= calendar.last_day:
                yield Problem(
                    f"{off.day} is outside the calendar",
                    document.place((key, index)),
                    "remove it, or widen the calendar",
                )


# ── subjects.yaml ───────────────────────────────────────────────────────────────────────────────


def _check_subjects(folder: Folder) -> Iterator[Problem]:
    document, subjects = folder.documents["subjects.yaml"], folder.subjects.subjects
    landed = {name for name, subject in subjects.items() if subject.landed}
    for name, subject in subjects.items():
        for index, table in enumerate(subject.of):
            if table not in landed:
                yield Problem(
                    f"'{table}' is not a landed table",
                    document.place(("subjects", name, "of", index)),
                    _closest(table, landed),
                )


# ── sources.yaml ────────────────────────────────────────────────────────────────────────────────

_PLACE_OF_KIND = {"sql": "query", "csv": "path", "workbook": "sheet"}


def _check_sources(folder: Folder) -> Iterator[Problem]:
    document, sources = folder.documents["sources.yaml"], folder.sources.sources
    subjects = folder.subjects.subjects
    yield from _repeated(document, ("sources",), [source.id for source in sources], "source")
    for index, source in enumerate(sources):
        for number, feed in enumerate(source.feeds):
            place: Location = ("sources", index, "feeds", number)
            yield from _check_feed_place(document, place, source, feed)
            yield from _check_feed_columns(document, place, feed, subjects)
    fed = {feed.table for source in sources for feed in source.feeds}
    for index, standard in enumerate(folder.charter.standards):
        each: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(each):
            for table in needed_tables(rule, subjects):
                if table not in fed:
                    yield Problem(
                        f"no source feeds '{table}', which '{standard.id}' is measured on",
                        folder.documents["charter.yaml"].place(("standards", index, "rules", number, "subject")),
                        f"add a feed with table: {table} to sources.yaml",
                    )


def needed_tables(rule: Rule[Any], subjects: dict[str, Subject]) -> list[str]:
    """The landed tables that a rule is measured on, in a fixed order."""
    names = [rule.subject]
    names += [part.population.subject for part in rule.parts if isinstance(part, LevelPart) and part.population]
    landed = [table for name in names if name in subjects for table in (subjects[name].of or [name])]
    return sorted(set(landed))


def _check_feed_place(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    wanted = _PLACE_OF_KIND[source.kind]
    for key in _PLACE_OF_KIND.values():
        given = getattr(feed, key) is not None
        if given and key not in (wanted, "path"):
            yield Problem(
                f"a {source.kind} source has no '{key}'", document.place((*place, key)), f"use '{wanted}' instead"
            )
        if key == wanted and not given:
            yield Problem(f"'{wanted}' is not given", document.place(place), f"say with {wanted} where the rows are")
    daily = feed.path is not None and "{day}" in feed.path
    if daily != source.freshness.expect.startswith("file_each"):
        yield Problem(
            f"freshness '{source.freshness.expect}' does not fit the path '{feed.path}'",
            document.place((*place, "path") if feed.path else place),
            "daily files have {day} in their path and freshness file_each_day or file_each_working_day; "
            "others have each_night",
        )


def _check_feed_columns(
    document: Document, place: Location, feed: Feed, subjects: dict[str, Subject]
) -> Iterator[Problem]:
    landed = {name for name, subject in subjects.items() if subject.landed}
    if feed.table not in landed:
        yield Problem(
            f"'{feed.table}' is not a landed table", document.place((*place, "table")), _closest(feed.table, landed)
        )
        return
    subject = subjects[feed.table]
    for name in [subject.key, *(name for name, column in subject.columns.items() if column.required)]:
        if name not in feed.columns:
            yield Problem(
                f"the required column '{name}' of '{feed.table}' is not mapped",
                document.place((*place, "columns")),
                f"add {name}: <source column>",
            )
    for name, mapped in feed.mapped().items():
        column = subject.columns.get(name)
        where = document.place((*place, "columns", name))
        if column is None:
            yield Problem(f"'{name}' is not a column of '{feed.table}'", where, _closest(name, subject.columns))
            continue
        for value in (mapped.values or {}).values():
            if column.values is not None and value not in column.values:
                yield Problem(f"'{value}' is not a value of '{name}'", where, _closest(str(value), column.values))

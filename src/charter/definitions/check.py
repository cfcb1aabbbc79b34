"""What no single file can tell: that the files of a charter folder agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter, ValidationError

from charter.definitions.columns import Columns, closest
from charter.definitions.document import Document, Location
from charter.definitions.json_paths import JsonPath
from charter.definitions.load import Folder
from charter.definitions.models import (
    MOMENTS,
    CalendarDefinition,
    Companion,
    CoveragePart,
    DeadlinePart,
    Department,
    Duration,
    Evidence,
    Extension,
    Feed,
    Finish,
    Holiday,
    LeadTimePart,
    LevelPart,
    NumberPages,
    OccurrencePart,
    OffsetPages,
    Owner,
    Part,
    Placement,
    Rule,
    Source,
    Subject,
    SubjectColumn,
    WorkingHours,
    ZeroPart,
)
from charter.deliver.messages import MailAddress
from charter.errors import Problem


def check_folder(folder: Folder) -> list[Problem]:
    """Every disagreement between the files of ``folder``, in the order of the files."""
    return [
        *_check_charter(folder),
        *_check_departments(folder),
        *_check_calendar(folder),
        *_check_subjects(folder),
        *_check_sources(folder),
    ]


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
                closest(standard.pledge, pledges),
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
            closest(rule.subject, subjects),
        )
        return
    check = Columns(document, rule.subject, subject)
    yield from check.where((*base, "where"), rule.where)
    yield from _check_owner(folder, check, (*base, "owner"), rule.owner)
    if rule.missing_day_at_most is not None and not _is_of_cases(rule):
        yield Problem(
            "a missing day of this rule holds one commitment for each part, or one for the slot, whatever is declared",
            document.place((*base, "missing_day_at_most")),
            "leave missing_day_at_most out: it is for deadline, lead-time and coverage standards",
        )
    for index, name in enumerate(rule.exclude):
        yield from _check_exclusion(folder, check, (*base, "exclude", index), name)
        yield from _check_fits_kind(folder, check, (*base, "exclude", index), name, rule)
    yield from _repeated(document, (*base, "parts"), [part.id for part in rule.parts], "part")
    for index, part in enumerate(rule.parts):
        place = (*base, "parts", index)
        yield from check.where((*place, "where"), part.where)
        yield from _check_part(folder, check, place, part)
    for index, companion in enumerate(rule.companions):
        yield from _check_companion(folder, (*base, "companions", index), companion)


def _check_owner(folder: Folder, check: Columns, place: Location, owner: Owner) -> Iterator[Problem]:
    if owner.column is not None:
        yield from check.column((*place, "column"), owner.column, {"department"})
        column = check.subject.columns.get(owner.column)
        if column is not None and column.type == "department" and not column.required:
            yield Problem(
                f"'{owner.column}' of '{check.name}' may be empty, and nobody would answer",
                check.document.place((*place, "column")),
                f"make '{owner.column}' required in subjects.yaml (rows without it are then refused one by one), "
                "or name a department",
            )
        return
    known = {department.id for department in folder.organisation.departments}
    if owner.department not in known:
        yield Problem(
            f"'{owner.department}' is not a department",
            check.document.place((*place, "department")),
            closest(str(owner.department), known),
        )


def _check_exclusion(folder: Folder, check: Columns, place: Location, name: str) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if exclusion is None:
        yield Problem(
            f"'{name}' is not an exclusion", check.document.place(place), closest(name, folder.charter.exclusions)
        )
        return
    definition: Location = ("exclusions", name)
    yield from check.where((*definition, "where"), exclusion.where)
    for key in ("at", "ended_before_limit"):
        if (column := getattr(exclusion, key)) is not None:
            yield from check.column((*definition, key), column, MOMENTS)


def _is_of_cases(rule: Rule[Any]) -> bool:
    """Whether the rule makes a promise of each case, not of days or slots."""
    return all(isinstance(part, DeadlinePart | LeadTimePart | CoveragePart) for part in rule.parts)


def _check_fits_kind(folder: Folder, check: Columns, place: Location, name: str, rule: Rule[Any]) -> Iterator[Problem]:
    exclusion = folder.charter.exclusions.get(name)
    if not _is_of_cases(rule):
        yield Problem(
            f"'{name}' takes out single cases, but this rule counts slots or days",
            check.document.place(place),
            "use it in deadline, lead-time and coverage standards; a day or slot can only be waived",
        )
        return
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
            closest(companion.subject, subjects),
        )
        return
    check = Columns(document, companion.subject, subject)
    yield from check.column((*place, "on"), companion.on, MOMENTS)
    yield from check.where((*place, "where"), companion.where)
    yield from check.where((*place, "numerator"), companion.numerator or {})
    if companion.sum_of is not None:
        yield from check.column((*place, "sum_of"), companion.sum_of, {"number", "integer"})
    yield from _check_owner(folder, check, (*place, "owner"), companion.owner)


def _check_part(folder: Folder, check: Columns, place: Location, part: Part) -> Iterator[Problem]:
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
    if isinstance(part, CoveragePart):
        yield from _check_windows(check, (*place, "evidence"), part.evidence)
    if isinstance(part, DeadlinePart):
        for where, finish in _places_of_finishes(part):
            yield from check.where((*place, *where, "where"), finish.where)
    if isinstance(part, DeadlinePart) and part.limit is not None:
        if part.clock == "kr_civil_petition":
            yield from _check_petition_limit(check, place, part)
        yield from _check_counted_alike(check, place, part.clock, part.limit, part.extension)


def _check_windows(check: Columns, place: Location, pieces: list[Evidence]) -> Iterator[Problem]:
    for index, piece in enumerate(pieces):
        yield from _check_windows(check, (*place, index, "any_of"), piece.any_of or [])
        if piece.after is None or piece.within is None or piece.within.unit == "days":
            continue
        columns = (check.subject.columns.get(name) for name in (piece.column or "", piece.after))
        if any(column is not None and column.type == "date" for column in columns):
            yield Problem(
                f"'{piece.column}' within {piece.within} of '{piece.after}' cannot be told: one of them is only a date",
                check.document.place((*place, index, "within")),
                "give within in days, or name two instants",
            )


def _check_counted_alike(
    check: Columns, place: Location, clock: str, limit: Duration, extension: Extension | None
) -> Iterator[Problem]:
    if clock == "kr_civil_petition" and limit.unit == "months" and limit.amount == 0:
        yield Problem(
            f"{clock} counts the first day of a month: a limit of {limit} would end before it begins",
            check.document.place((*place, "limit")),
            "give at least 1 month",
        )
    if extension is not None and extension.limit.unit != limit.unit:
        yield Problem(
            f"an extension of {extension.limit} cannot go on counting a limit of {limit}",
            check.document.place((*place, "extension", "limit")),
            f"give the extension in {limit.unit}",
        )


def _check_petition_limit(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
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
            for where, finish in _places_of_finishes(part):
                yield where, finish.column, MOMENTS
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


def _places_of_finishes(part: DeadlinePart) -> Iterator[tuple[Location, Finish]]:
    form = "any_of" if part.fulfilled_by.any_of else "all_of"
    for index, finish in enumerate(part.fulfilled_by.finishes()):
        yield ("fulfilled_by", form, index), finish


def _columns_of_evidence(
    place: Location, evidence: Evidence
) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    if evidence.column is not None:
        yield (*place, "column"), evidence.column, MOMENTS if evidence.after else None
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
            closest(population.subject, subjects),
        )
        return
    check = Columns(document, population.subject, subject)
    yield from check.column((*place, "item"), population.item, None)
    yield from check.column((*place, "starts"), population.starts, {"date"})
    yield from check.column((*place, "ends"), population.ends, {"date"})


# ── departments.yaml ────────────────────────────────────────────────────────────────────────────


def _check_departments(folder: Folder) -> Iterator[Problem]:
    from charter.extract.composing import composed

    document, departments = folder.documents["departments.yaml"], folder.organisation.departments
    ids = [department.id for department in departments]
    yield from _repeated(document, ("departments",), ids, "department")
    names: dict[str, str] = {}
    for index, department in enumerate(departments):
        base: Location = ("departments", index)
        for alias in {composed(name) for name in (department.name.ko, department.name.en, *department.aliases)}:
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
                    closest(placement.parent, ids),
                )
        for late in _overlapping([(placed.effective_from, placed.effective_to) for placed in department.placements]):
            yield Problem(
                f"'{department.id}' has two places at once",
                document.place((*base, "placements", late)),
                "end the earlier one (effective_to) the day before",
            )
    yield from _check_circles(document, departments)
    yield from _check_recipients(document, departments)


def _check_recipients(document: Document, departments: list[Department]) -> Iterator[Problem]:
    """What the outbox would only refuse when a report is due: its own rule for addresses, and one mailbox for two."""
    owners: dict[str, str] = {}
    for index, department in enumerate(departments):
        for number, recipient in enumerate(department.recipients):
            place = document.place(("departments", index, "recipients", number, "address"))
            try:
                mailbox = TypeAdapter(MailAddress).validate_python(recipient.address)
            except ValidationError:
                yield Problem(
                    "the address is not one that a report can be sent to",
                    place,
                    "write it as name@domain, in ASCII; an international domain in its xn-- form",
                )
                continue
            if mailbox in owners:
                both = f"'{owners[mailbox]}' and '{department.id}'"
                yield Problem(
                    f"one mailbox is a recipient of {both}"
                    if owners[mailbox] != department.id
                    else f"one mailbox is a recipient of '{department.id}' twice",
                    place,
                    "give each department a mailbox of its own: a mailbox gets one report a week (upper case is lower)",
                )
            owners.setdefault(mailbox, department.id)


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
    yield from _check_calendar_start(folder)
    yield from _check_hours(document, ("working_hours",), calendar.working_hours)
    for key in ("holidays", "closures"):
        yield from _check_days_off(document, (key,), getattr(calendar, key), calendar)
    departments = {department.id for department in folder.organisation.departments}
    seen: set[str] = set()
    for index, office in enumerate(calendar.offices):
        place = ("offices", index)
        if office.department not in departments:
            yield Problem(
                f"no department '{office.department}'",
                document.place((*place, "department")),
                "name a department of departments.yaml",
            )
        if office.department in seen:
            yield Problem(f"a second calendar for '{office.department}'", document.place(place), "keep one of the two")
        seen.add(office.department)
        if office.working_hours is not None:
            yield from _check_hours(document, (*place, "working_hours"), office.working_hours)
        yield from _check_days_off(document, (*place, "holidays"), office.holidays, calendar)


def _check_calendar_start(folder: Folder) -> Iterator[Problem]:
    """A clock that stands still on days off cannot start on a day that the calendar does not hold."""
    document, calendar = folder.documents["charter.yaml"], folder.calendar
    for index, standard in enumerate(folder.charter.standards):
        rules: list[Rule[Any]] = [*standard.rules]
        for number, rule in enumerate(rules):
            stands_still = any(part.clock in ("business_hours", "kr_civil_petition") for part in rule.parts)
            if stands_still and rule.effective_from < calendar.first_day:
                yield Problem(
                    f"'{standard.id}' counts working time from {rule.effective_from} on, and the calendar begins on "
                    f"{calendar.first_day}",
                    document.place(("standards", index, "rules", number, "effective_from")),
                    "set first_day of calendar.yaml to that day or earlier, and freeze it anew",
                )


def _check_hours(document: Document, path: Location, hours: WorkingHours) -> Iterator[Problem]:
    if hours.start >= hours.end:
        yield Problem("working hours end before they start", document.place((*path, "end")), "swap them")
    if (hours.break_start is None) != (hours.break_end is None):
        yield Problem("a break has a start and an end", document.place(path), "give both break_start and break_end")
    elif hours.break_start and hours.break_end and not hours.start <= hours.break_start <= hours.break_end <= hours.end:
        yield Problem(
            "the break is not inside the working hours",
            document.place((*path, "break_start")),
            "put it between start and end",
        )


def _check_days_off(
    document: Document, path: Location, days_off: list[Holiday], calendar: CalendarDefinition
) -> Iterator[Problem]:
    for index, off in enumerate(days_off):
        if not calendar.first_day <= off.day <= calendar.last_day:
            yield Problem(
                f"{off.day} is outside the calendar",
                document.place((*path, index)),
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
                    closest(table, landed),
                )
        for column, rule in subject.columns.items():
            yield from _check_reference(document, ("subjects", name, "columns", column), rule, subjects)


def _check_reference(
    document: Document, place: Location, column: SubjectColumn, subjects: dict[str, Subject]
) -> Iterator[Problem]:
    if column.refers_to is None:
        return
    landed = {name for name, subject in subjects.items() if subject.landed}
    if column.refers_to not in landed:
        yield Problem(
            f"'{column.refers_to}' is not a landed table",
            document.place((*place, "refers_to")),
            closest(column.refers_to, landed),
        )
    elif column.type != "text":
        yield Problem(
            f"a column of type {column.type} can't hold a key of '{column.refers_to}'",
            document.place((*place, "refers_to")),
            "give it the type text, or remove refers_to",
        )


# ── sources.yaml ────────────────────────────────────────────────────────────────────────────────

_PLACE_OF_KIND = {
    "sql": "query",
    "csv": "path",
    "workbook": "sheet",
    "parquet": "path",
    "asterisk": "path",
    "http": "path",
    "limesurvey": "survey",
}
# What only an API is told.
_OF_APIS = ("parameters", "parameter_format", "earliest", "records", "pages")


def _check_sources(folder: Folder) -> Iterator[Problem]:
    document, sources = folder.documents["sources.yaml"], folder.sources.sources
    subjects = folder.subjects.subjects
    yield from _repeated(document, ("sources",), [source.id for source in sources], "source")
    for index, source in enumerate(sources):
        yield from _check_authentication(document, index, source)
        yield from _check_freshness(document, index, source)
        yield from _check_feeds_once(document, index, source)
        yield from _check_format(document, ("sources", index, "instant_format"), source.instant_format, "instant")
        yield from _check_format(document, ("sources", index, "date_format"), source.date_format, "date")
        for number, feed in enumerate(source.feeds):
            place: Location = ("sources", index, "feeds", number)
            yield from _check_feed_place(document, place, source, feed)
            yield from _check_layout(document, place, source, feed)
            yield from _check_api(document, place, source, feed)
            yield from _check_arrived_sql(document, place, source, feed)
            yield from _check_feed_columns(document, place, feed, subjects)
            yield from _check_days(document, place, feed, subjects)
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


def _check_feeds_once(document: Document, index: int, source: Source) -> Iterator[Problem]:
    tables = [feed.table for feed in source.feeds]
    for number, table in enumerate(tables):
        if table in tables[:number]:
            yield Problem(
                f"'{source.id}' feeds '{table}' twice, and a key belongs to its source",
                document.place(("sources", index, "feeds", number, "table")),
                "make one feed of both (a query or arrived_sql can unite them), or two sources: "
                "their equal keys are then two cases",
            )


def needed_tables(rule: Rule[Any], subjects: dict[str, Subject]) -> list[str]:
    """The landed tables that a rule is measured on, in a fixed order."""
    names = [rule.subject]
    names += [part.population.subject for part in rule.parts if isinstance(part, LevelPart) and part.population]
    landed = [table for name in names if name in subjects for table in (subjects[name].of or [name])]
    return sorted(set(landed))


def _check_feed_place(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    wanted = _PLACE_OF_KIND[source.kind]
    for key in dict.fromkeys(_PLACE_OF_KIND.values()):
        given = getattr(feed, key) is not None
        if given and key not in (wanted, "path"):
            yield Problem(
                f"a {source.kind} source has no '{key}'", document.place((*place, key)), f"use '{wanted}' instead"
            )
        if key == wanted and not given:
            yield Problem(f"'{wanted}' is not given", document.place(place), f"say with {wanted} where the rows are")
    if feed.is_daily != source.freshness.expect.startswith("file_each"):
        yield Problem(
            f"freshness '{source.freshness.expect}' does not fit the path '{feed.path}'",
            document.place((*place, "path") if feed.path else place),
            "daily files have {day} in their path and freshness file_each_day or file_each_working_day; "
            "others have each_night",
        )


def _check_freshness(document: Document, index: int, source: Source) -> Iterator[Problem]:
    daily = source.freshness.expect != "each_night"
    for key in ("quiet_days", "silent_working_days"):
        if key in source.freshness.model_fields_set and daily != (key == "quiet_days"):
            yield Problem(
                f"freshness '{source.freshness.expect}' has no '{key}'",
                document.place(("sources", index, "freshness", key)),
                "quiet_days is of daily files, silent_working_days of sources that are asked each_night",
            )


def _check_days(document: Document, place: Location, feed: Feed, subjects: dict[str, Subject]) -> Iterator[Problem]:
    """What a feed says of its daily files: whether it has any, and whether the column that dates their rows can."""
    for key in ("dated_by", "of_any_day", "days_correct_each_other"):
        if key in feed.model_fields_set and not feed.is_daily:
            yield Problem(f"'{key}' is said of daily files", document.place((*place, key)), f"remove {key}")
    if feed.dated_by is None or feed.table not in subjects:
        return
    where = document.place((*place, "dated_by"))
    if feed.of_any_day:
        yield Problem("rows of any day are dated by no column", where, "remove dated_by, or of_any_day")
    if feed.dated_by not in feed.columns:
        yield Problem(f"'{feed.dated_by}' is not mapped", where, closest(feed.dated_by, feed.columns))
        return
    column = subjects[feed.table].columns.get(feed.dated_by)
    if column is not None and not column.is_moment:
        yield Problem(f"'{feed.dated_by}' is of type {column.type}", where, "name a column of type instant or date")


def _check_layout(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    """What a feed says of how its files are written: whether it fits the kind, and itself."""
    # Not above: extraction is built on the definitions.
    from charter.extract.faults import FeedFault
    from charter.extract.readers.asterisk import columns_of_log
    from charter.extract.readers.batch import wanted_columns
    from charter.extract.readers.storage import is_pattern, leads_out

    if (feed.log is not None) != (source.kind == "asterisk"):
        yield Problem(
            f"a {source.kind} source {'has no log' if feed.log else 'says which log it reads'}",
            document.place((*place, "log") if feed.log else place),
            "remove log" if feed.log else "add log: queue_log or log: cdr",
        )
    if feed.names is not None and source.kind not in ("csv", "asterisk"):
        yield Problem(f"a {source.kind} source has no 'names'", document.place((*place, "names")), "remove names")
    if feed.fewest is not None and feed.fewest > len(feed.names or ()):
        yield Problem(
            f"fewest is {feed.fewest}, of {len(feed.names or ())} names",
            document.place((*place, "fewest")),
            "give the names of all columns, and of how many at least a row has fields",
        )
    if feed.path is not None and feed.is_daily and is_pattern(feed.path):
        yield Problem(
            f"the path '{feed.path}' has both {{day}} and * or ?",
            document.place((*place, "path")),
            "a day has one file: name it whole, or read all files as one feed without {day}",
        )
    if feed.path is not None and source.kind != "http" and leads_out(feed.path):
        yield Problem(
            f"the path '{feed.path}' leads out of the source's folder",
            document.place((*place, "path")),
            "set the connection's address to the folder in which the files are, and name them from there",
        )
    known = columns_of_log(source, feed)
    if known is None:
        return
    yield from _repeated(document, (*place, "names"), list(known), "column")
    try:
        wanted = wanted_columns(feed)
    except FeedFault:
        # Its arrived_sql can't be run, which is told by itself.
        return
    for name in wanted:
        if name not in known:
            yield Problem(
                f"'{name}' is not a column of the file", document.place((*place, "columns")), closest(name, known)
            )


def _check_api(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    """What a feed says of how an API is asked: whether it fits the kind, and itself."""
    if source.kind != "http":
        for key in _OF_APIS:
            if key in feed.model_fields_set:
                what = f"a {source.kind} source has no '{key}'"
                yield Problem(what, document.place((*place, key)), f"remove {key}")
        if source.kind == "limesurvey" and feed.cursor is not None:
            yield Problem(
                "LimeSurvey is read whole each night, without a cursor",
                document.place((*place, "cursor")),
                "remove cursor",
            )
        return
    asks_since = any("{since}" in value for value in feed.parameters.values() if isinstance(value, str))
    if asks_since != (feed.cursor is not None):
        yield Problem(
            "'cursor' and {since} among the parameters go together",
            document.place((*place, "cursor" if feed.cursor else "parameters")),
            "add the other: a parameter that asks for what moved since then, and the overlap to look back",
        )
    if feed.full and asks_since:
        yield Problem(
            "a full feed gives everything each time, and {since} asks for what moved",
            document.place((*place, "full")),
            "remove full, or the parameter with {since}",
        )
    if feed.path is not None and (strange := re.search(r"[?#]|://", feed.path)):
        yield Problem(
            f"the path '{feed.path}' holds '{strange[0]}'",
            document.place((*place, "path")),
            "write only what comes after the address, and the query under parameters",
        )
    for name, value in feed.parameters.items():
        for mark in re.findall(r"\{([a-z_]+)\}", value if isinstance(value, str) else ""):
            if mark not in ("since", "as_of"):
                given = document.place((*place, "parameters", name))
                yield Problem(f"{{{mark}}} stands for nothing", given, "use {since} or {as_of}")
    counted = isinstance(feed.pages, OffsetPages | NumberPages) or (feed.pages is not None and feed.pages.total)
    if counted and re.search(r"[\[|]", feed.records or ""):
        yield Problem(
            f"the rows that '{feed.records}' picks are not all rows of a page, and these pages are told by counting",
            document.place((*place, "records")),
            "give records as a dotted path; pick rows by a parameter, or by arrived_sql",
        )
    for where, text in _paths_of(feed):
        try:
            JsonPath.of(text)
        except ValueError as error:
            remedy = "write keys with dots between them (via.channel), or a JMESPath expression"
            yield Problem(str(error), document.place((*place, *where)), remedy)


def _paths_of(feed: Feed) -> Iterator[tuple[Location, str]]:
    """Every path into an API's answer that a feed names, and where it does."""
    for key in ("records", "recorded_at"):
        if (text := getattr(feed, key)) is not None:
            yield (key,), text
    for key in ("next", "last", "more", "total"):
        if (text := getattr(feed.pages, key, None)) is not None:
            yield ("pages", key), text
    if feed.arrived_sql is None:
        yield from ((("columns", name), mapped.source) for name, mapped in feed.mapped().items())
        yield from ((("deleted_when", name), name) for name in feed.deleted_when)


def _check_authentication(document: Document, index: int, source: Source) -> Iterator[Problem]:
    place: Location = ("sources", index, "authentication")
    if source.kind == "limesurvey" and "authentication" in source.model_fields_set:
        remedy = "remove authentication: the variable CHARTER_AUTH_<NAME> holds user:password"
        yield Problem("LimeSurvey knows one way to authenticate only", document.place(place), remedy)
    for key in ("authentication", "requests"):
        if source.kind not in ("http", "limesurvey") and key in source.model_fields_set:
            what = f"a {source.kind} source has no '{key}'"
            yield Problem(what, document.place(("sources", index, key)), f"remove {key}")


def _check_arrived_sql(document: Document, place: Location, source: Source, feed: Feed) -> Iterator[Problem]:
    if feed.arrived_sql is None:
        if feed.left_out:
            yield Problem(
                "left_out is what arrived_sql does not see", document.place((*place, "left_out")), "add arrived_sql"
            )
        return
    from charter.extract.arrived_sql import ArrivedSqlError, input_columns, result_columns, rows_where

    where = document.place((*place, "arrived_sql"))
    for index, each in enumerate(feed.left_out):
        try:
            input_columns(rows_where(each.where))
        except ArrivedSqlError as error:
            yield Problem(
                f"the condition can't be asked: {error}",
                document.place((*place, "left_out", index, "where")),
                "write what follows WHERE; its table is called arrived",
            )
    if feed.cursor is not None or (feed.recorded_at is not None and source.kind == "sql"):
        yield Problem(
            "arrived_sql sees only the rows that moved since the last night",
            where,
            "write it in query instead, or read everything each night (no cursor, no recorded_at)",
        )
    try:
        read, given = input_columns(feed.arrived_sql), result_columns(feed.arrived_sql)
    except ArrivedSqlError as error:
        yield Problem(f"arrived_sql can't be run: {error}", where, "correct it; its table is called arrived")
        return
    if not read:
        yield Problem("arrived_sql names no column of the source", where, "name the columns it reads, not *")
    for name, mapped in feed.mapped().items():
        if mapped.source not in given:
            yield Problem(
                f"arrived_sql gives no column '{mapped.source}'",
                document.place((*place, "columns", name)),
                closest(mapped.source, given),
            )


def _check_feed_columns(
    document: Document, place: Location, feed: Feed, subjects: dict[str, Subject]
) -> Iterator[Problem]:
    landed = {name for name, subject in subjects.items() if subject.landed}
    if feed.table not in landed:
        yield Problem(
            f"'{feed.table}' is not a landed table", document.place((*place, "table")), closest(feed.table, landed)
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
    for index, names in enumerate(feed.in_order):
        types = {subject.columns[name].type for name in names if name in subject.columns and name in feed.columns}
        unknown = [name for name in names if name not in feed.columns]
        if unknown or len(types) > 1:
            yield Problem(
                f"'{unknown[0]}' is not mapped" if unknown else f"{', '.join(names)} are not of one type",
                document.place((*place, "in_order", index)),
                closest(unknown[0], feed.columns) if unknown else "compare instants with instants, dates with dates",
            )
    for name, mapped in feed.mapped().items():
        column = subject.columns.get(name)
        where = document.place((*place, "columns", name))
        if column is None:
            yield Problem(f"'{name}' is not a column of '{feed.table}'", where, closest(name, subject.columns))
            continue
        for value in (mapped.values or {}).values():
            if column.values is not None and value not in column.values:
                yield Problem(f"'{value}' is not a value of '{name}'", where, closest(str(value), column.values))
        if mapped.format is not None and column.is_moment:
            form: Location = (*place, "columns", name, "format")
            yield from _check_format(document, form, mapped.format, column.type)
        yield from _check_translated_once(document, (*place, "columns", name, "values"), mapped.values or {})


def _check_format(document: Document, place: Location, form: str, kind: str) -> Iterator[Problem]:
    """A format gives the year, month and day, and of instants the hour: what it lacks would be made up."""
    from charter.extract.formats import UnknownDirectiveError, parts_of
    from charter.extract.instants import NAMED_FORMATS

    if form in NAMED_FORMATS:
        return
    where, example = document.place(place), "%Y-%m-%d %H:%M:%S" if kind == "instant" else "%Y-%m-%d"
    try:
        parts = parts_of(form)
    except UnknownDirectiveError as error:
        remedy = f"write it with %Y %m %d %H %M %S %f %z (or %y %b %I %p %a), such as {example}"
        yield Problem(f"the format '{form}' has {error}, which is not read", where, remedy)
        return
    clock = {"hour", "hour_of_12"} & parts
    lacking = [part for part in ("year", "month", "day") if part not in parts]
    if kind == "instant" and not clock:
        lacking.append("hour")
    if lacking:
        remedy = f"give the whole {kind}, such as {example}; ask the source's keepers for what it leaves out"
        yield Problem(f"the format '{form}' lacks the {' and the '.join(lacking)}", where, remedy)
    elif ("hour_of_12" in parts) != ("meridiem" in parts) or len(clock) > 1:
        what = f"the format '{form}' does not say which half of the day its hours are in"
        yield Problem(what, where, "use %I (1 to 12) with %p (오전/오후, AM/PM), or %H (0 to 23) alone")


def _check_translated_once(document: Document, place: Location, values: Mapping[str, object]) -> Iterator[Problem]:
    """Two spellings of one text (by width, invisible characters or composition) are one, and mean one thing."""
    from charter.extract.composing import composed

    known: dict[str, object] = {}
    for text, value in values.items():
        if known.setdefault(composed(text), value) != value:
            yield Problem(f"'{text}' is translated twice", document.place((*place, text)), "keep one of the two")
